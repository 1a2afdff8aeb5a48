/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/kept_settings.h"

#include <stdlib.h>
#include <string.h>

static const struct daqs_nic_setting nothing = {DAQS_UNLIMITED, 0, DAQS_UNLIMITED, 1};

void kept_settings_clear(struct kept_settings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->kept[i].vm);
    free(s->kept);
    *s = (struct kept_settings){0};
}

static const char *vm_of(const struct daqs_inventory *inventory, uint32_t nic)
{
    return inventory->vm[inventory->nic[nic].vm].name;
}

static bool is_same(const struct daqs_inventory *a, uint32_t i, const struct daqs_inventory *b,
                    uint32_t k)
{
    return daqs_mac_equal(&a->nic[i].mac, &b->nic[k].mac) && strcmp(vm_of(a, i), vm_of(b, k)) == 0;
}

/* Returns the index in 'in' of a nic of another inventory, on the same uplink. in->nics if it is
 * not there. */
static uint32_t find_in_place(const struct daqs_inventory *in, const struct daqs_inventory *other,
                              uint32_t nic)
{
    uint32_t i = 0;
    while (i < in->nics &&
           (in->nic[i].uplink != other->nic[nic].uplink || !is_same(in, i, other, nic)))
        i++;
    return i;
}

/* Like find_in_place, but also finds the nic on another uplink. A candidate that has kept its place
 * between the inventories is a different nic. */
static uint32_t find_nic(const struct daqs_inventory *in, const struct daqs_inventory *other,
                         uint32_t nic)
{
    uint32_t found = find_in_place(in, other, nic);
    for (uint32_t i = 0; i < in->nics && found == in->nics; i++)
        if (is_same(in, i, other, nic) && find_in_place(other, in, i) == other->nics)
            return i;
    return found;
}

/* Prefers the setting for that uplink, otherwise returns one for any uplink. */
static struct kept_setting *find_kept(struct kept_settings *s, const struct daqs_mac *mac,
                                      const char *vm, uint32_t uplink)
{
    struct kept_setting *found = NULL;
    for (size_t i = 0; i < s->count; i++) {
        struct kept_setting *kept = &s->kept[i];
        if (daqs_mac_equal(&kept->mac, mac) && strcmp(kept->vm, vm) == 0 &&
            (!found || kept->uplink == uplink))
            found = kept;
    }
    return found;
}

bool kept_settings_keep(struct kept_settings *s, const struct daqs_mac *mac, const char *vm,
                        uint32_t uplink, const struct daqs_nic_setting *setting)
{
    struct kept_setting *found = find_kept(s, mac, vm, uplink);
    if (found && found->uplink == uplink) {
        found->setting = *setting;
        return true;
    }
    char *name = s->count < DAQS_MAX_NICS ? strdup(vm) : NULL;
    struct kept_setting *grown = name ? realloc(s->kept, (s->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(name);
        return false; /* the nic returns with defaults, like a new one */
    }
    s->kept = grown;
    s->kept[s->count++] = (struct kept_setting){name, *mac, uplink, *setting};
    return true;
}

bool setting_is_default(const struct daqs_nic_setting *setting)
{
    return setting->min == 0 && setting->max == DAQS_UNLIMITED && setting->weight == 1;
}

struct daqs_nic_setting *kept_settings_carry(struct kept_settings *s,
                                             const struct daqs_inventory *old,
                                             const struct daqs_nic_setting *old_setting,
                                             const struct daqs_inventory *fresh)
{
    struct daqs_nic_setting *carried =
        old_setting ? calloc(fresh->nics + 1U, sizeof *carried) : NULL;
    if (!carried)
        return NULL;
    for (uint32_t i = 0; i < old->nics; i++)
        if (!setting_is_default(&old_setting[i]) && find_nic(fresh, old, i) == fresh->nics)
            (void)kept_settings_keep(s, &old->nic[i].mac, vm_of(old, i), old->nic[i].uplink,
                                     &old_setting[i]);
    for (uint32_t i = 0; i < fresh->nics; i++) {
        const struct daqs_nic_info *nic = &fresh->nic[i];
        uint32_t before = find_nic(old, fresh, i);
        const struct kept_setting *kept = find_kept(s, &nic->mac, vm_of(fresh, i), nic->uplink);
        carried[i] = before < old->nics ? old_setting[before] : kept ? kept->setting : nothing;
    }
    return carried;
}
