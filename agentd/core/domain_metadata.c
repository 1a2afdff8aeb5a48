/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/domain_metadata.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/cleanup.h"

/* All versions of a namespace begin like this. */
static const char own_namespaces[] = "urn:daqs:sla:";
static const char nova_namespaces[] = "http://openstack.org/xmlns/libvirt/nova/";

static void free_text_p(xmlChar **text)
{
    xmlFree(*text);
}

static bool is_named(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const char *namespace_of(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href
               ? (const char *)node->ns->href
               : "";
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* --- our own element --- */

/* The labels of other sources cannot be written by hand. */
static bool is_reserved(const char *key)
{
    return begins_with(key, "sla-") || begins_with(key, "nova-") || begins_with(key, "pve-");
}

/* <daqs:label name="team" value="billing"/> */
static void read_label(const xmlNode *node, struct vm_labels *labels)
{
    xmlChar *name DAQS_AUTO(free_text_p) = xmlGetNoNsProp(node, (const xmlChar *)"name");
    xmlChar *value DAQS_AUTO(free_text_p) = xmlGetNoNsProp(node, (const xmlChar *)"value");
    if (name && value && !is_reserved((const char *)name))
        (void)vm_labels_add(labels, (const char *)name, (const char *)value);
}

static void read_sla(const xmlNode *sla, struct vm_labels *labels)
{
    for (const xmlAttr *a = sla->properties; a; a = a->next) {
        xmlChar *value DAQS_AUTO(free_text_p) = xmlNodeGetContent((const xmlNode *)a);
        if (value && !a->ns)
            vm_labels_ask(labels, (const char *)a->name, (const char *)value);
    }
    for (const xmlNode *c = sla->children; c; c = c->next)
        if (is_named(c, "label") && strcmp(namespace_of(c), DOMAIN_METADATA_NAMESPACE) == 0)
            read_label(c, labels);
}

/* Returns true if the element is of our own namespace, in any version. */
static bool read_own(const xmlNode *node, struct vm_labels *labels)
{
    const char *space = namespace_of(node);
    if (!begins_with(space, own_namespaces))
        return false;
    if (strcmp(space, DOMAIN_METADATA_NAMESPACE) != 0)
        vm_labels_problem(labels, "its namespace is %.60s; this agent knows %s", space,
                          DOMAIN_METADATA_NAMESPACE);
    else if (!is_named(node, "sla"))
        vm_labels_problem(labels, "its element is <%.40s>, not <sla>", (const char *)node->name);
    else
        read_sla(node, labels);
    return true;
}

/* --- Nova's --- */

static void add_text(struct vm_labels *labels, const char *key, const xmlNode *node)
{
    xmlChar *text DAQS_AUTO(free_text_p) = xmlNodeGetContent(node);
    if (text)
        (void)vm_labels_add(labels, key, (const char *)text);
}

static void add_property(struct vm_labels *labels, const char *key, const xmlNode *node,
                         const char *name)
{
    xmlChar *text DAQS_AUTO(free_text_p) = xmlGetNoNsProp(node, (const xmlChar *)name);
    if (text)
        (void)vm_labels_add(labels, key, (const char *)text);
}

/* <nova:extraSpec name="daqs:class">gold</nova:extraSpec> */
static void read_extra_spec(const xmlNode *node, struct vm_labels *labels)
{
    static const char prefix[] = "daqs:";
    xmlChar *name DAQS_AUTO(free_text_p) = xmlGetNoNsProp(node, (const xmlChar *)"name");
    xmlChar *value DAQS_AUTO(free_text_p) = xmlNodeGetContent(node);
    if (name && value && begins_with((const char *)name, prefix))
        vm_labels_ask(labels, (const char *)name + strlen(prefix), (const char *)value);
}

static void read_flavor(const xmlNode *flavor, bool may_ask, struct vm_labels *labels)
{
    add_property(labels, "nova-flavor", flavor, "name");
    for (const xmlNode *specs = flavor->children; specs && may_ask; specs = specs->next)
        if (is_named(specs, "extraSpecs"))
            for (const xmlNode *c = specs->children; c; c = c->next)
                if (is_named(c, "extraSpec"))
                    read_extra_spec(c, labels);
}

static void read_owner(const xmlNode *owner, struct vm_labels *labels)
{
    for (const xmlNode *c = owner->children; c; c = c->next) {
        if (is_named(c, "user"))
            add_text(labels, "nova-user", c);
        if (!is_named(c, "project"))
            continue;
        add_text(labels, "nova-project", c);
        add_property(labels, "nova-project-id", c, "uuid");
    }
}

static void read_nova(const xmlNode *instance, bool may_ask, struct vm_labels *labels)
{
    for (const xmlNode *c = instance->children; c; c = c->next) {
        if (is_named(c, "name"))
            add_text(labels, "nova-name", c);
        if (is_named(c, "flavor"))
            read_flavor(c, may_ask, labels);
        if (is_named(c, "owner"))
            read_owner(c, labels);
    }
}

/* --- all of them --- */

static void read_title(const xmlNode *title, struct vm_labels *labels)
{
    xmlChar *text DAQS_AUTO(free_text_p) = xmlNodeGetContent(title);
    if (text)
        vm_labels_set_title(labels, (const char *)text);
}

/* Our own element goes before Nova's, whatever their order is: its SLA counts. */
static void read_metadata(const xmlNode *metadata, struct vm_labels *labels)
{
    bool own = false;
    for (const xmlNode *c = metadata->children; c; c = c->next)
        own |= read_own(c, labels);
    for (const xmlNode *c = metadata->children; c; c = c->next)
        if (is_named(c, "instance") && begins_with(namespace_of(c), nova_namespaces))
            read_nova(c, !own, labels);
}

void domain_metadata_read(const xmlNode *domain, struct vm_labels *labels)
{
    for (const xmlNode *c = domain->children; c; c = c->next) {
        if (is_named(c, "title"))
            read_title(c, labels);
        if (is_named(c, "metadata"))
            read_metadata(c, labels);
    }
}
