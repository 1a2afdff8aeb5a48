/* saved_orders - what the controller ordered for nics, kept while guests come and go and nobody
 * commands. */
#ifndef DAQS_AGENTD_CORE_SAVED_ORDERS_H
#define DAQS_AGENTD_CORE_SAVED_ORDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* What orders say beside the nics' settings. */
struct order_terms {
    uint32_t headroom_ppm; /* up to 1000000 */
    uint32_t lease_ms;
    uint8_t mode[DAQS_MAX_UPLINKS]; /* enum policy_mode, of each uplink */
};

/* Takes the modes of 'told' uplinks. All are minimum if that is not as many as there are, and so is
 * one that is not known here. */
void order_terms_take_modes(struct order_terms *terms, const uint8_t *mode, uint32_t told,
                            uint32_t uplinks);

bool order_terms_equal(const struct order_terms *a, const struct order_terms *b);

/* A nic is the same if its VM's name and its MAC are: another guest may claim the MAC. Of several
 * with both, as of a bond, it is that on the same uplink. */
#define SAVED_ORDERS_ANY_UPLINK UINT32_MAX /* which one it was on is not known */
struct saved_setting {
    char *vm;
    struct daqs_mac mac;
    uint32_t uplink;
    struct daqs_nic_setting setting;
};

/* Zero-initialise. Of nics that are not in the inventory now. */
struct saved_orders {
    size_t count;
    struct saved_setting *kept;
};

void saved_orders_clear(struct saved_orders *settings);

/* Whether there is more to it than that it is new. */
bool setting_says_anything(const struct daqs_nic_setting *setting);

/* Keeps that of a nic, in the place of what was kept of it; copies the name. False: there are
 * DAQS_MAX_NICS already, or no memory. */
bool saved_orders_keep(struct saved_orders *settings, const struct daqs_mac *mac, const char *vm,
                       uint32_t uplink, const struct daqs_nic_setting *setting);

/* The settings of a new inventory's nics (the caller's, malloc'd): those they had in the old one
 * or earlier, none for nics that are new. Keeps those of nics that are gone, if they say anything;
 * at most DAQS_MAX_NICS. 'old_setting' may be NULL: nobody ever commanded, and NULL is returned,
 * as it is if out of memory. */
struct daqs_nic_setting *saved_orders_carry(struct saved_orders *settings,
                                            const struct daqs_inventory *old,
                                            const struct daqs_nic_setting *old_setting,
                                            const struct daqs_inventory *fresh);

#endif
