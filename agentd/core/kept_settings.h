/* SPDX-License-Identifier: Apache-2.0 */
/* kept_settings - keeps the settings of nics that are gone, in case they return while no controller
 * is in command. */
#ifndef DAQS_AGENTD_CORE_KEPT_SETTINGS_H
#define DAQS_AGENTD_CORE_KEPT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* A nic is identified by the name of its VM and its MAC address, because another guest may use the
 * same address. If several nics have both, as in a bond, the one on the same uplink is used. */
#define KEPT_ANY_UPLINK UINT32_MAX /* the uplink is not known */
struct kept_setting {
    char *vm;
    struct daqs_mac mac;
    uint32_t uplink;
    struct daqs_nic_setting setting;
};

/* Settings of nics that are not in the current inventory. Zero-initialise. */
struct kept_settings {
    size_t count;
    struct kept_setting *kept;
};

void kept_settings_clear(struct kept_settings *settings);

/* Returns true if the guarantee, ceiling and weight are those of a new nic. */
bool setting_is_default(const struct daqs_nic_setting *setting);

/* Keeps the setting of a nic and replaces an earlier one. Copies the name. False if there are
 * DAQS_MAX_NICS settings already, or if out of memory. */
bool kept_settings_keep(struct kept_settings *settings, const struct daqs_mac *mac, const char *vm,
                        uint32_t uplink, const struct daqs_nic_setting *setting);

/* Returns the settings of a new inventory's nics, malloc'd and owned by the caller: those from the
 * old inventory or kept earlier, and defaults for new nics. Keeps the settings of nics that are
 * gone if they differ from the defaults, at most DAQS_MAX_NICS. 'old_setting' may be NULL if no
 * controller has ever been in command; then NULL is returned, as if out of memory. */
struct daqs_nic_setting *kept_settings_carry(struct kept_settings *settings,
                                             const struct daqs_inventory *old,
                                             const struct daqs_nic_setting *old_setting,
                                             const struct daqs_inventory *fresh);

#endif
