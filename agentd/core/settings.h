/* settings - what the controller ordered for nics, kept while guests come and go and nobody
 * commands. */
#ifndef DAQS_AGENTD_CORE_SETTINGS_H
#define DAQS_AGENTD_CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* What orders say beside the nics' settings. */
struct settings_terms {
    uint32_t headroom_ppm; /* up to 1000000 */
    uint32_t lease_ms;
    uint8_t mode[DAQS_MAX_UPLINKS]; /* enum policy_mode, of each uplink */
};

/* Takes the modes of 'told' uplinks. All are minimum if that is not as many as there are, and so is
 * one that is not known here. */
void settings_take_modes(struct settings_terms *terms, const uint8_t *mode, uint32_t told,
                         uint32_t uplinks);

bool settings_terms_equal(const struct settings_terms *a, const struct settings_terms *b);

/* A nic is the same if its VM's name and its MAC are: another guest may claim the MAC. Of several
 * with both, as of a bond, it is that on the same uplink. */
#define SETTINGS_ANY_UPLINK UINT32_MAX /* which one it was on is not known */
struct settings_kept {
    char *vm;
    struct daqs_mac mac;
    uint32_t uplink;
    struct daqs_nic_setting setting;
};

/* Zero-initialise. Of nics that are not in the inventory now. */
struct settings {
    size_t count;
    struct settings_kept *kept;
};

void settings_forget(struct settings *settings);

/* Whether there is more to it than that it is new. */
bool settings_say_anything(const struct daqs_nic_setting *setting);

/* Keeps that of a nic, in the place of what was kept of it; copies the name. False: there are
 * DAQS_MAX_NICS already, or no memory. */
bool settings_keep(struct settings *settings, const struct daqs_mac *mac, const char *vm,
                   uint32_t uplink, const struct daqs_nic_setting *setting);

/* The settings of a new inventory's nics (the caller's, malloc'd): those they had in the old one
 * or earlier, none for nics that are new. Keeps those of nics that are gone, if they say anything;
 * at most DAQS_MAX_NICS. 'old_setting' may be NULL: nobody ever commanded, and NULL is returned,
 * as it is if out of memory. */
struct daqs_nic_setting *settings_carry(struct settings *settings, const struct daqs_inventory *old,
                                        const struct daqs_nic_setting *old_setting,
                                        const struct daqs_inventory *fresh);

#endif
