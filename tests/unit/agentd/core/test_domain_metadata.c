/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/domain_xml.h"

#define DAQS "xmlns:daqs='urn:daqs:sla:1'"

static struct vm_labels labels;

/* Reads a domain with this content. */
static void read_domain(const char *content)
{
    static struct domain_nic nic[DOMAIN_NICS_MAX];
    static const char frame[] = "<domain type='kvm'><name>web</name>%s<devices/></domain>";
    struct daqs_error err = {0};
    const size_t size = strlen(content) + sizeof frame;
    size_t count = 0;
    char *xml = malloc(size);
    assert_non_null(xml);
    (void)snprintf(xml, size, frame, content);
    assert_int_equal(domain_xml_read(xml, nic, &count, &labels, &err), DAQS_OK);
    free(xml);
}

static void assert_label(const char *key, const char *value)
{
    const char *found = vm_labels_find(&labels, key);
    if (!found)
        fail_msg("there is no %s", key);
    assert_string_equal(found, value);
}

static void assert_problem(const char *part)
{
    const char *found = vm_labels_find(&labels, VM_LABEL_PROBLEM);
    assert_non_null(found);
    if (!strstr(found, part))
        fail_msg("'%s' does not contain '%s'", found, part);
}

static void a_domain_without_metadata_has_neither_title_nor_labels(void **state)
{
    (void)state;
    read_domain("");
    assert_string_equal(labels.title, "");
    assert_int_equal(labels.count, 0);
    read_domain("<metadata/>");
    assert_int_equal(labels.count, 0);
}

static void the_title_is_that_of_the_domain(void **state)
{
    (void)state;
    read_domain("<title>Web &amp; mail</title><description>x</description>");
    assert_string_equal(labels.title, "Web & mail");
}

static void an_sla_is_read_from_our_own_element(void **state)
{
    (void)state;
    read_domain("<metadata><daqs:sla " DAQS " min='2Gbit' max='10Gbit' weight='4' class='gold'"
                " tenant='acme'><daqs:label name='team' value='billing'/></daqs:sla></metadata>");
    assert_label("sla-min", "2Gbit");
    assert_label("sla-max", "10Gbit");
    assert_label("sla-weight", "4");
    assert_label("sla-class", "gold");
    assert_label("sla-tenant", "acme");
    assert_label("team", "billing");
    assert_int_equal(labels.count, 6);
}

static void the_prefix_of_the_namespace_does_not_matter(void **state)
{
    (void)state;
    read_domain("<metadata><q:sla xmlns:q='urn:daqs:sla:1' class='gold'/></metadata>");
    assert_label("sla-class", "gold");
    read_domain("<metadata><sla xmlns='urn:daqs:sla:1' class='gold'/></metadata>");
    assert_label("sla-class", "gold");
}

static void elements_of_other_namespaces_ask_for_nothing(void **state)
{
    (void)state;
    read_domain("<metadata><daqs:sla xmlns:daqs='http://example.org/1' class='gold'/>"
                "<sla class='gold'/></metadata>");
    assert_int_equal(labels.count, 0);
}

static void another_version_of_our_namespace_is_a_problem(void **state)
{
    (void)state;
    read_domain("<metadata><daqs:sla xmlns:daqs='urn:daqs:sla:2' class='gold'/></metadata>");
    assert_int_equal(labels.count, 1);
    assert_problem("urn:daqs:sla:2");
}

static void what_is_not_understood_is_a_problem(void **state)
{
    (void)state;
    read_domain("<metadata><daqs:sla " DAQS " minimum='2Gbit'/></metadata>");
    assert_problem("'minimum' is not known");
    read_domain("<metadata><daqs:guarantee " DAQS " min='2Gbit'/></metadata>");
    assert_problem("<guarantee>");
    read_domain("<metadata><daqs:sla " DAQS " class=''/></metadata>");
    assert_problem("'class' is empty");
}

static void labels_of_other_sources_cannot_be_written_by_hand(void **state)
{
    (void)state;
    read_domain("<metadata><daqs:sla " DAQS "><daqs:label name='sla-class' value='gold'/>"
                "<daqs:label name='nova-flavor' value='m1.gold'/>"
                "<daqs:label name='pve-pool' value='x'/><daqs:label name='B A D' value='x'/>"
                "<daqs:label name='empty'/><daqs:label value='x'/>"
                "<label name='foreign' value='x' xmlns='urn:other'/></daqs:sla></metadata>");
    assert_int_equal(labels.count, 0);
}

/* As Nova writes it since 2025 (libvirt/config.py), shortened. */
#define NOVA(specs)                                                                                \
    "<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>"                     \
    "<nova:package version='33.1.0'/><nova:name>web-1</nova:name>"                                 \
    "<nova:creationTime>2026-07-19 08:43:41</nova:creationTime>"                                   \
    "<nova:flavor name='m1.gold' id='3'><nova:memory>4096</nova:memory>"                           \
    "<nova:extraSpecs>" specs "</nova:extraSpecs></nova:flavor>"                                   \
    "<nova:owner><nova:user uuid='702a'>kim</nova:user>"                                           \
    "<nova:project uuid='38bd'>billing</nova:project></nova:owner>"                                \
    "<nova:root type='image' uuid='f0f0'/></nova:instance>"

static void novas_instance_flavour_and_project_are_labels(void **state)
{
    (void)state;
    read_domain("<metadata>" NOVA(
        "<nova:extraSpec name='hw_rng:allowed'>True</nova:extraSpec>") "</metadata>");
    assert_label("nova-name", "web-1");
    assert_label("nova-flavor", "m1.gold");
    assert_label("nova-user", "kim");
    assert_label("nova-project", "billing");
    assert_label("nova-project-id", "38bd");
    assert_int_equal(labels.count, 5);
}

static void an_older_nova_has_no_extra_specs(void **state)
{
    (void)state;
    read_domain("<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.0'>"
                "<nova:flavor name='m1.tiny'><nova:memory>512</nova:memory></nova:flavor>"
                "</nova:instance></metadata>");
    assert_label("nova-flavor", "m1.tiny");
    assert_int_equal(labels.count, 1);
}

static void extra_specs_of_a_flavour_ask_for_an_sla(void **state)
{
    (void)state;
    read_domain(
        "<metadata>" NOVA("<nova:extraSpec name='daqs:class'>gold</nova:extraSpec>"
                          "<nova:extraSpec name='daqs:min'> 2Gbit </nova:extraSpec>"
                          "<nova:extraSpec name='quota:x'>1</nova:extraSpec>") "</metadata>");
    assert_label("sla-class", "gold");
    assert_label("sla-min", "2Gbit");
    assert_int_equal(labels.count, 7);
}

static void our_own_element_goes_before_novas_whatever_their_order(void **state)
{
    static const char own[] = "<daqs:sla " DAQS " class='silver'/>";
    static const char nova[] = NOVA("<nova:extraSpec name='daqs:class'>gold</nova:extraSpec>");
    char metadata[4096];
    (void)state;
    for (int first = 0; first < 2; first++) {
        (void)snprintf(metadata, sizeof metadata, "<metadata>%s%s</metadata>", first ? own : nova,
                       first ? nova : own);
        read_domain(metadata);
        assert_label("sla-class", "silver");
        assert_label("nova-flavor", "m1.gold");
        assert_int_equal(labels.count, 6);
    }
}

static void too_many_labels_leave_a_place_for_a_problem(void **state)
{
    char metadata[8192];
    size_t length = 0;
    (void)state;
    length +=
        (size_t)snprintf(metadata, sizeof metadata, "<metadata><daqs:sla " DAQS " min='1Gbit'>");
    for (int i = 0; i < 100; i++)
        length += (size_t)snprintf(metadata + length, sizeof metadata - length,
                                   "<daqs:label name='l%d' value='x'/>", i);
    (void)snprintf(metadata + length, sizeof metadata - length, "</daqs:sla></metadata>");
    read_domain(metadata);
    assert_int_equal(labels.count, DAQS_MAX_LABELS - 1);
    assert_label("sla-min", "1Gbit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_without_metadata_has_neither_title_nor_labels),
        cmocka_unit_test(the_title_is_that_of_the_domain),
        cmocka_unit_test(an_sla_is_read_from_our_own_element),
        cmocka_unit_test(the_prefix_of_the_namespace_does_not_matter),
        cmocka_unit_test(elements_of_other_namespaces_ask_for_nothing),
        cmocka_unit_test(another_version_of_our_namespace_is_a_problem),
        cmocka_unit_test(what_is_not_understood_is_a_problem),
        cmocka_unit_test(labels_of_other_sources_cannot_be_written_by_hand),
        cmocka_unit_test(novas_instance_flavour_and_project_are_labels),
        cmocka_unit_test(an_older_nova_has_no_extra_specs),
        cmocka_unit_test(extra_specs_of_a_flavour_ask_for_an_sla),
        cmocka_unit_test(our_own_element_goes_before_novas_whatever_their_order),
        cmocka_unit_test(too_many_labels_leave_a_place_for_a_problem),
    };
    xmlInitParser();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
