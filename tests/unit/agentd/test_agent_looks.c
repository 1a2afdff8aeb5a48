/* SPDX-License-Identifier: Apache-2.0 */
/* Which guests' sockets the agent looks at, and what it does with the results. The guests run no
 * commands. */
#include "tests/lib/check.h"

#include <poll.h>
#include <stdlib.h>

#include "agentd/agent_looks.h"

enum { GUESTS = 12, AT_ONCE = 8 };

static struct agent_config config;
static struct agent agent;
static const int64_t now_ms = 1000000;

static int call(struct qga_channel *channel, const char *command, int timeout_ms, char **ret_reply,
                struct daqs_error *err)
{
    (void)channel;
    (void)command;
    (void)timeout_ms;
    (void)ret_reply;
    return daqs_fail(err, DAQS_EIO, "no agent");
}

static void channel_free(struct qga_channel *channel)
{
    free(channel);
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

/* The inventory of the guests, before it has settings. */
static void make_inventory(void)
{
    static const daqs_bps capacity[1];
    agent.inventory = inventory_new(&(struct inventory_setup){.guests = &agent.guests,
                                                              .uplink = config.uplink,
                                                              .uplinks = config.uplinks,
                                                              .capacity = capacity});
    assert_non_null(agent.inventory);
    assert_int_equal(inventory_rebuild(agent.inventory), DAQS_OK);
}

static int setup(void **state)
{
    struct daqs_nic_setting setting[GUESTS];
    (void)state;
    config = (struct agent_config){.uplink = {{.name = "up0"}}, .uplinks = 1};
    agent = (struct agent){.config = &config};
    agent.pool = daqs_pool_new(4, GUESTS);
    guests_init(&agent.guests);
    for (uint8_t i = 0; i < GUESTS; i++) {
        add_guest(i);
        setting[i] = (struct daqs_nic_setting){DAQS_UNLIMITED, 100 * MBIT, DAQS_UNLIMITED, 1};
    }
    make_inventory();
    assert_int_equal(inventory_set(agent.inventory, setting), DAQS_OK);
    return agent.pool ? 0 : -1;
}

/* Waits for all running looks. */
static void reap(bool take)
{
    struct pollfd ready = {.fd = daqs_pool_fd(agent.pool), .events = POLLIN};
    while (daqs_pool_load(agent.pool) > 0) {
        assert_int_equal(poll(&ready, 1, 30000), 1);
        struct guest_job *job = (struct guest_job *)daqs_pool_reap(agent.pool);
        if (job && take)
            agent_take_look(&agent, guests_by_id(&agent.guests, job->guest_id), job, now_ms);
    }
}

static int teardown(void **state)
{
    (void)state;
    daqs_pool_stop(agent.pool, true);
    reap(false);
    for (size_t i = 0; i < agent.guests.count; i++)
        guest_job_free(agent.guests.guest[i]->work);
    inventory_free(agent.inventory);
    guests_done(&agent.guests);
    daqs_pool_free(agent.pool);
    return 0;
}

static void sends(uint8_t number, daqs_bps rate)
{
    struct guest *guest = agent.guests.guest[number];
    const struct daqs_sample sample = {
        .interval_us = 1000000, .tx_bytes = rate / 8, .tx_packets = rate / 8 / 1514};
    agent_looks_note(&agent, guest, &guest->nic[0], &sample);
}

static bool looks_at(uint8_t number)
{
    return agent.guests.guest[number]->poll.busy;
}

static void only_suspects_are_looked_at(void **state)
{
    (void)state;
    inventory_settings(agent.inventory)[3].min = 0;
    sends(1, 10 * MBIT);
    sends(2, 200 * MBIT);
    sends(3, 10 * MBIT);
    assert_true(agent_looks_due(&agent, now_ms));
    agent_start_looks(&agent, now_ms);
    for (uint8_t i = 0; i < GUESTS; i++)
        assert_int_equal(looks_at(i), i == 1);
    assert_false(agent_looks_due(&agent, now_ms));
}

static void without_promises_nobody_is_looked_at(void **state)
{
    (void)state;
    inventory_free(agent.inventory);
    make_inventory();
    sends(0, 10 * MBIT);
    assert_false(agent_looks_due(&agent, now_ms));
}

static void a_guest_for_which_something_else_is_to_be_done_is_not_looked_at(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 4; i++)
        sends(i, 10 * MBIT);
    agent.guests.guest[0]->poll.busy = true;
    agent.guests.guest[1]->urgent = true;
    agent.guests.guest[2]->poll.failures = 1;
    agent.guests.guest[3]->leaving = true;
    assert_false(agent_looks_due(&agent, now_ms));
    agent_start_looks(&agent, now_ms);
    assert_int_equal(agent.looks, 0);
}

static void some_are_looked_at_at_once_and_then_the_others(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < GUESTS; i++)
        sends(i, 10 * MBIT);
    agent_start_looks(&agent, now_ms);
    for (uint8_t i = 0; i < GUESTS; i++)
        assert_int_equal(looks_at(i), i < AT_ONCE);
    reap(true);
    assert_int_equal(agent.looks, 0);
    for (uint8_t i = 0; i < AT_ONCE; i++)
        agent.guests.guest[i]->looks.next_ms = 0; /* due again, but after the others */
    agent_start_looks(&agent, now_ms);
    for (uint8_t i = 0; i < GUESTS; i++)
        assert_int_equal(looks_at(i), i >= AT_ONCE || i < 2 * AT_ONCE - GUESTS);
}

static void a_look_that_failed_says_nothing_and_waits(void **state)
{
    struct guest *guest = agent.guests.guest[0];
    (void)state;
    sends(0, 10 * MBIT);
    agent_start_looks(&agent, now_ms);
    reap(true);
    assert_false(guest->poll.busy);
    assert_int_equal(guest->poll.failures, 0); /* this counts only polls */
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(guest->looks.next_ms, now_ms + UNSENT_WAIT_MOST_MS);
}

/* Passes a look's result as a thread would. */
static void take(struct guest *guest, uint64_t bytes)
{
    struct guest_job *job = guest->work;
    job->job.ran = true;
    job->looked = UNSENT_SEEN;
    job->nics = 2;
    job->nic[0].mac = (struct daqs_mac){{2, 0, 0, 0, 9, 9}}; /* this nic is gone meanwhile */
    job->nic[1].mac = guest->nic[0].mac;
    job->unsent[0] = (struct unsent_sum){1, 0};
    job->unsent[1] = (struct unsent_sum){1, bytes};
    guest->poll.busy = true;
    agent.looks++;
    agent_take_look(&agent, guest, job, now_ms);
}

static void what_is_found_goes_by_address(void **state)
{
    struct guest *guest = agent.guests.guest[0];
    (void)state;
    sends(0, 10 * MBIT);
    for (int i = 0; i < UNSENT_LOOKS; i++)
        take(guest, 1000000);
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_SOME);
    take(guest, 0);
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_NONE);
}

static void what_was_found_before_a_reboot_is_dropped(void **state)
{
    struct guest *guest = agent.guests.guest[0];
    (void)state;
    sends(0, 10 * MBIT);
    guest->restarted = true;
    take(guest, 0);
    assert_false(guest->restarted);
    assert_int_equal(guest->looks.next_ms, 0);
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_UNKNOWN);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(only_suspects_are_looked_at),
        CASE(without_promises_nobody_is_looked_at),
        CASE(a_guest_for_which_something_else_is_to_be_done_is_not_looked_at),
        CASE(some_are_looked_at_at_once_and_then_the_others),
        CASE(a_look_that_failed_says_nothing_and_waits),
        CASE(what_is_found_goes_by_address),
        CASE(what_was_found_before_a_reboot_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
