/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/store_box.h"

#include "tests/lib/random.h"

static void write_web(struct box *box, const struct names *names, int64_t time_s, daqs_bps usage,
                      daqs_bps limit, daqs_bps demand)
{
    assert_int_equal(write_second(box, time_s, names, 2, usage, limit, demand, NULL), DAQS_OK);
}

static void seconds_come_back_as_written_and_gaps_stay_gaps(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 1000, 700 * MBIT, 800 * MBIT, 900 * MBIT);
    write_web(box, &names, 1001, 0, DAQS_UNLIMITED, DAQS_UNLIMITED);
    write_web(box, &names, 1003, 5 * MBIT, 6 * MBIT, DAQS_UNLIMITED);
    assert_history(box, "web1", 900, 1100, 1, "1000 3 700 800 900, 1001 3 0 - -, 1003 3 5 6 -");
    assert_history(box, "web1", 1001, 1003, 1, "1001 3 0 - -, 1003 3 5 6 -"); /* inclusive */
    assert_history(box, "web1", 1002, 1002, 1, "");
    assert_int_equal(number(box, "SELECT tx_bytes FROM history_rows WHERE time = 1000"), 87500000);
    assert_int_equal(number(box, "SELECT count(*) FROM history_rows"), 3);
}

static void history_is_of_one_vm_with_all_its_nics(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    for (int64_t t = 1000; t < 1002; t++) {
        struct store_rollups *job = new_points(t);
        for (size_t i = 0; i < 4; i++) /* the order does not matter */
            add_second(job, t, names.host[3 - i], names.nic[3 - i], (4 - i) * MBIT, DAQS_UNLIMITED,
                       DAQS_UNLIMITED);
        assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    }
    assert_history(box, "db1", 0, 2000, 1,
                   "1000 1 1 - -, 1000 2 2 - -, 1001 1 1 - -, 1001 2 2 - -");
    assert_history(box, "web1", 0, 2000, 1, "1000 3 3 - -, 1001 3 3 - -");
    struct store_question *job = ask_history(box, "node2", "db1", 0, 2000, 1);
    assert_int_equal(daqs_table_rows(&job->table), 2);
    assert_int_equal(daqs_table_at(&job->table, 0, 2)->number, 4 * MBIT);
    history_answered(job);
}

static void a_step_is_the_mean_of_the_seconds_that_are_there(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 1000, 10 * MBIT, 20 * MBIT, 40 * MBIT);
    write_web(box, &names, 1004, 30 * MBIT, 40 * MBIT, 50 * MBIT); /* three seconds are missing */
    write_web(box, &names, 1009, 50 * MBIT, 60 * MBIT, 60 * MBIT);
    write_web(box, &names, 1010, 7 * MBIT, 8 * MBIT, 9 * MBIT);
    write_web(box, &names, 1030, 1 * MBIT, 2 * MBIT, 3 * MBIT);
    assert_history(box, "web1", 0, 2000, 10, "1000 3 30 40 50, 1010 3 7 8 9, 1030 3 1 2 3");
    /* A span that begins within a step includes all of it. */
    assert_history(box, "web1", 1004, 1010, 10, "1000 3 30 40 50, 1010 3 7 8 9");
    assert_history(box, "web1", 0, 2000, 86400, "0 3 20 26 32");
}

static void a_step_has_a_limit_only_if_all_its_seconds_had_one(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 1000, 10 * MBIT, 20 * MBIT, DAQS_UNLIMITED);
    write_web(box, &names, 1001, 10 * MBIT, DAQS_UNLIMITED, 30 * MBIT);
    write_web(box, &names, 1010, 10 * MBIT, 20 * MBIT, DAQS_UNLIMITED);
    write_web(box, &names, 1011, 10 * MBIT, 40 * MBIT, DAQS_UNLIMITED);
    write_web(box, &names, 1020, 10 * MBIT, DAQS_UNLIMITED, 30 * MBIT);
    write_web(box, &names, 1021, 10 * MBIT, DAQS_UNLIMITED, 50 * MBIT);
    assert_history(box, "web1", 0, 2000, 10, "1000 3 10 - -, 1010 3 10 30 -, 1020 3 10 - 40");
}

/* If the clock is set back, a second occurs twice: both were measured, and nothing may be lost. */
static void a_second_that_comes_twice_adds_up(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 1000, 10 * MBIT, 20 * MBIT, 30 * MBIT);
    write_web(box, &names, 1000, 12 * MBIT, 40 * MBIT, DAQS_UNLIMITED);
    assert_history(box, "web1", 0, 2000, 1, "1000 3 11 30 -");
    assert_int_equal(number(box, "SELECT sum(tx_bytes) FROM history_rows"), 22 * MBIT / 8);
}

static void the_seconds_of_a_guarantee_are_reported_with_their_step(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    struct store_rollups *job = new_points(1010);
    for (int64_t t = 1000; t < 1010; t++) {
        const enum rollup_column verdict = t < 1006   ? ROLLUP_MET
                                           : t < 1009 ? ROLLUP_MISSED
                                                      : ROLLUP_IDLE;
        struct rollup rollup = {
            .value = {[ROLLUP_MS] = 1000, [ROLLUP_PACKETS] = RATE_CODE_NO_PACKETS}};
        rollup.value[verdict] = 1;
        assert_true(store_rollups_begin(job, t, names.host[2]));
        assert_true(store_rollups_add(job, names.nic[2], &rollup));
    }
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    struct store_question *question = box_question("node1", "web1", 1000, 1009);
    question->step_s = 10;
    box_ask(box, question, store_query_history);
    assert_int_equal(question->base.result, DAQS_OK);
    assert_int_equal(daqs_table_rows(&question->table), 1);
    static const uint64_t expected[] = {6, 3, 1};
    for (size_t c = 0; c < 3; c++)
        assert_int_equal(daqs_table_at(&question->table, 0, 8 + c)->number, expected[c]);
    daqs_table_done(&question->table);
    free(question);
}

/* Checks what is reported about the host or VM; "": it is known. */
static void assert_known(struct box *box, const char *host, const char *vm, bool host_known,
                         bool vm_known, const char *said)
{
    struct store_question *job = box_question(host, vm, 0, 0);
    job->host_known = host_known;
    job->vm_known = vm_known;
    box_ask(box, job, store_query_known);
    assert_int_equal(job->base.result, *said ? DAQS_ENOTFOUND : DAQS_OK);
    assert_string_equal(job->base.error.text, said);
    free(job);
}

static void unknown_names_are_named(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    run(box, "INSERT INTO audit (at_ms, by, host, vm) VALUES (1, 'alice', 'node3', 'db3')");
    assert_known(box, "", "", false, false, "");
    assert_known(box, "node1", "db1", false, false, "");
    assert_known(box, "node2", "", false, false, "");
    assert_known(box, "", "web1", false, false, "");
    assert_known(box, "node3", "db3", false, false, ""); /* never seen, but had an SLA */
    assert_known(box, "node9", "", true, false, "");
    assert_known(box, "node9", "db1", true, true, "");
    assert_known(box, "node9", "db1", false, false,
                 "host node9 is not known; daqsctl hosts lists the known hosts");
    assert_known(box, "node2", "web1", false, false,
                 "VM web1 is not known on host node2; daqsctl vms lists the known VMs");
    assert_known(box, "", "web9", false, false, "VM web9 is not known on any host");
}

static void a_vm_without_history_has_an_empty_one(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    assert_history(box, "db9", 0, 2000, 1, "");
}

static void before_and_after_all_history_there_is_nothing(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    /* There are no seconds yet, and the span is too long to be searched second by second. */
    assert_history(box, "web1", 0, INT64_C(100000000000), 1, "");
    write_web(box, &names, 1000, 10 * MBIT, 20 * MBIT, 30 * MBIT);
    assert_history(box, "web1", 10, 20, 1, "");
    assert_history(box, "web1", 1001, 2000, 1, "");
    assert_history(box, "web1", 0, INT64_C(100000000000), 1, "1000 3 10 20 30");
}

/* The usage of each second is its time. The parts must join without loss or repetition. */
static void assert_parts(struct box *box, const char *vm, size_t nics, int64_t from_s, int64_t to_s,
                         int64_t step_s, size_t least_parts)
{
    const int64_t first_s = 1000;
    const int64_t last_s = 10999;
    int64_t low_s = from_s > first_s ? from_s : first_s;
    int64_t high_s = to_s < last_s ? to_s : last_s;
    int64_t step = low_s / step_s * step_s;
    size_t nic = 0;
    size_t parts = 0;
    int64_t next_s = from_s;
    do {
        struct store_question *job = ask_history(box, "node1", vm, next_s, to_s, step_s);
        assert_int_equal(job->base.result, DAQS_OK);
        for (size_t row = 0; row < daqs_table_rows(&job->table); row++) {
            int64_t low = step > first_s ? step : first_s;
            int64_t high = step + step_s - 1 < high_s ? step + step_s - 1 : high_s;
            assert_int_equal(daqs_table_at(&job->table, row, 0)->number, step * 1000);
            assert_int_equal(daqs_table_at(&job->table, row, 2)->number, (low + high) * 4);
            nic = (nic + 1) % nics;
            step += nic == 0 ? step_s : 0;
        }
        assert_true(!job->more || job->next > next_s);
        next_s = job->more ? job->next : 0;
        history_answered(job);
        parts++;
    } while (next_s);
    assert_int_equal(nic, 0);
    assert_int_equal(step, high_s / step_s * step_s + step_s);
    assert_true(parts >= least_parts);
}

/* Writes the seconds 1000 to 10999 of all nics of node1; usage is the time. */
static void write_long(struct box *box, const struct names *names)
{
    struct store_rollups *job = new_points(1600); /* some can be packed, none is expired */
    for (int64_t t = 1000; t < 11000; t++)
        for (size_t i = 0; i < 3; i++)
            add_second(job, t, names->host[i], names->nic[i], (daqs_bps)t * 8, DAQS_UNLIMITED,
                       DAQS_UNLIMITED);
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
}

static void a_long_answer_comes_in_parts_that_join(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_long(box, &names);
    assert_parts(box, "web1", 1, 0, 20000, 1, 1);
    assert_parts(box, "db1", 2, 0, 20000, 1, 2); /* two nics: parts cover half the time */
    assert_parts(box, "db1", 2, 1002, 10900, 7, 1);
    assert_parts(box, "web1", 1, 1003, 10900, 17, 1);
}

/* --- packing --- */

/* Writes nothing, but lets the store pack and drop. */
static void let_pack(struct box *box, int64_t now_s)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(write_points(box, new_points(now_s), NULL), DAQS_OK);
}

static void minutes_are_packed_once_they_are_over(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    for (int64_t t = 1080; t < 1140; t += 3) /* a minute with gaps */
        write_web(box, &names, t, (daqs_bps)t * MBIT, 10 * MBIT, DAQS_UNLIMITED);
    let_pack(box, 1140);
    assert_int_equal(number(box, "SELECT count(*) FROM history"), 0); /* more seconds may come */
    let_pack(box, 1200);
    assert_int_equal(number(box, "SELECT count(*) FROM history_recent WHERE step = 1"), 0);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 1"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM history_recent WHERE step = 60"), 1);
    assert_history(box, "web1", 1080, 1089, 1,
                   "1080 3 1080 10 -, 1083 3 1083 10 -, 1086 3 1086 10 -, 1089 3 1089 10 -");
    assert_history(box, "web1", 1080, 1139, 60, "1080 3 1109 10 -");
    assert_int_equal(number(box, "SELECT sum(usage_bps) FROM history_rows WHERE step = 1"),
                     20 * 1108 * MBIT + 10 * MBIT);
    assert_int_equal(number(box, "SELECT ms FROM history_rows WHERE step = 60"), 20000);
}

/* If the host's clock was stopped or its agent was slow, seconds arrive after their minute was
 * packed. */
static void late_rows_are_packed_too(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 1080, 10 * MBIT, 10 * MBIT, 10 * MBIT);
    write_web(box, &names, 1081, 20 * MBIT, 20 * MBIT, 20 * MBIT);
    let_pack(box, 1200);
    write_web(box, &names, 1081, 40 * MBIT, 40 * MBIT, 40 * MBIT);
    write_web(box, &names, 1082, 50 * MBIT, 50 * MBIT, 50 * MBIT);
    let_pack(box, 1300);
    assert_history(box, "web1", 0, 2000, 1, "1080 3 10 10 10, 1081 3 30 30 30, 1082 3 50 50 50");
    assert_history(box, "web1", 0, 2000, 60, "1080 3 30 30 30");
    let_pack(box, 8000);
    write_web(box, &names, 1083, 80 * MBIT, 80 * MBIT, 80 * MBIT);
    let_pack(box, 8000);
    let_pack(box, 8001);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 60"), 1);
    assert_history(box, "web1", 0, 2000, 60, "1080 3 40 40 40");
    assert_history(box, "web1", 0, 2000, 3600, "0 3 40 40 40");
}

static void finer_history_is_dropped_and_coarser_goes_on(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    for (int64_t t = 0; t < 120; t++)
        write_web(box, &names, t, 10 * MBIT, 10 * MBIT, 10 * MBIT);
    let_pack(box, STORE_BOX_KEEP_S + 59); /* kept up to the last second */
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 1"), 2);
    let_pack(box, STORE_BOX_KEEP_S + 60);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 1"), 1);
    /* The first minute is one row now, the second one still sixty. */
    assert_history(box, "web1", 0, 61, 1, "0 3 10 10 10, 60 3 10 10 10, 61 3 10 10 10");
    let_pack(box, 10 * STORE_BOX_KEEP_S + 3601);
    let_pack(box, 10 * STORE_BOX_KEEP_S + 3601);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 60"), 0);
    assert_history(box, "web1", 0, 100, 1, "0 3 10 10 10");
    assert_int_equal(number(box, "SELECT tx_bytes FROM history_rows WHERE step = 3600"),
                     120 * 10 * MBIT / 8);
}

/* A clock that is wrong for a moment must not cost more than a moment of history. */
static void not_much_is_dropped_at_a_time(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    run(box, "INSERT INTO history SELECT 1, i * 60, 3, 1000, x'', 0, x'', 0, x'', 0, x'', 0, x'',"
             " 0, x'', 0, x'', 0, x'', 0, x'' FROM number WHERE i < 300");
    assert_int_equal(write_points(box, new_points(INT64_C(4000000000)), NULL), DAQS_OK);
    int64_t left = number(box, "SELECT count(*) FROM history");
    assert_true(left < 300 && left > 150);
    let_pack(box, 600); /* the clock is correct again */
    assert_int_equal(number(box, "SELECT count(*) FROM history"), left);
}

/* Writes may be rare, and hosts may be many. */
static void packing_keeps_up_with_a_fleet_that_is_written_once_a_minute(void **state)
{
    enum { HOSTS = 40 };
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    for (int64_t t = 0; t < 3600; t++) {
        struct store_rollups *job = new_points(t);
        job->fleet_hosts = job->fleet_nics = HOSTS;
        for (int64_t host = 1; host <= HOSTS && t % 60 == 0; host++)
            add_second(job, t, host, host, MBIT, MBIT, MBIT);
        assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    }
    assert_true(number(box, "SELECT count(*) FROM history_recent WHERE step = 1") <= 2 * HOSTS);
    assert_true(number(box, "SELECT min(block) FROM history WHERE step = 1") >=
                3600 - STORE_BOX_KEEP_S - 120);
}

static void a_clock_that_was_far_ahead_does_not_end_history(void **state)
{
    struct box *box = *state;
    struct names names;
    const int64_t ahead_s = 30 * 86400;
    name_all(box, &names);
    for (int64_t t = 60; t < 1000; t += 60) {
        write_web(box, &names, ahead_s + t, MBIT, MBIT, MBIT);
        let_pack(box, ahead_s + t + 70);
    }
    assert_true(number(box, "SELECT time FROM history_from WHERE step = 1") > ahead_s);
    for (int64_t t = 6000; t < 6600; t += 60) {
        write_web(box, &names, t, MBIT, MBIT, MBIT);
        let_pack(box, t + 70);
    }
    assert_true(number(box, "SELECT count(*) FROM history WHERE step = 1 AND block < 7000") >= 8);
}

/* A row that DAQS did not write must not delay the others. */
static void odd_rows_do_not_stop_packing(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    run(box, "INSERT INTO history_recent (step, time, host_id, data) VALUES (1, -5, 1, x'00'),"
             " (60, 61, 1, zeroblob(30)), (3600, 17, 1, zeroblob(31)), (1, 7, 99, x'')");
    for (int64_t t = 60; t < 120; t++)
        write_web(box, &names, t, MBIT, MBIT, MBIT);
    let_pack(box, 200);
    assert_int_equal(number(box, "SELECT count(*) FROM history_recent WHERE step = 1"), 0);
    let_pack(box, 200000);
    assert_int_equal(number(box, "SELECT count(*) FROM history_recent"), 0);
}

static void a_damaged_block_is_not_known_and_all_others_are(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 70, MBIT, MBIT, MBIT);
    write_web(box, &names, 130, 2 * MBIT, MBIT, MBIT);
    let_pack(box, 200);
    run(box, "UPDATE history SET tx = x'010203' WHERE step = 1 AND block = 60");
    assert_history(box, "web1", 0, 200, 1, "130 3 2 1 1");
}

/* As a clock that was wrong by years leaves it. */
static void a_step_of_the_future_does_not_search_all_time(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    write_web(box, &names, 1000, MBIT, MBIT, MBIT);
    struct store_rollups *job = new_points(1001);
    add_second(job, INT64_C(4000000000), names.host[2], names.nic[2], MBIT, MBIT, MBIT);
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    assert_history(box, "web1", 0, INT64_C(5000000000), 365 * 86400,
                   "0 3 1 1 1, 3973536000 3 1 1 1");
}

static uint64_t bytes_by(struct box *box, const char *vm, int64_t step_s)
{
    uint64_t sum = 0;
    int64_t next_s = 0;
    do {
        struct store_question *job = ask_history(box, "node1", vm, next_s, 1 << 30, step_s);
        assert_int_equal(job->base.result, DAQS_OK);
        for (size_t row = 0; row < daqs_table_rows(&job->table); row++)
            sum += daqs_table_at(&job->table, row, 5)->number;
        next_s = job->more ? job->next : 0;
        history_answered(job);
    } while (next_s);
    return sum;
}

/* This is billed: no byte may be lost or counted twice, whatever is packed, dropped or queried. */
static void bytes_add_up_at_every_step(void **state)
{
    struct box *box = *state;
    struct names names;
    struct random_source r = {random_seed()};
    uint64_t total = 0;
    int64_t now_s = 0;
    name_all(box, &names);
    for (int i = 0; i < 400; i++) {
        struct store_rollups *job = new_points(now_s);
        for (int k = 0; k < 20; k++) {
            uint64_t bytes = random_below(&r, UINT64_C(1) << random_below(&r, 31));
            const struct rollup rollup = {.value = {[ROLLUP_MS] = 1 + random_below(&r, 2000),
                                                    [ROLLUP_TX] = bytes,
                                                    [ROLLUP_LIMIT] = random_below(&r, 65536),
                                                    [ROLLUP_DEMAND] = random_below(&r, 65536)}};
            /* Mostly the current time, sometimes a clock that was set back. */
            int64_t back_s = random_below(&r, 10) ? 0 : (int64_t)random_below(&r, 500);
            int64_t time_s = now_s > back_s ? now_s - back_s : 0;
            assert_true(store_rollups_begin(job, time_s, names.host[2]));
            assert_true(store_rollups_add(job, names.nic[2], &rollup));
            total += bytes;
            now_s += (int64_t)random_below(&r, 3);
        }
        job->now_s = now_s;
        assert_int_equal(write_points(box, job, NULL), DAQS_OK);
        if (i % 40 != 39)
            continue;
        static const int64_t steps[] = {1, 7, 60, 3600, 86400};
        for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++)
            assert_int_equal(bytes_by(box, "web1", steps[s]), total);
    }
    while (number(box, "SELECT count(*) FROM history_recent") > 0)
        let_pack(box, now_s + 200000);
    assert_int_equal(bytes_by(box, "web1", 86400), total);
    assert_int_equal(number(box, "SELECT sum(tx_bytes) FROM history_rows WHERE step = 3600"),
                     total);
}

static void add_packets(struct store_rollups *job, const struct names *names, int64_t time_s,
                        uint64_t bytes, uint64_t packets)
{
    const struct rollup rollup = {
        .value = {[ROLLUP_MS] = 1000, [ROLLUP_TX] = bytes, [ROLLUP_PACKETS] = packets}};
    assert_true(store_rollups_begin(job, time_s, names->host[2]));
    assert_true(store_rollups_add(job, names->nic[2], &rollup));
}

static void assert_packets(struct box *box, int64_t from_s, int64_t step_s, uint64_t packets)
{
    struct store_question *job =
        ask_history(box, "node1", "web1", from_s, from_s + step_s - 1, step_s);
    assert_int_equal(daqs_table_rows(&job->table), 1);
    const struct daqs_cell *cell = daqs_table_at(&job->table, 0, 7);
    if (packets == RATE_CODE_NO_PACKETS)
        assert_true(cell->empty);
    else
        assert_int_equal(cell->number, packets);
    history_answered(job);
}

/* Seconds, minutes and hours, waiting and packed, through queries and through SQL. */
static void packets_add_up_and_are_empty_where_not_known(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    struct store_rollups *job = new_points(3601);
    for (int64_t s = 0; s < 120; s++)
        add_packets(job, &names, 3600 + s, 1000 * (uint64_t)s, (uint64_t)s);
    add_packets(job, &names, 3725, 500, RATE_CODE_NO_PACKETS);
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    assert_packets(box, 3601, 1, 1);
    assert_packets(box, 3600, 60, 60 * 59 / 2);
    let_pack(box, 3790);
    assert_int_equal(number(box, "SELECT count(*) FROM history_recent WHERE step = 1"), 0);
    assert_packets(box, 3600, 1, 0);
    assert_packets(box, 3619, 1, 19);
    assert_packets(box, 3725, 1, RATE_CODE_NO_PACKETS);
    assert_packets(box, 3600, 60, 60 * 59 / 2);
    assert_packets(box, 3660, 60, 60 * 59 / 2 + 3600);
    assert_packets(box, 3720, 60, RATE_CODE_NO_PACKETS);
    assert_int_equal(number(box, "SELECT sum(tx_packets) FROM history_rows WHERE step = 1"),
                     120 * 119 / 2);
    assert_int_equal(number(box, "SELECT count(*) FROM history_rows WHERE tx_packets IS NULL"), 2);
    job = new_points(7300);
    add_packets(job, &names, 7200, 500, 5);
    add_packets(job, &names, 7300, 1000, 7);
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
    while (number(box, "SELECT count(*) FROM history_recent") > 0)
        let_pack(box, 200000);
    assert_packets(box, 3600, 3600, RATE_CODE_NO_PACKETS);
    assert_packets(box, 7200, 3600, 12);
    assert_int_equal(number(box, "SELECT sum(tx_packets) FROM history_rows WHERE step = 3600"), 12);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(seconds_come_back_as_written_and_gaps_stay_gaps),
        IN_STORE(history_is_of_one_vm_with_all_its_nics),
        IN_STORE(a_step_is_the_mean_of_the_seconds_that_are_there),
        IN_STORE(a_step_has_a_limit_only_if_all_its_seconds_had_one),
        IN_STORE(a_second_that_comes_twice_adds_up),
        IN_STORE(the_seconds_of_a_guarantee_are_reported_with_their_step),
        IN_STORE(unknown_names_are_named),
        IN_STORE(a_vm_without_history_has_an_empty_one),
        IN_STORE(before_and_after_all_history_there_is_nothing),
        IN_STORE(a_long_answer_comes_in_parts_that_join),
        IN_STORE(minutes_are_packed_once_they_are_over),
        IN_STORE(late_rows_are_packed_too),
        IN_STORE(finer_history_is_dropped_and_coarser_goes_on),
        IN_STORE(not_much_is_dropped_at_a_time),
        IN_STORE(packing_keeps_up_with_a_fleet_that_is_written_once_a_minute),
        IN_STORE(a_clock_that_was_far_ahead_does_not_end_history),
        IN_STORE(odd_rows_do_not_stop_packing),
        IN_STORE(a_damaged_block_is_not_known_and_all_others_are),
        IN_STORE(a_step_of_the_future_does_not_search_all_time),
        IN_STORE(packets_add_up_and_are_empty_where_not_known),
        IN_STORE(bytes_add_up_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
