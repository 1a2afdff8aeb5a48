/* SPDX-License-Identifier: Apache-2.0 */
/* Which guests' sockets the agent looks at, and what it does with the results. The guests run no
 * commands. */
#include "tests/lib/guest_scene.h"

enum { GUESTS = SCENE_GUESTS, AT_ONCE = 8 };

static struct guest_scene scene;
static const int64_t now_ms = 1000000;

static int setup(void **state)
{
    struct daqs_nic_setting setting[GUESTS];
    (void)state;
    guest_scene_make(&scene, 4, GUESTS);
    for (uint8_t i = 0; i < GUESTS; i++) {
        (void)guest_scene_add(&scene, i);
        scene.agent[i].fails_with = DAQS_EIO;
        setting[i] = (struct daqs_nic_setting){DAQS_UNLIMITED, 100 * MBIT, DAQS_UNLIMITED, 1};
    }
    assert_int_equal(inventory_rebuild(scene.inventory), DAQS_OK);
    return inventory_set(scene.inventory, setting) == DAQS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guest_scene_end(&scene);
    return 0;
}

static struct daqs_sample sample_of(daqs_bps rate)
{
    return (struct daqs_sample){
        .interval_us = 1000000, .tx_bytes = rate / 8, .tx_packets = rate / 8 / 1514};
}

static void sends(uint8_t number, daqs_bps rate)
{
    struct guest *guest = scene.guests.guest[number];
    const struct daqs_sample sample = sample_of(rate);
    socket_checks_note(scene.checks, guest, &guest->nic[0], &sample);
}

static bool looks_at(uint8_t number)
{
    return scene.guests.guest[number]->poll.busy;
}

static void only_suspects_are_looked_at(void **state)
{
    (void)state;
    inventory_settings(scene.inventory)[3].min = 0;
    sends(1, 10 * MBIT);
    sends(2, 200 * MBIT);
    sends(3, 10 * MBIT);
    assert_true(socket_checks_due(scene.checks, now_ms));
    socket_checks_start(scene.checks, now_ms);
    for (uint8_t i = 0; i < GUESTS; i++)
        assert_int_equal(looks_at(i), i == 1);
    assert_false(socket_checks_due(scene.checks, now_ms));
}

static void without_promises_nobody_is_looked_at(void **state)
{
    struct inventory *inventory = inventory_new(&(struct inventory_setup){
        .guests = &scene.guests, .uplink = scene.uplink, .uplinks = 1, .capacity = scene.capacity});
    struct socket_checks *checks = socket_checks_new(&(struct socket_checks_setup){
        .guests = &scene.guests, .inventory = inventory, .pool = scene.pool});
    const struct daqs_sample sample = sample_of(10 * MBIT);
    struct guest *guest = scene.guests.guest[0];
    (void)state;
    assert_int_equal(inventory_rebuild(inventory), DAQS_OK);
    socket_checks_note(checks, guest, &guest->nic[0], &sample);
    assert_false(socket_checks_due(checks, now_ms));
    socket_checks_free(checks);
    inventory_free(inventory);
}

static void a_guest_for_which_something_else_is_to_be_done_is_not_looked_at(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 4; i++)
        sends(i, 10 * MBIT);
    scene.guests.guest[0]->poll.busy = true;
    scene.guests.guest[1]->urgent = true;
    scene.guests.guest[2]->poll.failures = 1;
    scene.guests.guest[3]->leaving = true;
    assert_false(socket_checks_due(scene.checks, now_ms));
    socket_checks_start(scene.checks, now_ms);
    assert_int_equal(socket_checks_running(scene.checks), 0);
}

static void some_are_looked_at_at_once_and_then_the_others(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < GUESTS; i++)
        sends(i, 10 * MBIT);
    socket_checks_start(scene.checks, now_ms);
    for (uint8_t i = 0; i < GUESTS; i++)
        assert_int_equal(looks_at(i), i < AT_ONCE);
    guest_scene_reap(&scene, 0, now_ms);
    assert_int_equal(socket_checks_running(scene.checks), 0);
    for (uint8_t i = 0; i < AT_ONCE; i++)
        scene.guests.guest[i]->looks.next_ms = 0; /* due again, but after the others */
    socket_checks_start(scene.checks, now_ms);
    for (uint8_t i = 0; i < GUESTS; i++)
        assert_int_equal(looks_at(i), i >= AT_ONCE || i < 2 * AT_ONCE - GUESTS);
}

static void a_look_that_failed_proves_nothing_and_waits(void **state)
{
    struct guest *guest = scene.guests.guest[0];
    (void)state;
    sends(0, 10 * MBIT);
    socket_checks_start(scene.checks, now_ms);
    guest_scene_reap(&scene, 0, now_ms);
    assert_false(guest->poll.busy);
    assert_int_equal(guest->poll.failures, 0); /* this counts only polls */
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(guest->looks.next_ms, now_ms + UNSENT_WAIT_MOST_MS);
}

/* Passes a look's result as a thread would. */
static void take(struct guest *guest, uint64_t bytes)
{
    struct guest_job *job = guest->work;
    job->job.ran = job->looks = true;
    job->looked = UNSENT_SEEN;
    job->nics = 2;
    job->nic[0].mac = (struct daqs_mac){{2, 0, 0, 0, 9, 9}}; /* this nic is gone meanwhile */
    job->nic[1].mac = guest->nic[0].mac;
    job->unsent[0] = (struct unsent_sum){1, 0};
    job->unsent[1] = (struct unsent_sum){1, bytes};
    guest->poll.busy = true;
    socket_checks_take(scene.checks, guest, job, now_ms);
}

static void interfaces_are_found_by_address(void **state)
{
    struct guest *guest = scene.guests.guest[0];
    (void)state;
    sends(0, 10 * MBIT);
    for (int i = 0; i < UNSENT_LOOKS; i++)
        take(guest, 1000000);
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_SOME);
    take(guest, 0);
    assert_int_equal(unsent_backlog(&guest->nic[0].unsent, now_ms), DAQS_BACKLOG_NONE);
}

static void findings_from_before_a_reboot_are_dropped(void **state)
{
    struct guest *guest = scene.guests.guest[0];
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
        CASE(a_look_that_failed_proves_nothing_and_waits),
        CASE(interfaces_are_found_by_address),
        CASE(findings_from_before_a_reboot_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
