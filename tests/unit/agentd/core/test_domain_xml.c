/* SPDX-License-Identifier: Apache-2.0 */
#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/domain_xml.h"

static struct domain_nic nic[DOMAIN_NICS_MAX];
static size_t count;
static struct daqs_error err;

static int parse(const char *xml)
{
    memset(nic, 0, sizeof nic);
    memset(&err, 0, sizeof err);
    count = 9999;
    return domain_xml_read(xml, nic, &count, NULL, &err);
}

static void assert_refused(const char *xml, int code)
{
    assert_int_equal(parse(xml), code);
    assert_int_equal(err.code, code);
    assert_string_not_equal(err.text, "");
    assert_int_equal(count, 9999);
}

/* Parses a domain that has these devices. */
static int parse_devices(const char *devices)
{
    static const char frame[] = "<domain type='kvm' id='3'><name>web</name><devices>%s</devices>"
                                "</domain>";
    size_t size = strlen(devices) + sizeof frame;
    char *xml = malloc(size);
    assert_non_null(xml);
    (void)snprintf(xml, size, frame, devices);
    int result = parse(xml);
    free(xml);
    return result;
}

static void assert_mac(size_t i, const char *expected)
{
    char text[DAQS_MAC_TEXT];
    assert_string_equal(daqs_mac_format(&nic[i].mac, text), expected);
}

static void nics_of_every_kind_are_found_in_order(void **state)
{
    (void)state;
    assert_int_equal(
        parse_devices(
            "<emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
            "<interface type='network'>\n"
            "  <mac address='52:54:00:01:00:01'/>\n"
            "  <source network='default' portid='1' bridge='virbr0'/>\n"
            "  <target dev='vnet0'/><model type='virtio'/>\n"
            "  <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n"
            "</interface>\n"
            "<interface type='bridge'><mac address='52:54:00:01:00:02'/>"
            "<source bridge='br0'/></interface>\n"
            "<interface type='ethernet'><mac address='52:54:00:01:00:03'/></interface>\n"
            "<interface type='hostdev' managed='yes'>\n"
            "  <mac address='52:54:00:01:00:04'/><driver name='vfio'/>\n"
            "  <source><address type='pci' domain='0x0000' bus='0x3b' slot='0x10' function='0x5'/>"
            "</source>\n"
            "  <address type='pci' domain='0x0000' bus='0x07' slot='0x00' function='0x0'/>\n"
            "</interface>\n"),
        DAQS_OK);
    assert_int_equal(count, 4);
    assert_mac(0, "52:54:00:01:00:01");
    assert_mac(1, "52:54:00:01:00:02");
    assert_mac(2, "52:54:00:01:00:03");
    assert_mac(3, "52:54:00:01:00:04");
    assert_string_equal(nic[3].pci, "0000:3b:10.5");
    assert_string_equal(nic[0].guest_pci, "0000:01:00.0");
    assert_string_equal(nic[1].guest_pci, "");
    assert_string_equal(nic[3].guest_pci, "0000:07:00.0");
}

/* The address directly in the interface element is the guest's, not the host's. */
static void only_passed_through_functions_have_a_host_address(void **state)
{
    (void)state;
    assert_int_equal(parse_devices("<interface type='bridge'><mac address='52:54:00:01:00:02'/>"
                                   "<address type='pci' domain='0x0000' bus='0x01' slot='0x00' "
                                   "function='0x0'/></interface>"),
                     DAQS_OK);
    assert_int_equal(count, 1);
    assert_string_equal(nic[0].pci, "");
}

static void addresses_are_read_in_either_case(void **state)
{
    (void)state;
    assert_int_equal(
        parse_devices("<interface type='hostdev'><mac address='52:54:00:AB:cD:Ef'/><source>"
                      "<address type='pci' domain='0xABCD' bus='0xFF' slot='0x1F' function='0x7'/>"
                      "</source></interface>"),
        DAQS_OK);
    assert_mac(0, "52:54:00:ab:cd:ef");
    assert_string_equal(nic[0].pci, "abcd:ff:1f.7");
}

/* Intel's VMD puts the functions behind it into PCI domains from 0x10000 on. */
static void a_domain_behind_vmd_is_one_like_others(void **state)
{
    (void)state;
    assert_int_equal(
        parse_devices("<interface type='hostdev'><mac address='52:54:00:ab:cd:ef'/><source>"
                      "<address type='pci' domain='0x10000' bus='0x3b' slot='0x02' function='0x3'/>"
                      "</source></interface>"),
        DAQS_OK);
    assert_string_equal(nic[0].pci, "10000:3b:02.3");
}

static void host_addresses_that_make_no_sense_are_left_out(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "<address type='usb' bus='0x01' device='0x02'/>",
        "<address type='pci' domain='0x0000' bus='0x100' slot='0x10' function='0x0'/>",
        "<address type='pci' domain='0x0000' bus='0x01' slot='0x20' function='0x0'/>",
        "<address type='pci' domain='0x0000' bus='0x01' slot='0x10' function='0x8'/>",
        "<address type='pci' domain='0x100000' bus='0x01' slot='0x10' function='0x0'/>",
        "<address type='pci' domain='-1' bus='0x01' slot='0x10' function='0x0'/>",
        "<address type='pci' domain='' bus='0x01' slot='0x10' function='0x0'/>",
        "<address type='pci' domain='0x0000' bus='0x01' slot='zz' function='0x0'/>",
        "<address type='pci' domain='0x0000' bus='0x01' slot='0x10/..' function='0x0'/>",
        "<address type='pci' domain='0x0000' bus='99999999999999999999' slot='0' function='0'/>",
        "<address type='pci' bus='0x01' slot='0x10' function='0x0'/>",
        "<address/>",
        "",
    };
    char devices[512];
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        (void)snprintf(devices, sizeof devices,
                       "<interface type='hostdev'><mac address='52:54:00:01:00:04'/><source>%s"
                       "</source></interface>",
                       sources[i]);
        assert_int_equal(parse_devices(devices), DAQS_OK);
        assert_int_equal(count, 1);
        assert_string_equal(nic[0].pci, "");
    }
}

static void passed_through_devices_are_listed_without_address(void **state)
{
    (void)state;
    assert_int_equal(
        parse_devices("<hostdev mode='subsystem' type='pci'><source><address "
                      "domain='0x0000' bus='0x3b' slot='0x10' function='0x5'/></source></hostdev>"
                      "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/>"
                      "</source></hostdev>"
                      "<hostdev mode='subsystem' type='pci'><source/></hostdev>"
                      "<interface type='bridge'><mac address='52:54:00:01:00:04'/></interface>"),
        DAQS_OK);
    assert_int_equal(count, 2);
    assert_false(nic[0].mac_known);
    assert_string_equal(nic[0].pci, "0000:3b:10.5");
    assert_true(nic[1].mac_known);
}

static void interfaces_without_a_usable_address_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(parse_devices("<interface type='bridge'/>"
                                   "<interface type='bridge'><mac/></interface>"
                                   "<interface type='bridge'><mac address=''/></interface>"
                                   "<interface type='bridge'><mac address='52:54:00'/></interface>"
                                   "<interface><mac address='52:54:00:01:00:01:02'/></interface>"
                                   "<interface><mac address='52-54-00-01-00-01'/></interface>"
                                   "<interface><mac>52:54:00:01:00:01</mac></interface>"
                                   "<interface><mac address='52:54:00:01:00:07'/></interface>"),
                     DAQS_OK);
    assert_int_equal(count, 1);
    assert_mac(0, "52:54:00:01:00:07");
}

static void interfaces_elsewhere_in_the_document_do_not_count(void **state)
{
    (void)state;
    static const char one[] = "<interface><mac address='52:54:00:01:00:07'/></interface>";
    char xml[512];
    (void)snprintf(xml, sizeof xml,
                   "<domain>%s<metadata><devices>%s</devices></metadata><devices><hub>%s</hub>"
                   "<!-- %s --></devices></domain>",
                   one, one, one, one);
    assert_int_equal(parse(xml), DAQS_OK);
    assert_int_equal(count, 0);
}

static void a_domain_without_interfaces_has_none(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "<domain/>",
        "<domain type='kvm'><name>x</name></domain>",
        "<domain><devices/></domain>",
        "<?xml version='1.0'?>\n<!-- WARNING -->\n<domain><devices><disk/></devices></domain>\n",
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        assert_int_equal(parse(documents[i]), DAQS_OK);
        assert_int_equal(count, 0);
    }
}

static void text_that_is_not_a_domain_is_refused(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "",
        " ",
        "web",
        "{\"domain\": {}}",
        "<domain>",
        "<domain><devices></domain>",
        "<domain></domain><domain></domain>",
        "<network><devices/></network>",
        "<domstatus><domain><devices/></domain></domstatus>",
        "<domainx/>",
        "<Domain/>",
        "<domain a='1' a='2'/>",
        "<domain>\x01</domain>",
        "<domain>\xff\xfe</domain>",
        "<!-- domain -->",
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        assert_refused(documents[i], DAQS_EFORMAT);
}

/* Every prefix of a document, in memory that ends where the text does. */
static void a_document_that_was_cut_is_refused(void **state)
{
    (void)state;
    static const char whole[] = "<domain><devices><interface type='hostdev'>"
                                "<mac address='52:54:00:01:00:04'/><source><address type='pci' "
                                "domain='0x0' bus='0x1' slot='0x2' function='0x3'/></source>"
                                "</interface></devices></domain>";
    for (size_t length = 0; length < strlen(whole); length++) {
        char *cut = strndup(whole, length);
        assert_non_null(cut);
        assert_refused(cut, DAQS_EFORMAT);
        free(cut);
    }
    assert_int_equal(parse(whole), DAQS_OK);
    assert_int_equal(count, 1);
}

static void of_very_many_interfaces_the_first_are_taken(void **state)
{
    (void)state;
    enum { MANY = 200, EACH = 128 };
    char *devices = calloc(MANY, EACH);
    assert_non_null(devices);
    size_t used = 0;
    for (int i = 0; i < MANY; i++)
        used += (size_t)snprintf(devices + used, EACH,
                                 "<interface type='bridge'><mac address='52:54:00:00:00:%02x'/>"
                                 "</interface>",
                                 (unsigned)i);
    assert_int_equal(parse_devices(devices), DAQS_OK);
    assert_int_equal(count, DOMAIN_NICS_MAX);
    for (unsigned i = 0; i < DOMAIN_NICS_MAX; i++)
        assert_int_equal(nic[i].mac.byte[5], i);
    free(devices);
}

static void a_document_of_two_megabytes_is_refused(void **state)
{
    (void)state;
    enum { HUGE_BYTES = 2 * 1024 * 1024 };
    char *xml = malloc(HUGE_BYTES + 32);
    assert_non_null(xml);
    memset(xml, ' ', HUGE_BYTES);
    memcpy(xml, "<domain>", 8);
    (void)snprintf(xml + HUGE_BYTES, 32, "</domain>");
    assert_refused(xml, DAQS_ETOOBIG);
    free(xml);
}

static void a_document_with_much_metadata_is_read(void **state)
{
    (void)state;
    enum { BIG_BYTES = 512 * 1024 };
    char *devices = malloc(BIG_BYTES + 256);
    assert_non_null(devices);
    memset(devices, 'x', BIG_BYTES);
    memcpy(devices, "<a>", 3);
    (void)snprintf(devices + BIG_BYTES, 256,
                   "</a><interface><mac address='52:54:00:01:00:07'/></interface>");
    assert_int_equal(parse_devices(devices), DAQS_OK);
    assert_int_equal(count, 1);
    free(devices);
}

static void a_document_nested_very_deeply_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *xml = malloc((size_t)DEPTH * 3 + 32);
    assert_non_null(xml);
    char *p = stpcpy(xml, "<domain>");
    for (int i = 0; i < DEPTH; i++)
        p = stpcpy(p, "<a>");
    assert_refused(xml, DAQS_EFORMAT);
    free(xml);
}

/* Ten levels of entities, each ten times the one before: ten gigabytes if they were expanded. */
static void make_bomb(char *xml, size_t size, const char *devices)
{
    size_t used = (size_t)snprintf(xml, size, "<!DOCTYPE domain [<!ENTITY e0 \"5254000100\">");
    for (int i = 1; i < 10; i++) {
        used += (size_t)snprintf(xml + used, size - used, "<!ENTITY e%d \"", i);
        for (int k = 0; k < 10; k++)
            used += (size_t)snprintf(xml + used, size - used, "&e%d;", i - 1);
        used += (size_t)snprintf(xml + used, size - used, "\">");
    }
    (void)snprintf(xml + used, size - used, "]><domain><devices>%s</devices></domain>", devices);
}

static void entities_that_expand_without_end_give_no_nic(void **state)
{
    (void)state;
    static const char *const places[] = {
        "<interface><mac address='&e9;'/></interface>",
        "<interface>&e9;</interface>",
        "&e9;<interface><mac address='52:54:00:01:00:07&e9;'/></interface>",
    };
    char xml[4096];
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        make_bomb(xml, sizeof xml, places[i]);
        if (parse(xml) == DAQS_OK)
            assert_int_equal(count, 0);
        else
            assert_int_equal(err.code, DAQS_EFORMAT);
    }
}

static void one_large_entity_used_very_often_gives_no_nic(void **state)
{
    (void)state;
    enum { ENTITY = 100000, USES = 100000 };
    char *xml = malloc(ENTITY + (size_t)USES * 3 + 256);
    assert_non_null(xml);
    char *p = stpcpy(xml, "<!DOCTYPE domain [<!ENTITY a \"");
    memset(p, 'x', ENTITY);
    p = stpcpy(p + ENTITY, "\">]><domain><devices><interface><mac address='");
    for (int i = 0; i < USES; i++)
        p = stpcpy(p, "&a;");
    (void)stpcpy(p, "'/></interface></devices></domain>");
    if (parse(xml) == DAQS_OK)
        assert_int_equal(count, 0);
    else
        assert_int_equal(err.code, DAQS_EFORMAT);
    free(xml);
}

/* A file that would complete the address if the parser read it. */
static void files_that_a_document_names_are_not_read(void **state)
{
    (void)state;
    char path[] = "/tmp/daqs-test-xml-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs("<interface><mac address='52:54:00:01:00:07'/></interface>", file) >= 0);
    assert_int_equal(fclose(file), 0);
    char xml[512];
    (void)snprintf(xml, sizeof xml,
                   "<!DOCTYPE domain [<!ENTITY f SYSTEM \"file://%s\">]>"
                   "<domain><devices>&f;</devices></domain>",
                   path);
    if (parse(xml) == DAQS_OK)
        assert_int_equal(count, 0);
    assert_int_equal(remove(path), 0);
}

static int release_parser(void **state)
{
    (void)state;
    xmlCleanupParser();
    return 0;
}

/* --- FIELD.md, row G8: other ways to a VF --- */

static void g8_a_macvtap_names_the_device_below_it(void **state)
{
    (void)state;
    assert_int_equal(parse_devices("<interface type='direct'><mac address='52:54:00:a0:00:01'/>"
                                   "<source dev='ens1v1' mode='passthrough'/></interface>"
                                   "<interface type='direct'><mac address='52:54:00:a0:00:02'/>"
                                   "<source dev='ens1v2' mode='vepa'/></interface>"
                                   "<interface type='direct'><mac address='52:54:00:a0:00:03'/>"
                                   "<source network='x'/></interface>"
                                   "<interface type='direct'><mac address='52:54:00:a0:00:04'/>"
                                   "<source dev='../../x' mode='passthrough'/></interface>"),
                     DAQS_OK);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(nic[i].way, DOMAIN_NIC_MACVTAP);
    assert_string_equal(nic[0].device, "ens1v1");
    assert_true(nic[0].exclusive);
    assert_string_equal(nic[1].device, "ens1v2");
    assert_false(nic[1].exclusive);
    assert_string_equal(nic[2].device, "");
    assert_string_equal(nic[3].device, "");
}

static void g8_a_vdpa_nic_names_its_device(void **state)
{
    (void)state;
    assert_int_equal(
        parse_devices("<interface type='vdpa'><mac address='52:54:00:a0:00:01'/>"
                      "<source dev='/dev/vhost-vdpa-0'/><model type='virtio'/></interface>"
                      "<interface type='vdpa'><mac address='52:54:00:a0:00:02'/>"
                      "<source dev='/tmp/vhost-vdpa-0'/></interface>"
                      "<interface type='vdpa'><mac address='52:54:00:a0:00:03'/></interface>"),
        DAQS_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(nic[i].way, DOMAIN_NIC_VDPA);
    assert_string_equal(nic[0].device, "vhost-vdpa-0");
    assert_string_equal(nic[1].device, "");
    assert_string_equal(nic[2].device, "");
}

static void g8_a_device_that_is_passed_through_is_known_by_its_address(void **state)
{
    (void)state;
    assert_int_equal(
        parse_devices("<interface type='hostdev'><mac address='52:54:00:a0:00:01'/><source>"
                      "<address type='pci' domain='0x0000' bus='0x3b' slot='0x02' function='0x1'/>"
                      "</source></interface>"
                      "<interface type='bridge'><mac address='52:54:00:a0:00:01'/>"
                      "<source bridge='br0'/></interface>"),
        DAQS_OK);
    assert_int_equal(nic[0].way, DOMAIN_NIC_PASSED);
    assert_int_equal(nic[1].way, DOMAIN_NIC_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g8_a_macvtap_names_the_device_below_it),
        cmocka_unit_test(g8_a_vdpa_nic_names_its_device),
        cmocka_unit_test(g8_a_device_that_is_passed_through_is_known_by_its_address),
        cmocka_unit_test(nics_of_every_kind_are_found_in_order),
        cmocka_unit_test(only_passed_through_functions_have_a_host_address),
        cmocka_unit_test(addresses_are_read_in_either_case),
        cmocka_unit_test(a_domain_behind_vmd_is_one_like_others),
        cmocka_unit_test(host_addresses_that_make_no_sense_are_left_out),
        cmocka_unit_test(passed_through_devices_are_listed_without_address),
        cmocka_unit_test(interfaces_without_a_usable_address_are_left_out),
        cmocka_unit_test(interfaces_elsewhere_in_the_document_do_not_count),
        cmocka_unit_test(a_domain_without_interfaces_has_none),
        cmocka_unit_test(text_that_is_not_a_domain_is_refused),
        cmocka_unit_test(a_document_that_was_cut_is_refused),
        cmocka_unit_test(of_very_many_interfaces_the_first_are_taken),
        cmocka_unit_test(a_document_of_two_megabytes_is_refused),
        cmocka_unit_test(a_document_with_much_metadata_is_read),
        cmocka_unit_test(a_document_nested_very_deeply_is_refused),
        cmocka_unit_test(entities_that_expand_without_end_give_no_nic),
        cmocka_unit_test(one_large_entity_used_very_often_gives_no_nic),
        cmocka_unit_test(files_that_a_document_names_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, release_parser);
}
