/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/guests.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"
#include "shared/policy/wire_bytes.h"

void guests_init(struct guests *guests)
{
    *guests = (struct guests){.generation = 1};
}

static void guest_free(struct guest *guest)
{
    if (!guest)
        return;
    free(guest->name);
    free(guest->uuid);
    free(guest->labels);
    free(guest->nic);
    free(guest->source_nic);
    free(guest->unwatched);
    free(guest);
}

void guests_done(struct guests *guests)
{
    for (size_t i = 0; i < guests->count; i++)
        guest_free(guests->guest[i]);
    free(guests->guest);
    *guests = (struct guests){0};
}

struct guest *guests_by_name(const struct guests *guests, const char *name)
{
    for (size_t i = 0; i < guests->count; i++)
        if (!guests->guest[i]->leaving && strcmp(guests->guest[i]->name, name) == 0)
            return guests->guest[i];
    return NULL;
}

struct guest *guests_by_id(const struct guests *guests, uint32_t id)
{
    for (size_t i = 0; i < guests->count; i++)
        if (guests->guest[i]->id == id)
            return guests->guest[i];
    return NULL;
}

static bool make_capacity(struct guests *guests)
{
    if (guests->count >= DAQS_MAX_VMS)
        return false;
    struct guest **grown =
        daqs_grow(guests->guest, guests->count, &guests->capacity, sizeof(struct guest *));
    if (grown)
        guests->guest = grown;
    return grown;
}

struct guest *guests_add(struct guests *guests, const char *name, const char *uuid)
{
    struct guest *guest = make_capacity(guests) ? calloc(1, sizeof *guest) : NULL;
    if (!guest)
        return NULL;
    guest->name = strdup(name);
    guest->uuid = strdup(uuid);
    if (!guest->name || !guest->uuid) {
        guest_free(guest);
        return NULL;
    }
    guest->id = ++guests->last_id;
    guests->guest[guests->count++] = guest;
    guests->generation++;
    return guest;
}

void guests_remove(struct guests *guests, struct guest *guest)
{
    for (size_t i = 0; i < guests->count; i++) {
        if (guests->guest[i] != guest)
            continue;
        guests->guest[i] = guests->guest[--guests->count];
        guests->generation++;
        guest_free(guest);
        return;
    }
}

static struct guest_nic *find_nic(struct guest_nic *nic, size_t count, const struct daqs_mac *mac,
                                  uint32_t uplink)
{
    for (size_t i = 0; i < count; i++)
        if (nic[i].uplink == uplink && daqs_mac_equal(&nic[i].mac, mac))
            return &nic[i];
    return NULL;
}

struct guest_nic *guests_find_nic(const struct guest *guest, const struct daqs_mac *mac,
                                  uint32_t uplink)
{
    return find_nic(guest->nic, guest->nics, mac, uplink);
}

static bool stays(const struct guest_nic *nic, const struct guest_nic_place *place, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (place[i].uplink == nic->uplink && daqs_mac_equal(&place[i].mac, &nic->mac))
            return true;
    return false;
}

/* Finds the record of a nic that is to be at this place. It may have been on another uplink. */
static const struct guest_nic *find_old(const struct guest *guest,
                                        const struct guest_nic_place *here,
                                        const struct guest_nic_place *place, size_t count)
{
    const struct guest_nic *found = guests_find_nic(guest, &here->mac, here->uplink);
    for (size_t i = 0; i < guest->nics && !found; i++)
        if (daqs_mac_equal(&guest->nic[i].mac, &here->mac) && !stays(&guest->nic[i], place, count))
            found = &guest->nic[i];
    return found;
}

/* A guest may change its MAC address. Its VF stays the same, and so does its compliance record. */
static void carry_record(const struct guest *guest, const struct guest_nic_place *place,
                         struct guest_nic *nic)
{
    for (size_t i = 0; i < guest->nics; i++) {
        const struct guest_nic *old = &guest->nic[i];
        /* 'nic' is set if there are nics. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        if (place->vf < 0 || old->vf != place->vf || old->pf != place->pf ||
            old->uplink != place->uplink)
            continue;
        nic->compliance = old->compliance;
        nic->counter_check = old->counter_check;
        counter_check_forget(&nic->counter_check);
        nic->on_vf = old->on_vf;
        nic->needed_ms = old->needed_ms;
    }
}

int guests_set_nics(struct guests *guests, struct guest *guest, const struct guest_nic_place *place,
                    size_t count)
{
    struct guest_nic *fresh = calloc(count ? count : 1, sizeof *fresh);
    if (!fresh)
        return DAQS_ENOMEM;
    size_t used = 0;
    bool changed = false;
    for (size_t i = 0; i < count && used < GUEST_NICS_MAX; i++) {
        if (find_nic(fresh, used, &place[i].mac, place[i].uplink))
            continue;
        const struct guest_nic *old = find_old(guest, &place[i], place, count);
        struct guest_nic *nic = &fresh[used++];
        if (old)
            *nic = *old;
        else
            *nic = (struct guest_nic){.mac = place[i].mac,
                                      .index = UINT32_MAX,
                                      .tc = {TC_ROOT_UNKNOWN, DAQS_UNLIMITED},
                                      .loosest = DAQS_UNLIMITED,
                                      .wanted = DAQS_UNLIMITED};
        bool moved = !old || old->uplink != place[i].uplink || old->pf != place[i].pf ||
                     old->vf != place[i].vf;
        if (!old)
            carry_record(guest, &place[i], nic);
        else if (moved)
            nic->counter_check = (struct counter_check){0};
        changed |= moved;
        nic->uplink = place[i].uplink;
        nic->pf = place[i].pf;
        nic->vf = place[i].vf;
        nic->slot = place[i].slot;
        nic->inside = place[i].inside;
    }
    if (changed || used != guest->nics)
        guests->generation++;
    free(guest->nic);
    guest->nic = fresh;
    guest->nics = used;
    return DAQS_OK;
}

static bool same_unwatched(const struct guest *guest, const struct daqs_unwatched_info *vf,
                           size_t count)
{
    bool same = guest->unwatched_vfs == count;
    for (size_t i = 0; same && i < count; i++) {
        const struct daqs_unwatched_info *before = &guest->unwatched[i];
        same = before->vf == vf[i].vf && before->cause == vf[i].cause &&
               strcmp(before->pf, vf[i].pf) == 0 && strcmp(before->pci, vf[i].pci) == 0;
    }
    return same;
}

int guests_set_unwatched(struct guests *guests, struct guest *guest,
                         const struct daqs_unwatched_info *vf, size_t count)
{
    if (same_unwatched(guest, vf, count))
        return DAQS_OK;
    struct daqs_unwatched_info *copy = calloc(count + 1, sizeof *copy);
    if (!copy)
        return DAQS_ENOMEM;
    for (size_t i = 0; i < count; i++)
        copy[i] = vf[i];
    free(guest->unwatched);
    guest->unwatched = copy;
    guest->unwatched_vfs = count;
    guests->generation++;
    return DAQS_OK;
}

static bool is_empty(const struct vm_labels *labels)
{
    return !labels || (labels->count == 0 && !*labels->title);
}

int guests_describe(struct guests *guests, struct guest *guest, const struct vm_labels *labels)
{
    const bool same = is_empty(labels) ? is_empty(guest->labels)
                                       : guest->labels && vm_labels_same(guest->labels, labels);
    if (guest->described && same)
        return DAQS_OK;
    struct vm_labels *copy = is_empty(labels) ? NULL : vm_labels_copy(labels);
    if (!copy && !is_empty(labels))
        return DAQS_ENOMEM;
    free(guest->labels);
    guest->labels = copy;
    guest->described = true;
    guests->generation++;
    return DAQS_OK;
}

/* --- the inventory --- */

/* Return how many bytes the texts take in a message, with a few for each text's length. */
static size_t bytes_of_names(const struct guest *guest)
{
    return strlen(guest->name) + strlen(guest->uuid) + 8;
}

static size_t bytes_of_labels(const struct guest *guest)
{
    const struct vm_labels *labels = guest->labels;
    size_t bytes = 8;
    for (uint32_t i = 0; labels && i < labels->count; i++)
        bytes += strlen(labels->label[i].key) + strlen(labels->label[i].value) + 5;
    return bytes + (labels ? strlen(labels->title) : 0);
}

/* Returns how many bytes are left for titles and labels. */
static size_t bytes_for_labels(const struct guests *guests)
{
    size_t names = 0;
    for (size_t i = 0; i < guests->count; i++)
        names += bytes_of_names(guests->guest[i]);
    return names < GUESTS_TEXT_BYTES ? GUESTS_TEXT_BYTES - names : 0;
}

/* Adds the guest's title and labels to its VM in the inventory, if it has any and *left has room
 * for them. DAQS_ENOMEM if the arena is full. */
static int describe_vm(const struct guest *guest, struct daqs_arena *arena, size_t *left,
                       struct daqs_vm_info *vm)
{
    const size_t needed = bytes_of_labels(guest);
    if (!guest->described || needed > *left)
        return DAQS_OK;
    *left -= needed;
    vm->described = 1;
    vm->title = guest->labels ? guest->labels->title : "";
    if (!guest->labels || guest->labels->count == 0)
        return DAQS_OK;
    vm->label = daqs_arena_alloc(arena, guest->labels->count, sizeof *vm->label);
    if (!vm->label)
        return DAQS_ENOMEM;
    for (; vm->labels < guest->labels->count; vm->labels++) {
        const struct vm_label *label = &guest->labels->label[vm->labels];
        vm->label[vm->labels] = (struct daqs_label_info){label->key, label->value};
    }
    return DAQS_OK;
}

/* Counts unwatched VFs of guests that are not leaving. */
static size_t count_unwatched(const struct guests *guests)
{
    size_t count = 0;
    for (size_t i = 0; i < guests->count; i++)
        count += guests->guest[i]->leaving ? 0 : guests->guest[i]->unwatched_vfs;
    return count < DAQS_MAX_UNWATCHED ? count : DAQS_MAX_UNWATCHED;
}

/* Adds the unwatched VFs of a guest, which has index 'vm' in the inventory, until 'capacity' is
 * reached. */
static void list_unwatched(const struct guest *guest, uint32_t vm, size_t capacity,
                           struct daqs_inventory *inventory)
{
    for (size_t i = 0; i < guest->unwatched_vfs && inventory->unwatched_vfs < capacity; i++) {
        struct daqs_unwatched_info *vf = &inventory->unwatched[inventory->unwatched_vfs++];
        *vf = guest->unwatched[i];
        vf->vm = vm;
    }
}

/* Adds a guest as the next VM of the inventory. */
static int list_guest(const struct guest *guest, struct daqs_arena *arena, size_t unwatched_vfs,
                      size_t *left, struct daqs_inventory *inventory)
{
    struct daqs_vm_info *vm = &inventory->vm[inventory->vms];
    list_unwatched(guest, inventory->vms++, unwatched_vfs, inventory);
    *vm = (struct daqs_vm_info){.name = guest->name, .uuid = guest->uuid};
    return describe_vm(guest, arena, left, vm);
}

int guests_inventory(struct guests *guests, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                     struct daqs_arena *arena, struct daqs_inventory *ret)
{
    size_t left = bytes_for_labels(guests);
    size_t nics = 0;
    for (size_t i = 0; i < guests->count; i++)
        nics += guests->guest[i]->leaving ? 0 : guests->guest[i]->nics;
    if (nics > DAQS_MAX_NICS)
        nics = DAQS_MAX_NICS;
    size_t unwatched_vfs = count_unwatched(guests);
    struct daqs_inventory inventory = {
        .uplinks = uplinks,
        .uplink = daqs_arena_alloc(arena, uplinks, sizeof *uplink),
        .vm = daqs_arena_alloc(arena, guests->count, sizeof(struct daqs_vm_info)),
        .nic = daqs_arena_alloc(arena, nics, sizeof(struct daqs_nic_info)),
        .unwatched = daqs_arena_alloc(arena, unwatched_vfs, sizeof(struct daqs_unwatched_info)),
    };
    if (!inventory.uplink || !inventory.vm || !inventory.nic || !inventory.unwatched)
        return DAQS_ENOMEM;
    memcpy(inventory.uplink, uplink, uplinks * sizeof *uplink);
    for (size_t i = 0; i < guests->count; i++) {
        const struct guest *guest = guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            nic->index = UINT32_MAX;
            if (guest->leaving || inventory.nics >= nics)
                continue;
            nic->index = inventory.nics++;
            inventory.nic[nic->index] =
                (struct daqs_nic_info){inventory.vms, nic->uplink, nic->mac, nic->mtu};
        }
        if (guest->leaving)
            continue;
        if (list_guest(guest, arena, unwatched_vfs, &left, &inventory) != DAQS_OK)
            return DAQS_ENOMEM;
    }
    *ret = inventory;
    return DAQS_OK;
}

void guest_nic_reported(struct guest_nic *nic, const struct daqs_sample *sample, int64_t now_ms)
{
    nic->tx_bytes += sample->tx_bytes;
    if (sample->interval_us <= 0) {
        if (now_ms - nic->usage_ms >= GUEST_USAGE_HELD_MS)
            nic->usage = nic->wire = DAQS_UNLIMITED;
        return;
    }
    nic->usage_ms = now_ms;
    nic->usage = daqs_rate_of(sample->tx_bytes, sample->interval_us);
    nic->wire = daqs_rate_of(wire_bytes(sample->tx_bytes, sample->tx_packets, nic->mtu),
                             sample->interval_us);
}

void guests_release(struct guests *guests)
{
    for (size_t i = 0; i < guests->count; i++) {
        struct guest *guest = guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            guest->nic[k].wanted = DAQS_UNLIMITED;
            guest->nic[k].commanded = true;
            guest->urgent = true;
        }
    }
}
