/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/incidents.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct incident {
    char *name;
    int64_t since_ms[INCIDENTS_OF_ONE]; /* UTC; 0: not reported */
    struct incident *next;
};

static const enum event_kind ends[][INCIDENTS_OF_ONE] = {
    [INCIDENTS_OF_VMS] =
        {[INCIDENT_FLAPS] = EVENT_FLAPPING_END, [INCIDENT_BAD_STATE] = EVENT_RECOVERED},
    [INCIDENTS_OF_UPLINKS] = {[INCIDENT_OVERSUBSCRIBED] = EVENT_OVERSUBSCRIBED_END,
                              [INCIDENT_BOTTLENECK] = EVENT_BOTTLENECK_END},
};

static struct incident *new_incident(const char *name)
{
    struct incident *incident = calloc(1, sizeof *incident);
    char *copy = incident ? strdup(name) : NULL;
    if (!copy) {
        free(incident);
        return NULL;
    }
    incident->name = copy;
    return incident;
}

static void free_incident(struct incident *incident)
{
    if (incident)
        free(incident->name);
    free(incident);
}

static void free_places(struct incidents *incidents)
{
    for (uint32_t i = 0; i < incidents->count; i++)
        free_incident(incidents->at[i]);
    free(incidents->at);
    incidents->at = NULL;
    incidents->count = 0;
}

static struct incident *take_gone(struct incidents *incidents)
{
    struct incident *gone = incidents->gone;
    if (gone)
        LL_DELETE(incidents->gone, gone);
    return gone;
}

void incidents_done(struct incidents *incidents)
{
    free_places(incidents);
    for (struct incident *gone; (gone = take_gone(incidents));)
        free_incident(gone);
}

/* Each incident moves once, even if an agent lists a VM or an uplink twice. */
void incidents_hello(struct incidents *incidents, const uint32_t *was, uint32_t count)
{
    struct incident **at = calloc(count + 1U, sizeof(struct incident *));
    for (uint32_t i = 0; at && i < count; i++) {
        if (was[i] == FLEET_NEW || was[i] >= incidents->count)
            continue;
        at[i] = incidents->at[was[i]];
        incidents->at[was[i]] = NULL;
    }
    for (uint32_t i = 0; at && i < incidents->count; i++)
        if (incidents->at[i]) {
            LL_PREPEND(incidents->gone, incidents->at[i]);
            incidents->at[i] = NULL;
        }
    free_places(incidents);
    incidents->at = at;
    incidents->count = at ? count : 0;
}

static bool is_reported(const int64_t since_ms[static INCIDENTS_OF_ONE])
{
    for (size_t i = 0; i < INCIDENTS_OF_ONE; i++)
        if (since_ms[i] != 0)
            return true;
    return false;
}

void incidents_set(struct incidents *incidents, uint32_t position, const char *name,
                   const int64_t since_ms[static INCIDENTS_OF_ONE])
{
    if (position >= incidents->count)
        return;
    struct incident **at = &incidents->at[position];
    if (!is_reported(since_ms)) {
        free_incident(*at);
        *at = NULL;
        return;
    }
    if (!*at)
        *at = new_incident(name);
    if (*at)
        memcpy((*at)->since_ms, since_ms, sizeof(*at)->since_ms);
}

void incidents_set_gone(struct incidents *incidents, const char *name,
                        const int64_t since_ms[static INCIDENTS_OF_ONE])
{
    struct incident *gone = new_incident(name);
    if (!gone)
        return;
    memcpy(gone->since_ms, since_ms, sizeof gone->since_ms);
    LL_PREPEND(incidents->gone, gone);
}

bool incidents_any(const struct incidents *incidents)
{
    for (uint32_t i = 0; i < incidents->count; i++)
        if (incidents->at[i])
            return true;
    return incidents->gone != NULL;
}

static void report_end(const struct incident *gone, enum incidents_of of, size_t which,
                       const struct fleet_host *host, state_change_fn *report, void *arg)
{
    const struct fleet_vm vm = {.name = gone->name};
    const struct fleet_uplink uplink = {.name = gone->name};
    const struct state_change change = {.kind = ends[of][which],
                                        .vm = of == INCIDENTS_OF_VMS ? &vm : NULL,
                                        .uplink = of == INCIDENTS_OF_UPLINKS ? &uplink : NULL,
                                        .since_ms = gone->since_ms[which],
                                        .gone = true};
    if (gone->since_ms[which])
        (void)report(arg, host, &change);
}

void incidents_end_gone(struct incidents *incidents, enum incidents_of of,
                        const struct fleet_host *host, state_change_fn *report, void *arg)
{
    for (struct incident *gone; (gone = take_gone(incidents)); free_incident(gone))
        for (size_t i = 0; i < INCIDENTS_OF_ONE; i++)
            report_end(gone, of, i, host, report, arg);
}
