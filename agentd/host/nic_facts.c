/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/nic_facts.h"

#include <string.h>

#include "agentd/host/interface_name.h"
#include "agentd/host/sysfs.h"

/* Gets the PCI address of the function behind the nic. Returns false if there is none, or if it is
 * not known. */
static bool find_pci(const char *root, const struct domain_nic *nic,
                     char ret[static SYSFS_PCI_BYTES])
{
    switch (nic->way) {
    case DOMAIN_NIC_PASSED:
        memcpy(ret, nic->pci, sizeof nic->pci);
        return true;
    case DOMAIN_NIC_MACVTAP:
        return sysfs_pci_of_interface(root, nic->device, ret);
    case DOMAIN_NIC_VDPA:
        return sysfs_pci_of_vdpa(root, nic->device, ret);
    case DOMAIN_NIC_OTHER:
        break;
    }
    return false;
}

void nic_facts(const char *root, const struct domain_nic *nic, struct placing_facts *ret)
{
    *ret = (struct placing_facts){.vf = -1};
    ret->address = nic->mac_known ? PLACING_ADDRESS_KNOWN : PLACING_ADDRESS_PENDING;
    ret->mac = nic->mac;
    if (!find_pci(root, nic, ret->pci))
        return;
    ret->is_vf = sysfs_is_nic_vf(root, ret->pci);
    ret->shared = nic->way == DOMAIN_NIC_MACVTAP && !nic->exclusive;
    if (!ret->is_vf)
        return;
    sysfs_physical(root, ret->pci, ret->physical);
    (void)snprintf(ret->called, sizeof ret->called, "%s", ret->physical);
    ret->vf = sysfs_vf_number(root, ret->pci);
}

/* Sets the configuration's name for the PF: an uplink may be configured with an alternative
 * name. */
static void find_called(const struct uplink *uplink, size_t uplinks, struct placing_facts *facts)
{
    char name[DAQS_IFNAME_MAX + 1];
    for (size_t u = 0; u < uplinks && *facts->physical; u++)
        for (uint32_t i = 0; i < uplink_pfs(&uplink[u]); i++) {
            const char *pf = uplink_pf(&uplink[u], i);
            if (interface_name(pf, name) && strcmp(name, facts->physical) == 0)
                (void)snprintf(facts->called, sizeof facts->called, "%s", pf);
        }
}

void nic_facts_report(const char *root, const struct uplink *uplink, size_t uplinks,
                      const char *domain, const char *xml, FILE *out)
{
    struct domain_nic nic[DOMAIN_NICS_MAX];
    struct placing_facts facts[DOMAIN_NICS_MAX];
    struct guest_nic_place place[DOMAIN_NICS_MAX];
    enum placing_outcome outcome[DOMAIN_NICS_MAX];
    size_t count = 0;
    struct daqs_error err = {0};
    if (domain_xml_read(xml, nic, &count, NULL, &err) != DAQS_OK) {
        (void)fprintf(out, "domain %s is left out: %s\n", domain, err.text);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        nic_facts(root, &nic[i], &facts[i]);
        find_called(uplink, uplinks, &facts[i]);
        if (facts[i].address == PLACING_ADDRESS_PENDING)
            facts[i].address = PLACING_ADDRESS_NONE; /* then the VF is identified by its number */
    }
    (void)placing_choose(uplink, uplinks, nic, facts, count, place, outcome);
    for (size_t i = 0; i < count; i++) {
        char text[PLACING_TEXT_BYTES];
        if (*placing_text(&facts[i], outcome[i], text))
            (void)fprintf(out, "domain %s: %s\n", domain, text);
    }
}
