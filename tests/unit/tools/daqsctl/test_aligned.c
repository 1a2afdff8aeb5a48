/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/aligned.h"
#include "tools/daqsctl/text_width.h"

/* The columns of 'vms'. */
static const struct daqs_column vm_columns[] = {
    {"host", DAQS_COLUMN_TEXT},    {"vm", DAQS_COLUMN_TEXT},        {"nic", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},  {"usage_bps", DAQS_COLUMN_RATE}, {"limit_bps", DAQS_COLUMN_RATE},
    {"min_bps", DAQS_COLUMN_RATE}, {"max_bps", DAQS_COLUMN_RATE},   {"weight", DAQS_COLUMN_COUNT},
    {"state", DAQS_COLUMN_TEXT},   {"reason", DAQS_COLUMN_TEXT},
};
enum { COLUMNS = sizeof vm_columns / sizeof vm_columns[0] };

static void add_vm(struct daqs_table *table, const char *vm, const char *state)
{
    daqs_table_text(table, "node1");
    daqs_table_text(table, vm);
    daqs_table_text(table, "02:00:00:00:00:01");
    daqs_table_text(table, "ens6f1np1");
    daqs_table_rate(table, 2462345678);
    daqs_table_rate(table, DAQS_UNLIMITED);
    daqs_table_rate(table, 2 * GBIT);
    daqs_table_rate(table, 5 * GBIT);
    daqs_table_number(table, 1);
    daqs_table_text(table, state);
    daqs_table_text(table, "guaranteed, limited so that another guarantee holds");
}

/* Returns the output for two VMs, to be freed by the caller. */
static char *print(struct terminal terminal, const char *vm, const char *state)
{
    char *text = NULL;
    size_t length = 0;
    struct aligned aligned = {.terminal = terminal};
    struct daqs_table table;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    daqs_table_init(&table, vm_columns, COLUMNS, 65536);
    add_vm(&table, vm, state);
    add_vm(&table, "db2", "ok");
    aligned_print(&aligned, out, &table);
    daqs_table_done(&table);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_prints(struct terminal terminal, const char *expected)
{
    char *text = print(terminal, "a-vm-of-a-long-name", "unresponsive");
    assert_string_equal(text, expected);
    free(text);
}

static void piped_output_is_not_cut(void **state)
{
    (void)state;
    assert_prints(
        (struct terminal){.columns = 0},
        "HOST   VM                   NIC                UPLINK         USAGE  LIMIT    MIN    MAX  "
        "WEIGHT  STATE         REASON\n"
        "node1  a-vm-of-a-long-name  02:00:00:00:00:01  ens6f1np1  2.462Gbit      -  2Gbit  5Gbit  "
        "     1  unresponsive  guaranteed, limited so that another guarantee holds\n"
        "node1  db2                  02:00:00:00:00:01  ens6f1np1  2.462Gbit      -  2Gbit  5Gbit  "
        "     1  ok            guaranteed, limited so that another guarantee holds\n");
}

static void the_least_important_columns_make_room(void **state)
{
    (void)state;
    assert_prints(
        (struct terminal){.columns = 80},
        "HOST   VM             USAGE  LIMIT    MIN    MAX  STATE         REASON\n"
        "node1  a-vm-of-…  2.462Gbit      -  2Gbit  5Gbit  unresponsive  guaranteed, lim…\n"
        "node1  db2        2.462Gbit      -  2Gbit  5Gbit  ok            guaranteed, lim…\n");
    assert_prints((struct terminal){.columns = 40}, "HOST   VM                   USAGE  LIMIT\n"
                                                    "node1  a-vm-of-a-long…  2.462Gbit      -\n"
                                                    "node1  db2              2.462Gbit      -\n");
    assert_prints((struct terminal){.columns = 20, .ascii = true}, "VM             USAGE\n"
                                                                   "a-vm-of..  2.462Gbit\n"
                                                                   "db2        2.462Gbit\n");
    assert_prints((struct terminal){.columns = 4}, "VM\na-v…\ndb2\n");
}

/* The column that a row is about stays: the host in 'hosts', the VM in 'vms'. */
static void the_column_that_a_row_is_about_stays(void **state)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT}, {"state", DAQS_COLUMN_TEXT}, {"usage_bps", DAQS_COLUMN_RATE}};
    char *text = NULL;
    size_t length = 0;
    struct aligned aligned = {.terminal = {.columns = 8}};
    struct daqs_table table;
    FILE *out = open_memstream(&text, &length);
    (void)state;
    assert_non_null(out);
    daqs_table_init(&table, columns, 3, 4096);
    daqs_table_text(&table, "node1");
    daqs_table_text(&table, "up");
    daqs_table_rate(&table, GBIT);
    aligned_print(&aligned, out, &table);
    daqs_table_done(&table);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "HOST\nnode1\n");
    free(text);
}

/* At any width, with wide characters: no line is wider than the terminal, and none is missing. */
static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    for (int columns = 1; columns < 220; columns++)
        for (int ascii = 0; ascii < 2; ascii++) {
            char *text = print((struct terminal){.columns = columns, .ascii = ascii},
                               "数据库数据库数据库", "tampered");
            char *rest = NULL;
            int lines = 0;
            for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                if (lines++, text_width(line) > columns)
                    fail_msg("%d columns: %s", columns, line);
            assert_int_equal(lines, 3);
            free(text);
        }
}

static void only_trouble_is_coloured_and_only_if_wanted(void **state)
{
    static const char *const troubled[] = {"unresponsive", "unmanaged", "tampered", "away"};
    (void)state;
    for (size_t i = 0; i < sizeof troubled / sizeof troubled[0]; i++) {
        char colored[64];
        (void)snprintf(colored, sizeof colored, "m%s\033[0m", troubled[i]);
        char *text = print((struct terminal){.color = true}, "db1", troubled[i]);
        assert_non_null(strstr(text, colored)); /* the text does not change */
        free(text);
        text = print((struct terminal){.color = false}, "db1", troubled[i]);
        assert_null(strchr(text, '\033'));
        free(text);
    }
    char *text = print((struct terminal){.color = true}, "tampered", "capped");
    assert_null(strchr(text, '\033')); /* nor a VM with the name of a state */
    free(text);
}

/* Columns keep their positions. Longer cells in later parts overflow, or are cut. */
static void later_parts_fit_too(void **state)
{
    char *text = NULL;
    size_t length = 0;
    static const struct daqs_column columns[] = {{"vm", DAQS_COLUMN_TEXT},
                                                 {"state", DAQS_COLUMN_TEXT}};
    struct aligned aligned = {.terminal = {.columns = 16}};
    FILE *out = open_memstream(&text, &length);
    (void)state;
    assert_non_null(out);
    for (int part = 0; part < 3; part++) {
        static const char *const vms[] = {"db1", "database", "data-warehouse-1"};
        struct daqs_table table;
        daqs_table_init(&table, columns, 2, 4096);
        daqs_table_text(&table, vms[part]);
        daqs_table_text(&table, "ok");
        aligned_print(&aligned, out, &table);
        daqs_table_done(&table);
    }
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "VM   STATE\n"
                              "db1  ok\n"
                              "database  ok\n"
                              "da…  ok\n");
    free(text);
}

static const struct daqs_column event_columns[] = {
    {"kind", DAQS_COLUMN_TEXT}, {"host", DAQS_COLUMN_TEXT}, {"text", DAQS_COLUMN_TEXT}};

static void assert_prints_event(struct aligned *aligned, const char *what, const char *expected)
{
    char *text = NULL;
    size_t length = 0;
    struct daqs_table table;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    daqs_table_init(&table, event_columns, 3, 65536);
    daqs_table_text(&table, "unmanaged");
    daqs_table_text(&table, "node1");
    daqs_table_text(&table, what);
    aligned_print(aligned, out, &table);
    daqs_table_done(&table);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void a_text_goes_on_below(void **state)
{
    struct aligned narrow = {.terminal = {.columns = 42}};
    struct aligned piped = {.terminal = {.columns = 0}};
    struct aligned follows = {.terminal = {.columns = 42}, .width = {9, 5, 40}, .begun = true};
    const char *what = "the guest has a root qdisc of its own; tc qdisc del";
    (void)state;
    assert_prints_event(&narrow, what,
                        "KIND       HOST   TEXT\n"
                        "unmanaged  node1  the guest has a root\n"
                        "                  qdisc of its own; tc\n"
                        "                  qdisc del\n");
    assert_prints_event(&piped, what,
                        "KIND       HOST   TEXT\n"
                        "unmanaged  node1  the guest has a root qdisc of its own; tc qdisc del\n");
    assert_prints_event(&follows, what,
                        "unmanaged  node1  the guest has a root\n"
                        "                  qdisc of its own; tc\n"
                        "                  qdisc del\n");
    assert_prints_event(&follows, "it fits", "unmanaged  node1  it fits\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(piped_output_is_not_cut),
        cmocka_unit_test(the_least_important_columns_make_room),
        cmocka_unit_test(the_column_that_a_row_is_about_stays),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(only_trouble_is_coloured_and_only_if_wanted),
        cmocka_unit_test(later_parts_fit_too),
        cmocka_unit_test(a_text_goes_on_below),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
