/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/uplink_changes.h"

#include <stdlib.h>

#include "controllerd/core/admission/admission.h"
#include "controllerd/core/fleet/host_table.h"
#include "shared/base/name.h"

/* What was last reported. Times are UTC unless noted. */
struct reported_uplink {
    bool seen;
    bool over;      /* guarantees exceed the budget */
    bool seen_over; /* as seen last, since seen_over_ms; perhaps not reported yet */
    daqs_bps capacity;
    int64_t over_since_ms;
    int64_t seen_over_ms; /* monotonic; 0: never checked */
    int64_t seen_over_wall_ms;
    daqs_bps through;   /* rate behind the port; 0: its capacity */
    int64_t through_ms; /* monotonic, when 'through' was seen last */
    int64_t through_since_ms;
};

void uplink_changes_done(struct uplink_changes *changes)
{
    free(changes->uplink);
    incidents_done(&changes->incidents);
}

/* What was reported before the start of uplinks that the host no longer has has to end, too. */
static void take_before(struct uplink_changes *changes, const struct fleet_host *host,
                        struct oversold *before)
{
    char gone[DAQS_NAME_MAX + 1];
    int64_t since_ms[INCIDENTS_OF_ONE] = {0};
    if (!changes->uplink)
        return; /* the next hello takes them */
    for (uint32_t u = 0; u < host->uplinks; u++)
        if (oversold_take(before, host->name, host->uplink[u].name,
                          &changes->uplink[u].over_since_ms))
            changes->uplink[u].over = true;
    while (oversold_take_any(before, host->name, gone, &since_ms[INCIDENT_OVERSUBSCRIBED]))
        incidents_set_gone(&changes->incidents, gone, since_ms);
}

bool uplink_changes_hello(struct uplink_changes *changes, const struct fleet_host *host,
                          struct oversold *before)
{
    struct reported_uplink *uplink =
        host_table_carry(host->was.uplink, host->uplinks, changes->uplink, sizeof *uplink);
    free(changes->uplink);
    changes->uplink = uplink;
    incidents_hello(&changes->incidents, host->was.uplink, host->uplinks);
    take_before(changes, host, before);
    return uplink;
}

bool uplink_changes_oversubscribed(const struct uplink_changes *changes, uint32_t uplink,
                                   int64_t *ret_since_ms)
{
    if (!changes->uplink || !changes->uplink[uplink].over)
        return false;
    *ret_since_ms = changes->uplink[uplink].over_since_ms;
    return true;
}

/* --- the search --- */

struct search {
    const struct fleet_host *host;
    uint32_t headroom_ppm;
    int64_t now_ms;
    int64_t wall_ms;
    state_change_fn *report;
    void *arg;
};

static void check_capacity(const struct search *search, const struct fleet_uplink *uplink,
                           struct reported_uplink *reported)
{
    const struct state_change change = {
        .kind = EVENT_CAPACITY_CHANGED, .uplink = uplink, .before = reported->capacity};
    bool changed = reported->seen && reported->capacity != uplink->capacity;
    reported->seen = true;
    reported->capacity = uplink->capacity;
    if (changed)
        (void)search->report(search->arg, search->host, &change);
}

/* The condition has to last, because an agent that has just started reports MTUs a moment after its
 * VMs. */
static void check_promises(const struct search *search, const struct fleet_uplink *uplink,
                           const struct guarantee_sums *promises, struct reported_uplink *reported)
{
    daqs_bps budget = daqs_rate_less(uplink->capacity, search->headroom_ppm);
    bool over = uplink->capacity > 0 && promises->taken > budget;
    if (over != reported->seen_over || reported->seen_over_ms == 0) {
        reported->seen_over = over;
        reported->seen_over_ms = search->now_ms;
        reported->seen_over_wall_ms = search->wall_ms;
    }
    if (over == reported->over || search->now_ms - reported->seen_over_ms < STATE_LASTING_MS)
        return;
    const struct state_change change = {.kind =
                                            over ? EVENT_OVERSUBSCRIBED : EVENT_OVERSUBSCRIBED_END,
                                        .uplink = uplink,
                                        .since_ms = over ? 0 : reported->over_since_ms,
                                        .promised = promises->promised,
                                        .taken = promises->taken,
                                        .budget = budget};
    reported->over = over;
    reported->over_since_ms = over ? reported->seen_over_wall_ms : 0;
    (void)search->report(search->arg, search->host, &change);
}

static void check_bottleneck(const struct search *search, const struct fleet_uplink *uplink,
                             struct reported_uplink *reported)
{
    daqs_bps through = fleet_gets_through(uplink);
    bool was = reported->through > 0;
    if (through > 0)
        reported->through_ms = search->now_ms;
    bool is = through > 0 || (was && search->now_ms - reported->through_ms < STATE_BOTTLENECK_MS);
    if (is == was)
        return;
    const struct state_change change = {.kind = is ? EVENT_BOTTLENECK : EVENT_BOTTLENECK_END,
                                        .uplink = uplink,
                                        .since_ms = is ? 0 : reported->through_since_ms,
                                        .through = is ? through : reported->through};
    reported->through = through;
    reported->through_since_ms = is ? search->wall_ms : 0;
    (void)search->report(search->arg, search->host, &change);
}

void uplink_changes_find(struct uplink_changes *changes, const struct fleet_host *host,
                         uint32_t headroom_ppm, int64_t now_ms, int64_t wall_ms,
                         state_change_fn *report, void *arg)
{
    const struct search search = {host, headroom_ppm, now_ms, wall_ms, report, arg};
    struct guarantee_sums promises[DAQS_MAX_UPLINKS];
    incidents_end_gone(&changes->incidents, INCIDENTS_OF_UPLINKS, host, report, arg);
    admission_guarantees(host, promises);
    for (uint32_t u = 0; changes->uplink && u < host->uplinks; u++) {
        struct reported_uplink *reported = &changes->uplink[u];
        check_capacity(&search, &host->uplink[u], reported);
        check_promises(&search, &host->uplink[u], &promises[u], reported);
        check_bottleneck(&search, &host->uplink[u], reported);
        const int64_t since_ms[] = {[INCIDENT_OVERSUBSCRIBED] = reported->over_since_ms,
                                    [INCIDENT_BOTTLENECK] = reported->through_since_ms};
        incidents_set(&changes->incidents, u, host->uplink[u].name, since_ms);
    }
}
