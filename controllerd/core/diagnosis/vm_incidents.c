/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/vm_incidents.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct vm_incident {
    char *name;           /* of the VM */
    int64_t bad_since_ms; /* UTC; 0: not reported */
    int64_t flaps_since_ms;
    struct vm_incident *next;
};

static void free_incident(struct vm_incident *incident)
{
    if (incident)
        free(incident->name);
    free(incident);
}

static void free_places(struct vm_incidents *incidents)
{
    for (uint32_t i = 0; i < incidents->vms; i++)
        free_incident(incidents->of[i]);
    free(incidents->of);
    incidents->of = NULL;
    incidents->vms = 0;
}

static struct vm_incident *take_gone(struct vm_incidents *incidents)
{
    struct vm_incident *gone = incidents->gone;
    if (gone)
        LL_DELETE(incidents->gone, gone);
    return gone;
}

void vm_incidents_done(struct vm_incidents *incidents)
{
    free_places(incidents);
    for (struct vm_incident *gone; (gone = take_gone(incidents));)
        free_incident(gone);
}

/* Each incident moves once, even if an agent lists a VM twice. */
void vm_incidents_hello(struct vm_incidents *incidents, const struct fleet_host *host)
{
    struct vm_incident **of = calloc(host->vms + 1U, sizeof(struct vm_incident *));
    for (uint32_t i = 0; of && i < host->vms; i++) {
        const uint32_t was = host->was.vm[i];
        if (was == FLEET_NEW || was >= incidents->vms)
            continue;
        of[i] = incidents->of[was];
        incidents->of[was] = NULL;
    }
    for (uint32_t i = 0; of && i < incidents->vms; i++)
        if (incidents->of[i]) {
            LL_PREPEND(incidents->gone, incidents->of[i]);
            incidents->of[i] = NULL;
        }
    free_places(incidents);
    incidents->of = of;
    incidents->vms = of ? host->vms : 0;
}

static struct vm_incident *need(struct vm_incidents *incidents, const struct fleet_host *host,
                                uint32_t vm)
{
    if (incidents->of[vm])
        return incidents->of[vm];
    struct vm_incident *incident = calloc(1, sizeof *incident);
    char *name = incident ? strdup(host->vm[vm].name) : NULL;
    if (!name) {
        free(incident);
        return NULL;
    }
    incident->name = name;
    return incidents->of[vm] = incident;
}

void vm_incidents_set(struct vm_incidents *incidents, const struct fleet_host *host, uint32_t vm,
                      int64_t bad_since_ms, int64_t flaps_since_ms)
{
    if (vm >= incidents->vms)
        return;
    if (bad_since_ms == 0 && flaps_since_ms == 0) {
        free_incident(incidents->of[vm]);
        incidents->of[vm] = NULL;
        return;
    }
    struct vm_incident *incident = need(incidents, host, vm);
    if (!incident)
        return;
    incident->bad_since_ms = bad_since_ms;
    incident->flaps_since_ms = flaps_since_ms;
}

static void report_end(const struct vm_incident *gone, enum event_kind kind, int64_t since_ms,
                       const struct fleet_host *host, state_change_fn *report, void *arg)
{
    const struct fleet_vm vm = {.name = gone->name};
    const struct state_change change = {
        .kind = kind, .vm = &vm, .since_ms = since_ms, .gone = true};
    if (since_ms)
        (void)report(arg, host, &change);
}

void vm_incidents_end_gone(struct vm_incidents *incidents, const struct fleet_host *host,
                           state_change_fn *report, void *arg)
{
    for (struct vm_incident *gone; (gone = take_gone(incidents)); free_incident(gone)) {
        report_end(gone, EVENT_FLAPPING_END, gone->flaps_since_ms, host, report, arg);
        report_end(gone, EVENT_RECOVERED, gone->bad_since_ms, host, report, arg);
    }
}
