/* SPDX-License-Identifier: Apache-2.0 */
/* Which limits the agent obeys, and what it saves of them. */
#include "tests/lib/agent_scene.h"

#include <string.h>
#include <unistd.h>

#include "agentd/epoch_file.h"
#include "shared/base/file.h"

static const int64_t start = 1000000;

/* Two guests, of which the controller knows. */
static int make_scene(void **state)
{
    static struct agent_scene scene;
    *state = &scene;
    if (agent_scene_make(&scene, start) != 0)
        return -1;
    agent_scene_add(&scene, "gold", 1);
    agent_scene_add(&scene, "plain", 2);
    return inventory_rebuild(scene.inventory) == DAQS_OK ? 0 : -1;
}

static int end_scene(void **state)
{
    return agent_scene_end(*state);
}

static bool receive(struct agent_scene *s, uint64_t epoch, uint64_t sequence, int64_t now_ms)
{
    const struct wire_limits limits = agent_scene_limits(s, epoch, sequence);
    return orders_receive(s->orders, &limits, now_ms);
}

/* Stops the agent and starts it again, with the same guests. */
static void restart(struct agent_scene *s, int64_t now_ms)
{
    agent_scene_stop(s);
    agent_scene_start(s, now_ms);
    agent_scene_add(s, "gold", 1);
    agent_scene_add(s, "plain", 2);
    assert_int_equal(inventory_rebuild(s->inventory), DAQS_OK);
}

static void path_of(const struct agent_scene *s, const char *name, char ret[static 128])
{
    (void)snprintf(ret, 128, "%s/%s", s->dir, name);
}

static bool is_saved(const struct agent_scene *s)
{
    char path[128];
    path_of(s, "promises", path);
    return access(path, F_OK) == 0;
}

/* Removes the file; returns true if there was one. */
static bool was_saved(const struct agent_scene *s)
{
    char path[128];
    path_of(s, "promises", path);
    return unlink(path) == 0;
}

/* --- obeying --- */

static void limits_become_settings_of_the_nics(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].limit = 300 * MBIT;
    assert_false(agent_scene_nic(s, "gold")->commanded);
    assert_true(receive(s, 7, 1, start));
    assert_true(agent_scene_nic(s, "gold")->commanded);
    assert_true(agent_scene_nic(s, "gold")->wanted == 300 * MBIT);
    assert_true(agent_scene_nic(s, "plain")->wanted == DAQS_UNLIMITED);
    assert_true(guests_by_name(&s->guests, "gold")->urgent);
    assert_int_equal(s->applied, 1);
    assert_true(orders_lease(s->orders)->held);
    assert_int_equal(orders_lease(s->orders)->epoch, 7);
    assert_int_equal(orders_terms(s->orders)->headroom_ppm, 10000);
}

static void only_guests_whose_limit_changes_are_urgent(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 1, start));
    assert_true(guests_by_name(&s->guests, "gold")->urgent); /* what it has is not known */
    guests_by_name(&s->guests, "gold")->urgent = false;
    guests_by_name(&s->guests, "plain")->urgent = false;
    s->setting[1].limit = 100 * MBIT;
    assert_true(receive(s, 7, 2, start));
    assert_false(guests_by_name(&s->guests, "gold")->urgent);
    assert_true(guests_by_name(&s->guests, "plain")->urgent);
}

static void limits_for_another_inventory_are_ignored(void **state)
{
    struct agent_scene *s = *state;
    struct wire_limits limits = agent_scene_limits(s, 7, 1);
    limits.generation--;
    assert_false(orders_receive(s->orders, &limits, start));
    limits = agent_scene_limits(s, 7, 1);
    limits.nics--;
    assert_false(orders_receive(s->orders, &limits, start));
    agent_scene_add(s, "late", 3); /* the controller does not know yet */
    assert_false(receive(s, 7, 1, start));
    assert_int_equal(s->applied, 0);
    assert_false(orders_lease(s->orders)->held);
    assert_int_equal(orders_lease(s->orders)->epoch, 0);
    assert_int_equal(inventory_rebuild(s->inventory), DAQS_OK);
    assert_true(receive(s, 7, 1, start));
}

static void limits_that_were_overtaken_are_refused(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 5, start));
    s->setting[0].limit = 300 * MBIT;
    assert_false(receive(s, 7, 4, start));
    assert_false(receive(s, 7, 5, start));
    assert_int_equal(orders_lease(s->orders)->overtaken, 2);
    assert_true(agent_scene_nic(s, "gold")->wanted == DAQS_UNLIMITED);
    assert_true(receive(s, 7, 6, start));
}

static void a_controller_that_was_replaced_is_refused(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 1, start));
    s->setting[0].limit = 300 * MBIT;
    assert_false(receive(s, 6, 99, start + 2000));
    assert_true(agent_scene_nic(s, "gold")->wanted == DAQS_UNLIMITED);
    assert_int_equal(orders_lease(s->orders)->outdated, 1);
    assert_int_equal(orders_lease(s->orders)->stale_controller, 6);
    orders_check_lease(s->orders, start + SCENE_LEASE_MS); /* nor does it renew the lease */
    assert_false(orders_lease(s->orders)->held);
}

static void sequences_begin_again_with_a_new_epoch(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 50, start));
    assert_true(receive(s, 8, 1, start));
    assert_int_equal(orders_lease(s->orders)->epoch, 8);
    assert_int_equal(orders_lease(s->orders)->sequence, 1);
    assert_false(receive(s, 7, 51, start));
}

static void only_a_controller_that_was_not_replaced_counts_as_connected(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 1, start));
    assert_true(orders_heard_of(s->orders, 7));
    assert_true(orders_heard_of(s->orders, 8));
    assert_false(orders_heard_of(s->orders, 6));
}

/* --- the lease --- */

static void limits_renew_the_lease(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 1, start));
    assert_true(receive(s, 7, 2, start + SCENE_LEASE_MS - 1));
    orders_check_lease(s->orders, start + 2 * SCENE_LEASE_MS - 2);
    assert_true(orders_lease(s->orders)->held);
    orders_check_lease(s->orders, start + 2 * SCENE_LEASE_MS - 1);
    assert_false(orders_lease(s->orders)->held);
}

static void limits_stay_when_the_lease_ends(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].limit = 300 * MBIT;
    assert_true(receive(s, 7, 1, start));
    orders_check_lease(s->orders, start + SCENE_LEASE_MS);
    assert_true(agent_scene_nic(s, "gold")->wanted == 300 * MBIT);
    assert_int_equal(s->applied, 1);
}

static void polls_are_as_frequent_as_the_controller_wants_within_bounds(void **state)
{
    static const struct {
        uint32_t wants;
        int64_t expected;
    } cases[] = {{0, 100}, {50, 100}, {400, 400}, {1000, 1000}, {5000, 1000}};
    struct agent_scene *s = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_limits limits = agent_scene_limits(s, 7, i + 1);
        limits.poll_ms = cases[i].wants;
        assert_true(orders_receive(s->orders, &limits, start));
        assert_int_equal(s->pace.interval_ms, cases[i].expected);
    }
    orders_check_lease(s->orders, start + SCENE_LEASE_MS); /* then it decides itself, and quickly */
    assert_int_equal(s->pace.interval_ms, SCENE_POLL_MS);
}

/* --- convergence --- */

static void a_report_is_about_limits_once_they_are_in_force(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].limit = 300 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_true(orders_pending(s->orders));
    assert_int_equal(orders_sequence_of(s->orders, start, start + 100), 0);
    orders_in_force(s->orders, start + 20);
    assert_false(orders_pending(s->orders));
    assert_int_equal(orders_sequence_of(s->orders, start, start + 100), 1);
    assert_int_equal(orders_sequence_of(s->orders, start - 80, start + 20), 0);
}

static void limits_that_change_nothing_are_in_force_at_once(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 1, start));
    orders_in_force(s->orders, start);
    assert_true(receive(s, 7, 2, start + 50));
    assert_false(orders_pending(s->orders));
    assert_int_equal(orders_sequence_of(s->orders, start, start + 100), 2);
}

static void unless_the_ones_before_are_not_in_force_yet(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].limit = 300 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_true(receive(s, 7, 2, start + 50));
    assert_true(orders_pending(s->orders));
}

/* --- saving --- */

static void guarantees_are_saved_when_they_change_and_limits_are_not(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].min = 100 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_true(was_saved(s));
    s->setting[0].limit = 300 * MBIT;
    assert_true(receive(s, 7, 2, start));
    assert_false(is_saved(s));
    s->setting[0].min = 200 * MBIT;
    assert_true(receive(s, 7, 3, start));
    assert_true(was_saved(s));
    s->setting[1].max = 500 * MBIT;
    assert_true(receive(s, 7, 4, start));
    assert_true(was_saved(s));
    s->setting[1].weight = 3;
    assert_true(receive(s, 7, 5, start));
    assert_true(was_saved(s));
    assert_true(receive(s, 7, 6, start));
    assert_false(is_saved(s));
}

static void so_are_the_terms(void **state)
{
    struct agent_scene *s = *state;
    struct daqs_uplink_setting uplink[] = {{.mode = POLICY_MODE_FAIR}};
    struct wire_limits limits = agent_scene_limits(s, 7, 1);
    assert_true(orders_receive(s->orders, &limits, start));
    assert_true(was_saved(s));
    limits.sequence++;
    limits.lease_ms++;
    assert_true(orders_receive(s->orders, &limits, start));
    assert_true(was_saved(s));
    limits.sequence++;
    limits.headroom_ppm++;
    assert_true(orders_receive(s->orders, &limits, start));
    assert_true(was_saved(s));
    limits.sequence++;
    limits.uplinks = 1;
    limits.uplink = uplink;
    assert_true(orders_receive(s->orders, &limits, start));
    assert_true(was_saved(s));
    assert_int_equal(orders_terms(s->orders)->mode[0], POLICY_MODE_FAIR);
}

static void a_file_with_the_same_contents_is_not_written_again(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].min = 100 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_true(was_saved(s));
    agent_scene_add(s, "late", 3); /* without a guarantee */
    assert_int_equal(inventory_rebuild(s->inventory), DAQS_OK);
    assert_true(receive(s, 7, 2, start));
    assert_false(is_saved(s));
    s->setting[2].min = 50 * MBIT;
    assert_true(receive(s, 7, 3, start));
    assert_true(is_saved(s));
}

static void orders_that_cannot_be_saved_are_saved_with_the_next(void **state)
{
    struct agent_scene *s = *state;
    char path[128];
    path_of(s, "promises.new", path);
    assert_int_equal(mkdir(path, 0700), 0);
    s->setting[0].min = 100 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_true(agent_scene_nic(s, "gold")->commanded);
    assert_false(is_saved(s));
    assert_int_equal(rmdir(path), 0);
    assert_true(receive(s, 7, 2, start));
    assert_true(is_saved(s));
}

static void orders_that_could_not_be_saved_are_saved_again_even_if_they_stay_the_same(void **state)
{
    struct agent_scene *s = *state;
    char path[128];
    s->setting[0].min = 100 * MBIT;
    assert_int_equal(orders_saving(s->orders), DAQS_SAVING_UNKNOWN);
    assert_true(receive(s, 7, 1, start));
    assert_int_equal(orders_saving(s->orders), DAQS_SAVING_OK);
    path_of(s, "promises.new", path);
    assert_int_equal(mkdir(path, 0700), 0);
    s->setting[0].min = 200 * MBIT;
    assert_true(receive(s, 7, 2, start + 100));
    assert_int_equal(orders_saving(s->orders), DAQS_SAVING_FAILING);
    assert_int_equal(rmdir(path), 0);
    assert_true(receive(s, 7, 3, start + 200)); /* too early to try again */
    assert_int_equal(orders_saving(s->orders), DAQS_SAVING_FAILING);
    assert_true(receive(s, 7, 4, start + 60000));
    assert_int_equal(orders_saving(s->orders), DAQS_SAVING_OK);
    restart(s, start + 61000);
    assert_true(inventory_settings(s->inventory)[0].min == 200 * MBIT);
}

static void an_epoch_that_cannot_be_saved_is_obeyed_and_saved_later(void **state)
{
    struct agent_scene *s = *state;
    uint64_t epoch = 0;
    char path[128];
    path_of(s, "epoch.new", path);
    assert_int_equal(mkdir(path, 0700), 0);
    s->setting[0].limit = 300 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_true(agent_scene_nic(s, "gold")->wanted == 300 * MBIT);
    assert_int_equal(epoch_file_load(s->dir, &epoch, NULL), DAQS_OK);
    assert_int_equal(epoch, 0);
    assert_int_equal(rmdir(path), 0);
    assert_true(receive(s, 7, 2, start));
    assert_int_equal(epoch_file_load(s->dir, &epoch, NULL), DAQS_OK);
    assert_int_equal(epoch, 7);
}

static void an_epoch_is_saved_once(void **state)
{
    struct agent_scene *s = *state;
    char path[128];
    path_of(s, "epoch", path);
    assert_true(receive(s, 7, 1, start));
    assert_int_equal(unlink(path), 0);
    assert_true(receive(s, 7, 2, start));
    assert_int_equal(access(path, F_OK), -1);
    assert_true(receive(s, 8, 1, start));
    assert_int_equal(access(path, F_OK), 0);
}

/* --- after a restart --- */

static void a_controller_that_was_replaced_before_a_restart_stays_refused(void **state)
{
    struct agent_scene *s = *state;
    assert_true(receive(s, 7, 1, start));
    restart(s, start + 1000);
    assert_int_equal(orders_lease(s->orders)->epoch, 7);
    assert_false(receive(s, 6, 99, start + 1000));
    assert_true(receive(s, 7, 1, start + 1000)); /* the controller may not have noticed */
}

static void guarantees_are_known_again_and_the_controller_has_a_lease_to_return(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].min = 100 * MBIT;
    s->setting[0].limit = 300 * MBIT;
    assert_true(receive(s, 7, 1, start));
    restart(s, start + 60000);
    assert_int_equal(inventory_settings(s->inventory)[0].min, 100 * MBIT);
    assert_true(inventory_settings(s->inventory)[0].limit == DAQS_UNLIMITED);
    assert_int_equal(orders_terms(s->orders)->lease_ms, SCENE_LEASE_MS);
    assert_false(agent_scene_nic(s, "gold")->commanded);
    orders_check_lease(s->orders, start + 60000 + SCENE_LEASE_MS - 1);
    assert_true(orders_lease(s->orders)->held);
    orders_check_lease(s->orders, start + 60000 + SCENE_LEASE_MS);
    assert_false(orders_lease(s->orders)->held);
}

static void nothing_is_known_at_the_first_start(void **state)
{
    struct agent_scene *s = *state;
    assert_null(inventory_settings(s->inventory));
    assert_false(orders_lease(s->orders)->held);
    assert_int_equal(orders_lease(s->orders)->epoch, 0);
}

static void damaged_orders_do_not_keep_it_from_starting(void **state)
{
    struct agent_scene *s = *state;
    s->setting[0].min = 100 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_int_equal(daqs_write_file(s->dir, "promises", "nonsense\n", 0600, NULL), DAQS_OK);
    restart(s, start + 1000);
    assert_null(inventory_settings(s->inventory));
    assert_int_equal(orders_lease(s->orders)->epoch, 7);
    assert_true(receive(s, 7, 1, start + 1000));
}

static void a_damaged_epoch_is_set_aside_and_the_first_controller_obeyed(void **state)
{
    struct agent_scene *s = *state;
    char *text = NULL;
    size_t length = 0;
    s->setting[0].min = 100 * MBIT;
    assert_true(receive(s, 7, 1, start));
    assert_int_equal(daqs_write_file(s->dir, "epoch", "nonsense\n", 0600, NULL), DAQS_OK);
    restart(s, start + 1000);
    assert_int_equal(orders_lease(s->orders)->epoch, 0);
    assert_non_null(inventory_settings(s->inventory)); /* guarantees are known all the same */
    assert_int_equal(daqs_read_file(s->dir, "epoch.damaged", 100, &text, &length, NULL), DAQS_OK);
    assert_string_equal(text, "nonsense\n");
    free(text);
    assert_true(receive(s, 6, 1, start + 1000));
    restart(s, start + 2000);
    assert_int_equal(orders_lease(s->orders)->epoch, 6);
    assert_false(receive(s, 5, 1, start + 2000));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(limits_become_settings_of_the_nics),
        CASE(only_guests_whose_limit_changes_are_urgent),
        CASE(limits_for_another_inventory_are_ignored),
        CASE(limits_that_were_overtaken_are_refused),
        CASE(a_controller_that_was_replaced_is_refused),
        CASE(sequences_begin_again_with_a_new_epoch),
        CASE(only_a_controller_that_was_not_replaced_counts_as_connected),
        CASE(limits_renew_the_lease),
        CASE(limits_stay_when_the_lease_ends),
        CASE(polls_are_as_frequent_as_the_controller_wants_within_bounds),
        CASE(a_report_is_about_limits_once_they_are_in_force),
        CASE(limits_that_change_nothing_are_in_force_at_once),
        CASE(unless_the_ones_before_are_not_in_force_yet),
        CASE(guarantees_are_saved_when_they_change_and_limits_are_not),
        CASE(so_are_the_terms),
        CASE(a_file_with_the_same_contents_is_not_written_again),
        CASE(orders_that_cannot_be_saved_are_saved_with_the_next),
        CASE(orders_that_could_not_be_saved_are_saved_again_even_if_they_stay_the_same),
        CASE(an_epoch_that_cannot_be_saved_is_obeyed_and_saved_later),
        CASE(an_epoch_is_saved_once),
        CASE(a_controller_that_was_replaced_before_a_restart_stays_refused),
        CASE(guarantees_are_known_again_and_the_controller_has_a_lease_to_return),
        CASE(nothing_is_known_at_the_first_start),
        CASE(damaged_orders_do_not_keep_it_from_starting),
        CASE(a_damaged_epoch_is_set_aside_and_the_first_controller_obeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
