/* SPDX-License-Identifier: Apache-2.0 */
/* Which PFs of the uplinks are open, under which names, and which VF of theirs is a nic's. */
#include "tests/lib/check.h"

#include "agentd/host/interface_name.h"
#include "tests/lib/fake_pf.h"

static struct uplink uplink[2];
static struct daqs_log_budget budget;
static struct host_pfs *pfs;

/* Opens the PFs of as many uplinks. */
static void open_uplinks(size_t uplinks)
{
    host_pfs_free(pfs);
    pfs = fake_pfs_new(uplink, uplinks, "/nowhere", &budget);
    assert_non_null(pfs);
}

static int setup(void **state)
{
    (void)state;
    memset(uplink, 0, sizeof uplink);
    (void)strcpy(uplink[0].name, "up0");
    (void)strcpy(uplink[1].name, "up1");
    open_uplinks(1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    host_pfs_free(pfs);
    pfs = NULL;
    return 0;
}

/* --- names --- */

static void n6_an_uplink_may_have_another_name_of_its_interface(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    (void)strcpy(uplink[0].name, "storage");
    host_pfs_free(pfs);
    kernel.absent = true;
    const struct host_pfs_setup given = {uplink,        1,      "/nowhere", fake_find_name,
                                         fake_link_new, &budget};
    pfs = host_pfs_new(&given, &err);
    assert_non_null(pfs);
    assert_true(host_pfs_open(pfs, 0, 0, "ens6f1np1", &err));
    assert_string_equal(host_pfs_called(pfs, "ens6f1np1"), "storage");
    assert_string_equal(host_pfs_called(pfs, "ens6f0np0"), "ens6f0np0");
    assert_string_equal(host_pfs_called(pfs, ""), "");
}

/* By two of its names, for example an alternative name, which the configuration check did not
 * detect. */
static void an_interface_that_is_named_twice_is_opened_once(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"lo", "lo"}, .pfs = 2};
    uplink[1] = (struct uplink){.name = "lo"};
    host_pfs_free(pfs);
    const struct host_pfs_setup given = {uplink, 2, "/sys", interface_name, vf_link_new, &budget};
    pfs = host_pfs_new(&given, &err);
    assert_non_null(pfs);
    assert_non_null(host_pfs_at(pfs, host_pfs_place(0, 0)));
    assert_null(host_pfs_at(pfs, host_pfs_place(0, 1)));
    assert_null(host_pfs_at(pfs, host_pfs_place(1, 0)));
}

static void a_pf_that_appears_is_opened_within_five_seconds(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    host_pfs_free(pfs);
    kernel.absent = true;
    const struct host_pfs_setup given = {uplink,        1,      "/nowhere", fake_find_name,
                                         fake_link_new, &budget};
    pfs = host_pfs_new(&given, &err);
    assert_non_null(pfs);
    assert_null(host_pfs_at(pfs, 0));
    host_pfs_open_missing(pfs, 1000);
    kernel.absent = false;
    host_pfs_open_missing(pfs, 5999);
    assert_null(host_pfs_at(pfs, 0));
    host_pfs_open_missing(pfs, 6000);
    assert_non_null(host_pfs_at(pfs, 0));
    assert_string_equal(host_pfs_at(pfs, 0)->job->pf, "up0");
}

static void a_pf_whose_interface_was_renamed_is_followed(void **state)
{
    struct host_pf *p = host_pfs_at(pfs, 0);
    (void)state;
    kernel.absent = true;
    host_pfs_follow_name(pfs, p);
    assert_string_equal(p->job->pf, "up0");
    kernel.absent = false;
    kernel.renamed = "ens9";
    host_pfs_follow_name(pfs, p);
    assert_string_equal(p->job->pf, "ens9");
    assert_string_equal(host_pfs_called(pfs, "ens9"), "up0");
}

static void but_not_to_the_interface_of_another_pf(void **state)
{
    (void)state;
    open_uplinks(2);
    struct host_pf *second = host_pfs_at(pfs, host_pfs_place(1, 0));
    kernel.renamed = "up0";
    host_pfs_follow_name(pfs, second);
    assert_string_equal(second->job->pf, "up1");
}

/* --- VFs of nics --- */

static struct host_pf *show(uint32_t nth, uint8_t address)
{
    struct host_pf *p = host_pfs_at(pfs, host_pfs_place(0, nth));
    assert_non_null(p);
    p->pf = (struct pf){.vfs = 1, .vf = {{.vf = 3, .mac = {{2, 0, 0, 0, 0, address}}}}};
    return p;
}

static void n7_a_nics_vf_is_that_of_its_pf(void **state)
{
    struct guest_nic nic = {.vf = 3};
    (void)state;
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"up0", "up1", "up2"}, .pfs = 3};
    open_uplinks(1);
    struct host_pf *first = show(0, 0);
    struct host_pf *second = show(1, 7);
    struct host_pf *third = show(2, 8);
    nic.pf = 1;
    assert_ptr_equal(host_pfs_vf(pfs, &nic), &second->pf.vf[0]);
    nic.pf = 0;
    assert_ptr_equal(host_pfs_vf(pfs, &nic), &first->pf.vf[0]);
    nic.pf = UPLINK_NONE; /* found by its address, then */
    nic.vf = -1;
    nic.mac.byte[0] = 2;
    nic.mac.byte[5] = 6;
    assert_null(host_pfs_vf(pfs, &nic));
    nic.mac.byte[5] = 8;
    assert_ptr_equal(host_pfs_of(pfs, &nic), third);
    assert_ptr_equal(host_pfs_vf(pfs, &nic), &third->pf.vf[0]);
    second->pf.vf[0].mac.byte[5] = 8; /* now ambiguous */
    assert_null(host_pfs_of(pfs, &nic));
    assert_null(host_pfs_vf(pfs, &nic));
}

static void a_vfs_address_is_pending_until_its_pf_was_read(void **state)
{
    struct daqs_mac mac = {{0}};
    struct host_pf *p = host_pfs_at(pfs, 0);
    (void)state;
    assert_int_equal(host_pfs_address(pfs, "up0", 3, &mac), PLACING_ADDRESS_PENDING);
    p->unreadable = true;
    assert_int_equal(host_pfs_address(pfs, "up0", 3, &mac), PLACING_ADDRESS_UNLISTED);
    p->unreadable = false;
    p->read = true;
    show(0, 9);
    assert_int_equal(host_pfs_address(pfs, "up0", 3, &mac), PLACING_ADDRESS_KNOWN);
    assert_int_equal(mac.byte[5], 9);
    p->pf.vf[0].mac = (struct daqs_mac){{0}};
    assert_int_equal(host_pfs_address(pfs, "up0", 3, &mac), PLACING_ADDRESS_NONE);
    assert_int_equal(host_pfs_address(pfs, "up0", 4, &mac), PLACING_ADDRESS_UNLISTED);
    assert_int_equal(host_pfs_address(pfs, "up0", -1, &mac), PLACING_ADDRESS_UNLISTED);
    assert_int_equal(host_pfs_address(pfs, "other", 3, &mac), PLACING_ADDRESS_PENDING);
}

/* --- capacity --- */

static void the_capacity_is_the_links_last_speed(void **state)
{
    struct host_pf *p = host_pfs_at(pfs, 0);
    (void)state;
    assert_int_equal(host_pfs_capacity(pfs)[0], 0);
    assert_false(host_pfs_take_speed(pfs, p, 0));
    assert_true(host_pfs_take_speed(pfs, p, 10 * GBIT));
    assert_false(host_pfs_take_speed(pfs, p, 10 * GBIT));
    assert_false(host_pfs_take_speed(pfs, p, 0)); /* the link is down */
    assert_int_equal(host_pfs_capacity(pfs)[0], 10 * GBIT);
    assert_int_equal(host_pfs_speed(pfs, p), 10 * GBIT);
    assert_true(host_pfs_take_speed(pfs, p, GBIT));
    assert_int_equal(host_pfs_capacity(pfs)[0], GBIT);
}

static void a_configured_capacity_stays_whatever_the_links_speed(void **state)
{
    (void)state;
    uplink[0].capacity = 5 * GBIT;
    open_uplinks(1);
    struct host_pf *p = host_pfs_at(pfs, 0);
    assert_int_equal(host_pfs_capacity(pfs)[0], 5 * GBIT);
    assert_int_equal(host_pfs_speed(pfs, p), 0);
    assert_false(host_pfs_take_speed(pfs, p, 10 * GBIT));
    assert_int_equal(host_pfs_capacity(pfs)[0], 5 * GBIT);
    assert_int_equal(host_pfs_speed(pfs, p), 10 * GBIT);
    assert_false(host_pfs_take_speed(pfs, p, GBIT)); /* less than the operator says it carries */
    assert_int_equal(host_pfs_speed(pfs, p), 5 * GBIT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(n6_an_uplink_may_have_another_name_of_its_interface),
        CASE(an_interface_that_is_named_twice_is_opened_once),
        CASE(a_pf_that_appears_is_opened_within_five_seconds),
        CASE(a_pf_whose_interface_was_renamed_is_followed),
        CASE(but_not_to_the_interface_of_another_pf),
        CASE(n7_a_nics_vf_is_that_of_its_pf),
        CASE(a_vfs_address_is_pending_until_its_pf_was_read),
        CASE(the_capacity_is_the_links_last_speed),
        CASE(a_configured_capacity_stays_whatever_the_links_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
