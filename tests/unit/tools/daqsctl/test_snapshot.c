/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "tools/daqsctl/snapshot.h"

static const struct daqs_column host_columns[] = {
    {"host", DAQS_COLUMN_TEXT},        {"state", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},      {"capacity_bps", DAQS_COLUMN_RATE},
    {"usage_bps", DAQS_COLUMN_RATE},   {"guaranteed_bps", DAQS_COLUMN_RATE},
    {"maintenance", DAQS_COLUMN_TIME},
};
static const struct daqs_column vm_columns[] = {
    {"host", DAQS_COLUMN_TEXT},   {"vm", DAQS_COLUMN_TEXT},        {"nic", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT}, {"usage_bps", DAQS_COLUMN_RATE}, {"min_bps", DAQS_COLUMN_RATE},
    {"state", DAQS_COLUMN_TEXT},  {"reason", DAQS_COLUMN_TEXT},
};
static const struct daqs_column status_columns[] = {{"name", DAQS_COLUMN_TEXT},
                                                    {"value", DAQS_COLUMN_TEXT}};

static int begin(void **state)
{
    static struct snapshot snapshot;
    snapshot_init(&snapshot);
    *state = &snapshot;
    return 0;
}

static int end(void **state)
{
    snapshot_done(*state);
    return 0;
}

static void add_host(struct snapshot *snapshot, const char *host, const char *state,
                     const char *uplink, daqs_bps usage)
{
    struct daqs_table table;
    daqs_table_init(&table, host_columns, 7, 4096);
    daqs_table_text(&table, host);
    daqs_table_text(&table, state);
    daqs_table_text(&table, uplink);
    daqs_table_rate(&table, 10 * GBIT);
    daqs_table_rate(&table, usage);
    daqs_table_rate(&table, 0);
    if (strcmp(host, "node1") == 0)
        daqs_table_number(&table, 1234);
    else
        daqs_table_empty(&table);
    assert_true(snapshot_add_hosts(snapshot, &table));
    daqs_table_done(&table);
}

static void add_vms(struct snapshot *snapshot, const char *host, const char *vm, const char *uplink,
                    daqs_bps min, size_t times)
{
    struct daqs_table table;
    daqs_table_init(&table, vm_columns, 8, 65536);
    for (size_t i = 0; i < times; i++) {
        daqs_table_text(&table, host);
        daqs_table_text(&table, vm);
        daqs_table_text(&table, "a");
        daqs_table_text(&table, uplink);
        daqs_table_rate(&table, GBIT);
        daqs_table_rate(&table, min);
        daqs_table_text(&table, "ok");
        daqs_table_text(&table, "");
    }
    assert_true(snapshot_add_vms(snapshot, &table));
    daqs_table_done(&table);
}

static void sums_are_of_hosts_that_are_up(void **state)
{
    struct snapshot *snapshot = *state;
    add_host(snapshot, "node2", "up", "up0", GBIT);
    add_host(snapshot, "node1", "up", "up0", 2 * GBIT);
    add_host(snapshot, "node1", "up", "up1", 3 * GBIT);
    add_host(snapshot, "node3", "away", "up0", 9 * GBIT);
    snapshot_complete(snapshot);
    struct snapshot_sum sum = snapshot_sum(snapshot);
    assert_int_equal(sum.hosts, 3);
    assert_int_equal(sum.hosts_up, 2);
    assert_int_equal(sum.maintenance, 1); /* node1, with both uplinks */
    assert_int_equal(sum.usage, 6 * GBIT);
    assert_int_equal(sum.capacity, 30 * GBIT);
}

/* An SLA belongs to a VM, however many nics it has. */
static void guarantees_are_counted_by_vm(void **state)
{
    struct snapshot *snapshot = *state;
    add_vms(snapshot, "node1", "db1", "up0", GBIT, 2);
    add_vms(snapshot, "node1", "db2", "up0", 0, 1);
    add_vms(snapshot, "node2", "db2", "up0", GBIT, 1);
    assert_int_equal(snapshot_sum(snapshot).guarantees, 2);
}

static void nics_know_their_uplinks(void **state)
{
    struct snapshot *snapshot = *state;
    add_host(snapshot, "node2", "up", "up0", GBIT);
    add_host(snapshot, "node1", "up", "up1", GBIT);
    add_vms(snapshot, "node1", "db1", "up1", 0, 1);
    add_vms(snapshot, "node1", "db1", "up9", 0, 1);
    snapshot_complete(snapshot);
    assert_int_equal(snapshot->nic[0].capacity, 10 * GBIT);
    assert_int_equal(snapshot->nic[1].capacity, 0);
    assert_int_equal(snapshot->nic[0].limit, DAQS_UNLIMITED); /* a missing column */
}

static void missed_guarantees_come_from_the_status(void **state)
{
    struct snapshot *snapshot = *state;
    struct daqs_table table;
    assert_false(snapshot->has_missed);
    daqs_table_init(&table, status_columns, 2, 4096);
    daqs_table_text(&table, "hosts");
    daqs_table_text(&table, "9");
    snapshot_add_status(snapshot, &table);
    assert_false(snapshot->has_missed);
    daqs_table_text(&table, "guarantees_missed");
    daqs_table_text(&table, "3");
    snapshot_add_status(snapshot, &table);
    daqs_table_done(&table);
    assert_true(snapshot->has_missed);
    assert_int_equal(snapshot->missed, 3);
}

/* Each list leaves them out. */
static void members_that_are_left_out_are_named_once(void **state)
{
    struct snapshot *snapshot = *state;
    struct wire_missing member[2 * PICTURE_MEMBERS_MOST] = {{"c3", 1950}, {"c2", 1}};
    char name[2 * PICTURE_MEMBERS_MOST][8];
    assert_true(snapshot_add_left_out(snapshot, member, 2));
    assert_true(snapshot_add_left_out(snapshot, member, 1));
    assert_int_equal(snapshot->left_out, 2);
    assert_string_equal(snapshot->left_out_member[1].member, "c2");
    assert_int_equal(snapshot->left_out_member[0].hosts, 1950);
    for (size_t i = 0; i < 2 * PICTURE_MEMBERS_MOST; i++) {
        (void)snprintf(name[i], sizeof name[i], "m%zu", i);
        member[i].member = name[i];
    }
    assert_true(snapshot_add_left_out(snapshot, member, 2 * PICTURE_MEMBERS_MOST));
    assert_int_equal(snapshot->left_out, PICTURE_MEMBERS_MOST);
}

static void a_fleet_that_is_too_large_is_cut(void **state)
{
    struct snapshot *snapshot = *state;
    for (size_t i = 0; i < PICTURE_NICS_MOST; i += 512)
        add_vms(snapshot, "node1", "db1", "up0", 0, 512);
    assert_int_equal(snapshot->nics, PICTURE_NICS_MOST);
    assert_false(snapshot->cut);
    add_vms(snapshot, "node1", "db1", "up0", 0, 1);
    assert_int_equal(snapshot->nics, PICTURE_NICS_MOST);
    assert_true(snapshot->cut);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sums_are_of_hosts_that_are_up),    CASE(guarantees_are_counted_by_vm),
        CASE(nics_know_their_uplinks),          CASE(missed_guarantees_come_from_the_status),
        CASE(a_fleet_that_is_too_large_is_cut), CASE(members_that_are_left_out_are_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
