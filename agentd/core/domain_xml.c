/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/domain_xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/domain_metadata.h"
#include "shared/base/cleanup.h"

enum { XML_MAX_BYTES = 1024 * 1024 };

static void free_doc_p(xmlDoc **doc)
{
    xmlFreeDoc(*doc);
}

static void free_text_p(xmlChar **text)
{
    xmlFree(*text);
}

static xmlNode *child(const xmlNode *node, const char *name)
{
    for (xmlNode *c = node ? node->children : NULL; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, name) == 0)
            return c;
    return NULL;
}

/* Parses a hexadecimal attribute such as slot='0x10'. */
static bool hex_attribute(const xmlNode *node, const char *name, unsigned most, unsigned *ret)
{
    xmlChar *text DAQS_AUTO(free_text_p) = xmlGetProp(node, (const xmlChar *)name);
    char *end = NULL;
    unsigned long value = text ? strtoul((const char *)text, &end, 16) : 0;
    if (!end || end == (const char *)text || *end != '\0' || value > most)
        return false;
    *ret = (unsigned)value;
    return true;
}

/* Functions behind a VMD controller are in domains from 0x10000 on. */
enum { PCI_DOMAIN_MOST = 0xfffff };

/* Parses <address type='pci' domain='0x0000' bus='0x01' slot='0x10' function='0x0'/> below a
 * node. */
static void read_pci(const xmlNode *node, char ret[static DOMAIN_PCI_TEXT])
{
    const xmlNode *address = child(node, "address");
    unsigned domain;
    unsigned bus;
    unsigned slot;
    unsigned function;
    if (address && hex_attribute(address, "domain", PCI_DOMAIN_MOST, &domain) &&
        hex_attribute(address, "bus", 0xff, &bus) && hex_attribute(address, "slot", 0x1f, &slot) &&
        hex_attribute(address, "function", 7, &function))
        (void)snprintf(ret, DOMAIN_PCI_TEXT, "%04x:%02x:%02x.%x", domain & PCI_DOMAIN_MOST,
                       bus & 0xff, slot & 0x1f, function & 7);
}

/* The address below <source> is the host's, the one next to <source> is the guest's. */
static void read_places(const xmlNode *device, struct domain_nic *nic)
{
    read_pci(child(device, "source"), nic->pci);
    read_pci(device, nic->guest_pci);
}

static bool attribute_is(const xmlNode *node, const char *name, const char *expected)
{
    xmlChar *text DAQS_AUTO(free_text_p) = xmlGetProp(node, (const xmlChar *)name);
    return text && strcmp((const char *)text, expected) == 0;
}

/* Parses <source dev='ens1f0v3' mode='passthrough'/> or <source dev='/dev/vhost-vdpa-0'/>. */
static void read_device_name(const xmlNode *source, const char *prefix, struct domain_nic *nic)
{
    xmlChar *text DAQS_AUTO(free_text_p) =
        source ? xmlGetProp(source, (const xmlChar *)"dev") : NULL;
    size_t skip = strlen(prefix);
    if (text && strncmp((const char *)text, prefix, skip) == 0 &&
        daqs_ifname_ok((const char *)text + skip))
        (void)snprintf(nic->device, sizeof nic->device, "%s", (const char *)text + skip);
}

/* Determines how the interface reaches a function of the host, if it does. */
static void read_way(const xmlNode *interface, struct domain_nic *nic)
{
    const xmlNode *source = child(interface, "source");
    if (*nic->pci) {
        nic->way = DOMAIN_NIC_PASSED;
    } else if (attribute_is(interface, "type", "direct")) {
        nic->way = DOMAIN_NIC_MACVTAP;
        nic->exclusive = source && attribute_is(source, "mode", "passthrough");
        read_device_name(source, "", nic);
    } else if (attribute_is(interface, "type", "vdpa")) {
        nic->way = DOMAIN_NIC_VDPA;
        read_device_name(source, "/dev/", nic);
    }
}

static bool read_interface(const xmlNode *interface, struct domain_nic *ret)
{
    struct domain_nic nic = {.mac_known = true};
    const xmlNode *mac = child(interface, "mac");
    xmlChar *text DAQS_AUTO(free_text_p) = mac ? xmlGetProp(mac, (const xmlChar *)"address") : NULL;
    if (!text || !daqs_mac_parse((const char *)text, &nic.mac))
        return false;
    read_places(interface, &nic);
    read_way(interface, &nic);
    *ret = nic;
    return true;
}

/* <hostdev mode='subsystem' type='pci'>: a VF, a disk controller, a graphics card, ... */
static bool read_hostdev(const xmlNode *hostdev, struct domain_nic *ret)
{
    struct domain_nic nic = {.way = DOMAIN_NIC_PASSED};
    if (!attribute_is(hostdev, "type", "pci"))
        return false;
    read_places(hostdev, &nic);
    *ret = nic;
    return nic.pci[0] != '\0';
}

static bool read_device(const xmlNode *device, struct domain_nic *ret)
{
    if (device->type != XML_ELEMENT_NODE)
        return false;
    if (strcmp((const char *)device->name, "interface") == 0)
        return read_interface(device, ret);
    return strcmp((const char *)device->name, "hostdev") == 0 && read_hostdev(device, ret);
}

int domain_xml_read(const char *xml, struct domain_nic ret[static DOMAIN_NICS_MAX],
                    size_t *ret_count, struct vm_labels *ret_labels, struct daqs_error *err)
{
    size_t length = strlen(xml);
    if (length > XML_MAX_BYTES)
        return daqs_fail(err, DAQS_ETOOBIG, "a domain description of %zu bytes", length);
    /* libvirt writes UTF-8. A description that declares another encoding would have a converter
     * loaded. */
    xmlDoc *doc DAQS_AUTO(free_doc_p) = xmlReadMemory(
        xml, (int)length, NULL, "UTF-8",
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
    /* libvirt writes no DTD. Entities defined in a DTD would be expanded when attributes are read,
     * and a few lines can expand to gigabytes. */
    const xmlNode *root = doc && !doc->intSubset ? xmlDocGetRootElement(doc) : NULL;
    if (!root || strcmp((const char *)root->name, "domain") != 0)
        return daqs_fail(err, DAQS_EFORMAT, "not a libvirt domain description");
    size_t count = 0;
    const xmlNode *devices = child(root, "devices");
    for (const xmlNode *c = devices ? devices->children : NULL; c && count < DOMAIN_NICS_MAX;
         c = c->next)
        if (read_device(c, &ret[count]))
            count++;
    *ret_count = count;
    if (ret_labels) {
        memset(ret_labels, 0, sizeof *ret_labels);
        domain_metadata_read(root, ret_labels);
    }
    return DAQS_OK;
}
