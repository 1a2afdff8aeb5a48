/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported about guests whose visits do not return, and how such guests are polled. */
#include "tests/lib/check.h"

#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "agentd/agent_state.h"
#include "shared/base/clock.h"

enum { GUESTS = 12, BEGUN_MS = 1000000, LATE_MS = BEGUN_MS + 2500 };

static struct agent_config config;
static struct agent agent;

/* While it is held, calls block. */
static sem_t gate;
static atomic_uint calls;

static int call(struct qga_channel *channel, const char *command, int timeout_ms, char **ret_reply,
                struct daqs_error *err)
{
    (void)channel;
    (void)command;
    (void)timeout_ms;
    (void)ret_reply;
    atomic_fetch_add(&calls, 1);
    sem_wait(&gate);
    sem_post(&gate);
    return daqs_fail(err, DAQS_EIO, "no agent");
}

static void channel_free(struct qga_channel *channel)
{
    free(channel);
}

static void run_nothing(struct daqs_job *job)
{
    (void)job;
}

static void add_guest(uint8_t number)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 0, number}}, .vf = -1};
    char name[2] = {(char)('a' + number), '\0'};
    struct guest *guest = guests_add(&agent.guests, name, "");
    struct qga_channel *channel = malloc(sizeof *channel);
    assert_non_null(guest);
    assert_non_null(channel);
    *channel = (struct qga_channel){.call = call, .free = channel_free};
    guest->work = guest_job_new(guest->id, channel);
    assert_non_null(guest->work);
    assert_int_equal(guests_set_nics(&agent.guests, guest, &place, 1), DAQS_OK);
}

static int setup(void **state)
{
    (void)state;
    config = (struct agent_config){.uplink = {{.name = "up0"}}, .uplinks = 1};
    agent = (struct agent){.config = &config, .pace = {.interval_ms = 100}};
    agent.pool = daqs_pool_new(4, GUESTS);
    guests_init(&agent.guests);
    sem_init(&gate, 0, 1);
    atomic_store(&calls, 0);
    for (uint8_t i = 0; i < GUESTS; i++)
        add_guest(i);
    return agent.pool ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    sem_post(&gate);
    daqs_pool_stop(agent.pool, true);
    while (daqs_pool_reap(agent.pool))
        ;
    for (size_t i = 0; i < agent.guests.count; i++)
        guest_job_free(agent.guests.guest[i]->work);
    guests_done(&agent.guests);
    daqs_pool_free(agent.pool);
    return 0;
}

static struct guest *guest(size_t i)
{
    return agent.guests.guest[i];
}

static const struct guest_nic *nic(size_t i)
{
    return &guest(i)->nic[0];
}

/* Starts a visit at BEGUN_MS: through libvirt, which is then asked, or through a socket. */
static void visit(size_t i, uint8_t state, bool libvirt)
{
    const struct guest_job *job = guest(i)->work;
    guest(i)->nic[0].reading.state = state;
    guest(i)->nic[0].reported = true;
    poll_plan_started(&guest(i)->poll, BEGUN_MS, 100);
    atomic_store(&job->channel->late_ms, libvirt ? LATE_MS : 0);
}

static void g7_a_guest_is_busy_once_libvirt_is_late(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, true);
    visit(1, DAQS_NIC_WAITING, true);
    agent_look_at_overdue(&agent, LATE_MS - 1);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_OK);
    agent_look_at_overdue(&agent, LATE_MS);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(nic(i)->reading.state, DAQS_NIC_BUSY);
        assert_int_equal(nic(i)->reading.cause, DAQS_CAUSE_BUSY);
        assert_false(nic(i)->reported);
        assert_true(poll_plan_suspect(&guest(i)->poll));
    }
    assert_int_equal(nic(2)->reading.state, DAQS_NIC_WAITING);
    assert_false(poll_plan_suspect(&guest(2)->poll));
}

static void g7_busy_has_a_minute_of_grace(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, true);
    agent_look_at_overdue(&agent, BEGUN_MS + GRACE_MS - 1);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_BUSY);
    agent_look_at_overdue(&agent, BEGUN_MS + GRACE_MS);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(nic(0)->reading.cause, DAQS_CAUSE_BUSY);
}

/* A guest agent on a socket has no other clients. */
static void g7_a_guest_that_takes_its_time_is_not_busy(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, false);
    agent_look_at_overdue(&agent, BEGUN_MS + 2 * POLL_OVERDUE_MS);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_OK);
}

/* libvirt waits longer for an agent that hangs than the timeout of the call. */
static void g7_a_guest_that_did_not_answer_before_is_what_it_was(void **state)
{
    (void)state;
    guest(0)->poll.failures = 1;
    guest(0)->nic[0].reading.cause = DAQS_CAUSE_TIMEOUT;
    visit(0, DAQS_NIC_UNRESPONSIVE, true);
    agent_look_at_overdue(&agent, BEGUN_MS + POLL_OVERDUE_MS);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(nic(0)->reading.cause, DAQS_CAUSE_TIMEOUT);
}

static void await_calls(unsigned count)
{
    while (atomic_load(&calls) < count)
        sched_yield();
}

/* Slow guests share a quarter of the threads. A guest that waits for its turn occupies none. */
static void g7_a_guest_that_waits_for_a_thread_is_not_overdue(void **state)
{
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    struct daqs_job other = {.run = run_nothing};
    (void)state;
    sem_wait(&gate);
    agent_start_polls(&agent, now_ms);
    await_calls(1);
    agent_look_at_overdue(&agent, now_ms + POLL_OVERDUE_MS / 2);
    for (int i = 1; i <= 2; i++) { /* each time one thread is replaced */
        agent_look_at_overdue(&agent, now_ms + POLL_OVERDUE_MS * 2);
        await_calls(1 + (unsigned)i);
    }
    for (int i = 0; i < 200; i++) { /* other jobs get threads and time to run */
        assert_int_equal(daqs_pool_submit(agent.pool, &other), DAQS_OK);
        while (!daqs_pool_reap(agent.pool))
            sched_yield();
    }
    assert_int_equal(atomic_load(&calls), 3);
}

/* It was stopped while another client held its agent. */
static void a_guest_that_is_gone_is_not_busy(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, true);
    agent_drop_guest(&agent, guest(0));
    assert_true(guest(0)->leaving);
    agent_look_at_overdue(&agent, LATE_MS + 1);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_OK);
}

static void g7_few_busy_guests_are_asked_at_a_time(void **state)
{
    unsigned asked = 0;
    (void)state;
    for (size_t i = 0; i < GUESTS; i++)
        poll_plan_blocked(&guest(i)->poll);
    agent_start_polls(&agent, BEGUN_MS);
    for (size_t i = 0; i < GUESTS; i++)
        asked += guest(i)->poll.busy;
    assert_int_equal(asked, POLL_SUSPECTS_AT_ONCE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g7_a_guest_is_busy_once_libvirt_is_late),
        CASE(g7_busy_has_a_minute_of_grace),
        CASE(g7_a_guest_that_takes_its_time_is_not_busy),
        CASE(g7_a_guest_that_did_not_answer_before_is_what_it_was),
        CASE(g7_a_guest_that_waits_for_a_thread_is_not_overdue),
        CASE(a_guest_that_is_gone_is_not_busy),
        CASE(g7_few_busy_guests_are_asked_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
