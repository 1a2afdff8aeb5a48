/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/views.h"
#include "controllerd/core/policy/plan.h"
#include "tests/lib/made_up.h"

static const int64_t start = 1000000;
struct world {
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct accounting *accounting;
    struct maintenance *maintenance;
};

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    w->fleet = fleet_new(100000, DAQS_MAX_NICS);
    w->roster = roster_new();
    w->ledger = ledger_new();
    w->accounting = accounting_new();
    w->maintenance = maintenance_new();
    *state = w;
    return w->fleet && w->roster && w->ledger && w->accounting && w->maintenance ? 0 : -1;
}

static int end_world(void **state)
{
    struct world *w = *state;
    accounting_free(w->accounting);
    maintenance_free(w->maintenance);
    roster_free(w->roster);
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

static struct fleet_host *hello(struct world *w, const char *name,
                                const struct daqs_inventory *inventory)
{
    struct fleet_host *host = NULL;
    assert_int_equal(
        fleet_hello(w->fleet, w->ledger, name, "1.0", 1, 1, 100, inventory, start, &host, NULL),
        DAQS_OK);
    host->connected = true;
    assert_true(accounting_hello(w->accounting, host));
    assert_true(roster_heard(w->roster, host, start));
    return host;
}

/* Adds node1: db1 has two nics on up0, web1 has one on up0 and one on up1. */
static struct fleet_host *node1(struct world *w)
{
    struct daqs_uplink_info uplink[] = {{"up0", 10 * GBIT}, {"up1", 4 * GBIT}};
    struct daqs_vm_info vm[] = {{.name = "db1", .uuid = ""}, {.name = "web1", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{0x52, 0x54, 0, 0xda, 5, 1}}, 0},
                                  {0, 0, {{0x52, 0x54, 0, 0xda, 5, 2}}, 0},
                                  {1, 0, {{0x52, 0x54, 0, 0xda, 5, 3}}, 0},
                                  {1, 1, {{0x52, 0x54, 0, 0xda, 5, 4}}, 0}};
    const struct daqs_inventory inventory = {2, 2, 4, uplink, vm, nic, 0, NULL};
    const struct sla sla = {.min = 2 * GBIT, .max = 6 * GBIT, .weight = 5};
    assert_int_equal(ledger_put(w->ledger, "node1", "db1", &sla, 77, "alice"), DAQS_OK);
    return hello(w, "node1", &inventory);
}

static struct fleet_host *node2(struct world *w)
{
    struct daqs_uplink_info uplink[] = {{"up0", GBIT}};
    struct daqs_vm_info vm[] = {{.name = "db1", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0}};
    const struct daqs_inventory inventory = {1, 1, 1, uplink, vm, nic, 0, NULL};
    return hello(w, "node2", &inventory);
}

/* Sends a report with 0.1 s of traffic at each nic's rate. */
static void report(struct fleet_host *host, const daqs_bps *rate)
{
    struct daqs_nic_reading reading[8] = {{0}};
    for (uint32_t i = 0; i < host->nics; i++)
        reading[i] = (struct daqs_nic_reading){
            .state = DAQS_NIC_OK, .sample = {.interval_us = 100000, .tx_bytes = rate[i] / 80}};
    assert_true(
        fleet_report(host, 1, host->report_sequence + 1, UINT64_MAX, reading, host->nics, start));
}

static void assert_columns(const struct daqs_table *table, size_t columns,
                           const struct daqs_column *expected)
{
    assert_int_equal(table->columns, columns);
    for (size_t i = 0; i < columns; i++) {
        assert_string_equal(table->column[i].name, expected[i].name);
        assert_int_equal(table->column[i].kind, expected[i].kind);
    }
    assert_int_equal(table->cells % columns, 0);
    assert_false(table->failed);
}

/* Checks a row in the form of a text: cells separated by blanks, '-' for an empty cell. */
static void assert_row(const struct daqs_table *table, size_t row, const char *expected)
{
    char text[512];
    size_t used = 0;
    assert_true(row < daqs_table_rows(table));
    for (size_t column = 0; column < table->columns; column++) {
        const struct daqs_cell *cell = daqs_table_at(table, row, column);
        const char *gap = column ? " " : "";
        int n;
        if (cell->empty)
            n = snprintf(text + used, sizeof text - used, "%s-", gap);
        else if (table->column[column].kind == DAQS_COLUMN_TEXT)
            n = snprintf(text + used, sizeof text - used, "%s%s", gap, cell->text);
        else
            n = snprintf(text + used, sizeof text - used, "%s%llu", gap,
                         (unsigned long long)cell->number);
        used += (size_t)n;
        assert_true(used < sizeof text);
    }
    assert_string_equal(text, expected);
}

/* Checks a row of view_vms, of a VM without a UUID and without a known tenant. */
static void assert_vm_row(const struct daqs_table *table, size_t row, const char *expected)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s  -", expected);
    assert_row(table, row, text);
}

static const struct view_range all = {.host = ""};
static size_t unenforced;                           /* of the last view of free capacity */
static const int64_t wall = INT64_C(1800000000000); /* at 'start' */

static struct view_scene scene_at(const struct world *w, int64_t now_ms)
{
    return (struct view_scene){.roster = w->roster,
                               .ledger = w->ledger,
                               .accounting = w->accounting,
                               .maintenance = w->maintenance,
                               .now_ms = now_ms,
                               .wall_ms = wall + now_ms - start};
}

typedef bool view_fn(const struct view_scene *scene, struct view_range *range,
                     struct daqs_table *ret);

static bool view_all(const struct world *w, view_fn *view, int64_t now_ms, struct daqs_table *ret)
{
    const struct view_scene scene = scene_at(w, now_ms);
    struct view_range range = all;
    return view(&scene, &range, ret);
}

/* --- contents --- */

static void hosts_have_a_row_for_every_uplink(void **state)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},       {"state", DAQS_COLUMN_TEXT},
        {"uplink", DAQS_COLUMN_TEXT},     {"capacity_bps", DAQS_COLUMN_RATE},
        {"usage_bps", DAQS_COLUMN_RATE},  {"guaranteed_bps", DAQS_COLUMN_RATE},
        {"vms", DAQS_COLUMN_COUNT},       {"last_report_ms", DAQS_COLUMN_MS},
        {"missed", DAQS_COLUMN_COUNT},    {"guaranteed_wire_bps", DAQS_COLUMN_RATE},
        {"mode", DAQS_COLUMN_TEXT},       {"maintenance", DAQS_COLUMN_TIME},
        {"away_since", DAQS_COLUMN_TIME},
    };
    struct world *w = *state;
    struct daqs_table table;
    node2(w);
    const daqs_bps rate[] = {GBIT, 500 * MBIT, 2 * GBIT, 40 * MBIT};
    struct fleet_host *host = node1(w);
    report(host, rate);
    assert_false(view_all(w, view_hosts, start + 250, &table));
    assert_columns(&table, 13, columns);
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_row(&table, 2, "node2 up up0 1000000000 0 0 1 - 0 0 minimum - -"); /* no report yet */
    /* A VM's guarantee counts once on each of its uplinks. */
    assert_row(&table, 0,
               "node1 up up0 10000000000 3500000000 2000000000 2 250 0 2124309392 minimum - -");
    assert_row(&table, 1, "node1 up up1 4000000000 40000000 0 1 250 0 0 minimum - -");
    daqs_table_done(&table);

    /* A guarantee counts as missed only on its uplink, and only while the host reports. */
    assert_int_equal(host->member[0].vm, 0);
    made_up(w->accounting, host, 0)->attainment.violated = true;
    assert_false(view_all(w, view_hosts, start + 250, &table));
    assert_row(&table, 0,
               "node1 up up0 10000000000 3500000000 2000000000 2 250 1 2124309392 minimum - -");
    assert_row(&table, 1, "node1 up up1 4000000000 40000000 0 1 250 0 0 minimum - -");
    daqs_table_done(&table);
    assert_false(view_all(w, view_hosts, start + 60000, &table));
    assert_row(
        &table, 0,
        "node1 away up0 10000000000 - 2000000000 2 60000 - 2124309392 minimum - 1800000000000");
    daqs_table_done(&table);
}

static void vms_have_a_row_for_every_nic(void **state)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},      {"vm", DAQS_COLUMN_TEXT},
        {"nic", DAQS_COLUMN_TEXT},       {"uplink", DAQS_COLUMN_TEXT},
        {"usage_bps", DAQS_COLUMN_RATE}, {"limit_bps", DAQS_COLUMN_RATE},
        {"min_bps", DAQS_COLUMN_RATE},   {"max_bps", DAQS_COLUMN_RATE},
        {"weight", DAQS_COLUMN_COUNT},   {"state", DAQS_COLUMN_TEXT},
        {"reason", DAQS_COLUMN_TEXT},    {"uuid", DAQS_COLUMN_TEXT},
        {"tenant", DAQS_COLUMN_TEXT},
    };
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node1(w);
    const daqs_bps rate[] = {GBIT, 500 * MBIT, 2 * GBIT, 0};
    assert_false(view_all(w, view_vms, start, &table));
    assert_vm_row(&table, 3, "node1 web1 52:54:00:da:05:04 up1 - - 0 - 1 waiting no report yet");
    daqs_table_done(&table);

    report(host, rate);
    struct plan *plan = plan_new();
    assert_non_null(plan);
    assert_true(plan_set_due(plan, host));
    assert_true(plan_decide(plan, host, 10000, start));
    plan_free(plan);
    host->nic[2].applied = 3 * GBIT;
    assert_false(view_all(w, view_vms, start, &table));
    assert_columns(&table, 13, columns);
    assert_int_equal(daqs_table_rows(&table), 4);
    assert_vm_row(&table, 0,
                  "node1 db1 52:54:00:da:05:01 up0 1000000000 - 2000000000 6000000000 5 ok held to "
                  "its own maximum");
    assert_vm_row(&table, 2,
                  "node1 web1 52:54:00:da:05:03 up0 2000000000 3000000000 0 - 1 ok yields to a "
                  "guaranteed VM");
    assert_vm_row(&table, 3,
                  "node1 web1 52:54:00:da:05:04 up1 0 - 0 - 1 ok no guarantee is in use on this "
                  "uplink");
    daqs_table_done(&table);
}

static void the_cause_of_a_nic_comes_before_the_policys_reason(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node2(w);
    const daqs_bps rate[] = {0};
    report(host, rate);
    host->nic[0].applied = 5 * MBIT;
    host->nic[0].state = DAQS_NIC_UNRESPONSIVE;
    host->nic[0].cause = DAQS_CAUSE_TIMEOUT;
    assert_false(view_all(w, view_vms, start, &table));
    assert_vm_row(
        &table, 0,
        "node2 db1 02:00:00:00:00:01 up0 0 5000000 0 - 1 unresponsive the guest agent did "
        "not answer in time");
    daqs_table_done(&table);
}

static void the_cause_of_a_nic_that_is_well_is_a_remark(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node2(w);
    const daqs_bps rate[] = {0};
    report(host, rate);
    host->nic[0].applied = 5 * MBIT;
    host->nic[0].state = DAQS_NIC_OK;
    host->nic[0].cause = DAQS_CAUSE_HOST_SIDE;
    host->nic[0].reason = POLICY_YIELDS;
    assert_false(view_all(w, view_vms, start, &table));
    assert_vm_row(&table, 0,
                  "node2 db1 02:00:00:00:00:01 up0 0 5000000 0 - 1 ok yields to a guaranteed VM; "
                  "limits are set by the host, on the VF");
    daqs_table_done(&table);
}

static void g8_vfs_that_nobody_watches_come_behind_the_nics_of_their_vm(void **state)
{
    struct world *w = *state;
    struct daqs_uplink_info uplink[] = {{"up0", GBIT}};
    struct daqs_vm_info vm[] = {{.name = "db1", .uuid = ""}, {.name = "web1", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0}};
    struct daqs_unwatched_info vf[] = {
        {1, 3, "ens2", "0000:5e:02.3", DAQS_CAUSE_VF_NO_UPLINK},
        {0, DAQS_VF_UNKNOWN, "", "0000:86:02.0", DAQS_CAUSE_VF_NO_INTERFACE}};
    const struct sla sla = {.min = 100 * MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    const struct daqs_inventory inventory = {1, 2, 1, uplink, vm, nic, 2, vf};
    const struct view_scene now = scene_at(w, start);
    struct view_range second = {.host = "", .from = "node3", .skip = 2};
    struct view_range elsewhere = {.host = "node9"};
    struct daqs_table table;
    assert_int_equal(ledger_put(w->ledger, "node3", "web1", &sla, 77, "alice"), DAQS_OK);
    (void)hello(w, "node3", &inventory);
    assert_false(view_all(w, view_vms, start, &table));
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_vm_row(&table, 2,
                  "node3 web1 0000:5e:02.3 ens2 - - - - - unwatched VF 3 of ens2: its PF is not an "
                  "uplink in the configuration");
    assert_vm_row(&table, 1,
                  "node3 db1 0000:86:02.0  - - - - - unwatched its PF has no network "
                  "interface");
    daqs_table_done(&table);
    assert_false(view_vms(&now, &second, &table));
    assert_int_equal(daqs_table_rows(&table), 1);
    daqs_table_done(&table);
    assert_false(view_vms(&now, &elsewhere, &table));
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
    assert_false(view_all(w, view_nics, start, &table));
    assert_int_equal(daqs_table_rows(&table), 1);
    daqs_table_done(&table);
    assert_false(view_all(w, view_vms, start + FLEET_PATIENCE_MS, &table));
    assert_string_equal(daqs_table_at(&table, 1, 9)->text, "unwatched");
    assert_string_equal(daqs_table_at(&table, 1, 10)->text, "no message from the host's agent");
    daqs_table_done(&table);
}

/* Checks the state of node2's db1, which sends at a rate and has a limit. */
static void assert_state(struct world *w, daqs_bps sends, daqs_bps limit, const char *expected)
{
    struct daqs_table table;
    struct fleet_host *host = node2(w);
    report(host, &sends);
    host->nic[0].wire = sends;
    host->nic[0].applied = limit;
    assert_false(view_all(w, view_vms, start, &table));
    assert_string_equal(daqs_table_at(&table, 0, 9)->text, expected);
    daqs_table_done(&table);
}

static void a_vm_that_uses_all_of_its_limit_is_capped(void **state)
{
    struct world *w = *state;
    assert_state(w, 94 * MBIT, 100 * MBIT, "ok");
    assert_state(w, 95 * MBIT, 100 * MBIT, "capped");
    assert_state(w, 200 * MBIT, 100 * MBIT, "capped");
    assert_state(w, 200 * MBIT, DAQS_UNLIMITED, "ok");
    assert_state(w, 0, 0, "ok");
}

static void traffic_of_nics_and_guarantees_of_vms_are_counted(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node1(w);
    const daqs_bps rate[] = {80 * 1000, 0, 160 * 1000, 0};
    report(host, rate);
    report(host, rate);
    (void)node1(w); /* sends its hello again */
    assert_false(view_all(w, view_nics, start, &table));
    assert_int_equal(table.columns, 14);
    assert_string_equal(table.column[13].name, "tx_bytes");
    assert_int_equal(daqs_table_rows(&table), 4);
    assert_int_equal(daqs_table_at(&table, 0, 13)->number, 2000);
    assert_int_equal(daqs_table_at(&table, 1, 13)->number, 0);
    assert_int_equal(daqs_table_at(&table, 2, 13)->number, 4000);
    daqs_table_done(&table);
    made_up(w->accounting, host, 0)->met_s = 7;
    made_up(w->accounting, host, 0)->missed_s = 2;
    assert_false(view_all(w, view_guarantees, start, &table));
    assert_int_equal(daqs_table_rows(&table), 1); /* web1 has no guarantee */
    assert_row(&table, 0, "node1 db1 up0 2000000000 6000000000 7 2");
    daqs_table_done(&table);
}

static void states_of_a_newer_agent_are_survived(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node2(w);
    host->nic[0].state = 200;
    host->nic[0].cause = 201;
    assert_false(view_all(w, view_vms, start, &table));
    assert_vm_row(&table, 0, "node2 db1 02:00:00:00:00:01 up0 - - 0 - 1 unknown unknown");
    daqs_table_done(&table);
}

static void an_away_host_is_shown_as_away_without_usage(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    const daqs_bps rate[] = {MBIT};
    report(node2(w), rate);
    assert_false(view_all(w, view_hosts, start + 5000, &table));
    assert_row(&table, 0, "node2 away up0 1000000000 - 0 1 5000 - 0 minimum - 1800000000000");
    daqs_table_done(&table);
    assert_false(view_all(w, view_vms, start + 5000, &table));
    assert_vm_row(
        &table, 0,
        "node2 db1 02:00:00:00:00:01 up0 - - 0 - 1 away no message from the host's agent");
    daqs_table_done(&table);
}

static void usage_stands_until_it_is_stale(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    const daqs_bps rate[] = {MBIT};
    struct fleet_host *host = node2(w);
    report(host, rate);
    host->heard_ms = start + FLEET_PATIENCE_MS; /* the host has been present all along */
    assert_false(view_all(w, view_vms, start + FLEET_PATIENCE_MS - 1, &table));
    assert_int_equal(daqs_table_at(&table, 0, 4)->number, MBIT);
    daqs_table_done(&table);
    assert_false(view_all(w, view_vms, start + FLEET_PATIENCE_MS, &table));
    assert_true(daqs_table_at(&table, 0, 4)->empty);
    daqs_table_done(&table);
}

static void slas_have_a_row_each(void **state)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},       {"vm", DAQS_COLUMN_TEXT},
        {"min_bps", DAQS_COLUMN_RATE},    {"max_bps", DAQS_COLUMN_RATE},
        {"weight", DAQS_COLUMN_COUNT},    {"updated_at", DAQS_COLUMN_TIME},
        {"updated_by", DAQS_COLUMN_TEXT}, {"uuid", DAQS_COLUMN_TEXT},
    };
    struct world *w = *state;
    struct daqs_table table;
    const struct sla best_effort = {.min = 0, .max = DAQS_UNLIMITED, .weight = 3};
    node1(w);
    assert_int_equal(ledger_put(w->ledger, "node0", "web9", &best_effort, 88, "bob"), DAQS_OK);
    assert_true(ledger_set_uuid(w->ledger, "node0", "web9", "u-web9"));
    assert_false(view_slas(w->ledger, &all, &table));
    assert_columns(&table, 8, columns);
    assert_int_equal(daqs_table_rows(&table), 2);
    assert_row(&table, 0, "node0 web9 0 - 3 88 bob u-web9");
    assert_row(&table, 1, "node1 db1 2000000000 6000000000 5 77 alice ");
    daqs_table_done(&table);
}

static void nothing_is_an_empty_table(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    assert_false(view_all(w, view_hosts, start, &table));
    assert_int_equal(daqs_table_rows(&table), 0);
    assert_int_equal(table.columns, 13);
    daqs_table_done(&table);
    assert_false(view_all(w, view_vms, start, &table));
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
    assert_false(view_slas(w->ledger, &all, &table));
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
}

/* --- parts of views --- */

enum view { HOSTS, VMS, SLAS };

static bool look(struct world *w, enum view view, struct view_range *range, struct daqs_table *ret)
{
    const struct view_scene scene = scene_at(w, start);
    switch (view) {
    case HOSTS:
        return view_hosts(&scene, range, ret);
    case VMS:
        return view_vms(&scene, range, ret);
    case SLAS:
        break;
    }
    return view_slas(w->ledger, range, ret);
}

static void a_view_can_be_of_one_host(void **state)
{
    static const size_t rows[] = {[HOSTS] = 2, [VMS] = 4, [SLAS] = 1};
    struct world *w = *state;
    node1(w);
    node2(w);
    const struct sla sla = {.min = 0, .max = DAQS_UNLIMITED, .weight = 3};
    assert_int_equal(ledger_put(w->ledger, "node2", "db1", &sla, 88, "bob"), DAQS_OK);
    for (enum view view = HOSTS; view <= SLAS; view++) {
        struct view_range range = {.host = "node1"};
        struct daqs_table table;
        assert_false(look(w, view, &range, &table));
        assert_int_equal(daqs_table_rows(&table), rows[view]);
        for (size_t row = 0; row < rows[view]; row++)
            assert_string_equal(daqs_table_at(&table, row, 0)->text, "node1");
        daqs_table_done(&table);
        range.host = "node"; /* not a prefix */
        assert_false(look(w, view, &range, &table));
        assert_int_equal(daqs_table_rows(&table), 0);
        daqs_table_done(&table);
    }
}

/* Adds a host with this number of uplinks and of VMs with one nic each. */
static void big_host(struct world *w, const char *name, uint32_t uplinks, uint32_t vms)
{
    struct daqs_uplink_info *uplink = calloc(uplinks, sizeof *uplink);
    struct daqs_vm_info *vm = calloc(vms + 1U, sizeof *vm);
    struct daqs_nic_info *nic = calloc(vms + 1U, sizeof *nic);
    char(*text)[16] = calloc(uplinks + vms, sizeof *text);
    for (uint32_t i = 0; i < uplinks; i++) {
        (void)snprintf(text[i], sizeof text[i], "up%u", i);
        uplink[i] = (struct daqs_uplink_info){text[i], GBIT};
    }
    for (uint32_t i = 0; i < vms; i++) {
        (void)snprintf(text[uplinks + i], sizeof text[i], "vm%04u", i);
        vm[i] = (struct daqs_vm_info){.name = text[uplinks + i], .uuid = ""};
        nic[i] =
            (struct daqs_nic_info){.vm = i, .mac = {{2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}}};
    }
    const struct daqs_inventory inventory = {uplinks, vms, vms, uplink, vm, nic, 0, NULL};
    hello(w, name, &inventory);
    free(uplink);
    free(vm);
    free(nic);
    free(text);
}

/* Reads a view part by part and checks every row: there are 'per_host' rows for each host, in
 * order, and the column 'which' counts them. */
static void assert_parts(struct world *w, enum view view, const char *host, uint32_t first_host,
                         size_t total, size_t per_host, size_t which, const char *prefix)
{
    struct view_range range = {.host = host};
    size_t seen = 0;
    bool more = true;
    while (more) {
        struct daqs_table table;
        more = look(w, view, &range, &table);
        size_t rows = daqs_table_rows(&table);
        assert_false(table.failed);
        assert_int_equal(rows, more ? VIEW_ROWS : total - seen);
        for (size_t row = 0; row < rows; row++) {
            char expected[32];
            size_t n = seen + row;
            (void)snprintf(expected, sizeof expected, "node%04zu", first_host + n / per_host);
            assert_string_equal(daqs_table_at(&table, row, 0)->text, expected);
            (void)snprintf(expected, sizeof expected, "%s%0*zu", prefix, view == VMS ? 4 : 1,
                           n % per_host);
            assert_string_equal(daqs_table_at(&table, row, which)->text, expected);
        }
        seen += rows;
        if (view == SLAS)
            range.skip = seen;
        daqs_table_done(&table);
    }
    assert_int_equal(seen, total);
}

static void many_vms_come_in_parts_that_join(void **state)
{
    struct world *w = *state;
    big_host(w, "node0000", 1, 1700);
    big_host(w, "node0001", 1, 1700);
    big_host(w, "node0002", 1, 1700);
    assert_parts(w, VMS, "", 0, 5100, 1700, 1, "vm");
    assert_parts(w, VMS, "node0002", 2, 1700, 1700, 1, "vm");
}

static void one_host_may_need_several_parts(void **state)
{
    struct world *w = *state;
    big_host(w, "node0000", 1, 10);
    big_host(w, "node0001", 1, DAQS_MAX_VMS);
    big_host(w, "node0002", 1, 10);
    assert_parts(w, VMS, "node0001", 1, DAQS_MAX_VMS, DAQS_MAX_VMS, 1, "vm");
}

static void many_hosts_come_in_parts_that_join(void **state)
{
    enum { MANY = 1700 };
    struct world *w = *state;
    for (int i = 0; i < MANY; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "node%04d", i);
        big_host(w, name, 3, 0); /* parts end between the uplinks of a host */
    }
    assert_parts(w, HOSTS, "", 0, MANY * 3, 3, 2, "up");
}

static void many_slas_come_in_parts_that_join(void **state)
{
    enum { MANY = 2 * VIEW_ROWS + 1 };
    struct world *w = *state;
    const struct sla sla = {.min = GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    for (int i = MANY - 1; i >= 0; i--) {
        char name[16];
        (void)snprintf(name, sizeof name, "node%04d", i);
        assert_int_equal(ledger_put(w->ledger, name, "vm0", &sla, 0, "eve"), DAQS_OK);
    }
    assert_parts(w, SLAS, "", 0, MANY, 1, 1, "vm");
}

static void a_view_that_just_fits_is_one_part(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    big_host(w, "node0000", 1, VIEW_ROWS);
    assert_false(view_all(w, view_vms, start, &table));
    assert_int_equal(daqs_table_rows(&table), VIEW_ROWS);
    daqs_table_done(&table);
    big_host(w, "node0001", 1, 1);
    assert_true(view_all(w, view_vms, start, &table));
    assert_int_equal(daqs_table_rows(&table), VIEW_ROWS);
    daqs_table_done(&table);
}

/* Names of maximum length: fewer rows fit into a part, and none may be lost. */
static void long_names_make_shorter_parts(void **state)
{
    enum { MANY = 3000 };
    struct world *w = *state;
    const struct sla sla = {.min = GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    struct view_range range = {.host = ""};
    char host[256];
    char vm[256];
    memset(host, 'h', 255);
    host[255] = '\0';
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(vm, sizeof vm, "%0255d", i);
        assert_int_equal(ledger_put(w->ledger, host, vm, &sla, 0, host), DAQS_OK);
    }
    bool more = true;
    while (more) {
        struct daqs_table table;
        more = view_slas(w->ledger, &range, &table);
        size_t rows = daqs_table_rows(&table);
        assert_false(table.failed);
        assert_true(rows > 0);
        for (size_t row = 0; row < rows; row++)
            assert_int_equal(atoi(daqs_table_at(&table, row, 1)->text), range.skip + row);
        range.skip += rows;
        daqs_table_done(&table);
    }
    assert_int_equal(range.skip, MANY);
}

static void hosts_that_come_and_go_shift_no_row_of_the_next_part(void **state)
{
    struct world *w = *state;
    const struct view_scene scene = scene_at(w, start);
    struct view_range range = {.host = ""};
    struct daqs_table table;
    big_host(w, "node0001", 1, 1500);
    big_host(w, "node0003", 1, 1500);
    assert_true(view_vms(&scene, &range, &table));
    assert_string_equal(range.from, "node0003");
    assert_int_equal(range.skip, 500);
    daqs_table_done(&table);
    big_host(w, "node0000", 1, 700);
    roster_forget(w->roster, "node0001");
    assert_false(view_vms(&scene, &range, &table));
    assert_int_equal(daqs_table_rows(&table), 1000);
    assert_string_equal(daqs_table_at(&table, 0, 0)->text, "node0003");
    assert_string_equal(daqs_table_at(&table, 0, 1)->text, "vm0500");
    daqs_table_done(&table);
    roster_forget(w->roster, "node0003"); /* the part then begins after it */
    big_host(w, "node0004", 1, 2);
    range = (struct view_range){.host = "", .from = "node0003", .skip = 500};
    assert_false(view_vms(&scene, &range, &table));
    assert_int_equal(daqs_table_rows(&table), 2);
    daqs_table_done(&table);
}

/* --- hosts that have not been heard --- */

static void a_host_that_was_not_heard_is_away_since_it_is_listed(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    (void)node2(w);
    const struct sla sla = {.min = GBIT, .max = 2 * GBIT, .weight = 3};
    const struct sla best_effort = {.min = 0, .max = DAQS_UNLIMITED, .weight = 2};
    assert_int_equal(ledger_put(w->ledger, "node1", "web1", &sla, 0, "eve"), DAQS_OK);
    assert_int_equal(ledger_put(w->ledger, "node1", "db1", &best_effort, 0, "eve"), DAQS_OK);
    roster_load(w->roster, w->ledger, start - 7000);
    roster_set(w->roster, "node3", ROSTER_HAS_KEY, true, start - 5000);
    assert_false(view_all(w, view_hosts, start, &table));
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_row(&table, 0, "node1 away - - - 1000000000 - - - - - - 1799999993000");
    assert_row(&table, 1, "node2 up up0 1000000000 0 0 1 - 0 0 minimum - -");
    assert_row(&table, 2, "node3 away - - - 0 - - - - - - 1799999995000");
    daqs_table_done(&table);
    roster_note_heard(w->roster, "node1", 1234); /* before the start */
    assert_false(view_all(w, view_hosts, start, &table));
    assert_row(&table, 0, "node1 away - - - 1000000000 - - - - - - 1234");
    daqs_table_done(&table);
    assert_false(view_all(w, view_vms, start, &table));
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_vm_row(&table, 0, "node1 db1 - - - - 0 - 2 away no message from the host's agent");
    assert_vm_row(
        &table, 1,
        "node1 web1 - - - - 1000000000 2000000000 3 away no message from the host's agent");
    daqs_table_done(&table);
    assert_false(view_all(w, view_nics, start, &table));
    assert_int_equal(daqs_table_rows(&table), 1);
    daqs_table_done(&table);
}

static void a_host_without_uplinks_is_listed(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    const struct daqs_inventory inventory = {0};
    (void)hello(w, "node1", &inventory);
    assert_false(view_all(w, view_hosts, start, &table));
    assert_row(&table, 0, "node1 up - - - 0 0 - - - - - -");
    daqs_table_done(&table);
}

static void vms_are_listed_in_the_order_of_their_names(void **state)
{
    static const char *const expected[] = {"a", "b", "b", "c"};
    struct world *w = *state;
    struct daqs_uplink_info uplink[] = {{"up0", GBIT}};
    struct daqs_vm_info vm[] = {
        {.name = "c", .uuid = ""}, {.name = "b", .uuid = ""}, {.name = "a", .uuid = ""}};
    struct daqs_nic_info nic[] = {{1, 0, {{2, 0, 0, 0, 0, 4}}, 0},
                                  {0, 0, {{2, 0, 0, 0, 0, 1}}, 0},
                                  {2, 0, {{2, 0, 0, 0, 0, 2}}, 0},
                                  {1, 0, {{2, 0, 0, 0, 0, 3}}, 0}};
    const struct daqs_inventory inventory = {1, 3, 4, uplink, vm, nic, 0, NULL};
    struct daqs_table table;
    (void)hello(w, "node1", &inventory);
    assert_false(view_all(w, view_vms, start, &table));
    assert_int_equal(daqs_table_rows(&table), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(daqs_table_at(&table, i, 1)->text, expected[i]);
    assert_string_equal(daqs_table_at(&table, 1, 2)->text, "02:00:00:00:00:04"); /* as reported */
    daqs_table_done(&table);
}

static void past_the_end_is_nothing(void **state)
{
    struct view_range beyond = {.host = "", .from = "node2", .skip = 1000000};
    struct world *w = *state;
    node1(w);
    for (enum view view = HOSTS; view <= SLAS; view++) {
        struct daqs_table table;
        assert_false(look(w, view, &beyond, &table));
        assert_int_equal(daqs_table_rows(&table), 0);
        daqs_table_done(&table);
    }
}

static void hosts_show_what_operators_have_set(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    node2(w);
    node1(w)->uplink[1].mode = POLICY_MODE_OFF;
    assert_int_equal(maintenance_put(w->maintenance, "node1", 1234, "kim"), DAQS_OK);
    assert_false(view_all(w, view_hosts, start, &table));
    assert_row(&table, 2, "node2 up up0 1000000000 0 0 1 - 0 0 minimum - -");
    assert_row(&table, 0, "node1 up up0 10000000000 0 2000000000 2 - 0 2124309392 minimum 1234 -");
    assert_row(&table, 1, "node1 up up1 4000000000 0 0 1 - 0 0 off 1234 -");
    daqs_table_done(&table);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

/* Without headroom. Guarantees as guests count them are 5.9 % less than what they take on the
 * wire. */
static void uplinks_with_room_come_in_the_order_of_their_room(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    node1(w);
    node2(w);
    const struct sla absent = {.min = GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, "node1", "later", &absent, 77, "alice"), DAQS_OK);
    view_fit(w->fleet, w->ledger, MBIT, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_row(&table, 0, "node1 up0 10000000000 3000000000 6414824447");
    assert_row(&table, 1, "node1 up1 4000000000 1000000000 2765929779");
    assert_row(&table, 2, "node2 up0 1000000000 0 941482444");
    daqs_table_done(&table);
    view_fit(w->fleet, w->ledger, 941482444, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 3);
    daqs_table_done(&table);
    view_fit(w->fleet, w->ledger, 941482446, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 2);
    daqs_table_done(&table);
    view_fit(w->fleet, w->ledger, MBIT, 0, start + 60000, &table,
             &unenforced); /* all hosts are away */
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
}

static void uplinks_without_guarantees_are_left_out_and_counted(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node1(w);
    host->uplink[0].mode = POLICY_MODE_OFF;
    host->uplink[1].mode = POLICY_MODE_WEIGHTED;
    node2(w);
    view_fit(w->fleet, w->ledger, MBIT, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 1);
    assert_row(&table, 0, "node2 up0 1000000000 0 941482444");
    assert_int_equal(unenforced, 2);
    daqs_table_done(&table);
    host->uplink[1].mode = POLICY_MODE_MINIMUM;
    view_fit(w->fleet, w->ledger, MBIT, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 2);
    assert_int_equal(unenforced, 1);
    daqs_table_done(&table);
}

static void of_very_many_uplinks_those_with_most_room_are_listed(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    for (int i = 0; i <= VIEW_ROWS; i++) {
        struct daqs_uplink_info uplink[] = {{"up0", (i < VIEW_ROWS ? 10 : 4) * GBIT}};
        const struct daqs_inventory inventory = {1, 0, 0, uplink, NULL, NULL, 0, NULL};
        char host[16];
        (void)snprintf(host, sizeof host, "node%04d", i);
        (void)hello(w, host, &inventory);
    }
    assert_true(view_fit(w->fleet, w->ledger, MBIT, 0, start, &table, &unenforced));
    assert_int_equal(daqs_table_rows(&table), VIEW_ROWS);
    assert_int_equal(daqs_table_at(&table, VIEW_ROWS - 1, 2)->number, 10 * GBIT);
    daqs_table_done(&table);
    assert_false(view_fit(w->fleet, w->ledger, 5 * GBIT, 0, start, &table, &unenforced));
    assert_int_equal(daqs_table_rows(&table), VIEW_ROWS);
    daqs_table_done(&table);
}

static void an_uplink_of_unknown_or_exceeded_capacity_has_no_room(void **state)
{
    struct world *w = *state;
    struct daqs_table table;
    struct fleet_host *host = node2(w);
    const struct sla more = {.min = 2 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, "node2", "db1", &more, 77, "alice"), DAQS_OK);
    fleet_refresh_slas(host, w->ledger);
    view_fit(w->fleet, w->ledger, 1, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
    host->uplink[0].capacity = 0;
    view_fit(w->fleet, w->ledger, 1, 0, start, &table, &unenforced);
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(hosts_have_a_row_for_every_uplink),
        IN_WORLD(hosts_show_what_operators_have_set),
        IN_WORLD(uplinks_without_guarantees_are_left_out_and_counted),
        IN_WORLD(uplinks_with_room_come_in_the_order_of_their_room),
        IN_WORLD(of_very_many_uplinks_those_with_most_room_are_listed),
        IN_WORLD(an_uplink_of_unknown_or_exceeded_capacity_has_no_room),
        IN_WORLD(vms_have_a_row_for_every_nic),
        IN_WORLD(the_cause_of_a_nic_comes_before_the_policys_reason),
        IN_WORLD(g8_vfs_that_nobody_watches_come_behind_the_nics_of_their_vm),
        IN_WORLD(the_cause_of_a_nic_that_is_well_is_a_remark),
        IN_WORLD(a_vm_that_uses_all_of_its_limit_is_capped),
        IN_WORLD(traffic_of_nics_and_guarantees_of_vms_are_counted),
        IN_WORLD(states_of_a_newer_agent_are_survived),
        IN_WORLD(an_away_host_is_shown_as_away_without_usage),
        IN_WORLD(usage_stands_until_it_is_stale),
        IN_WORLD(slas_have_a_row_each),
        IN_WORLD(nothing_is_an_empty_table),
        IN_WORLD(a_view_can_be_of_one_host),
        IN_WORLD(many_vms_come_in_parts_that_join),
        IN_WORLD(one_host_may_need_several_parts),
        IN_WORLD(many_hosts_come_in_parts_that_join),
        IN_WORLD(many_slas_come_in_parts_that_join),
        IN_WORLD(a_view_that_just_fits_is_one_part),
        IN_WORLD(long_names_make_shorter_parts),
        IN_WORLD(hosts_that_come_and_go_shift_no_row_of_the_next_part),
        IN_WORLD(a_host_that_was_not_heard_is_away_since_it_is_listed),
        IN_WORLD(a_host_without_uplinks_is_listed),
        IN_WORLD(vms_are_listed_in_the_order_of_their_names),
        IN_WORLD(past_the_end_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
