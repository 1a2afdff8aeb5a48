/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/violation.h"
#include "tests/lib/store_box.h"

enum { NOW_S = 5000 };

/* Returns one part of a report about a span; the caller ends it with reported(). */
static struct store_question *report(struct box *box, const char *host, const char *vm,
                                     int64_t from_s, int64_t to_s, int64_t after)
{
    struct store_question *job = box_question(host, vm, from_s, to_s);
    job->token = after;
    box_ask(box, job, store_query_report);
    if (job->base.result != DAQS_OK)
        fail_msg("%s", job->base.error.text);
    return job;
}

static void reported(struct store_question *job)
{
    daqs_table_done(&job->table);
    free(job);
}

/* Checks the rows, each as "host vm attainment met missed idle unknown longest worst_time worst tx
 * rx". */
static void assert_report(struct box *box, const char *host, const char *vm, int64_t from_s,
                          int64_t to_s, const char *expected)
{
    char text[1024] = "";
    size_t used = 0;
    struct store_question *job = report(box, host, vm, from_s, to_s, -1);
    for (size_t row = 0; row < daqs_table_rows(&job->table); row++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", row ? ", " : "",
                                 daqs_table_at(&job->table, row, 0)->text,
                                 daqs_table_at(&job->table, row, 1)->text);
        for (size_t column = 2; column < 12; column++) {
            const struct daqs_cell *cell = daqs_table_at(&job->table, row, column);
            if (cell->empty)
                used += (size_t)snprintf(text + used, sizeof text - used, " -");
            else
                used += (size_t)snprintf(text + used, sizeof text - used, " %llu",
                                         (unsigned long long)cell->number);
        }
    }
    assert_string_equal(text, expected);
    assert_false(job->more);
    reported(job);
}

/* Writes seconds of names->nic[index], all with the same verdict. */
static void judge(struct box *box, const struct names *names, size_t index, int64_t from_s,
                  int64_t to_s, enum rollup_column verdict)
{
    struct store_rollups *job = new_points(to_s);
    for (int64_t t = from_s; t < to_s; t++) {
        struct rollup rollup = {.value = {[ROLLUP_MS] = 1000, [ROLLUP_TX] = 10, [ROLLUP_RX] = 1}};
        rollup.value[verdict] = 1;
        assert_true(store_rollups_begin(job, t, names->host[index]));
        assert_true(store_rollups_add(job, names->nic[index], &rollup));
    }
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
}

static void promise(const struct box *box, const char *vm, int64_t at_s, int64_t min)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO audit (at_ms, by, host, vm, new_min_bps) VALUES"
                   " (%lld, 'alice', 'node1', '%s', nullif(%lld, -1))",
                   (long long)at_s * 1000, vm, (long long)min);
    run(box, sql);
}

static void seconds_are_met_missed_idle_or_unknown(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    promise(box, "web1", 1000, 5);
    judge(box, &names, 2, 1000, 1090, ROLLUP_MET);
    judge(box, &names, 2, 1090, 1100, ROLLUP_MISSED);
    judge(box, &names, 2, 1100, 1130, ROLLUP_IDLE);
    assert_report(box, "node1", "web1", 1000, 1200,
                  "node1 web1 900000 90 10 30 70 0 1090000 1 1300 130");
    assert_report(box, "node1", "web1", 1085, 1095, "node1 web1 500000 5 5 0 0 0 1090000 1 100 10");
    assert_report(box, "node1", "web1", 1100, 1130, "node1 web1 - 0 0 30 0 0 - 0 300 30");
    assert_report(box, "node1", "web1", 1150, 1160, "node1 web1 - 0 0 0 10 0 - 0 0 0");
}

/* Checks the row of one VM, as "coverage min". */
static void assert_cover(struct box *box, int64_t from_s, int64_t to_s, const char *expected)
{
    char text[64] = "";
    size_t used = 0;
    struct store_question *job = report(box, "node1", "web1", from_s, to_s, -1);
    assert_int_equal(daqs_table_rows(&job->table), 1);
    for (size_t column = 12; column < 14; column++) {
        const struct daqs_cell *cell = daqs_table_at(&job->table, 0, column);
        used += (size_t)snprintf(text + used, sizeof text - used, cell->empty ? "- " : "%llu ",
                                 (unsigned long long)cell->number);
    }
    assert_string_equal(text, expected);
    reported(job);
}

static void a_report_contains_the_known_share_of_the_span_and_the_guarantee(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    judge(box, &names, 2, 900, 910, ROLLUP_IDLE);
    assert_cover(box, 900, 910, "1000000 - ");
    promise(box, "web1", 1000, 5);
    promise(box, "web1", 1150, 7);
    promise(box, "web1", 1300, -1);
    judge(box, &names, 2, 1000, 1050, ROLLUP_MET);
    assert_cover(box, 1000, 1100, "500000 5 ");
    assert_cover(box, 1000, 1200, "250000 7 ");
    assert_cover(box, 1200, 1300, "0 7 ");
    assert_cover(box, 1000, 1400, "166666 - ");
}

static void violated(const struct box *box, int64_t from_s, int64_t to_s, const char *text)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO event (at_ms, kind, level, host, vm, since_ms, text) VALUES"
                   " (%lld, 'violation-end', 'info', 'node1', 'web1', %lld, '%s')",
                   (long long)to_s * 1000, (long long)from_s * 1000, text);
    run(box, sql);
}

static void a_report_sums_up_why_guarantees_were_missed(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    promise(box, "web1", 1000, 5);
    judge(box, &names, 2, 1000, 1100, ROLLUP_MISSED);
    violated(box, 990, 1010, "uplink up0: met again" VIOLATION_WAS "one");
    violated(box, 1020, 1050, "uplink up0: met again" VIOLATION_WAS "two: db1");
    violated(box, 1060, 1085, "uplink up0: met again" VIOLATION_WAS "one");
    violated(box, 1090, 1091, "of before there were causes");
    struct store_question *job = report(box, "node1", "web1", 1000, 1100, -1);
    assert_string_equal(daqs_table_at(&job->table, 0, 14)->text,
                        "one 35 s; two: db1 30 s; not known 1 s");
    reported(job);
}

static void only_guaranteed_seconds_can_be_unknown(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    assert_report(box, "", "", 0, 1000, "");
    promise(box, "web1", 100, 5);
    promise(box, "web1", 300, 0); /* a ceiling only */
    promise(box, "web1", 400, 7);
    promise(box, "web1", 450, -1); /* removed */
    assert_report(box, "", "", 0, 1000, "node1 web1 - 0 0 0 250 0 - 0 0 0");
    assert_report(box, "", "", 200, 410, "node1 web1 - 0 0 0 110 0 - 0 0 0");
    assert_report(box, "", "", 310, 390, "");
    assert_report(box, "", "", 500, 600, "");
}

static void best_effort_is_billed_too(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    assert_int_equal(write_second(box, 1000, &names, 0, 8000, 1, 1, NULL), DAQS_OK);
    assert_int_equal(write_second(box, 1000, &names, 1, 16000, 1, 1, NULL), DAQS_OK);
    assert_int_equal(write_second(box, 1000, &names, 3, 800, 1, 1, NULL), DAQS_OK);
    assert_report(box, "", "", 900, 1100,
                  "node1 db1 - 0 0 0 0 0 - 0 3000 1500, node2 db1 - 0 0 0 0 0 - 0 100 50");
    assert_report(box, "node2", "", 900, 1100, "node2 db1 - 0 0 0 0 0 - 0 100 50");
    assert_report(box, "node3", "", 900, 1100, "");
}

/* Seconds, minutes and hours must give the same result. */
static void long_spans_are_made_of_minutes_and_hours(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    promise(box, "web1", 0, 5);
    judge(box, &names, 2, 0, 100, ROLLUP_MET);
    judge(box, &names, 2, 100, 125, ROLLUP_MISSED);
    judge(box, &names, 2, 125, 130, ROLLUP_MET);
    assert_report(box, "", "", 0, 130, "node1 web1 807692 105 25 0 0 0 100000 1 1300 130");
    for (int i = 0; i < 10; i++)
        assert_int_equal(write_points(box, new_points(NOW_S), NULL), DAQS_OK);
    /* Made of minutes now, so that the worst one is known to the minute. */
    assert_report(box, "", "", 0, 8000, "node1 web1 807692 105 25 0 7850 0 60000 20 1300 130");
    assert_report(box, "", "", 0, 4 * 86400, "node1 web1 807692 105 25 0 345470 0 0 25 1300 130");
}

static void a_report_without_a_full_hour_says_so(void **state)
{
    enum { DAY_S = 24 * 3600, BEGIN_S = 100 * DAY_S + 10 * 3600 + 300 };
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    judge(box, &names, 2, BEGIN_S, BEGIN_S + 60, ROLLUP_MET);
    struct store_question *job = report(box, "", "", BEGIN_S - 30 * DAY_S, BEGIN_S + 60, -1);
    assert_int_equal(daqs_table_rows(&job->table), 0);
    assert_non_null(strstr(job->why_empty, "no full hour is stored yet"));
    assert_non_null(strstr(job->why_empty, "complete at 1970-04-11T11:00:00Z"));
    reported(job);
    job = report(box, "", "", BEGIN_S, BEGIN_S + 60, -1);
    assert_int_equal(daqs_table_rows(&job->table), 1);
    assert_string_equal(job->why_empty, "");
    reported(job);
    job = report(box, "", "", BEGIN_S - 40 * DAY_S, BEGIN_S - 10 * DAY_S, -1);
    assert_int_equal(daqs_table_rows(&job->table), 0);
    assert_string_equal(job->why_empty, ""); /* nothing was measured then */
    reported(job);
}

static void the_longest_miss_is_that_of_the_violations(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    promise(box, "web1", 900, 5);
    judge(box, &names, 2, 1000, 1100, ROLLUP_MISSED);
    run(box, "INSERT INTO event (at_ms, kind, level, host, vm, since_ms, text) VALUES"
             " (1010000, 'violation-end', 'info', 'node1', 'web1', 1000000, ''),"
             " (1090000, 'violation-end', 'info', 'node1', 'web1', 1050000, ''),"
             " (1099000, 'violation-end', 'info', 'node2', 'web1', 1000000, ''),"
             " (1099000, 'recovered', 'info', 'node1', 'web1', 1000000, '')");
    assert_report(box, "", "", 1000, 1100, "node1 web1 0 0 100 0 0 40 1000000 1 1000 100");
    assert_report(box, "", "", 1000, 1070, "node1 web1 0 0 70 0 0 20 1000000 1 700 70");
}

static void a_guarantee_holds_on_each_uplink(void **state)
{
    static const struct named named[] = {{"db1", "", "up0", 1}, {"db1", "", "up1", 2}};
    struct box *box = *state;
    struct names names;
    name_nics(box, "node1", named, 2, names.nic, names.host);
    names.host[1] = names.host[0];
    promise(box, "db1", 1000, 5);
    judge(box, &names, 0, 1000, 1010, ROLLUP_MET);
    judge(box, &names, 1, 1000, 1005, ROLLUP_MISSED);
    assert_report(box, "", "", 1000, 1010, "node1 db1 666666 10 5 0 5 0 1000000 1 150 15");
}

/* The successor of a replaced nic continues its verdicts: it is not a second uplink. */
static void a_nic_that_is_replaced_makes_nothing_unknown(void **state)
{
    static const struct named named[] = {{"db1", "", "up0", 1}, {"db1", "", "up0", 2}};
    struct box *box = *state;
    struct names names;
    name_nics(box, "node1", named, 2, names.nic, names.host);
    names.host[1] = names.host[0];
    promise(box, "db1", 1000, 5);
    judge(box, &names, 0, 1000, 1005, ROLLUP_MET);
    judge(box, &names, 1, 1005, 1010, ROLLUP_MET);
    assert_report(box, "", "", 1000, 1010, "node1 db1 1000000 10 0 0 0 0 - 0 100 10");
}

/* As accountants add up reports. */
static void reports_that_adjoin_bill_nothing_twice(void **state)
{
    struct box *box = *state;
    struct names names;
    uint64_t sum = 0;
    const int64_t ends_s[] = {0, 86400 * 4 + 1800, 86400 * 8 + 17, 86400 * 13};
    name_all(box, &names);
    for (int i = 1; i < 3; i++)
        judge(box, &names, 2, ends_s[i] - 1800, ends_s[i] + 1800, ROLLUP_IDLE);
    for (int i = 0; i < 3; i++) {
        struct store_question *job = report(box, "", "", ends_s[i], ends_s[i + 1], -1);
        if (daqs_table_rows(&job->table) > 0)
            sum += daqs_table_at(&job->table, 0, 10)->number;
        reported(job);
    }
    assert_int_equal(sum, 2 * 3600 * 10);
}

static void a_short_span_of_long_ago_uses_the_remaining_rows(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    promise(box, "web1", 0, 5);
    judge(box, &names, 2, 0, 3600, ROLLUP_MET);
    for (int64_t now_s = 3600; number(box, "SELECT time FROM history_from WHERE step = 60") == 0;
         now_s += 600)
        assert_int_equal(write_points(box, new_points(now_s), NULL), DAQS_OK);
    assert_report(box, "", "", 900, 2700, "node1 web1 1000000 3600 0 0 0 0 - 0 36000 3600");
}

static void many_vms_come_in_parts(void **state)
{
    enum { VMS = 450 };
    struct box *box = *state;
    int64_t nic[VMS];
    struct named named[VMS];
    static char name[VMS][8];
    int64_t host = 0;
    for (int i = 0; i < VMS; i++) {
        (void)snprintf(name[i], sizeof name[i], "vm%d", i);
        named[i] = (struct named){name[i], "", "up0", (uint8_t)i};
    }
    name_nics(box, "node1", named, VMS, nic, &host);
    struct store_rollups *rollups = new_points(1000);
    for (int i = 0; i < VMS; i++)
        add_second(rollups, 1000, host, nic[i], 8000 * (daqs_bps)(i + 1), 1, 1);
    assert_int_equal(write_points(box, rollups, NULL), DAQS_OK);
    size_t rows = 0;
    int parts = 0;
    int64_t after = -1;
    bool more = true;
    while (more) {
        struct store_question *job = report(box, "node1", "", 900, 1100, after);
        for (size_t row = 0; row < daqs_table_rows(&job->table); row++)
            assert_int_equal(daqs_table_at(&job->table, row, 10)->number, 1000 * ++rows);
        after = job->next;
        more = job->more;
        parts++;
        reported(job);
    }
    assert_int_equal(rows, VMS);
    assert_true(parts > 1);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(seconds_are_met_missed_idle_or_unknown),
        IN_STORE(a_report_contains_the_known_share_of_the_span_and_the_guarantee),
        IN_STORE(a_report_sums_up_why_guarantees_were_missed),
        IN_STORE(only_guaranteed_seconds_can_be_unknown),
        IN_STORE(best_effort_is_billed_too),
        IN_STORE(long_spans_are_made_of_minutes_and_hours),
        IN_STORE(a_report_without_a_full_hour_says_so),
        IN_STORE(the_longest_miss_is_that_of_the_violations),
        IN_STORE(a_guarantee_holds_on_each_uplink),
        IN_STORE(a_nic_that_is_replaced_makes_nothing_unknown),
        IN_STORE(reports_that_adjoin_bill_nothing_twice),
        IN_STORE(a_short_span_of_long_ago_uses_the_remaining_rows),
        IN_STORE(many_vms_come_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
