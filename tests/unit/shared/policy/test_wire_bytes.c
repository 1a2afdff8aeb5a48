/* SPDX-License-Identifier: Apache-2.0 */
/* The table has the bytes on the wire as computed by hand. */
#include "tests/lib/check.h"

#include "shared/policy/wire_bytes.h"

struct row {
    const char *what;
    uint64_t bytes;
    uint64_t packets;
    uint32_t mtu;
    uint64_t wire;
    uint64_t shaped;
};

static void n12_traffic_counts_with_its_frames(void **state)
{
    static const struct row rows[] = {
        {"nothing", 0, 0, 1500, 0, 0},
        {"full frames", 15140, 10, 1500, 15380, 15380},
        {"frames of 128", 1280, 10, 1500, 1520, 1520},
        {"frames below the least", 420, 10, 1500, 840, 840},
        {"at the bound of a frame", 1514, 1, 1500, 1538, 1538},
        /* 43 segments of 1448 bytes behind one header of 66 bytes */
        {"one large segment", 62330, 1, 1500, 62330 + 42 * 66 + 43 * 24, 62330 + 42 * 66 + 24},
        {"large segments", 623300, 10, 1500, 10 * (62330 + 42 * 66 + 43 * 24),
         10 * (62330 + 42 * 66 + 24)},
        {"jumbo frames", 90140, 10, 9000, 90380, 90380},
        /* 7 segments of 8948 bytes */
        {"a large segment of jumbo frames", 62702, 1, 9000, 62702 + 6 * 66 + 7 * 24,
         62702 + 6 * 66 + 24},
        {"no packets counted", 1448000, 0, 1500, 1538000, 1538000},
        {"MTU not known", 15140, 10, 0, 15380, 15380},
        {"an MTU that is none", 15140, 10, 20, 15380, 15380},
        {"packets without bytes", 0, 10, 1500, 840, 840},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        if (wire_bytes(r->bytes, r->packets, r->mtu) != r->wire ||
            wire_shaped_bytes(r->bytes, r->packets, r->mtu) != r->shaped)
            fail_msg("%s: %llu, %llu", r->what,
                     (unsigned long long)wire_bytes(r->bytes, r->packets, r->mtu),
                     (unsigned long long)wire_shaped_bytes(r->bytes, r->packets, r->mtu));
    }
}

static void absurd_counts_stay_numbers(void **state)
{
    (void)state;
    const uint64_t counts[] = {0,         1, UINT64_C(1) << 40, UINT64_C(1) << 56, UINT64_MAX / 2,
                               UINT64_MAX};
    const uint32_t mtus[] = {0, 576, 1500, 65535, UINT32_MAX};
    for (size_t b = 0; b < sizeof counts / sizeof counts[0]; b++)
        for (size_t p = 0; p < sizeof counts / sizeof counts[0]; p++)
            for (size_t m = 0; m < sizeof mtus / sizeof mtus[0]; m++) {
                uint64_t wire = wire_bytes(counts[b], counts[p], mtus[m]);
                uint64_t shaped = wire_shaped_bytes(counts[b], counts[p], mtus[m]);
                assert_true(shaped <= wire);
                assert_true(wire < UINT64_C(1) << 60);
                assert_true(wire >= (counts[b] < 1U << 20 ? counts[b] : 1U << 20));
            }
}

static void n12_a_guarantee_is_of_full_frames(void **state)
{
    (void)state;
    assert_int_equal(wire_guarantee(1448 * MBIT, 1500), 1538 * MBIT);
    assert_int_equal(wire_guarantee(8948 * MBIT, 9000), 9038 * MBIT);
    assert_int_equal(wire_guarantee(1448, 0), 1538);
    assert_int_equal(wire_guarantee(0, 1500), 0);
    assert_int_equal(wire_guarantee(DAQS_UNLIMITED, 1500), DAQS_UNLIMITED);
    assert_int_equal(wire_counted(1538 * MBIT, 1500), 1448 * MBIT);
    assert_int_equal(wire_counted(DAQS_UNLIMITED, 1500), DAQS_UNLIMITED);
    assert_true(wire_guarantee(DAQS_BPS_MAX, 576) > DAQS_BPS_MAX);
}

static void an_mtu_is_credible_or_the_usual(void **state)
{
    (void)state;
    assert_int_equal(wire_mtu(0), 1500);
    assert_int_equal(wire_mtu(575), 1500);
    assert_int_equal(wire_mtu(576), 576);
    assert_int_equal(wire_mtu(65535), 65535);
    assert_int_equal(wire_mtu(65536), 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n12_traffic_counts_with_its_frames),
        cmocka_unit_test(absurd_counts_stay_numbers),
        cmocka_unit_test(n12_a_guarantee_is_of_full_frames),
        cmocka_unit_test(an_mtu_is_credible_or_the_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
