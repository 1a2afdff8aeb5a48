/* SPDX-License-Identifier: Apache-2.0 */
/* Which interface of a guest belongs to which nic. The lists in tests/data/qga are reported answers
 * of guest agents (FIELD.md G2, G4, G5), shortened. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/identity.h"

#define VF "52:54:00:a0:00:01"
#define VF2 "52:54:00:a0:00:02"

static struct identity_nic nic[3];
static size_t nics;
static struct qga_interface list[QGA_INTERFACES_MAX];
static size_t count;
static struct identity_facts facts;
static int place[3];

static int setup(void **state)
{
    (void)state;
    nics = count = 0;
    memset(&facts, 0, sizeof facts);
    return 0;
}

static void add_nic(const char *mac, const char *pci, bool passed_through)
{
    struct identity_nic *n = &nic[nics++];
    *n = (struct identity_nic){.slot.passed_through = passed_through};
    assert_true(daqs_mac_parse(mac, &n->mac));
    (void)snprintf(n->slot.pci, sizeof n->slot.pci, "%s", pci);
}

static void add(const char *name, const char *mac)
{
    struct qga_interface *i = &list[count++];
    *i = (struct qga_interface){.counted = true};
    (void)snprintf(i->name, sizeof i->name, "%s", name);
    assert_true(daqs_mac_parse(mac, &i->mac));
}

static bool is_wanted(const void *arg, const struct daqs_mac *mac)
{
    (void)arg;
    return daqs_mac_equal(mac, &nic[0].mac);
}

static void read_list(const char *name)
{
    enum { ROOM = 32768 };
    char path[512];
    char *text = calloc(1, ROOM);
    (void)snprintf(path, sizeof path, DAQS_SOURCE_DIR "/tests/data/qga/%s.json", name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, ROOM - 1, file) > 0);
    (void)fclose(file);
    assert_int_equal(qga_parse_interfaces(text, strlen(text), is_wanted, NULL, list, &count, NULL),
                     DAQS_OK);
    free(text);
}

static bool resolve(void)
{
    return identity_resolve(nic, nics, list, count, &facts, place);
}

static void assert_is(size_t i, const char *name)
{
    if (place[i] < 0)
        fail_msg("nic %zu is %s", i, place[i] == IDENTITY_OPEN ? "open" : "not listed");
    assert_string_equal(list[place[i]].name, name);
}

/* Lines as grep prints them. */
#define LINE(ifname, file, text) "/sys/class/net/" ifname "/" file ":" text "\n"
#define NAME(ifname) LINE(ifname, "uevent", "INTERFACE=" ifname)
#define STACKED(ifname, type) LINE(ifname, "uevent", "DEVTYPE=" type) NAME(ifname)
#define FUNCTION(ifname, pci)                                                                      \
    NAME(ifname)                                                                                   \
    LINE(ifname, "device/uevent", "DRIVER=iavf")                                                   \
    LINE(ifname, "device/uevent", "PCI_SLOT_NAME=" pci)                                            \
    LINE(ifname, "device/../uevent", "DRIVER=pcieport")                                            \
    LINE(ifname, "device/../uevent", "PCI_SLOT_NAME=0000:00:02.0")
#define VIRTIO(ifname, pci)                                                                        \
    NAME(ifname)                                                                                   \
    LINE(ifname, "device/uevent", "DRIVER=virtio_net")                                             \
    LINE(ifname, "device/../uevent", "DRIVER=virtio-pci")                                          \
    LINE(ifname, "device/../uevent", "PCI_SLOT_NAME=" pci)
#define WAS(ifname, mac) LINE(ifname, "bonding_slave/perm_hwaddr", mac)

/* --- one interface has the address: no further facts are needed --- */

static void g4_veth100_vf_first_and_last(void **state)
{
    static const char *const names[] = {"veth100_vf_first", "veth100_vf_last"};
    (void)state;
    add_nic(VF, "", false);
    for (size_t i = 0; i < 2; i++) {
        read_list(names[i]);
        assert_false(resolve());
        assert_is(0, "enp8s0");
        assert_int_equal(list[place[0]].tx_bytes, 4242);
    }
}

static void g2_alias_is_an_address_of_its_interface(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    read_list("alias");
    assert_false(resolve());
    assert_is(0, "eth0");
}

static void g5_other_mac_and_no_vf_are_not_listed(void **state)
{
    static const char *const names[] = {"other_mac", "no_vf"};
    (void)state;
    add_nic(VF, "0000:07:00.0", true);
    for (size_t i = 0; i < 2; i++) {
        read_list(names[i]);
        assert_false(resolve());
        assert_int_equal(place[0], IDENTITY_NONE);
    }
}

static void g5_freebsd_mac_is_listed_without_counters(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    read_list("freebsd_mac");
    assert_false(resolve());
    assert_is(0, "ixv0");
    assert_false(list[place[0]].counted);
}

static void g5_rx_all_ones_does_not_lose_tx(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    read_list("rx_all_ones");
    assert_false(resolve());
    assert_is(0, "eth0");
    assert_true(list[place[0]].counted);
    assert_int_equal(list[place[0]].tx_bytes, 5);
    assert_true(list[place[0]].rx_bytes == COUNTERS_UNKNOWN);
}

/* --- several interfaces have it --- */

static void assert_all_open(void)
{
    assert_true(resolve());
    for (size_t i = 0; i < nics; i++)
        assert_int_equal(place[i], IDENTITY_OPEN);
}

static void g2_nothing_is_guessed_by_order(void **state)
{
    static const char *const names[] = {"bond_before_vf", "bond_two_vfs", "failover",
                                        "vlan_macvlan"};
    (void)state;
    add_nic(VF, "0000:07:00.0", true);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        read_list(names[i]);
        assert_all_open();
    }
}

#define BOND                                                                                       \
    STACKED("bond0", "bond")                                                                       \
    FUNCTION("eth0", "0000:07:00.0")                                                               \
    FUNCTION("eth1", "0000:08:00.0")

/* Both members have the address of the bond, which is the first member's. The bond stores the
 * second member's permanent address. */
static void g2_bond_two_vfs_by_permanent_address(void **state)
{
    static const char *const names[] = {"bond_two_vfs", "bond_before_vf"};
    (void)state;
    add_nic(VF, "", true);
    add_nic(VF2, "", true);
    identity_facts_parse(BOND WAS("eth1", VF) WAS("eth0", VF2), &facts);
    for (size_t i = 0; i < 2; i++) {
        read_list(names[i]);
        assert_false(resolve());
        assert_is(0, "eth1");
        assert_is(1, "eth0");
    }
}

static void g2_bond_two_vfs_by_pci_address(void **state)
{
    (void)state;
    add_nic(VF, "0000:08:00.0", true);
    add_nic(VF2, "0000:07:00.0", true);
    read_list("bond_before_vf");
    assert_all_open();
    identity_facts_parse(BOND, &facts);
    assert_false(resolve());
    assert_is(0, "eth1");
    assert_is(1, "eth0");
}

/* The guest's firmware chooses the bus numbers. If nics were matched one by one, the first would
 * not be found, and the second would be taken for the first. */
static void g2_bond_two_vfs_by_the_order_of_slots(void **state)
{
    (void)state;
    add_nic(VF, "0000:06:00.0", true);
    add_nic(VF2, "0000:07:00.0", true);
    read_list("bond_before_vf");
    identity_facts_parse(BOND, &facts);
    assert_false(resolve());
    assert_is(0, "eth0");
    assert_is(1, "eth1");
}

/* VFs of two PFs to which the host gave the same address, as spoof checks require. */
static void g2_bond_two_vfs_with_one_address_on_the_host(void **state)
{
    (void)state;
    add_nic(VF, "0000:08:00.0", true);
    add_nic(VF, "0000:07:00.0", true);
    read_list("bond_two_vfs");
    identity_facts_parse(BOND WAS("eth0", VF) WAS("eth1", VF), &facts);
    assert_false(resolve());
    assert_is(0, "eth1");
    assert_is(1, "eth0");
}

static void g2_members_without_a_difference_stay_open(void **state)
{
    (void)state;
    add_nic(VF, "", true);
    add_nic(VF2, "", true);
    read_list("bond_two_vfs");
    identity_facts_parse(BOND, &facts);
    assert_all_open();
    nics = 1; /* so does one nic with two members that could be it */
    assert_all_open();
}

static void g2_a_member_that_is_not_a_nic_is_left_out(void **state)
{
    (void)state;
    add_nic(VF, "", true);
    read_list("bond_two_vfs");
    identity_facts_parse(BOND WAS("eth0", "52:54:00:99:99:99"), &facts);
    assert_false(resolve());
    assert_is(0, "eth1");
}

/* The failover device and its standby are on the paravirtual device, the VF is on a PCI
 * function. */
static void g2_failover_is_the_vf(void **state)
{
    (void)state;
    add_nic(VF, "0000:07:00.0", true);
    read_list("failover");
    identity_facts_parse(VIRTIO("ens3", "0000:00:03.0") VIRTIO("ens3nsby", "0000:00:03.0")
                             FUNCTION("ens5", "0000:00:05.0"),
                         &facts);
    assert_false(resolve());
    assert_is(0, "ens5");
    /* Before a migration the VF is unplugged; the standby is a different nic. */
    identity_facts_parse(VIRTIO("ens3", "0000:00:03.0") VIRTIO("ens3nsby", "0000:00:03.0"), &facts);
    assert_false(resolve());
    assert_int_equal(place[0], IDENTITY_NONE);
}

static void g2_vlan_macvlan_is_the_interface_below(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    read_list("vlan_macvlan");
    identity_facts_parse(FUNCTION("eth0", "0000:07:00.0") STACKED("eth0.100", "vlan")
                             STACKED("macsec0", "macsec"),
                         &facts);
    assert_false(resolve());
    assert_is(0, "eth0");
}

static void g2_a_bridge_is_not_its_port(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    add("br0", VF);
    add("eth0", VF);
    assert_all_open();
    identity_facts_parse(STACKED("br0", "bridge") VIRTIO("eth0", "0000:00:03.0"), &facts);
    assert_false(resolve());
    assert_is(0, "eth0");
    identity_facts_parse(STACKED("br0", "bridge") NAME("eth0"), &facts); /* like a veth */
    assert_false(resolve());
    assert_is(0, "eth0");
}

/* An Open vSwitch bond is not an interface. The bridge has the address of a port, and its uevent
 * has no DEVTYPE. */
static void g2_ovs_bond_is_its_ports(void **state)
{
    (void)state;
    add_nic(VF, "", true);
    add_nic(VF2, "", true);
    read_list("ovs_bond");
    assert_true(resolve());
    assert_int_equal(place[0], IDENTITY_OPEN);
    assert_is(1, "eth1");
    identity_facts_parse(NAME("br0") FUNCTION("eth0", "0000:07:00.0"), &facts);
    assert_false(resolve());
    assert_is(0, "eth0");
    assert_is(1, "eth1");
    identity_facts_parse(NAME("br0") VIRTIO("eth0", "0000:00:03.0"), &facts);
    nic[0].slot.passed_through = nic[1].slot.passed_through = false;
    assert_false(resolve());
    assert_is(0, "eth0");
}

#define TEAM NAME("team0") FUNCTION("eth0", "0000:07:00.0") FUNCTION("eth1", "0000:08:00.0")

/* The guest reports neither that team0 is a team nor the permanent addresses of its ports. */
static void g2_team_two_vfs_by_pci_address(void **state)
{
    (void)state;
    add_nic(VF, "0000:08:00.0", true);
    add_nic(VF2, "0000:07:00.0", true);
    add("team0", VF);
    add("eth0", VF);
    add("eth1", VF);
    assert_all_open();
    identity_facts_parse(TEAM, &facts);
    assert_false(resolve());
    assert_is(0, "eth1");
    assert_is(1, "eth0");
}

static bool is_candidate(const char *name)
{
    bool could[QGA_INTERFACES_MAX];
    identity_candidates(nic, nics, list, count, &facts, place, could);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return could[i];
    return false;
}

/* With plain QEMU the guest's PCI addresses are unknown. */
static void g2_team_two_vfs_by_the_interface_that_moves_with_one(void **state)
{
    (void)state;
    add_nic(VF, "", true);
    add_nic(VF2, "", true);
    add("team0", VF);
    add("eth0", VF);
    add("eth1", VF);
    add("eth2", "52:54:00:99:99:99");
    assert_true(is_candidate("team0")); /* nothing is known yet */
    assert_false(is_candidate("eth2"));
    identity_facts_parse(TEAM, &facts);
    assert_all_open();
    assert_true(is_candidate("eth0") && is_candidate("eth1"));
    assert_false(is_candidate("team0"));
    nic[1].moves_with = "eth0";
    assert_false(resolve());
    assert_is(0, "eth1");
    assert_is(1, "eth0");
    nic[1].moves_with = "team0";
    assert_all_open();
    nic[1].moves_with = "eth2";
    assert_all_open();
    nic[0].moves_with = nic[1].moves_with = "eth1"; /* it can belong to only one of them */
    assert_false(resolve());
    assert_is(0, "eth1");
    assert_is(1, "eth0");
    assert_true(is_candidate("eth1")); /* it is still compared */
}

static void g2_without_facts_only_moving_interfaces_are_identified(void **state)
{
    (void)state;
    add_nic(VF, "", true);
    add_nic(VF2, "", true);
    add("eth0", VF);
    add("eth1", VF);
    nic[0].moves_with = "eth0";
    assert_true(resolve());
    assert_is(0, "eth0");
    assert_int_equal(place[1], IDENTITY_OPEN);
}

static void g2_each_nic_may_have_a_bridge(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    add_nic(VF2, "", false);
    add("br0", VF);
    add("br1", VF2);
    add("eth1", VF2);
    add("eth0", VF);
    identity_facts_parse(STACKED("br0", "bridge") STACKED("br1", "bridge")
                             FUNCTION("eth0", "0000:01:00.0") FUNCTION("eth1", "0000:02:00.0"),
                         &facts);
    assert_false(resolve());
    assert_is(0, "eth0");
    assert_is(1, "eth1");
}

/* With fail_over_mac the members keep their addresses, and the bond has that of the active
 * member. */
static void g2_the_other_leg_of_a_bond_is_known_all_the_time(void **state)
{
    (void)state;
    add_nic(VF, "0000:07:00.0", true);
    add_nic(VF2, "0000:08:00.0", true);
    add("eth0", VF);
    add("eth1", VF2);
    add("bond0", VF);
    assert_true(resolve());
    assert_int_equal(place[0], IDENTITY_OPEN);
    assert_is(1, "eth1");
    identity_facts_parse(BOND, &facts);
    assert_false(resolve());
    assert_is(0, "eth0");
    assert_is(1, "eth1");
}

static void an_interface_that_is_listed_twice_is_one(void **state)
{
    (void)state;
    add_nic(VF, "", false);
    add("eth0", VF);
    add("eth0", VF);
    assert_false(resolve());
    assert_int_equal(place[0], 0);
}

/* --- what a guest may report --- */

static void facts_that_are_none_change_nothing(void **state)
{
    static const char *const printed[] = {
        "",
        "nonsense\n",
        LINE("eth0", "uevent", ""),
        LINE("eth7", "device/uevent", "PCI_SLOT_NAME=0000:07:00.0"),
        STACKED("eth0", "x") STACKED("eth1", "x") STACKED("bond0", "x"),
        FUNCTION("eth0", "0000:07:00.0") FUNCTION("eth1", "0000:07:00.0"),
        FUNCTION("eth0", "../../../etc/x") FUNCTION("eth1", "0000:07:00.0.0.0.0.0.0.0.0"),
        FUNCTION("eth0", "") FUNCTION("eth1", "") WAS("eth0", "52:54:00") WAS("eth1", "x"),
        FUNCTION("eth0", "0000:09:00.0") FUNCTION("eth1", "0000:0a:00.0") WAS("eth0", VF)
            WAS("eth1", VF),
    };
    (void)state;
    add_nic(VF, "0000:07:00.0", true);
    add_nic(VF2, "", true);
    read_list("bond_two_vfs");
    for (size_t i = 0; i < sizeof printed / sizeof printed[0]; i++) {
        identity_facts_parse(printed[i], &facts);
        (void)resolve();
        for (size_t n = 0; n < 2; n++)
            if (place[n] >= 0)
                fail_msg("after %zu nic %zu is %s", i, n, list[place[n]].name);
    }
}

static void there_is_a_most_of_facts(void **state)
{
    enum { MANY = 500, EACH = 64 };
    char *printed = calloc(MANY, EACH);
    size_t used = 0;
    (void)state;
    assert_non_null(printed);
    for (int i = 0; i < MANY; i++)
        used +=
            (size_t)snprintf(printed + used, EACH, "/sys/class/net/e%d/uevent:INTERFACE=e\n", i);
    identity_facts_parse(printed, &facts);
    assert_int_equal(facts.count, QGA_INTERFACES_MAX);
    assert_string_equal(facts.fact[QGA_INTERFACES_MAX - 1].ifname, "e63");
    free(printed);
}

/* --- when the facts are read again --- */

static uint64_t key(void)
{
    return identity_key(nic, nics, list, count);
}

static void only_possible_nics_are_asked_about(void **state)
{
    struct guest_sysfs ask;
    (void)state;
    add_nic(VF, "", false);
    read_list("alias");
    add("veth0", "02:00:00:00:00:01");
    add("a b", VF);
    identity_ask(&ask, nic, nics, list, count);
    assert_int_equal(ask.files, 4);
    assert_string_equal(ask.path[0], "/sys/class/net/eth0/uevent");
    assert_string_equal(ask.path[3], "/sys/class/net/eth0/bonding_slave/perm_hwaddr");
}

static void a_change_among_candidates_is_asked_about(void **state)
{
    (void)state;
    add_nic(VF, "0000:07:00.0", true);
    read_list("bond_two_vfs");
    uint64_t before = key();
    struct qga_interface first = list[1];
    list[1] = list[3];
    list[3] = first;
    assert_true(key() == before); /* the order does not matter */
    add("veth0", "02:00:00:00:00:01");
    assert_true(key() == before); /* containers come and go */
    add("eth9", VF);
    assert_true(key() != before);
    count--;
    assert_true(key() == before);
    (void)snprintf(list[1].name, sizeof list[1].name, "eth7");
    assert_true(key() != before);
    uint64_t renamed = key();
    nic[0].slot.pci[6] = '8';
    assert_true(key() != renamed);
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g4_veth100_vf_first_and_last),
        CASE(g2_alias_is_an_address_of_its_interface),
        CASE(g5_other_mac_and_no_vf_are_not_listed),
        CASE(g5_freebsd_mac_is_listed_without_counters),
        CASE(g5_rx_all_ones_does_not_lose_tx),
        CASE(g2_nothing_is_guessed_by_order),
        CASE(g2_bond_two_vfs_by_permanent_address),
        CASE(g2_bond_two_vfs_by_pci_address),
        CASE(g2_bond_two_vfs_by_the_order_of_slots),
        CASE(g2_bond_two_vfs_with_one_address_on_the_host),
        CASE(g2_members_without_a_difference_stay_open),
        CASE(g2_a_member_that_is_not_a_nic_is_left_out),
        CASE(g2_failover_is_the_vf),
        CASE(g2_vlan_macvlan_is_the_interface_below),
        CASE(g2_a_bridge_is_not_its_port),
        CASE(g2_ovs_bond_is_its_ports),
        CASE(g2_team_two_vfs_by_pci_address),
        CASE(g2_team_two_vfs_by_the_interface_that_moves_with_one),
        CASE(g2_without_facts_only_moving_interfaces_are_identified),
        CASE(g2_each_nic_may_have_a_bridge),
        CASE(g2_the_other_leg_of_a_bond_is_known_all_the_time),
        CASE(an_interface_that_is_listed_twice_is_one),
        CASE(facts_that_are_none_change_nothing),
        CASE(there_is_a_most_of_facts),
        CASE(only_possible_nics_are_asked_about),
        CASE(a_change_among_candidates_is_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
