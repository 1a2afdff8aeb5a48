/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/version.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, MESSAGES_AT_ONCE = 64 };

struct session {
    struct session_setup given;
    uint64_t sequence;       /* of the last report */
    bool undescribed_logged; /* VMs' titles and labels did not fit into the last hello */
    int64_t reported_ms;
};

struct session *session_new(const struct session_setup *setup)
{
    struct session *session = calloc(1, sizeof *session);
    if (session)
        session->given = *setup;
    return session;
}

void session_free(struct session *session)
{
    free(session);
}

/* Returns the result for the current controller. */
static int send_to_both(const struct session *s, const struct wire_message *message)
{
    (void)s->given.send(s->given.arg, CANDIDATES_TARGET, message);
    return s->given.send(s->given.arg, CANDIDATES_CURRENT, message);
}

static void set_reported(const struct session *s, bool reported)
{
    for (size_t i = 0; i < s->given.guests->count; i++)
        for (size_t k = 0; k < s->given.guests->guest[i]->nics; k++)
            s->given.guests->guest[i]->nic[k].reported = reported;
}

/* --- hello --- */

/* Builds the inventory again if guests have changed. */
static int refresh_inventory(const struct session *s)
{
    if (!inventory_outdated(s->given.inventory))
        return DAQS_OK;
    int result = inventory_rebuild(s->given.inventory);
    if (result == DAQS_OK)
        local_control_carry(s->given.local);
    return result;
}

static void log_undescribed(struct session *s)
{
    const size_t count = inventory_undescribed(s->given.inventory);
    if (count > 0 && !s->undescribed_logged)
        daqs_log(DAQS_LOG_WARNING,
                 "the titles and labels of %zu VMs do not fit into a message: the controller does "
                 "not know them",
                 count);
    s->undescribed_logged = count > 0;
}

void session_send_hello(struct session *s, enum candidates_line line, bool unknown, int64_t now_ms)
{
    const struct lease *lease = orders_lease(s->given.orders);
    if (unknown)
        set_reported(s, false);
    if (refresh_inventory(s) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "out of memory: the inventory is not sent");
        return;
    }
    log_undescribed(s);
    struct wire_message message = {
        .type = WIRE_HELLO,
        .hello = {.host = s->given.host,
                  .version = DAQS_VERSION,
                  .instance = s->given.instance,
                  .generation = inventory_generation(s->given.inventory),
                  .epoch = lease->epoch,
                  .poll_ms = (uint32_t)s->given.pace->least_ms,
                  .poll_most_ms = (uint32_t)s->given.pace->most_ms,
                  .inventory = *inventory_current(s->given.inventory),
                  .stale_controller = lease->stale_controller},
    };
    (void)snprintf(message.hello.left, sizeof message.hello.left, "%s",
                   s->given.left(s->given.arg, line, now_ms));
    /* If it is lost, it is requested again. */
    if (s->given.send(s->given.arg, line, &message) == DAQS_ETOOBIG)
        daqs_log(DAQS_LOG_ERROR, "the inventory is too large for one message: it is not sent");
}

/* --- report --- */

/* Returns the limits in force on all nics of the inventory, or only the ones not reported yet, to
 * be freed by the caller; NULL if out of memory. */
static struct daqs_nic_applied *gather_applied(const struct session *s, bool all, int64_t now_ms,
                                               uint32_t *ret_count)
{
    uint32_t nics = inventory_current(s->given.inventory)->nics;
    struct daqs_nic_applied *list = calloc(nics + 1U, sizeof *list);
    *ret_count = 0;
    for (size_t i = 0; list && i < s->given.guests->count; i++) {
        const struct guest *guest = s->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            struct guest_nic *nic = &guest->nic[k];
            if ((all || !nic->reported) && inventory_lists(s->given.inventory, nic))
                list[(*ret_count)++] = s->given.applied(s->given.arg, nic, now_ms);
        }
    }
    return list;
}

static void send_applied(const struct session *s, int64_t now_ms)
{
    uint32_t count;
    struct daqs_nic_applied *list DAQS_AUTO_FREE = gather_applied(s, false, now_ms, &count);
    const struct lease *lease = orders_lease(s->given.orders);
    const struct wire_message message = {
        .type = WIRE_APPLIED,
        .applied = {.epoch = lease->epoch,
                    .sequence = lease->sequence,
                    .generation = inventory_generation(s->given.inventory),
                    .nics = count,
                    .nic = list},
    };
    if (count > 0 && send_to_both(s, &message) == DAQS_OK) /* otherwise with the next report */
        set_reported(s, true);
}

/* If out of memory, limits stay; tried again with the next report. */
static void decide_locally(const struct session *s, const struct wire_report *report,
                           int64_t from_ms, int64_t now_ms)
{
    uint32_t count;
    struct daqs_nic_applied *list DAQS_AUTO_FREE = gather_applied(s, true, now_ms, &count);
    daqs_bps *limit DAQS_AUTO_FREE = calloc(report->nics + 1U, sizeof *limit);
    if (!list || !limit)
        return;
    for (uint32_t i = 0; i < count; i++)
        limit[list[i].nic] = list[i].limit;
    const struct local_readings readings = {.nic = report->reading,
                                            .applied = limit,
                                            .uplinks = report->uplinks,
                                            .uplink = report->uplink};
    local_control_decide(s->given.local, orders_terms(s->given.orders), &readings, from_ms, now_ms);
}

void session_send_report(struct session *s, int64_t now_ms)
{
    if (inventory_outdated(s->given.inventory)) {
        session_send_hello(s, CANDIDATES_CURRENT, false, now_ms);
        session_send_hello(s, CANDIDATES_TARGET, false, now_ms);
    }
    if (inventory_outdated(s->given.inventory))
        return;
    uint32_t nics = inventory_current(s->given.inventory)->nics;
    struct daqs_uplink_reading uplink[DAQS_MAX_UPLINKS];
    struct daqs_nic_reading *reading DAQS_AUTO_FREE = calloc(nics + 1U, sizeof *reading);
    if (!reading)
        return;
    s->given.read_nics(s->given.arg, reading, now_ms);
    uint32_t uplinks = s->given.read_uplinks(s->given.arg, reading, now_ms, uplink);
    int64_t from_ms = s->reported_ms;
    s->reported_ms = now_ms;
    const struct wire_message message = {
        .type = WIRE_REPORT,
        .report = {.generation = inventory_generation(s->given.inventory),
                   .sequence = ++s->sequence,
                   .mono_us = (uint64_t)now_ms * 1000,
                   .nics = nics,
                   .reading = reading,
                   .limits_sequence = orders_sequence_of(s->given.orders, from_ms, now_ms),
                   .uplinks = uplinks,
                   .uplink = uplink,
                   .saving = (uint8_t)orders_saving(s->given.orders)},
    };
    (void)send_to_both(s, &message); /* if lost, the next one follows */
    send_applied(s, now_ms);
    if (!orders_lease(s->given.orders)->held)
        decide_locally(s, &message.report, from_ms, now_ms);
}

void session_send_bye(struct session *s)
{
    const struct wire_message message = {.type = WIRE_BYE, .bye = {WIRE_BYE_STOPPING}};
    (void)send_to_both(s, &message); /* the controller would notice anyway */
}

/* --- receiving --- */

/* A member of a group has an epoch of its own for each host, from the host's hello on. A lower one
 * in a welcome before that does not mean that it was replaced. */
static bool may_command(const struct session *s, const struct wire_welcome *welcome)
{
    if (*welcome->member)
        return welcome->epoch >= orders_lease(s->given.orders)->epoch;
    return orders_heard_of(s->given.orders, welcome->epoch);
}

static bool sends_elsewhere(const struct wire_welcome *welcome)
{
    return welcome->elsewhere > 0 &&
           strcmp(welcome->elsewhere_member[0].name, welcome->member) != 0;
}

static void handle_welcome(struct session *s, enum candidates_line line,
                           const struct wire_welcome *welcome, int64_t now_ms)
{
    const bool commands = may_command(s, welcome);
    if (*welcome->member || commands)
        s->given.told(s->given.arg, line, welcome, now_ms);
    if (sends_elsewhere(welcome))
        return; /* it neither commands nor asks for a hello */
    if (commands)
        s->given.heard(s->given.arg, line, false, welcome->lease_ms, now_ms);
    if (welcome->generation != inventory_generation(s->given.inventory))
        session_send_hello(s, line, true, now_ms);
}

/* Both controllers may have given the same epoch, to hellos that the agent sent before it obeyed
 * either. So the target needs a higher one than the agent obeys now, and is told of it. */
static void handle_limits(struct session *s, enum candidates_line line,
                          const struct wire_limits *limits, int64_t now_ms)
{
    const uint64_t epoch = orders_lease(s->given.orders)->epoch;
    if (line == CANDIDATES_TARGET && limits->epoch == epoch)
        return;
    if (!orders_receive(s->given.orders, limits, now_ms))
        return;
    s->given.heard(s->given.arg, line, true, limits->lease_ms, now_ms);
    if (line == CANDIDATES_CURRENT && limits->epoch != epoch)
        session_send_hello(s, CANDIDATES_TARGET, false, now_ms); /* if there is one */
}

static void handle(struct session *s, enum candidates_line line, const struct wire_message *message,
                   int64_t now_ms)
{
    switch (message->type) {
    case WIRE_WELCOME:
        handle_welcome(s, line, &message->welcome, now_ms);
        break;
    case WIRE_LIMITS:
        handle_limits(s, line, &message->limits, now_ms);
        break;
    case WIRE_BYE:
        s->given.dismissed(s->given.arg, line, now_ms);
        if (daqs_log_allowed(s->given.budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "the controller closed the session: %s",
                     wire_bye_text(message->bye.reason));
        break;
    case WIRE_HELLO:
    case WIRE_REPORT:
    case WIRE_APPLIED:
        break; /* not meant for agents */
    }
}

void session_receive(struct session *s, int64_t now_ms)
{
    struct daqs_arena arena DAQS_AUTO(daqs_arena_done);
    struct wire_message message;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (int i = 0; i < MESSAGES_AT_ONCE; i++) { /* guests need their turn */
        daqs_arena_reset(&arena);
        enum candidates_line line;
        int result = s->given.receive(s->given.arg, &arena, now_ms, &message, &line);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result == DAQS_OK)
            handle(s, line, &message, now_ms);
    }
}
