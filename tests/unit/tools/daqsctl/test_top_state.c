/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "tools/daqsctl/top_state.h"

enum { PAGE = 10, ROWS = 35 };

static void press(struct top_state *state, uint32_t key)
{
    assert_true(top_state_key(state, key, PAGE, ROWS));
}

static void type(struct top_state *state, const char *text)
{
    for (; *text; text++)
        press(state, (unsigned char)*text);
}

static void q_quits_unless_it_is_typed(void **unused)
{
    struct top_state state = {0};
    (void)unused;
    assert_false(top_state_key(&state, 'q', PAGE, ROWS));
    press(&state, '/');
    type(&state, "q");
    assert_string_equal(state.filter, "q");
    press(&state, TOP_KEY_ENTER);
    assert_false(top_state_key(&state, 'Q', PAGE, ROWS));
}

static void s_goes_through_all_columns(void **unused)
{
    struct top_state state = {.offset = 3};
    (void)unused;
    for (int i = 0; i < TOP_SORTS; i++) {
        assert_int_equal(state.sort, i);
        press(&state, 's');
        assert_int_equal(state.offset, 0);
    }
    assert_int_equal(state.sort, TOP_BY_USAGE);
    press(&state, 'S');
    assert_int_equal(state.sort, TOP_SORTS - 1);
    press(&state, TOP_KEY_RIGHT);
    press(&state, TOP_KEY_LEFT);
    assert_int_equal(state.sort, TOP_SORTS - 1);
    press(&state, 'r');
    assert_true(state.reverse);
}

static void a_filter_is_typed_kept_and_taken_away(void **unused)
{
    struct top_state state = {.offset = 5};
    (void)unused;
    press(&state, '/');
    assert_true(state.typing);
    type(&state, "dbx");
    press(&state, TOP_KEY_BACKSPACE);
    press(&state, 0x6570); /* 数 */
    assert_string_equal(state.filter, "db\xe6\x95\xb0");
    press(&state, TOP_KEY_BACKSPACE); /* removes a whole character */
    assert_string_equal(state.filter, "db");
    press(&state, TOP_KEY_ENTER);
    assert_false(state.typing);
    assert_string_equal(state.filter, "db");
    assert_int_equal(state.offset, 0);
    press(&state, '/');
    type(&state, "other");
    press(&state, TOP_KEY_ESCAPE); /* the previous filter */
    assert_string_equal(state.filter, "db");
    press(&state, TOP_KEY_ESCAPE);
    assert_string_equal(state.filter, "");
}

static void nonsense_does_not_get_into_a_filter(void **unused)
{
    struct top_state state = {0};
    (void)unused;
    press(&state, '/');
    press(&state, 0);
    press(&state, 1);
    press(&state, 0x85);
    press(&state, 0xd800);
    press(&state, TOP_KEY_PAGE_DOWN);
    press(&state, TOP_KEY_BACKSPACE);
    assert_string_equal(state.filter, "");
    for (int i = 0; i < 2 * TOP_FILTER_BYTES; i++)
        press(&state, 0x10ffff);
    assert_true(strlen(state.filter) < TOP_FILTER_BYTES);
}

static void scrolling_ends_at_both_ends(void **unused)
{
    struct top_state state = {0};
    (void)unused;
    press(&state, TOP_KEY_UP);
    assert_int_equal(state.offset, 0);
    press(&state, TOP_KEY_DOWN);
    press(&state, 'j');
    assert_int_equal(state.offset, 2);
    press(&state, 'k');
    press(&state, TOP_KEY_PAGE_DOWN);
    assert_int_equal(state.offset, 11);
    press(&state, TOP_KEY_PAGE_DOWN);
    press(&state, TOP_KEY_PAGE_DOWN);
    assert_int_equal(state.offset, ROWS - PAGE);
    press(&state, TOP_KEY_PAGE_UP);
    assert_int_equal(state.offset, ROWS - 2 * PAGE);
    press(&state, TOP_KEY_HOME);
    assert_int_equal(state.offset, 0);
    press(&state, TOP_KEY_END);
    assert_int_equal(state.offset, ROWS - PAGE);
    assert_true(top_state_key(&state, TOP_KEY_DOWN, PAGE, 3)); /* fewer rows than before */
    assert_int_equal(state.offset, 0);
    assert_true(top_state_key(&state, TOP_KEY_DOWN, 0, 0));
    assert_int_equal(state.offset, 0);
}

static void the_interval_goes_in_steps_to_both_ends(void **unused)
{
    struct top_state state = {.interval_ms = 1000};
    (void)unused;
    press(&state, '+');
    assert_int_equal(state.interval_ms, 2000);
    press(&state, '-');
    press(&state, '-');
    assert_int_equal(state.interval_ms, 500);
    state.interval_ms = 1234;
    press(&state, '-');
    assert_int_equal(state.interval_ms, 1000);
    for (int i = 0; i < 20; i++)
        press(&state, '-');
    assert_int_equal(state.interval_ms, TOP_INTERVAL_LEAST_MS);
    for (int i = 0; i < 20; i++)
        press(&state, '+');
    assert_int_equal(state.interval_ms, TOP_INTERVAL_MOST_MS);
}

static void h_shows_keys_until_another_is_pressed(void **unused)
{
    struct top_state state = {0};
    (void)unused;
    press(&state, 'h');
    assert_true(state.help);
    press(&state, 'h');
    assert_false(state.help);
    press(&state, '?');
    press(&state, TOP_KEY_ESCAPE);
    assert_false(state.help);
    press(&state, 'h');
    press(&state, 's');
    assert_false(state.help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(q_quits_unless_it_is_typed),
        cmocka_unit_test(s_goes_through_all_columns),
        cmocka_unit_test(a_filter_is_typed_kept_and_taken_away),
        cmocka_unit_test(nonsense_does_not_get_into_a_filter),
        cmocka_unit_test(scrolling_ends_at_both_ends),
        cmocka_unit_test(the_interval_goes_in_steps_to_both_ends),
        cmocka_unit_test(h_shows_keys_until_another_is_pressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
