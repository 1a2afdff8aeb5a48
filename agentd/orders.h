/* SPDX-License-Identifier: Apache-2.0 */
/* orders - obeys the controller that holds the lease, and saves what matters after a restart: the
 * epoch, and the guarantees of the nics. */
#ifndef DAQS_AGENTD_ORDERS_H
#define DAQS_AGENTD_ORDERS_H

#include "agentd/core/lease.h"
#include "agentd/local_control.h"
#include "shared/base/log.h"
#include "shared/wire/bus.h"

struct orders; /* opaque */

/* All of them must outlive it. */
struct orders_setup {
    const char *state_dir;
    const struct uplink *uplink;
    size_t uplinks;
    struct inventory *inventory;
    struct local_control *local; /* ends when a controller commands */
    struct pace *pace;
    /* Starts to put the limits that the nics are to have into force. */
    void (*apply)(void *arg, int64_t now_ms);
    void *arg;
    struct daqs_log_budget *budget;
};

/* Loads what an earlier process saved, as if it had just arrived and had no limits: the controller
 * has one lease to send new orders. A file with an epoch
 * that is damaged is set aside. Returns NULL and sets err if the epoch cannot be read. */
struct orders *orders_new(const struct orders_setup *setup, int64_t now_ms, struct daqs_error *err);
/* NULL is fine. */
void orders_free(struct orders *orders);

/* Obeys limits, if they are for the current inventory and as new as the lease demands. Returns true
 * if they are obeyed. */
bool orders_receive(struct orders *orders, const struct wire_limits *limits, int64_t now_ms);

/* Records a message of a controller with this epoch. Returns true if it may command. */
bool orders_heard_of(struct orders *orders, uint64_t epoch);

/* Checks whether the lease has expired. Limits stay as they are until the next report, from which
 * the agent decides itself. */
void orders_check_lease(struct orders *orders, int64_t now_ms);

const struct lease *orders_lease(const struct orders *orders);
/* Returns the terms of the last orders. */
const struct order_terms *orders_terms(const struct orders *orders);

/* Returns whether the epoch and the orders are on disk. Unknown until orders were saved. */
enum daqs_saving orders_saving(const struct orders *orders);

/* Returns true until the limits obeyed last are known to be in force. */
bool orders_pending(const struct orders *orders);
/* Records that all limits are in force. */
void orders_in_force(struct orders *orders, int64_t now_ms);
/* Returns the sequence of the newest limits that were in force for at least half of the time
 * between two reports. */
uint64_t orders_sequence_of(const struct orders *orders, int64_t from_ms, int64_t to_ms);

#endif
