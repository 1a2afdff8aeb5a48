#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/admin_internal.h"
#include "shared/base/clock.h"

/* Changes of SLAs are made one after the other: each is checked against what the one before
 * left, written to disk, and only then believed. */

enum { WAITING_MAX = 1024 };

struct ledger_change {
    struct store_sla write; /* first; goes to the store when its turn comes */
    struct admin_caller caller;
    struct sla_change change;
    bool take_away;
    bool force;
    bool dry_run;
    struct ledger_change *next;
};

static void next_change(struct controller *c);

static void describe(const struct sla *sla, char *text, size_t size)
{
    char min[DAQS_RATE_TEXT];
    char max[DAQS_RATE_TEXT];
    (void)snprintf(text, size, "min %s, max %s, weight %u",
                   sla->min ? daqs_rate_format(sla->min, min) : "none",
                   daqs_rate_format(sla->max, max), (unsigned)sla->weight);
}

static void finish(struct controller *c, struct ledger_change *change)
{
    LL_DELETE(c->changes, change);
    c->changes_waiting--;
    free(change);
}

/* What the operator should know although it was accepted. */
static const char *note_on(const struct controller *c, const struct ledger_change *change)
{
    const struct fleet_host *host = fleet_find(c->fleet, change->write.host);
    if (!host)
        return " (this host has not been seen yet; it takes effect when its agent connects)";
    for (uint32_t i = 0; i < host->vms; i++)
        if (strcmp(host->vm[i].name, change->write.vm) == 0)
            return "";
    return " (this VM has not been seen yet; it takes effect when it appears)";
}

static void announce(struct controller *c, const struct ledger_change *change)
{
    char text[160];
    const struct store_sla *w = &change->write;
    describe(&w->new_sla, text, sizeof text);
    if (change->take_away)
        events_say(c, EVENT_SLA_UNSET, w->host, w->vm, 0, "by %s", w->by);
    else
        events_say(c, EVENT_SLA_SET, w->host, w->vm, 0, "%s, by %s", text, w->by);
}

static void believe(struct controller *c, const struct ledger_change *change)
{
    const struct store_sla *w = &change->write;
    struct fleet_host *host = fleet_find(c->fleet, w->host);
    announce(c, change);
    if (change->take_away)
        (void)ledger_remove(c->ledger, w->host, w->vm);
    else if (ledger_put(c->ledger, w->host, w->vm, &w->new_sla, w->at_ms, w->by) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: an SLA on disk is in force after a restart only");
    if (!host)
        return;
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    fleet_refresh_slas(host, c->ledger);
    host->push_due = true; /* agents keep the SLAs too */
    bus_decide(c, host, now_ms);
}

static void answer_done(struct controller *c, const struct ledger_change *change)
{
    char text[160];
    const struct store_sla *w = &change->write;
    describe(&w->new_sla, text, sizeof text);
    if (change->take_away)
        admin_say(c, &change->caller, DAQS_OK, "%s has no SLA any more", w->vm);
    else
        admin_say(c, &change->caller, DAQS_OK, "%s%s: %s%s", change->dry_run ? "would set " : "",
                  w->vm, text, note_on(c, change));
}

static void written(struct store_job *base)
{
    struct ledger_change *change = (struct ledger_change *)base;
    struct controller *c = base->context;
    if (base->result == DAQS_OK) {
        believe(c, change);
        answer_done(c, change);
    } else {
        daqs_log(DAQS_LOG_ERROR, "an SLA could not be stored: %s", base->error.text);
        admin_say(c, &change->caller, base->result, "not stored, nothing changed: %s",
                  base->error.text);
    }
    finish(c, change);
    next_change(c);
}

static int check(struct controller *c, struct ledger_change *change, struct daqs_error *err)
{
    struct store_sla *w = &change->write;
    const struct ledger_entry *old = ledger_find(c->ledger, w->host, w->vm);
    const struct fleet_host *host = fleet_find(c->fleet, w->host);
    struct sla_room room[DAQS_MAX_UPLINKS];
    w->had_old = old != NULL;
    w->old_sla = old ? old->sla : SLA_NONE;
    w->has_new = !change->take_away;
    if (change->take_away)
        return old ? DAQS_OK
                   : daqs_fail(err, DAQS_ENOTFOUND, "%.100s on host %.100s has no SLA", w->vm,
                               w->host);
    size_t rooms =
        host ? fleet_rooms(host, c->ledger, w->vm, c->config->headroom_ppm, room, DAQS_MAX_UPLINKS)
             : 0;
    return sla_amend(&w->old_sla, &change->change, room, rooms, change->force, &w->new_sla, err);
}

/* Begins the first of the waiting changes, answering those that need no write. */
static void next_change(struct controller *c)
{
    while (c->changes) {
        struct ledger_change *change = c->changes;
        struct daqs_error err = {0};
        int result = check(c, change, &err);
        if (result == DAQS_OK && !change->dry_run)
            result = store_write_sla(c->store, &change->write);
        if (result == DAQS_OK && !change->dry_run)
            return; /* 'written' goes on */
        if (result == DAQS_OK)
            answer_done(c, change);
        else
            admin_say(c, &change->caller, result, "%s",
                      err.text[0] ? err.text : "too many changes are waiting; try again");
        finish(c, change);
    }
}

static struct ledger_change *new_change(struct controller *c, const struct admin_caller *caller,
                                        const struct wire_request *request)
{
    if (!admin_names_ok(c, caller, request))
        return NULL;
    struct ledger_change *change =
        c->changes_waiting < WAITING_MAX ? calloc(1, sizeof *change) : NULL;
    if (!change) {
        admin_say(c, caller, DAQS_EBUSY, "too many changes are waiting; try again");
        return NULL;
    }
    change->caller = *caller;
    (void)snprintf(change->write.host, sizeof change->write.host, "%s", request->host);
    (void)snprintf(change->write.vm, sizeof change->write.vm, "%s", request->vm);
    (void)snprintf(change->write.by, sizeof change->write.by, "%s", admin_user(request));
    change->write.at_ms = daqs_wall_ms(daqs_clock_system());
    change->write.base.done = written;
    change->write.base.context = c;
    return change;
}

static void enqueue(struct controller *c, struct ledger_change *change)
{
    LL_APPEND(c->changes, change);
    if (++c->changes_waiting == 1)
        next_change(c);
}

void admin_set_sla(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    struct ledger_change *change = new_change(c, caller, request);
    if (!change)
        return;
    change->change = (struct sla_change){request->min, request->max, request->weight};
    change->force = request->force;
    change->dry_run = request->dry_run;
    enqueue(c, change);
}

void admin_unset_sla(struct controller *c, const struct admin_caller *caller,
                     const struct wire_request *request)
{
    struct ledger_change *change = new_change(c, caller, request);
    if (!change)
        return;
    change->take_away = true;
    enqueue(c, change);
}
