/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/io/http/web_metrics.h"
#include "controllerd/io/http/web_stats.h"
#include "tests/lib/fake_http.h"
#include "tests/lib/fake_loop.h"

enum { NICS_MAX = 10000, TEXT_BYTES = 1 << 20 };

static struct fake_loop loop;
static struct buckets durations;
static struct web_metrics *metrics;
static const struct web_controller_metrics own = {
    .reports = &durations, .requests = &durations, .writes = &durations};

static int open_metrics(void **state)
{
    (void)state;
    fake_loop_open(&loop, 1000);
    metrics = web_metrics_new(&(struct web_metrics_setup){
        .loop = loop.client, .clock = &loop.clock, .nics_max = NICS_MAX, .own = own});
    assert_non_null(metrics);
    return 0;
}

static int close_metrics(void **state)
{
    (void)state;
    fake_loop_close(&loop);
    web_metrics_free(metrics);
    return 0;
}

static struct http_call *get(const char *accept)
{
    struct http_call *call = fake_call("/metrics");
    call->header = accept;
    web_metrics_answer(metrics, call);
    return call;
}

/* --- the loop's tables --- */

static void reply_status(size_t which, const char *nics)
{
    static const struct daqs_column columns[] = {{"name", DAQS_COLUMN_TEXT},
                                                 {"value", DAQS_COLUMN_TEXT}};
    const char *const rows[] = {"history",
                                "ok",
                                "queries",
                                "failing",
                                "nics",
                                nics,
                                "hosts",
                                "2",
                                "epoch",
                                "17",
                                "clock",
                                "doubtful",
                                "hosts_disobeying",
                                "1",
                                "ledger",
                                "away",
                                "ledger_durable",
                                "unknown",
                                "members_alive",
                                "2",
                                "members_lost",
                                "1"};
    struct daqs_table table;
    assert_int_equal(loop.sent[which].verb, WIRE_FIGURES);
    daqs_table_init(&table, columns, 2, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        daqs_table_text(&table, rows[i]);
    fake_loop_reply_table(&loop, which, &table, "");
}

/* Fills one row: texts, and numbers; "" and 0 are empty cells. */
static void add_row(struct daqs_table *table, const char *const texts[], const uint64_t numbers[])
{
    for (size_t i = 0; i < table->columns; i++)
        if (table->column[i].kind != DAQS_COLUMN_TEXT && numbers[i])
            daqs_table_number(table, numbers[i]);
        else if (table->column[i].kind == DAQS_COLUMN_TEXT && texts[i])
            daqs_table_text(table, texts[i]);
        else
            daqs_table_empty(table);
}

static void reply_host(size_t which, const char *host, const char *uplink, const char *token)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},      {"state", DAQS_COLUMN_TEXT},
        {"uplink", DAQS_COLUMN_TEXT},    {"capacity_bps", DAQS_COLUMN_RATE},
        {"usage_bps", DAQS_COLUMN_RATE}, {"guaranteed_bps", DAQS_COLUMN_RATE},
        {"vms", DAQS_COLUMN_COUNT},      {"last_report_ms", DAQS_COLUMN_MS},
        {"missed", DAQS_COLUMN_COUNT},   {"guaranteed_wire_bps", DAQS_COLUMN_RATE},
        {"mode", DAQS_COLUMN_TEXT},      {"maintenance", DAQS_COLUMN_TIME},
        {"away_since", DAQS_COLUMN_TIME}};
    const uint64_t since = strcmp(host, "node1") == 0 ? 1234 : 0;
    const uint64_t away = strcmp(host, "node2") == 0 ? UINT64_C(1800000000250) : 0;
    const char *const state = strcmp(host, "node2") == 0 ? "disobeys" : "up";
    const char *const texts[] = {host, state, uplink, [10] = "fair"};
    const uint64_t numbers[] = {0, 0, 0, 10 * GBIT, GBIT, 0, 3, 1500, 0, 0, 0, since, away};
    struct daqs_table table;
    assert_int_equal(loop.sent[which].verb, WIRE_FIGURES);
    daqs_table_init(&table, columns, sizeof columns / sizeof columns[0], 1000);
    add_row(&table, texts, numbers);
    fake_loop_reply_table(&loop, which, &table, token);
}

static void reply_nics(size_t which, size_t nics, const char *token)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},      {"vm", DAQS_COLUMN_TEXT},
        {"nic", DAQS_COLUMN_TEXT},       {"uplink", DAQS_COLUMN_TEXT},
        {"usage_bps", DAQS_COLUMN_RATE}, {"limit_bps", DAQS_COLUMN_RATE},
        {"min_bps", DAQS_COLUMN_RATE},   {"max_bps", DAQS_COLUMN_RATE},
        {"weight", DAQS_COLUMN_COUNT},   {"state", DAQS_COLUMN_TEXT},
        {"reason", DAQS_COLUMN_TEXT},    {"tx_bytes", DAQS_COLUMN_COUNT}};
    static const uint64_t numbers[12] = {
        [4] = 80 * MBIT, [5] = GBIT, [11] = UINT64_C(9007199254740993)};
    struct daqs_table table;
    assert_int_equal(loop.sent[which].verb, WIRE_FIGURES);
    assert_string_equal(loop.sent[which].figures.table, "nics");
    daqs_table_init(&table, columns, 12, 1 << 20);
    for (size_t i = 0; i < nics; i++) {
        char vm[32];
        (void)snprintf(vm, sizeof vm, "%s%zu", token, i);
        const char *const texts[12] = {"node1", vm, "mac", "up0", [9] = "ok"};
        add_row(&table, texts, numbers);
    }
    fake_loop_reply_table(&loop, which, &table, token);
}

static void reply_guarantee(size_t which)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},     {"vm", DAQS_COLUMN_TEXT},      {"uplink", DAQS_COLUMN_TEXT},
        {"min_bps", DAQS_COLUMN_RATE},  {"max_bps", DAQS_COLUMN_RATE}, {"met_s", DAQS_COLUMN_COUNT},
        {"missed_s", DAQS_COLUMN_COUNT}};
    const char *const texts[] = {"node1", "db", "up0"};
    const uint64_t numbers[] = {0, 0, 0, 2 * GBIT, 0, 7, 1};
    struct daqs_table table;
    assert_string_equal(loop.sent[which].figures.table, "promises");
    daqs_table_init(&table, columns, 7, 1000);
    add_row(&table, texts, numbers);
    fake_loop_reply_table(&loop, which, &table, "");
}

/* Replies to everything from here on; node1's uplinks are in different parts. */
static void reply_all(size_t first, size_t nics)
{
    reply_status(first, "2");
    reply_host(first + 1, "node1", "up0", "h1");
    reply_host(first + 2, "node1", "up1", "h2");
    assert_string_equal(loop.sent[first + 2].token, "h1");
    reply_host(first + 3, "node2", "up0", "");
    reply_nics(first + 4, nics, "n");
    reply_nics(first + 5, nics, "");
    reply_guarantee(first + 6);
    assert_int_equal(loop.count, first + 7);
}

/* --- the text --- */

static void assert_line(const struct http_call *call, const char *line)
{
    char text[200];
    (void)snprintf(text, sizeof text, "\n%s\n", line);
    if (!strstr(call->body, text))
        fail_msg("'%s' is not in: %s", line, call->body);
}

static size_t count_of(const struct http_call *call, const char *text)
{
    size_t count = 0;
    for (const char *at = call->body; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void the_loops_tables_become_metrics(void **state)
{
    (void)state;
    struct http_call *call = get(NULL);
    assert_int_equal(call->status, 0);
    reply_all(0, 1);
    assert_int_equal(call->status, 200);
    assert_true(call->complete);
    assert_string_equal(call->type, METRICS_PLAIN);
    assert_line(call, "daqs_controller_ledger_ok 0");
    assert_line(call, "daqs_controller_members_alive 2");
    assert_line(call, "daqs_controller_members_lost 1");
    assert_null(strstr(call->body, "ledger_durable")); /* it is not known */
    assert_line(call, "daqs_controller_epoch 17");
    assert_line(call, "daqs_controller_clock_ok 0");
    assert_line(call, "daqs_controller_hosts_disobeying 1");
    assert_line(call, "daqs_controller_history_ok 1");
    assert_line(call, "daqs_controller_queries_ok 0");
    assert_line(call, "daqs_controller_hosts 2");
    assert_line(call, "daqs_controller_http_connections_accepted_total 7");
    assert_line(call, "daqs_metrics_nics_left_out 0");
    assert_line(call, "daqs_host_report_age_seconds{host=\"node1\"} 1.5");
    assert_line(call, "daqs_uplink_capacity_bytes_per_second{host=\"node1\",uplink=\"up1\"} "
                      "1250000000");
    assert_line(call, "daqs_vm_guarantee_bytes_per_second{host=\"node1\",vm=\"db\",uplink=\"up0\"} "
                      "250000000");
    assert_line(call, "daqs_nic_transmit_bytes_total{host=\"node1\",vm=\"n0\",nic=\"mac\","
                      "uplink=\"up0\"} 9007199254740993");
    assert_line(call, "daqs_nic_state{host=\"node1\",vm=\"0\",nic=\"mac\",uplink=\"up0\","
                      "state=\"ok\"} 1");
    assert_int_equal(count_of(call, "daqs_host_up{host=\"node1\"} 1\n"), 1);
    assert_int_equal(count_of(call, "daqs_host_up{"), 2);
    assert_line(call, "daqs_host_away_since_timestamp_seconds{host=\"node2\"} 1800000000.25");
    assert_int_equal(count_of(call, "daqs_host_away_since_timestamp_seconds{"), 1);
    assert_int_equal(count_of(call, "daqs_host_maintenance{host=\"node1\"} 1\n"), 1);
    assert_int_equal(count_of(call, "daqs_host_maintenance{host=\"node2\"} 0\n"), 1);
    assert_int_equal(
        count_of(call, "daqs_uplink_mode{host=\"node1\",uplink=\"up1\",mode=\"fair\"} 1\n"), 1);
    assert_int_equal(count_of(call, "daqs_host_obeys{host=\"node1\"} 1\n"), 1);
    assert_int_equal(count_of(call, "daqs_host_obeys{host=\"node2\"} 0\n"), 1);
    assert_int_equal(count_of(call, "daqs_vm_ceiling_bytes_per_second{"), 0);
    fake_call_close(call);
}

static void open_metrics_have_their_type_and_an_end(void **state)
{
    (void)state;
    struct http_call *call = get("application/openmetrics-text; version=1.0.0");
    reply_all(0, 1);
    assert_string_equal(call->type, METRICS_OPEN);
    assert_string_equal(call->body + call->length - 6, "# EOF\n");
    fake_call_close(call);
}

/* The stats that were collected last. */
static struct web_stats *collected;

static void keep_stats(void *arg, struct web_stats *stats, const char *problem)
{
    (void)arg;
    assert_null(problem);
    collected = stats;
}

/* Returns what is written in pieces of some size about the fleet, which the caller frees. Process
 * metrics change from one moment to the next. */
static char *write_pieces(size_t bytes, size_t *ret_pieces)
{
    struct web_metric_cursor cursor = {0};
    char *text = calloc(1, TEXT_BYTES);
    bool more = true;
    assert_non_null(text);
    for (*ret_pieces = 0; more; (*ret_pieces)++) {
        char *piece = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&piece, &length);
        assert_non_null(out);
        struct metrics writer = {.out = out, .open = true};
        more = web_metric_families_write(&own, collected, &cursor, bytes, &writer);
        assert_int_equal(fclose(out), 0);
        assert_true(strlen(text) + length < TEXT_BYTES);
        memcpy(text + strlen(text), piece, length);
        free(piece);
    }
    const char *fleet = strstr(text, "# TYPE daqs_host_up");
    assert_non_null(fleet);
    memmove(text, fleet, strlen(fleet) + 1);
    return text;
}

static void pieces_make_the_whole(void **state)
{
    static const size_t sizes[] = {1, 100, 1000, 4096};
    size_t pieces = 0;
    (void)state;
    assert_true(web_stats_collect(&(struct web_stats_setup){
        .loop = loop.client, .clock = &loop.clock, .nics_max = NICS_MAX, .done = keep_stats}));
    reply_all(0, 20);
    char *whole = write_pieces(TEXT_BYTES, &pieces);
    assert_int_equal(pieces, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = write_pieces(sizes[i], &pieces);
        assert_true(pieces > 4);
        assert_string_equal(text, whole);
        free(text);
    }
    free(whole);
    assert_true(web_stats_drop(collected));
}

static void a_long_text_is_sent_as_the_client_reads_it(void **state)
{
    (void)state;
    struct http_call *call = get(NULL);
    reply_all(0, 500);
    size_t pieces = 1;
    for (size_t before = 0; !call->complete; pieces++) {
        assert_in_range(call->length - before, 64 * 1024, 80 * 1024);
        before = call->length;
        fake_call_read(call);
    }
    assert_true(pieces > 2);
    assert_int_equal(count_of(call, "daqs_nic_usage_bytes_per_second{"), 1000);
    assert_int_equal(loop.count, 7);
    fake_call_close(call);
}

static void scrapes_within_a_second_share(void **state)
{
    struct http_call *call[4];
    (void)state;
    call[0] = get(NULL);
    call[1] = get("application/openmetrics-text");
    assert_int_equal(loop.count, 1);
    reply_all(0, 1);
    fake_loop_pass(&loop, 999);
    call[2] = get(NULL);
    for (size_t i = 0; i < 3; i++)
        assert_true(call[i]->complete);
    fake_loop_pass(&loop, 1);
    call[3] = get(NULL);
    assert_int_equal(call[3]->status, 0);
    assert_int_equal(loop.count, 8);
    reply_all(7, 1);
    for (size_t i = 0; i < 4; i++)
        fake_call_close(call[i]);
}

static void too_many_nics_are_left_out(void **state)
{
    (void)state;
    struct http_call *call = get(NULL);
    reply_status(0, "10001");
    reply_host(1, "node1", "up0", "");
    assert_true(call->complete);
    assert_line(call, "daqs_metrics_nics_left_out 10001");
    assert_int_equal(count_of(call, "daqs_nic_usage_bytes_per_second{"), 0);
    fake_call_close(call);
    fake_loop_pass(&loop, 1000);
    call = get(NULL);
    reply_status(2, "10000"); /* as many as may have metrics */
    reply_host(3, "node1", "up0", "");
    assert_int_equal(loop.count, 5);
    reply_nics(4, 1, "");
    reply_guarantee(5);
    assert_line(call, "daqs_metrics_nics_left_out 0");
    fake_call_close(call);
}

static void a_loop_that_does_not_answer_is_unavailable(void **state)
{
    struct http_call *call[2];
    (void)state;
    for (size_t i = 0; i < 2; i++)
        call[i] = get(NULL);
    reply_status(0, "2");
    fake_loop_pass(&loop, 30000);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(call[i]->status, 503);
        assert_true(call[i]->retry);
        assert_string_equal(call[i]->body, "the control loop does not answer");
        fake_call_close(call[i]);
    }
    struct http_call *again = get(NULL);
    fake_loop_reply_text(&loop, loop.count - 1, DAQS_EBUSY, "later");
    assert_int_equal(again->status, 503);
    fake_call_close(again);
    loop.full = true;
    again = get(NULL);
    assert_int_equal(again->status, 503);
    fake_call_close(again);
    loop.full = false;
    again = get(NULL);
    reply_all(loop.count - 1, 1);
    assert_int_equal(again->status, 200);
    fake_call_close(again);
}

static void readers_of_the_oldest_stats_are_closed_for_new_ones(void **state)
{
    struct http_call *call[5];
    struct http_call *same = NULL;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        call[i] = get(NULL);
        reply_all(loop.count - 1, 500);
        assert_int_equal(call[i]->status, 200);
        if (i == 0)
            same = get(NULL);
        fake_loop_pass(&loop, 1000);
        web_metrics_tick(metrics, loop.now_ms);
    }
    assert_false(call[0]->complete || call[0]->hung_up);
    call[4] = get(NULL);
    assert_true(call[0]->hung_up && same->hung_up);
    for (size_t i = 1; i < 4; i++)
        assert_false(call[i]->hung_up);
    reply_all(loop.count - 1, 1);
    assert_true(call[4]->complete);
    fake_call_close(same);
    for (size_t i = 0; i < 5; i++)
        fake_call_close(call[i]);
}

static void failed_scrapes_leave_readers_alone(void **state)
{
    (void)state;
    struct http_call *reader = get(NULL);
    reply_all(0, 500);
    assert_false(reader->complete);
    for (size_t i = 0; i < 5; i++) {
        fake_loop_pass(&loop, 1000);
        struct http_call *failed = get(NULL);
        fake_loop_reply_text(&loop, loop.count - 1, DAQS_EBUSY, "later");
        assert_int_equal(failed->status, 503);
        fake_call_close(failed);
    }
    assert_false(reader->hung_up);
    fake_call_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_loops_tables_become_metrics, open_metrics,
                                        close_metrics),
        cmocka_unit_test_setup_teardown(open_metrics_have_their_type_and_an_end, open_metrics,
                                        close_metrics),
        cmocka_unit_test_setup_teardown(pieces_make_the_whole, open_metrics, close_metrics),
        cmocka_unit_test_setup_teardown(a_long_text_is_sent_as_the_client_reads_it, open_metrics,
                                        close_metrics),
        cmocka_unit_test_setup_teardown(scrapes_within_a_second_share, open_metrics, close_metrics),
        cmocka_unit_test_setup_teardown(too_many_nics_are_left_out, open_metrics, close_metrics),
        cmocka_unit_test_setup_teardown(a_loop_that_does_not_answer_is_unavailable, open_metrics,
                                        close_metrics),
        cmocka_unit_test_setup_teardown(failed_scrapes_leave_readers_alone, open_metrics,
                                        close_metrics),
        cmocka_unit_test_setup_teardown(readers_of_the_oldest_stats_are_closed_for_new_ones,
                                        open_metrics, close_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
