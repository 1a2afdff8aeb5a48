#include "controllerd/io/violations.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/violation.h"
#include "controllerd/io/controller_state.h"

struct violation {
    char host[DAQS_NAME_MAX + 1];
    char vm[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1];
    int64_t since_ms; /* UTC */
    struct violation *prev;
    struct violation *next;
};

static bool is_of(const struct violation *v, const struct fleet_host *host, uint32_t member)
{
    const struct fleet_member *m = &host->member[member];
    return strcmp(v->host, host->name) == 0 && strcmp(v->vm, host->vm[m->vm].name) == 0 &&
           strcmp(v->uplink, host->uplink[m->uplink].name) == 0;
}

static void begin(struct controller *c, const struct fleet_host *host,
                  const struct second_change *change)
{
    const struct fleet_member *m = &host->member[change->member];
    const struct fleet_vm *vm = &host->vm[m->vm];
    const char *uplink = host->uplink[m->uplink].name;
    struct violation *v = calloc(1, sizeof *v);
    uint32_t culprit = UINT32_MAX;
    enum violation_reason reason = violation_find(host, change->member, &culprit);
    char usage[DAQS_RATE_TEXT];
    char min[DAQS_RATE_TEXT];
    events_say(c, EVENT_VIOLATION_START, host->name, vm->name, 0,
               "uplink %s: %s of the %s guaranteed, and wants more: %s%s%s", uplink,
               daqs_rate_humanize(change->usage, usage), daqs_rate_humanize(vm->sla.min, min),
               violation_reason_text(reason), culprit < host->vms ? ": " : "",
               culprit < host->vms ? host->vm[culprit].name : "");
    if (!v)
        return; /* its end will not be told */
    (void)snprintf(v->host, sizeof v->host, "%s", host->name);
    (void)snprintf(v->vm, sizeof v->vm, "%s", vm->name);
    (void)snprintf(v->uplink, sizeof v->uplink, "%s", uplink);
    v->since_ms = m->attainment.since_s * 1000;
    DL_APPEND(c->violations, v);
}

static void end(struct controller *c, struct violation *v, const char *how)
{
    events_say(c, EVENT_VIOLATION_END, v->host, v->vm, v->since_ms, "uplink %s: %s", v->uplink,
               how);
    DL_DELETE(c->violations, v);
    free(v);
}

size_t violations_count(const struct controller *c)
{
    const struct violation *v = NULL;
    size_t count = 0;
    DL_COUNT(c->violations, v, count);
    return count;
}

void violations_take(struct controller *c, const struct fleet_host *host,
                     const struct second_change *change, size_t changes)
{
    for (size_t i = 0; i < changes; i++) {
        struct violation *v = NULL;
        struct violation *next = NULL;
        if (change[i].change == ATTAINMENT_VIOLATED)
            begin(c, host, &change[i]);
        else
            DL_FOREACH_SAFE(c->violations, v, next)
            {
                if (is_of(v, host, change[i].member))
                    end(c, v, "the guarantee is met again, or not wanted");
            }
    }
}

/* Why nobody can tell any more; NULL if it lasts. */
static const char *outcome(const struct controller *c, const struct violation *v, int64_t now_ms)
{
    const struct fleet_host *host = fleet_find(c->fleet, v->host);
    if (!host || !fleet_host_present(host, now_ms))
        return "the host does not report any more";
    for (uint32_t m = 0; m < host->members; m++)
        if (is_of(v, host, m)) {
            if (host->vm[host->member[m].vm].sla.min == 0)
                return "nothing is guaranteed any more";
            return host->member[m].attainment.violated ? NULL : "it was lost sight of";
        }
    return "the VM is gone";
}

void violations_tick(struct controller *c, int64_t now_ms)
{
    struct violation *v = NULL;
    struct violation *next = NULL;
    DL_FOREACH_SAFE(c->violations, v, next)
    {
        const char *how = outcome(c, v, now_ms);
        if (how)
            end(c, v, how);
    }
}

void violations_stop(struct controller *c)
{
    struct violation *v = NULL;
    struct violation *next = NULL;
    DL_FOREACH_SAFE(c->violations, v, next)
    {
        end(c, v, "the controller stops");
    }
}
