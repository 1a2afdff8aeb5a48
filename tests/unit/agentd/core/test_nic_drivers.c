/* SPDX-License-Identifier: Apache-2.0 */
/* The table of drivers, and its copy in docs/nics.md. */
#include "tests/lib/check.h"

#include "agentd/core/nic_drivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCS_BYTES = 65536, ROW_BYTES = 2048 };

static void drivers_are_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(nic_driver_find("i40e")->step_mbit, 50);
    assert_int_equal(nic_driver_find("ixgbe")->least_mbit, 11);
    assert_string_equal(nic_driver_find("mlx5_core")->port[0], "tx_bytes_phy");
    assert_null(nic_driver_find(""));
    assert_null(nic_driver_find("i40"));
}

static void n3_the_table_in_the_documentation_is_this_one(void **state)
{
    static char docs[DOCS_BYTES];
    char row[ROW_BYTES];
    char text[NIC_FACT_TEXT];
    (void)state;
    FILE *file = fopen(DAQS_SOURCE_DIR "/docs/nics.md", "re");
    assert_non_null(file);
    assert_in_range(fread(docs, 1, sizeof docs - 1, file), 1, sizeof docs - 2);
    (void)fclose(file);
    size_t rows = 0;
    for (const struct nic_driver *d = nic_driver_at(0); d; d = nic_driver_at(++rows)) {
        size_t used = (size_t)snprintf(row, sizeof row, "| `%s` |", d->name);
        for (int fact = 0; fact < NIC_FACTS; fact++)
            used += (size_t)snprintf(row + used, sizeof row - used, " %s |",
                                     nic_fact_text(d, (enum nic_fact)fact, text));
        if (!strstr(docs, row))
            fail_msg("docs/nics.md lacks the row: %s", row);
    }
    for (int fact = 0; fact < NIC_FACTS; fact++)
        assert_non_null(strstr(docs, nic_fact_title((enum nic_fact)fact)));
    /* The page lists no driver that is not in the table. */
    size_t there = 0;
    for (const char *at = docs; (at = strstr(at, "\n| `")); at += 2)
        there++;
    assert_int_equal(there, rows);
}

static void n3_facts_do_not_contradict_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; nic_driver_at(i); i++) {
        const struct nic_driver *d = nic_driver_at(i);
        assert_true(d->rates || (d->least_mbit == 0 && d->step_mbit == 0));
        if (d->step_mbit > 1)
            assert_int_equal(d->least_mbit % d->step_mbit, 0);
        assert_non_null(d->exceptions);
        assert_true(i == 0 || strcmp(nic_driver_at(i - 1)->name, d->name) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_found_by_name),
        cmocka_unit_test(n3_the_table_in_the_documentation_is_this_one),
        cmocka_unit_test(n3_facts_do_not_contradict_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
