/* SPDX-License-Identifier: Apache-2.0 */
/* When limits are decided without a controller: readings of which limits count, and what is put
 * into force. What the decisions are is tested in core/test_local_policy.c. */
#include "tests/lib/agent_scene.h"

static const int64_t start = 1000000;

static struct agent_scene scene;
static struct daqs_nic_reading reading[2];
static daqs_bps applied[2];

/* Two guests that share an uplink of 1 Gbit/s, of which gold is guaranteed 400 Mbit/s. */
static int setup(void **state)
{
    (void)state;
    if (agent_scene_make(&scene, start) != 0)
        return -1;
    agent_scene_add(&scene, "gold", 1);
    agent_scene_add(&scene, "plain", 2);
    scene.setting[0].min = 400 * MBIT;
    applied[0] = applied[1] = DAQS_UNLIMITED;
    return inventory_rebuild(scene.inventory) == DAQS_OK &&
                   inventory_set(scene.inventory, scene.setting) == DAQS_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    return agent_scene_end(&scene);
}

/* Decides from what the guests have sent since 'from_ms'. */
static void decide(daqs_bps gold, daqs_bps plain, int64_t from_ms, int64_t now_ms)
{
    static const struct order_terms terms = {.headroom_ppm = 10000, .lease_ms = SCENE_LEASE_MS};
    const daqs_bps usage[] = {gold, plain};
    for (int i = 0; i < 2; i++)
        reading[i] = (struct daqs_nic_reading){
            .state = DAQS_NIC_OK,
            .sample = {.interval_us = SCENE_POLL_MS * 1000,
                       .tx_bytes = usage[i] * SCENE_POLL_MS / 8000,
                       .tx_packets = usage[i] * SCENE_POLL_MS / 8000 / 1514},
            .source = DAQS_SOURCE_GUEST};
    const struct local_readings readings = {.nic = reading, .applied = applied};
    local_control_decide(scene.local, &terms, &readings, from_ms, now_ms);
}

/* Lets limits come into force at once, for some polls. Returns the time after them. */
static int64_t goes_on(daqs_bps gold, daqs_bps plain, int64_t now_ms, int polls)
{
    for (int i = 0; i < polls; i++, now_ms += SCENE_POLL_MS) {
        decide(gold, plain, now_ms - SCENE_POLL_MS, now_ms);
        applied[0] = agent_scene_nic(&scene, "gold")->wanted;
        applied[1] = agent_scene_nic(&scene, "plain")->wanted;
        local_control_in_force(scene.local, now_ms);
    }
    return now_ms;
}

static void what_does_not_change_is_not_put_into_force_again(void **state)
{
    (void)state;
    int64_t now_ms = goes_on(500 * MBIT, 490 * MBIT, start, 100);
    unsigned times = scene.applied;
    assert_true(times > 0);
    now_ms = goes_on(0, 0, now_ms, 100); /* nobody wants anything */
    times = scene.applied;
    (void)goes_on(0, 0, now_ms, 100);
    assert_int_equal(scene.applied, times);
    assert_false(local_control_pending(scene.local));
}

/* Sends everything at once, so that the next decision changes limits. Returns when it was made; its
 * limits are not in force yet. */
static int64_t changes_limits(int64_t now_ms)
{
    for (int i = 0; i < 50 && !local_control_pending(scene.local); i++, now_ms += SCENE_POLL_MS)
        decide(500 * MBIT, 490 * MBIT, now_ms - SCENE_POLL_MS, now_ms);
    assert_true(local_control_pending(scene.local));
    return now_ms - SCENE_POLL_MS;
}

static void readings_made_under_older_limits_decide_nothing(void **state)
{
    (void)state;
    int64_t changed_ms = changes_limits(goes_on(0, 0, start, 50));
    unsigned times = scene.applied;
    decide(0, 990 * MBIT, changed_ms, changed_ms + SCENE_POLL_MS);
    assert_int_equal(scene.applied, times);
    local_control_in_force(scene.local, changed_ms + SCENE_POLL_MS);
    (void)goes_on(0, 990 * MBIT, changed_ms + 2 * SCENE_POLL_MS, 20);
    assert_true(scene.applied > times);
}

/* A guest that does not answer must not keep limits from changing. */
static void for_two_polls_at_most(void **state)
{
    (void)state;
    int64_t changed_ms = changes_limits(goes_on(0, 0, start, 50));
    unsigned times = scene.applied;
    for (int64_t i = 1; i <= 20; i++) {
        decide(0, 990 * MBIT, changed_ms + (i - 1) * SCENE_POLL_MS, changed_ms + i * SCENE_POLL_MS);
        if (i == 1)
            assert_int_equal(scene.applied, times);
    }
    assert_true(scene.applied > times);
}

static void nothing_is_remembered_after_its_end(void **state)
{
    (void)state;
    (void)changes_limits(goes_on(0, 0, start, 50));
    local_control_end(scene.local);
    assert_false(local_control_pending(scene.local));
    unsigned times = scene.applied;
    inventory_settings(scene.inventory)[0].limit = DAQS_UNLIMITED;
    inventory_settings(scene.inventory)[1].limit = DAQS_UNLIMITED;
    assert_true(inventory_command(scene.inventory));
    (void)changes_limits(start + 60000);
    assert_true(scene.applied > times);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_does_not_change_is_not_put_into_force_again),
        CASE(readings_made_under_older_limits_decide_nothing),
        CASE(for_two_polls_at_most),
        CASE(nothing_is_remembered_after_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
