/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/fleet_inventory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/grow.h"
#include "shared/base/sum.h"
#include "shared/policy/uplink_nics.h"

struct slot {
    struct fleet_host host; /* first member: pointers are interchangeable */
    UT_hash_handle hh;
};

struct fleet {
    struct slot *by_name;
    struct slot **order;
    size_t count;
    size_t capacity;
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

static void free_slot(struct slot *slot)
{
    fleet_inventory_free(&slot->host);
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

uint32_t fleet_poll_ms(uint32_t told_ms)
{
    if (told_ms < FLEET_POLL_MIN_MS)
        return FLEET_POLL_MIN_MS;
    return told_ms < FLEET_POLL_MAX_MS ? told_ms : FLEET_POLL_MAX_MS;
}

int64_t fleet_patience_ms(const struct fleet_host *host)
{
    uint32_t poll_ms = host->poll_ms > host->poll_most_ms ? host->poll_ms : host->poll_most_ms;
    int64_t three_polls_ms = 3 * (int64_t)poll_ms;
    return three_polls_ms > FLEET_PATIENCE_MS ? three_polls_ms : FLEET_PATIENCE_MS;
}

bool fleet_host_present(const struct fleet_host *host, int64_t now_ms)
{
    return host->connected && now_ms - host->heard_ms < fleet_patience_ms(host);
}

bool fleet_has_stale_controller(const struct fleet_host *host, int64_t now_ms)
{
    return host->stale_controller != 0 && now_ms - host->stale_ms < FLEET_STALE_CONTROLLER_MS;
}

struct fleet_totals fleet_totals(const struct fleet *fleet, int64_t now_ms)
{
    struct fleet_totals totals = {0};
    for (size_t i = 0; i < fleet_count(fleet); i++) {
        const struct fleet_host *host = fleet_at(fleet, i);
        totals.present += fleet_host_present(host, now_ms);
        totals.fenced += fleet_host_present(host, now_ms) && host->fenced;
        totals.vms += host->vms;
        totals.nics += host->nics;
        for (uint32_t k = 0; k < host->nics; k++)
            totals.nics_limited += host->nic[k].applied != DAQS_UNLIMITED;
    }
    return totals;
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
    struct slot **grown =
        daqs_grow(fleet->order, fleet->count, &fleet->capacity, sizeof(struct slot *));
    if (!grown)
        return NULL;
    fleet->order = grown;
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

void fleet_refresh_slas(struct fleet_host *host, const struct ledger *ledger)
{
    for (uint32_t i = 0; i < host->vms; i++)
        host->vm[i].sla = ledger_sla(ledger, host->name, host->vm[i].name);
}

int fleet_check_hello(const struct fleet *fleet, const char *name, uint64_t instance,
                      const struct daqs_inventory *inventory, int64_t now_ms,
                      struct daqs_error *err)
{
    const struct fleet_host *host = fleet_find(fleet, name);
    if (inventory->nics > fleet->max_nics)
        return daqs_fail(err, DAQS_ETOOBIG, "host %.60s: too many nics: %" PRIu32 "", name,
                         inventory->nics);
    if (!host && fleet->count >= fleet->max_hosts)
        return daqs_fail(err, DAQS_ETOOBIG, "host %.60s: no room for more than %zu hosts", name,
                         fleet->max_hosts);
    if (host && host->instance != instance && fleet_host_present(host, now_ms))
        return daqs_fail(err, DAQS_EBUSY, "host %.60s: another live agent uses this name", name);
    return DAQS_OK;
}

int fleet_hello(struct fleet *fleet, const struct ledger *ledger, const char *name,
                const char *version, uint64_t instance, uint64_t generation, uint32_t poll_ms,
                const struct daqs_inventory *inventory, int64_t now_ms,
                struct fleet_host **ret_host, struct daqs_error *err)
{
    int result = fleet_check_hello(fleet, name, instance, inventory, now_ms, err);
    if (result != DAQS_OK)
        return result;
    struct fleet_host *host = fleet_find(fleet, name);
    if (!host)
        host = add_host(fleet, name);
    char *version_copy = strdup(version);
    struct fleet_host fresh = {0};
    result = host && version_copy ? fleet_inventory_copy(host, inventory, &fresh) : DAQS_ENOMEM;
    if (result != DAQS_OK) {
        fleet_inventory_free(&fresh);
        free(version_copy);
        return daqs_fail(err, result, "host %.60s: out of memory", name);
    }
    fleet_inventory_free(host);
    free(host->version);
    host->version = version_copy;
    fleet_inventory_move(&fresh, host);
    if (host->instance != instance || host->begun_ms == 0) {
        host->report_sequence = 0;
        host->begun_ms = now_ms;
    }
    host->instance = instance;
    host->generation = generation;
    host->poll_ms = fleet_poll_ms(poll_ms);
    host->heard_ms = now_ms;
    fleet_refresh_slas(host, ledger);
    *ret_host = host;
    return DAQS_OK;
}

bool fleet_report(struct fleet_host *host, uint64_t generation, uint64_t sequence,
                  uint64_t limits_sequence, const struct daqs_nic_reading *reading, uint32_t nics,
                  int64_t now_ms)
{
    host->heard_ms = now_ms;
    if (generation != host->generation || nics != host->nics || sequence <= host->report_sequence)
        return false;
    host->report_sequence = sequence;
    host->limits_sequence = limits_sequence;
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
        nic->span_us =
            sample->interval_us < UINT32_MAX ? (uint32_t)sample->interval_us : UINT32_MAX;
        nic->usage = daqs_rate_of(sample->tx_bytes, sample->interval_us);
        nic->wire = policy_nic_usage(sample, nic->mtu);
        nic->sampled = true;
        nic->sampled_ms = now_ms;
        nic->tx_bytes = daqs_sum(nic->tx_bytes, sample->tx_bytes);
    }
    return true;
}

void fleet_report_uplinks(struct fleet_host *host, const struct daqs_uplink_reading *reading,
                          uint32_t uplinks, int64_t now_ms)
{
    bool known = uplinks == host->uplinks;
    for (uint32_t u = 0; u < host->uplinks; u++)
        uplink_load_note(&host->uplink[u].load, known ? &reading[u] : NULL, now_ms);
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
