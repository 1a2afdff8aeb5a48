/* History as it is read back from the database: records of points that wait, and columns of packed
 * blocks. Whatever it says, it is taken apart, added up and packed again without a loss. */
#include <string.h>

#include "controllerd/core/point.h"
#include "tests/fuzz/harness.h"

/* Packets are told by a mean that was rounded. */
static bool about(uint64_t a, uint64_t b)
{
    uint64_t off = a > b ? a - b : b - a;
    return off <= 1 + a / 2048;
}

static void check_records(const uint8_t *bytes, size_t length)
{
    struct point sum = {0};
    struct point point;
    struct point back;
    uint8_t again[POINT_RECORD_BYTES];
    for (; length >= POINT_RECORD_BYTES;
         bytes += POINT_RECORD_BYTES, length -= POINT_RECORD_BYTES) {
        uint32_t nic = point_read(bytes, &point);
        point_write(again, nic, &point);
        FUZZ_CHECK(memcmp(again, bytes, sizeof again - 2) == 0);
        FUZZ_CHECK(point_read(again, &back) == nic);
        FUZZ_CHECK(about(point.value[POINT_PACKETS], back.value[POINT_PACKETS]));
        point_add(&sum, &point);
        FUZZ_CHECK(point_usage(&sum) <= DAQS_BPS_MAX);
    }
    FUZZ_CHECK(point_rate(sum.value[POINT_LIMIT]) == DAQS_UNLIMITED ||
               point_rate_code(point_rate(sum.value[POINT_LIMIT])) == sum.value[POINT_LIMIT]);
}

/* A column: its base, then what is added to it. */
static void check_column(const uint8_t *bytes, size_t length, size_t steps,
                         enum point_column column)
{
    struct point point[POINT_STEPS_MAX];
    struct point again[POINT_STEPS_MAX];
    struct point sum = {0};
    struct point_packed packed;
    uint64_t base;
    if (length < sizeof base)
        return;
    memcpy(&base, bytes, sizeof base);
    if (!point_unpack(base, bytes + sizeof base, length - sizeof base, column, again, steps))
        return;
    memset(point, 0, sizeof point);
    FUZZ_CHECK(point_unpack(base, bytes + sizeof base, length - sizeof base, column, point, steps));
    for (size_t i = 0; i < steps; i++) {
        point[i].value[POINT_MS] += column != POINT_MS;
        point_add(&sum, &point[i]);
    }
    (void)point_usage(&sum);
    (void)point_rate(sum.value[column]);
    point_pack(point, steps, column, &packed);
    FUZZ_CHECK(packed.length <= sizeof packed.bytes);
    FUZZ_CHECK(point_unpack(packed.base, packed.bytes, packed.length, column, again, steps));
    bool wraps = base > UINT64_MAX - (UINT64_C(1) << POINT_BITS_MAX);
    for (size_t i = 0; !wraps && i < steps; i++)
        FUZZ_CHECK(again[i].value[column] == point[i].value[column]);
}

static void run(const uint8_t *bytes, size_t length)
{
    check_records(bytes, length);
    static const enum point_column columns[] = {POINT_MS, POINT_TX, POINT_LIMIT};
    enum point_column column = columns[length > 0 ? bytes[0] % 3 : 0];
    check_column(bytes, length, point_level[0].steps, column); /* level 1 has as many */
    check_column(bytes, length, point_level[2].steps, column);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 512};
