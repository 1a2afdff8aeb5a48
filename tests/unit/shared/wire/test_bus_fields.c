/* SPDX-License-Identifier: Apache-2.0 */
/* Every bounded field of every message, from the rows of bus_fields.h: the bound is accepted, and
 * one above it is refused. test_bus.c states the bounds themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/name.h"
#include "shared/wire/bus.h"
#include "shared/wire/bus_fields.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static int decoded(const struct wire_message *message)
{
    struct daqs_arena arena;
    struct wire_message ret;
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_int_equal(wire_encode(message, &bytes, &length), DAQS_OK);
    daqs_arena_init(&arena, ARENA_BYTES);
    int result = wire_decode(bytes, length, &arena, &ret, NULL);
    daqs_arena_done(&arena);
    free(bytes);
    return result;
}

static void expect(const struct wire_message *m, int expected, const char *member, const char *what)
{
    if (decoded(m) != expected)
        fail_msg("%s %s its bound was %s", member, what,
                 expected == DAQS_OK ? "refused" : "accepted");
}

static char *text_of(size_t length)
{
    char *text = calloc(1, length + 1);
    assert_non_null(text);
    return memset(text, 'x', length);
}

/* Tries a member of 'to', which is part of the message 'm', at its bound and above. */
#define TRY(member, bound, above)                                                                  \
    do {                                                                                           \
        __typeof__(to->member) kept = to->member;                                                  \
        to->member = (bound);                                                                      \
        expect(m, DAQS_OK, #member, "at");                                                         \
        to->member = (above);                                                                      \
        expect(m, DAQS_EFORMAT, #member, "above");                                                 \
        to->member = kept;                                                                         \
    } while (0)

#define TRY_TEXT(member, bytes)                                                                    \
    do {                                                                                           \
        char *longest = text_of(bytes);                                                            \
        char *longer = text_of((bytes) + 1);                                                       \
        TRY(member, longest, longer);                                                              \
        free(longest);                                                                             \
        free(longer);                                                                              \
    } while (0)

/* The struct's member holds no value above the bound of these, or every value is valid. */
#define TRY_U8(member)
#define TRY_U32(member)
#define TRY_I63(member)
#define TRY_U64(member)
#define TRY_MTU(member)
#define TRY_BACKLOG(member)
#define TRY_SHORT_LABEL(member, bytes)
#define TRY_MAC(member)
#define TRY_KEY(member)

#define TRY_U63(member) TRY(member, INT64_MAX, (uint64_t)INT64_MAX + 1)
#define TRY_UP_TO(member, most) TRY(member, most, (most) + 1)
#define TRY_RATE(member) TRY(member, DAQS_BPS_MAX, DAQS_BPS_MAX + 1)
#define TRY_RATE_OR_NONE(member) TRY_RATE(member)
#define TRY_NAME(member) TRY_TEXT(member, DAQS_NAME_MAX)
#define TRY_LABEL(member, bytes) TRY_TEXT(member, bytes)
#define TRY_LIST(member, count, item, most)                                                        \
    do {                                                                                           \
        __typeof__(to->member) list = to->member;                                                  \
        to->member = calloc((most) + 1, sizeof *list);                                             \
        assert_non_null(to->member);                                                               \
        for (uint32_t i = 0; i <= (most); i++)                                                     \
            to->member[i] = *list;                                                                 \
        TRY(count, most, (most) + 1);                                                              \
        free(to->member);                                                                          \
        to->member = list;                                                                         \
    } while (0)

#define TRY_ROW(field, presence, meaning) TRY_##field;
#define CASE(name, type, ROWS)                                                                     \
    static void try_##name(struct wire_message *m, type *to)                                       \
    {                                                                                              \
        expect(m, DAQS_OK, #name, "within");                                                       \
        ROWS(TRY_ROW)                                                                              \
    }

CASE(uplink, struct daqs_uplink_info, WIRE_UPLINK_FIELDS)
CASE(vm_label, struct daqs_label_info, WIRE_VM_LABEL_FIELDS)
CASE(vm, struct daqs_vm_info, WIRE_VM_FIELDS)
CASE(hello, struct wire_hello, WIRE_HELLO_FIELDS)
CASE(member, struct daqs_member_info, WIRE_MEMBER_FIELDS)
CASE(welcome, struct wire_welcome, WIRE_WELCOME_FIELDS)
CASE(reading, struct daqs_nic_reading, WIRE_READING_FIELDS)
CASE(uplink_reading, struct daqs_uplink_reading, WIRE_UPLINK_READING_FIELDS)
CASE(report, struct wire_report, WIRE_REPORT_FIELDS)
CASE(setting, struct daqs_nic_setting, WIRE_SETTING_FIELDS)
CASE(limits, struct wire_limits, WIRE_LIMITS_FIELDS)
CASE(nic_applied, struct daqs_nic_applied, WIRE_NIC_APPLIED_FIELDS)
CASE(applied, struct wire_applied, WIRE_APPLIED_FIELDS)

static void a_hello_is_refused_above_each_bound(void **state)
{
    struct daqs_uplink_info uplink = {"ens1", 0};
    struct daqs_label_info label = {"nova-flavor", "m1.gold"};
    struct daqs_vm_info vm = {
        .name = "web", .uuid = "", .described = 1, .title = "", .labels = 1, .label = &label};
    struct daqs_nic_info nic = {0};
    struct daqs_unwatched_info unwatched = {0};
    struct wire_message m = {
        .type = WIRE_HELLO,
        .hello = {.host = "node1",
                  .version = "",
                  .inventory = {1, 1, 1, &uplink, &vm, &nic, 1, &unwatched}},
    };
    (void)state;
    try_hello(&m, &m.hello);
    try_uplink(&m, &uplink);
    try_vm(&m, &vm);
    try_vm_label(&m, &label);
}

static void a_welcome_is_refused_above_each_bound(void **state)
{
    struct daqs_member_info member = {"c1", "tcp://c1:7420", {{1}}};
    struct wire_message m = {
        .type = WIRE_WELCOME,
        .welcome = {.version = "", .elsewhere = 1, .elsewhere_member = &member}};
    (void)state;
    try_welcome(&m, &m.welcome);
    try_member(&m, &member);
}

static void a_report_is_refused_above_each_bound(void **state)
{
    struct daqs_nic_reading reading = {.sample = {.interval_us = 1}};
    struct daqs_uplink_reading uplink = {0};
    struct wire_message m = {
        .type = WIRE_REPORT,
        .report = {.nics = 1, .reading = &reading, .uplinks = 1, .uplink = &uplink}};
    (void)state;
    try_report(&m, &m.report);
    try_reading(&m, &reading);
    try_uplink_reading(&m, &uplink);
}

static void limits_are_refused_above_each_bound(void **state)
{
    struct daqs_nic_setting setting = {0};
    struct daqs_uplink_setting uplink = {0};
    struct wire_message m = {
        .type = WIRE_LIMITS,
        .limits = {.nics = 1, .setting = &setting, .uplinks = 1, .uplink = &uplink}};
    (void)state;
    try_limits(&m, &m.limits);
    try_setting(&m, &setting);
}

static void an_applied_message_is_refused_above_each_bound(void **state)
{
    struct daqs_nic_applied nic = {0};
    struct wire_message m = {.type = WIRE_APPLIED, .applied = {.nics = 1, .nic = &nic}};
    (void)state;
    try_applied(&m, &m.applied);
    try_nic_applied(&m, &nic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_is_refused_above_each_bound),
        cmocka_unit_test(a_welcome_is_refused_above_each_bound),
        cmocka_unit_test(a_report_is_refused_above_each_bound),
        cmocka_unit_test(limits_are_refused_above_each_bound),
        cmocka_unit_test(an_applied_message_is_refused_above_each_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
