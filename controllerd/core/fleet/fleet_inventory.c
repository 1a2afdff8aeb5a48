/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/fleet_inventory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"

void fleet_inventory_free(struct fleet_host *host)
{
    for (uint32_t i = 0; i < host->uplinks; i++)
        free(host->uplink[i].name);
    for (uint32_t i = 0; i < host->vms; i++) {
        free(host->vm[i].name);
        free(host->vm[i].uuid);
        free(host->vm[i].description);
    }
    free(host->uplink);
    free(host->vm);
    free(host->nic);
    free(host->member);
    free(host->unwatched);
    free(host->was.uplink);
    free(host->was.vm);
    free(host->was.member);
    free(host->was.nic);
    host->uplinks = host->vms = host->nics = host->members = host->unwatched_vfs = 0;
    host->member = NULL;
    host->unwatched = NULL;
    host->uplink = NULL;
    host->vm = NULL;
    host->nic = NULL;
    host->was = (struct fleet_was){0};
}

void fleet_inventory_move(struct fleet_host *from, struct fleet_host *to)
{
    to->uplinks = from->uplinks;
    to->uplink = from->uplink;
    to->vms = from->vms;
    to->vm = from->vm;
    to->nics = from->nics;
    to->nic = from->nic;
    to->members = from->members;
    to->member = from->member;
    to->unwatched_vfs = from->unwatched_vfs;
    to->unwatched = from->unwatched;
    to->was = from->was;
}

/* What identifies a nic across inventories. */
struct nic_identity {
    const struct daqs_mac *mac;
    const char *vm;
    const char *uplink;
};

static struct nic_identity identity_of(const struct fleet_host *host, uint32_t nic)
{
    return (struct nic_identity){&host->nic[nic].mac, host->vm[host->nic[nic].vm].name,
                                 host->uplink[host->nic[nic].uplink].name};
}

static int compare(const struct nic_identity *a, const struct nic_identity *b)
{
    int order = memcmp(a->mac->byte, b->mac->byte, sizeof a->mac->byte);
    if (order == 0)
        order = strcmp(a->vm, b->vm);
    return order ? order : strcmp(a->uplink, b->uplink);
}

static int by_identity(const void *a, const void *b, void *host)
{
    const struct nic_identity x = identity_of(host, *(const uint32_t *)a);
    const struct nic_identity y = identity_of(host, *(const uint32_t *)b);
    return compare(&x, &y);
}

static bool is_at(const struct fleet_host *host, uint32_t place, const struct nic_identity *wanted)
{
    if (place >= host->nics)
        return false;
    const struct nic_identity there = identity_of(host, place);
    return compare(&there, wanted) == 0;
}

/* Returns the indexes of the host's nics sorted by identity, which the caller frees; NULL if out of
 * memory. */
static uint32_t *sort_nics(const struct fleet_host *host)
{
    uint32_t *place = calloc(host->nics + 1U, sizeof *place);
    for (uint32_t n = 0; place && n < host->nics; n++)
        place[n] = n;
    if (place)
        qsort_r(place, host->nics, sizeof *place, by_identity, (void *)(uintptr_t)host);
    return place;
}

/* Returns the nic of 'host' with this identity; NULL if there is none. */
static const struct fleet_nic *same_nic(const struct fleet_host *host, const uint32_t *sorted,
                                        const struct nic_identity *wanted)
{
    uint32_t low = 0;
    uint32_t high = host->nics;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct nic_identity here = identity_of(host, sorted[middle]);
        int order = compare(&here, wanted);
        if (order == 0)
            return &host->nic[sorted[middle]];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const struct fleet_nic new_nic = {.state = DAQS_NIC_WAITING,
                                         .demand = DAQS_UNLIMITED,
                                         .limit = DAQS_UNLIMITED,
                                         .applied = DAQS_UNLIMITED,
                                         .reason = POLICY_NO_DATA};

static const struct fleet_member new_member = {.reason = POLICY_NO_DATA, .wants = DAQS_UNLIMITED};

/* The name of an uplink or VM, and its position in the inventory. */
struct named {
    const char *name;
    uint32_t place;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Names are sorted and not hashed: a hostile host cannot choose names for which this takes longer.
 */
static struct named *sort_names(struct named *named, uint32_t count)
{
    if (named)
        qsort(named, count, sizeof *named, by_name);
    return named;
}

/* Return the names of the host's uplinks, or VMs, in order, which the caller frees; NULL if out of
 * memory. */
static struct named *sort_uplinks(const struct fleet_host *host)
{
    struct named *named = calloc(host->uplinks + 1U, sizeof *named);
    for (uint32_t u = 0; named && u < host->uplinks; u++)
        named[u] = (struct named){host->uplink[u].name, u};
    return sort_names(named, host->uplinks);
}

static struct named *sort_vms(const struct fleet_host *host)
{
    struct named *named = calloc(host->vms + 1U, sizeof *named);
    for (uint32_t v = 0; named && v < host->vms; v++)
        named[v] = (struct named){host->vm[v].name, v};
    return sort_names(named, host->vms);
}

/* Returns the first position with this name, or FLEET_NEW. */
static uint32_t same_name(const struct named *sorted, uint32_t count, const char *name)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && strcmp(sorted[low].name, name) == 0 ? sorted[low].place : FLEET_NEW;
}

/* Returns the positions of the host's nics, those of an uplink next to each other, which the caller
 * frees; NULL if out of memory. */
static uint32_t *order_by_uplink(const struct fleet_host *host)
{
    uint32_t begin[DAQS_MAX_UPLINKS + 1] = {0};
    uint32_t *order = calloc(host->nics + 1U, sizeof *order);
    for (uint32_t i = 0; i < host->nics; i++)
        begin[host->nic[i].uplink + 1]++;
    for (uint32_t u = 0; u < host->uplinks; u++)
        begin[u + 1] += begin[u];
    for (uint32_t i = 0; order && i < host->nics; i++)
        order[begin[host->nic[i].uplink]++] = i;
    return order;
}

/* Adds the member of a nic that is the first of its VM on its uplink. */
static void add_member(const struct fleet_host *old, struct fleet_host *fresh,
                       const struct fleet_nic *nic)
{
    struct fleet_member *member = &fresh->member[fresh->members];
    *member = nic->member == FLEET_NEW ? new_member : old->member[nic->member];
    fresh->was.member[fresh->members++] = nic->member;
    member->vm = nic->vm;
    member->uplink = nic->uplink;
    member->nics = 0;
    member->mtu = 0;
}

/* Builds the members of a fresh inventory. Its nics still have the index of their member in 'old',
 * or FLEET_NEW. */
static int make_members(const struct fleet_host *old, struct fleet_host *fresh)
{
    uint32_t *place DAQS_AUTO_FREE = calloc(fresh->vms + 1U, sizeof *place);
    uint32_t *order DAQS_AUTO_FREE = order_by_uplink(fresh);
    uint32_t uplink = UINT32_MAX;
    fresh->member = calloc(fresh->nics + 1U, sizeof *fresh->member);
    fresh->was.member = calloc(fresh->nics + 1U, sizeof *fresh->was.member);
    if (!place || !order || !fresh->member || !fresh->was.member)
        return DAQS_ENOMEM;
    for (uint32_t i = 0; i < fresh->nics; i++) {
        struct fleet_nic *nic = &fresh->nic[order[i]];
        if (nic->uplink != uplink)
            memset(place, 0xff, fresh->vms * sizeof *place);
        uplink = nic->uplink;
        if (place[nic->vm] == UINT32_MAX) {
            place[nic->vm] = fresh->members;
            add_member(old, fresh, nic);
        }
        nic->member = place[nic->vm];
        struct fleet_member *member = &fresh->member[nic->member];
        member->nics++;
        if (nic->mtu && (member->mtu == 0 || nic->mtu < member->mtu))
            member->mtu = nic->mtu;
        fresh->vm[nic->vm].nics++;
    }
    return DAQS_OK;
}

/* Nics that stay mostly keep their position; the others are searched for. */
static int copy_nics(const struct fleet_host *old, const struct daqs_inventory *inventory,
                     struct fleet_host *fresh)
{
    uint32_t *sorted DAQS_AUTO_FREE = NULL;
    for (; fresh->nics < inventory->nics; fresh->nics++) {
        uint32_t n = fresh->nics;
        const struct daqs_nic_info *info = &inventory->nic[n];
        const struct nic_identity wanted = {&info->mac, inventory->vm[info->vm].name,
                                            inventory->uplink[info->uplink].name};
        const struct fleet_nic *same = is_at(old, n, &wanted) ? &old->nic[n] : NULL;
        if (!same && !sorted && !(sorted = sort_nics(old)))
            return DAQS_ENOMEM;
        if (!same)
            same = same_nic(old, sorted, &wanted);
        struct fleet_nic *nic = &fresh->nic[n];
        *nic = same ? *same : new_nic;
        fresh->was.nic[n] = same ? (uint32_t)(same - old->nic) : FLEET_NEW;
        if (!same)
            nic->member = FLEET_NEW;
        nic->vm = info->vm;
        nic->uplink = info->uplink;
        nic->mac = info->mac;
        nic->mtu = info->mtu;
    }
    return DAQS_OK;
}

static int copy_unwatched(const struct daqs_inventory *inventory, struct fleet_host *fresh)
{
    size_t count = inventory->unwatched_vfs;
    fresh->unwatched = calloc(count + 1, sizeof *fresh->unwatched);
    if (!fresh->unwatched)
        return DAQS_ENOMEM;
    fresh->unwatched_vfs = inventory->unwatched_vfs;
    for (size_t i = 0; i < count; i++)
        fresh->unwatched[i] = inventory->unwatched[i];
    return DAQS_OK;
}

static int copy_uplinks(const struct fleet_host *old, const struct daqs_inventory *inventory,
                        struct fleet_host *fresh)
{
    struct named *sorted DAQS_AUTO_FREE = sort_uplinks(old);
    if (!sorted)
        return DAQS_ENOMEM;
    for (; fresh->uplinks < inventory->uplinks; fresh->uplinks++) {
        const struct daqs_uplink_info *info = &inventory->uplink[fresh->uplinks];
        struct fleet_uplink *uplink = &fresh->uplink[fresh->uplinks];
        uint32_t was = fresh->was.uplink[fresh->uplinks] =
            same_name(sorted, old->uplinks, info->name);
        if (was != FLEET_NEW)
            *uplink = old->uplink[was];
        uplink->memory = policy_carry_uplink(&uplink->memory, uplink->capacity == info->capacity);
        uplink->capacity = info->capacity;
        uplink->name = strdup(info->name);
        if (!uplink->name)
            return DAQS_ENOMEM;
    }
    return DAQS_OK;
}

/* Returns the position of the VM with this name, or FLEET_NEW. VMs mostly keep their position. If
 * not, they are sorted once. DAQS_ENOMEM. */
static int find_vm(const struct fleet_host *old, uint32_t guess, const char *name,
                   struct named **sorted, uint32_t *ret)
{
    *ret = guess;
    if (guess < old->vms && strcmp(old->vm[guess].name, name) == 0)
        return DAQS_OK;
    if (!*sorted && !(*sorted = sort_vms(old)))
        return DAQS_ENOMEM;
    *ret = same_name(*sorted, old->vms, name);
    return DAQS_OK;
}

static int copy_vms(const struct fleet_host *old, const struct daqs_inventory *inventory,
                    struct fleet_host *fresh)
{
    struct named *sorted DAQS_AUTO_FREE = NULL;
    for (; fresh->vms < inventory->vms; fresh->vms++) {
        const struct daqs_vm_info *info = &inventory->vm[fresh->vms];
        struct fleet_vm *vm = &fresh->vm[fresh->vms];
        if (find_vm(old, fresh->vms, info->name, &sorted, &fresh->was.vm[fresh->vms]) != DAQS_OK)
            return DAQS_ENOMEM;
        vm->name = strdup(info->name);
        vm->uuid = strdup(info->uuid);
        vm->description = info->described == 1 ? description_new(info) : NULL;
        if (!vm->name || !vm->uuid || (info->described == 1 && !vm->description)) {
            free(vm->name);
            free(vm->uuid);
            free(vm->description);
            return DAQS_ENOMEM;
        }
    }
    return DAQS_OK;
}

int fleet_inventory_copy(const struct fleet_host *old, const struct daqs_inventory *inventory,
                         struct fleet_host *fresh)
{
    fresh->uplink = calloc(inventory->uplinks + 1U, sizeof *fresh->uplink);
    fresh->was.uplink = calloc(inventory->uplinks + 1U, sizeof *fresh->was.uplink);
    fresh->vm = calloc(inventory->vms + 1U, sizeof *fresh->vm);
    fresh->was.vm = calloc(inventory->vms + 1U, sizeof *fresh->was.vm);
    fresh->nic = calloc(inventory->nics + 1U, sizeof *fresh->nic);
    fresh->was.nic = calloc(inventory->nics + 1U, sizeof *fresh->was.nic);
    if (!fresh->uplink || !fresh->was.uplink || !fresh->vm || !fresh->was.vm || !fresh->nic ||
        !fresh->was.nic)
        return DAQS_ENOMEM;
    int result = copy_uplinks(old, inventory, fresh);
    if (result == DAQS_OK)
        result = copy_vms(old, inventory, fresh);
    if (result == DAQS_OK)
        result = copy_unwatched(inventory, fresh);
    if (result == DAQS_OK)
        result = copy_nics(old, inventory, fresh);
    return result == DAQS_OK ? make_members(old, fresh) : result;
}
