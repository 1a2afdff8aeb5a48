/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/identity_facts.h"

#include <stdio.h>
#include <string.h>

enum { FILES = 4 };

/* The PCI function of a paravirtual interface is the parent of its device. */
static const char *const files[FILES] = {"uevent", "device/uevent", "device/../uevent",
                                         "bonding_slave/perm_hwaddr"};

void identity_facts_begin(struct guest_sysfs *ask)
{
    guest_sysfs_begin(ask, "-sHE", "^(INTERFACE|DEVTYPE|DRIVER|PCI_SLOT_NAME)=|^([0-9a-f]{2}:){5}");
}

void identity_facts_add(struct guest_sysfs *ask, const char *ifname)
{
    for (size_t f = 0; f < FILES; f++)
        (void)guest_sysfs_add(ask, ifname, files[f]);
}

static struct identity_fact *fact_of(struct identity_facts *facts, const char *ifname)
{
    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->fact[i].ifname, ifname) == 0)
            return &facts->fact[i];
    if (facts->count == QGA_INTERFACES_MAX)
        return NULL;
    struct identity_fact *fact = &facts->fact[facts->count++];
    *fact = (struct identity_fact){.kind = IDENTITY_PLAIN};
    (void)snprintf(fact->ifname, sizeof fact->ifname, "%s", ifname);
    return fact;
}

/* Returns the text after "KEY=", or NULL for another key. */
static const char *value_of(const char *text, const char *key)
{
    size_t length = strlen(key);
    return strncmp(text, key, length) == 0 && text[length] == '=' ? text + length + 1 : NULL;
}

static void take_pci(struct identity_fact *fact, const char *pci)
{
    static const char digits[] = "0123456789abcdef:.";
    if (strlen(pci) < sizeof fact->pci && strspn(pci, digits) == strlen(pci))
        (void)snprintf(fact->pci, sizeof fact->pci, "%s", pci);
}

/* Files are printed in the order of the request: the more significant ones come first. */
static void take_line(struct identity_fact *fact, const struct guest_sysfs_line *line)
{
    const char *pci = value_of(line->text, "PCI_SLOT_NAME");
    if (strcmp(line->file, files[0]) == 0) {
        if (value_of(line->text, "DEVTYPE") && fact->kind == IDENTITY_PLAIN)
            fact->kind = IDENTITY_STACKED;
    } else if (strcmp(line->file, files[1]) == 0) {
        if (pci)
            fact->kind = IDENTITY_FUNCTION;
        else if (fact->kind != IDENTITY_FUNCTION)
            fact->kind = IDENTITY_DEVICE;
        if (pci)
            take_pci(fact, pci);
    } else if (strcmp(line->file, files[2]) == 0) {
        if (pci && fact->kind == IDENTITY_DEVICE && !*fact->pci)
            take_pci(fact, pci);
    } else if (strcmp(line->file, files[3]) == 0) {
        fact->permanent_known = daqs_mac_parse(line->text, &fact->permanent);
    }
}

void identity_facts_parse(const char *printed, struct identity_facts *ret)
{
    struct guest_sysfs_line line;
    ret->count = 0;
    while (guest_sysfs_next(&printed, &line)) {
        struct identity_fact *fact = fact_of(ret, line.ifname);
        if (fact)
            take_line(fact, &line);
    }
}
