/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates the policy over the catalogue: how much of the link is used and how often a guarantee
 * is missed, compared with an oracle whose limits are perfect and in force at once. For figures of
 * more seeds see tests/bench/policy_table and docs/policy.md. */
#include "tests/lib/check.h"

#include "tests/sim/catalogue.h"

enum { SEED = 77 }; /* a seed on which nothing was tuned */

struct mean {
    double lost;   /* usage below the oracle's */
    double missed; /* windows above the oracle's */
    unsigned count;
};

static void check_entry(const struct catalogue_entry *entry, struct mean *mean)
{
    struct catalogue_figures f;
    assert_true(catalogue_run(entry, SEED, &f));
    double without = entry->kind == CATALOGUE_ELSEWHERE ? f.oracle_b99 : 0;
    if (entry->kind != CATALOGUE_PLAIN && f.b99 - without > entry->b99_most)
        fail_msg("%s: %.1f %% of the windows are below the guarantee", entry->name, f.b99);
    double most_lost = entry->kind == CATALOGUE_ELSEWHERE ? 40 : 12; /* until it is forgotten */
    if (f.oracle_use - f.use > most_lost)
        fail_msg("%s: uses %.1f %% where %.1f %% is possible", entry->name, f.use, f.oracle_use);
    if (entry->kind != CATALOGUE_PLAIN)
        return;
    mean->lost += f.oracle_use - f.use;
    mean->missed += f.b99 - f.oracle_b99;
    mean->count++;
}

static void check_all(bool held_out)
{
    struct mean mean = {0};
    for (unsigned i = 0; i < catalogue_count; i++)
        if (catalogue[i].held_out == held_out)
            check_entry(&catalogue[i], &mean);
    print_message("use lost %.2f, windows missed %.2f\n", mean.lost / mean.count,
                  mean.missed / mean.count);
    assert_true(mean.lost / mean.count <= 2.5);
    assert_true(mean.missed / mean.count <= 3.0);
}

static void the_link_is_used_and_guarantees_are_kept(void **state)
{
    (void)state;
    check_all(false);
}

static void so_they_are_where_nothing_was_tuned(void **state)
{
    (void)state;
    check_all(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_link_is_used_and_guarantees_are_kept),
        cmocka_unit_test(so_they_are_where_nothing_was_tuned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
