/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/host_nics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 8, HEX_MOST = 5 };

static struct domain_nic *add(struct host_nics *nics)
{
    if (nics->count == DOMAIN_NICS_MAX) {
        nics->more = true;
        return NULL;
    }
    nics->nic[nics->count] = (struct domain_nic){0};
    return &nics->nic[nics->count++];
}

bool host_nics_add_mac(struct host_nics *nics, const char *mac)
{
    struct daqs_mac address;
    if (!daqs_mac_parse(mac, &address))
        return false;
    struct domain_nic *nic = add(nics);
    if (nic) {
        nic->mac_known = true;
        nic->mac = address;
    }
    return true;
}

/* Position of a PCI function. 'function' is FUNCTIONS if it is not given. */
struct host_nics_place {
    unsigned domain;
    unsigned bus;
    unsigned slot;
    unsigned function;
};

static bool read_hex(const char **text, unsigned *ret)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    size_t length = strspn(*text, digits);
    if (length == 0 || length > HEX_MOST)
        return false;
    *ret = (unsigned)strtoul(*text, NULL, 16);
    *text += length;
    return true;
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    ++*text;
    return true;
}

static bool read_place(const char *text, struct host_nics_place *ret)
{
    unsigned number[3];
    unsigned numbers = 0;
    unsigned function = FUNCTIONS;
    do {
        if (numbers == 3 || !read_hex(&text, &number[numbers++]))
            return false;
    } while (skip(&text, ':'));
    if (skip(&text, '.') && (!read_hex(&text, &function) || function >= FUNCTIONS))
        return false;
    if (*text || numbers < 2)
        return false;
    *ret = (struct host_nics_place){numbers == 3 ? number[0] : 0, number[numbers - 2],
                                    number[numbers - 1], function};
    return ret->bus <= 0xff && ret->slot <= 0x1f;
}

bool host_nics_add_pci(struct host_nics *nics, const char *pci)
{
    struct host_nics_place p;
    if (!read_place(pci, &p))
        return false;
    unsigned first = p.function == FUNCTIONS ? 0 : p.function;
    unsigned last = p.function == FUNCTIONS ? FUNCTIONS - 1 : p.function;
    for (unsigned function = first; function <= last; function++) {
        struct domain_nic *nic = add(nics);
        if (!nic)
            continue;
        nic->way = DOMAIN_NIC_PASSED;
        (void)snprintf(nic->pci, sizeof nic->pci, "%04x:%02x:%02x.%x", p.domain & 0xfffff,
                       p.bus & 0xff, p.slot & 0x1f, function & 7);
    }
    return true;
}

bool host_nics_equal(const struct host_nics *a, const struct host_nics *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->nic[i].mac_known != b->nic[i].mac_known ||
            !daqs_mac_equal(&a->nic[i].mac, &b->nic[i].mac) ||
            strcmp(a->nic[i].pci, b->nic[i].pci) != 0)
            return false;
    return true;
}
