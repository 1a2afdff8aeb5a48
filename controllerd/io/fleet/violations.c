/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/violations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/diagnosis/violation.h"
#include "controllerd/io/events/events.h"

struct violations {
    struct events *events;
    const struct fleet *fleet;
    const struct accounting *accounting;
    struct violation *list;
};

struct violations *violations_new(struct events *events, const struct fleet *fleet,
                                  const struct accounting *accounting)
{
    struct violations *violations = calloc(1, sizeof *violations);
    if (violations)
        *violations = (struct violations){events, fleet, accounting, NULL};
    return violations;
}

void violations_free(struct violations *violations)
{
    struct violation *v = NULL;
    struct violation *next = NULL;
    if (!violations)
        return;
    DL_FOREACH_SAFE(violations->list, v, next)
    {
        free(v);
    }
    free(violations);
}

static void begin(struct violations *violations, const struct fleet_host *host,
                  const struct accounting_change *change)
{
    const struct fleet_member *m = &host->member[change->member];
    const struct fleet_vm *vm = &host->vm[m->vm];
    const struct accounting_member *account =
        accounting_member(violations->accounting, host, change->member);
    struct violation begun = {.since_ms = account->attainment.since_s * 1000};
    char usage[DAQS_RATE_TEXT];
    char min[DAQS_RATE_TEXT];
    char cause[VIOLATION_CAUSE_BYTES];
    char fix[VIOLATION_FIX_BYTES];
    violation_find(host, change->member, &begun.cause);
    (void)snprintf(begun.host, sizeof begun.host, "%s", host->name);
    (void)snprintf(begun.vm, sizeof begun.vm, "%s", vm->name);
    (void)snprintf(begun.uplink, sizeof begun.uplink, "%s", host->uplink[m->uplink].name);
    events_emit_uplink(
        violations->events, EVENT_VIOLATION_START, host->name, vm->name, begun.uplink, 0,
        "uplink %s: %s of the %s guaranteed, and wants more: %s; %s", begun.uplink,
        daqs_rate_humanize(change->usage, usage), daqs_rate_humanize(vm->sla.min, min),
        violation_cause_text(&begun.cause, cause), violation_fix_text(&begun, fix));
    struct violation *v = malloc(sizeof *v);
    if (!v)
        return; /* its end will not be reported */
    *v = begun;
    DL_APPEND(violations->list, v);
}

static void correct(struct violations *violations, const struct violation *v)
{
    char cause[VIOLATION_CAUSE_BYTES];
    char fix[VIOLATION_FIX_BYTES];
    events_emit_uplink(violations->events, EVENT_VIOLATION_CAUSE, v->host, v->vm, v->uplink,
                       v->since_ms, "uplink %s: %s; %s", v->uplink,
                       violation_cause_text(&v->cause, cause), violation_fix_text(v, fix));
}

static void end(struct violations *violations, struct violation *v, const char *how)
{
    char cause[VIOLATION_CAUSE_BYTES];
    events_emit_uplink(violations->events, EVENT_VIOLATION_END, v->host, v->vm, v->uplink,
                       v->since_ms, "uplink %s: %s" VIOLATION_WAS "%s", v->uplink, how,
                       violation_cause_text(&v->cause, cause));
    DL_DELETE(violations->list, v);
    free(v);
}

size_t violations_count(const struct violations *violations)
{
    const struct violation *v = NULL;
    size_t count = 0;
    DL_COUNT(violations->list, v, count);
    return count;
}

const struct violation *violations_first(const struct violations *violations)
{
    return violations->list;
}

void violations_take(struct violations *violations, const struct fleet_host *host,
                     const struct accounting_change *change, size_t changes)
{
    for (size_t i = 0; i < changes; i++) {
        struct violation *v = NULL;
        struct violation *next = NULL;
        if (change[i].change == ATTAINMENT_VIOLATED)
            begin(violations, host, &change[i]);
        else
            DL_FOREACH_SAFE(violations->list, v, next)
            {
                if (violation_of(v, host, change[i].member) == v)
                    end(violations, v, "the guarantee is met again, or not wanted");
            }
    }
}

/* Returns why the violation can no longer be observed. Returns NULL, with the host and its member,
 * if it is ongoing. */
static const char *outcome(const struct violations *violations, const struct violation *v,
                           int64_t now_ms, const struct fleet_host **ret_host, uint32_t *ret_member)
{
    const struct fleet_host *host = fleet_find(violations->fleet, v->host);
    if (!host || !fleet_host_present(host, now_ms))
        return "the host no longer reports";
    uint32_t m = violation_member(v, host);
    if (m == host->members)
        return "the VM is gone";
    if (host->vm[host->member[m].vm].sla.min == 0)
        return "the VM no longer has a guarantee";
    *ret_host = host;
    *ret_member = m;
    return accounting_member(violations->accounting, host, m)->attainment.violated
               ? NULL
               : "it is no longer measured";
}

void violations_tick(struct violations *violations, int64_t now_ms)
{
    struct violation *v = NULL;
    struct violation *next = NULL;
    DL_FOREACH_SAFE(violations->list, v, next)
    {
        const struct fleet_host *host = NULL;
        uint32_t member = 0;
        const char *how = outcome(violations, v, now_ms, &host, &member);
        if (how) {
            end(violations, v, how);
            continue;
        }
        if (violation_look(v, host, member, now_ms))
            correct(violations, v);
    }
}

void violations_end_of(struct violations *violations, const char *host, const char *how)
{
    struct violation *v = NULL;
    struct violation *next = NULL;
    DL_FOREACH_SAFE(violations->list, v, next)
    {
        if (strcmp(v->host, host) == 0)
            end(violations, v, how);
    }
}

void violations_stop(struct violations *violations)
{
    struct violation *v = NULL;
    struct violation *next = NULL;
    if (!violations)
        return;
    DL_FOREACH_SAFE(violations->list, v, next)
    {
        end(violations, v, "the controller stops");
    }
}
