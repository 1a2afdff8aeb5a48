/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/group/past.h"

enum { MOST = 8, HOUR_MS = 3600000 };

static const struct past_stay stay[] = {
    {1000, "c1"}, {2000, "c2"}, {3000, "c2"}, {4000, "c1"}, {5000, "c3"}};
enum { STAYS = sizeof stay / sizeof stay[0] };

static void assert_span(const struct past_span *span, const char *member, int64_t from, int64_t to)
{
    assert_string_equal(span->member, member);
    assert_int_equal(span->from_ms, from);
    assert_int_equal(span->to_ms, to);
}

static void a_span_is_divided_among_those_who_have_recorded_it(void **state)
{
    struct past_span span[STAYS];
    (void)state;
    assert_int_equal(past_spans(stay, STAYS, 1500, 6000, span), 4);
    assert_span(&span[0], "c1", 1500, 2000);
    assert_span(&span[1], "c2", 2000, 4000);
    assert_span(&span[2], "c1", 4000, 5000);
    assert_span(&span[3], "c3", 5000, 6000);
    assert_int_equal(past_spans(stay, STAYS, 2500, 3500, span), 1);
    assert_span(&span[0], "c2", 2500, 3500);
    assert_int_equal(past_spans(stay, STAYS, 0, 900, span), 0);
    assert_int_equal(past_spans(stay, STAYS, 9000, 9100, span), 1);
    assert_span(&span[0], "c3", 9000, 9100);
    assert_int_equal(past_spans(stay, 0, 0, 9000, span), 0);
}

static void what_was_before_the_first_stay_is_not_known(void **state)
{
    (void)state;
    assert_true(past_begins_unknown(stay, STAYS, 999));
    assert_false(past_begins_unknown(stay, STAYS, 1000));
    assert_true(past_begins_unknown(stay, 0, 1000));
}

static void what_is_missing_is_said_for_each_span(void **state)
{
    char text[200] = "";
    (void)state;
    past_say_missing(&(struct past_span){"c3", 12 * HOUR_MS + 1, 14 * HOUR_MS}, "does not answer",
                     text, sizeof text);
    past_say_missing(&(struct past_span){"c4", 0, HOUR_MS}, "says \"no\"", text, sizeof text);
    assert_string_equal(text, "1970-01-01T12:00:00Z to 1970-01-01T14:00:00Z is on c3, which does "
                              "not answer; 1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z is on c4, "
                              "which says \"no\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_is_divided_among_those_who_have_recorded_it),
        cmocka_unit_test(what_was_before_the_first_stay_is_not_known),
        cmocka_unit_test(what_is_missing_is_said_for_each_span),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
