/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/state_changes.h"

#include <stdlib.h>

#include "controllerd/core/diagnosis/flapping.h"
#include "controllerd/core/diagnosis/incidents.h"
#include "controllerd/core/diagnosis/uplink_changes.h"
#include "controllerd/core/fleet/host_table.h"

/* How something is reported that may flap. */
struct reporting {
    struct flapping flapping;
    bool deferred; /* the change that is due was refused by 'report' */
};

/* What was last reported. Times are UTC unless noted. */
struct reported_vm {
    uint8_t state;          /* that has lasted, enum daqs_nic_state */
    uint8_t state_cause;    /* enum daqs_nic_cause */
    uint8_t reported_state; /* the state reported last; another one while it flaps or is deferred */
    uint8_t seen;           /* since seen_ms; perhaps it has not lasted yet */
    uint8_t worst;          /* current worst state of its nics */
    uint8_t cause;
    int64_t seen_ms; /* monotonic */
    int64_t seen_wall_ms;
    int64_t since_ms;          /* start of the bad state that has lasted; 0: none */
    int64_t reported_since_ms; /* start of the bad state reported last; 0: none */
    struct reporting reporting;
};

struct reported_host {
    bool up;
    bool missed;               /* it was away at the last check */
    uint64_t stale_controller; /* epoch of the older controller, as reported; 0: none */
    int64_t stale_since_ms;    /* when that was first reported */
    int64_t disobeys_since_ms; /* as reported; 0: it obeys */
    int64_t unsaved_since_ms;  /* its agent cannot save its state, as reported; 0: it can */
    bool reported_up;          /* as reported last; another one while it flaps or is deferred */
    int64_t reported_since_ms; /* when it went down, as reported last */
    int64_t since_ms;          /* when it went up or down */
    struct reporting reporting;
    int64_t reported_ms;        /* monotonic, of the report checked last */
    struct reported_vm *vm;     /* in the order of the inventory; NULL: out of memory */
    struct incidents incidents; /* of the VMs */
    struct uplink_changes uplinks;
};

struct state_changes {
    struct host_table *hosts; /* struct reported_host */
    struct oversold *before;
};

static void host_done(void *record)
{
    struct reported_host *reported = record;
    free(reported->vm);
    incidents_done(&reported->incidents);
    uplink_changes_done(&reported->uplinks);
}

struct state_changes *state_changes_new(struct oversold *before)
{
    struct state_changes *changes = calloc(1, sizeof *changes);
    struct host_table *hosts = host_table_new(sizeof(struct reported_host), host_done);
    if (!changes || !hosts) {
        free(changes);
        host_table_free(hosts);
        return NULL;
    }
    *changes = (struct state_changes){hosts, before};
    return changes;
}

void state_changes_free(struct state_changes *changes)
{
    if (!changes)
        return;
    host_table_free(changes->hosts);
    free(changes);
}

bool state_changes_hello(struct state_changes *changes, const struct fleet_host *host)
{
    struct reported_host *reported = host_table_need(changes->hosts, host);
    if (!reported)
        return false;
    struct reported_vm *vm = host_table_carry(host->was.vm, host->vms, reported->vm, sizeof *vm);
    free(reported->vm);
    reported->vm = vm;
    incidents_hello(&reported->incidents, host->was.vm, host->vms);
    return uplink_changes_hello(&reported->uplinks, host, changes->before) && vm;
}

void state_changes_note_down(struct state_changes *changes, const struct fleet_host *host,
                             int64_t down_ms)
{
    struct reported_host *reported = host_table_find(changes->hosts, host);
    if (reported)
        reported->reported_since_ms = down_ms;
}

void state_changes_forget(struct state_changes *changes, const struct fleet_host *host)
{
    host_table_remove(changes->hosts, host);
}

/* --- what was reported --- */

int64_t state_changes_down_since(const struct state_changes *changes, const struct fleet_host *host)
{
    const struct reported_host *reported = host_table_find(changes->hosts, host);
    return reported && !reported->up ? reported->since_ms : 0;
}

bool state_changes_any(const struct state_changes *changes, const struct fleet_host *host)
{
    const struct reported_host *r = host_table_find(changes->hosts, host);
    return r && (state_changes_down_since(changes, host) || r->stale_controller ||
                 r->disobeys_since_ms || r->unsaved_since_ms || r->reporting.flapping.reported ||
                 incidents_any(&r->incidents) || incidents_any(&r->uplinks.incidents));
}

int64_t state_changes_vm_since(const struct state_changes *changes, const struct fleet_host *host,
                               uint32_t vm, uint8_t state)
{
    const struct reported_host *reported = host_table_find(changes->hosts, host);
    if (!reported || !reported->vm)
        return 0;
    const struct reported_vm *here = &reported->vm[vm];
    if (here->state == state && here->since_ms)
        return here->since_ms;
    return here->seen == state ? here->seen_wall_ms : 0;
}

bool state_changes_oversubscribed(const struct state_changes *changes,
                                  const struct fleet_host *host, uint32_t uplink,
                                  int64_t *ret_since_ms)
{
    const struct reported_host *reported = host_table_find(changes->hosts, host);
    return reported && uplink_changes_oversubscribed(&reported->uplinks, uplink, ret_since_ms);
}

/* --- the search --- */

struct search {
    const struct fleet_host *host;
    struct reported_host *reported;
    int64_t now_ms;
    int64_t wall_ms;
    state_change_fn *report;
    void *arg;
};

static void report_change(const struct search *search, const struct state_change *change)
{
    (void)search->report(search->arg, search->host, change);
}

/* --- what may flap --- */

/* Returns false if the change was deferred. */
static bool report_or_defer(const struct search *search, struct reporting *reporting,
                            struct state_change change)
{
    change.again = reporting->deferred;
    reporting->deferred = !search->report(search->arg, search->host, &change);
    return !reporting->deferred;
}

static void note_change(const struct search *search, struct reporting *reporting)
{
    flapping_change(&reporting->flapping, search->now_ms, search->wall_ms);
    reporting->deferred = false;
}

/* Reports the begin and the end of flapping. Returns true if changes are to be reported one by
 * one. */
static bool report_flapping(const struct search *search, struct reporting *reporting,
                            struct state_change change)
{
    enum flapping_report due = flapping_due(&reporting->flapping, search->now_ms);
    if (due == FLAPPING_NOT || due == FLAPPING_LASTS)
        return due == FLAPPING_NOT;
    change.kind = due == FLAPPING_BEGINS ? EVENT_FLAPPING : EVENT_FLAPPING_END;
    change.changes = reporting->flapping.changes;
    change.since_ms = reporting->flapping.since_wall_ms;
    if (report_or_defer(search, reporting, change))
        flapping_reported(&reporting->flapping);
    return !reporting->flapping.active;
}

/* --- presence --- */

static void report_presence(const struct search *search)
{
    struct reported_host *reported = search->reported;
    if (!report_flapping(search, &reported->reporting, (struct state_change){.up = reported->up}) ||
        reported->up == reported->reported_up)
        return;
    if (!report_or_defer(
            search, &reported->reporting,
            (struct state_change){.kind = reported->up ? EVENT_HOST_UP : EVENT_HOST_DOWN,
                                  .since_ms = reported->up ? reported->reported_since_ms : 0}))
        return;
    reported->reported_up = reported->up;
    reported->reported_since_ms = reported->since_ms;
}

static void check_presence(const struct search *search)
{
    struct reported_host *reported = search->reported;
    bool present = fleet_host_present(search->host, search->now_ms);
    if (!present && reported->up && !reported->missed) {
        reported->missed = true; /* the controller itself may not have been receiving */
    } else {
        reported->missed = false;
        if (present != reported->up) {
            reported->up = present;
            reported->since_ms = search->wall_ms;
            note_change(search, &reported->reporting);
        }
    }
    report_presence(search);
}

/* Reports when a condition of the host begins, and when it ends. */
static void check_condition(const struct search *search, bool is, enum event_kind begins,
                            enum event_kind ends, int64_t *since_ms)
{
    const struct state_change change = {.kind = is ? begins : ends, .since_ms = is ? 0 : *since_ms};
    if (is == (*since_ms != 0))
        return;
    *since_ms = is ? search->wall_ms : 0;
    report_change(search, &change);
}

/* Each older controller is reported, and one end of them all. */
static void check_other_controller(const struct search *search)
{
    struct reported_host *reported = search->reported;
    const uint64_t epoch = fleet_has_stale_controller(search->host, search->now_ms)
                               ? search->host->stale_controller
                               : 0;
    if (epoch == reported->stale_controller)
        return;
    if (epoch == 0)
        report_change(search, &(struct state_change){.kind = EVENT_OTHER_CONTROLLER_END,
                                                     .since_ms = reported->stale_since_ms});
    else
        report_change(search, &(struct state_change){.kind = EVENT_OTHER_CONTROLLER});
    if (reported->stale_controller == 0)
        reported->stale_since_ms = search->wall_ms;
    reported->stale_controller = epoch;
}

/* An agent that has just started, or an older one, does not say whether it can save its state. */
static void check_agent(const struct search *search)
{
    const struct fleet_host *host = search->host;
    struct reported_host *reported = search->reported;
    const bool failing = host->saving == DAQS_SAVING_FAILING;
    check_condition(search, host->fenced, EVENT_HOST_DISOBEYS, EVENT_HOST_OBEYS,
                    &reported->disobeys_since_ms);
    if (failing || host->saving == DAQS_SAVING_OK)
        check_condition(search, failing, EVENT_STATE_DIR_FAILING, EVENT_STATE_DIR_BACK,
                        &reported->unsaved_since_ms);
    check_other_controller(search);
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
    static const enum event_kind kinds[] = {EVENT_RECOVERED, EVENT_UNMANAGED, EVENT_UNRESPONSIVE,
                                            EVENT_TAMPERED};
    return kinds[badness(state)];
}

/* Returns true if the state carries no information: the nic has not been measured yet, or keeps its
 * previous state while in grace. */
static bool is_silent(uint8_t state)
{
    return state == DAQS_NIC_WAITING || daqs_nic_in_grace(state);
}

/* A VM has the worst of its nics' states. */
static void gather_states(const struct fleet_host *host, struct reported_vm *vm)
{
    for (uint32_t i = 0; i < host->vms; i++)
        vm[i].worst = DAQS_NIC_WAITING;
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        struct reported_vm *reported = &vm[nic->vm];
        if (is_silent(nic->state))
            continue;
        if (reported->worst != DAQS_NIC_WAITING && badness(nic->state) <= badness(reported->worst))
            continue;
        reported->worst = badness(nic->state) ? nic->state : (uint8_t)DAQS_NIC_OK;
        reported->cause = nic->cause;
    }
}

/* Takes the state that the VM is in once it has lasted. */
static void settle(const struct search *search, struct reported_vm *reported)
{
    if (reported->worst == DAQS_NIC_WAITING)
        return;
    if (reported->worst != reported->seen) {
        reported->seen = reported->worst;
        reported->seen_ms = search->now_ms;
        reported->seen_wall_ms = search->wall_ms;
    }
    bool changed = badness(reported->seen) != badness(reported->state);
    if (!changed || search->now_ms - reported->seen_ms < STATE_LASTING_MS)
        return;
    reported->state = reported->seen;
    reported->state_cause = reported->cause;
    reported->since_ms = badness(reported->seen) ? reported->seen_wall_ms : 0;
    note_change(search, &reported->reporting);
}

static void check_vm(const struct search *search, const struct fleet_vm *vm,
                     struct reported_vm *reported)
{
    settle(search, reported);
    if (!report_flapping(search, &reported->reporting,
                         (struct state_change){.vm = vm, .state = reported->state}) ||
        badness(reported->state) == badness(reported->reported_state))
        return;
    if (!report_or_defer(search, &reported->reporting,
                         (struct state_change){.kind = kind_of(reported->state),
                                               .vm = vm,
                                               .since_ms = reported->reported_since_ms,
                                               .cause = reported->state_cause}))
        return;
    reported->reported_state = reported->state;
    reported->reported_since_ms = reported->since_ms;
}

static void check_vms(const struct search *search)
{
    const struct fleet_host *host = search->host;
    struct incidents *incidents = &search->reported->incidents;
    incidents_end_gone(incidents, INCIDENTS_OF_VMS, host, search->report, search->arg);
    gather_states(host, search->reported->vm);
    for (uint32_t i = 0; i < host->vms; i++) {
        struct reported_vm *vm = &search->reported->vm[i];
        const struct flapping *flapping = &vm->reporting.flapping;
        check_vm(search, &host->vm[i], vm);
        const int64_t since_ms[] = {
            [INCIDENT_FLAPS] = flapping->reported ? flapping->since_wall_ms : 0,
            [INCIDENT_BAD_STATE] = badness(vm->reported_state) ? vm->reported_since_ms : 0};
        incidents_set(incidents, i, host->vm[i].name, since_ms);
    }
}

void state_changes_find(struct state_changes *changes, const struct fleet_host *host,
                        uint32_t headroom_ppm, int64_t now_ms, int64_t wall_ms,
                        state_change_fn *report, void *arg)
{
    struct reported_host *reported = host_table_find(changes->hosts, host);
    if (!reported)
        return;
    const struct search search = {host, reported, now_ms, wall_ms, report, arg};
    check_presence(&search);
    check_agent(&search);
    if (host->reported_ms == reported->reported_ms || !reported->vm)
        return;
    reported->reported_ms = host->reported_ms;
    uplink_changes_find(&reported->uplinks, host, headroom_ppm, now_ms, wall_ms, report, arg);
    check_vms(&search);
}
