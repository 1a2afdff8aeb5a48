/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/state_events.h"

#include <inttypes.h>
#include <stdlib.h>

#include "controllerd/core/diagnosis/remedy.h"
#include "controllerd/core/fleet/obedience.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/store/history.h"
#include "shared/base/clock.h"
#include "shared/base/time_text.h"

/* Each host is checked once in TICKS_A_CHECK ticks, which is once a second. At most ABSENT_AT_ONCE
 * hosts that did not come are reported in a tick, so that their events do not displace others. */
enum { TICKS_A_CHECK = 10, ABSENT_AT_ONCE = 20 };

struct state_events {
    struct state_events_setup given;
    struct oversold *oversold; /* before the start */
    struct state_changes *changes;
    struct host_claims *claims;
    size_t turn;      /* which hosts are checked next */
    int64_t begun_ms; /* monotonic, of the first tick; 0: there was none */
};

struct state_events *state_events_new(const struct state_events_setup *setup)
{
    struct state_events *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct state_events){
        .given = *setup, .oversold = oversold_new(), .claims = host_claims_new()};
    s->changes = s->oversold ? state_changes_new(s->oversold) : NULL;
    if (s->changes && s->claims)
        return s;
    state_events_free(s);
    return NULL;
}

void state_events_free(struct state_events *s)
{
    if (!s)
        return;
    state_changes_free(s->changes);
    host_claims_free(s->claims);
    oversold_free(s->oversold);
    free(s);
}

int state_events_load(struct state_events *s, struct store *store, struct daqs_error *err)
{
    return store_load_oversold(store, s->oversold, err);
}

bool state_events_hello(struct state_events *s, const struct fleet_host *host)
{
    const bool known = state_changes_hello(s->changes, host);
    const struct roster_entry *entry = roster_find(s->given.roster, host->name);
    if (entry && !entry->host && entry->down_ms)
        state_changes_note_down(s->changes, host, entry->down_ms);
    return known;
}

void state_events_forget(struct state_events *s, const struct fleet_host *host)
{
    state_changes_forget(s->changes, host);
    host_claims_forget(s->claims, host);
}

/* The end of an uplink's is on disk, so it has an event of its own. */
void state_events_moved(struct state_events *s, const struct fleet_host *host, const char *member)
{
    const bool any = state_changes_any(s->changes, host) || host_claims_any(s->claims, host);
    int64_t since_ms = 0;
    for (uint32_t u = 0; u < host->uplinks; u++)
        if (state_changes_oversubscribed(s->changes, host, u, &since_ms))
            events_emit_uplink(s->given.events, EVENT_OVERSUBSCRIBED_END, host->name, "",
                               host->uplink[u].name, since_ms,
                               "uplink %s: " STATE_EVENTS_MOVED "%s", host->uplink[u].name, member);
    if (any)
        (void)events_emit(s->given.events, EVENT_HOST_MOVED, host->name, "",
                          state_changes_down_since(s->changes, host), STATE_EVENTS_MOVED "%s",
                          member);
}

static void emit_claimed(struct state_events *s, const struct fleet_host *host, int64_t now_ms)
{
    char text[HOST_CLAIM_TEXT_BYTES];
    (void)events_emit(s->given.events, EVENT_HOST_CLAIMED, host->name, "", 0, "%s; " REMEDY_CLAIMED,
                      host_claim_text(host_claims_find(s->claims, host, now_ms), text));
}

void state_events_claimed(struct state_events *s, const struct fleet_host *host,
                          const char *connected, const char *refused, int64_t now_ms)
{
    if (host_claims_note(s->claims, host, connected, refused, now_ms,
                         daqs_wall_ms(daqs_clock_system())))
        emit_claimed(s, host, now_ms);
}

void state_events_claimed_at(struct state_events *s, const struct fleet_host *host,
                             const char *connected, const char *member, int64_t now_ms)
{
    if (host_claims_note_at(s->claims, host, connected, member, now_ms,
                            daqs_wall_ms(daqs_clock_system())))
        emit_claimed(s, host, now_ms);
}

const struct host_claims *state_events_claims(const struct state_events *s)
{
    return s->claims;
}

const struct state_changes *state_events_reported(const struct state_events *s)
{
    return s->changes;
}

static const char *time_of(uint64_t epoch, char text[static DAQS_TIME_TEXT])
{
    return daqs_time_format(epoch < INT64_MAX ? (int64_t)epoch / 1000 * 1000 : -1, text);
}

/* A controller that was started later has an epoch near the time. One that is ahead of the time is
 * from a clock that was ahead, and there may be no other controller. */
static bool emit_disobeys(struct state_events *s, const struct fleet_host *host, int64_t wall_ms)
{
    char time[DAQS_TIME_TEXT];
    if (obedience_is_ahead(host, wall_ms))
        return events_emit(
            s->given.events, EVENT_HOST_DISOBEYS, host->name, "", 0,
            "its agent has obeyed an epoch that is ahead of this controller's clock "
            "(%" PRIu64 ", the time %s; this one has %" PRIu64
            "): a controller's clock was once ahead, or this one's is behind; correct the "
            "clock if it is wrong, then: daqsctl take-over",
            host->obeyed, time_of(host->obeyed, time), host->epoch);
    return events_emit(s->given.events, EVENT_HOST_DISOBEYS, host->name, "", 0,
                       "its agent has obeyed a newer controller than this one (epoch %" PRIu64
                       ", started about %s; this one has %" PRIu64
                       "), which leaves it alone; " REMEDY_DISOBEYS,
                       host->obeyed, time_of(host->obeyed, time), host->epoch);
}

static bool emit_host(struct state_events *s, const struct fleet_host *host,
                      const struct state_change *change, int64_t now_ms, int64_t wall_ms)
{
    if (change->kind == EVENT_HOST_UP)
        return events_emit(s->given.events, change->kind, host->name, "", change->since_ms,
                           "agent %s, VMs: %u, nics: %u, uplinks: %u", host->version, host->vms,
                           host->nics, host->uplinks);
    if (change->kind == EVENT_HOST_DISOBEYS)
        return emit_disobeys(s, host, wall_ms);
    if (change->kind == EVENT_HOST_OBEYS)
        return events_emit(s->given.events, change->kind, host->name, "", change->since_ms,
                           "its agent obeys this controller (epoch %" PRIu64 ") again",
                           host->epoch);
    if (change->kind == EVENT_OTHER_CONTROLLER)
        return events_emit(s->given.events, change->kind, host->name, "", 0,
                           "an older controller also sends to its agent (epoch %" PRIu64
                           ", this one is %" PRIu64 "); " REMEDY_OTHER,
                           host->stale_controller, host->epoch);
    if (change->kind == EVENT_OTHER_CONTROLLER_END)
        return events_emit(s->given.events, change->kind, host->name, "", change->since_ms,
                           "its agent does not report an older controller any longer");
    if (change->kind == EVENT_STATE_DIR_FAILING)
        return events_emit(s->given.events, change->kind, host->name, "", 0,
                           "its agent cannot write to its state_dir; " REMEDY_STATE_DIR);
    if (change->kind == EVENT_STATE_DIR_BACK)
        return events_emit(s->given.events, change->kind, host->name, "", change->since_ms,
                           "its agent writes to its state_dir again");
    if (host->connected)
        return events_emit(s->given.events, change->kind, host->name, "", 0,
                           "no message from its agent for %" PRId64 " s; " REMEDY_AWAY,
                           (now_ms - host->heard_ms) / 1000);
    return events_emit(s->given.events, change->kind, host->name, "", 0,
                       "its agent has gone; " REMEDY_AWAY);
}

static bool emit_vm(struct state_events *s, const struct fleet_host *host,
                    const struct state_change *change)
{
    const char *cause = daqs_nic_cause_text(change->cause);
    if (change->kind == EVENT_RECOVERED)
        return events_emit(s->given.events, change->kind, host->name, change->vm->name,
                           change->since_ms, "it is measured, and can be limited");
    return events_emit(s->given.events, change->kind, host->name, change->vm->name,
                       change->since_ms, "%s; %s", *cause ? cause : "its agent reports no reason",
                       remedy_of_nic(change->cause));
}

static bool emit_flapping(struct state_events *s, const struct fleet_host *host,
                          const struct state_change *change)
{
    const char *vm = change->vm ? change->vm->name : "";
    const char *state = change->up ? "up" : "down";
    char since[DAQS_TIME_TEXT];
    daqs_time_format(change->since_ms, since);
    if (change->vm)
        state = daqs_nic_state_name(change->state);
    if (change->kind == EVENT_FLAPPING)
        return events_emit(s->given.events, change->kind, host->name, vm, 0,
                           "it has changed %" PRIu32 " times since %s, and is %s now; its changes "
                           "are reported again when it has been the same for 10 minutes",
                           change->changes, since, state);
    return events_emit(s->given.events, change->kind, host->name, vm, change->since_ms,
                       "it has been %s for 10 minutes; it changed %" PRIu32 " times", state,
                       change->changes);
}

static void emit_capacity(struct state_events *s, const struct fleet_host *host,
                          const struct state_change *change)
{
    char capacity[DAQS_RATE_TEXT];
    char before[DAQS_RATE_TEXT];
    daqs_bps now = change->uplink->capacity;
    events_emit_uplink(s->given.events, change->kind, host->name, "", change->uplink->name, 0,
                       "uplink %s: %s, was %s", change->uplink->name,
                       now ? daqs_rate_humanize(now, capacity) : "not known",
                       change->before ? daqs_rate_humanize(change->before, before) : "not known");
}

static void emit_promised(struct state_events *s, const struct fleet_host *host,
                          const struct state_change *change)
{
    char promised[DAQS_RATE_TEXT];
    char taken[DAQS_RATE_TEXT];
    char budget[DAQS_RATE_TEXT];
    events_emit_uplink(
        s->given.events, change->kind, host->name, "", change->uplink->name, change->since_ms,
        "uplink %s: guarantees sum to %s, with headers %s of the %s that it has to give%s",
        change->uplink->name, daqs_rate_humanize(change->promised, promised),
        daqs_rate_humanize(change->taken, taken),
        change->uplink->capacity ? daqs_rate_humanize(change->budget, budget) : "(not known)",
        change->kind == EVENT_OVERSUBSCRIBED
            ? "; while all are in use none is met; " REMEDY_OVERSUBSCRIBED
            : "");
}

static void emit_bottleneck(struct state_events *s, const struct fleet_host *host,
                            const struct state_change *change)
{
    const char *uplink = change->uplink->name;
    char through[DAQS_RATE_TEXT];
    char capacity[DAQS_RATE_TEXT];
    daqs_rate_humanize(change->through, through);
    daqs_rate_humanize(change->uplink->capacity, capacity);
    if (change->kind == EVENT_BOTTLENECK)
        events_emit_uplink(s->given.events, change->kind, host->name, "", uplink, 0,
                           "uplink %s: guarantees are short while its port has room, only %s of %s "
                           "get through behind it; others are limited to that; if this is "
                           "permanent, set capacity = %s",
                           uplink, through, capacity, through);
    else
        events_emit_uplink(s->given.events, change->kind, host->name, "", uplink, change->since_ms,
                           "uplink %s: for five minutes nothing has shown that less than %s get "
                           "through",
                           uplink, capacity);
}

static void emit_gone(struct state_events *s, const struct fleet_host *host,
                      const struct state_change *change)
{
    if (change->vm)
        (void)events_emit(s->given.events, change->kind, host->name, change->vm->name,
                          change->since_ms, "the host no longer has the VM");
    else
        events_emit_uplink(s->given.events, change->kind, host->name, "", change->uplink->name,
                           change->since_ms, "uplink %s: the host no longer has it",
                           change->uplink->name);
}

struct emission {
    struct state_events *s;
    int64_t now_ms;
    int64_t wall_ms;
};

static bool emit(void *arg, const struct fleet_host *host, const struct state_change *change)
{
    const struct emission *t = arg;
    if (change->again && !events_have_room(t->s->given.events, change->kind, host->name,
                                           change->vm ? change->vm->name : ""))
        return false; /* it has been counted as lost */
    if (change->gone) {
        emit_gone(t->s, host, change);
        return true;
    }
    if (change->kind == EVENT_FLAPPING || change->kind == EVENT_FLAPPING_END)
        return emit_flapping(t->s, host, change);
    if (change->vm)
        return emit_vm(t->s, host, change);
    if (!change->uplink)
        return emit_host(t->s, host, change, t->now_ms, t->wall_ms);
    if (change->kind == EVENT_CAPACITY_CHANGED)
        emit_capacity(t->s, host, change);
    else if (change->kind == EVENT_BOTTLENECK || change->kind == EVENT_BOTTLENECK_END)
        emit_bottleneck(t->s, host, change);
    else
        emit_promised(t->s, host, change);
    return true;
}

static bool emit_absent(struct state_events *s, const struct roster_entry *entry)
{
    char heard[DAQS_TIME_TEXT];
    return events_emit(s->given.events, EVENT_HOST_DOWN, entry->name, "", 0, "%s%s%s; " REMEDY_AWAY,
                       entry->since_ms > s->begun_ms
                           ? "its agent has come to no member of the group that is not lost"
                           : "no message from its agent since the controller started",
                       entry->heard_ms ? ", the last was at " : "",
                       entry->heard_ms ? daqs_time_format(entry->heard_ms, heard) : "");
}

/* Reports hosts that did not come after the start of the controller, or after the member of the
 * group that served them was lost. */
static void report_absent(struct state_events *s, int64_t now_ms, int64_t wall_ms)
{
    unsigned reported = 0;
    for (size_t i = s->turn; i < roster_count(s->given.roster) && reported < ABSENT_AT_ONCE;
         i += TICKS_A_CHECK) {
        const struct roster_entry *entry = roster_at(s->given.roster, i);
        if (!roster_is_absent(entry, s->begun_ms, now_ms))
            continue;
        if (!emit_absent(s, entry))
            return;
        roster_note_down(s->given.roster, entry->name, wall_ms);
        if (s->given.absent)
            s->given.absent(s->given.arg, entry->name);
        reported++;
    }
}

static void check_host(struct emission *emission, const struct fleet_host *host)
{
    struct state_events *s = emission->s;
    int64_t since_ms = 0;
    state_changes_find(s->changes, host, s->given.config->headroom_ppm, emission->now_ms,
                       emission->wall_ms, emit, emission);
    if (host_claims_end(s->claims, host, emission->now_ms, &since_ms))
        (void)events_emit(s->given.events, EVENT_HOST_CLAIMED_END, host->name, "", since_ms,
                          "no other machine has used its name or key for %d s",
                          HOST_CLAIM_LASTING_MS / 1000);
}

void state_events_tick(struct state_events *s, int64_t now_ms, int64_t wall_ms)
{
    struct emission emission = {s, now_ms, wall_ms};
    if (s->begun_ms == 0)
        s->begun_ms = now_ms;
    s->turn = (s->turn + 1) % TICKS_A_CHECK;
    for (size_t i = s->turn; i < fleet_count(s->given.fleet); i += TICKS_A_CHECK)
        check_host(&emission, fleet_at(s->given.fleet, i));
    report_absent(s, now_ms, wall_ms);
}
