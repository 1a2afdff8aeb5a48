/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the bus, in both directions. An accepted message is within bounds, and encoding it
 * gives a message that decodes to the same. */
#include "shared/wire/bus.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static void check_message(const struct wire_message *m)
{
    switch (m->type) {
    case WIRE_HELLO:
        check_name(m->hello.host);
        check_label(m->hello.version, 64);
        check_label(m->hello.left, DAQS_MEMBER_MAX);
        check_inventory(&m->hello.inventory);
        FUZZ_CHECK(m->hello.generation <= INT64_MAX && m->hello.epoch <= INT64_MAX);
        break;
    case WIRE_WELCOME:
        check_label(m->welcome.version, 64);
        FUZZ_CHECK(m->welcome.generation <= INT64_MAX && m->welcome.epoch <= INT64_MAX);
        check_label(m->welcome.member, DAQS_MEMBER_MAX);
        FUZZ_CHECK(m->welcome.elsewhere <= DAQS_MAX_MEMBERS);
        for (uint32_t i = 0; i < m->welcome.elsewhere; i++) {
            check_label(m->welcome.elsewhere_member[i].name, DAQS_MEMBER_MAX);
            check_label(m->welcome.elsewhere_member[i].endpoint, DAQS_ENDPOINT_MAX);
        }
        break;
    case WIRE_REPORT:
        FUZZ_CHECK(m->report.nics <= DAQS_MAX_NICS && m->report.mono_us <= INT64_MAX);
        for (uint32_t i = 0; i < m->report.nics; i++)
            FUZZ_CHECK(m->report.reading[i].sample.interval_us >= 0 &&
                       m->report.reading[i].sample.tx_bytes <= INT64_MAX &&
                       m->report.reading[i].backlog <= DAQS_BACKLOG_SOME);
        FUZZ_CHECK(m->report.uplinks <= DAQS_MAX_UPLINKS);
        for (uint32_t i = 0; i < m->report.uplinks; i++)
            FUZZ_CHECK(m->report.uplink[i].own_interval_us <= INT64_MAX &&
                       m->report.uplink[i].own_bytes <= INT64_MAX &&
                       m->report.uplink[i].port_interval_us <= INT64_MAX &&
                       m->report.uplink[i].port_bytes <= INT64_MAX);
        break;
    case WIRE_LIMITS:
        FUZZ_CHECK(m->limits.nics <= DAQS_MAX_NICS && m->limits.headroom_ppm <= 1000000);
        FUZZ_CHECK(m->limits.uplinks <= DAQS_MAX_UPLINKS);
        for (uint32_t i = 0; i < m->limits.nics; i++) {
            check_rate_or_none(m->limits.setting[i].limit);
            check_rate(m->limits.setting[i].min);
            check_rate_or_none(m->limits.setting[i].max);
        }
        break;
    case WIRE_APPLIED:
        FUZZ_CHECK(m->applied.nics <= DAQS_MAX_NICS);
        for (uint32_t i = 0; i < m->applied.nics; i++) {
            FUZZ_CHECK(m->applied.nic[i].nic < DAQS_MAX_NICS);
            check_rate_or_none(m->applied.nic[i].limit);
        }
        break;
    case WIRE_BYE:
        FUZZ_CHECK(*wire_bye_text(m->bye.reason));
        break;
    default:
        FUZZ_CHECK(m->type == WIRE_BYE); /* there are no other types */
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    struct daqs_arena arena;
    struct wire_message message;
    struct wire_message again;
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t first_length = 0;
    size_t second_length = 0;
    daqs_arena_init(&arena, ARENA_BYTES);
    int result = wire_decode(bytes, length, &arena, &message, NULL);
    fuzz_decoded();
    if (result == DAQS_OK) {
        check_message(&message);
        FUZZ_CHECK(wire_encode(&message, &first, &first_length) == DAQS_OK);
        FUZZ_CHECK(wire_decode(first, first_length, &arena, &again, NULL) == DAQS_OK);
        FUZZ_CHECK(wire_encode(&again, &second, &second_length) == DAQS_OK);
        FUZZ_CHECK(first_length == second_length && memcmp(first, second, first_length) == 0);
    }
    free(first);
    free(second);
    daqs_arena_done(&arena);
}

/* Two chunks of an arena, and 56 bytes for each byte of input that claims to be a reading. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 4096, .fixed_bytes = 34 * 1024, .times_length = 56};
