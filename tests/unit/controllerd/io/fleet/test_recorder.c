/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdlib.h>

#include "controllerd/core/policy/accounting.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/violations.h"

/* Host "node1" with the VM "db1", which has two nics: MAC addresses that end in 1 and 2. */
struct scene {
    struct box *box;
    struct controller_config config;
    struct fleet *fleet;
    struct ledger *ledger;
    struct accounting *accounting;
    struct violations *violations;
    struct recorder *recorder;
    struct fleet_host *host;
    uint64_t generation;
    uint64_t sequence;
};

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    s->config = (struct controller_config){
        .resolution_ms = 1000, .keep = {{600000, 600000, 600000}}, .limits = {.names = 100}};
    s->fleet = fleet_new(2, 8);
    s->ledger = ledger_new();
    s->accounting = accounting_new();
    s->violations = violations_new(NULL, s->fleet, s->accounting);
    s->recorder = recorder_new(&(struct recorder_setup){.fleet = s->fleet,
                                                        .accounting = s->accounting,
                                                        .store = s->box->store,
                                                        .violations = s->violations,
                                                        .config = &s->config},
                               0);
    return s->fleet && s->ledger && s->violations && s->recorder ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    close_store(s->box);
    recorder_free(s->recorder);
    violations_free(s->violations);
    accounting_free(s->accounting);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    free(s);
    return remove_all(&box);
}

/* As the bus does. */
static void hello(struct scene *s, uint8_t first_mac, uint8_t second_mac)
{
    struct daqs_uplink_info uplink[] = {{"up0", 10 * GBIT}};
    struct daqs_vm_info vm[] = {{.name = "db1", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, first_mac}}, 0},
                                  {0, 0, {{2, 0, 0, 0, 0, second_mac}}, 0}};
    const struct daqs_inventory inventory = {1, 1, 2, uplink, vm, nic, 0, NULL};
    recorder_close(s->recorder, "node1");
    assert_int_equal(fleet_hello(s->fleet, s->ledger, "node1", "1.0", 1, ++s->generation, 100,
                                 &inventory, 1, &s->host, NULL),
                     DAQS_OK);
    assert_true(recorder_hello(s->recorder, s->host));
    assert_true(accounting_hello(s->accounting, s->host));
}

/* A report in that second, of this many Mbit/s on each nic since the second before. */
static void report(struct scene *s, int64_t wall_s, unsigned first, unsigned second)
{
    const struct daqs_nic_reading reading[] = {
        {.state = DAQS_NIC_OK, .sample = {.interval_us = 1000000, .tx_bytes = first * MBIT / 8}},
        {.state = DAQS_NIC_OK, .sample = {.interval_us = 1000000, .tx_bytes = second * MBIT / 8}}};
    recorder_report(s->recorder, s->host, wall_s * 1000);
    assert_true(
        fleet_report(s->host, s->generation, ++s->sequence, UINT64_MAX, reading, 2, wall_s * 1000));
    accounting_note(s->accounting, s->host, reading, wall_s * 1000);
}

/* Lets the recorder pass on what it has, and waits until the store has done all of it. */
static void pass_on(struct scene *s, int64_t wall_s)
{
    recorder_tick(s->recorder, wall_s * 1000);
    assert_int_equal(write_points(s->box, new_points(wall_s), NULL), DAQS_OK);
}

static void each_second_becomes_history(void **state)
{
    struct scene *s = *state;
    hello(s, 1, 2);
    pass_on(s, 999); /* the nics get their numbers */
    report(s, 1000, 5, 7);
    report(s, 1001, 6, 8);
    report(s, 1002, 9, 9);
    pass_on(s, 1002);
    assert_history(s->box, "db1", 900, 1100, 1,
                   "1000 1 5 - -, 1000 2 7 - -, 1001 1 6 - -, 1001 2 8 - -");
    assert_int_equal(recorder_state(s->recorder).history_lost, 0);
}

/* What comes after the hello counts to the same second while the numbers are asked for again: its
 * rates are means of both parts. */
static void numbers_follow_nics_to_a_new_inventory(void **state)
{
    struct scene *s = *state;
    hello(s, 1, 2);
    pass_on(s, 999);
    report(s, 1000, 10, 30);
    hello(s, 2, 1);
    report(s, 1001, 50, 2);
    report(s, 1006, 1, 1); /* no longer waits for the numbers, of which it has all */
    recorder_stop(s->recorder, 1006000);
    assert_int_equal(write_points(s->box, new_points(1006), NULL), DAQS_OK);
    assert_history(s->box, "db1", 900, 1003, 1, "1000 1 6 - -, 1000 2 40 - -");
    assert_int_equal(recorder_state(s->recorder).history_lost, 0);
}

static void while_nics_have_no_numbers_a_second_waits_for_them(void **state)
{
    struct scene *s = *state;
    hello(s, 1, 2);
    report(s, 1000, 5, 7);
    report(s, 1004, 6, 8); /* still the first second */
    pass_on(s, 1004);
    report(s, 1005, 1, 1);
    pass_on(s, 1005);
    assert_history(s->box, "db1", 900, 1100, 1, "1000 1 6 - -, 1000 2 8 - -");
    assert_int_equal(recorder_state(s->recorder).history_lost, 0);
}

static void what_never_got_a_number_is_counted_as_lost(void **state)
{
    struct scene *s = *state;
    hello(s, 1, 2);
    report(s, 1000, 5, 7);
    report(s, 1005, 6, 8); /* nobody numbers them */
    assert_int_equal(recorder_state(s->recorder).history_lost, 2);
}

static void the_last_second_of_a_forgotten_host_is_kept(void **state)
{
    struct scene *s = *state;
    hello(s, 1, 2);
    pass_on(s, 999);
    report(s, 1000, 5, 7);
    recorder_forget(s->recorder, s->host);
    accounting_forget(s->accounting, s->host);
    fleet_forget(s->fleet, 0);
    pass_on(s, 1001);
    assert_history(s->box, "db1", 900, 1100, 1, "1000 1 5 - -, 1000 2 7 - -");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_second_becomes_history),
        CASE(numbers_follow_nics_to_a_new_inventory),
        CASE(while_nics_have_no_numbers_a_second_waits_for_them),
        CASE(what_never_got_a_number_is_counted_as_lost),
        CASE(the_last_second_of_a_forgotten_host_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
