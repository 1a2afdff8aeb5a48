/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/clock.h"

struct maintenance_change {
    struct admin_change base; /* first member */
    struct records_host write;
    bool nothing; /* it is as it was asked for */
};

static bool is_on(const struct maintenance_change *change)
{
    return change->write.what == RECORDS_MAINTENANCE_ON;
}

static bool is_known(const struct admin *a, const char *host)
{
    return fleet_find(a->given.fleet, host) || ledger_of_host(a->given.ledger, host) ||
           admin_key_of(a, host);
}

static int decide(struct commit *base, bool *ret_nothing, struct daqs_error *err)
{
    struct maintenance_change *change = (struct maintenance_change *)base;
    const struct admin *a = change->base.admin;
    const bool was_on = maintenance_find(a->given.maintenance, change->write.host);
    change->write.at_ms = daqs_wall_ms(daqs_clock_system());
    change->nothing = *ret_nothing = was_on == is_on(change);
    return was_on || is_known(a, change->write.host)
               ? DAQS_OK
               : daqs_fail(err, DAQS_ENOTFOUND,
                           "host %.100s is not known; daqsctl hosts lists the known hosts",
                           change->write.host);
}

static int submit(struct records *records, struct store_job *write)
{
    return records_write_host(records, (struct records_host *)write);
}

/* Reports the beginning before alerts are muted, and the end after. */
static void apply(struct commit *base, int result)
{
    const struct maintenance_change *change = (struct maintenance_change *)base;
    const struct admin_setup *given = &change->base.admin->given;
    const struct records_host *w = &change->write;
    if (result != DAQS_OK)
        return;
    if (!is_on(change)) {
        const struct maintenance_host *before = maintenance_find(given->maintenance, w->host);
        const int64_t since_ms = before ? before->since_ms : 0;
        maintenance_remove(given->maintenance, w->host);
        events_emit(given->events, EVENT_MAINTENANCE_OFF, w->host, "", since_ms, "by %s", w->by);
        return;
    }
    events_emit(given->events, EVENT_MAINTENANCE_ON, w->host, "", 0, "by %s", w->by);
    if (maintenance_put(given->maintenance, w->host, w->at_ms, w->by) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: alerts of %s are muted after a restart only",
                 w->host);
}

static const char *done_text(const struct maintenance_change *change)
{
    if (is_on(change))
        return change->nothing ? "is in maintenance already; nothing changed"
                               : "is in maintenance: its alerts are muted, and control goes on";
    return change->nothing ? "is not in maintenance; nothing changed"
                           : "is no longer in maintenance: its alerts are sent again";
}

static void finish(struct commit *base, int result, const struct daqs_error *err)
{
    struct maintenance_change *change = (struct maintenance_change *)base;
    const char *host = change->write.host;
    struct admin *a = change->base.admin;
    if (result != DAQS_OK)
        admin_reply_text(a, &change->base.caller, result, "%s", err->text);
    else
        admin_reply_text(a, &change->base.caller, DAQS_OK, "%s %s", host, done_text(change));
    free(change);
}

static int fill(const struct wire_maintenance *given, struct records_host *w,
                struct daqs_error *err)
{
    const bool on = strcmp(given->state, "on") == 0;
    if (!on && strcmp(given->state, "off") != 0)
        return daqs_fail(err, DAQS_EINVALID, "maintenance is on or off, not '%.40s'", given->state);
    w->what = on ? RECORDS_MAINTENANCE_ON : RECORDS_MAINTENANCE_OFF;
    (void)snprintf(w->host, sizeof w->host, "%s", given->host);
    return daqs_name_check("host", given->host, strlen(given->host), err);
}

void admin_maintenance(struct admin *a, const struct admin_caller *caller,
                       const struct wire_request *request)
{
    struct daqs_error err = {0};
    struct maintenance_change *change = calloc(1, sizeof *change);
    int result = change ? fill(&request->maintenance, &change->write, &err) : DAQS_ENOMEM;
    if (result == DAQS_OK) {
        change->base.base = (struct commit){.confirms = true,
                                            .write = &change->write.base,
                                            .decide = decide,
                                            .submit = submit,
                                            .apply = apply,
                                            .finish = finish};
        admin_identify(a, caller, request->user, &change->write.asker);
    }
    admin_change_submit(a, caller, (struct admin_change *)change, result, &err);
}

const char *admin_maintenance_note(const struct admin *a, const char *host, const char *what,
                                   char note[static ADMIN_NOTE_BYTES])
{
    char names[MAINTENANCE_NAMES_BYTES];
    const struct maintenance_host *found = maintenance_find(a->given.maintenance, host);
    note[0] = '\0';
    if (found)
        (void)maintenance_text(found, note);
    else if (!*host && maintenance_count(a->given.maintenance) > 0)
        (void)snprintf(note, ADMIN_NOTE_BYTES, "%s: %s", what,
                       maintenance_names(a->given.maintenance, names));
    return note;
}
