/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/orders.h"

#include <inttypes.h>
#include <stdlib.h>

#include "agentd/core/convergence.h"
#include "agentd/epoch_file.h"
#include "agentd/saved_orders_file.h"

enum { SAVE_AGAIN_MS = 5000 };

struct orders {
    struct orders_setup given;
    struct lease lease;
    uint64_t saved_epoch;
    struct order_terms terms;
    struct convergence convergence;
    struct saved_orders_file *file;
    uint64_t saved_generation; /* of the inventory at the time of saving; 0: never saved */
    bool epoch_unsaved;        /* the last attempt failed */
    bool orders_unsaved;
    int64_t again_ms; /* monotonic, when unsaved orders are saved again at the earliest */
};

/* --- files --- */

/* A damaged file does not keep the agent from starting, because the controller sends everything
 * again. */
static void load_saved(struct orders *o, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct order_terms terms;
    struct kept_settings saved = {0};
    int result =
        saved_orders_file_load(o->file, o->given.uplink, o->given.uplinks, &terms, &saved, &err);
    if (result != DAQS_OK && result != DAQS_ENOTFOUND)
        daqs_log(DAQS_LOG_WARNING, "guarantees are not known until a controller sends them: %s",
                 err.text);
    if (result != DAQS_OK || inventory_restore(o->given.inventory, &saved) != DAQS_OK)
        return;
    o->terms = terms;
    lease_resume(&o->lease, terms.lease_ms, now_ms);
}

/* Saves the epoch, so that an older controller is not obeyed after a restart. If saving fails, the
 * agent obeys the orders nevertheless and tries again with the next ones. */
static void save_epoch(struct orders *o, int64_t now_ms)
{
    struct daqs_error err = {0};
    if (o->lease.epoch == o->saved_epoch)
        return;
    o->epoch_unsaved = epoch_file_save(o->given.state_dir, o->lease.epoch, &err) != DAQS_OK;
    if (!o->epoch_unsaved)
        o->saved_epoch = o->lease.epoch;
    else if (daqs_log_allowed(o->given.budget, now_ms))
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
}

/* Saves the orders. If that fails, the agent tries again with orders that arrive some seconds
 * later, or that differ. */
static void save_orders(struct orders *o, int64_t now_ms)
{
    struct daqs_error err = {0};
    const struct inventory *inventory = o->given.inventory;
    o->again_ms = now_ms + SAVE_AGAIN_MS;
    o->orders_unsaved = saved_orders_file_save(o->file, &o->terms, inventory_current(inventory),
                                               inventory_settings(inventory), &err) != DAQS_OK;
    if (!o->orders_unsaved)
        o->saved_generation = inventory_generation(inventory);
    else if (daqs_log_allowed(o->given.budget, now_ms))
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
}

/* Returns true if orders differ from the saved ones in guarantees, ceilings, weights or terms, or
 * if the inventory has changed since they were saved. */
static bool orders_differ(const struct orders *o, const struct order_terms *terms,
                          const struct daqs_nic_setting *fresh)
{
    const struct daqs_nic_setting *old = inventory_settings(o->given.inventory);
    bool differ = !old || o->saved_generation != inventory_generation(o->given.inventory) ||
                  !order_terms_equal(&o->terms, terms);
    for (uint32_t i = 0; !differ && i < inventory_current(o->given.inventory)->nics; i++)
        differ = old[i].min != fresh[i].min || old[i].max != fresh[i].max ||
                 old[i].weight != fresh[i].weight;
    return differ;
}

/* Loads the epoch. Without it, the agent obeys the first controller that it meets, and then the one
 * with the highest epoch. That is better than to obey none: only a second controller could gain
 * from it, and the first order that this agent obeys saves an epoch again. */
static int load_epoch(struct orders *o, struct daqs_error *err)
{
    struct daqs_error aside = {0};
    int result = epoch_file_load(o->given.state_dir, &o->lease.epoch, err);
    if (result != DAQS_EFORMAT)
        return result;
    daqs_log(DAQS_LOG_WARNING,
             "%s: kept as epoch.damaged; this host obeys the first controller that it meets",
             err->text);
    if (epoch_file_set_aside(o->given.state_dir, &aside) != DAQS_OK)
        daqs_log(DAQS_LOG_WARNING, "%s", aside.text);
    *err = (struct daqs_error){0};
    return DAQS_OK;
}

/* --- making --- */

struct orders *orders_new(const struct orders_setup *setup, int64_t now_ms, struct daqs_error *err)
{
    struct orders *o = calloc(1, sizeof *o);
    if (!o || !(o->file = saved_orders_file_new(setup->state_dir))) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        orders_free(o);
        return NULL;
    }
    o->given = *setup;
    if (load_epoch(o, err) != DAQS_OK) {
        orders_free(o);
        return NULL;
    }
    o->saved_epoch = o->lease.epoch;
    load_saved(o, now_ms);
    return o;
}

void orders_free(struct orders *o)
{
    if (!o)
        return;
    saved_orders_file_free(o->file);
    free(o);
}

/* --- receiving --- */

/* Decides whether to obey, and logs if not. */
static bool grants_lease(struct orders *o, const struct wire_limits *limits, int64_t now_ms)
{
    enum lease_verdict verdict =
        lease_receive(&o->lease, limits->epoch, limits->sequence, limits->lease_ms, now_ms);
    if (verdict == LEASE_OLD_EPOCH && daqs_log_allowed(o->given.budget, now_ms))
        daqs_log(DAQS_LOG_WARNING,
                 "limits of epoch %" PRIu64 " are ignored: epoch %" PRIu64 " has been seen",
                 limits->epoch, o->lease.epoch);
    return verdict == LEASE_OBEY;
}

/* Makes the settings what the nics are to have. */
static void command(struct orders *o, const struct wire_limits *limits, bool new_epoch,
                    int64_t now_ms)
{
    bool underway = convergence_pending(&o->convergence);
    convergence_ordered(&o->convergence, limits->sequence, new_epoch);
    if (!inventory_command(o->given.inventory) && !underway)
        convergence_reached(&o->convergence, false, now_ms);
    o->given.apply(o->given.arg, now_ms);
}

bool orders_receive(struct orders *o, const struct wire_limits *limits, int64_t now_ms)
{
    const struct daqs_inventory *inventory = inventory_current(o->given.inventory);
    struct order_terms terms = {.headroom_ppm = limits->headroom_ppm, .lease_ms = limits->lease_ms};
    uint64_t epoch = o->lease.epoch;
    if (limits->generation != inventory_generation(o->given.inventory) ||
        limits->nics != inventory->nics || inventory_outdated(o->given.inventory))
        return false; /* meant for an earlier inventory; the next message will match */
    if (!grants_lease(o, limits, now_ms))
        return false;
    save_epoch(o, now_ms);
    order_terms_take_modes(&terms, limits->uplink, limits->uplinks, inventory->uplinks);
    bool differ = orders_differ(o, &terms, limits->setting);
    if (inventory_set(o->given.inventory, limits->setting) != DAQS_OK)
        return true; /* out of memory: limits stay until the next message */
    o->terms = terms;
    local_control_end(o->given.local);
    if (differ || (o->orders_unsaved && now_ms >= o->again_ms))
        save_orders(o, now_ms);
    pace_set(o->given.pace, limits->poll_ms);
    command(o, limits, limits->epoch != epoch, now_ms);
    return true;
}

bool orders_heard_of(struct orders *o, uint64_t epoch)
{
    return lease_heard_of(&o->lease, epoch);
}

void orders_check_lease(struct orders *o, int64_t now_ms)
{
    if (!lease_expired(&o->lease, now_ms) || !inventory_settings(o->given.inventory))
        return;
    daqs_log(
        DAQS_LOG_WARNING,
        "the lease expired without a message from the controller: splitting the uplinks locally");
    pace_set(o->given.pace, 0); /* also lets a returning controller notice this host at once */
}

const struct lease *orders_lease(const struct orders *o)
{
    return &o->lease;
}

const struct order_terms *orders_terms(const struct orders *o)
{
    return &o->terms;
}

enum daqs_saving orders_saving(const struct orders *o)
{
    if (o->epoch_unsaved || o->orders_unsaved)
        return DAQS_SAVING_FAILING;
    return o->saved_generation ? DAQS_SAVING_OK : DAQS_SAVING_UNKNOWN;
}

/* --- convergence --- */

bool orders_pending(const struct orders *o)
{
    return convergence_pending(&o->convergence);
}

void orders_in_force(struct orders *o, int64_t now_ms)
{
    convergence_reached(&o->convergence, true, now_ms);
}

uint64_t orders_sequence_of(const struct orders *o, int64_t from_ms, int64_t to_ms)
{
    return convergence_sequence_of(&o->convergence, from_ms, to_ms);
}
