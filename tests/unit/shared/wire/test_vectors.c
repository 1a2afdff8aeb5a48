/* SPDX-License-Identifier: Apache-2.0 */
/* The golden vectors against the code: the encoder writes exactly these bytes, the decoder reads
 * exactly these fields. Any change of either, or of a file, fails here. Then the protocol has
 * changed, and schema/wire.md describes what that requires. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "shared/wire/admin.h"
#include "shared/wire/bus.h"
#include "tests/unit/shared/wire/vectors.h"

/* --- the contents --- */

static struct daqs_uplink_info uplinks[] = {
    {"ens6f1np1", UINT64_C(40000000000)},
    {"ens7", UINT64_C(10000000000)},
};
static struct daqs_vm_info vms[] = {
    {.name = "web", .uuid = "0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19"},
    {.name = "b\xc3\xbc"
             "cher",
     .uuid = ""},
};
static struct daqs_label_info labels[] = {{"nova-flavor", "m1.gold"}, {"sla-class", "gold"}};
static struct daqs_vm_info described_vms[] = {
    {.name = "web",
     .uuid = "0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19",
     .described = 1,
     .title = "Web server",
     .labels = 2,
     .label = labels},
    {.name = "b\xc3\xbc"
             "cher",
     .uuid = ""},
};
static struct daqs_nic_info nics[] = {
    {0, 0, {{0x52, 0x54, 0x00, 0xda, 0x05, 0x01}}, 1500},
    {1, 0, {{0x52, 0x54, 0x00, 0xda, 0x05, 0x02}}, DAQS_MTU_MOST},
    {1, 1, {{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}}, 0},
};
static struct daqs_nic_info older_nics[] = {
    {0, 0, {{0x52, 0x54, 0x00, 0xda, 0x05, 0x01}}, 0},
    {1, 0, {{0x52, 0x54, 0x00, 0xda, 0x05, 0x02}}, 0},
    {1, 1, {{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}}, 0},
};
/* The second entry is as of a newer agent. */
static struct daqs_unwatched_info unwatched[] = {
    {0, 3, "ens2f0", "0000:5e:02.3", DAQS_CAUSE_VF_NO_UPLINK},
    {1, DAQS_VF_UNKNOWN, "", "10000:86:02.0", 200},
};
static struct daqs_nic_reading readings[] = {
    {DAQS_NIC_OK,
     DAQS_CAUSE_NONE,
     {100250, 62500000, 1250, 41667, 25},
     1750,
     DAQS_SOURCE_GUEST,
     DAQS_BACKLOG_SOME},
    {.state = DAQS_NIC_UNRESPONSIVE, .cause = DAQS_CAUSE_TIMEOUT},
    /* a state, a cause and a source of a newer agent */
    {200, 201, {1, 0, INT64_MAX, 0, 4294967296}, UINT32_MAX, 202, DAQS_BACKLOG_NONE},
};
static struct daqs_nic_reading readings_without_backlog[] = {
    {DAQS_NIC_OK,
     DAQS_CAUSE_NONE,
     {100250, 62500000, 1250, 41667, 25},
     1750,
     DAQS_SOURCE_GUEST,
     DAQS_BACKLOG_UNKNOWN},
    {.state = DAQS_NIC_UNRESPONSIVE, .cause = DAQS_CAUSE_TIMEOUT},
    {200, 201, {1, 0, INT64_MAX, 0, 4294967296}, UINT32_MAX, 202, DAQS_BACKLOG_UNKNOWN},
};
static struct daqs_nic_reading older_readings[] = {
    {.state = DAQS_NIC_OK, .sample = {100250, 62500000, 1250, 41667, 25}},
    {.state = DAQS_NIC_UNRESPONSIVE, .cause = DAQS_CAUSE_TIMEOUT},
    {.state = 200, .cause = 201, .sample = {1, 0, INT64_MAX, 0, 4294967296}},
};
static struct daqs_uplink_reading uplink_readings[] = {
    {100120, 1250000, 900, 100300, 63900000, 42600, 11000000, 50000000, DAQS_LINK_DOWN},
    {0, 0, 0, 1, INT64_MAX, 4294967296, 0, 0, 200}, /* a state of a newer agent */
};
static struct daqs_uplink_reading uplink_readings_without_link[] = {
    {100120, 1250000, 900, 100300, 63900000, 42600, 11000000, 50000000, DAQS_LINK_UNKNOWN},
    {0, 0, 0, 1, INT64_MAX, 4294967296, 0, 0, DAQS_LINK_UNKNOWN},
};
static struct daqs_uplink_reading older_uplink_readings[] = {
    {100120, 1250000, 900, 100300, 63900000, 42600, 0, 0, DAQS_LINK_UNKNOWN},
    {0, 0, 0, 1, INT64_MAX, 4294967296, 0, 0, DAQS_LINK_UNKNOWN},
};
static struct daqs_nic_setting settings[] = {
    {DAQS_UNLIMITED, UINT64_C(10000000000), DAQS_UNLIMITED, 1},
    {UINT64_C(2500000000), 0, UINT64_C(5000000000), 1},
    {1, 0, DAQS_BPS_MAX, WIRE_WEIGHT_MAX},
};
static struct daqs_uplink_setting uplink_settings[] = {
    {3}, {200}}; /* weighted, and a mode of a newer controller */
static struct daqs_nic_applied applied[] = {
    {1, UINT64_C(2500000000), DAQS_NIC_OK, DAQS_CAUSE_NONE},
    {2, DAQS_UNLIMITED, DAQS_NIC_UNMANAGED, DAQS_CAUSE_EXEC_BLOCKED},
};
static struct daqs_member_info members[] = {
    {"c1", "tcp://c1.example.org:7420", {{0}}},
    {"c\xc3\xbc", "tcp://[2001:db8::2]:7420", {{0x01, 0x02, 0x03, [31] = 0xff}}},
    {"c3", "tcp://192.0.2.3:7420", {{0}}},
};

static const struct {
    const char *name;
    struct wire_message message;
} messages[] = {
    {"hello",
     {.type = WIRE_HELLO,
      .hello = {.host = "node1",
                .version = "0.1.0",
                .instance = UINT64_C(0xfedcba9876543210),
                .generation = 3,
                .epoch = 7,
                .poll_ms = 100,
                .inventory = {2, 2, 3, uplinks, vms, older_nics, 0, NULL},
                .poll_most_ms = 500,
                .stale_controller = 6}}},
    {"hello-mtu",
     {.type = WIRE_HELLO,
      .hello = {.host = "node1",
                .version = "0.1.0",
                .instance = UINT64_C(0xfedcba9876543210),
                .generation = 3,
                .epoch = 7,
                .poll_ms = 100,
                .inventory = {2, 2, 3, uplinks, vms, nics, 0, NULL},
                .poll_most_ms = 500,
                .stale_controller = 6}}},
    {"hello-empty",
     {.type = WIRE_HELLO,
      .hello = {.host = "h", .version = "", .generation = 1, .poll_ms = 60000}}},
    {"hello-unwatched",
     {.type = WIRE_HELLO,
      .hello = {.host = "node1",
                .version = "0.1.0",
                .instance = UINT64_C(0xfedcba9876543210),
                .generation = 3,
                .epoch = 7,
                .poll_ms = 100,
                .inventory = {2, 2, 3, uplinks, vms, nics, 2, unwatched},
                .poll_most_ms = 500,
                .stale_controller = 6}}},
    {"hello-all-watched",
     {.type = WIRE_HELLO,
      .hello = {.host = "h", .version = "", .generation = 1, .poll_ms = 60000}}},
    {"hello-left",
     {.type = WIRE_HELLO,
      .hello = {.host = "node1",
                .version = "0.1.0",
                .instance = UINT64_C(0xfedcba9876543210),
                .generation = 3,
                .epoch = 7,
                .poll_ms = 100,
                .inventory = {2, 2, 3, uplinks, vms, nics, 2, unwatched},
                .poll_most_ms = 500,
                .stale_controller = 6,
                .left = "c1",
                .redirectable = true}}},
    {"hello-described",
     {.type = WIRE_HELLO,
      .hello = {.host = "node1",
                .version = "0.1.0",
                .instance = UINT64_C(0xfedcba9876543210),
                .generation = 3,
                .epoch = 7,
                .poll_ms = 100,
                .inventory = {2, 2, 3, uplinks, described_vms, nics, 2, unwatched},
                .poll_most_ms = 500,
                .stale_controller = 6,
                .left = "c1",
                .redirectable = true}}},
    {"hello-none-left",
     {.type = WIRE_HELLO,
      .hello =
          {.host = "h", .version = "", .generation = 1, .poll_ms = 60000, .redirectable = true}}},
    {"welcome", {.type = WIRE_WELCOME, .welcome = {"0.1.0", 8, 3, 3000, "", 0, NULL}}},
    {"welcome-unknown", {.type = WIRE_WELCOME, .welcome = {"0.1.0", 8, 0, 3000, "", 0, NULL}}},
    {"welcome-no-group", {.type = WIRE_WELCOME, .welcome = {"0.1.0", 8, 3, 3000, "", 0, NULL}}},
    {"welcome-fallbacks",
     {.type = WIRE_WELCOME, .welcome = {"0.1.0", 8, 3, 3000, "c1", 3, members}}},
    {"welcome-elsewhere",
     {.type = WIRE_WELCOME, .welcome = {"0.1.0", 8, 0, 3000, "c2", 3, members}}},
    {"report",
     {.type = WIRE_REPORT,
      .report = {.generation = 3,
                 .sequence = 300,
                 .mono_us = UINT64_C(86400000000),
                 .nics = 3,
                 .reading = older_readings,
                 .limits_sequence = 129}}},
    {"report-empty",
     {.type = WIRE_REPORT, .report = {.generation = 1, .sequence = 1, .mono_us = 1000000}}},
    {"report-uplinks",
     {.type = WIRE_REPORT,
      .report = {.generation = 3,
                 .sequence = 300,
                 .mono_us = UINT64_C(86400000000),
                 .nics = 3,
                 .reading = readings_without_backlog,
                 .limits_sequence = 129,
                 .uplinks = 2,
                 .uplink = older_uplink_readings}}},
    {"report-backlog",
     {.type = WIRE_REPORT,
      .report = {.generation = 3,
                 .sequence = 300,
                 .mono_us = UINT64_C(86400000000),
                 .nics = 3,
                 .reading = readings,
                 .limits_sequence = 129,
                 .uplinks = 2,
                 .uplink = older_uplink_readings}}},
    {"report-rates",
     {.type = WIRE_REPORT,
      .report = {.generation = 3,
                 .sequence = 300,
                 .mono_us = UINT64_C(86400000000),
                 .nics = 3,
                 .reading = readings,
                 .limits_sequence = 129,
                 .uplinks = 2,
                 .uplink = uplink_readings_without_link}}},
    {"report-link",
     {.type = WIRE_REPORT,
      .report = {.generation = 3,
                 .sequence = 300,
                 .mono_us = UINT64_C(86400000000),
                 .nics = 3,
                 .reading = readings,
                 .limits_sequence = 129,
                 .uplinks = 2,
                 .uplink = uplink_readings}}},
    {"report-saving",
     {.type = WIRE_REPORT,
      .report = {.generation = 3,
                 .sequence = 300,
                 .mono_us = UINT64_C(86400000000),
                 .nics = 3,
                 .reading = readings,
                 .limits_sequence = 129,
                 .uplinks = 2,
                 .uplink = uplink_readings,
                 .saving = DAQS_SAVING_FAILING}}},
    {"report-unknown-uplinks",
     {.type = WIRE_REPORT, .report = {.generation = 1, .sequence = 1, .mono_us = 1000000}}},
    {"limits",
     {.type = WIRE_LIMITS,
      .limits = {.epoch = 8,
                 .sequence = 129,
                 .generation = 3,
                 .lease_ms = 3000,
                 .headroom_ppm = 10000,
                 .nics = 3,
                 .setting = settings,
                 .poll_ms = 500}}},
    {"limits-modes",
     {.type = WIRE_LIMITS,
      .limits = {.epoch = 8,
                 .sequence = 130,
                 .generation = 3,
                 .lease_ms = 3000,
                 .headroom_ppm = 10000,
                 .nics = 3,
                 .setting = settings,
                 .poll_ms = 500,
                 .uplinks = 2,
                 .uplink = uplink_settings}}},
    {"applied",
     {.type = WIRE_APPLIED,
      .applied = {.epoch = 8, .sequence = 129, .generation = 3, .nics = 2, .nic = applied}}},
    {"bye-stopping", {.type = WIRE_BYE, .bye = {WIRE_BYE_STOPPING}}},
    {"bye-host-taken", {.type = WIRE_BYE, .bye = {WIRE_BYE_HOST_TAKEN}}},
    {"bye-moved", {.type = WIRE_BYE, .bye = {WIRE_BYE_MOVED}}},
};
enum { MESSAGES = sizeof messages / sizeof messages[0] };

static const struct wire_sla slas[] = {
    {"node1", "db1", UINT64_C(2500000000), UINT64_C(5000000000), 1, 1, 0},
    {"node2", "a/b", 0, DAQS_UNLIMITED, WIRE_WEIGHT_MAX, 70000, 0},
};
static const struct wire_sla checked_slas[] = {
    {"node1", "db1", UINT64_C(2500000000), UINT64_C(5000000000), 1, 1, 8},
    {"node2", "a/b", 0, DAQS_UNLIMITED, WIRE_WEIGHT_MAX, 70000, 0},
};

static const struct {
    const char *name;
    struct wire_request request;
} requests[] = {
    {"request-set-sla",
     {.verb = WIRE_SET_SLA,
      .id = 1,
      .user = "kim",
      .token = "",
      .set_sla = {.host = "node1",
                  .vm = "web",
                  .min = UINT64_C(10000000000),
                  .max = DAQS_UNLIMITED,
                  .weight = 0,
                  .force = false,
                  .dry_run = true}}},
    {"request-set-sla-none",
     {.verb = WIRE_SET_SLA,
      .id = 2,
      .user = "kim",
      .token = "",
      .set_sla = {.host = "node1", .vm = "web", .min = 0, .max = 0}}},
    {"request-history",
     {.verb = WIRE_HISTORY,
      .id = 65536,
      .user = "kim",
      .token = "1795418000",
      .history = {.host = "node1",
                  .vm = "web",
                  .since_ms = INT64_C(1795417200000),
                  .until_ms = INT64_C(1795420800000),
                  .step_ms = 10000}}},
    {"request-status", {.verb = WIRE_STATUS, .id = UINT64_MAX, .user = "", .token = ""}},
    {"request-set-policy",
     {.verb = WIRE_SET_POLICY,
      .id = 7,
      .user = "kim",
      .token = "",
      .set_policy = {.host = "node1", .uplink = "up0", .mode = "fair"}}},
    {"request-events",
     {.verb = WIRE_EVENTS,
      .id = 9,
      .user = "kim",
      .token = "4711",
      .events = {.host = "node1",
                 .vm = "db1",
                 .since_ms = INT64_C(1795417200000),
                 .follow = true,
                 .level = "",
                 .kind = "",
                 .member = ""}}},
    {"request-events-filtered",
     {.verb = WIRE_EVENTS,
      .id = 11,
      .user = "kim",
      .token = "",
      .events = {.host = "", .vm = "", .level = "warning", .kind = "host-down", .member = ""}}},
    {"request-events-member",
     {.verb = WIRE_EVENTS,
      .id = 12,
      .user = "kim",
      .token = "4711",
      .events = {.host = "", .vm = "", .follow = true, .level = "", .kind = "", .member = "c2"}}},
    {"request-apply",
     {.verb = WIRE_APPLY,
      .id = 10,
      .user = "kim",
      .token = "3",
      .apply = {.rows = 2, .row = slas, .end = true, .dry_run = true, .prune = true}}},
    {"request-apply-check",
     {.verb = WIRE_APPLY,
      .id = 10,
      .user = "kim",
      .token = "3",
      .apply = {.rows = 2, .row = checked_slas, .end = true, .dry_run = true, .prune = true}}},
};
enum { REQUESTS = sizeof requests / sizeof requests[0] };

static const struct daqs_column columns[] = {
    {"name", DAQS_COLUMN_TEXT}, {"count", DAQS_COLUMN_COUNT},       {"usage_bps", DAQS_COLUMN_RATE},
    {"time", DAQS_COLUMN_TIME}, {"last_report_ms", DAQS_COLUMN_MS},
};
static struct daqs_cell cells[] = {
    {.text = "web"},
    {.number = 0},
    {.number = UINT64_C(10000000000)},
    {.number = UINT64_C(1795420800000)},
    {.number = 100},
    {.text = ""},
    {.number = UINT64_MAX},
    {.empty = true},
    {.empty = true},
    {.empty = true},
};

static const struct wire_missing missing[] = {{.member = "c3", .hosts = 1950}};

static const struct {
    const char *name;
    struct wire_reply reply;
} replies[] = {
    {"reply-done",
     {.id = 1, .code = DAQS_OK, .text = "web: min 10Gbit, max none, weight 1", .token = ""}},
    {"reply-table",
     {.id = 2,
      .text = "",
      .token = "",
      .has_table = true,
      .table = {.columns = 5, .column = columns, .cells = 10, .cell = cells}}},
    {"reply-table-more",
     {.id = 3,
      .text = "",
      .token = "2000",
      .has_table = true,
      .table = {.columns = 1, .column = columns, .cells = 1, .cell = cells}}},
    {"reply-error",
     {.id = 65536,
      .code = DAQS_ENOTFOUND,
      .text = "host node9 is not known; daqsctl hosts lists those that are",
      .token = ""}},
    {"reply-whole",
     {.id = 2,
      .text = "",
      .token = "",
      .has_table = true,
      .table = {.columns = 5, .column = columns, .cells = 10, .cell = cells}}},
    {"reply-missing",
     {.id = 5,
      .text = "c3 does not answer: its 1,950 hosts are missing",
      .token = "",
      .missing = 1,
      .missing_member = missing}},
};
enum { REPLIES = sizeof replies / sizeof replies[0] };

/* --- encoding --- */

static void assert_same_bytes(const char *name, int result, uint8_t *bytes, size_t length)
{
    size_t golden_length = 0;
    uint8_t *golden = vector_read(name, &golden_length);
    assert_int_equal(result, DAQS_OK);
    assert_non_null(golden);
    if (length != golden_length || memcmp(bytes, golden, length) != 0)
        fail_msg("%s: the encoder writes other bytes than the vector has", name);
    free(golden);
    free(bytes);
}

static void the_encoder_writes_the_golden_bytes(void **state)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    int result;
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        if (vector_is_older(messages[i].name))
            continue;
        result = wire_encode(&messages[i].message, &bytes, &length);
        assert_same_bytes(messages[i].name, result, bytes, length);
    }
    for (size_t i = 0; i < REQUESTS; i++) {
        if (vector_is_older(requests[i].name))
            continue;
        result = wire_encode_request(&requests[i].request, &bytes, &length);
        assert_same_bytes(requests[i].name, result, bytes, length);
    }
    for (size_t i = 0; i < REPLIES; i++) {
        if (vector_is_older(replies[i].name))
            continue;
        result = wire_encode_reply(&replies[i].reply, &bytes, &length);
        assert_same_bytes(replies[i].name, result, bytes, length);
    }
}

/* --- decoding --- */

static void assert_same_inventory(const struct daqs_inventory *a, const struct daqs_inventory *b)
{
    assert_int_equal(a->uplinks, b->uplinks);
    assert_int_equal(a->vms, b->vms);
    assert_int_equal(a->nics, b->nics);
    for (uint32_t i = 0; i < a->uplinks; i++) {
        assert_string_equal(a->uplink[i].name, b->uplink[i].name);
        assert_int_equal(a->uplink[i].capacity, b->uplink[i].capacity);
    }
    for (uint32_t i = 0; i < a->vms; i++) {
        assert_string_equal(a->vm[i].name, b->vm[i].name);
        assert_string_equal(a->vm[i].uuid, b->vm[i].uuid);
    }
    for (uint32_t i = 0; i < a->nics; i++) {
        assert_int_equal(a->nic[i].vm, b->nic[i].vm);
        assert_int_equal(a->nic[i].uplink, b->nic[i].uplink);
        assert_true(daqs_mac_equal(&a->nic[i].mac, &b->nic[i].mac));
        assert_int_equal(a->nic[i].mtu, b->nic[i].mtu);
    }
    assert_int_equal(a->unwatched_vfs, b->unwatched_vfs);
    for (uint32_t i = 0; i < a->unwatched_vfs; i++) {
        assert_int_equal(a->unwatched[i].vm, b->unwatched[i].vm);
        assert_int_equal(a->unwatched[i].vf, b->unwatched[i].vf);
        assert_string_equal(a->unwatched[i].pf, b->unwatched[i].pf);
        assert_string_equal(a->unwatched[i].pci, b->unwatched[i].pci);
        assert_int_equal(a->unwatched[i].cause, b->unwatched[i].cause);
    }
}

static void assert_same_hello(const struct wire_hello *a, const struct wire_hello *b)
{
    assert_string_equal(a->host, b->host);
    assert_string_equal(a->version, b->version);
    assert_int_equal(a->instance, b->instance);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->poll_ms, b->poll_ms);
    assert_same_inventory(&a->inventory, &b->inventory);
    assert_int_equal(a->poll_most_ms, b->poll_most_ms);
    assert_int_equal(a->stale_controller, b->stale_controller);
    assert_string_equal(a->left, b->left);
    assert_int_equal(a->redirectable, b->redirectable);
}

static void assert_same_welcome(const struct wire_welcome *a, const struct wire_welcome *b)
{
    assert_string_equal(a->version, b->version);
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->lease_ms, b->lease_ms);
    assert_string_equal(a->member, b->member);
    assert_int_equal(a->elsewhere, b->elsewhere);
    for (uint32_t i = 0; i < a->elsewhere; i++) {
        assert_string_equal(a->elsewhere_member[i].name, b->elsewhere_member[i].name);
        assert_string_equal(a->elsewhere_member[i].endpoint, b->elsewhere_member[i].endpoint);
        assert_memory_equal(&a->elsewhere_member[i].key, &b->elsewhere_member[i].key,
                            sizeof a->elsewhere_member[i].key);
    }
}

static void assert_same_report(const struct wire_report *a, const struct wire_report *b)
{
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->mono_us, b->mono_us);
    assert_int_equal(a->limits_sequence, b->limits_sequence);
    assert_int_equal(a->nics, b->nics);
    for (uint32_t i = 0; i < a->nics; i++) {
        assert_int_equal(a->reading[i].state, b->reading[i].state);
        assert_int_equal(a->reading[i].cause, b->reading[i].cause);
        assert_int_equal(a->reading[i].sample.interval_us, b->reading[i].sample.interval_us);
        assert_int_equal(a->reading[i].sample.tx_bytes, b->reading[i].sample.tx_bytes);
        assert_int_equal(a->reading[i].sample.rx_bytes, b->reading[i].sample.rx_bytes);
        assert_int_equal(a->reading[i].sample.tx_packets, b->reading[i].sample.tx_packets);
        assert_int_equal(a->reading[i].sample.rx_packets, b->reading[i].sample.rx_packets);
        assert_int_equal(a->reading[i].age_us, b->reading[i].age_us);
        assert_int_equal(a->reading[i].source, b->reading[i].source);
        assert_int_equal(a->reading[i].backlog, b->reading[i].backlog);
    }
    assert_int_equal(a->uplinks, b->uplinks);
    for (uint32_t i = 0; i < a->uplinks; i++) {
        assert_int_equal(a->uplink[i].own_interval_us, b->uplink[i].own_interval_us);
        assert_int_equal(a->uplink[i].own_bytes, b->uplink[i].own_bytes);
        assert_int_equal(a->uplink[i].own_packets, b->uplink[i].own_packets);
        assert_int_equal(a->uplink[i].port_interval_us, b->uplink[i].port_interval_us);
        assert_int_equal(a->uplink[i].port_bytes, b->uplink[i].port_bytes);
        assert_int_equal(a->uplink[i].port_packets, b->uplink[i].port_packets);
        assert_int_equal(a->uplink[i].vf_least, b->uplink[i].vf_least);
        assert_int_equal(a->uplink[i].vf_step, b->uplink[i].vf_step);
    }
}

static void assert_same_limits(const struct wire_limits *a, const struct wire_limits *b)
{
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->lease_ms, b->lease_ms);
    assert_int_equal(a->headroom_ppm, b->headroom_ppm);
    assert_int_equal(a->poll_ms, b->poll_ms);
    assert_int_equal(a->nics, b->nics);
    for (uint32_t i = 0; i < a->nics; i++) {
        assert_int_equal(a->setting[i].limit, b->setting[i].limit);
        assert_int_equal(a->setting[i].min, b->setting[i].min);
        assert_int_equal(a->setting[i].max, b->setting[i].max);
        assert_int_equal(a->setting[i].weight, b->setting[i].weight);
    }
    assert_int_equal(a->uplinks, b->uplinks);
    for (uint32_t i = 0; i < a->uplinks; i++)
        assert_int_equal(a->uplink[i].mode, b->uplink[i].mode);
}

static void assert_same_applied(const struct wire_applied *a, const struct wire_applied *b)
{
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->nics, b->nics);
    for (uint32_t i = 0; i < a->nics; i++) {
        assert_int_equal(a->nic[i].nic, b->nic[i].nic);
        assert_int_equal(a->nic[i].limit, b->nic[i].limit);
        assert_int_equal(a->nic[i].state, b->nic[i].state);
        assert_int_equal(a->nic[i].cause, b->nic[i].cause);
    }
}

static void assert_same_message(const struct wire_message *a, const struct wire_message *b)
{
    assert_int_equal(a->type, b->type);
    switch (a->type) {
    case WIRE_HELLO:
        assert_same_hello(&a->hello, &b->hello);
        return;
    case WIRE_WELCOME:
        assert_same_welcome(&a->welcome, &b->welcome);
        return;
    case WIRE_REPORT:
        assert_same_report(&a->report, &b->report);
        return;
    case WIRE_LIMITS:
        assert_same_limits(&a->limits, &b->limits);
        return;
    case WIRE_APPLIED:
        assert_same_applied(&a->applied, &b->applied);
        return;
    case WIRE_BYE:
        assert_int_equal(a->bye.reason, b->bye.reason);
        return;
    }
    fail_msg("type %d", (int)a->type);
}

static void assert_same_set_sla(const struct wire_set_sla *a, const struct wire_set_sla *b)
{
    assert_string_equal(a->host, b->host);
    assert_string_equal(a->vm, b->vm);
    assert_int_equal(a->min, b->min);
    assert_int_equal(a->max, b->max);
    assert_int_equal(a->weight, b->weight);
    assert_int_equal(a->force, b->force);
    assert_int_equal(a->dry_run, b->dry_run);
}

static void assert_same_period(const struct wire_period *a, const struct wire_period *b)
{
    assert_string_equal(a->host, b->host);
    assert_string_equal(a->vm, b->vm);
    assert_int_equal(a->since_ms, b->since_ms);
    assert_int_equal(a->until_ms, b->until_ms);
}

static void assert_same_apply(const struct wire_apply *a, const struct wire_apply *b)
{
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->force, b->force);
    assert_int_equal(a->dry_run, b->dry_run);
    assert_int_equal(a->prune, b->prune);
    assert_int_equal(a->rows, b->rows);
    for (uint32_t i = 0; i < a->rows; i++) {
        assert_string_equal(a->row[i].host, b->row[i].host);
        assert_string_equal(a->row[i].vm, b->row[i].vm);
        assert_int_equal(a->row[i].min, b->row[i].min);
        assert_int_equal(a->row[i].max, b->row[i].max);
        assert_int_equal(a->row[i].weight, b->row[i].weight);
        assert_int_equal(a->row[i].line, b->row[i].line);
        assert_int_equal(a->row[i].revision, b->row[i].revision);
    }
}

static void assert_same_request(const struct wire_request *a, const struct wire_request *b)
{
    assert_int_equal(a->verb, b->verb);
    assert_int_equal(a->id, b->id);
    assert_string_equal(a->user, b->user);
    assert_string_equal(a->token, b->token);
    switch (a->verb) {
    case WIRE_SET_SLA:
        assert_same_set_sla(&a->set_sla, &b->set_sla);
        return;
    case WIRE_HISTORY:
        assert_same_period(&a->period, &b->period);
        assert_int_equal(a->history.step_ms, b->history.step_ms);
        return;
    case WIRE_STATUS:
        return;
    case WIRE_SET_POLICY:
        assert_string_equal(a->set_policy.host, b->set_policy.host);
        assert_string_equal(a->set_policy.uplink, b->set_policy.uplink);
        assert_string_equal(a->set_policy.mode, b->set_policy.mode);
        return;
    case WIRE_EVENTS:
        assert_same_period(&a->period, &b->period);
        assert_int_equal(a->events.follow, b->events.follow);
        assert_string_equal(a->events.level, b->events.level);
        assert_string_equal(a->events.kind, b->events.kind);
        assert_string_equal(a->events.member, b->events.member);
        return;
    case WIRE_APPLY:
        assert_same_apply(&a->apply, &b->apply);
        return;
    default:
        fail_msg("verb %d has no comparison", (int)a->verb);
    }
}

static void assert_same_reply(const struct wire_reply *a, const struct wire_reply *b)
{
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->code, b->code);
    assert_string_equal(a->text, b->text);
    assert_string_equal(a->token, b->token);
    assert_int_equal(a->has_table, b->has_table);
    assert_int_equal(a->table.columns, b->table.columns);
    assert_int_equal(a->table.cells, b->table.cells);
    for (size_t i = 0; i < a->table.columns; i++) {
        assert_string_equal(a->table.column[i].name, b->table.column[i].name);
        assert_int_equal(a->table.column[i].kind, b->table.column[i].kind);
    }
    for (size_t i = 0; i < a->table.cells; i++) {
        assert_int_equal(a->table.cell[i].empty, b->table.cell[i].empty);
        assert_int_equal(a->table.cell[i].number, b->table.cell[i].number);
        if (b->table.cell[i].text)
            assert_string_equal(a->table.cell[i].text, b->table.cell[i].text);
    }
    assert_int_equal(a->missing, b->missing);
    for (uint32_t i = 0; i < a->missing; i++) {
        assert_string_equal(a->missing_member[i].member, b->missing_member[i].member);
        assert_int_equal(a->missing_member[i].hosts, b->missing_member[i].hosts);
    }
}

static void the_decoder_reads_the_vectors(void **state)
{
    struct daqs_arena arena;
    size_t length = 0;
    (void)state;
    daqs_arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < MESSAGES; i++) {
        uint8_t *bytes = vector_read(messages[i].name, &length);
        struct wire_message message;
        assert_non_null(bytes);
        assert_int_equal(wire_decode(bytes, length, &arena, &message, NULL), DAQS_OK);
        free(bytes); /* the decoded message must not point into these bytes */
        assert_same_message(&message, &messages[i].message);
    }
    for (size_t i = 0; i < REQUESTS; i++) {
        uint8_t *bytes = vector_read(requests[i].name, &length);
        struct wire_request request;
        assert_non_null(bytes);
        assert_int_equal(wire_decode_request(bytes, length, &arena, &request, NULL), DAQS_OK);
        free(bytes);
        assert_same_request(&request, &requests[i].request);
    }
    for (size_t i = 0; i < REPLIES; i++) {
        uint8_t *bytes = vector_read(replies[i].name, &length);
        struct wire_reply reply;
        assert_non_null(bytes);
        assert_int_equal(wire_decode_reply(bytes, length, &arena, &reply, NULL), DAQS_OK);
        free(bytes);
        assert_same_reply(&reply, &replies[i].reply);
    }
    daqs_arena_done(&arena);
}

/* --- completeness --- */

static const char *name_of(size_t i)
{
    return i < MESSAGES              ? messages[i].name
           : i < MESSAGES + REQUESTS ? requests[i - MESSAGES].name
                                     : replies[i - MESSAGES - REQUESTS].name;
}

/* Those of members are tested in test_peer.c. */
static void every_vector_file_is_tested(void **state)
{
    size_t files = 0;
    DIR *folder = opendir(DAQS_SOURCE_DIR "/schema/vectors");
    (void)state;
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        files += strstr(entry->d_name, ".hex") && strncmp(entry->d_name, "peer-", 5) != 0;
    closedir(folder);
    assert_int_equal(files, MESSAGES + REQUESTS + REPLIES);
    size_t known = 0;
    for (size_t i = 0; i < MESSAGES + REQUESTS + REPLIES; i++)
        if (!vector_is_older(name_of(i)))
            assert_string_equal(vectors[known++].name, name_of(i));
    assert_int_equal(known, VECTORS);
}

/* --- numbers that are sent --- */

static void the_numbers_that_travel_are_those_of_the_specification(void **state)
{
    static const struct {
        const char *name;
        long long number;
        long long specified;
    } numbers[] = {
        {"protocol", WIRE_PROTOCOL, 1},
        {"message max", WIRE_MESSAGE_MAX, 1048576},
        {"hello", WIRE_HELLO, 1},
        {"welcome", WIRE_WELCOME, 2},
        {"report", WIRE_REPORT, 3},
        {"limits", WIRE_LIMITS, 4},
        {"applied", WIRE_APPLIED, 5},
        {"bye", WIRE_BYE, 6},
        {"bye stopping", WIRE_BYE_STOPPING, 0},
        {"bye host taken", WIRE_BYE_HOST_TAKEN, 1},
        {"bye version", WIRE_BYE_VERSION, 2},
        {"bye full", WIRE_BYE_FULL, 3},
        {"bye moved", WIRE_BYE_MOVED, 4},
        {"set-sla", WIRE_SET_SLA, 1},
        {"unset-sla", WIRE_UNSET_SLA, 2},
        {"list-sla", WIRE_LIST_SLA, 3},
        {"hosts", WIRE_HOSTS, 4},
        {"vms", WIRE_VMS, 5},
        {"history", WIRE_HISTORY, 6},
        {"status", WIRE_STATUS, 7},
        {"version", WIRE_VERSION, 8},
        {"set-policy", WIRE_SET_POLICY, 9},
        {"explain", WIRE_EXPLAIN, 10},
        {"events", WIRE_EVENTS, 12},
        {"audit", WIRE_AUDIT, 13},
        {"fit", WIRE_FIT, 14},
        {"apply", WIRE_APPLY, 15},
        {"report", WIRE_SLA_REPORT, 16},
        {"backup", WIRE_BACKUP, 17},
        {"labels", WIRE_LABELS, 29},
        {"find", WIRE_FIND, 30},
        {"rows of an apply", WIRE_ROWS_MAX, 4096},
        {"text", DAQS_COLUMN_TEXT, 0},
        {"count", DAQS_COLUMN_COUNT, 1},
        {"rate", DAQS_COLUMN_RATE, 2},
        {"time", DAQS_COLUMN_TIME, 3},
        {"ms", DAQS_COLUMN_MS, 4},
        {"share", DAQS_COLUMN_PPM, 5},
        {"waiting", DAQS_NIC_WAITING, 0},
        {"ok", DAQS_NIC_OK, 1},
        {"unresponsive", DAQS_NIC_UNRESPONSIVE, 2},
        {"unmanaged", DAQS_NIC_UNMANAGED, 3},
        {"no cause", DAQS_CAUSE_NONE, 0},
        {"no agent", DAQS_CAUSE_NO_AGENT, 1},
        {"timeout", DAQS_CAUSE_TIMEOUT, 2},
        {"bad reply", DAQS_CAUSE_BAD_REPLY, 3},
        {"no nic", DAQS_CAUSE_NO_NIC, 4},
        {"exec blocked", DAQS_CAUSE_EXEC_BLOCKED, 5},
        {"no tc", DAQS_CAUSE_NO_TC, 6},
        {"tc failed", DAQS_CAUSE_TC_FAILED, 7},
        {"tenant qdisc", DAQS_CAUSE_TENANT_QDISC, 8},
        {"bad name", DAQS_CAUSE_BAD_NAME, 9},
        {"not applied", DAQS_CAUSE_NOT_APPLIED, 10},
        {"source not known", DAQS_SOURCE_NONE, 0},
        {"source guest", DAQS_SOURCE_GUEST, 1},
        {"source VF", DAQS_SOURCE_VF, 2},
        {"backlog not known", DAQS_BACKLOG_UNKNOWN, 0},
        {"no backlog", DAQS_BACKLOG_NONE, 1},
        {"a backlog", DAQS_BACKLOG_SOME, 2},
        {"NOMEM", DAQS_ENOMEM, -1},
        {"INVALID", DAQS_EINVALID, -2},
        {"RANGE", DAQS_ERANGE, -3},
        {"FORMAT", DAQS_EFORMAT, -4},
        {"TOOBIG", DAQS_ETOOBIG, -5},
        {"VERSION", DAQS_EVERSION, -6},
        {"NOTFOUND", DAQS_ENOTFOUND, -7},
        {"EXISTS", DAQS_EEXISTS, -8},
        {"REFUSED", DAQS_EREFUSED, -9},
        {"TIMEOUT", DAQS_ETIMEOUT, -10},
        {"IO", DAQS_EIO, -11},
        {"SYSTEM", DAQS_ESYSTEM, -12},
        {"GUEST", DAQS_EGUEST, -13},
        {"STORE", DAQS_ESTORE, -14},
        {"STALE", DAQS_ESTALE, -15},
        {"BUSY", DAQS_EBUSY, -16},
        {"uplinks", DAQS_MAX_UPLINKS, 64},
        {"VMs", DAQS_MAX_VMS, 4096},
        {"nics", DAQS_MAX_NICS, 4096},
        {"columns", DAQS_TABLE_COLUMNS_MAX, 32},
        {"rows", DAQS_TABLE_ROWS_MAX, 65536},
        {"weight", WIRE_WEIGHT_MAX, 10000},
        {"rate", DAQS_BPS_MAX, 1000000000000000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].number != numbers[i].specified)
            fail_msg("%s is %lld", numbers[i].name, numbers[i].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_encoder_writes_the_golden_bytes),
        cmocka_unit_test(the_decoder_reads_the_vectors),
        cmocka_unit_test(every_vector_file_is_tested),
        cmocka_unit_test(the_numbers_that_travel_are_those_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
