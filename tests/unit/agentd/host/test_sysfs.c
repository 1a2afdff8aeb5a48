/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agentd/host/sysfs.h"
#include "tests/lib/temp_folder.h"

static char root[TEMP_FOLDER_BYTES];

/* Returns a path below the tree. Each call overwrites the previous result. */
static const char *at(const char *path)
{
    static char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    return full;
}

/* Makes all directories of a path below the tree. */
static void make_folders(const char *path)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s/", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    assert_int_equal(access(full, F_OK), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(at(path), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    (void)state;
    return temp_folder_make(root);
}

static int teardown(void **state)
{
    (void)state;
    return temp_folder_remove(root);
}

/* --- link --- */

static enum daqs_link link_of(const char *text)
{
    make_folders("class/net/ens1f0");
    put("class/net/ens1f0/carrier", text);
    return sysfs_link(root, "ens1f0");
}

static void a_link_is_down_only_if_its_carrier_says_so(void **state)
{
    (void)state;
    assert_int_equal(link_of("1\n"), DAQS_LINK_UP);
    assert_int_equal(link_of("0\n"), DAQS_LINK_DOWN);
    assert_int_equal(link_of(""), DAQS_LINK_UNKNOWN); /* as far as it can be read: not up */
    assert_int_equal(sysfs_link(root, "ens1f1"), DAQS_LINK_UNKNOWN);
    assert_int_equal(sysfs_link(root, "../net/ens1f0"), DAQS_LINK_UNKNOWN);
}

/* --- link speed --- */

static daqs_bps speed_of(const char *text)
{
    make_folders("class/net/ens1f0");
    put("class/net/ens1f0/speed", text);
    return sysfs_link_speed(root, "ens1f0");
}

static void a_speed_in_mbit_becomes_a_rate(void **state)
{
    (void)state;
    assert_int_equal(speed_of("10\n"), 10000000);
    assert_int_equal(speed_of("25000\n"), 25000000000);
    assert_int_equal(speed_of("400000\n"), 400000000000);
}

static void a_link_that_is_down_has_no_speed(void **state)
{
    (void)state;
    assert_int_equal(speed_of("-1\n"), 0);
    assert_int_equal(speed_of("0\n"), 0);
    assert_int_equal(speed_of(""), 0);
}

static void an_implausible_speed_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(speed_of("fast\n"), 0);
    assert_int_equal(speed_of("4294967295\n"), 0); /* SPEED_UNKNOWN of old drivers */
    assert_int_equal(speed_of("99999999999999999999\n"), 0);
}

static void n8_a_marker_for_an_unknown_speed_is_not_a_speed(void **state)
{
    (void)state;
    assert_int_equal(speed_of("65535\n"), 0);      /* -1 in 16 bits */
    assert_int_equal(speed_of("4294967295\n"), 0); /* in 32 */
    assert_int_equal(speed_of("2147483647\n"), 0);
    assert_int_equal(speed_of("-1\n"), 0);
    assert_int_equal(speed_of("3200001\n"), 0); /* faster than any Ethernet */
    assert_int_equal(speed_of("3200000\n"), 3200000000000);
    assert_int_equal(speed_of("1600000\n"), 1600000000000);
    assert_int_equal(speed_of("50000\n"), 50000000000);
    assert_int_equal(speed_of("100000\n"), 100000000000);
}

static void an_interface_that_is_not_there_has_no_speed(void **state)
{
    (void)state;
    assert_int_equal(sysfs_link_speed(root, "ens1f0"), 0);
    make_folders("class/net/ens1f0"); /* a virtual interface */
    assert_int_equal(sysfs_link_speed(root, "ens1f0"), 0);
}

static void the_name_of_an_interface_is_not_a_path(void **state)
{
    (void)state;
    make_folders("class/net/ens1f0");
    put("class/net/ens1f0/speed", "1000\n");
    put("class/net/speed", "1000\n");
    put("class/speed", "1000\n");
    assert_int_equal(sysfs_link_speed(root, ".."), 0);
    assert_int_equal(sysfs_link_speed(root, "."), 0);
    assert_int_equal(sysfs_link_speed(root, ""), 0);
    assert_int_equal(sysfs_link_speed(root, "../net/ens1f0"), 0);
    assert_int_equal(sysfs_link_speed(root, "ens1f0/"), 0);
}

static void the_root_is_the_one_that_is_given(void **state)
{
    (void)state;
    assert_int_equal(speed_of("1000\n"), 1000000000);
    assert_int_equal(sysfs_link_speed(at("elsewhere"), "ens1f0"), 0);
}

/* --- physical functions --- */

#define VF "bus/pci/devices/0000:3b:10.5"
#define PF "bus/pci/devices/0000:3b:00.0"

/* As the kernel does: the VF's "physfn" is a link to the PF's directory. */
static void make_vf(void)
{
    make_folders(VF);
    make_folders(PF);
    assert_int_equal(symlink("../0000:3b:00.0", at(VF "/physfn")), 0);
}

static const char *physical(const char *pci)
{
    static char name[DAQS_IFNAME_MAX + 1];
    memset(name, 'Z', sizeof name);
    sysfs_physical(root, pci, name);
    assert_non_null(memchr(name, '\0', sizeof name));
    return name;
}

static void a_virtual_function_leads_to_its_physical_interface(void **state)
{
    (void)state;
    make_vf();
    make_folders(PF "/net/ens6f1np1");
    assert_string_equal(physical("0000:3b:10.5"), "ens6f1np1");
}

static void the_longest_interface_name_fits(void **state)
{
    (void)state;
    make_vf();
    make_folders(PF "/net/abcdefghijklmno");
    assert_string_equal(physical("0000:3b:10.5"), "abcdefghijklmno");
}

static void a_function_that_is_not_virtual_has_none(void **state)
{
    (void)state;
    make_folders(PF "/net/ens6f1np1");
    assert_string_equal(physical("0000:3b:00.0"), "");
}

static void a_function_that_is_not_there_has_none(void **state)
{
    (void)state;
    make_vf();
    make_folders(PF "/net/ens6f1np1");
    assert_string_equal(physical("0000:3b:10.6"), "");
}

static void a_physical_function_without_interface_has_none(void **state)
{
    (void)state;
    make_vf();
    assert_string_equal(physical("0000:3b:10.5"), "");
    make_folders(PF "/net");
    assert_string_equal(physical("0000:3b:10.5"), "");
}

static void an_interface_with_a_name_we_would_not_use_is_passed_over(void **state)
{
    (void)state;
    make_vf();
    make_folders(PF "/net/bad name");
    make_folders(PF "/net/.hidden");
    make_folders(PF "/net/much-too-long-for-an-interface");
    assert_string_equal(physical("0000:3b:10.5"), "");
}

static void an_invalid_pci_address_leads_nowhere(void **state)
{
    (void)state;
    make_folders("bus/pci/devices/physfn/net/ens6f1np1");
    make_folders("bus/pci/physfn/net/ens6f1np1");
    make_folders("bus/pci/devices/x/physfn/net/ens6f1np1");
    assert_string_equal(physical(""), "");
    assert_string_equal(physical("x"), "");
    assert_string_equal(physical("../devices/x"), "");
    assert_string_equal(physical("0000:3b:10.5/../x"), "");
    assert_string_equal(physical("0000:3B:10.5"), "");
}

/* mlx5 in switchdev mode: the representors of the uplink and of each VF are in one directory. */
static void of_representors_only_the_uplinks_is_the_physical_function(void **state)
{
    (void)state;
    static const char *const port[][2] = {{"eth0", "pf0vf0\n"},   {"eth1", "pf0vf1\n"},
                                          {"eth2", "c1pf0vf2\n"}, {"eth3", "pf0sf88\n"},
                                          {"eth4", "pf0\n"},      {"ens6f0np0", "p0\n"}};
    make_vf();
    for (size_t i = 0; i < sizeof port / sizeof port[0]; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, PF "/net/%s", port[i][0]);
        make_folders(path);
        (void)snprintf(path, sizeof path, PF "/net/%s/phys_port_name", port[i][0]);
        put(path, port[i][1]);
    }
    assert_string_equal(physical("0000:3b:10.5"), "ens6f0np0");
}

/* ice and mlx5 in legacy mode name their port; igb does not (reading fails; here the file is
 * empty). */
static void a_port_may_have_a_name_or_none(void **state)
{
    (void)state;
    make_vf();
    make_folders(PF "/net/ens6f1np1");
    put(PF "/net/ens6f1np1/phys_port_name", "p1\n");
    assert_string_equal(physical("0000:3b:10.5"), "ens6f1np1");
    put(PF "/net/ens6f1np1/phys_port_name", "");
    assert_string_equal(physical("0000:3b:10.5"), "ens6f1np1");
}

/* igb numbers its VFs 0000:3b:10.0, .2, .4: the address does not determine the number. */
static void a_virtual_function_has_the_number_of_its_link(void **state)
{
    (void)state;
    make_vf();
    make_folders("bus/pci/devices/0000:3b:10.3");
    assert_int_equal(symlink("../0000:3b:00.0", at("bus/pci/devices/0000:3b:10.3/physfn")), 0);
    assert_int_equal(symlink("../0000:3b:10.1", at(PF "/virtfn0")), 0);
    assert_int_equal(symlink("../0000:3b:10.3", at(PF "/virtfn1")), 0);
    assert_int_equal(symlink("../0000:3b:10.5", at(PF "/virtfn12")), 0);
    assert_int_equal(sysfs_vf_number(root, "0000:3b:10.3"), 1);
    assert_int_equal(sysfs_vf_number(root, "0000:3b:10.5"), 12);
}

static void a_device_that_is_not_a_virtual_function_has_no_number(void **state)
{
    (void)state;
    make_vf();
    assert_int_equal(symlink("../0000:3b:10.5", at(PF "/virtfnx")), 0);
    assert_int_equal(symlink("../0000:3b:10.5", at(PF "/virtfn1x")), 0);
    put(PF "/virtfn2", "0000:3b:10.5");
    assert_int_equal(sysfs_vf_number(root, "0000:3b:10.5"), -1);
    assert_int_equal(sysfs_vf_number(root, "0000:3b:00.0"), -1);
    assert_int_equal(sysfs_vf_number(root, "0000:3b:10.7"), -1);
    assert_int_equal(sysfs_vf_number(root, "../x"), -1);
    assert_int_equal(sysfs_vf_number(root, ""), -1);
}

/* --- interfaces with VFs --- */

static void add_function(const char *ifname, const char *file, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "class/net/%s/device", ifname);
    make_folders(path);
    (void)snprintf(path, sizeof path, "class/net/%s/device/%s", ifname, file);
    put(path, text);
}

static void an_interface_has_vfs_if_its_function_can(void **state)
{
    (void)state;
    add_function("ens1f0", "sriov_totalvfs", "8\n");
    add_function("ens1f1", "sriov_totalvfs", "0\n");
    add_function("ens1f2", "sriov_totalvfs", "many\n");
    add_function("sim0", "sriov_numvfs", "4\n");
    assert_true(sysfs_has_vfs(root, "ens1f0"));
    assert_false(sysfs_has_vfs(root, "ens1f1"));
    assert_false(sysfs_has_vfs(root, "ens1f2"));
    assert_true(sysfs_has_vfs(root, "sim0"));
    assert_false(sysfs_has_vfs(root, "none"));
    assert_false(sysfs_has_vfs(root, "../net/ens1f0"));
}

static void n7_the_ports_of_a_bond_that_have_vfs_are_named(void **state)
{
    char ports[SYSFS_PORTS_BYTES];
    (void)state;
    add_function("ens1f1", "sriov_totalvfs", "8\n");
    add_function("ens1f0", "sriov_totalvfs", "8\n");
    add_function("eno1", "sriov_totalvfs", "0\n");
    make_folders("class/net/bond0/lower_ens1f1");
    make_folders("class/net/bond0/lower_ens1f0");
    make_folders("class/net/bond0/lower_eno1");
    make_folders("class/net/bond0/upper_br0");
    sysfs_ports_with_vfs(root, "bond0", ports);
    assert_string_equal(ports, "ens1f0, ens1f1");
    sysfs_ports_with_vfs(root, "ens1f0", ports);
    assert_string_equal(ports, "");
    sysfs_ports_with_vfs(root, "none", ports);
    assert_string_equal(ports, "");
}

static void n7_a_port_is_identified_by_its_number(void **state)
{
    static const struct {
        const char *text;
        const char *id;
    } all[] = {
        {"b83fd20312ab\n", "b83fd20312ab"}, {"", ""}, {"\n", ""}, {"../x\n", ""}, {"12", ""}};
    char id[SYSFS_PORT_ID_BYTES];
    char longest[200];
    (void)state;
    make_folders("class/net/ens1f0");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        put("class/net/ens1f0/phys_port_id", all[i].text);
        sysfs_port_id(root, "ens1f0", id);
        assert_string_equal(id, all[i].id);
    }
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    put("class/net/ens1f0/phys_port_id", longest);
    sysfs_port_id(root, "ens1f0", id);
    assert_string_equal(id, "");
    sysfs_port_id(root, "none", id);
    assert_string_equal(id, "");
}

static void n7_a_list_of_ports_that_does_not_fit_is_cut(void **state)
{
    char ports[SYSFS_PORTS_BYTES];
    (void)state;
    for (int i = 0; i < 40; i++) {
        char name[32];
        char path[64];
        (void)snprintf(name, sizeof name, "port_number_%02d", i);
        add_function(name, "sriov_totalvfs", "8\n");
        (void)snprintf(path, sizeof path, "class/net/bond0/lower_port_number_%02d", i);
        make_folders(path);
    }
    sysfs_ports_with_vfs(root, "bond0", ports);
    assert_int_equal(strncmp(ports, "port_number_00, port_number_01, ", 32), 0);
    assert_string_equal(ports + strlen(ports) - 16, ", port_number_15");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_link_is_down_only_if_its_carrier_says_so),
        CASE(a_speed_in_mbit_becomes_a_rate),
        CASE(a_link_that_is_down_has_no_speed),
        CASE(an_implausible_speed_is_unknown),
        CASE(n8_a_marker_for_an_unknown_speed_is_not_a_speed),
        CASE(an_interface_that_is_not_there_has_no_speed),
        CASE(the_name_of_an_interface_is_not_a_path),
        CASE(the_root_is_the_one_that_is_given),
        CASE(a_virtual_function_leads_to_its_physical_interface),
        CASE(the_longest_interface_name_fits),
        CASE(of_representors_only_the_uplinks_is_the_physical_function),
        CASE(a_port_may_have_a_name_or_none),
        CASE(a_virtual_function_has_the_number_of_its_link),
        CASE(a_device_that_is_not_a_virtual_function_has_no_number),
        CASE(a_function_that_is_not_virtual_has_none),
        CASE(a_function_that_is_not_there_has_none),
        CASE(a_physical_function_without_interface_has_none),
        CASE(an_interface_with_a_name_we_would_not_use_is_passed_over),
        CASE(an_invalid_pci_address_leads_nowhere),
        CASE(an_interface_has_vfs_if_its_function_can),
        CASE(n7_the_ports_of_a_bond_that_have_vfs_are_named),
        CASE(n7_a_port_is_identified_by_its_number),
        CASE(n7_a_list_of_ports_that_does_not_fit_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
