/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/uplinks.h"

static struct daqs_mac mac(const char *text)
{
    struct daqs_mac m;
    assert_true(daqs_mac_parse(text, &m));
    return m;
}

static struct daqs_mac_prefix prefix(const char *text)
{
    struct daqs_mac_prefix p;
    assert_true(daqs_mac_prefix_parse(text, &p));
    return p;
}

static uint32_t match(const struct uplink *uplink, size_t count, const char *address,
                      const char *physical)
{
    struct daqs_mac m = mac(address);
    return uplinks_match(uplink, count, &m, physical);
}

static void a_virtual_function_belongs_to_its_physical_one(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "ens1f0", .nics = UPLINK_NICS_HOSTDEV},
                                {.name = "ens1f1", .nics = UPLINK_NICS_HOSTDEV}};
    assert_int_equal(match(up, 2, "52:54:00:01:00:01", "ens1f1"), 1);
    assert_int_equal(match(up, 2, "52:54:00:01:00:01", "ens1f0"), 0);
}

static void a_nic_that_is_not_a_virtual_function_has_no_hostdev_uplink(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "ens1f0", .nics = UPLINK_NICS_HOSTDEV}};
    assert_int_equal(match(up, 1, "52:54:00:01:00:01", ""), UPLINK_NONE);
}

static void a_function_of_another_card_has_no_uplink(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "ens1f0", .nics = UPLINK_NICS_HOSTDEV}};
    assert_int_equal(match(up, 1, "52:54:00:01:00:01", "ens1f01"), UPLINK_NONE);
    assert_int_equal(match(up, 1, "52:54:00:01:00:01", "ens1f"), UPLINK_NONE);
}

static void all_takes_every_nic_virtual_function_or_not(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "br0", .nics = UPLINK_NICS_ALL}};
    assert_int_equal(match(up, 1, "52:54:00:01:00:01", ""), 0);
    assert_int_equal(match(up, 1, "02:00:00:01:00:01", "ens1f0"), 0);
}

static void a_list_takes_addresses_and_beginnings_of_addresses(void **state)
{
    (void)state;
    struct daqs_mac_prefix list[] = {prefix("52:54:00:01:00:01"), prefix("02:DA"), prefix("fe")};
    const struct uplink up[] = {
        {.name = "br0", .nics = UPLINK_NICS_LISTED, .prefix = list, .prefixes = 3}};
    assert_int_equal(match(up, 1, "52:54:00:01:00:01", ""), 0);
    assert_int_equal(match(up, 1, "52:54:00:01:00:02", ""), UPLINK_NONE);
    assert_int_equal(match(up, 1, "02:da:00:00:00:00", ""), 0);
    assert_int_equal(match(up, 1, "02:db:00:00:00:00", ""), UPLINK_NONE);
    assert_int_equal(match(up, 1, "fe:00:00:00:00:09", ""), 0);
}

static void a_list_of_nothing_takes_nothing(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "br0", .nics = UPLINK_NICS_LISTED}};
    assert_int_equal(match(up, 1, "00:00:00:00:00:00", "br0"), UPLINK_NONE);
}

static void the_first_uplink_that_fits_wins(void **state)
{
    (void)state;
    struct daqs_mac_prefix list[] = {prefix("52:54:00")};
    const struct uplink up[] = {
        {.name = "a", .nics = UPLINK_NICS_HOSTDEV},
        {.name = "b", .nics = UPLINK_NICS_LISTED, .prefix = list, .prefixes = 1},
        {.name = "c", .nics = UPLINK_NICS_ALL},
    };
    assert_int_equal(match(up, 3, "52:54:00:00:00:01", "a"), 0);
    assert_int_equal(match(up, 3, "52:54:00:00:00:01", "c"), 1);
    assert_int_equal(match(up, 3, "02:54:00:00:00:01", ""), 2);
}

static void n7_the_vfs_of_several_pfs_share_an_uplink(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "bond0", .pf = {"a", "b"}, .pfs = 2}, {.name = "c"}};
    assert_int_equal(match(up, 2, "52:54:00:00:00:01", "a"), 0);
    assert_int_equal(match(up, 2, "52:54:00:00:00:01", "b"), 0);
    assert_int_equal(match(up, 2, "52:54:00:00:00:01", "c"), 1);
    assert_int_equal(match(up, 2, "52:54:00:00:00:01", "bond0"), UPLINK_NONE);
    assert_int_equal(uplink_pfs(&up[0]), 2);
    assert_int_equal(uplink_pfs(&up[1]), 1);
    assert_string_equal(uplink_pf(&up[0], 1), "b");
    assert_string_equal(uplink_pf(&up[1], 0), "c");
    assert_int_equal(uplink_pf_named(&up[0], "b"), 1);
    assert_int_equal(uplink_pf_named(&up[0], "bond0"), UPLINK_NONE);
}

static void without_uplinks_no_nic_has_one(void **state)
{
    (void)state;
    const struct uplink up[] = {{.name = "a", .nics = UPLINK_NICS_ALL}};
    assert_int_equal(match(up, 0, "52:54:00:00:00:01", "a"), UPLINK_NONE);
}

/* --- nics that only the guest reports --- */

static uint32_t inside(const struct uplink *uplink, const char *address, bool host_reported)
{
    struct daqs_mac m = mac(address);
    return uplinks_match_inside(uplink, 1, &m, host_reported);
}

static void g3_an_interface_that_the_host_did_not_give_is_not_a_nic(void **state)
{
    (void)state;
    struct daqs_mac_prefix list[] = {prefix("52:54:00:01:00:01"), prefix("52:54:00")};
    const struct uplink all = {.nics = UPLINK_NICS_ALL};
    const struct uplink some = {.nics = UPLINK_NICS_LISTED, .prefix = list, .prefixes = 2};
    const struct uplink vfs = {.name = "ens1", .nics = UPLINK_NICS_HOSTDEV};
    assert_int_equal(inside(&all, "52:54:00:00:00:09", true), UPLINK_NONE);
    assert_int_equal(inside(&some, "52:54:00:00:00:09", true), UPLINK_NONE);
    assert_int_equal(inside(&vfs, "52:54:00:00:00:09", true), UPLINK_NONE);
    assert_int_equal(inside(&vfs, "52:54:00:00:00:09", false), UPLINK_NONE);
    /* The operator's list decides: the nic may have been plugged in later. */
    assert_int_equal(inside(&some, "52:54:00:01:00:01", true), 0);
}

static void g3_where_that_is_not_known_all_are_those_with_a_hypervisors_address(void **state)
{
    (void)state;
    const struct uplink all = {.nics = UPLINK_NICS_ALL};
    assert_int_equal(inside(&all, "52:54:00:12:34:56", false), 0);
    assert_int_equal(inside(&all, "bc:24:11:00:00:01", false), 0);
    assert_int_equal(inside(&all, "fa:16:3e:00:00:01", false), 0);
    assert_int_equal(inside(&all, "02:42:ac:11:00:02", false), UPLINK_NONE); /* docker0 */
    assert_int_equal(inside(&all, "9e:1f:43:5a:11:08", false), UPLINK_NONE); /* a veth */
    assert_int_equal(inside(&all, "fe:54:00:12:34:56", false), UPLINK_NONE); /* libvirt's tap */
}

static void and_listed_are_those_with_an_address_of_the_list(void **state)
{
    (void)state;
    struct daqs_mac_prefix list[] = {prefix("02:42")};
    const struct uplink some = {.nics = UPLINK_NICS_LISTED, .prefix = list, .prefixes = 1};
    assert_int_equal(inside(&some, "02:42:00:00:00:01", false), 0);
    assert_int_equal(inside(&some, "52:54:00:00:00:01", false), UPLINK_NONE);
}

static void g3_names_of_interfaces_made_inside_are_known(void **state)
{
    static const char *const made[] = {"docker0",  "veth9a0c2f1",    "br-4c1d",  "br0",
                                       "tap0",     "virbr0",         "cali12ab", "lxdbr0",
                                       "incusbr0", "vEthernet (WSL)"};
    static const char *const given[] = {"eth0",   "ens18",      "enp1s0f0v3",
                                        "vtnet0", "Ethernet 2", "bond0"};
    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        assert_true(uplinks_made_inside(made[i]));
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        assert_false(uplinks_made_inside(given[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_virtual_function_belongs_to_its_physical_one),
        cmocka_unit_test(a_nic_that_is_not_a_virtual_function_has_no_hostdev_uplink),
        cmocka_unit_test(a_function_of_another_card_has_no_uplink),
        cmocka_unit_test(all_takes_every_nic_virtual_function_or_not),
        cmocka_unit_test(a_list_takes_addresses_and_beginnings_of_addresses),
        cmocka_unit_test(a_list_of_nothing_takes_nothing),
        cmocka_unit_test(the_first_uplink_that_fits_wins),
        cmocka_unit_test(n7_the_vfs_of_several_pfs_share_an_uplink),
        cmocka_unit_test(without_uplinks_no_nic_has_one),
        cmocka_unit_test(g3_an_interface_that_the_host_did_not_give_is_not_a_nic),
        cmocka_unit_test(g3_where_that_is_not_known_all_are_those_with_a_hypervisors_address),
        cmocka_unit_test(and_listed_are_those_with_an_address_of_the_list),
        cmocka_unit_test(g3_names_of_interfaces_made_inside_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
