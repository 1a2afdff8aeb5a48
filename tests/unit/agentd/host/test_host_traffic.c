/* SPDX-License-Identifier: Apache-2.0 */
/* What a report contains about uplinks, given what PFs and guests' nics have sent. */
#include "tests/lib/check.h"

#include "agentd/host/host_traffic.h"
#include "tests/lib/fake_pf.h"

enum { NICS = 3, POLL_MS = 100, UPLINKS = 2 };

static struct uplink uplink[UPLINKS];
static struct daqs_log_budget budget;
static struct guests guests;
static struct inventory *inventory;
static struct host_pfs *pfs;
static struct host_traffic *traffic;
static struct host_pf *up0;
static const struct pace pace = {.interval_ms = POLL_MS};
static struct daqs_nic_reading reading[NICS];
static struct daqs_uplink_reading told[DAQS_MAX_UPLINKS];
static int64_t now_ms;

static void add_guest(const char *name, uint8_t number, uint32_t on)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 0, number}}, .uplink = on, .vf = -1};
    struct guest *guest = guests_add(&guests, name, "");
    assert_non_null(guest);
    assert_int_equal(guests_set_nics(&guests, guest, &place, 1), DAQS_OK);
}

/* Opens the PFs of the uplinks as they are configured now; the second uplink has none here. */
static void open_pfs(void)
{
    host_traffic_free(traffic);
    host_pfs_free(pfs);
    pfs = fake_pfs_new(uplink, UPLINKS, "/nowhere", &budget);
    assert_non_null(pfs);
    up0 = host_pfs_at(pfs, 0);
    traffic = host_traffic_new(&(struct host_traffic_setup){
        .pfs = pfs, .guests = &guests, .inventory = inventory, .pace = &pace, .budget = &budget});
    assert_non_null(traffic);
}

/* Two guests are on the first uplink; one is on the second. */
static int setup(void **state)
{
    static const daqs_bps capacity[UPLINKS];
    (void)state;
    uplink[0] = (struct uplink){.name = "up0"};
    uplink[1] = (struct uplink){.name = "up0"}; /* the same interface: it is opened once */
    guests_init(&guests);
    add_guest("a", 0, 0);
    add_guest("b", 1, 0);
    add_guest("c", 2, 1);
    inventory = inventory_new(&(struct inventory_setup){
        .guests = &guests, .uplink = uplink, .uplinks = UPLINKS, .capacity = capacity});
    assert_non_null(inventory);
    assert_int_equal(inventory_rebuild(inventory), DAQS_OK);
    open_pfs();
    now_ms = 1000;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    host_traffic_free(traffic);
    host_pfs_free(pfs);
    traffic = NULL;
    pfs = NULL;
    inventory_free(inventory);
    guests_done(&guests);
    return 0;
}

/* Makes a poll in which the PF counts and the nics send this many bytes. Returns the number of
 * uplinks in the report. */
static uint32_t poll(uint64_t pf, uint64_t a, uint64_t b)
{
    const uint64_t sent[NICS] = {a, b, 0};
    static uint64_t counted;
    now_ms += POLL_MS;
    counted += pf;
    const struct port_facts found = {.pf_known = true,
                                     .pf = {now_ms * 1000 - 500, counted, counted / 1000}};
    host_traffic_take(traffic, up0, &found);
    for (size_t i = 0; i < NICS; i++)
        reading[i] = (struct daqs_nic_reading){
            .state = DAQS_NIC_OK,
            .sample = {.interval_us = POLL_MS * 1000,
                       .tx_bytes = sent[i],
                       .tx_packets = sent[i] / 1000},
            .source = DAQS_SOURCE_GUEST,
        };
    return host_traffic_report(traffic, reading, now_ms, told);
}

static void unknown_uplinks_are_not_sent(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(poll(1000000, 1000000, 1000000), 0);
}

static void a_known_uplink_is_reported_next_to_an_unknown_one(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        (void)poll(1000000, 0, 0);
    assert_int_equal(poll(1000000, 1000, 1000), UPLINKS);
    assert_int_equal(told[0].own_interval_us, POLL_MS * 1000);
    assert_int_equal(told[0].own_bytes, 1000000);
    assert_int_equal(told[0].port_interval_us, 0);
    assert_int_equal(told[1].own_interval_us, 0);
}

static void the_traffic_of_all_guests_is_compared_with_the_pfs_counters(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        (void)poll(500000, 1500000, 1500000);
    assert_int_equal(host_traffic_facts(traffic, up0)->own.scope, OWN_APART);
    assert_int_equal(told[0].own_bytes, 500000);
}

/* As in a LAG: the nic of a is on the first PF, that of b on the second. */
static void n7_the_traffic_of_the_pfs_of_an_uplink_is_added(void **state)
{
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"up0", "up1"}, .pfs = 2};
    open_pfs();
    struct host_pf *second = host_pfs_at(pfs, host_pfs_place(0, 1));
    guests.guest[1]->nic[0].pf = 1;
    for (int i = 0; i < 5; i++) {
        const int64_t at_us = (now_ms + POLL_MS) * 1000 - 500;
        const struct port_facts found = {.pf_known = true,
                                         .pf = {at_us, (uint64_t)i * 70000, (uint64_t)i * 70}};
        host_traffic_take(traffic, second, &found);
        (void)poll(1000000, 1000, 1000);
    }
    assert_int_equal(told[0].own_interval_us, POLL_MS * 1000);
    assert_int_equal(told[0].own_bytes, 1070000);
    assert_int_equal(host_traffic_facts(traffic, second)->own.window.nics_bytes,
                     5 * 1000); /* only b's */
    for (int i = 0; i < 5; i++) /* the second PF has no new readings */
        assert_int_equal(poll(1000000, 1000, 1000), 0);
}

/* Two functions of one card may share a port, whose counters both show. */
static void n7_a_port_that_pfs_may_share_is_not_reported(void **state)
{
    static const struct {
        const char *id[2];
        bool reported;
    } cases[] = {{{"a", "b"}, true}, {{"a", "a"}, false}, {{"a", ""}, false}, {{"", ""}, false}};
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"up0", "up1"}, .pfs = 2};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        open_pfs();
        for (uint32_t nth = 0; nth < 2; nth++)
            (void)strcpy(host_pfs_at(pfs, host_pfs_place(0, nth))->port_id, cases[c].id[nth]);
        for (int i = 0; i < 5; i++) {
            now_ms += POLL_MS;
            const struct port_reading at = {now_ms * 1000 - 500, (uint64_t)i * 70000,
                                            (uint64_t)i * 70};
            const struct port_facts found = {.port_asked = true, .port_known = true, .port = at};
            for (uint32_t nth = 0; nth < 2; nth++)
                host_traffic_take(traffic, host_pfs_at(pfs, host_pfs_place(0, nth)), &found);
            (void)host_traffic_report(traffic, reading, now_ms, told);
        }
        assert_int_equal(told[0].port_bytes, cases[c].reported ? 140000 : 0);
    }
}

static void find_link(struct host_pf *pf, enum daqs_link link)
{
    const struct port_facts found = {.link = link, .link_us = now_ms * 1000};
    host_traffic_take(traffic, pf, &found);
}

static void a_link_is_reported_even_if_nothing_else_is_known(void **state)
{
    (void)state;
    find_link(up0, DAQS_LINK_DOWN);
    assert_int_equal(host_traffic_report(traffic, reading, now_ms, told), UPLINKS);
    assert_int_equal(told[0].link, DAQS_LINK_DOWN);
    now_ms += 3000; /* its driver hangs */
    assert_int_equal(host_traffic_report(traffic, reading, now_ms, told), 0);
    now_ms -= 3000;
    assert_int_equal(host_traffic_report(traffic, reading, now_ms, told), UPLINKS);
    assert_int_equal(told[1].link, DAQS_LINK_UNKNOWN);
}

static void the_link_of_several_pfs_is_up_if_one_is(void **state)
{
    static const enum daqs_link links[][3] = {
        {DAQS_LINK_UP, DAQS_LINK_DOWN, DAQS_LINK_UP},
        {DAQS_LINK_UNKNOWN, DAQS_LINK_UP, DAQS_LINK_UP},
        {DAQS_LINK_DOWN, DAQS_LINK_UNKNOWN, DAQS_LINK_UNKNOWN},
        {DAQS_LINK_DOWN, DAQS_LINK_DOWN, DAQS_LINK_DOWN},
    };
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"up0", "up1"}, .pfs = 2};
    open_pfs();
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        find_link(up0, links[i][0]);
        find_link(host_pfs_at(pfs, host_pfs_place(0, 1)), links[i][1]);
        (void)host_traffic_report(traffic, reading, now_ms, told);
        assert_int_equal(told[0].link, links[i][2]);
    }
}

static void n2_the_rates_of_a_pf_are_reported_alone(void **state)
{
    (void)state;
    pf_driver(&up0->pf, nic_driver_find("i40e"));
    assert_int_equal(host_traffic_report(traffic, reading, now_ms, told), UPLINKS);
    assert_int_equal(told[0].own_interval_us, 0);
    assert_int_equal(told[0].vf_least, 50000000);
    assert_int_equal(told[0].vf_step, 50000000);
    assert_int_equal(told[1].vf_least, 0);
    assert_int_equal(told[1].vf_step, 0);
}

static void n2_of_the_pfs_of_an_uplink_the_highest_rates_are_reported(void **state)
{
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"up0", "up1"}, .pfs = 2};
    open_pfs();
    pf_driver(&up0->pf, nic_driver_find("ixgbe"));
    pf_driver(&host_pfs_at(pfs, host_pfs_place(0, 1))->pf, nic_driver_find("i40e"));
    assert_int_equal(host_traffic_report(traffic, reading, now_ms, told), UPLINKS);
    assert_int_equal(told[0].vf_least, 50000000);
    assert_int_equal(told[0].vf_step, 50000000);
}

/* Multiples of 50 are not all multiples of 20, and vice versa. */
static void n2_steps_of_pfs_that_do_not_fit_each_other_are_not_reported(void **state)
{
    static const uint32_t steps[][4] = {
        {50, 20, 0, 0}, {20, 50, 0, 0}, {20, 50, 100, 50}, {10, 50, 50, 50}, {25, 0, 100, 0}};
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"up0", "up1", "up2", "up3"}, .pfs = 4};
    open_pfs();
    for (size_t c = 0; c < sizeof steps / sizeof steps[0]; c++) {
        for (uint32_t i = 0; i < 4; i++) {
            struct pf_rates *rates = &host_pfs_at(pfs, host_pfs_place(0, i))->pf.rates;
            rates->step_mbit = steps[c][i];
            rates->differed = true;
        }
        (void)host_traffic_report(traffic, reading, now_ms, told);
        assert_int_equal(told[0].vf_step, c == 3 ? 50000000 : c == 4 ? 100000000 : 0);
    }
}

static void a_guest_that_sends_alone_is_not_evidence(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(poll(500000, 3000000, 0), 0);
}

static void a_nic_without_a_sample_is_missing(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        (void)poll(1000000, 0, 0);
    assert_int_equal(poll(1000000, 0, 0), UPLINKS);
    guests.guest[0]->nic[0].index = UINT32_MAX; /* not in the inventory */
    assert_int_equal(poll(1000000, 0, 0), 0);
}

static void uplinks_are_looked_at_with_each_poll_only_while_it_matters(void **state)
{
    const struct daqs_nic_setting first[NICS] = {
        {.limit = DAQS_UNLIMITED}, {.limit = DAQS_UNLIMITED}, {.limit = DAQS_UNLIMITED, .min = 1}};
    (void)state;
    host_traffic_begin(traffic, up0, 5000);
    assert_false(host_traffic_due(traffic, up0, 5000 + POLL_MS)); /* there are no orders yet */
    assert_true(host_traffic_due(traffic, up0, 6000));
    assert_int_equal(inventory_set(inventory, first), DAQS_OK);
    struct daqs_nic_setting *setting = inventory_settings(inventory);
    assert_false(host_traffic_due(traffic, up0, 5000 + POLL_MS)); /* it is on another uplink */
    setting[1].min = 1000000;
    assert_true(host_traffic_due(traffic, up0, 5000 + POLL_MS));
    assert_true(host_traffic_due(traffic, up0, 5000 + POLL_MS * 3 / 4)); /* an early poll */
    assert_false(host_traffic_due(traffic, up0, 5000 + POLL_MS / 4));    /* new limits came */
    setting[1].min = 0;
    setting[0].limit = 1000000;
    assert_true(host_traffic_due(traffic, up0, 5000 + POLL_MS));
    guests.guest[0]->nics = guests.guest[1]->nics = 0;
    assert_false(host_traffic_due(traffic, up0, 9000));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(unknown_uplinks_are_not_sent),
        CASE(a_known_uplink_is_reported_next_to_an_unknown_one),
        CASE(the_traffic_of_all_guests_is_compared_with_the_pfs_counters),
        CASE(n7_the_traffic_of_the_pfs_of_an_uplink_is_added),
        CASE(n7_a_port_that_pfs_may_share_is_not_reported),
        CASE(a_link_is_reported_even_if_nothing_else_is_known),
        CASE(the_link_of_several_pfs_is_up_if_one_is),
        CASE(n2_the_rates_of_a_pf_are_reported_alone),
        CASE(n2_of_the_pfs_of_an_uplink_the_highest_rates_are_reported),
        CASE(n2_steps_of_pfs_that_do_not_fit_each_other_are_not_reported),
        CASE(a_guest_that_sends_alone_is_not_evidence),
        CASE(a_nic_without_a_sample_is_missing),
        CASE(uplinks_are_looked_at_with_each_poll_only_while_it_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
