/* SPDX-License-Identifier: Apache-2.0 */
/* saved_orders - keeps what the controller ordered for nics while guests come and go and no
 * controller is in command. */
#ifndef DAQS_AGENTD_CORE_SAVED_ORDERS_H
#define DAQS_AGENTD_CORE_SAVED_ORDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* Contents of orders besides the nics' settings. */
struct order_terms {
    uint32_t headroom_ppm; /* at most 1000000 */
    uint32_t lease_ms;
    uint8_t mode[DAQS_MAX_UPLINKS]; /* enum policy_mode of each uplink */
};

/* Stores the modes of the uplinks, of which 'received' were received. All modes are minimum if
 * 'received' differs from 'uplinks'. A mode that is not known here is minimum, too. */
void order_terms_take_modes(struct order_terms *terms, const struct daqs_uplink_setting *uplink,
                            uint32_t received, uint32_t uplinks);

bool order_terms_equal(const struct order_terms *a, const struct order_terms *b);

/* A nic is identified by the name of its VM and its MAC address, because another guest may use the
 * same address. If several nics have both, as in a bond, the one on the same uplink is used. */
#define SAVED_ORDERS_ANY_UPLINK UINT32_MAX /* the uplink is not known */
struct saved_setting {
    char *vm;
    struct daqs_mac mac;
    uint32_t uplink;
    struct daqs_nic_setting setting;
};

/* Settings of nics that are not in the current inventory. Zero-initialise. */
struct saved_orders {
    size_t count;
    struct saved_setting *kept;
};

void saved_orders_clear(struct saved_orders *settings);

/* Returns true if the guarantee, ceiling or weight differs from that of a new nic. */
bool setting_says_anything(const struct daqs_nic_setting *setting);

/* Keeps the setting of a nic and replaces an earlier one. Copies the name. False if there are
 * DAQS_MAX_NICS settings already, or if out of memory. */
bool saved_orders_keep(struct saved_orders *settings, const struct daqs_mac *mac, const char *vm,
                       uint32_t uplink, const struct daqs_nic_setting *setting);

/* Returns the settings of a new inventory's nics, malloc'd and owned by the caller: those from the
 * old inventory or kept earlier, and defaults for new nics. Keeps the settings of nics that are
 * gone if they differ from the defaults, at most DAQS_MAX_NICS. 'old_setting' may be NULL if no
 * controller has ever been in command; then NULL is returned, as if out of memory. */
struct daqs_nic_setting *saved_orders_carry(struct saved_orders *settings,
                                            const struct daqs_inventory *old,
                                            const struct daqs_nic_setting *old_setting,
                                            const struct daqs_inventory *fresh);

#endif
