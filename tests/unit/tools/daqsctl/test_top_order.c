/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <locale.h>
#include <string.h>

#include "tools/daqsctl/top_order.h"

enum { NICS = 4 };

static struct snapshot_nic nic[NICS] = {
    {"node1", "db1", "a", "up0", "ok", "", 3 * GBIT, DAQS_UNLIMITED, 2 * GBIT, 5 * GBIT, 10 * GBIT},
    {"node2", "Cache", "b", "up0", "tampered", "", 1 * GBIT, 2 * GBIT, 0, DAQS_UNLIMITED, 1 * GBIT},
    {"node1", "数据库", "c", "up0", "capped", "", DAQS_UNLIMITED, 1 * GBIT, 0, 9 * GBIT, 10 * GBIT},
    {"node3", "web", "d", "up0", "unmanaged", "", 2 * GBIT, DAQS_UNLIMITED, 3 * GBIT,
     DAQS_UNLIMITED, 0},
};
static const struct snapshot snapshot = {.nics = NICS, .nic = nic};

/* Checks the nics' letters in the order of display. */
static void assert_order(struct top_state state, const char *letters)
{
    uint32_t order[NICS];
    char text[NICS + 1] = "";
    size_t count = top_order(&snapshot, &state, order);
    for (size_t i = 0; i < count; i++)
        text[i] = nic[order[i]].nic[0];
    assert_string_equal(text, letters);
}

static void each_column_sorts(void **state)
{
    (void)state;
    assert_order((struct top_state){.sort = TOP_BY_USAGE}, "adbc");
    assert_order((struct top_state){.sort = TOP_BY_USAGE, .reverse = true}, "cbda");
    assert_order((struct top_state){.sort = TOP_BY_LOAD}, "bacd");
    assert_order((struct top_state){.sort = TOP_BY_LIMIT}, "bcad");
    assert_order((struct top_state){.sort = TOP_BY_GUARANTEE}, "dacb");
    assert_order((struct top_state){.sort = TOP_BY_CEILING}, "cabd");
    assert_order((struct top_state){.sort = TOP_BY_STATE}, "bdca");
    assert_order((struct top_state){.sort = TOP_BY_HOST}, "acbd");
    assert_order((struct top_state){.sort = TOP_BY_VM}, "badc");
}

static void a_filter_is_of_hosts_and_vms_in_any_case(void **state)
{
    (void)state;
    assert_order((struct top_state){.filter = "node1"}, "ac");
    assert_order((struct top_state){.filter = "CACHE"}, "b");
    assert_order((struct top_state){.filter = "e"}, "adbc"); /* "node" has an e */
    assert_order((struct top_state){.filter = "据"}, "c");
    assert_order((struct top_state){.filter = "up0"}, "");
    assert_order((struct top_state){.filter = "\xff"}, "");
}

static void the_load_is_a_share_of_the_uplink(void **state)
{
    (void)state;
    assert_int_equal(top_load(&nic[0]), 300);
    assert_int_equal(top_load(&nic[1]), 1000);
    assert_int_equal(top_load(&nic[2]), 0);
    assert_int_equal(top_load(&nic[3]), 0);
}

static void an_empty_picture_has_an_order(void **state)
{
    const struct snapshot none = {.nics = 0};
    const struct top_state plain = {.sort = TOP_BY_USAGE};
    uint32_t order[1];
    (void)state;
    assert_int_equal(top_order(&none, &plain, order), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_sorts),
        cmocka_unit_test(a_filter_is_of_hosts_and_vms_in_any_case),
        cmocka_unit_test(the_load_is_a_share_of_the_uplink),
        cmocka_unit_test(an_empty_picture_has_an_order),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
