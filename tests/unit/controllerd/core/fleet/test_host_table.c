/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "controllerd/core/fleet/host_table.h"

struct record {
    int *text;
};

static unsigned released;

static void done(void *record)
{
    const struct record *r = record;
    released++;
    free(r->text);
}

static int set_up(void **state)
{
    released = 0;
    *state = host_table_new(sizeof(struct record), done);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    host_table_free(*state);
    return 0;
}

static void a_host_has_one_record_which_begins_as_zeroes(void **state)
{
    struct host_table *table = *state;
    const struct fleet_host host[2] = {{0}};
    assert_null(host_table_find(table, &host[0]));
    struct record *record = host_table_need(table, &host[0]);
    assert_non_null(record);
    assert_null(record->text);
    record->text = malloc(sizeof *record->text);
    assert_ptr_equal(host_table_need(table, &host[0]), record);
    assert_ptr_equal(host_table_find(table, &host[0]), record);
    assert_null(host_table_find(table, &host[1]));
    assert_ptr_not_equal(host_table_need(table, &host[1]), record);
    assert_int_equal(released, 0);
}

static void a_record_is_released_when_it_is_removed_and_with_the_table(void **state)
{
    struct host_table *table = *state;
    const struct fleet_host host[3] = {{0}};
    for (int i = 0; i < 2; i++)
        ((struct record *)host_table_need(table, &host[i]))->text = malloc(sizeof(int));
    host_table_remove(table, &host[2]); /* it has none */
    assert_int_equal(released, 0);
    host_table_remove(table, &host[0]);
    assert_int_equal(released, 1);
    assert_null(host_table_find(table, &host[0]));
    assert_non_null(host_table_find(table, &host[1]));
    host_table_free(table);
    *state = NULL;
    assert_int_equal(released, 2);
}

static void elements_are_carried_to_where_their_nics_are_now(void **state)
{
    const uint16_t before[] = {10, 11, 12};
    const uint32_t was[] = {2, FLEET_NEW, 0, 2};
    const uint16_t expected[] = {12, 0, 10, 12};
    (void)state;
    uint16_t *now = host_table_carry(was, 4, before, sizeof *now);
    assert_non_null(now);
    assert_memory_equal(now, expected, sizeof expected);
    free(now);
    now = host_table_carry(was, 4, NULL, sizeof *now);
    assert_non_null(now);
    for (int i = 0; i < 4; i++)
        assert_int_equal(now[i], 0);
    free(now);
}

#define IN_TABLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TABLE(a_host_has_one_record_which_begins_as_zeroes),
        IN_TABLE(a_record_is_released_when_it_is_removed_and_with_the_table),
        IN_TABLE(elements_are_carried_to_where_their_nics_are_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
