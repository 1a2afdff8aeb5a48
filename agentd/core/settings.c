#include "agentd/core/settings.h"

#include <stdlib.h>
#include <string.h>

#include "shared/policy/policy.h"

static const struct daqs_nic_setting nothing = {DAQS_UNLIMITED, 0, DAQS_UNLIMITED, 1};

void settings_take_modes(struct settings_terms *terms, const uint8_t *mode, uint32_t told,
                         uint32_t uplinks)
{
    memset(terms->mode, POLICY_MODE_MINIMUM, sizeof terms->mode);
    for (uint32_t u = 0; u < uplinks && told == uplinks; u++)
        terms->mode[u] = (uint8_t)policy_mode_of(mode[u]);
}

bool settings_terms_equal(const struct settings_terms *a, const struct settings_terms *b)
{
    return a->headroom_ppm == b->headroom_ppm && a->lease_ms == b->lease_ms &&
           memcmp(a->mode, b->mode, sizeof a->mode) == 0;
}

void settings_forget(struct settings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->kept[i].vm);
    free(s->kept);
    *s = (struct settings){0};
}

static const char *vm_of(const struct daqs_inventory *inventory, uint32_t nic)
{
    return inventory->vm[inventory->nic[nic].vm].name;
}

/* The nic's place in the inventory, or inventory->nics. */
static uint32_t find_nic(const struct daqs_inventory *inventory, const struct daqs_mac *mac,
                         const char *vm)
{
    uint32_t i = 0;
    while (i < inventory->nics &&
           (!daqs_mac_equal(&inventory->nic[i].mac, mac) || strcmp(vm_of(inventory, i), vm) != 0))
        i++;
    return i;
}

static struct settings_kept *find_kept(struct settings *s, const struct daqs_mac *mac,
                                       const char *vm)
{
    for (size_t i = 0; i < s->count; i++)
        if (daqs_mac_equal(&s->kept[i].mac, mac) && strcmp(s->kept[i].vm, vm) == 0)
            return &s->kept[i];
    return NULL;
}

bool settings_keep(struct settings *s, const struct daqs_mac *mac, const char *vm,
                   const struct daqs_nic_setting *setting)
{
    struct settings_kept *found = find_kept(s, mac, vm);
    if (found) {
        found->setting = *setting;
        return true;
    }
    char *name = s->count < DAQS_MAX_NICS ? strdup(vm) : NULL;
    struct settings_kept *grown = name ? realloc(s->kept, (s->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(name);
        return false; /* it comes back with nothing, as a new nic would */
    }
    s->kept = grown;
    s->kept[s->count++] = (struct settings_kept){name, *mac, *setting};
    return true;
}

bool settings_say_anything(const struct daqs_nic_setting *setting)
{
    return setting->min > 0 || setting->max != DAQS_UNLIMITED || setting->weight != 1;
}

struct daqs_nic_setting *settings_carry(struct settings *s, const struct daqs_inventory *old,
                                        const struct daqs_nic_setting *old_setting,
                                        const struct daqs_inventory *fresh)
{
    struct daqs_nic_setting *carried =
        old_setting ? calloc(fresh->nics + 1U, sizeof *carried) : NULL;
    if (!carried)
        return NULL;
    for (uint32_t i = 0; i < old->nics; i++)
        if (settings_say_anything(&old_setting[i]) &&
            find_nic(fresh, &old->nic[i].mac, vm_of(old, i)) == fresh->nics)
            (void)settings_keep(s, &old->nic[i].mac, vm_of(old, i), &old_setting[i]);
    for (uint32_t i = 0; i < fresh->nics; i++) {
        const struct daqs_mac *mac = &fresh->nic[i].mac;
        uint32_t before = find_nic(old, mac, vm_of(fresh, i));
        const struct settings_kept *kept = find_kept(s, mac, vm_of(fresh, i));
        carried[i] = before < old->nics ? old_setting[before] : kept ? kept->setting : nothing;
    }
    return carried;
}
