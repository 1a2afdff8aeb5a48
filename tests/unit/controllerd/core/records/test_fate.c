/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/fate.h"

#include "tests/lib/check.h"

static void what_is_done_is_stored(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_DONE, PG_CLASS_NONE, 1001), FATE_STORED);
}

static void a_change_by_others_is_reloaded(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_CONFLICT, 1001), FATE_RELOAD);
}

static void a_collision_is_sent_again_for_a_while(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_AGAIN, 1001), FATE_AGAIN);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_AGAIN, 1000 + FATE_AGAIN_MS - 1),
                     FATE_AGAIN);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_AGAIN, 1000 + FATE_AGAIN_MS),
                     FATE_REFUSED);
}

static void all_other_failures_before_commit_are_refusals(void **state)
{
    static const enum pg_class classes[] = {
        PG_CLASS_UNAVAILABLE, PG_CLASS_SILENT,  PG_CLASS_READ_ONLY, PG_CLASS_FORBIDDEN,
        PG_CLASS_SCHEMA,      PG_CLASS_REFUSED, PG_CLASS_STOPPED,   PG_CLASS_OTHER};
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct fate fate;
        fate_begin(&fate, 1000);
        assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, classes[i], 1001), FATE_REFUSED);
    }
}

static void what_is_unknown_is_looked_for_and_never_guessed(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, 2000), FATE_LOOK);
    assert_int_equal(fate_of_look(&fate, true, true, 2001), FATE_STORED);
    assert_int_equal(fate_of_look(&fate, true, false, 2001), FATE_REFUSED);
    assert_int_equal(fate_of_look(&fate, false, false, 2000 + FATE_LOOK_MS - 1), FATE_LOOK);
    assert_int_equal(fate_of_look(&fate, false, false, 2000 + FATE_LOOK_MS), FATE_UNKNOWN);
    assert_false(fate.one_server);
}

static void a_commit_without_its_standby_is_unknown(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_UNKNOWN, PG_CLASS_NOT_REPLICATED, 2000), FATE_LOOK);
    assert_true(fate.one_server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done_is_stored),
        cmocka_unit_test(a_change_by_others_is_reloaded),
        cmocka_unit_test(a_collision_is_sent_again_for_a_while),
        cmocka_unit_test(all_other_failures_before_commit_are_refusals),
        cmocka_unit_test(what_is_unknown_is_looked_for_and_never_guessed),
        cmocka_unit_test(a_commit_without_its_standby_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
