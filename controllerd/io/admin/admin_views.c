/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/views.h"
#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/clock.h"
#include "shared/base/version.h"
#include "shared/net/accept_limit.h"

static void view(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    int64_t skip = 0;
    struct daqs_table table;
    bool more = false;
    char token[32] = "";
    if (!admin_token_ok(c, caller, request, &skip))
        return;
    if (*request->host && request->verb != WIRE_LIST_SLA && !fleet_find(c->fleet, request->host)) {
        admin_reply_text(c, caller, DAQS_ENOTFOUND,
                         "host %.100s is not known; daqsctl hosts lists those that are",
                         request->host);
        return;
    }
    const struct view_range range = {.host = request->host, .skip = (size_t)skip};
    if (request->verb == WIRE_HOSTS)
        more = view_hosts(c->fleet, c->accounting, caller->now_ms, &range, &table);
    else if (request->verb == WIRE_VMS)
        more = view_vms(c->fleet, caller->now_ms, &range, &table);
    else if (request->verb == WIRE_FIGURES && strcmp(request->word, "promises") == 0)
        more = view_guarantees(c->fleet, c->accounting, &range, &table);
    else if (request->verb == WIRE_FIGURES)
        more = view_nics(c->fleet, caller->now_ms, &range, &table);
    else
        more = view_slas(c->ledger, &range, &table);
    if (request->verb == WIRE_LIST_SLA && skip == 0 && daqs_table_rows(&table) == 0 &&
        *request->host && !fleet_find(c->fleet, request->host)) {
        admin_empty(c, caller, request, &table);
        return;
    }
    if (more)
        (void)snprintf(token, sizeof token, "%zu", range.skip + daqs_table_rows(&table));
    const struct wire_reply reply = {.id = caller->id,
                                     .code = table.failed ? DAQS_ENOMEM : DAQS_OK,
                                     .text = table.failed ? "the answer is too large" : "",
                                     .token = token,
                                     .has_table = true,
                                     .table = table};
    admin_reply(c, caller, &reply);
    daqs_table_done(&table);
}

void admin_list_sla(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request)
{
    view(c, caller, request);
}

void admin_hosts(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    view(c, caller, request);
}

void admin_vms(struct controller *c, const struct admin_caller *caller,
               const struct wire_request *request)
{
    view(c, caller, request);
}

void admin_figures(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    view(c, caller, request);
}

void admin_fit(struct controller *c, const struct admin_caller *caller,
               const struct wire_request *request)
{
    struct daqs_table table;
    char rate[DAQS_RATE_TEXT];
    char text[96] = "";
    if (request->min == 0 || request->min == DAQS_UNLIMITED) {
        admin_reply_text(c, caller, DAQS_EINVALID, "give a RATE");
        return;
    }
    bool more = view_fit(c->fleet, c->ledger, request->min, c->config->headroom_ppm, caller->now_ms,
                         &table);
    if (more)
        (void)snprintf(text, sizeof text, "there are more, with less room than these");
    else if (daqs_table_rows(&table) == 0)
        (void)snprintf(text, sizeof text, "no uplink has room for another guarantee of %s",
                       daqs_rate_format(request->min, rate));
    const struct wire_reply reply = {.id = caller->id,
                                     .code = table.failed ? DAQS_ENOMEM : DAQS_OK,
                                     .text = table.failed ? "out of memory" : text,
                                     .token = "",
                                     .has_table = true,
                                     .table = table};
    admin_reply(c, caller, &reply);
    daqs_table_done(&table);
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

void admin_status(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    (void)request;
    uint64_t present = 0;
    uint64_t vms = 0;
    uint64_t nics = 0;
    uint64_t limited = 0;
    for (size_t i = 0; i < fleet_count(c->fleet); i++) {
        const struct fleet_host *host = fleet_at(c->fleet, i);
        present += fleet_host_present(host, caller->now_ms);
        vms += host->vms;
        nics += host->nics;
        for (uint32_t k = 0; k < host->nics; k++)
            limited += host->nic[k].applied != DAQS_UNLIMITED;
    }
    struct daqs_table table;
    daqs_table_init(&table, status_columns, 2, 4096);
    daqs_table_text(&table, "version");
    daqs_table_text(&table, DAQS_VERSION);
    daqs_table_text(&table, "history");
    daqs_table_text(&table, recorder_state(c->recorder).failing ? "failing" : "ok");
    daqs_table_text(&table, "queries");
    daqs_table_text(&table, c->queries_failing ? "failing" : "ok");
    status_row(&table, "epoch", c->epoch);
    status_row(&table, "uptime_seconds", (uint64_t)(caller->now_ms - c->started_ms) / 1000);
    status_row(&table, "hosts", fleet_count(c->fleet));
    status_row(&table, "hosts_up", present);
    status_row(&table, "vms", vms);
    status_row(&table, "nics", nics);
    status_row(&table, "nics_limited", limited);
    status_row(&table, "slas", ledger_count(c->ledger));
    status_row(&table, "guarantees_missed", violations_count(c->violations));
    if (c->auth) {
        status_row(&table, "connections_admitted", auth_counted(c->auth).admitted);
        status_row(&table, "connections_refused", auth_counted(c->auth).refused);
        status_row(&table, "connections_put_off", auth_counted(c->auth).put_off);
    }
    const struct connections_count connections = listeners_counted(c->listeners);
    status_row(&table, "connections_accepted", connections.accepted);
    status_row(&table, "connections_waiting", connections.pending);
    status_row(&table, "connections_crowded_out", connections.crowded_out);
    status_row(&table, "connections_silent", connections.silent);
    status_row(&table, "connections_no_room", accept_limit_out_of_descriptors());
    status_row(&table, "connections_too_often", accept_limit_too_often());
#define X(name, help) status_row(&table, #name, c->count.name);
    CONTROLLER_COUNTERS(X)
#undef X
    status_row(&table, "names_refused", recorder_state(c->recorder).names_refused);
    status_row(&table, "history_rows_lost", recorder_state(c->recorder).history_lost);
    status_row(&table, "events_waiting", events_state(c->events).waiting);
    status_row(&table, "events_lost", events_state(c->events).lost);
    if (c->alerts) {
        status_row(&table, "alerts_told", alerts_state(c->alerts).told);
        status_row(&table, "alerts_failed", alerts_state(c->alerts).failed);
        status_row(&table, "alerts_lost", alerts_state(c->alerts).lost);
    }
    const struct wire_reply reply = {
        .id = caller->id, .text = "", .token = "", .has_table = true, .table = table};
    admin_reply(c, caller, &reply);
    daqs_table_done(&table);
}
