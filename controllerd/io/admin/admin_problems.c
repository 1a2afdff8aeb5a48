/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "controllerd/core/diagnosis/explain.h"
#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/clock.h"

static struct problem_scene scene_of(const struct controller *c, int64_t now_ms)
{
    return (struct problem_scene){.fleet = c->fleet,
                                  .ledger = c->ledger,
                                  .violations = violations_first(c->violations),
                                  .changes = c->state_changes,
                                  .accounting = c->accounting,
                                  .history_failing = recorder_state(c->recorder).failing,
                                  .queries_failing = c->queries_failing,
                                  .events_failing = events_state(c->events).failing,
                                  .history_gap_ms = recorder_state(c->recorder).gap_ms,
                                  .started_ms = c->started_ms,
                                  .now_ms = now_ms,
                                  .wall_ms = daqs_wall_ms(daqs_clock_system())};
}

/* A host that only the ledger knows is valid: that it has sent nothing is a problem. */
static bool host_ok(struct controller *c, const struct admin_caller *caller, const char *host)
{
    if (!*host || fleet_find(c->fleet, host) || ledger_of_host(c->ledger, host))
        return true;
    admin_reply_text(c, caller, DAQS_ENOTFOUND,
                     "host %.100s is not known; daqsctl hosts lists those that are", host);
    return false;
}

void admin_explain(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    char text[EXPLAIN_BYTES];
    const struct problem_scene scene = scene_of(c, caller->now_ms);
    if (!admin_names_ok(c, caller, request) || !host_ok(c, caller, request->host))
        return;
    if (explain_vm(&scene, request->host, request->vm, text))
        admin_reply_text(c, caller, DAQS_OK, "%s", text);
    else
        admin_reply_text(
            c, caller, DAQS_ENOTFOUND,
            "host %.100s has no VM %.100s with a nic on an uplink; daqsctl vms lists those "
            "that have",
            request->host, request->vm);
}

void admin_problems(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request)
{
    int64_t skip = 0;
    struct daqs_table table;
    char token[32] = "";
    const struct problem_scene scene = scene_of(c, caller->now_ms);
    if (!admin_filter_ok(c, caller, request) || !admin_token_ok(c, caller, request, &skip) ||
        !host_ok(c, caller, request->host))
        return;
    const struct view_range range = {.host = request->host, .skip = (size_t)skip};
    if (view_problems(&scene, &range, &table))
        (void)snprintf(token, sizeof token, "%zu", range.skip + daqs_table_rows(&table));
    bool none = skip == 0 && daqs_table_rows(&table) == 0;
    const struct wire_reply reply = {.id = caller->id,
                                     .code = table.failed ? DAQS_ENOMEM : DAQS_OK,
                                     .text = table.failed ? "out of memory"
                                             : none       ? "nothing is wrong, as far as is known"
                                                          : "",
                                     .token = token,
                                     .has_table = true,
                                     .table = table};
    admin_reply(c, caller, &reply);
    daqs_table_done(&table);
}
