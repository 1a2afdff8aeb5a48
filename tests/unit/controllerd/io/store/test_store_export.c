/* SPDX-License-Identifier: Apache-2.0 */
/* The export of history: finished blocks, each once, however often it is interrupted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/store_box.h"

enum { TEXT_BYTES = 4096 };
#define YEAR_MS INT64_C(31536000000)

/* What came of an export, from a token to the one that it ends with. */
struct exported {
    int64_t token;
    size_t parts;
    size_t rows;
    char text[TEXT_BYTES]; /* "time host nic usage" of the rows that fit */
    char note[512];        /* of all parts */
};

static void take_part(struct exported *e, const struct store_question *job)
{
    for (size_t row = 0; row < daqs_table_rows(&job->table); row++) {
        size_t used = strlen(e->text);
        const char *mac = daqs_table_at(&job->table, row, 4)->text;
        (void)snprintf(e->text + used, sizeof e->text - used, "%s%" PRIu64 " %s %c %" PRIu64,
                       used ? ", " : "", daqs_table_at(&job->table, row, 0)->number / 1000,
                       daqs_table_at(&job->table, row, 1)->text, mac[strlen(mac) - 1],
                       daqs_table_at(&job->table, row, 6)->number / MBIT);
        e->rows++;
    }
    (void)snprintf(e->note + strlen(e->note), sizeof e->note - strlen(e->note), "%s", job->note);
}

/* Returns one part, which history_answered() ends. */
static struct store_question *ask_part(struct box *box, const char *host, int64_t step_s,
                                       int64_t token, int64_t now_s)
{
    struct store_question *job = box_question(host, "", 0, now_s);
    job->step_s = step_s;
    job->token = token;
    box_ask(box, job, store_query_export);
    return job;
}

static struct exported export_all(struct box *box, const char *host, int64_t step_s, int64_t token,
                                  int64_t now_s)
{
    struct exported e = {.token = token};
    bool more = true;
    while (more) {
        struct store_question *job = ask_part(box, host, step_s, e.token, now_s);
        assert_int_equal(job->base.result, DAQS_OK);
        take_part(&e, job);
        more = job->more;
        e.token = job->next;
        e.parts++;
        history_answered(job);
    }
    return e;
}

static void pack(struct box *box, int64_t now_s)
{
    for (int i = 0; i < 8; i++)
        assert_int_equal(write_points(box, new_points(now_s), NULL), DAQS_OK);
}

/* The same, and drops nothing. */
static void pack_and_keep(struct box *box, int64_t now_s, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        struct store_rollups *job = new_points(now_s);
        job->keep = (struct store_keep){{YEAR_MS, YEAR_MS, YEAR_MS}};
        assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    }
}

static void write_one(struct box *box, const struct names *names, size_t nic, int64_t time_s,
                      daqs_bps usage)
{
    assert_int_equal(
        write_second(box, time_s, names, nic, usage, DAQS_UNLIMITED, DAQS_UNLIMITED, NULL),
        DAQS_OK);
}

static void a_block_is_exported_once_it_is_finished(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_one(box, &names, 2, 1085, 1 * MBIT);
    write_one(box, &names, 2, 1145, 2 * MBIT);
    pack(box, 1199);
    struct exported e = export_all(box, "", 1, -1, 1199);
    assert_string_equal(e.text, ""); /* a second may still come late */
    pack(box, 1200);
    e = export_all(box, "", 1, e.token, 1200);
    assert_string_equal(e.text, "1085 node1 3 1");
    pack(box, 1259);
    e = export_all(box, "", 1, e.token, 1259);
    assert_string_equal(e.text, "");
    pack(box, 1260);
    e = export_all(box, "", 1, e.token, 1260);
    assert_string_equal(e.text, "1145 node1 3 2");
    assert_string_equal(e.note, "");
}

static void a_clock_that_is_put_ahead_finishes_no_block(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_one(box, &names, 2, 1085, 1 * MBIT);
    struct store_rollups *job = new_points(4700);
    job->mono_s = 1086;
    job->keep = (struct store_keep){{YEAR_MS, YEAR_MS, YEAR_MS}};
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    struct exported e = export_all(box, "", 1, -1, 4700);
    assert_string_equal(e.text, "");
    write_one(box, &names, 2, 1086, 2 * MBIT); /* was on its way */
    pack_and_keep(box, 4800, 4);
    assert_string_equal(export_all(box, "", 1, e.token, 4800).text,
                        "1085 node1 3 1, 1086 node1 3 2");
}

static void a_block_with_steps_that_wait_is_not_finished(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_one(box, &names, 2, 1085, 1 * MBIT);
    pack(box, 1150);
    struct store_rollups *job = new_points(1100); /* the store does not pack it yet */
    add_second(job, 1090, names.host[3], names.nic[3], 7 * MBIT, DAQS_UNLIMITED, DAQS_UNLIMITED);
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    struct exported e = export_all(box, "", 1, -1, 9000);
    assert_string_equal(e.text, "");
    assert_string_equal(export_all(box, "", 60, -1, 9000).text, "");
    pack(box, 1200);
    e = export_all(box, "", 1, e.token, 9000);
    assert_string_equal(e.text, "1085 node1 3 1, 1090 node2 1 7");
    assert_string_equal(export_all(box, "", 60, -1, 9000).text, ""); /* the minute waits */
    pack(box, 9000);
    assert_string_equal(export_all(box, "", 60, -1, 9000).text, "1080 node1 3 1, 1080 node2 1 7");
}

static void an_export_is_of_one_level_and_of_all_hosts_or_one(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    for (size_t nic = 0; nic < 4; nic++)
        write_one(box, &names, nic, 1000, (nic + 1) * MBIT);
    pack_and_keep(box, 200000, 8);
    struct exported e = export_all(box, "", 60, -1, 200000);
    assert_string_equal(e.text, "960 node1 1 1, 960 node1 2 2, 960 node1 3 3, 960 node2 1 4");
    assert_string_equal(export_all(box, "node2", 60, -1, 200000).text, "960 node2 1 4");
    assert_string_equal(export_all(box, "node1", 3600, -1, 200000).text,
                        "0 node1 1 1, 0 node1 2 2, 0 node1 3 3");
    assert_int_equal(export_all(box, "node2", 60, e.token, 200000).rows, 0);
    struct store_question *job = box_question("node1", "web1", 0, 200000);
    job->step_s = 60;
    box_ask(box, job, store_query_export);
    assert_int_equal(daqs_table_rows(&job->table), 1);
    history_answered(job);
}

static void the_first_export_begins_where_it_is_told(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_one(box, &names, 2, 1000, 1 * MBIT);
    write_one(box, &names, 2, 1081, 2 * MBIT);
    pack(box, 1200);
    struct store_question *job = box_question("", "", 1085, 1200);
    job->step_s = 1;
    box_ask(box, job, store_query_export);
    assert_int_equal(daqs_table_rows(&job->table), 1); /* the whole block that has that time */
    assert_int_equal(daqs_table_at(&job->table, 0, 0)->number, 1081000);
    history_answered(job);
}

/* Writes an hour of seconds of three nics of node1, and of one of node2, and packs it. */
static void write_hour(struct box *box, const struct names *names)
{
    struct store_rollups *job = new_points(3600);
    job->keep = (struct store_keep){{YEAR_MS, YEAR_MS, YEAR_MS}};
    for (int64_t t = 3600; t < 7200; t++)
        for (size_t i = 0; i < 4; i++)
            add_second(job, t, names->host[i], names->nic[i], (daqs_bps)t * 8, DAQS_UNLIMITED,
                       DAQS_UNLIMITED);
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    pack_and_keep(box, 7300, 40);
}

static void parts_join_and_each_can_be_the_last_of_a_life(void **state)
{
    struct box *box = *state;
    struct names names;
    int64_t token = -1;
    uint64_t bytes = 0;
    size_t rows = 0;
    size_t parts = 0;
    bool more = true;
    name_all(box, &names);
    write_hour(box, &names);
    assert_int_equal(number(box, "SELECT count(*) FROM history_recent WHERE step = 1"), 0);
    while (more) {
        close_store(box);
        open_store(box);
        struct store_question *job = ask_part(box, "", 1, token, 7300);
        assert_int_equal(job->base.result, DAQS_OK);
        for (size_t row = 0; row < daqs_table_rows(&job->table); row++)
            bytes += daqs_table_at(&job->table, row, 9)->number;
        rows += daqs_table_rows(&job->table);
        more = job->more;
        token = job->next;
        history_answered(job);
        parts++;
    }
    assert_int_equal(rows, 4 * 3600);
    assert_int_equal(bytes, number(box, "SELECT sum(tx_bytes) FROM history_rows WHERE step = 1"));
    assert_true(parts >= 4);
}

static void what_was_dropped_before_it_was_exported_is_said_once(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_one(box, &names, 2, 1000, 1 * MBIT);
    pack(box, 1100);
    struct exported e = export_all(box, "", 1, -1, 1100);
    assert_string_equal(e.text, "1000 node1 3 1");
    pack(box, 1020 + STORE_BOX_KEEP_S); /* what was exported is dropped */
    assert_string_equal(export_all(box, "", 1, e.token, 2000).note, "");
    write_one(box, &names, 2, 1900, 2 * MBIT);
    write_one(box, &names, 2, 2500, 3 * MBIT);
    pack(box, 2600);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 1"), 1);
    e = export_all(box, "", 1, e.token, 2600);
    assert_string_equal(e.text, "2500 node1 3 3");
    assert_string_equal(e.note, "history from 1970-01-01T00:17:00Z to 1970-01-01T00:32:00Z was "
                                "dropped before it was exported; export more often, or raise the "
                                "key of [history] that keeps it");
    assert_string_equal(export_all(box, "", 1, e.token, 2600).note, "");
    assert_string_equal(export_all(box, "", 1, -1, 2600).note, ""); /* the first one */
}

static void a_token_of_the_future_is_refused(void **state)
{
    struct box *box = *state;
    struct exported e = export_all(box, "", 1, -1, 100000);
    assert_int_equal(export_all(box, "", 1, e.token, 99990).token, e.token); /* a little */
    struct store_question *job = ask_part(box, "", 1, e.token, 50000);
    assert_int_equal(job->base.result, DAQS_EINVALID);
    assert_non_null(strstr(job->base.error.text, "continues at 1970-01-02T03:45:00Z"));
    history_answered(job);
}

static void a_damaged_block_is_left_out_and_said(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_one(box, &names, 2, 1000, 1 * MBIT);
    write_one(box, &names, 3, 1000, 2 * MBIT);
    pack(box, 1100);
    run(box, "UPDATE history SET tx = x'010203' WHERE step = 1 AND nic_id = (SELECT max(nic_id) "
             "FROM history)");
    struct exported e = export_all(box, "", 1, -1, 1100);
    assert_string_equal(e.text, "1000 node1 3 1");
    assert_string_equal(
        e.note, "1 blocks of nics before 1970-01-01T00:17:00Z are damaged and were left out");
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(a_block_is_exported_once_it_is_finished),
        IN_STORE(a_clock_that_is_put_ahead_finishes_no_block),
        IN_STORE(a_block_with_steps_that_wait_is_not_finished),
        IN_STORE(an_export_is_of_one_level_and_of_all_hosts_or_one),
        IN_STORE(the_first_export_begins_where_it_is_told),
        IN_STORE(parts_join_and_each_can_be_the_last_of_a_life),
        IN_STORE(what_was_dropped_before_it_was_exported_is_said_once),
        IN_STORE(a_token_of_the_future_is_refused),
        IN_STORE(a_damaged_block_is_left_out_and_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
