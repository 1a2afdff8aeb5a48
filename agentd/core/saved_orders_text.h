/* saved_orders_text - what nics have been promised, as text: for after a restart without a
 * controller.
 *
 * The first line is the headroom in parts per million and the lease in ms. Then comes "mode", the
 * mode and the uplink's name for each uplink whose mode is not minimum; then a line for each nic of
 * which there is anything to say: guarantee, maximum ("-": none) and weight in bits per second, MAC
 * address, and the VM's name, which may have blanks. */
#ifndef DAQS_AGENTD_CORE_SAVED_ORDERS_TEXT_H
#define DAQS_AGENTD_CORE_SAVED_ORDERS_TEXT_H

#include "agentd/core/saved_orders.h"

/* The inventory's uplinks, and its nics, of which there is one setting each. Malloc'd, the
 * caller's; NULL: out of memory. */
char *saved_orders_format(const struct order_terms *terms, const struct daqs_inventory *inventory,
                          const struct daqs_nic_setting *setting);

/* What a text says, without limits; *ret is the caller's to saved_orders_clear. Modes of uplinks
 * that are not among these are left out. DAQS_EFORMAT if it is not what saved_orders_format writes,
 * or there is no memory for it. */
int saved_orders_parse(const char *text, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                       struct order_terms *ret_terms, struct saved_orders *ret,
                       struct daqs_error *err);

#endif
