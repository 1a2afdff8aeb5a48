/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/inventory.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 4 * 1024 * 1024 };

/* An inventory with its strings. */
struct inventory_version {
    struct daqs_arena arena;
    struct daqs_inventory inventory;
    uint64_t generation; /* of the guests */
    size_t undescribed;  /* guests whose title and labels are not in it */
};

struct inventory {
    struct inventory_setup given;
    struct inventory_version current;
    struct inventory_version previous;
    struct daqs_nic_setting *setting; /* per nic; NULL: not known */
    struct kept_settings kept;        /* of nics that are gone */
};

struct inventory *inventory_new(const struct inventory_setup *setup)
{
    struct inventory *inventory = calloc(1, sizeof *inventory);
    if (inventory)
        inventory->given = *setup;
    return inventory;
}

void inventory_free(struct inventory *inventory)
{
    if (!inventory)
        return;
    daqs_arena_done(&inventory->current.arena);
    daqs_arena_done(&inventory->previous.arena);
    kept_settings_clear(&inventory->kept);
    free(inventory->setting);
    free(inventory);
}

bool inventory_outdated(const struct inventory *inventory)
{
    return inventory->current.generation != inventory->given.guests->generation;
}

/* Returns false if out of memory. */
static bool copy_text(struct daqs_arena *arena, const char **text)
{
    *text = daqs_arena_text(arena, *text, strlen(*text));
    return *text;
}

static bool copy_labels(struct daqs_arena *arena, struct daqs_vm_info *vm)
{
    bool copied = !vm->title || copy_text(arena, &vm->title);
    for (uint32_t i = 0; i < vm->labels && copied; i++)
        copied = copy_text(arena, &vm->label[i].key) && copy_text(arena, &vm->label[i].value);
    return copied;
}

/* Copies the strings, which belong to the guests and may be freed. */
static int copy_names(struct inventory_version *v)
{
    for (uint32_t i = 0; i < v->inventory.vms; i++) {
        struct daqs_vm_info *vm = &v->inventory.vm[i];
        if (!copy_text(&v->arena, &vm->name) || !copy_text(&v->arena, &vm->uuid) ||
            !copy_labels(&v->arena, vm))
            return DAQS_ENOMEM;
    }
    return DAQS_OK;
}

static size_t count_undescribed(const struct guests *guests, const struct daqs_inventory *inventory)
{
    size_t count = 0;
    for (size_t i = 0; i < guests->count; i++)
        count += guests->guest[i]->described && !guests->guest[i]->leaving;
    for (uint32_t i = 0; i < inventory->vms; i++)
        count -= inventory->vm[i].described;
    return count;
}

static int build(const struct inventory_setup *given, struct inventory_version *ret)
{
    struct daqs_uplink_info uplink[DAQS_MAX_UPLINKS];
    struct inventory_version fresh = {.generation = given->guests->generation};
    daqs_arena_init(&fresh.arena, ARENA_BYTES);
    for (size_t i = 0; i < given->uplinks; i++)
        uplink[i] = (struct daqs_uplink_info){given->uplink[i].name, given->capacity[i]};
    int result = guests_inventory(given->guests, uplink, (uint32_t)given->uplinks, &fresh.arena,
                                  &fresh.inventory);
    if (result == DAQS_OK)
        result = copy_names(&fresh);
    fresh.undescribed = count_undescribed(given->guests, &fresh.inventory);
    if (result != DAQS_OK)
        daqs_arena_done(&fresh.arena);
    else
        *ret = fresh;
    return result;
}

int inventory_rebuild(struct inventory *inventory)
{
    struct inventory_version fresh;
    int result = build(&inventory->given, &fresh);
    if (result != DAQS_OK)
        return result;
    struct daqs_nic_setting *carried = kept_settings_carry(
        &inventory->kept, &inventory->current.inventory, inventory->setting, &fresh.inventory);
    free(inventory->setting);
    inventory->setting = carried;
    daqs_arena_done(&inventory->previous.arena);
    inventory->previous = inventory->current;
    inventory->current = fresh;
    return DAQS_OK;
}

const struct daqs_inventory *inventory_current(const struct inventory *inventory)
{
    return &inventory->current.inventory;
}

const struct daqs_inventory *inventory_previous(const struct inventory *inventory)
{
    return &inventory->previous.inventory;
}

uint64_t inventory_generation(const struct inventory *inventory)
{
    return inventory->current.generation;
}

size_t inventory_undescribed(const struct inventory *inventory)
{
    return inventory->current.undescribed;
}

bool inventory_lists(const struct inventory *inventory, const struct guest_nic *nic)
{
    return nic->index < inventory->current.inventory.nics;
}

int inventory_set(struct inventory *inventory, const struct daqs_nic_setting *setting)
{
    uint32_t nics = inventory->current.inventory.nics;
    if (!inventory->setting)
        inventory->setting = calloc(nics + 1U, sizeof *setting);
    if (!inventory->setting)
        return DAQS_ENOMEM;
    kept_settings_clear(&inventory->kept); /* the controller knows the settings of new nics */
    if (nics > 0)
        memcpy(inventory->setting, setting, nics * sizeof *setting);
    return DAQS_OK;
}

int inventory_restore(struct inventory *inventory, struct kept_settings *saved)
{
    kept_settings_clear(&inventory->kept);
    free(inventory->setting);
    inventory->setting = calloc(1, sizeof *inventory->setting);
    if (!inventory->setting) {
        kept_settings_clear(saved);
        return DAQS_ENOMEM;
    }
    inventory->kept = *saved;
    *saved = (struct kept_settings){0};
    return DAQS_OK;
}

struct daqs_nic_setting *inventory_settings(const struct inventory *inventory)
{
    return inventory->setting;
}

const struct daqs_nic_setting *inventory_setting(const struct inventory *inventory,
                                                 const struct guest_nic *nic)
{
    return inventory->setting && inventory_lists(inventory, nic) ? &inventory->setting[nic->index]
                                                                 : NULL;
}

bool inventory_command(struct inventory *inventory)
{
    bool changes = false;
    for (size_t i = 0; i < inventory->given.guests->count; i++) {
        struct guest *guest = inventory->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            const struct daqs_nic_setting *setting = inventory_setting(inventory, nic);
            if (!setting)
                continue;
            bool fresh = !nic->commanded || nic->wanted != setting->limit;
            guest->urgent |= fresh;
            changes |= fresh;
            nic->commanded = true;
            nic->wanted = setting->limit;
        }
    }
    return changes;
}
