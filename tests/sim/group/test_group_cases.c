/* SPDX-License-Identifier: Apache-2.0 */
/* A group of controllers, failure by failure. The figures printed are those to reach. */
#include "tests/lib/check.h"

#include <stdbool.h>
#include <stdlib.h>

#include "controllerd/core/group/moves.h"
#include "tests/sim/group/group_sim.h"

enum {
    AGENTS = 80,
    AGENTS_JOIN = 400,
    SECOND = 1000,
    MINUTE = 60000,
    SETTLE_MS = 30000,
    RATE = 100
};

static struct group_setup setup_of(unsigned members)
{
    struct group_setup setup = {.seed = 1,
                                .members = members,
                                .agents = AGENTS,
                                .settle_ms = SETTLE_MS,
                                .move_rate = RATE,
                                .latency_ms = 5};
    for (unsigned i = 0; i < members; i++)
        setup.weight[i] = 1;
    return setup;
}

/* All are served at home, and everything has settled. */
static struct group *settled(const struct group_setup *setup)
{
    struct group *g = group_new(setup);
    assert_true(group_run(g, 3 * MINUTE));
    for (unsigned i = 0; i < setup->agents; i++) {
        assert_int_equal(group_agent(g, i).serving, group_agent(g, i).home);
        assert_int_equal(group_agent(g, i).lapses, 0);
    }
    return g;
}

static void run(struct group *g, int64_t for_ms)
{
    if (!group_run(g, for_ms))
        fail_msg("%s", group_broken(g));
}

static unsigned count_serving(const struct group *g, unsigned member)
{
    unsigned count = 0;
    for (unsigned i = 0; i < group_agents(g); i++)
        count += group_agent(g, i).serving == (int)member;
    return count;
}

static unsigned count_lapses(const struct group *g)
{
    return (unsigned)group_tally(g)->lapses;
}

/* Returns the agents that have obeyed any controller within the last two seconds. */
static unsigned count_obeying(const struct group *g)
{
    unsigned count = 0;
    for (unsigned i = 0; i < group_agents(g); i++)
        count += group_now(g) - group_agent(g, i).obeyed_ms <= 2 * SECOND;
    return count;
}

static void check_at_home(const struct group *g)
{
    for (unsigned i = 0; i < group_agents(g); i++)
        assert_int_equal(group_agent(g, i).serving, group_agent(g, i).home);
}

static void a_member_joins(void **state)
{
    struct group_setup setup = setup_of(4);
    (void)state;
    setup.agents = AGENTS_JOIN;
    setup.absent[3] = true;
    struct group *g = settled(&setup);
    const uint64_t before = group_tally(g)->moves;
    group_start(g, 3, true);
    run(g, SETTLE_MS - SECOND);
    assert_int_equal(group_tally(g)->moves, before);
    run(g, MINUTE);
    const uint64_t moved = group_tally(g)->moves - before;
    print_message("3 to 4 members: %u of %d hosts moved, at most %u in a second\n", (unsigned)moved,
                  AGENTS_JOIN, group_tally(g)->moves_in_second);
    assert_in_range(moved, AGENTS_JOIN * 22 / 100, AGENTS_JOIN * 28 / 100);
    assert_int_equal(count_serving(g, 3), moved);
    assert_true(group_tally(g)->moves_in_second <= RATE + RATE / 2);
    assert_int_equal(count_lapses(g), 0);
    check_at_home(g);
    group_free(g);
}

static void a_member_is_drained_and_comes_back(void **state)
{
    struct group_setup setup = setup_of(4);
    (void)state;
    struct group *g = settled(&setup);
    const unsigned its = count_serving(g, 1);
    const uint64_t before = group_tally(g)->moves;
    group_drain(g, 1);
    run(g, MOVES_NOTICE_MS + (int64_t)its * 1000 / MOVES_DRAIN_RATE + SECOND);
    assert_true(group_ended(g, 1));
    assert_int_equal(count_obeying(g), AGENTS);
    assert_int_equal(count_serving(g, 1), 0);
    assert_int_equal(group_tally(g)->moves, before);
    group_start(g, 1, true);
    run(g, 2 * MINUTE);
    assert_int_equal(count_serving(g, 1), its);
    assert_int_equal(count_lapses(g), 0);
    check_at_home(g);
    group_free(g);
}

static void a_member_crashes(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    group_crash(g, 0);
    run(g, 4 * SECOND);
    print_message("4 s after a crash: %u of %d hosts obey another\n", AGENTS - count_serving(g, 0),
                  AGENTS);
    assert_int_equal(count_serving(g, 0), 0); /* 99 % are to, and all within 8 s */
    run(g, 2 * MINUTE);
    check_at_home(g);
    group_free(g);
}

static void a_member_hangs_and_wakes(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    group_pause(g, 0, 30 * SECOND);
    run(g, 8 * SECOND);
    assert_int_equal(count_serving(g, 0), 0);
    assert_int_equal(count_obeying(g), AGENTS);
    run(g, 23 * SECOND); /* it is awake */
    assert_int_equal(count_serving(g, 0), 0);
    run(g, 2 * MINUTE);
    check_at_home(g);
    group_free(g);
}

/* Meanwhile a member crashes, and all agents restart. */
static void the_database_is_away_for_ten_minutes(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    const uint64_t before = group_tally(g)->moves;
    group_stop_database(g, true);
    run(g, 2 * MINUTE);
    group_crash(g, 0);
    run(g, MINUTE);
    for (unsigned i = 0; i < AGENTS; i++)
        group_restart_agent(g, i);
    run(g, 10 * SECOND);
    assert_int_equal(count_obeying(g), AGENTS);
    group_start(g, 0, false); /* its copy is too old: it knows no SLAs */
    run(g, 410 * SECOND);
    assert_int_equal(count_obeying(g), AGENTS);
    assert_int_equal(count_serving(g, 0), 0);
    assert_int_equal(group_tally(g)->moves, before);
    group_stop_database(g, false);
    run(g, SETTLE_MS - 2 * SECOND);
    assert_int_equal(group_tally(g)->moves, before);
    run(g, 2 * MINUTE);
    check_at_home(g);
    group_free(g);
}

static void no_host_moves_when_the_database_fails_over(void **state)
{
    struct group_setup setup = setup_of(4);
    (void)state;
    struct group *g = settled(&setup);
    const uint64_t before = group_tally(g)->redirects;
    for (int i = 0; i < 10; i++) {
        group_stop_database(g, true);
        run(g, 20 * SECOND);
        group_rewind_database(g, (unsigned)i); /* it has lost the last seconds */
        group_stop_database(g, false);
        run(g, 2 * MINUTE);
    }
    assert_int_equal(group_tally(g)->redirects, before);
    assert_int_equal(count_lapses(g), 0);
    group_free(g);
}

static void a_member_flaps_for_five_minutes(void **state)
{
    struct group_setup setup = setup_of(4);
    (void)state;
    struct group *g = settled(&setup);
    const uint64_t before = group_tally(g)->moves;
    for (int i = 0; i < 15; i++) {
        group_crash(g, 2);
        run(g, 10 * SECOND);
        group_start(g, 2, true);
        run(g, 10 * SECOND);
    }
    assert_int_equal(group_tally(g)->moves, before); /* its hosts are visitors elsewhere */
    assert_int_equal(count_obeying(g), AGENTS);
    run(g, 2 * MINUTE);
    check_at_home(g);
    group_free(g);
}

static void a_member_is_cut_off_from_the_database(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    const unsigned its = count_serving(g, 0);
    group_cut_database(g, 0, true);
    run(g, 29 * SECOND);
    assert_int_equal(count_serving(g, 0), its);
    run(g, MINUTE);
    assert_int_equal(count_serving(g, 0), 0);
    group_cut_database(g, 0, false);
    run(g, 2 * MINUTE);
    assert_int_equal(count_lapses(g), 0);
    check_at_home(g);
    group_free(g);
}

/* They know which of the others has the database, and send no host to one that has not. */
static void two_members_are_cut_off_from_the_database(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    const uint64_t before = group_tally(g)->moves;
    group_cut_database(g, 0, true);
    group_cut_database(g, 1, true);
    run(g, 50 * SECOND);
    assert_int_equal(count_serving(g, 2), AGENTS);
    assert_true(group_tally(g)->moves - before <= AGENTS);
    group_cut_database(g, 0, false);
    group_cut_database(g, 1, false);
    run(g, 2 * MINUTE);
    assert_int_equal(count_lapses(g), 0);
    check_at_home(g);
    group_free(g);
}

/* It cannot know that the database is well. */
static void a_member_without_its_peers_keeps_its_hosts(void **state)
{
    struct group_setup setup = setup_of(2);
    (void)state;
    struct group *g = settled(&setup);
    const unsigned its = count_serving(g, 0);
    group_cut_database(g, 0, true);
    group_cut_members(g, 0, 1, true);
    run(g, 5 * MINUTE);
    assert_int_equal(count_serving(g, 0), its);
    assert_int_equal(count_lapses(g), 0);
    group_free(g);
}

static void agents_are_cut_off_from_one_member(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    for (unsigned i = 0; i < AGENTS; i++)
        group_cut_agent(g, i, 0, true);
    run(g, 8 * SECOND);
    assert_int_equal(count_serving(g, 0), 0);
    assert_int_equal(count_obeying(g), AGENTS);
    const unsigned lapses = count_lapses(g);
    run(g, 5 * MINUTE); /* their home lives, but moves fail */
    assert_int_equal(count_lapses(g), lapses);
    assert_int_equal(count_obeying(g), AGENTS);
    for (unsigned i = 0; i < AGENTS; i++)
        group_cut_agent(g, i, 0, false);
    run(g, 12 * MINUTE);
    assert_int_equal(count_lapses(g), lapses);
    check_at_home(g);
    group_free(g);
}

static void a_wrong_address_costs_no_lease(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    setup.misled[1] = true;
    struct group *g = group_new(&setup);
    run(g, 10 * MINUTE);
    assert_int_equal(count_obeying(g), AGENTS);
    assert_int_equal(count_lapses(g), 0);
    group_free(g);
}

/* Weights 1 and 0. */
static void a_standby_takes_over_and_gives_back(void **state)
{
    struct group_setup setup = setup_of(2);
    (void)state;
    setup.weight[1] = 0;
    struct group *g = settled(&setup);
    assert_int_equal(count_serving(g, 0), AGENTS);
    group_crash(g, 0);
    run(g, 4 * SECOND);
    assert_int_equal(count_serving(g, 1), AGENTS);
    const unsigned lapses = count_lapses(g);
    group_start(g, 0, true);
    run(g, 2 * MINUTE);
    assert_int_equal(count_serving(g, 0), AGENTS);
    assert_int_equal(count_lapses(g), lapses);
    group_free(g);
}

static void a_clone_ends_the_original_and_nothing_else(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    struct group *g = settled(&setup);
    group_clone(g, 1);
    run(g, 5 * SECOND);
    assert_true(group_ended(g, 1));
    run(g, 10 * SECOND);
    assert_int_equal(count_obeying(g), AGENTS);
    group_end_clone(g);
    group_start(g, 1, true);
    run(g, 15 * MINUTE);
    check_at_home(g);
    group_free(g);
}

/* All members give epochs from their clocks, which need not agree. */
static void clocks_may_differ(void **state)
{
    struct group_setup setup = setup_of(3);
    (void)state;
    setup.absent[1] = setup.absent[2] = true;
    struct group *g = group_new(&setup);
    group_step_clock(g, 1, 3600 * SECOND);
    group_step_clock(g, 2, -3600 * SECOND);
    group_start(g, 1, true);
    group_start(g, 2, true);
    run(g, 3 * MINUTE);
    check_at_home(g);
    group_crash(g, 1);
    run(g, 8 * SECOND);
    assert_int_equal(count_serving(g, 1), 0);
    assert_int_equal(count_obeying(g), AGENTS);
    group_free(g);
}

/* The same seed gives exactly the same run. */
static void a_run_can_be_replayed(void **state)
{
    const struct group_setup setup = group_random_setup(7);
    struct group *first = group_new(&setup);
    struct group *second = group_new(&setup);
    (void)state;
    assert_true(group_run_random(first, MINUTE));
    assert_true(group_run_random(second, MINUTE));
    assert_memory_equal(group_tally(first), group_tally(second), sizeof(struct group_tally));
    group_free(first);
    group_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_joins),
        cmocka_unit_test(a_member_is_drained_and_comes_back),
        cmocka_unit_test(a_member_crashes),
        cmocka_unit_test(a_member_hangs_and_wakes),
        cmocka_unit_test(the_database_is_away_for_ten_minutes),
        cmocka_unit_test(no_host_moves_when_the_database_fails_over),
        cmocka_unit_test(a_member_flaps_for_five_minutes),
        cmocka_unit_test(a_member_is_cut_off_from_the_database),
        cmocka_unit_test(two_members_are_cut_off_from_the_database),
        cmocka_unit_test(a_member_without_its_peers_keeps_its_hosts),
        cmocka_unit_test(agents_are_cut_off_from_one_member),
        cmocka_unit_test(a_wrong_address_costs_no_lease),
        cmocka_unit_test(a_standby_takes_over_and_gives_back),
        cmocka_unit_test(a_clone_ends_the_original_and_nothing_else),
        cmocka_unit_test(clocks_may_differ),
        cmocka_unit_test(a_run_can_be_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
