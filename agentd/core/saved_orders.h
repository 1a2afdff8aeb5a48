/* SPDX-License-Identifier: Apache-2.0 */
/* saved_orders - text form of what is saved of orders, for a restart without a controller.
 *
 * The first line is the headroom in parts per million and the lease in ms. For each uplink whose
 * mode is not minimum there is a line with "mode", the mode and the uplink's name. For each nic
 * with settings that differ from the defaults there is a line with the guarantee and the ceiling
 * ("-": none) in bits per second, the weight, the MAC address, and the VM's name, which may include
 * blanks. */
#ifndef DAQS_AGENTD_CORE_SAVED_ORDERS_H
#define DAQS_AGENTD_CORE_SAVED_ORDERS_H

#include "agentd/core/kept_settings.h"

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

/* Formats the inventory's uplinks and nics; 'setting' has one element for each nic. The result is
 * malloc'd and owned by the caller. NULL if out of memory. */
char *saved_orders_format(const struct order_terms *terms, const struct daqs_inventory *inventory,
                          const struct daqs_nic_setting *setting);

/* Parses such a text. It does not include limits, which are DAQS_UNLIMITED. The caller must call
 * kept_settings_clear on *ret. Modes of unknown uplinks are left out. DAQS_EFORMAT if the text was
 * not written by saved_orders_format, or if out of memory. */
int saved_orders_parse(const char *text, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                       struct order_terms *ret_terms, struct kept_settings *ret,
                       struct daqs_error *err);

#endif
