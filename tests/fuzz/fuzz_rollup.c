/* SPDX-License-Identifier: Apache-2.0 */
/* History as it is read back from the database: records of points that are not packed yet, and
 * columns of packed blocks. Whatever they contain, they are unpacked, summed up and packed again
 * without loss. */
#include <string.h>

#include "controllerd/core/history/rollup.h"
#include "tests/fuzz/harness.h"

/* Packets are stored as a rounded mean. */
static bool about(uint64_t a, uint64_t b)
{
    uint64_t off = a > b ? a - b : b - a;
    return off <= 1 + a / 2048;
}

static void check_records(const uint8_t *bytes, size_t length)
{
    struct rollup sum = {0};
    struct rollup rollup;
    struct rollup back;
    uint8_t again[ROLLUP_RECORD_BYTES];
    for (; length >= ROLLUP_RECORD_BYTES;
         bytes += ROLLUP_RECORD_BYTES, length -= ROLLUP_RECORD_BYTES) {
        uint32_t nic = rollup_read(bytes, &rollup);
        rollup_write(again, nic, &rollup);
        FUZZ_CHECK(memcmp(again, bytes, sizeof again - 2) == 0);
        FUZZ_CHECK(rollup_read(again, &back) == nic);
        FUZZ_CHECK(about(rollup.value[ROLLUP_PACKETS], back.value[ROLLUP_PACKETS]));
        rollup_add(&sum, &rollup);
        FUZZ_CHECK(rollup_usage(&sum) <= DAQS_BPS_MAX);
    }
    FUZZ_CHECK(rate_code_decode(sum.value[ROLLUP_LIMIT]) == DAQS_UNLIMITED ||
               rate_code_encode(rate_code_decode(sum.value[ROLLUP_LIMIT])) ==
                   sum.value[ROLLUP_LIMIT]);
}

/* Checks a column: its base, then the packed differences from it. */
static void check_column(const uint8_t *bytes, size_t length, size_t steps,
                         enum rollup_column column)
{
    struct rollup rollup[ROLLUP_STEPS_MAX];
    struct rollup again[ROLLUP_STEPS_MAX];
    struct rollup sum = {0};
    struct rollup_packed packed;
    uint64_t base;
    if (length < sizeof base)
        return;
    memcpy(&base, bytes, sizeof base);
    if (!rollup_unpack(base, bytes + sizeof base, length - sizeof base, column, again, steps))
        return;
    memset(rollup, 0, sizeof rollup);
    FUZZ_CHECK(
        rollup_unpack(base, bytes + sizeof base, length - sizeof base, column, rollup, steps));
    for (size_t i = 0; i < steps; i++) {
        rollup[i].value[ROLLUP_MS] += column != ROLLUP_MS;
        rollup_add(&sum, &rollup[i]);
    }
    (void)rollup_usage(&sum);
    (void)rate_code_decode(sum.value[column]);
    rollup_pack(rollup, steps, column, &packed);
    FUZZ_CHECK(packed.length <= sizeof packed.bytes);
    FUZZ_CHECK(rollup_unpack(packed.base, packed.bytes, packed.length, column, again, steps));
    bool wraps = base > UINT64_MAX - (UINT64_C(1) << ROLLUP_BITS_MAX);
    for (size_t i = 0; !wraps && i < steps; i++)
        FUZZ_CHECK(again[i].value[column] == rollup[i].value[column]);
}

static void run(const uint8_t *bytes, size_t length)
{
    check_records(bytes, length);
    static const enum rollup_column columns[] = {ROLLUP_MS, ROLLUP_TX, ROLLUP_LIMIT};
    enum rollup_column column = columns[length > 0 ? bytes[0] % 3 : 0];
    check_column(bytes, length, rollup_level[0].steps, column); /* level 1 has the same number */
    check_column(bytes, length, rollup_level[2].steps, column);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 512};
