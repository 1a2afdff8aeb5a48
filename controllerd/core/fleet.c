#include "controllerd/core/fleet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/cleanup.h"
#include "shared/policy/uplink_nics.h"

struct slot {
    struct fleet_host host; /* first: a host is its slot */
    UT_hash_handle hh;
};

struct fleet {
    struct slot *by_name;
    struct slot **order;
    size_t count;
    size_t room;
    size_t max_hosts;
    uint32_t max_nics;
};

struct fleet *fleet_new(size_t max_hosts, uint32_t max_nics)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);
    if (!fleet)
        return NULL;
    fleet->max_hosts = max_hosts;
    fleet->max_nics = max_nics;
    return fleet;
}

static void free_inventory(struct fleet_host *host)
{
    for (uint32_t i = 0; i < host->uplinks; i++)
        free(host->uplink[i].name);
    for (uint32_t i = 0; i < host->vms; i++) {
        free(host->vm[i].name);
        free(host->vm[i].uuid);
    }
    free(host->uplink);
    free(host->vm);
    free(host->nic);
    free(host->member);
    host->uplinks = host->vms = host->nics = host->members = 0;
    host->member = NULL;
    host->uplink = NULL;
    host->vm = NULL;
    host->nic = NULL;
}

static void free_slot(struct slot *slot)
{
    free_inventory(&slot->host);
    free(slot->host.name);
    free(slot->host.version);
    free(slot);
}

void fleet_free(struct fleet *fleet)
{
    if (!fleet)
        return;
    HASH_CLEAR(hh, fleet->by_name);
    for (size_t i = 0; i < fleet->count; i++)
        free_slot(fleet->order[i]);
    free(fleet->order);
    free(fleet);
}

struct fleet_host *fleet_find(const struct fleet *fleet, const char *name)
{
    struct slot *slot = NULL;
    HASH_FIND(hh, fleet->by_name, name, strlen(name), slot);
    return slot ? &slot->host : NULL;
}

size_t fleet_count(const struct fleet *fleet)
{
    return fleet->count;
}

struct fleet_host *fleet_at(const struct fleet *fleet, size_t index)
{
    return &fleet->order[index]->host;
}

int64_t fleet_patience_ms(const struct fleet_host *host)
{
    uint32_t poll_ms = host->poll_ms > host->poll_most_ms ? host->poll_ms : host->poll_most_ms;
    int64_t three_polls_ms = 3 * (int64_t)poll_ms;
    return three_polls_ms > FLEET_PATIENCE_MS ? three_polls_ms : FLEET_PATIENCE_MS;
}

bool fleet_host_present(const struct fleet_host *host, int64_t now_ms)
{
    return host->peer && now_ms - host->heard_ms < fleet_patience_ms(host);
}

bool fleet_usage_known(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms)
{
    return nic->sampled && now_ms - nic->sampled_ms < fleet_patience_ms(host);
}

bool fleet_usage_kept(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms)
{
    int64_t patience_ms = policy_nic_patience_ms(nic->state, fleet_patience_ms(host));
    return nic->sampled && now_ms - nic->sampled_ms < patience_ms;
}

static struct fleet_host *add_host(struct fleet *fleet, const char *name)
{
    if (fleet->count == fleet->room) {
        size_t room = fleet->room ? fleet->room * 2 : 16;
        struct slot **grown = realloc(fleet->order, room * sizeof(struct slot *));
        if (!grown)
            return NULL;
        fleet->order = grown;
        fleet->room = room;
    }
    struct slot *slot = calloc(1, sizeof *slot);
    if (!slot)
        return NULL;
    slot->host.name = strdup(name);
    if (!slot->host.name) {
        free(slot);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, fleet->by_name, slot->host.name, strlen(slot->host.name), slot);
    fleet->order[fleet->count++] = slot;
    return &slot->host;
}

bool fleet_forgettable(const struct fleet_host *host, const struct ledger *ledger, int64_t after_ms,
                       int64_t now_ms)
{
    return !fleet_host_present(host, now_ms) && now_ms - host->heard_ms >= after_ms &&
           !ledger_of_host(ledger, host->name);
}

void fleet_forget(struct fleet *fleet, size_t index)
{
    struct slot *slot = fleet->order[index];
    fleet->count--;
    memmove(&fleet->order[index], &fleet->order[index + 1],
            (fleet->count - index) * sizeof(struct slot *));
    HASH_DEL(fleet->by_name, slot);
    free_slot(slot);
}

/* What makes a nic the same as one of another inventory. */
struct identity {
    const struct daqs_mac *mac;
    const char *vm;
    const char *uplink;
};

static struct identity identity_of(const struct fleet_host *host, uint32_t nic)
{
    return (struct identity){&host->nic[nic].mac, host->vm[host->nic[nic].vm].name,
                             host->uplink[host->nic[nic].uplink].name};
}

static int compare(const struct identity *a, const struct identity *b)
{
    int order = memcmp(a->mac->byte, b->mac->byte, sizeof a->mac->byte);
    if (order == 0)
        order = strcmp(a->vm, b->vm);
    return order ? order : strcmp(a->uplink, b->uplink);
}

static int by_identity(const void *a, const void *b, void *host)
{
    const struct identity x = identity_of(host, *(const uint32_t *)a);
    const struct identity y = identity_of(host, *(const uint32_t *)b);
    return compare(&x, &y);
}

static bool is_at(const struct fleet_host *host, uint32_t place, const struct identity *wanted)
{
    if (place >= host->nics)
        return false;
    const struct identity there = identity_of(host, place);
    return compare(&there, wanted) == 0;
}

/* The places of the host's nics in order of identity, the caller's; NULL if out of memory. */
static uint32_t *sort_nics(const struct fleet_host *host)
{
    uint32_t *place = calloc(host->nics + 1U, sizeof *place);
    for (uint32_t n = 0; place && n < host->nics; n++)
        place[n] = n;
    if (place)
        qsort_r(place, host->nics, sizeof *place, by_identity, (void *)(uintptr_t)host);
    return place;
}

/* The nic of 'host' that is the same; NULL if it had none. */
static const struct fleet_nic *same_nic(const struct fleet_host *host, const uint32_t *sorted,
                                        const struct identity *wanted)
{
    uint32_t low = 0;
    uint32_t high = host->nics;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct identity here = identity_of(host, sorted[middle]);
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
                                         .limit = DAQS_UNLIMITED,
                                         .applied = DAQS_UNLIMITED,
                                         .reason = POLICY_NO_DATA};

static const struct fleet_member new_member = {.reason = POLICY_NO_DATA};

/* What was known of an uplink of this name. */
static struct fleet_uplink same_uplink(const struct fleet_host *host, const char *name)
{
    for (uint32_t u = 0; u < host->uplinks; u++)
        if (strcmp(host->uplink[u].name, name) == 0)
            return host->uplink[u];
    return (struct fleet_uplink){0};
}

/* What was told of a VM of this name; tried at the same place first. */
static struct fleet_vm_told told_of(const struct fleet_host *host, uint32_t guess, const char *name)
{
    for (uint32_t n = 0; n < host->vms; n++) {
        const struct fleet_vm *vm = &host->vm[(guess + n) % host->vms];
        if (strcmp(vm->name, name) == 0)
            return vm->told;
    }
    return (struct fleet_vm_told){0};
}

/* Makes the members of a fresh inventory. Its nics still have the member they were of in 'old',
 * or UINT32_MAX. */
static int make_members(const struct fleet_host *old, struct fleet_host *fresh)
{
    uint32_t *place DAQS_AUTO_FREE = calloc(fresh->vms + 1U, sizeof *place);
    fresh->member = calloc(fresh->nics + 1U, sizeof *fresh->member);
    if (!place || !fresh->member)
        return DAQS_ENOMEM;
    for (uint32_t u = 0; u < fresh->uplinks; u++) {
        memset(place, 0xff, fresh->vms * sizeof *place);
        for (uint32_t i = 0; i < fresh->nics; i++) {
            struct fleet_nic *nic = &fresh->nic[i];
            if (nic->uplink != u)
                continue;
            if (place[nic->vm] == UINT32_MAX) {
                struct fleet_member *member = &fresh->member[fresh->members];
                *member = nic->member == UINT32_MAX ? new_member : old->member[nic->member];
                member->vm = nic->vm;
                member->uplink = u;
                member->nics = 0;
                member->mtu = 0;
                place[nic->vm] = fresh->members++;
            }
            nic->member = place[nic->vm];
            struct fleet_member *member = &fresh->member[nic->member];
            member->nics++;
            if (nic->mtu && (member->mtu == 0 || nic->mtu < member->mtu))
                member->mtu = nic->mtu;
            fresh->vm[nic->vm].nics++;
        }
    }
    return DAQS_OK;
}

/* Nics that stay are mostly where they were; the others are searched for. */
static int copy_nics(const struct fleet_host *old, const struct daqs_inventory *inventory,
                     struct fleet_host *fresh)
{
    uint32_t *sorted DAQS_AUTO_FREE = NULL;
    for (; fresh->nics < inventory->nics; fresh->nics++) {
        uint32_t n = fresh->nics;
        const struct daqs_nic_info *info = &inventory->nic[n];
        const struct identity wanted = {&info->mac, inventory->vm[info->vm].name,
                                        inventory->uplink[info->uplink].name};
        const struct fleet_nic *same = is_at(old, n, &wanted) ? &old->nic[n] : NULL;
        if (!same && !sorted && !(sorted = sort_nics(old)))
            return DAQS_ENOMEM;
        if (!same)
            same = same_nic(old, sorted, &wanted);
        struct fleet_nic *nic = &fresh->nic[n];
        *nic = same ? *same : new_nic;
        if (!same)
            nic->member = UINT32_MAX;
        nic->vm = info->vm;
        nic->uplink = info->uplink;
        nic->mac = info->mac;
        nic->mtu = info->mtu;
    }
    return DAQS_OK;
}

/* Fills 'fresh' with a copy of the inventory and of what 'old' knows about its nics. */
static int copy_inventory(const struct fleet_host *old, const struct daqs_inventory *inventory,
                          struct fleet_host *fresh)
{
    fresh->uplink = calloc(inventory->uplinks + 1U, sizeof *fresh->uplink);
    fresh->vm = calloc(inventory->vms + 1U, sizeof *fresh->vm);
    fresh->nic = calloc(inventory->nics + 1U, sizeof *fresh->nic);
    if (!fresh->uplink || !fresh->vm || !fresh->nic)
        return DAQS_ENOMEM;
    for (; fresh->uplinks < inventory->uplinks; fresh->uplinks++) {
        struct fleet_uplink *uplink = &fresh->uplink[fresh->uplinks];
        *uplink = same_uplink(old, inventory->uplink[fresh->uplinks].name);
        if (uplink->capacity != inventory->uplink[fresh->uplinks].capacity)
            uplink->memory = (struct policy_uplink_memory){0}; /* of another link, as it were */
        uplink->capacity = inventory->uplink[fresh->uplinks].capacity;
        uplink->name = strdup(inventory->uplink[fresh->uplinks].name);
        if (!uplink->name)
            return DAQS_ENOMEM;
    }
    for (; fresh->vms < inventory->vms; fresh->vms++) {
        struct fleet_vm *vm = &fresh->vm[fresh->vms];
        vm->name = strdup(inventory->vm[fresh->vms].name);
        vm->uuid = strdup(inventory->vm[fresh->vms].uuid);
        vm->told = told_of(old, fresh->vms, inventory->vm[fresh->vms].name);
        if (!vm->name || !vm->uuid) {
            free(vm->name);
            free(vm->uuid);
            return DAQS_ENOMEM;
        }
    }
    int result = copy_nics(old, inventory, fresh);
    return result == DAQS_OK ? make_members(old, fresh) : result;
}

void fleet_refresh_slas(struct fleet_host *host, const struct ledger *ledger)
{
    for (uint32_t i = 0; i < host->vms; i++)
        host->vm[i].sla = ledger_sla(ledger, host->name, host->vm[i].name);
}

int fleet_hello(struct fleet *fleet, const struct ledger *ledger, const char *name,
                const char *version, uint64_t instance, uint64_t generation, uint32_t poll_ms,
                const struct daqs_inventory *inventory, int64_t now_ms,
                struct fleet_host **ret_host, struct daqs_error *err)
{
    struct fleet_host *host = fleet_find(fleet, name);
    if (inventory->nics > fleet->max_nics)
        return daqs_fail(err, DAQS_ETOOBIG, "host %.60s: %" PRIu32 " nics are too many", name,
                         inventory->nics);
    if (!host && fleet->count >= fleet->max_hosts)
        return daqs_fail(err, DAQS_ETOOBIG, "host %.60s: no room for more than %zu hosts", name,
                         fleet->max_hosts);
    if (host && host->instance != instance && fleet_host_present(host, now_ms))
        return daqs_fail(err, DAQS_EBUSY, "host %.60s: another live agent speaks for it", name);
    if (!host)
        host = add_host(fleet, name);
    char *version_copy = strdup(version);
    struct fleet_host fresh = {0};
    int result = host && version_copy ? copy_inventory(host, inventory, &fresh) : DAQS_ENOMEM;
    if (result != DAQS_OK) {
        free_inventory(&fresh);
        free(version_copy);
        return daqs_fail(err, result, "host %.60s: out of memory", name);
    }
    free_inventory(host);
    free(host->version);
    host->version = version_copy;
    host->uplinks = fresh.uplinks;
    host->uplink = fresh.uplink;
    host->vms = fresh.vms;
    host->vm = fresh.vm;
    host->nics = fresh.nics;
    host->nic = fresh.nic;
    host->members = fresh.members;
    host->member = fresh.member;
    if (host->instance != instance || host->begun_ms == 0) {
        host->report_sequence = 0;
        host->begun_ms = host->busy_ms = now_ms;
    }
    host->instance = instance;
    host->generation = generation;
    host->poll_ms = poll_ms;
    host->heard_ms = now_ms;
    host->push_due = host->names_due = true;
    fleet_refresh_slas(host, ledger);
    *ret_host = host;
    return DAQS_OK;
}

bool fleet_report(struct fleet_host *host, uint64_t generation, uint64_t sequence, uint64_t settled,
                  const struct daqs_nic_reading *reading, uint32_t nics, int64_t now_ms)
{
    host->heard_ms = now_ms;
    if (generation != host->generation || nics != host->nics || sequence <= host->report_sequence)
        return false;
    host->report_sequence = sequence;
    host->settled_sequence = settled;
    host->reported_ms = now_ms;
    for (uint32_t i = 0; i < nics; i++) {
        struct fleet_nic *nic = &host->nic[i];
        nic->state = reading[i].state;
        nic->cause = reading[i].cause;
        nic->fresh = reading[i].sample.interval_us > 0;
        nic->backlog = nic->fresh ? reading[i].backlog : DAQS_BACKLOG_UNKNOWN;
        if (!nic->fresh)
            continue;
        const struct daqs_sample *sample = &reading[i].sample;
        nic->span_us = (uint64_t)sample->interval_us;
        nic->usage = daqs_rate_of(sample->tx_bytes, sample->interval_us);
        nic->wire = policy_nic_usage(sample, nic->mtu);
        nic->sampled = true;
        nic->sampled_ms = now_ms;
        nic->tx_bytes += reading[i].sample.tx_bytes;
        history_add(&nic->sum, &reading[i].sample);
    }
    return true;
}

void fleet_report_uplinks(struct fleet_host *host, const struct daqs_uplink_reading *reading,
                          uint32_t uplinks, int64_t now_ms)
{
    for (uint32_t u = 0; u < uplinks && uplinks == host->uplinks; u++)
        uplink_load_note(&host->uplink[u].load, &reading[u], now_ms);
}

void fleet_applied(struct fleet_host *host, uint64_t generation,
                   const struct daqs_nic_applied *applied, uint32_t nics)
{
    if (generation != host->generation)
        return;
    for (uint32_t i = 0; i < nics; i++) {
        if (applied[i].nic >= host->nics)
            continue;
        struct fleet_nic *nic = &host->nic[applied[i].nic];
        nic->applied = applied[i].limit;
        nic->state = applied[i].state;
        nic->cause = applied[i].cause;
    }
}

daqs_bps fleet_gets_through(const struct fleet_uplink *uplink)
{
    double proven = uplink->memory.bottleneck.proven;
    return proven < (double)uplink->capacity ? (daqs_bps)proven : 0;
}

uint32_t fleet_find_vm(const struct fleet_host *host, const char *name)
{
    uint32_t vm = 0;
    while (vm < host->vms && strcmp(host->vm[vm].name, name) != 0)
        vm++;
    return vm;
}
