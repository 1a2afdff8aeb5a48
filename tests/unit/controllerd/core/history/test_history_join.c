/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/history/history_join.h"
#include "shared/base/model.h"

enum { TEXT_BYTES = 4096 };

static void begin(struct daqs_table *table)
{
    daqs_table_init(table, history_column, HISTORY_PART_COLUMNS, TEXT_BYTES);
}

/* A row in which the nic sends 'bytes' in 'ms' under a limit. */
static void add(struct daqs_table *table, uint64_t time_s, const char *nic, uint64_t bytes,
                uint64_t ms, uint64_t limit)
{
    daqs_table_number(table, time_s * 1000);
    daqs_table_text(table, nic);
    daqs_table_rate(table, bytes * 8000 / ms);
    daqs_table_rate(table, limit);
    daqs_table_rate(table, 1000);
    daqs_table_number(table, bytes);
    daqs_table_number(table, 1);
    daqs_table_number(table, 2);
    for (int i = 0; i < 3; i++)
        daqs_table_number(table, ms / 1000);
    daqs_table_number(table, ms);
}

static uint64_t at(const struct daqs_table *table, size_t row, enum history_column column)
{
    return daqs_table_at(table, row, column)->number;
}

/* Tables of two members, and what is made of them. */
struct scene {
    struct daqs_table a, b, joined;
    int64_t next_s;
    bool more;
};

static int make_scene(void **state)
{
    static struct scene scene;
    scene = (struct scene){.more = true};
    begin(&scene.a);
    begin(&scene.b);
    *state = &scene;
    return 0;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    daqs_table_done(&s->joined);
    daqs_table_done(&s->a);
    daqs_table_done(&s->b);
    return 0;
}

/* Joins the first two parts. */
static int join(struct scene *s, const struct history_part *part)
{
    return history_join(part, 2, TEXT_BYTES, &s->joined, &s->more, &s->next_s);
}

static void rows_of_two_are_in_the_order_of_time_and_nic(void **state)
{
    struct scene *s = *state;
    add(&s->a, 10, "n2", 100, 1000, 5);
    add(&s->a, 30, "n1", 300, 1000, 5);
    add(&s->b, 10, "n1", 1, 1000, 5);
    add(&s->b, 20, "n1", 200, 1000, 5);
    const struct history_part part[] = {{&s->a, false, 0}, {&s->b, false, 0}};
    assert_int_equal(join(s, part), DAQS_OK);
    assert_false(s->more);
    assert_int_equal(s->joined.columns, HISTORY_COLUMNS);
    assert_int_equal(daqs_table_rows(&s->joined), 4);
    assert_int_equal(at(&s->joined, 0, HISTORY_TX), 1);
    assert_int_equal(at(&s->joined, 1, HISTORY_TX), 100);
    assert_int_equal(at(&s->joined, 2, HISTORY_TX), 200);
    assert_int_equal(at(&s->joined, 3, HISTORY_TX), 300);
    assert_string_equal(daqs_table_at(&s->joined, 1, HISTORY_NIC)->text, "n2");
}

static void a_step_that_two_have_recorded_is_added_up(void **state)
{
    struct scene *s = *state;
    add(&s->a, 60, "n1", 3000, 45000, 400);
    add(&s->b, 60, "n1", 3000, 15000, 800);
    add(&s->a, 120, "n1", 1, 30000, 400);
    add(&s->b, 120, "n1", 1, 30000, DAQS_UNLIMITED);
    const struct history_part part[] = {{&s->a, false, 0}, {&s->b, false, 0}};
    assert_int_equal(join(s, part), DAQS_OK);
    assert_int_equal(daqs_table_rows(&s->joined), 2);
    assert_int_equal(at(&s->joined, 0, HISTORY_TX), 6000);
    assert_int_equal(at(&s->joined, 0, HISTORY_USAGE), 800); /* in a minute */
    assert_int_equal(at(&s->joined, 0, HISTORY_LIMIT), 500);
    assert_int_equal(at(&s->joined, 0, HISTORY_PACKETS), 4);
    assert_int_equal(at(&s->joined, 0, HISTORY_MET), 60);
    assert_true(daqs_table_at(&s->joined, 1, HISTORY_LIMIT)->empty); /* none for a part of it */
}

static void a_part_ends_where_the_first_one_with_more_does(void **state)
{
    struct scene *s = *state;
    s->more = false;
    add(&s->a, 10, "n1", 1, 1000, 5);
    add(&s->a, 20, "n1", 2, 1000, 5);
    add(&s->b, 15, "n1", 3, 1000, 5);
    const struct history_part part[] = {{&s->a, true, 30}, {&s->b, true, 20}, {&s->b, false, 0}};
    assert_int_equal(join(s, part), DAQS_OK);
    assert_true(s->more);
    assert_int_equal(s->next_s, 20);
    assert_int_equal(daqs_table_rows(&s->joined), 2);
    assert_int_equal(at(&s->joined, 1, HISTORY_TX), 3);
}

static void tables_with_other_columns_are_left_out(void **state)
{
    static const struct daqs_column other[] = {{"time", DAQS_COLUMN_TIME}};
    struct daqs_table a, joined;
    int64_t next_s = 0;
    bool more = true;
    (void)state;
    daqs_table_init(&a, other, 1, TEXT_BYTES);
    daqs_table_number(&a, 5);
    const struct history_part part[] = {{&a, false, 0}};
    assert_int_equal(history_join(part, 1, TEXT_BYTES, &joined, &more, &next_s), DAQS_OK);
    assert_int_equal(daqs_table_rows(&joined), 0);
    daqs_table_done(&joined);
    daqs_table_done(&a);
}

int main(void)
{
#define IN_SCENE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        IN_SCENE(rows_of_two_are_in_the_order_of_time_and_nic),
        IN_SCENE(a_step_that_two_have_recorded_is_added_up),
        IN_SCENE(a_part_ends_where_the_first_one_with_more_does),
        cmocka_unit_test(tables_with_other_columns_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
