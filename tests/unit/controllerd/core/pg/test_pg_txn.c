/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_txn.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/random.h"

static const struct pg_reply ok_one = {.ok = true, .changed = 1, .tag = "UPDATE 1"};
static const struct pg_reply ok_none = {.ok = true, .changed = 0, .tag = "UPDATE 0"};
static const struct pg_reply committed = {.ok = true, .tag = "COMMIT"};
static const struct pg_reply rolled_back = {.ok = true, .tag = "ROLLBACK"};

static struct pg_reply error_of(const char *sqlstate)
{
    return (struct pg_reply){.sqlstate = sqlstate, .detail = "it failed"};
}

/* A transaction whose COMMIT is on its way. */
static struct pg_txn committing(void)
{
    struct pg_txn txn;
    pg_txn_init(&txn, PG_WRITE);
    pg_txn_reply(&txn, 0, PG_CHANGES_ONE, &ok_one);
    pg_txn_exchanged(&txn, false);
    assert_int_equal(txn.step, PG_STEP_COMMIT);
    pg_txn_commit_sent(&txn);
    return txn;
}

static void a_commit_that_is_confirmed_is_done(void **state)
{
    (void)state;
    struct pg_txn txn = committing();
    pg_txn_committed(&txn, &committed, true);
    assert_int_equal(txn.step, PG_STEP_END);
    assert_int_equal(txn.outcome, PG_DONE);
    assert_int_equal(txn.class, PG_CLASS_NONE);
}

static void statements_that_are_left_come_before_commit(void **state)
{
    struct pg_txn txn;
    (void)state;
    pg_txn_init(&txn, PG_WRITE);
    pg_txn_exchanged(&txn, true);
    assert_int_equal(txn.step, PG_STEP_STATEMENTS);
    pg_txn_exchanged(&txn, false);
    assert_int_equal(txn.step, PG_STEP_COMMIT);
}

static void a_rule_that_is_not_met_rolls_back(void **state)
{
    static const struct {
        enum pg_rule rule;
        uint64_t changed;
        bool conflict;
    } cases[] = {
        {PG_ANY, 0, false},          {PG_ANY, 2, false},          {PG_CHANGES_ONE, 0, true},
        {PG_CHANGES_ONE, 1, false},  {PG_CHANGES_ONE, 2, true},   {PG_CHANGES_SOME, 0, true},
        {PG_CHANGES_SOME, 1, false}, {PG_CHANGES_SOME, 2, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pg_txn txn;
        const struct pg_reply reply = {.ok = true, .changed = cases[i].changed};
        pg_txn_init(&txn, PG_WRITE);
        pg_txn_reply(&txn, 7, cases[i].rule, &reply);
        pg_txn_exchanged(&txn, false);
        assert_int_equal(txn.step, cases[i].conflict ? PG_STEP_ROLLBACK : PG_STEP_COMMIT);
        assert_int_equal(txn.failed, cases[i].conflict ? 7 : PG_NO_STATEMENT);
        if (!cases[i].conflict)
            continue;
        pg_txn_exchanged(&txn, false);
        assert_int_equal(txn.step, PG_STEP_END);
        assert_int_equal(txn.outcome, PG_NOT_DONE);
        assert_int_equal(txn.class, PG_CLASS_CONFLICT);
    }
}

static void the_first_failure_is_the_reason(void **state)
{
    const struct pg_reply deadlock = error_of("40P01");
    const struct pg_reply later = error_of("25P02");
    struct pg_txn txn;
    (void)state;
    pg_txn_init(&txn, PG_WRITE);
    pg_txn_reply(&txn, 0, PG_CHANGES_ONE, &ok_one);
    pg_txn_reply(&txn, 1, PG_ANY, &deadlock);
    pg_txn_reply(&txn, 2, PG_ANY, &later);
    pg_txn_reply(&txn, 3, PG_CHANGES_ONE, &ok_none);
    pg_txn_exchanged(&txn, true);
    assert_int_equal(txn.step, PG_STEP_ROLLBACK);
    pg_txn_lost(&txn, PG_CLASS_UNAVAILABLE, NULL, "gone");
    assert_int_equal(txn.step, PG_STEP_END);
    assert_int_equal(txn.outcome, PG_NOT_DONE);
    assert_int_equal(txn.class, PG_CLASS_AGAIN);
    assert_int_equal(txn.failed, 1);
    assert_string_equal(txn.sqlstate, "40P01");
    assert_string_equal(txn.detail, "it failed");
}

static void what_is_lost_before_commit_is_not_done(void **state)
{
    static const enum pg_class classes[] = {PG_CLASS_UNAVAILABLE, PG_CLASS_SILENT,
                                            PG_CLASS_STOPPED};
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct pg_txn txn;
        pg_txn_init(&txn, PG_WRITE);
        pg_txn_reply(&txn, 0, PG_CHANGES_ONE, &ok_one);
        pg_txn_exchanged(&txn, false);
        pg_txn_lost(&txn, classes[i], NULL, NULL);
        assert_int_equal(txn.outcome, PG_NOT_DONE);
        assert_int_equal(txn.class, classes[i]);
    }
}

static void what_is_lost_after_commit_was_sent_is_unknown(void **state)
{
    static const enum pg_class classes[] = {PG_CLASS_UNAVAILABLE, PG_CLASS_SILENT};
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct pg_txn txn = committing();
        pg_txn_lost(&txn, classes[i], NULL, NULL);
        assert_int_equal(txn.outcome, PG_UNKNOWN);
        assert_int_equal(txn.class, classes[i]);
    }
}

static void a_warning_at_commit_makes_it_unknown(void **state)
{
    (void)state;
    struct pg_txn txn = committing();
    pg_txn_warning(&txn, "canceling wait for synchronous replication due to user request");
    pg_txn_committed(&txn, &committed, true);
    assert_int_equal(txn.outcome, PG_UNKNOWN);
    assert_int_equal(txn.class, PG_CLASS_NOT_REPLICATED);
    txn = committing(); /* the server stops meanwhile */
    const struct pg_reply stops = error_of("57P01");
    pg_txn_warning(&txn, "canceling the wait for synchronous replication and terminating");
    pg_txn_committed(&txn, &stops, false);
    assert_int_equal(txn.outcome, PG_UNKNOWN);
}

static void a_warning_before_commit_does_not_count(void **state)
{
    struct pg_txn txn;
    (void)state;
    pg_txn_init(&txn, PG_WRITE);
    pg_txn_warning(&txn, "something is deprecated");
    pg_txn_exchanged(&txn, false);
    pg_txn_commit_sent(&txn);
    pg_txn_committed(&txn, &committed, true);
    assert_int_equal(txn.outcome, PG_DONE);
}

static void an_answer_to_commit_is_taken_at_its_word_only(void **state)
{
    static const struct {
        const char *sqlstate; /* NULL: no error, the tag counts */
        const char *tag;
        bool idle;
        enum pg_outcome outcome;
    } cases[] = {
        {NULL, "COMMIT", true, PG_DONE},      {NULL, "ROLLBACK", true, PG_NOT_DONE},
        {NULL, "SELECT 1", true, PG_UNKNOWN}, {NULL, "", true, PG_UNKNOWN},
        {"40001", "", true, PG_NOT_DONE},     {"23505", "", true, PG_NOT_DONE},
        {"40001", "", false, PG_UNKNOWN},     {"57P01", "", true, PG_UNKNOWN},
        {"08P01", "", false, PG_UNKNOWN},     {"40003", "", true, PG_UNKNOWN},
        {"", "", false, PG_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pg_txn txn = committing();
        const struct pg_reply reply = {
            .ok = !cases[i].sqlstate, .sqlstate = cases[i].sqlstate, .tag = cases[i].tag};
        pg_txn_committed(&txn, &reply, cases[i].idle);
        assert_int_equal(txn.step, PG_STEP_END);
        assert_int_equal(txn.outcome, cases[i].outcome);
    }
}

static void a_read_is_done_with_its_last_result(void **state)
{
    struct pg_txn txn;
    (void)state;
    pg_txn_init(&txn, PG_READ);
    pg_txn_reply(&txn, 0, PG_ANY, &ok_one);
    pg_txn_exchanged(&txn, false);
    assert_int_equal(txn.step, PG_STEP_END);
    assert_int_equal(txn.outcome, PG_DONE);
    pg_txn_lost(&txn, PG_CLASS_UNAVAILABLE, NULL, NULL);
    assert_int_equal(txn.outcome, PG_DONE);
}

static void results_that_are_too_large_are_a_failure(void **state)
{
    struct pg_txn txn;
    (void)state;
    pg_txn_init(&txn, PG_READ);
    pg_txn_too_large(&txn, 3);
    pg_txn_lost(&txn, PG_CLASS_UNAVAILABLE, NULL, NULL);
    assert_int_equal(txn.outcome, PG_NOT_DONE);
    assert_int_equal(txn.class, PG_CLASS_TOO_LARGE);
    assert_int_equal(txn.failed, 3);
}

/* A model of a server that stores at a random moment after COMMIT was sent, or not at all, and of a
 * connection that may break between any two steps. */
static void no_order_of_events_makes_a_wrong_claim(void **state)
{
    struct random_source random = {random_seed()};
    (void)state;
    for (int run = 0; run < 100000; run++) {
        struct pg_txn txn;
        bool stored = false;
        pg_txn_init(&txn, PG_WRITE);
        while (txn.step != PG_STEP_END) {
            bool breaks = random_below(&random, 6) == 0;
            bool server_fails = random_below(&random, 4) == 0;
            if (random_below(&random, 8) == 0)
                pg_txn_warning(&txn, "");
            if (txn.step == PG_STEP_COMMIT) {
                pg_txn_commit_sent(&txn);
                stored = !server_fails;
            }
            if (breaks) {
                pg_txn_lost(&txn, PG_CLASS_UNAVAILABLE, NULL, NULL);
            } else if (txn.step == PG_STEP_COMMIT) {
                struct pg_reply failed = error_of("40001");
                pg_txn_committed(&txn,
                                 !server_fails                   ? &committed
                                 : random_below(&random, 2) == 0 ? &failed
                                                                 : &rolled_back,
                                 true);
            } else {
                pg_txn_reply(&txn, 0, PG_CHANGES_ONE, server_fails ? &ok_none : &ok_one);
                pg_txn_exchanged(&txn, random_below(&random, 2) == 0);
            }
        }
        assert_false(txn.outcome == PG_DONE && !stored);
        assert_false(txn.outcome == PG_NOT_DONE && stored);
    }
}

static void pauses_grow_to_their_bound(void **state)
{
    (void)state;
    assert_int_equal(pg_pause_ms(0, 100, 1000, 0), 50);
    assert_int_equal(pg_pause_ms(0, 100, 1000, UINT32_MAX), 100);
    assert_int_equal(pg_pause_ms(2, 100, 1000, UINT32_MAX), 400);
    assert_int_equal(pg_pause_ms(4, 100, 1000, UINT32_MAX), 1000);
    assert_int_equal(pg_pause_ms(4, 100, 1000, 0), 500);
    assert_int_equal(pg_pause_ms(UINT32_MAX, 100, 1000, UINT32_MAX), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_that_is_confirmed_is_done),
        cmocka_unit_test(statements_that_are_left_come_before_commit),
        cmocka_unit_test(a_rule_that_is_not_met_rolls_back),
        cmocka_unit_test(the_first_failure_is_the_reason),
        cmocka_unit_test(what_is_lost_before_commit_is_not_done),
        cmocka_unit_test(what_is_lost_after_commit_was_sent_is_unknown),
        cmocka_unit_test(a_warning_at_commit_makes_it_unknown),
        cmocka_unit_test(a_warning_before_commit_does_not_count),
        cmocka_unit_test(an_answer_to_commit_is_taken_at_its_word_only),
        cmocka_unit_test(a_read_is_done_with_its_last_result),
        cmocka_unit_test(results_that_are_too_large_are_a_failure),
        cmocka_unit_test(no_order_of_events_makes_a_wrong_claim),
        cmocka_unit_test(pauses_grow_to_their_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
