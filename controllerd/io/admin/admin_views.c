/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/views.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/fleet/store_keeper.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/net/auth.h"
#include "controllerd/io/records/records_pg.h"
#include "shared/base/clock.h"
#include "shared/base/text.h"
#include "shared/base/version.h"
#include "shared/net/accept_limit.h"
#include "shared/net/receive_limit.h"

#define IN_MAINTENANCE "in maintenance, with alerts muted"

/* Sets the range to what is behind the request's token. If that is invalid, replies and returns
 * false. */
static bool range_ok(struct admin *a, const struct admin_caller *caller,
                     const struct wire_request *request, const char *host, struct view_range *ret)
{
    int64_t skip = 0;
    if (!admin_token_ok(a, caller, request, &skip))
        return false;
    *ret = (struct view_range){.host = host, .skip = (size_t)skip};
    return true;
}

/* Sets the range of a view of hosts to what is behind the token, which is "ROWS HOST". 'from' is
 * then a part of the token. */
static bool hosts_range_ok(struct admin *a, const struct admin_caller *caller,
                           const struct wire_request *request, const char *host,
                           struct view_range *ret)
{
    const char *token = request->token;
    const size_t digits = strspn(token, "0123456789");
    *ret = (struct view_range){.host = host};
    if (!*token)
        return true;
    if (digits == 0 || digits > 9 || token[digits] != ' ' || token[digits + 1] == '\0') {
        admin_reply_text(a, caller, DAQS_EINVALID, "unknown token");
        return false;
    }
    ret->from = token + digits + 1;
    ret->skip = strtoul(token, NULL, 10);
    return true;
}

/* If a host is given and not known, replies and returns false. */
static bool host_ok(struct admin *a, const struct admin_caller *caller, const char *host)
{
    if (!*host || roster_find(a->given.roster, host))
        return true;
    admin_reply_text(a, caller, DAQS_ENOTFOUND,
                     "host %.100s is not known; daqsctl hosts lists the known hosts", host);
    return false;
}

static void reply_view(struct admin *a, const struct admin_caller *caller,
                       const struct view_range *range, bool more, struct daqs_table *table)
{
    char token[32] = "";
    if (more)
        (void)snprintf(token, sizeof token, "%zu", range->skip + daqs_table_rows(table));
    admin_reply_table(a, caller, table, token, "");
}

typedef bool view_fn(const struct view_scene *scene, struct view_range *range,
                     struct daqs_table *ret);

/* Answers with a part of a view of hosts, and the first one with the text. like: NULL, or what
 * view_find looks for. */
static void reply_hosts_view(struct admin *a, const struct admin_caller *caller,
                             const struct wire_request *request, const char *host, view_fn *view,
                             const char *like, const char *text)
{
    const struct view_scene scene = {.roster = a->given.roster,
                                     .ledger = a->given.ledger,
                                     .accounting = a->given.accounting,
                                     .maintenance = a->given.maintenance,
                                     .member =
                                         a->given.membership ? a->given.config->group.name : NULL,
                                     .now_ms = caller->now_ms,
                                     .wall_ms = daqs_wall_ms(daqs_clock_system())};
    char token[DAQS_NAME_MAX + 16] = "";
    struct view_range range;
    struct daqs_table table;
    if (!hosts_range_ok(a, caller, request, host, &range) || !host_ok(a, caller, host))
        return;
    range.like = like;
    if (view(&scene, &range, &table))
        (void)snprintf(token, sizeof token, "%zu %s", range.skip, range.from);
    admin_reply_table(a, caller, &table, token, *request->token ? "" : text);
}

void admin_list_sla(struct admin *a, const struct admin_caller *caller,
                    const struct wire_request *request)
{
    const char *host = request->list.host;
    struct view_range range;
    struct daqs_table table;
    if (!range_ok(a, caller, request, host, &range))
        return;
    bool more = view_slas(a->given.ledger, &range, &table);
    bool none = range.skip == 0 && daqs_table_rows(&table) == 0;
    if (none && *host && !roster_find(a->given.roster, host) && !admin_is_elsewhere(a, host))
        admin_empty(a, caller, host, &table);
    else
        reply_view(a, caller, &range, more, &table);
}

void admin_hosts(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    reply_hosts_view(a, caller, request, request->list.host, view_hosts, NULL, "");
}

void admin_vms(struct admin *a, const struct admin_caller *caller,
               const struct wire_request *request)
{
    char note[ADMIN_NOTE_BYTES];
    (void)admin_maintenance_note(a, request->list.host, IN_MAINTENANCE, note);
    reply_hosts_view(a, caller, request, request->list.host, view_vms, NULL, note);
}

void admin_labels(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    reply_hosts_view(a, caller, request, request->list.host, view_labels, NULL, "");
}

void admin_find(struct admin *a, const struct admin_caller *caller,
                const struct wire_request *request)
{
    if (*request->find.like)
        reply_hosts_view(a, caller, request, "", view_find, request->find.like, "");
    else
        admin_reply_text(a, caller, DAQS_EINVALID, "give a name, a pattern or a UUID");
}

void admin_figures(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    const char *table = request->figures.table;
    if (strcmp(table, "status") == 0)
        admin_status(a, caller, request);
    else
        reply_hosts_view(a, caller, request, request->figures.host,
                         strcmp(table, "promises") == 0 ? view_guarantees
                         : strcmp(table, "hosts") == 0  ? view_hosts
                                                        : view_nics,
                         NULL, "");
}

enum { FIT_TEXT_BYTES = ADMIN_NOTE_BYTES + 256 };

static void append(char text[static FIT_TEXT_BYTES], const char *more)
{
    if (*more)
        daqs_text_add(text, FIT_TEXT_BYTES, "; ", "%s", more);
}

/* Appends what is not in the table although it may have room, and where work is being done. */
static void append_notes(const struct admin *a, size_t unenforced, char text[static FIT_TEXT_BYTES])
{
    char note[ADMIN_NOTE_BYTES] = "";
    if (unenforced > 0)
        (void)snprintf(note, sizeof note,
                       "left out, because their mode keeps no guarantees: %zu uplink%s", unenforced,
                       unenforced == 1 ? "" : "s");
    append(text, note);
    append(text, admin_maintenance_note(a, "", IN_MAINTENANCE, note));
}

void admin_fit(struct admin *a, const struct admin_caller *caller,
               const struct wire_request *request)
{
    struct daqs_table table;
    const daqs_bps rate = request->fit.rate;
    char rate_text[DAQS_RATE_TEXT];
    char text[FIT_TEXT_BYTES] = "";
    size_t unenforced = 0;
    if (rate == 0 || rate == DAQS_UNLIMITED) {
        admin_reply_text(a, caller, DAQS_EINVALID, "give a RATE");
        return;
    }
    bool more = view_fit(a->given.fleet, a->given.ledger, rate, a->given.config->headroom_ppm,
                         caller->now_ms, &table, &unenforced);
    if (more)
        append(text, "there are more, with less room than these");
    else if (daqs_table_rows(&table) == 0 && !caller->part)
        (void)snprintf(text, sizeof text, "no uplink has room for another guarantee of %s",
                       daqs_rate_format(rate, rate_text));
    append_notes(a, unenforced, text);
    admin_reply_table(a, caller, &table, "", text);
}

/* --- status --- */

static const struct daqs_column status_columns[] = {
    {"name", DAQS_COLUMN_TEXT},
    {"value", DAQS_COLUMN_TEXT},
};

static void status_row(struct daqs_table *table, const char *name, uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    daqs_table_text(table, name);
    daqs_table_text(table, text);
}

static void ledger_rows(struct daqs_table *table, const struct records *shared)
{
    struct records_pg_state state;
    records_pg_state(shared, &state);
    const int64_t age_ms = daqs_wall_ms(daqs_clock_system()) - state.copy_ms;
    daqs_table_text(table, "ledger");
    daqs_table_text(table, !state.known                  ? "stale"
                           : state.away && state.failing ? "failing"
                           : state.away                  ? "away"
                           : state.loaded                ? "ok"
                                                         : "reading");
    daqs_table_text(table, "ledger_durable");
    daqs_table_text(table, !state.durable_known ? "unknown" : state.durable ? "yes" : "no");
    if (state.copy_ms)
        status_row(table, "ledger_copy_seconds", age_ms > 0 ? (uint64_t)age_ms / 1000 : 0);
}

void admin_status(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    (void)request;
    const struct fleet_totals totals = fleet_totals(a->given.fleet, caller->now_ms);
    struct daqs_table table;
    daqs_table_init(&table, status_columns, 2, 4096);
    daqs_table_text(&table, "version");
    daqs_table_text(&table, DAQS_VERSION);
    daqs_table_text(&table, "history");
    daqs_table_text(&table, recorder_state(a->given.recorder).failing ? "failing" : "ok");
    daqs_table_text(&table, "queries");
    daqs_table_text(&table, a->queries_failing ? "failing" : "ok");
    daqs_table_text(&table, "events");
    daqs_table_text(&table, events_state(a->given.events).failing ? "failing" : "ok");
    daqs_table_text(&table, "sla_file");
    daqs_table_text(&table, store_keeper_failing(a->given.keeper) ? "failing" : "ok");
    daqs_table_text(&table, "database");
    daqs_table_text(&table, store_damage(a->given.store) ? "damaged" : "ok");
    daqs_table_text(&table, "clock");
    daqs_table_text(&table, reign_doubts_clock(a->given.reign) ? "doubtful" : "ok");
    if (a->given.shared)
        ledger_rows(&table, a->given.shared);
    if (a->given.membership) {
        daqs_table_text(&table, "member");
        daqs_table_text(&table, a->given.config->group.name);
        status_row(&table, "members_alive", membership_count(a->given.membership, MEMBER_ALIVE));
        status_row(&table, "members_lost", membership_count(a->given.membership, MEMBER_LOST));
    }
    status_row(&table, "epoch", *reign_epoch(a->given.reign));
    status_row(&table, "uptime_seconds", (uint64_t)(caller->now_ms - a->given.started_ms) / 1000);
    status_row(&table, "hosts", roster_count(a->given.roster));
    status_row(&table, "hosts_up", totals.present);
    status_row(&table, "hosts_disobeying", totals.fenced);
    status_row(&table, "hosts_in_maintenance", maintenance_count(a->given.maintenance));
    status_row(&table, "vms", totals.vms);
    status_row(&table, "nics", totals.nics);
    status_row(&table, "nics_limited", totals.nics_limited);
    status_row(&table, "slas", ledger_count(a->given.ledger));
    status_row(&table, "guarantees", ledger_guarantees(a->given.ledger));
    status_row(&table, "guarantees_unknown",
               roster_guarantees_unknown(a->given.roster, a->given.ledger, caller->now_ms));
    status_row(&table, "guarantees_missed", violations_count(a->given.violations));
    if (a->given.auth) {
        status_row(&table, "connections_admitted", auth_counted(a->given.auth).admitted);
        status_row(&table, "connections_refused", auth_counted(a->given.auth).refused);
        status_row(&table, "connections_put_off", auth_counted(a->given.auth).put_off);
    }
    const struct connections_count connections = a->given.connections(a->given.arg);
    status_row(&table, "connections_accepted", connections.accepted);
    status_row(&table, "connections_waiting", connections.pending);
    status_row(&table, "connections_crowded_out", connections.crowded_out);
    status_row(&table, "connections_silent", connections.silent);
    status_row(&table, "connections_no_room", accept_limit_out_of_descriptors());
    status_row(&table, "connections_too_often", accept_limit_too_often());
    status_row(&table, "connections_unread", receive_limit_ended());
#define X(name, help) status_row(&table, #name, a->given.count->name);
    CONTROLLER_COUNTERS(X)
#undef X
    status_row(&table, "names_refused", recorder_state(a->given.recorder).names_refused);
    status_row(&table, "history_rows_lost", recorder_state(a->given.recorder).history_lost);
    status_row(&table, "events_waiting", events_state(a->given.events).waiting);
    status_row(&table, "events_lost", events_state(a->given.events).lost);
    if (a->given.alerts) {
        status_row(&table, "alerts_told", alerts_state(a->given.alerts).told);
        status_row(&table, "alerts_failed", alerts_state(a->given.alerts).failed);
        status_row(&table, "alerts_lost", alerts_state(a->given.alerts).lost);
    }
    admin_reply_table(a, caller, &table, "", "");
}
