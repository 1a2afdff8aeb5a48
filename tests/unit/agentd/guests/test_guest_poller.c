/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "agentd/guests/guest_poller.h"

/* Guests are pipes: each byte that is written to a pipe is an action of that guest's agent. */
enum { GUESTS = 3 };

static const char interfaces[] =
    "{\"return\":[{\"name\":\"eth0\",\"hardware-address\":\"52:54:00:00:00:01\",\"statistics\":"
    "{\"tx-bytes\":100,\"rx-bytes\":2,\"tx-packets\":3,\"rx-packets\":4}}]}";

struct fake {
    struct qga_channel base;
    int out; /* written by the test */
    int in;
    bool cannot_post;
    int posts;
    int calls;
    int abandons;
};

static struct fake guest[GUESTS];
static struct guest_job *job[GUESTS];
static struct daqs_pool *pool;
static struct guest_poller *poller;

static int fake_post(struct qga_channel *base, const char *command)
{
    struct fake *f = (struct fake *)base;
    assert_string_equal(command, QGA_GET_INTERFACES);
    f->posts++;
    return f->cannot_post ? DAQS_EBUSY : DAQS_OK;
}

static int fake_fd(const struct qga_channel *base)
{
    return ((const struct fake *)base)->in;
}

/* 'y': the whole answer; 'p': a part of it; 'x': the agent closed the connection. */
static int fake_collect(struct qga_channel *base, char **ret_reply, struct daqs_error *err)
{
    struct fake *f = (struct fake *)base;
    char byte = 'p';
    struct pollfd p = {.fd = f->in, .events = POLLIN};
    if (poll(&p, 1, 0) == 1 && read(f->in, &byte, 1) != 1)
        return daqs_fail(err, DAQS_EIO, "closed");
    if (byte == 'x')
        return daqs_fail(err, DAQS_EIO, "hung up");
    if (byte != 'y')
        return DAQS_EBUSY;
    *ret_reply = strdup(interfaces);
    return *ret_reply ? DAQS_OK : DAQS_ENOMEM;
}

static void fake_abandon(struct qga_channel *base)
{
    ((struct fake *)base)->abandons++;
}

static int fake_call(struct qga_channel *base, const char *command, int timeout_ms,
                     char **ret_reply, struct daqs_error *err)
{
    struct fake *f = (struct fake *)base;
    (void)timeout_ms;
    f->calls++;
    if (strcmp(command, QGA_GET_INTERFACES) != 0)
        return daqs_fail(err, DAQS_EREFUSED, "has been disabled");
    *ret_reply = strdup(interfaces);
    return *ret_reply ? DAQS_OK : DAQS_ENOMEM;
}

static void fake_free(struct qga_channel *base)
{
    (void)base;
}

static int setup(void **state)
{
    struct daqs_error err;
    (void)state;
    pool = daqs_pool_new(4, 16);
    poller = guest_poller_new(pool, &err);
    for (size_t i = 0; i < GUESTS; i++) {
        int ends[2];
        if (pipe(ends) < 0)
            return -1;
        guest[i] = (struct fake){.base = {.call = fake_call,
                                          .free = fake_free,
                                          .post = fake_post,
                                          .fd = fake_fd,
                                          .collect = fake_collect,
                                          .abandon = fake_abandon},
                                 .in = ends[0],
                                 .out = ends[1]};
        job[i] = guest_job_new((uint32_t)i, &guest[i].base);
        if (!job[i])
            return -1;
        job[i]->read_counters = true;
        job[i]->nics = 1;
        job[i]->nic[0] = (struct guest_job_nic){.tc = {TC_ROOT_DEFAULT, DAQS_UNLIMITED},
                                                .ifname = "eth0",
                                                .tend = true,
                                                .wanted = DAQS_UNLIMITED};
        (void)daqs_mac_parse("52:54:00:00:00:01", &job[i]->nic[0].mac);
    }
    return pool && poller ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guest_poller_free(poller);
    daqs_pool_stop(pool, true);
    while (daqs_pool_reap(pool))
        ;
    daqs_pool_free(pool);
    for (size_t i = 0; i < GUESTS; i++) {
        guest_job_free(job[i]);
        close(guest[i].in);
        close(guest[i].out);
    }
    return 0;
}

static void does(size_t i, char what)
{
    assert_int_equal(write(guest[i].out, &what, 1), 1);
}

static void submit(size_t count)
{
    struct guest_job *list = NULL;
    for (size_t i = 0; i < count; i++)
        DL_APPEND(list, job[i]);
    guest_poller_submit(poller, list);
}

/* Waits for the next job that comes back. */
static struct guest_job *reap(void)
{
    struct daqs_job *done = NULL;
    while (!(done = daqs_pool_reap(pool))) {
        struct pollfd p = {.fd = daqs_pool_fd(pool), .events = POLLIN};
        assert_int_equal(poll(&p, 1, 60000), 1);
    }
    return (struct guest_job *)done;
}

static void an_answering_guest_comes_back_with_its_counters(void **state)
{
    (void)state;
    submit(1);
    does(0, 'y');
    const struct guest_job *done = reap();
    assert_ptr_equal(done, job[0]);
    assert_true(done->job.ran);
    assert_int_equal(done->result, DAQS_OK);
    assert_int_equal(done->nic[0].reading.tx_bytes, 100);
    assert_int_equal(done->nic[0].state, DAQS_NIC_OK);
    assert_int_equal(guest[0].calls, 0);
}

static void many_rounds_go_over_the_same_descriptors(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        submit(GUESTS);
        for (size_t i = GUESTS; i-- > 0;)
            does(i, 'y');
        for (size_t i = 0; i < GUESTS; i++)
            assert_int_equal(reap()->result, DAQS_OK);
    }
    assert_int_equal(guest[0].posts, 200);
    while (guest_poller_load(poller) > 0) /* the load is updated shortly after the jobs are back */
        (void)sched_yield();
}

static void half_an_answer_is_waited_for(void **state)
{
    (void)state;
    submit(1);
    does(0, 'p');
    does(0, 'p');
    does(0, 'y');
    assert_int_equal(reap()->result, DAQS_OK);
}

static void a_hanging_guest_delays_no_other_and_times_out(void **state)
{
    (void)state;
    submit(GUESTS);
    does(2, 'y');
    assert_ptr_equal(reap(), job[2]);
    does(1, 'y');
    assert_ptr_equal(reap(), job[1]);
    const struct guest_job *hung = reap();
    assert_ptr_equal(hung, job[0]);
    assert_int_equal(hung->result, DAQS_ETIMEOUT);
    assert_int_equal(hung->nic[0].state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(guest[0].abandons, 1);
    /* It answers again. */
    job[0]->answered = false;
    submit(1);
    does(0, 'y');
    assert_int_equal(reap()->result, DAQS_OK);
}

static void a_guest_that_cannot_be_posted_to_gets_a_thread(void **state)
{
    (void)state;
    guest[0].cannot_post = true;
    submit(1);
    assert_int_equal(reap()->result, DAQS_OK);
    assert_int_equal(guest[0].calls, 1);
}

static void a_guest_that_closes_gets_a_thread(void **state)
{
    (void)state;
    submit(1);
    does(0, 'x');
    assert_int_equal(reap()->result, DAQS_OK);
    assert_int_equal(guest[0].calls, 1);
}

static void commands_in_the_guest_are_left_to_the_pool(void **state)
{
    (void)state;
    job[0]->nic[0].look = true;
    submit(1);
    does(0, 'y');
    const struct guest_job *done = reap();
    assert_int_equal(done->result, DAQS_OK);
    assert_int_equal(done->nic[0].state, DAQS_NIC_UNMANAGED); /* it blocks guest-exec */
    assert_int_equal(done->nic[0].reading.tx_bytes, 100);
    assert_int_equal(guest[0].calls, 1); /* the counters are not read again */
}

static void a_limit_in_force_takes_no_commands(void **state)
{
    (void)state;
    job[0]->nic[0].commanded = true;
    job[0]->nic[0].wanted = 50 * MBIT;
    job[0]->nic[0].tc = (struct tc_state){TC_ROOT_OURS, 50 * MBIT};
    submit(1);
    does(0, 'y');
    assert_int_equal(reap()->nic[0].state, DAQS_NIC_OK);
    assert_int_equal(guest[0].calls, 0);
}

static void at_the_end_pending_jobs_come_back_as_not_run(void **state)
{
    (void)state;
    submit(2);
    guest_poller_free(poller);
    poller = NULL;
    assert_false(reap()->job.ran);
    assert_false(reap()->job.ran);
    poller = guest_poller_new(pool, NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answering_guest_comes_back_with_its_counters),
        CASE(many_rounds_go_over_the_same_descriptors),
        CASE(half_an_answer_is_waited_for),
        CASE(a_hanging_guest_delays_no_other_and_times_out),
        CASE(a_guest_that_cannot_be_posted_to_gets_a_thread),
        CASE(a_guest_that_closes_gets_a_thread),
        CASE(commands_in_the_guest_are_left_to_the_pool),
        CASE(a_limit_in_force_takes_no_commands),
        CASE(at_the_end_pending_jobs_come_back_as_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
