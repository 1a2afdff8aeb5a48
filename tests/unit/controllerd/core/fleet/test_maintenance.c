/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/fleet/maintenance.h"
#include "shared/base/error.h"

static int make(void **state)
{
    *state = maintenance_new();
    return *state ? 0 : -1;
}

static int end(void **state)
{
    maintenance_free(*state);
    return 0;
}

static void a_host_is_in_maintenance_until_it_is_removed(void **state)
{
    struct maintenance *m = *state;
    char host[] = "node1";
    assert_null(maintenance_find(m, "node1"));
    assert_int_equal(maintenance_put(m, host, 1234, "kim"), DAQS_OK);
    host[4] = '9'; /* it keeps a copy */
    const struct maintenance_host *found = maintenance_find(m, "node1");
    assert_non_null(found);
    assert_string_equal(found->name, "node1");
    assert_string_equal(found->by, "kim");
    assert_int_equal(found->since_ms, 1234);
    assert_null(maintenance_find(m, "node"));
    assert_null(maintenance_find(m, ""));
    maintenance_remove(m, "node1");
    maintenance_remove(m, "node1");
    assert_null(maintenance_find(m, "node1"));
}

static void the_last_of_two_for_a_host_counts(void **state)
{
    struct maintenance *m = *state;
    assert_int_equal(maintenance_put(m, "node1", 1, "kim"), DAQS_OK);
    assert_int_equal(maintenance_put(m, "node1", 2, "eve"), DAQS_OK);
    assert_int_equal(maintenance_count(m), 1);
    assert_string_equal(maintenance_find(m, "node1")->by, "eve");
}

static void the_hosts_are_named_sorted(void **state)
{
    struct maintenance *m = *state;
    char names[MAINTENANCE_NAMES_BYTES];
    assert_string_equal(maintenance_names(m, names), "");
    assert_int_equal(maintenance_put(m, "node2", 1, "kim"), DAQS_OK);
    assert_int_equal(maintenance_put(m, "node1", 1, "kim"), DAQS_OK);
    assert_string_equal(maintenance_names(m, names), "node1, node2");
}

static void a_host_is_shown_with_its_time_and_operator(void **state)
{
    struct maintenance *m = *state;
    char text[MAINTENANCE_TEXT_BYTES];
    assert_int_equal(maintenance_put(m, "node1", 1999, "kim"), DAQS_OK);
    assert_string_equal(maintenance_text(maintenance_find(m, "node1"), text),
                        "node1 is in maintenance since 1970-01-01T00:00:01Z, by kim: its alerts "
                        "are muted");
}

static void names_without_room_are_counted(void **state)
{
    struct maintenance *m = *state;
    char names[MAINTENANCE_NAMES_BYTES];
    char host[256];
    memset(host, 'n', sizeof host);
    for (int i = 0; i < 10; i++) {
        (void)snprintf(host + 252, 4, "%d", i);
        assert_int_equal(maintenance_put(m, host, 1, "kim"), DAQS_OK);
    }
    assert_true(strlen(maintenance_names(m, names)) < sizeof names);
    assert_non_null(strstr(names, "n2 and 7 more"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_host_is_in_maintenance_until_it_is_removed),
        CASE(the_last_of_two_for_a_host_counts),
        CASE(the_hosts_are_named_sorted),
        CASE(a_host_is_shown_with_its_time_and_operator),
        CASE(names_without_room_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
