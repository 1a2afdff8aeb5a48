/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/identity.h"

#include <string.h>

/* A selection among the interfaces of one list. */
struct choice {
    const struct identity_nic *nic;
    size_t nics;
    const struct qga_interface *interface;
    size_t interfaces;
    bool facts;
    const struct identity_fact *fact[QGA_INTERFACES_MAX]; /* NULL: no facts known */
    bool taken[QGA_INTERFACES_MAX];
    int *place;
};

/* Nics that are selected together, and the interfaces that remain for them. */
struct nic_group {
    size_t nics;
    size_t nic[IDENTITY_NICS_MAX];
    size_t interfaces;
    size_t interface[QGA_INTERFACES_MAX];
};

/* "eth0:1" is an additional address of eth0. */
static bool is_label(const struct qga_interface *interface)
{
    return strchr(interface->name, ':') != NULL;
}

/* The same interface may be listed once for each of its addresses. */
static bool listed_before(const struct qga_interface *interface, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (strcmp(interface[i].name, interface[place].name) == 0)
            return true;
    return false;
}

static bool has_mac(const struct identity_nic *nic, size_t nics, const struct daqs_mac *mac)
{
    for (size_t i = 0; i < nics; i++)
        if (daqs_mac_equal(&nic[i].mac, mac))
            return true;
    return false;
}

/* Returns true if the interface could be one of the nics. */
static bool is_candidate(const struct identity_nic *nic, size_t nics,
                         const struct qga_interface *interface, size_t place)
{
    return has_mac(nic, nics, &interface[place].mac) && !is_label(&interface[place]) &&
           !listed_before(interface, place);
}

/* --- by address --- */

static bool shares_mac(const struct choice *c, size_t nic)
{
    for (size_t i = 0; i < c->nics; i++)
        if (i != nic && daqs_mac_equal(&c->nic[i].mac, &c->nic[nic].mac))
            return true;
    return false;
}

static int only_one(const struct choice *c, size_t nic)
{
    int found = IDENTITY_NONE;
    for (size_t i = 0; i < c->interfaces; i++) {
        if (!daqs_mac_equal(&c->interface[i].mac, &c->nic[nic].mac) || is_label(&c->interface[i]) ||
            listed_before(c->interface, i))
            continue;
        if (found >= 0 || shares_mac(c, nic))
            return IDENTITY_OPEN;
        found = (int)i;
    }
    return found;
}

static void take(struct choice *c, size_t nic, size_t interface)
{
    c->place[nic] = (int)interface;
    c->taken[interface] = true;
}

/* A nic without a listed interface may be in a bond that has the address of another nic. */
static bool choose_by_address(struct choice *c)
{
    bool open = false;
    for (size_t i = 0; i < c->nics; i++) {
        c->place[i] = only_one(c, i);
        open |= c->place[i] == IDENTITY_OPEN;
        if (c->place[i] >= 0)
            c->taken[c->place[i]] = true;
    }
    for (size_t i = 0; i < c->nics && open; i++)
        if (c->place[i] == IDENTITY_NONE)
            c->place[i] = IDENTITY_OPEN;
    return open;
}

/* --- by facts about the interfaces --- */

static const struct identity_fact *find_fact(const struct identity_facts *facts, const char *ifname)
{
    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->fact[i].ifname, ifname) == 0)
            return &facts->fact[i];
    return NULL;
}

static bool is_open(const struct choice *c, size_t nic)
{
    return c->place[nic] == IDENTITY_OPEN;
}

/* Returns the open nic with this address, or c->nics if there is none or more than one. */
static size_t open_nic_with(const struct choice *c, const struct daqs_mac *mac)
{
    size_t found = c->nics;
    for (size_t i = 0; i < c->nics; i++) {
        if (!is_open(c, i) || !daqs_mac_equal(&c->nic[i].mac, mac))
            continue;
        if (found < c->nics)
            return c->nics;
        found = i;
    }
    return found;
}

static bool same_permanent(const struct identity_fact *a, const struct identity_fact *b)
{
    return a && b && a->permanent_known && b->permanent_known &&
           daqs_mac_equal(&a->permanent, &b->permanent);
}

static bool permanent_is_unique(const struct choice *c, size_t interface)
{
    for (size_t i = 0; i < c->interfaces; i++)
        if (i != interface && same_permanent(c->fact[i], c->fact[interface]))
            return false;
    return true;
}

static void choose_by_permanent_address(struct choice *c)
{
    for (size_t i = 0; i < c->interfaces; i++) {
        const struct identity_fact *fact = c->fact[i];
        if (c->taken[i] || !fact || !fact->permanent_known || !permanent_is_unique(c, i))
            continue;
        size_t nic = open_nic_with(c, &fact->permanent);
        if (nic < c->nics)
            take(c, nic, i);
    }
}

/* A port of a bond whose permanent address belongs to none of the nics cannot be a nic. */
static bool may_be(const struct choice *c, size_t interface)
{
    const struct identity_fact *fact = c->fact[interface];
    return fact && !c->taken[interface] && fact->kind != IDENTITY_STACKED &&
           (!fact->permanent_known || has_mac(c->nic, c->nics, &fact->permanent));
}

/* Lists the interfaces that are most like a nic. A passed-through nic must be a PCI function. */
static void list_interfaces(const struct choice *c, bool passed_through, struct nic_group *g)
{
    enum identity_kind best = passed_through ? IDENTITY_FUNCTION : IDENTITY_PLAIN;
    for (size_t i = 0; i < c->interfaces; i++)
        if (may_be(c, i) && c->fact[i]->kind > best)
            best = c->fact[i]->kind;
    for (size_t i = 0; i < c->interfaces; i++)
        if (may_be(c, i) && c->fact[i]->kind == best)
            g->interface[g->interfaces++] = i;
}

static void list_group(const struct choice *c, bool passed_through, struct nic_group *g)
{
    g->nics = g->interfaces = 0;
    for (size_t i = 0; i < c->nics; i++)
        if (is_open(c, i) && c->nic[i].slot.passed_through == passed_through)
            g->nic[g->nics++] = i;
    list_interfaces(c, passed_through, g);
}

/* Selects by MAC address within the group, for example where each nic has its own bridge. */
static void choose_own_address(struct choice *c, const struct nic_group *g)
{
    for (size_t n = 0; n < g->nics; n++) {
        size_t nic = g->nic[n];
        size_t found = 0;
        size_t last = 0;
        for (size_t i = 0; i < g->interfaces; i++) {
            if (!daqs_mac_equal(&c->interface[g->interface[i]].mac, &c->nic[nic].mac))
                continue;
            found++;
            last = g->interface[i];
        }
        if (found == 1 && !shares_mac(c, nic))
            take(c, nic, last);
    }
}

/* Returns the only interface of the group at that PCI address, or SIZE_MAX if there is none or more
 * than one. */
static size_t at_pci(const struct choice *c, const struct nic_group *g, const char *pci)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < g->interfaces && *pci; i++) {
        if (strcmp(c->fact[g->interface[i]]->pci, pci) != 0)
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = g->interface[i];
    }
    return found;
}

/* Selects either all nics of the group or none: if the guest numbers its buses differently, a nic
 * may have the address of another one. */
static bool choose_by_pci(struct choice *c, const struct nic_group *g)
{
    for (size_t n = 0; n < g->nics; n++) {
        size_t here = at_pci(c, g, c->nic[g->nic[n]].slot.pci);
        if (here == SIZE_MAX)
            return false;
        for (size_t k = 0; k < n; k++)
            if (at_pci(c, g, c->nic[g->nic[k]].slot.pci) == here)
                return false;
    }
    for (size_t n = 0; n < g->nics; n++)
        take(c, g->nic[n], at_pci(c, g, c->nic[g->nic[n]].slot.pci));
    return true;
}

/* Returns how many nics of the group precede this one in order of PCI addresses, or SIZE_MAX if an
 * address is missing or equal to this one's. */
static size_t rank_of_nic(const struct choice *c, const struct nic_group *g, size_t nic)
{
    const char *pci = c->nic[nic].slot.pci;
    size_t rank = 0;
    for (size_t n = 0; n < g->nics; n++) {
        int order = strcmp(c->nic[g->nic[n]].slot.pci, pci);
        if (!*c->nic[g->nic[n]].slot.pci || (order == 0 && g->nic[n] != nic))
            return SIZE_MAX;
        rank += order < 0;
    }
    return rank;
}

static size_t rank_of_interface(const struct choice *c, const struct nic_group *g, size_t interface)
{
    const char *pci = c->fact[interface]->pci;
    size_t rank = 0;
    for (size_t i = 0; i < g->interfaces; i++) {
        int order = strcmp(c->fact[g->interface[i]]->pci, pci);
        if (!*c->fact[g->interface[i]]->pci || (order == 0 && g->interface[i] != interface))
            return SIZE_MAX;
        rank += order < 0;
    }
    return rank;
}

/* Selects by order if there are as many interfaces as nics, assuming that the guest numbers the
 * buses in the same order. */
static void choose_by_order(struct choice *c, const struct nic_group *g)
{
    if (g->nics != g->interfaces)
        return;
    for (size_t n = 0; n < g->nics; n++) {
        size_t rank = rank_of_nic(c, g, g->nic[n]);
        for (size_t i = 0; i < g->interfaces && rank != SIZE_MAX; i++)
            if (rank_of_interface(c, g, g->interface[i]) == rank)
                take(c, g->nic[n], g->interface[i]);
    }
}

static void choose_in_group(struct choice *c, bool passed_through)
{
    struct nic_group g;
    list_group(c, passed_through, &g);
    choose_own_address(c, &g);
    list_group(c, passed_through, &g);
    if (g.nics == 1 && g.interfaces == 1)
        take(c, g.nic[0], g.interface[0]);
    else if (!choose_by_pci(c, &g))
        choose_by_order(c, &g);
    for (size_t n = 0; n < g.nics && g.interfaces == 0; n++)
        c->place[g.nic[n]] = IDENTITY_NONE;
}

/* --- by counter comparison --- */

static void mark_group(const struct choice *c, bool passed_through, bool *could)
{
    struct nic_group g;
    list_group(c, passed_through, &g);
    for (size_t i = 0; i < g.interfaces && g.nics > 0; i++)
        could[g.interface[i]] = true;
}

/* Marks the interfaces that could be open nics. */
static void mark_candidates(const struct choice *c, bool *could)
{
    for (size_t i = 0; i < c->interfaces && !c->facts; i++)
        could[i] = is_candidate(c->nic, c->nics, c->interface, i) && !c->taken[i];
    mark_group(c, true, could);
    mark_group(c, false, could);
}

static bool choose_by_moves(struct choice *c)
{
    bool some = false;
    bool could[QGA_INTERFACES_MAX] = {false};
    mark_candidates(c, could);
    for (size_t n = 0; n < c->nics; n++) {
        const char *with = c->nic[n].moves_with;
        for (size_t i = 0; i < c->interfaces && with && *with; i++) {
            if (!is_open(c, n) || !could[i] || strcmp(c->interface[i].name, with) != 0)
                continue;
            take(c, n, i);
            could[i] = false;
            some = true;
        }
    }
    return some;
}

/* --- all criteria --- */

/* Returns false if no nic is open. */
static bool choose(struct choice *c, const struct identity_facts *facts)
{
    if (!choose_by_address(c))
        return false;
    c->facts = facts->count > 0;
    if (!c->facts)
        return true;
    for (size_t i = 0; i < c->interfaces; i++)
        if (is_candidate(c->nic, c->nics, c->interface, i))
            c->fact[i] = find_fact(facts, c->interface[i].name);
    choose_by_permanent_address(c);
    choose_in_group(c, true);
    choose_in_group(c, false);
    return true;
}

bool identity_resolve(const struct identity_nic *nic, size_t nics,
                      const struct qga_interface *interface, size_t interfaces,
                      const struct identity_facts *facts, int *ret)
{
    struct choice c = {
        .nic = nic, .nics = nics, .interface = interface, .interfaces = interfaces, .place = ret};
    if (!choose(&c, facts))
        return false;
    if (choose_by_moves(&c) && c.facts) {
        choose_in_group(&c, true); /* e.g. the other port of a team */
        choose_in_group(&c, false);
    }
    bool open = false;
    for (size_t i = 0; i < nics; i++)
        open |= ret[i] == IDENTITY_OPEN;
    return open;
}

void identity_candidates(const struct identity_nic *nic, size_t nics,
                         const struct qga_interface *interface, size_t interfaces,
                         const struct identity_facts *facts, int *place,
                         bool ret[static QGA_INTERFACES_MAX])
{
    struct choice c = {
        .nic = nic, .nics = nics, .interface = interface, .interfaces = interfaces, .place = place};
    memset(ret, 0, QGA_INTERFACES_MAX * sizeof *ret);
    if (choose(&c, facts))
        mark_candidates(&c, ret);
}

/* --- the command --- */

static uint64_t hash(uint64_t sum, const void *data, size_t length)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ byte[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return sum;
}

uint64_t identity_key(const struct identity_nic *nic, size_t nics,
                      const struct qga_interface *interface, size_t interfaces)
{
    static const uint64_t start = UINT64_C(0xcbf29ce484222325);
    uint64_t key = 0;
    for (size_t i = 0; i < nics; i++) {
        uint64_t one = hash(start, &nic[i].mac, sizeof nic[i].mac);
        key += hash(one, nic[i].slot.pci, strlen(nic[i].slot.pci));
    }
    for (size_t i = 0; i < interfaces; i++) {
        if (!is_candidate(nic, nics, interface, i))
            continue;
        uint64_t one = hash(~start, &interface[i].mac, sizeof interface[i].mac);
        key += hash(one, interface[i].name, strlen(interface[i].name));
    }
    return key;
}

void identity_ask(struct guest_sysfs *ask, const struct identity_nic *nic, size_t nics,
                  const struct qga_interface *interface, size_t interfaces)
{
    identity_facts_begin(ask);
    for (size_t i = 0; i < interfaces; i++)
        if (is_candidate(nic, nics, interface, i))
            identity_facts_add(ask, interface[i].name);
}
