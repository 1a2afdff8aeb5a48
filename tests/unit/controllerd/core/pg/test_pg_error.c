/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_error.h"

#include "tests/lib/check.h"

static void an_sqlstate_tells_what_to_do(void **state)
{
    static const struct {
        const char *sqlstate;
        enum pg_class class;
    } cases[] = {
        {"40001", PG_CLASS_AGAIN},       {"40P01", PG_CLASS_AGAIN},
        {"55P03", PG_CLASS_AGAIN},       {"57014", PG_CLASS_SILENT},
        {"57P01", PG_CLASS_UNAVAILABLE}, {"57P03", PG_CLASS_UNAVAILABLE},
        {"08006", PG_CLASS_UNAVAILABLE}, {"53300", PG_CLASS_UNAVAILABLE},
        {"53100", PG_CLASS_UNAVAILABLE}, {"58030", PG_CLASS_UNAVAILABLE},
        {"25006", PG_CLASS_READ_ONLY},   {"28P01", PG_CLASS_FORBIDDEN},
        {"28000", PG_CLASS_FORBIDDEN},   {"42501", PG_CLASS_FORBIDDEN},
        {"42P01", PG_CLASS_SCHEMA},      {"42703", PG_CLASS_SCHEMA},
        {"3D000", PG_CLASS_SCHEMA},      {"3F000", PG_CLASS_SCHEMA},
        {"23505", PG_CLASS_REFUSED},     {"23514", PG_CLASS_REFUSED},
        {"22P02", PG_CLASS_REFUSED},     {"XX000", PG_CLASS_OTHER},
        {"25P02", PG_CLASS_OTHER},       {"", PG_CLASS_UNAVAILABLE},
        {NULL, PG_CLASS_UNAVAILABLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(pg_class_of(cases[i].sqlstate), cases[i].class);
}

static void only_a_plain_error_at_commit_proves_that_nothing_is_stored(void **state)
{
    static const char *const undoes[] = {"40001", "40P01", "23505", "23514", "25006", "42501"};
    /* A server that stops may have committed already; so may one behind a pooler that lost it. */
    static const char *const in_doubt[] = {"57P01", "57P02", "57014", "08006", "08P01",
                                           "40003", "58030", "53100", ""};
    (void)state;
    for (size_t i = 0; i < sizeof undoes / sizeof undoes[0]; i++)
        assert_true(pg_error_undoes(undoes[i]));
    for (size_t i = 0; i < sizeof in_doubt / sizeof in_doubt[0]; i++)
        assert_false(pg_error_undoes(in_doubt[i]));
}

static void a_failed_connection_tells_its_sqlstate_in_any_language(void **state)
{
    char code[PG_SQLSTATE];
    (void)state;
    pg_sqlstate_in(
        "connection to server at \"10.0.0.1\", port 5432 failed: FATAL:  28P01: password "
        "authentication failed for user \"daqs\"\nLOCATION:  auth_failed, auth.c:326\n",
        code);
    assert_string_equal(code, "28P01");
    pg_sqlstate_in("... failed: FATALE:  57P03: il sistema si sta avviando", code);
    assert_string_equal(code, "57P03");
    pg_sqlstate_in("a role called x:  12345 does not exist", code);
    assert_string_equal(code, "");
    pg_sqlstate_in("Connection refused\n\tIs the server running?", code);
    assert_string_equal(code, "");
    pg_sqlstate_in("FATAL:  28P0", code);
    assert_string_equal(code, "");
    pg_sqlstate_in("", code);
    assert_string_equal(code, "");
}

static void each_class_has_a_meaning_for_people(void **state)
{
    (void)state;
    for (int class = PG_CLASS_NONE; class <= PG_CLASS_OTHER; class ++)
        assert_true(*pg_class_text((enum pg_class) class));
}

static void what_may_answer_later_is_away(void **state)
{
    (void)state;
    assert_true(pg_class_is_away(PG_CLASS_SILENT));
    assert_true(pg_class_is_away(PG_CLASS_UNAVAILABLE));
    assert_true(pg_class_is_away(PG_CLASS_READ_ONLY));
    assert_false(pg_class_is_away(PG_CLASS_NONE));
    assert_false(pg_class_is_away(PG_CLASS_CONFLICT));
    assert_false(pg_class_is_away(PG_CLASS_FORBIDDEN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_answer_later_is_away),
        cmocka_unit_test(an_sqlstate_tells_what_to_do),
        cmocka_unit_test(only_a_plain_error_at_commit_proves_that_nothing_is_stored),
        cmocka_unit_test(a_failed_connection_tells_its_sqlstate_in_any_language),
        cmocka_unit_test(each_class_has_a_meaning_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
