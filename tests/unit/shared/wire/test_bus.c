/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/name.h"
#include "shared/wire/bus.h"

/* As large as the agent's arena. */
enum { ARENA_BYTES = 4 * 1024 * 1024 };

static struct daqs_arena arena;

static int set_up(void **state)
{
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    daqs_arena_done(&arena);
    return 0;
}

/* Encodes 'message', which checks nothing, and decodes it again. */
static int travel(const struct wire_message *message, struct wire_message *ret,
                  struct daqs_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_int_equal(wire_encode(message, &bytes, &length), DAQS_OK);
    daqs_arena_reset(&arena);
    int result = wire_decode(bytes, length, &arena, ret, err);
    free(bytes);
    return result;
}

static void assert_refused(const struct wire_message *message, const char *what)
{
    struct wire_message ret;
    struct daqs_error err = {0};
    if (travel(message, &ret, &err) != DAQS_EFORMAT)
        fail_msg("%s was accepted", what);
    if (strncmp(err.text, "message refused: ", 17) != 0)
        fail_msg("%s: %s", what, err.text);
}

static void assert_accepted(const struct wire_message *message, const char *what)
{
    struct wire_message ret;
    struct daqs_error err = {0};
    if (travel(message, &ret, &err) != DAQS_OK)
        fail_msg("%s: %s", what, err.text);
}

/* --- hello --- */

static struct daqs_uplink_info uplink[DAQS_MAX_UPLINKS + 1];
static struct daqs_vm_info vm[DAQS_MAX_VMS + 1];
static struct daqs_nic_info nic[DAQS_MAX_NICS + 1];

static struct wire_message good_hello(void)
{
    for (size_t i = 0; i <= DAQS_MAX_UPLINKS; i++)
        uplink[i] = (struct daqs_uplink_info){"ens1", UINT64_C(10000000000)};
    for (size_t i = 0; i <= DAQS_MAX_VMS; i++)
        vm[i] = (struct daqs_vm_info){.name = "web", .uuid = ""};
    for (uint32_t i = 0; i <= DAQS_MAX_NICS; i++)
        nic[i] = (struct daqs_nic_info){0, 0, {{2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}}, 0};
    return (struct wire_message){.type = WIRE_HELLO,
                                 .hello = {.host = "node1",
                                           .version = "1",
                                           .generation = 1,
                                           .poll_ms = 100,
                                           .inventory = {1, 1, 1, uplink, vm, nic, 0, NULL}}};
}

/* Returns the i-th text that is not valid as a name in any field, or NULL after the last. */
static const char *bad_name(size_t i)
{
    static char long_name[DAQS_NAME_MAX + 2];
    static const char *const bad[] = {"", "a\nb", "a\x7f", "a\xc2\x85z", "\xff", "\xed\xa0\x80"};
    if (i < sizeof bad / sizeof bad[0])
        return bad[i];
    if (i > sizeof bad / sizeof bad[0])
        return NULL;
    memset(long_name, 'x', DAQS_NAME_MAX + 1);
    return long_name;
}

static void names_of_hosts_uplinks_and_vms_are_checked(void **state)
{
    struct wire_message m;
    (void)state;
    for (size_t i = 0; bad_name(i); i++) {
        m = good_hello();
        m.hello.host = bad_name(i);
        assert_refused(&m, "a bad host name");
        m = good_hello();
        uplink[0].name = bad_name(i);
        assert_refused(&m, "a bad uplink name");
        m = good_hello();
        vm[0].name = bad_name(i);
        assert_refused(&m, "a bad VM name");
    }
    char longest[DAQS_NAME_MAX + 1] = "";
    memset(longest, 'x', DAQS_NAME_MAX);
    m = good_hello();
    m.hello.host = uplink[0].name = vm[0].name = longest;
    assert_accepted(&m, "names of 255 bytes");
}

static void versions_and_uuids_may_be_empty_but_not_dirty_or_long(void **state)
{
    char text[70] = "";
    struct wire_message m = good_hello();
    (void)state;
    m.hello.version = "";
    assert_accepted(&m, "no version");
    memset(text, '9', 64);
    m.hello.version = text;
    assert_accepted(&m, "a version of 64 bytes");
    text[64] = '9';
    assert_refused(&m, "a version of 65 bytes");
    m.hello.version = "1\x1b[2J";
    assert_refused(&m, "a version with an escape sequence");
    m = good_hello();
    text[36] = '\0';
    vm[0].uuid = text;
    assert_accepted(&m, "a UUID of 36 bytes");
    text[36] = '9';
    text[37] = '\0';
    assert_refused(&m, "a UUID of 37 bytes");
    vm[0].uuid = "a\nb";
    assert_refused(&m, "a UUID with a line break");
    struct wire_message welcome = {.type = WIRE_WELCOME, .welcome = {.version = "a\tb"}};
    assert_refused(&welcome, "a controller's version with a tab");
}

static void a_nic_must_refer_to_a_vm_and_an_uplink_of_the_list(void **state)
{
    struct wire_message m = good_hello();
    (void)state;
    nic[0].vm = 1;
    assert_refused(&m, "a nic of the second of one VM");
    nic[0].vm = UINT32_MAX;
    assert_refused(&m, "a nic of VM 2^32-1");
    m = good_hello();
    nic[0].uplink = 1;
    assert_refused(&m, "a nic on the second of one uplink");
    m = good_hello();
    m.hello.inventory.vms = 0;
    assert_refused(&m, "a nic without VMs");
    m = good_hello();
    m.hello.inventory.uplinks = 0;
    assert_refused(&m, "a nic without uplinks");
    m.hello.inventory.nics = 0;
    assert_accepted(&m, "VMs without nics and uplinks");
}

static void numbers_of_a_hello_are_bounded(void **state)
{
    struct wire_message m = good_hello();
    (void)state;
    m.hello.instance = UINT64_MAX;
    m.hello.generation = m.hello.epoch = INT64_MAX;
    m.hello.poll_ms = UINT32_MAX;
    uplink[0].capacity = DAQS_BPS_MAX;
    assert_accepted(&m, "numbers at their bounds");
    m.hello.generation++;
    assert_refused(&m, "generation 2^63");
    m = good_hello();
    m.hello.epoch = UINT64_MAX;
    assert_refused(&m, "epoch 2^64-1");
    m = good_hello();
    uplink[0].capacity = DAQS_BPS_MAX + 1;
    assert_refused(&m, "a capacity beyond the largest rate");
    uplink[0].capacity = DAQS_UNLIMITED;
    assert_refused(&m, "an unlimited capacity");
}

static void a_host_at_its_bounds_is_accepted_and_one_beyond_is_not(void **state)
{
    struct wire_message m = good_hello();
    struct wire_message ret;
    (void)state;
    m.hello.inventory.uplinks = DAQS_MAX_UPLINKS;
    m.hello.inventory.vms = DAQS_MAX_VMS;
    m.hello.inventory.nics = DAQS_MAX_NICS;
    assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.hello.inventory.nics, DAQS_MAX_NICS);
    assert_true(daqs_mac_equal(&ret.hello.inventory.nic[4095].mac, &nic[4095].mac));
    m.hello.inventory.uplinks++;
    assert_refused(&m, "65 uplinks");
    m.hello.inventory.uplinks = 1;
    m.hello.inventory.vms++;
    assert_refused(&m, "4097 VMs");
    m.hello.inventory.vms = 1;
    m.hello.inventory.nics++;
    assert_refused(&m, "4097 nics");
}

static void vfs_that_are_not_watched_are_bounded(void **state)
{
    static struct daqs_unwatched_info vf[DAQS_MAX_UNWATCHED + 1];
    struct wire_message m = good_hello();
    struct wire_message ret;
    (void)state;
    vf[0] = (struct daqs_unwatched_info){0, 3, "ens2", "0000:5e:02.3", DAQS_CAUSE_VF_NO_UPLINK};
    m.hello.inventory.unwatched = vf;
    m.hello.inventory.unwatched_vfs = DAQS_MAX_UNWATCHED;
    assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.hello.inventory.unwatched_vfs, DAQS_MAX_UNWATCHED);
    assert_string_equal(ret.hello.inventory.unwatched[0].pf, "ens2");
    m.hello.inventory.unwatched_vfs++;
    assert_refused(&m, "1025 VFs that are not watched");
    m.hello.inventory.unwatched_vfs = 1;
    vf[0].vm = 1;
    assert_refused(&m, "of a VM that is not there");
    vf[0].vm = 0;
    (void)strcpy(vf[0].pf, "a\x1b[2J");
    assert_refused(&m, "a PF with control characters");
    vf[0].pf[0] = '\0';
    (void)strcpy(vf[0].pci, "\xff");
    assert_refused(&m, "an address that is no UTF-8");
}

static void a_message_that_is_too_large_is_not_encoded(void **state)
{
    static char name[DAQS_NAME_MAX + 1];
    struct wire_message m = good_hello();
    uint8_t *bytes = (uint8_t *)&m; /* any address, to see that it is not changed */
    size_t length = 77;
    (void)state;
    memset(name, 'x', DAQS_NAME_MAX);
    for (size_t i = 0; i < DAQS_MAX_VMS; i++)
        vm[i] = (struct daqs_vm_info){.name = name, .uuid = "0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19"};
    m.hello.inventory.vms = DAQS_MAX_VMS;
    assert_int_equal(wire_encode(&m, &bytes, &length), DAQS_ETOOBIG);
    assert_ptr_equal(bytes, &m);
    assert_int_equal(length, 77);
}

/* --- report --- */

static struct daqs_nic_reading reading[DAQS_MAX_NICS + 1];
static struct daqs_uplink_reading uplink_reading[DAQS_MAX_UPLINKS + 1];

static struct wire_message good_report(void)
{
    for (size_t i = 0; i <= DAQS_MAX_NICS; i++)
        reading[i] = (struct daqs_nic_reading){
            UINT8_MAX,  UINT8_MAX, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
            UINT32_MAX, UINT8_MAX, DAQS_BACKLOG_SOME};
    for (size_t i = 0; i <= DAQS_MAX_UPLINKS; i++)
        uplink_reading[i] = (struct daqs_uplink_reading){INT64_MAX,    INT64_MAX,    INT64_MAX,
                                                         INT64_MAX,    INT64_MAX,    INT64_MAX,
                                                         DAQS_BPS_MAX, DAQS_BPS_MAX, UINT8_MAX};
    return (struct wire_message){.type = WIRE_REPORT,
                                 .report = {.generation = INT64_MAX,
                                            .sequence = INT64_MAX,
                                            .mono_us = INT64_MAX,
                                            .nics = 1,
                                            .reading = reading,
                                            .limits_sequence = INT64_MAX,
                                            .uplinks = 1,
                                            .uplink = uplink_reading}};
}

static void the_longest_report_and_limits_fit_a_message(void **state)
{
    static struct daqs_nic_setting setting[DAQS_MAX_NICS];
    struct wire_message m = good_report();
    (void)state;
    m.report.nics = DAQS_MAX_NICS;
    m.report.uplinks = DAQS_MAX_UPLINKS;
    assert_accepted(&m, "4096 readings, of 64 uplinks");
    m.report.nics++;
    assert_refused(&m, "4097 readings");
    m.report.nics--;
    m.report.uplinks++;
    assert_refused(&m, "65 uplinks");
    for (size_t i = 0; i < DAQS_MAX_NICS; i++)
        setting[i] =
            (struct daqs_nic_setting){DAQS_BPS_MAX, DAQS_BPS_MAX, DAQS_BPS_MAX, UINT32_MAX};
    static struct daqs_uplink_setting uplink_setting[DAQS_MAX_UPLINKS + 1];
    m = (struct wire_message){.type = WIRE_LIMITS,
                              .limits = {.nics = DAQS_MAX_NICS,
                                         .setting = setting,
                                         .uplinks = DAQS_MAX_UPLINKS,
                                         .uplink = uplink_setting}};
    assert_accepted(&m, "4096 settings, modes of 64 uplinks");
    m.limits.uplinks++;
    assert_refused(&m, "modes of 65 uplinks");
}

static void numbers_of_a_report_are_bounded(void **state)
{
    struct wire_message m = good_report();
    uint64_t *const counters[] = {&reading[0].sample.tx_bytes, &reading[0].sample.rx_bytes,
                                  &reading[0].sample.tx_packets, &reading[0].sample.rx_packets};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        m = good_report();
        *counters[i] += 1;
        assert_refused(&m, "a counter of 2^63");
    }
    m = good_report();
    m.report.sequence++;
    assert_refused(&m, "sequence 2^63");
    m = good_report();
    m.report.mono_us++;
    assert_refused(&m, "time 2^63");
}

static void numbers_of_an_uplink_are_bounded(void **state)
{
    struct wire_message m = good_report();
    uint64_t *const numbers[] = {
        &uplink_reading[0].own_interval_us, &uplink_reading[0].own_bytes,
        &uplink_reading[0].own_packets,     &uplink_reading[0].port_interval_us,
        &uplink_reading[0].port_bytes,      &uplink_reading[0].port_packets,
        &uplink_reading[0].vf_least,        &uplink_reading[0].vf_step,
    };
    (void)state;
    assert_accepted(&m, "the most of everything");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        m = good_report();
        *numbers[i] += 1;
        assert_refused(&m, "one more of an uplink");
    }
}

static void an_invalid_mtu_is_not_known(void **state)
{
    static const struct {
        uint32_t said;
        uint32_t is;
    } cases[] = {{0, 0},       {1, 0},         {67, 0},    {68, 68},       {1500, 1500},
                 {9000, 9000}, {65535, 65535}, {65536, 0}, {UINT32_MAX, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_message ret;
        struct wire_message m = good_hello();
        nic[0].mtu = cases[i].said;
        assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
        assert_int_equal(ret.hello.inventory.nic[0].mtu, cases[i].is);
    }
}

static void an_invalid_backlog_is_not_known(void **state)
{
    static const struct {
        uint8_t said;
        enum daqs_backlog is;
    } cases[] = {{0, DAQS_BACKLOG_UNKNOWN},
                 {1, DAQS_BACKLOG_NONE},
                 {2, DAQS_BACKLOG_SOME},
                 {3, DAQS_BACKLOG_UNKNOWN},
                 {UINT8_MAX, DAQS_BACKLOG_UNKNOWN}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_message ret;
        struct wire_message m = good_report();
        reading[0].backlog = cases[i].said;
        assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
        assert_int_equal(ret.report.reading[0].backlog, cases[i].is);
    }
}

static void a_reading_without_interval_travels_without_sample(void **state)
{
    struct wire_message ret;
    struct wire_message m = good_report();
    (void)state;
    reading[0].sample.interval_us = 0;
    assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.report.reading[0].sample.tx_bytes, 0);
    reading[0].sample.interval_us = -5; /* a clock that went backwards gives no sample either */
    assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.report.reading[0].sample.interval_us, 0);
    assert_int_equal(ret.report.reading[0].state, UINT8_MAX);
    assert_int_equal(ret.report.reading[0].backlog, DAQS_BACKLOG_UNKNOWN);
}

/* --- limits and applied --- */

static void rates_of_limits_are_bounded_and_nil_is_only_for_none(void **state)
{
    static const struct {
        const char *what;
        bool ok;
        struct daqs_nic_setting setting;
    } cases[] = {
        {"the largest rates", true, {DAQS_BPS_MAX, DAQS_BPS_MAX, DAQS_BPS_MAX, UINT32_MAX}},
        {"no rates", true, {DAQS_UNLIMITED, 0, DAQS_UNLIMITED, 0}},
        {"a limit of zero", true, {0, 0, 0, 1}},
        {"a limit beyond", false, {DAQS_BPS_MAX + 1, 0, DAQS_UNLIMITED, 1}},
        {"a min beyond", false, {DAQS_UNLIMITED, DAQS_BPS_MAX + 1, DAQS_UNLIMITED, 1}},
        {"a min of none", false, {DAQS_UNLIMITED, DAQS_UNLIMITED, DAQS_UNLIMITED, 1}},
        {"a max beyond", false, {DAQS_UNLIMITED, 0, DAQS_BPS_MAX + 1, 1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_nic_setting setting = cases[i].setting;
        struct wire_message ret;
        const struct wire_message m = {
            .type = WIRE_LIMITS,
            .limits = {.headroom_ppm = 1000000, .nics = 1, .setting = &setting}};
        if (!cases[i].ok) {
            assert_refused(&m, cases[i].what);
            continue;
        }
        assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
        assert_int_equal(ret.limits.setting[0].limit, setting.limit);
        assert_int_equal(ret.limits.setting[0].min, setting.min);
        assert_int_equal(ret.limits.setting[0].max, setting.max);
        assert_int_equal(ret.limits.setting[0].weight, setting.weight);
    }
    const struct wire_message m = {.type = WIRE_LIMITS, .limits = {.headroom_ppm = 1000001}};
    assert_refused(&m, "a headroom of more than all");
}

static void applied_refers_to_nics_that_can_be(void **state)
{
    struct daqs_nic_applied applied = {DAQS_MAX_NICS - 1, DAQS_UNLIMITED, 0, 0};
    const struct wire_message m = {.type = WIRE_APPLIED, .applied = {.nics = 1, .nic = &applied}};
    (void)state;
    assert_accepted(&m, "the last nic there can be");
    applied.nic++;
    assert_refused(&m, "one after it");
    applied = (struct daqs_nic_applied){0, DAQS_BPS_MAX + 1, 0, 0};
    assert_refused(&m, "a limit beyond the largest rate");
}

/* --- messages written by hand, which no DAQS encoder produces --- */

#define HAND(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

struct hand {
    const char *bytes;
    size_t length;
};

static int decode_hand(struct hand hand, struct wire_message *ret, struct daqs_error *err)
{
    daqs_arena_reset(&arena);
    return wire_decode(hand.bytes, hand.length, &arena, ret, err);
}

static void another_protocol_version_is_distinguished_from_a_malformed_message(void **state)
{
    static const struct hand strangers[] = {
        HAND("\x93\x02\x06\x00"), /* version 2 */
        HAND("\x93\x00\x06\x00"), /* version 0 */
        HAND("\x92\xce\xff\xff\xff\xff\xa5hello"),
        HAND("\x93\x02\xc1\xc1"),         /* any content in that version */
        HAND("\x93\x02\xc0\xc0\xc0\xc0"), /* any number of elements */
        HAND("\x91\x02"),                 /* or too few of them */
        HAND("\xdc\x00\x28\x02========================================"), /* 40 elements */
    };
    struct wire_message ret;
    (void)state;
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        struct daqs_error err = {0};
        if (decode_hand(strangers[i], &ret, &err) != DAQS_EVERSION)
            fail_msg("stranger %zu: %s", i, err.text);
        assert_non_null(strstr(err.text, "protocol version"));
    }
}

static void an_invalid_envelope_is_refused(void **state)
{
    static const struct hand wrong[] = {
        HAND(""),
        HAND("\xc0"),
        HAND("\x90"),
        HAND("\x91\x01"),
        HAND("\x92\x01\x06"),             /* a bye without a reason */
        HAND("\x93\x01\x00\x00"),         /* type 0 */
        HAND("\x93\x01\x07\x00"),         /* a type after the last */
        HAND("\x93\x01\xcc\xff\x00"),     /* type 255 */
        HAND("\x93\x01\xcd\x01\x06\x00"), /* type 262 is not 6 */
        HAND("\x93\x01\xff\x00"),         /* type -1 */
        HAND("\x93\xa1"
             "1\x06\x00"),                                        /* the version as a text */
        HAND("\x93\xc0\x06\x00"),                                 /* no version */
        HAND("\x93\x01\x06\xc0"),                                 /* no reason */
        HAND("\x93\x01\x06\xcf\x00\x00\x00\x01\x00\x00\x00\x00"), /* a reason of 33 bits */
        HAND("\x83\x01\x01\x01\x06\x01\x00"),                     /* a map */
        HAND("\xdd\xff\x00\x00\x00\x01\x06"),
        HAND("\x97\x01\x03\x00\x00\x00\xdd\xff\x00\x00\x00"), /* a report of 2^32 nics */
        HAND("\x9c\x01\x01\xa1h\xa0\x00\x01\x00\x01\xdd\xff\x00\x00\x00\x90\x90"),
        HAND("\x9c\x01\x01\xa1h\xa0\x00\x01\x00\x01\x90\xdd\x00\x00\x0f\xff\x90"),
        HAND("{\"type\":\"hello\"}"),
        HAND("GET / HTTP/1.1\r\n\r\n"),
    };
    struct wire_message ret;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct daqs_error err = {0};
        if (decode_hand(wrong[i], &ret, &err) != DAQS_EFORMAT)
            fail_msg("message %zu: %d %s", i, err.code, err.text);
        assert_true(arena.used_bytes < 1000);
    }
}

static void a_partial_sample_is_not_used(void **state)
{
    static const struct hand hand[] = {
        HAND("\x97\x01\x03\x01\x01\x01\x91\x93\x01\x00\x07\x00"),
        HAND("\x97\x01\x03\x01\x01\x01\x91\x96\x01\x00\x07\x07\x07\xc0\x00"),
    };
    struct wire_message ret;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(decode_hand(hand[i], &ret, NULL), DAQS_OK);
        assert_int_equal(ret.report.reading[0].state, DAQS_NIC_OK);
        assert_int_equal(ret.report.reading[0].sample.interval_us, 0);
        assert_int_equal(ret.report.reading[0].sample.tx_bytes, 0);
    }
}

/* Forms between that of older agents and today's: what is left out is unknown. */
static void age_source_and_backlog_may_be_left_out_one_by_one(void **state)
{
    static const struct hand hand[] = {
        HAND("\x97\x01\x03\x01\x01\x01\x91\x97\x01\x00\x07\x01\x02\x03\x04\x00"),
        HAND("\x97\x01\x03\x01\x01\x01\x91\x98\x01\x00\x07\x01\x02\x03\x04\x09\x00"),
        HAND("\x97\x01\x03\x01\x01\x01\x91\x99\x01\x00\x07\x01\x02\x03\x04\x09\x02\x00"),
        HAND("\x97\x01\x03\x01\x01\x01\x91\x9a\x01\x00\x07\x01\x02\x03\x04\x09\x02\x02\x00"),
        /* with an element that a newer agent appended */
        HAND("\x97\x01\x03\x01\x01\x01\x91\x9b\x01\x00\x07\x01\x02\x03\x04\x09\x02\x02\xc0\x00"),
    };
    struct wire_message ret;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(decode_hand(hand[i], &ret, NULL), DAQS_OK);
        assert_int_equal(ret.report.reading[0].sample.tx_bytes, 1);
        assert_int_equal(ret.report.reading[0].age_us, i >= 1 ? 9 : 0);
        assert_int_equal(ret.report.reading[0].source, i >= 2 ? DAQS_SOURCE_VF : DAQS_SOURCE_NONE);
        assert_int_equal(ret.report.reading[0].backlog,
                         i >= 3 ? DAQS_BACKLOG_SOME : DAQS_BACKLOG_UNKNOWN);
        assert_int_equal(ret.report.uplinks, 0);
    }
}

/* As for the other lists: an uplink has at least six numbers, and a count alone allocates
 * nothing. */
static void an_uplink_of_too_few_numbers_is_refused(void **state)
{
    static const struct hand hand[] = {
        HAND("\x98\x01\x03\x01\x01\x01\x90\x00\x91\x95\x00\x00\x00\x00\x00"),
        HAND("\x98\x01\x03\x01\x01\x01\x90\x00\xdd\xff\x00\x00\x00\x90"),
        HAND("\x98\x01\x03\x01\x01\x01\x90\x00\xc0"),
        HAND("\x98\x01\x03\x01\x01\x01\x90\x00"),
    };
    struct wire_message ret;
    (void)state;
    for (size_t i = 0; i < sizeof hand / sizeof hand[0]; i++)
        assert_int_equal(decode_hand(hand[i], &ret, NULL), DAQS_EFORMAT);
    assert_true(arena.used_bytes < 1000);
}

static void reasons_of_newer_peers_have_a_text(void **state)
{
    struct wire_message ret;
    const struct wire_message m = {.type = WIRE_BYE, .bye = {UINT32_MAX}};
    (void)state;
    assert_int_equal(travel(&m, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.bye.reason, UINT32_MAX);
    assert_string_equal(wire_bye_text(ret.bye.reason), "unknown reason");
    for (uint32_t reason = WIRE_BYE_STOPPING; reason <= WIRE_BYE_FULL; reason++)
        assert_string_not_equal(wire_bye_text(reason), "unknown reason");
    assert_string_equal(daqs_nic_state_name(200), "unknown");
    assert_string_equal(daqs_nic_cause_text(200), "unknown");
    assert_string_equal(daqs_nic_state_name(DAQS_NIC_UNRESPONSIVE), "unresponsive");
}

static void a_hello_is_told_apart_without_decoding_it(void **state)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    const struct wire_message hello = {.type = WIRE_HELLO, .hello = {.host = "h", .version = "v"}};
    const struct wire_message bye = {.type = WIRE_BYE};
    (void)state;
    assert_int_equal(wire_encode(&hello, &bytes, &length), DAQS_OK);
    assert_true(wire_is_hello(bytes, length));
    assert_true(wire_is_hello(bytes, length - 1)); /* the rest may be nonsense */
    assert_false(wire_is_hello(bytes, 2));
    free(bytes);
    assert_int_equal(wire_encode(&bye, &bytes, &length), DAQS_OK);
    assert_false(wire_is_hello(bytes, length));
    assert_false(wire_is_hello("", 0));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_hosts_uplinks_and_vms_are_checked),
        cmocka_unit_test(versions_and_uuids_may_be_empty_but_not_dirty_or_long),
        cmocka_unit_test(a_nic_must_refer_to_a_vm_and_an_uplink_of_the_list),
        cmocka_unit_test(numbers_of_a_hello_are_bounded),
        cmocka_unit_test(a_host_at_its_bounds_is_accepted_and_one_beyond_is_not),
        cmocka_unit_test(vfs_that_are_not_watched_are_bounded),
        cmocka_unit_test(a_message_that_is_too_large_is_not_encoded),
        cmocka_unit_test(the_longest_report_and_limits_fit_a_message),
        cmocka_unit_test(numbers_of_a_report_are_bounded),
        cmocka_unit_test(an_invalid_backlog_is_not_known),
        cmocka_unit_test(numbers_of_an_uplink_are_bounded),
        cmocka_unit_test(an_invalid_mtu_is_not_known),
        cmocka_unit_test(a_reading_without_interval_travels_without_sample),
        cmocka_unit_test(rates_of_limits_are_bounded_and_nil_is_only_for_none),
        cmocka_unit_test(applied_refers_to_nics_that_can_be),
        cmocka_unit_test(another_protocol_version_is_distinguished_from_a_malformed_message),
        cmocka_unit_test(an_invalid_envelope_is_refused),
        cmocka_unit_test(a_partial_sample_is_not_used),
        cmocka_unit_test(age_source_and_backlog_may_be_left_out_one_by_one),
        cmocka_unit_test(an_uplink_of_too_few_numbers_is_refused),
        cmocka_unit_test(a_hello_is_told_apart_without_decoding_it),
        cmocka_unit_test(reasons_of_newer_peers_have_a_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
