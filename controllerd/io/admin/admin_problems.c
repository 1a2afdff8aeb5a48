/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "controllerd/core/diagnosis/explain.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/fleet/store_keeper.h"
#include "controllerd/io/fleet/violations.h"
#include "shared/base/clock.h"

static struct problem_scene scene_of(const struct admin *a, int64_t now_ms)
{
    return (struct problem_scene){.fleet = a->given.fleet,
                                  .roster = a->given.roster,
                                  .ledger = a->given.ledger,
                                  .violations = violations_first(a->given.violations),
                                  .changes = a->given.changes,
                                  .claims = a->given.claims,
                                  .accounting = a->given.accounting,
                                  .maintenance = a->given.maintenance,
                                  .history_failing = recorder_state(a->given.recorder).failing,
                                  .queries_failing = a->queries_failing,
                                  .events_failing = events_state(a->given.events).failing,
                                  .sla_file_failing = store_keeper_failing(a->given.keeper),
                                  .database_damage = store_damage(a->given.store),
                                  .clock_doubtful = reign_doubts_clock(a->given.reign),
                                  .history_gap_ms = recorder_state(a->given.recorder).gap_ms,
                                  .now_ms = now_ms,
                                  .wall_ms = daqs_wall_ms(daqs_clock_system())};
}

static bool host_ok(struct admin *a, const struct admin_caller *caller, const char *host)
{
    if (!*host || roster_find(a->given.roster, host))
        return true;
    admin_reply_text(a, caller, DAQS_ENOTFOUND,
                     "host %.100s is not known; daqsctl hosts lists the known hosts", host);
    return false;
}

void admin_explain(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    const struct wire_vm *vm = &request->vm;
    char text[EXPLAIN_BYTES];
    const struct problem_scene scene = scene_of(a, caller->now_ms);
    if (!admin_names_ok(a, caller, vm->host, vm->vm) || !host_ok(a, caller, vm->host))
        return;
    if (explain_vm(&scene, vm->host, vm->vm, text))
        admin_reply_text(a, caller, DAQS_OK, "%s", text);
    else
        admin_reply_text(a, caller, DAQS_ENOTFOUND,
                         "host %.100s has no VM %.100s with a nic on an uplink; daqsctl vms lists "
                         "the VMs that have one",
                         vm->host, vm->vm);
}

void admin_problems(struct admin *a, const struct admin_caller *caller,
                    const struct wire_request *request)
{
    const char *host = request->list.host;
    int64_t skip = 0;
    struct daqs_table table;
    char token[32] = "";
    const struct problem_scene scene = scene_of(a, caller->now_ms);
    if (!admin_filter_ok(a, caller, host, "") || !admin_token_ok(a, caller, request, &skip) ||
        !host_ok(a, caller, host))
        return;
    const struct view_range range = {.host = host, .skip = (size_t)skip};
    if (view_problems(&scene, &range, &table))
        (void)snprintf(token, sizeof token, "%zu", range.skip + daqs_table_rows(&table));
    bool none = skip == 0 && daqs_table_rows(&table) == 0 && !caller->part;
    char text[ADMIN_NOTE_BYTES + 64];
    char note[ADMIN_NOTE_BYTES];
    (void)admin_maintenance_note(a, host, "left out, because they are in maintenance", note);
    (void)snprintf(text, sizeof text, "%s%s%s", none ? "no problems are known" : "",
                   none && *note ? "; " : "", note);
    admin_reply_table(a, caller, &table, token, skip == 0 ? text : "");
}
