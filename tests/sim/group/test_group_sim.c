/* SPDX-License-Identifier: Apache-2.0 */
/* A group of controllers under random faults. DAQS_RUNS sets the number of runs, and DAQS_SEED the
 * first seed; a failing run prints its own. With DAQS_TRACE it prints what happens. */
#include "tests/lib/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/group/group_sim.h"

enum { RUNS = 200, FAULTS_MS = 120000 };

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void add(struct group_tally *all, const struct group_tally *one)
{
    all->obeyed += one->obeyed;
    all->redirects += one->redirects;
    all->moves += one->moves;
    all->drains += one->drains;
    all->waits += one->waits;
    all->lapses += one->lapses;
    all->events += one->events;
}

static void the_invariants_hold_whatever_fails(void **state)
{
    const uint64_t first = from_environment("DAQS_SEED", 1);
    const uint64_t runs = from_environment("DAQS_RUNS", RUNS);
    struct group_tally all = {0};
    uint64_t broken = 0;
    (void)state;
    for (uint64_t seed = first; seed < first + runs; seed++) {
        struct group_setup setup = group_random_setup(seed);
        setup.trace = getenv("DAQS_TRACE");
        struct group *g = group_new(&setup);
        if (!group_run_random(g, FAULTS_MS) && broken++ < 20)
            print_message("%s\n", group_broken(g));
        add(&all, group_tally(g));
        group_free(g);
    }
    print_message(
        "%" PRIu64 " runs: %" PRIu64 " limits obeyed, %" PRIu64 " redirects, %" PRIu64
        " moves and %" PRIu64 " of drains offered, %" PRIu64 " hellos without known SLAs, "
        "%" PRIu64 " leases lapsed, %" PRIu64 " events\n",
        runs, all.obeyed, all.redirects, all.moves, all.drains, all.waits, all.lapses, all.events);
    assert_int_equal(broken, 0);
    assert_true(all.redirects > 0 && all.moves > 0 && all.drains > 0 && all.waits > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_invariants_hold_whatever_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
