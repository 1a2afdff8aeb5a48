/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/state_changes.h"

#include "controllerd/core/admission/admission.h"

struct look {
    struct fleet_host *host;
    uint32_t headroom_ppm;
    int64_t now_ms;
    int64_t wall_ms;
    state_change_fn *report;
    void *arg;
};

static void report_change(const struct look *look, const struct state_change *change)
{
    look->report(look->arg, look->host, change);
}

/* --- presence --- */

static void look_at_presence(const struct look *look)
{
    struct fleet_told *told = &look->host->told;
    if (fleet_host_present(look->host, look->now_ms)) {
        told->missed = false;
        if (told->up)
            return;
        const struct state_change up = {.kind = EVENT_HOST_UP, .since_ms = told->since_ms};
        told->up = true;
        told->since_ms = look->wall_ms;
        report_change(look, &up);
    } else if (told->up && !told->missed) {
        told->missed = true; /* the controller itself may not have been receiving */
    } else if (told->up) {
        const struct state_change down = {.kind = EVENT_HOST_DOWN};
        told->up = told->missed = false;
        told->since_ms = look->wall_ms;
        report_change(look, &down);
    }
}

static void look_at_fencing(const struct look *look)
{
    const struct state_change fenced = {.kind = EVENT_HOST_DISOBEYS};
    if (look->host->fenced && !look->host->told.fenced)
        report_change(look, &fenced);
    look->host->told.fenced = look->host->fenced;
    const struct state_change other = {.kind = EVENT_OTHER_CONTROLLER};
    if (look->host->stale_controller != 0 &&
        look->host->stale_controller != look->host->told.stale_controller)
        report_change(look, &other);
    look->host->told.stale_controller = look->host->stale_controller;
}

/* --- VMs --- */

/* Ranks a nic's state: the greater, the worse; 0: nothing is wrong. */
static int badness(uint8_t state)
{
    switch (state) {
    case DAQS_NIC_UNMANAGED:
        return 1;
    case DAQS_NIC_UNRESPONSIVE:
        return 2;
    case DAQS_NIC_TAMPERED:
        return 3;
    default:
        return 0; /* includes states of newer agents */
    }
}

static enum event_kind kind_of(uint8_t state)
{
    switch (state) {
    case DAQS_NIC_UNMANAGED:
        return EVENT_UNMANAGED;
    case DAQS_NIC_UNRESPONSIVE:
        return EVENT_UNRESPONSIVE;
    case DAQS_NIC_TAMPERED:
        return EVENT_TAMPERED;
    default:
        return EVENT_RECOVERED;
    }
}

/* Returns true if the state carries no information: the nic has not been measured yet, or keeps its
 * previous state while in grace. */
static bool is_silent(uint8_t state)
{
    return state == DAQS_NIC_WAITING || daqs_nic_in_grace(state);
}

/* A VM has the worst of its nics' states. */
static void gather_states(struct fleet_host *host)
{
    for (uint32_t i = 0; i < host->vms; i++)
        host->vm[i].told.worst = DAQS_NIC_WAITING;
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        struct fleet_vm_told *told = &host->vm[nic->vm].told;
        if (is_silent(nic->state))
            continue;
        if (told->worst != DAQS_NIC_WAITING && badness(nic->state) <= badness(told->worst))
            continue;
        told->worst = badness(nic->state) ? nic->state : (uint8_t)DAQS_NIC_OK;
        told->cause = nic->cause;
    }
}

static void look_at_vm(const struct look *look, struct fleet_vm *vm)
{
    struct fleet_vm_told *told = &vm->told;
    if (told->worst == DAQS_NIC_WAITING)
        return;
    if (told->worst != told->seen) {
        told->seen = told->worst;
        told->seen_ms = look->now_ms;
        told->seen_wall_ms = look->wall_ms;
    }
    bool news = badness(told->seen) != badness(told->state);
    if (!news || look->now_ms - told->seen_ms < STATE_LASTING_MS)
        return;
    const struct state_change change = {
        .kind = kind_of(told->seen), .vm = vm, .since_ms = told->since_ms, .cause = told->cause};
    told->state = told->seen;
    told->since_ms = badness(told->seen) ? told->seen_wall_ms : 0;
    report_change(look, &change);
}

/* --- uplinks --- */

static void look_at_capacity(const struct look *look, struct fleet_uplink *uplink)
{
    const struct state_change change = {
        .kind = EVENT_CAPACITY_CHANGED, .uplink = uplink, .before = uplink->told.capacity};
    bool changed = uplink->told.seen && uplink->told.capacity != uplink->capacity;
    uplink->told.seen = true;
    uplink->told.capacity = uplink->capacity;
    if (changed)
        report_change(look, &change);
}

/* The condition has to last, because an agent that has just started reports MTUs a moment after its
 * VMs. */
static void look_at_promises(const struct look *look, struct fleet_uplink *uplink,
                             const struct guarantee_sums *promises)
{
    struct fleet_uplink_told *told = &uplink->told;
    daqs_bps budget = daqs_rate_less(uplink->capacity, look->headroom_ppm);
    bool over = uplink->capacity > 0 && promises->taken > budget;
    if (over != told->looks_over || told->looks_ms == 0) {
        told->looks_over = over;
        told->looks_ms = look->now_ms;
        told->looks_wall_ms = look->wall_ms;
    }
    if (over == told->over || look->now_ms - told->looks_ms < STATE_LASTING_MS)
        return;
    const struct state_change change = {.kind =
                                            over ? EVENT_OVERSUBSCRIBED : EVENT_OVERSUBSCRIBED_END,
                                        .uplink = uplink,
                                        .since_ms = over ? 0 : told->over_since_ms,
                                        .promised = promises->promised,
                                        .taken = promises->taken,
                                        .budget = budget};
    told->over = over;
    told->over_since_ms = over ? told->looks_wall_ms : 0;
    report_change(look, &change);
}

static void look_at_bottleneck(const struct look *look, struct fleet_uplink *uplink)
{
    struct fleet_uplink_told *told = &uplink->told;
    daqs_bps through = fleet_gets_through(uplink);
    bool was = told->through > 0;
    if (through > 0)
        told->through_ms = look->now_ms;
    bool is = through > 0 || (was && look->now_ms - told->through_ms < STATE_BOTTLENECK_MS);
    if (is == was)
        return;
    const struct state_change change = {.kind = is ? EVENT_BOTTLENECK : EVENT_BOTTLENECK_END,
                                        .uplink = uplink,
                                        .since_ms = is ? 0 : told->through_since_ms,
                                        .through = is ? through : told->through};
    told->through = through;
    told->through_since_ms = is ? look->wall_ms : 0;
    report_change(look, &change);
}

static void look_at_uplinks(const struct look *look)
{
    struct guarantee_sums promises[DAQS_MAX_UPLINKS];
    struct fleet_host *host = look->host;
    admission_guarantees(host, promises);
    for (uint32_t u = 0; u < host->uplinks; u++) {
        look_at_capacity(look, &host->uplink[u]);
        look_at_promises(look, &host->uplink[u], &promises[u]);
        look_at_bottleneck(look, &host->uplink[u]);
    }
}

void state_changes_find(struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms,
                        int64_t wall_ms, state_change_fn *report, void *arg)
{
    const struct look look = {host, headroom_ppm, now_ms, wall_ms, report, arg};
    look_at_presence(&look);
    look_at_fencing(&look);
    if (host->reported_ms == host->told.reported_ms)
        return;
    host->told.reported_ms = host->reported_ms;
    look_at_uplinks(&look);
    gather_states(host);
    for (uint32_t i = 0; i < host->vms; i++)
        look_at_vm(&look, &host->vm[i]);
}
