/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported about domains from the field (FIELD.md, row G8), on a host with three PFs: ens1,
 * which is an uplink, ens2, which is not, and one without a network interface. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/host/nic_facts.h"
#include "tests/lib/vf_tree.h"

static struct uplink uplink;

static int setup(void **state)
{
    (void)state;
    if (temp_folder_make(root) != 0)
        return -1;
    uplink = (struct uplink){.name = "ens1", .nics = UPLINK_NICS_HOSTDEV};
    add_vf("0000:3b:02.1", "0000:3b:00.0", "ens1", 1);
    add_vf("0000:3b:02.5", "0000:3b:00.0", "ens1", 5);
    add_vf("0000:5e:02.3", "0000:5e:00.0", "ens2", 3);
    add_vf("0000:86:02.0", "0000:86:00.0", "", 0);
    put("devices/0000:65:00.1/class", "0x030000\n", NULL); /* a part of a graphics card */
    put("devices/0000:65:00.1/physfn/class", "0x030000\n", NULL);
    put("bus/pci/devices/0000:65:00.1", NULL, "../../../devices/0000:65:00.1");
    put("class/net/ens2v3/device", NULL, "../../../devices/0000:5e:02.3");
    put("class/net/ens1v1/device", NULL, "../../../devices/0000:3b:02.1");
    put("class/net/eno1/device", NULL, "../../../devices/0000:3b:00.0");
    put("devices/0000:5e:02.3/mlx5_core.vnet.0/vdpa0/vhost-vdpa-0/dev", "511:0\n", NULL);
    put("bus/vdpa/devices/vdpa0", NULL, "../../../devices/0000:5e:02.3/mlx5_core.vnet.0/vdpa0");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return temp_folder_remove(root);
}

/* Checks the report about a domain with these devices. */
static void assert_report(const char *devices, const char *expected)
{
    char xml[4096];
    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);
    assert_non_null(out);
    (void)snprintf(xml, sizeof xml, "<domain><name>web1</name><devices>%s</devices></domain>",
                   devices);
    nic_facts_report(root, &uplink, 1, "web1", xml, out);
    (void)fclose(out);
    assert_string_equal(said, expected);
    free(said);
}

#define ADDRESS(bus, slot, function)                                                               \
    "<source><address type='pci' domain='0x0000' bus='" bus "' slot='" slot                        \
    "' function='" function "'/></source>"
#define HOSTDEV(source)                                                                            \
    "<hostdev mode='subsystem' type='pci' managed='no'><driver name='vfio'/>" source "</hostdev>"
#define VF_INTERFACE(source)                                                                       \
    "<interface type='hostdev' managed='yes'><mac address='52:54:00:a0:00:01'/>" source            \
    "</interface>"
#define BRIDGE                                                                                     \
    "<interface type='bridge'><mac address='52:54:00:a0:00:01'/><source bridge='br0'/>"            \
    "<model type='virtio'/><teaming type='persistent'/><alias name='ua-b0'/></interface>"
#define MACVTAP(device, mode)                                                                      \
    "<interface type='direct'><mac address='52:54:00:a0:00:01'/><source dev='" device              \
    "' mode='" mode "'/><model type='virtio'/></interface>"
#define VDPA                                                                                       \
    "<interface type='vdpa'><mac address='52:54:00:a0:00:01'/>"                                    \
    "<source dev='/dev/vhost-vdpa-0'/><model type='virtio'/></interface>"
#define NO_UPLINK                                                                                  \
    "domain web1: VF 3 of ens2 (0000:5e:02.3) is in use and not watched: its PF is not an uplink " \
    "in the configuration\n"

static void g8_vfs_of_an_uplink_are_watched(void **state)
{
    (void)state;
    assert_report(HOSTDEV(ADDRESS("0x3b", "0x02", "0x5")), ""); /* KubeVirt */
    assert_report(VF_INTERFACE(ADDRESS("0x3b", "0x02", "0x1")), "");
    assert_report(BRIDGE VF_INTERFACE(ADDRESS("0x3b", "0x02", "0x1")), "");
    assert_report(MACVTAP("ens1v1", "passthrough"), "");
}

static void g8_vfs_that_no_uplink_covers_are_reported_in_each_form(void **state)
{
    (void)state;
    assert_report(HOSTDEV(ADDRESS("0x5e", "0x02", "0x3")), NO_UPLINK);
    assert_report(VF_INTERFACE(ADDRESS("0x5e", "0x02", "0x3")), NO_UPLINK);
    assert_report(MACVTAP("ens2v3", "passthrough"), NO_UPLINK);
    assert_report(MACVTAP("ens2v3", "vepa"), NO_UPLINK);
    assert_report(VDPA, NO_UPLINK);
    assert_report(HOSTDEV(ADDRESS("0x86", "0x02", "0x0")),
                  "domain web1: VF 0000:86:02.0 is in use and not watched: its PF has no network "
                  "interface\n");
}

static void g8_a_device_that_is_not_a_vf_is_not_reported(void **state)
{
    (void)state;
    assert_report(HOSTDEV(ADDRESS("0x65", "0x00", "0x1")), "");
    assert_report(HOSTDEV(ADDRESS("0x99", "0x00", "0x1")), "");
    assert_report(MACVTAP("eno1", "bridge"), "");
    assert_report(MACVTAP("../ens2v3", "bridge"), "");
    assert_report(BRIDGE, "");
    assert_report("<interface type='network'><mac address='52:54:00:a0:00:01'/>"
                  "<source network='vfpool'/></interface>",
                  "");
}

static void g8_how_a_nic_is_watched(void **state)
{
    struct domain_nic nic = {.way = DOMAIN_NIC_MACVTAP, .device = "ens1v1", .mac_known = true};
    struct placing_facts facts;
    (void)state;
    nic_facts(root, &nic, &facts);
    assert_true(facts.is_vf && facts.shared);
    assert_int_equal(facts.vf, 1);
    assert_string_equal(facts.physical, "ens1");
    nic.exclusive = true;
    nic_facts(root, &nic, &facts);
    assert_false(facts.shared);
    nic = (struct domain_nic){.way = DOMAIN_NIC_VDPA, .device = "vhost-vdpa-0"};
    nic_facts(root, &nic, &facts);
    assert_string_equal(facts.pci, "0000:5e:02.3");
    assert_int_equal(facts.address, PLACING_ADDRESS_PENDING);
    (void)snprintf(nic.device, sizeof nic.device, "vhost-vdpa-1");
    nic_facts(root, &nic, &facts);
    assert_false(facts.is_vf);
}

static void an_invalid_domain_is_reported(void **state)
{
    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);
    (void)state;
    assert_non_null(out);
    nic_facts_report(root, &uplink, 1, "web1", "<dom", out);
    (void)fclose(out);
    assert_non_null(strstr(said, "domain web1 is left out"));
    free(said);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g8_vfs_of_an_uplink_are_watched),
        CASE(g8_vfs_that_no_uplink_covers_are_reported_in_each_form),
        CASE(g8_a_device_that_is_not_a_vf_is_not_reported),
        CASE(g8_how_a_nic_is_watched),
        CASE(an_invalid_domain_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
