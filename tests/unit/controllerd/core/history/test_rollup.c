/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/history/rollup.h"
#include "tests/lib/random.h"

static struct rollup point_of(uint64_t ms, uint64_t tx, daqs_bps limit, daqs_bps demand)
{
    return (struct rollup){.value = {[ROLLUP_MS] = ms,
                                     [ROLLUP_TX] = tx,
                                     [ROLLUP_RX] = tx / 2,
                                     [ROLLUP_LIMIT] = rate_code_encode(limit),
                                     [ROLLUP_DEMAND] = rate_code_encode(demand),
                                     [ROLLUP_MET] = 1,
                                     [ROLLUP_MISSED] = 2,
                                     [ROLLUP_IDLE] = 3,
                                     [ROLLUP_PACKETS] = tx / 1024}};
}

static void points_add_up_and_rates_are_averaged_by_time(void **state)
{
    struct rollup sum = {0};
    const struct rollup a = point_of(1000, 500, 1000, 3000);
    const struct rollup b = point_of(3000, 700, 2000, DAQS_UNLIMITED);
    (void)state;
    rollup_add(&sum, &a);
    rollup_add(&sum, &b);
    assert_int_equal(sum.value[ROLLUP_MS], 4000);
    assert_int_equal(sum.value[ROLLUP_TX], 1200);
    assert_int_equal(sum.value[ROLLUP_RX], 600);
    assert_int_equal(rate_code_decode(sum.value[ROLLUP_LIMIT]), 1750);
    assert_true(rate_code_decode(sum.value[ROLLUP_DEMAND]) == DAQS_UNLIMITED);
    assert_int_equal(sum.value[ROLLUP_MET], 2);
    assert_int_equal(sum.value[ROLLUP_MISSED], 4);
    assert_int_equal(sum.value[ROLLUP_IDLE], 6);
    assert_int_equal(rollup_usage(&sum), 2400);
}

static void what_an_agent_lies_about_does_not_wrap(void **state)
{
    struct rollup sum = {0};
    const struct rollup lie = point_of(1000, INT64_MAX, 1000, 3000);
    (void)state;
    for (int i = 0; i < 3; i++)
        rollup_add(&sum, &lie);
    assert_true(sum.value[ROLLUP_TX] == UINT64_MAX);
    assert_true(rollup_usage(&sum) == DAQS_BPS_MAX);
}

static void packets_add_up_and_are_known_if_all_are(void **state)
{
    struct rollup sum = {0};
    struct rollup a = point_of(1000, 4096, 1, 1);
    const struct rollup silent = point_of(1000, 0, 1, 1);
    (void)state;
    rollup_add(&sum, &a);
    rollup_add(&sum, &silent);
    rollup_add(&sum, &a);
    assert_int_equal(sum.value[ROLLUP_PACKETS], 8);
    a.value[ROLLUP_PACKETS] = RATE_CODE_NO_PACKETS;
    rollup_add(&sum, &a);
    assert_true(sum.value[ROLLUP_PACKETS] == RATE_CODE_NO_PACKETS);
    rollup_add(&sum, &silent);
    assert_true(sum.value[ROLLUP_PACKETS] == RATE_CODE_NO_PACKETS);
}

/* The column of a block, with its least value and the lengths of both in SQLite's record. */
static void packets_take_two_bytes_a_sample_at_most(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    for (int i = 0; i < 10000; i++) {
        struct rollup rollup[60] = {{{0}}};
        struct rollup_packed packed;
        for (size_t s = 0; s < 60; s++) {
            uint64_t packets = 1 + random_below(&r, 1000000);
            bool sent = random_below(&r, 10) > 0;
            rollup[s].value[ROLLUP_TX] = sent ? packets * (60 + random_below(&r, 65490)) : 0;
            rollup[s].value[ROLLUP_PACKETS] = sent ? packets : 0;
        }
        rollup_pack(rollup, 60, ROLLUP_PACKETS, &packed);
        assert_true(packed.length + 2 + 3 <= 2 * 60);
    }
}

static void a_gap_adds_nothing(void **state)
{
    const struct rollup gap = {.value = {[ROLLUP_TX] = 5, [ROLLUP_LIMIT] = RATE_CODE_NONE}};
    struct rollup sum = point_of(1000, 500, 1000, 3000);
    const struct rollup before = sum;
    (void)state;
    rollup_add(&sum, &gap);
    assert_memory_equal(&sum, &before, sizeof sum);
    assert_int_equal(rollup_usage(&gap), 0);
}

/* Sixty times the same limit is that limit; repeated rounding must not lower it. */
static void unchanged_objects_stay_the_same(void **state)
{
    struct rollup sum = {0};
    const struct rollup second = point_of(997, 1, 123456789, 987654321);
    (void)state;
    for (int i = 0; i < 3600; i++)
        rollup_add(&sum, &second);
    assert_int_equal(sum.value[ROLLUP_LIMIT], second.value[ROLLUP_LIMIT]);
    assert_int_equal(sum.value[ROLLUP_DEMAND], second.value[ROLLUP_DEMAND]);
}

static void records_are_read_as_written(void **state)
{
    uint8_t record[ROLLUP_RECORD_BYTES];
    struct rollup back;
    const struct rollup rollup = point_of(0x01020304, UINT64_C(0xa1a2a3a4a5a6), 777, 888);
    (void)state;
    rollup_write(record, 0xfffefdfc, &rollup);
    assert_int_equal(rollup_read(record, &back), 0xfffefdfc);
    assert_memory_equal(&back, &rollup, sizeof rollup);
}

static void values_beyond_a_record_are_its_maximum(void **state)
{
    uint8_t record[ROLLUP_RECORD_BYTES];
    struct rollup back;
    struct rollup rollup;
    (void)state;
    memset(&rollup, 0xff, sizeof rollup);
    rollup_write(record, 1, &rollup);
    assert_int_equal(rollup_read(record, &back), 1);
    assert_int_equal(back.value[ROLLUP_MS], UINT32_MAX);
    assert_int_equal(back.value[ROLLUP_TX], (UINT64_C(1) << 48) - 1);
    assert_int_equal(back.value[ROLLUP_MET], UINT16_MAX);
}

static void assert_block(const struct rollup *rollup, size_t steps)
{
    struct rollup back[ROLLUP_STEPS_MAX];
    for (int c = 0; c < ROLLUP_COLUMNS; c++) {
        struct rollup_packed packed;
        rollup_pack(rollup, steps, (enum rollup_column)c, &packed);
        assert_true(packed.length <= sizeof packed.bytes);
        assert_true(rollup_unpack(packed.base, packed.bytes, packed.length, (enum rollup_column)c,
                                  back, steps));
    }
    assert_memory_equal(back, rollup, steps * sizeof *rollup);
}

static void blocks_of_anything_are_unpacked_as_packed(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct rollup rollup[ROLLUP_STEPS_MAX];
        size_t steps = i % 2 ? 60 : 24;
        for (int c = 0; c < ROLLUP_COLUMNS; c++) {
            uint64_t most = UINT64_C(1) << random_below(&r, ROLLUP_BITS_MAX + 1);
            uint64_t least = random_below(&r, UINT64_C(1) << random_below(&r, 48));
            for (size_t s = 0; s < steps; s++)
                rollup[s].value[c] = least + random_below(&r, most);
        }
        for (size_t s = 0; s < steps; s++) { /* few enough to be stored exactly */
            uint64_t bytes = rollup[s].value[ROLLUP_TX];
            uint64_t most = bytes / 64 < 1000 ? bytes / 64 : 1000;
            bool known = bytes >> 30 == 0 && random_below(&r, 5) > 0;
            rollup[s].value[ROLLUP_PACKETS] = bytes == 0 ? 0
                                              : known    ? 1 + random_below(&r, most + 1)
                                                         : RATE_CODE_NO_PACKETS;
        }
        assert_block(rollup, steps);
    }
}

static void unchanged_values_take_no_room(void **state)
{
    struct rollup rollup[60];
    struct rollup_packed packed;
    (void)state;
    for (size_t i = 0; i < 60; i++)
        rollup[i] = point_of(1000, 5, 6, 7);
    rollup_pack(rollup, 60, ROLLUP_LIMIT, &packed);
    assert_int_equal(packed.base, 6);
    assert_int_equal(packed.length, 0);
}

static void damaged_blocks_are_refused(void **state)
{
    static const uint8_t bytes[512];
    struct rollup rollup[60];
    (void)state;
    assert_true(rollup_unpack(0, bytes, 0, ROLLUP_TX, rollup, 60));
    assert_true(rollup_unpack(0, bytes, 8, ROLLUP_TX, rollup, 60)); /* one bit each */
    assert_false(rollup_unpack(0, bytes, 1, ROLLUP_TX, rollup, 60));
    assert_false(rollup_unpack(0, bytes, 9, ROLLUP_TX, rollup, 60));
    assert_false(rollup_unpack(0, bytes, 361, ROLLUP_TX, rollup, 60));
    assert_false(rollup_unpack(0, bytes, 368, ROLLUP_TX, rollup, 60));
}

static void a_span_is_shown_in_steps_that_fit_it(void **state)
{
    (void)state;
    assert_int_equal(rollup_step_for(0), 1);
    assert_int_equal(rollup_step_for(3600), 1);
    assert_int_equal(rollup_step_for(6 * 3600), 10);
    assert_int_equal(rollup_step_for(24 * 3600), 60);
    assert_int_equal(rollup_step_for(30 * 24 * 3600), 900);
    assert_int_equal(rollup_step_for(INT64_C(100) * 365 * 24 * 3600), 24 * 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_add_up_and_rates_are_averaged_by_time),
        cmocka_unit_test(what_an_agent_lies_about_does_not_wrap),
        cmocka_unit_test(packets_add_up_and_are_known_if_all_are),
        cmocka_unit_test(packets_take_two_bytes_a_sample_at_most),
        cmocka_unit_test(a_gap_adds_nothing),
        cmocka_unit_test(unchanged_objects_stay_the_same),
        cmocka_unit_test(records_are_read_as_written),
        cmocka_unit_test(values_beyond_a_record_are_its_maximum),
        cmocka_unit_test(blocks_of_anything_are_unpacked_as_packed),
        cmocka_unit_test(unchanged_values_take_no_room),
        cmocka_unit_test(damaged_blocks_are_refused),
        cmocka_unit_test(a_span_is_shown_in_steps_that_fit_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
