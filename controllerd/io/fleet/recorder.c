/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/host_table.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/store/history.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

enum {
    NAMED_AT_ONCE = 64, /* hosts per tick: when all connect, the queue must not overflow */
    NAMED_AGAIN_AT_ONCE = 4,
    NAMED_AFTER_MS = 1500, /* after a host's hello: while all connect, the processor is busy */
    NAMES_PATIENCE_S = 5,  /* how long a second waits for nics' numbers */
    DAY_S = 86400,
    POINTS_WAITING_MAX = 8, /* seconds of history waiting for the disk; more are dropped */
};

/* What is kept of a host. */
struct recorded {
    bool due;        /* the store still has to number its nics */
    bool asked;      /* the store has been asked for the numbers */
    int64_t asked_s; /* UTC, when it was last asked; 0: never */
    int64_t second;  /* UTC, being collected; 0: none */
    int64_t id;      /* the host's; 0: not assigned by the store yet */
    int64_t *nic_id; /* in the order of the inventory; NULL: out of memory */
};

struct recorder {
    struct recorder_setup given;
    struct host_table *hosts;      /* struct recorded */
    struct store_rollups *rollups; /* closed, to be passed to the store; NULL: none */
    unsigned waiting;              /* jobs passed to the store and not finished */
    int64_t passed_s;              /* UTC second in which history was last passed to the store */
    bool all_named;                /* every nic was named recently */
    struct recorder_state state;
    struct daqs_log_budget budget;
};

static void recorded_done(void *record)
{
    const struct recorded *recorded = record;
    free(recorded->nic_id);
}

struct recorder *recorder_new(const struct recorder_setup *setup, int64_t wall_ms)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    struct host_table *hosts = host_table_new(sizeof(struct recorded), recorded_done);
    if (!recorder || !hosts) {
        free(recorder);
        host_table_free(hosts);
        return NULL;
    }
    *recorder = (struct recorder){.given = *setup, .hosts = hosts, .passed_s = wall_ms / 1000};
    return recorder;
}

void recorder_free(struct recorder *recorder)
{
    if (!recorder)
        return;
    if (recorder->rollups)
        store_rollups_free(recorder->rollups);
    host_table_free(recorder->hosts);
    free(recorder);
}

struct recorder_state recorder_state(const struct recorder *recorder)
{
    return recorder->state;
}

/* Records that a gap in history begins, for a reason, or ends (NULL). */
static void note_gap(struct recorder *r, const char *reason)
{
    int64_t wall_ms = daqs_wall_ms(daqs_clock_system());
    if (reason && !r->state.failing) {
        r->state.gap_ms = wall_ms;
        events_emit(r->given.events, EVENT_HISTORY_GAP, "", "", 0, "history is not stored: %s",
                    reason);
    } else if (!reason && r->state.failing) {
        events_emit(r->given.events, EVENT_HISTORY_BACK, "", "", r->state.gap_ms,
                    "history is stored again");
    }
    r->state.failing = reason != NULL;
}

static void note_result(struct recorder *r, const struct store_job *job)
{
    note_gap(r, job->result == DAQS_OK ? NULL : job->error.text);
}

/* --- numbers of nics --- */

static void take_numbers(struct recorded *recorded, const struct store_names *job)
{
    recorded->due = job->base.result != DAQS_OK || !recorded->nic_id;
    if (recorded->due)
        return;
    recorded->id = job->host_id;
    for (size_t i = 0; i < job->nics; i++)
        recorded->nic_id[i] = job->nic[i].id;
}

/* Takes over the numbers, which are in the order of the inventory they were requested for. If the
 * inventory has changed since, another request is in progress. */
static void names_done(struct store_job *base)
{
    struct store_names *job = (struct store_names *)base;
    struct recorder *r = base->context;
    const struct fleet_host *host = fleet_find(r->given.fleet, job->host);
    struct recorded *recorded = host ? host_table_find(r->hosts, host) : NULL;
    note_result(r, base);
    r->state.names_refused += job->left_out;
    if (job->left_out > 0 && daqs_log_allowed(&r->budget, daqs_mono_ms(daqs_clock_system())))
        daqs_log(DAQS_LOG_WARNING,
                 "host %.100s: no history of %zu nics: the database already has %" PRIu32
                 " of this host ([limits] names)",
                 job->host, job->left_out, r->given.config->limits.names);
    if (recorded)
        recorded->asked = false;
    if (recorded && host->instance == job->instance && host->generation == job->generation &&
        host->nics == job->nics)
        take_numbers(recorded, job);
    store_names_free(job);
}

/* Returns false if the request has to be retried. */
static bool name_nics(struct recorder *r, const struct fleet_host *host)
{
    struct store_names *job = store_names_new(host->nics);
    if (!job)
        return false;
    bool complete = true;
    for (uint32_t i = 0; complete && i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        struct store_nic *n = &job->nic[i];
        n->vm = strdup(host->vm[nic->vm].name);
        n->uuid = strdup(host->vm[nic->vm].uuid);
        n->uplink = strdup(host->uplink[nic->uplink].name);
        n->mac = nic->mac;
        complete = n->vm && n->uuid && n->uplink;
    }
    (void)snprintf(job->host, sizeof job->host, "%s", host->name);
    job->instance = host->instance;
    job->generation = host->generation;
    job->now_ms = daqs_wall_ms(daqs_clock_system());
    job->nics_most = r->given.config->limits.names;
    job->base.done = names_done;
    job->base.context = r;
    if (complete && store_write_names(r->given.store, job) == DAQS_OK)
        return true;
    store_names_free(job);
    return false;
}

static bool named_within(const struct recorded *recorded, int64_t now_s, int64_t span_s)
{
    return now_s - recorded->asked_s < span_s && recorded->asked_s - now_s < span_s;
}

/* Makes at most one request per host at a time and one a second, because an agent may send hellos
 * continuously. Once a day names are written again, to show that they are still in use. */
static void name_due_hosts(struct recorder *r, int64_t now_s)
{
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    int left = NAMED_AT_ONCE;
    int left_again = NAMED_AGAIN_AT_ONCE;
    r->all_named = true;
    for (size_t i = 0; i < fleet_count(r->given.fleet); i++) {
        const struct fleet_host *host = fleet_at(r->given.fleet, i);
        struct recorded *recorded = host_table_find(r->hosts, host);
        if (!recorded)
            continue;
        bool again = recorded->asked_s != 0 && !named_within(recorded, now_s, DAY_S);
        if (again && !named_within(recorded, now_s, 2 * DAY_S))
            r->all_named = false;
        if (recorded->asked || recorded->asked_s == now_s ||
            now_ms - host->begun_ms < NAMED_AFTER_MS ||
            !((recorded->due && left > 0) || (again && left_again > 0)))
            continue;
        left--;
        left_again -= again;
        recorded->asked_s = now_s;
        recorded->asked = name_nics(r, host);
        recorded->due = !recorded->asked;
    }
}

/* --- history --- */

static void rollups_done(struct store_job *base)
{
    struct store_rollups *job = (struct store_rollups *)base;
    struct recorder *r = base->context;
    r->waiting--;
    if (base->result != DAQS_OK)
        r->state.history_lost += job->nics;
    note_result(r, base);
    store_rollups_free(job);
}

/* Rollups of nics that have no number yet, or that do not fit into memory, are lost. */
static void keep_rollups(struct recorder *r, const struct fleet_host *host,
                         const struct recorded *recorded, const struct rollup *rollup)
{
    bool begun = false;
    if (!r->rollups)
        r->rollups = store_rollups_new();
    for (uint32_t i = 0; i < host->nics; i++) {
        if (rollup[i].value[ROLLUP_MS] == 0)
            continue;
        int64_t nic = recorded->nic_id ? recorded->nic_id[i] : 0;
        begun = begun || (r->rollups && recorded->id && nic &&
                          store_rollups_begin(r->rollups, recorded->second, recorded->id));
        if (!begun || nic == 0 || !store_rollups_add(r->rollups, nic, &rollup[i]))
            r->state.history_lost++;
    }
}

/* Closes the second being collected, if there is one. */
static void close_host(struct recorder *r, const struct fleet_host *host)
{
    const struct recorded *recorded = host_table_find(r->hosts, host);
    if (!recorded || recorded->second == 0)
        return;
    struct rollup *rollup DAQS_AUTO_FREE = calloc(host->nics + 1U, sizeof *rollup);
    struct accounting_change *change DAQS_AUTO_FREE = calloc(host->members + 1U, sizeof *change);
    if (!rollup || !change)
        return; /* the sums keep growing */
    size_t changes = accounting_close(r->given.accounting, host, recorded->second, rollup, change);
    violations_take(r->given.violations, host, change, changes);
    keep_rollups(r, host, recorded, rollup);
}

/* The first report after a second of the wall clock closes that second; a step of the clock only
 * changes the time it is stored under. While nics have no numbers yet, a second is closed later. */
void recorder_report(struct recorder *r, const struct fleet_host *host, int64_t wall_ms)
{
    int64_t second =
        wall_ms / r->given.config->resolution_ms * r->given.config->resolution_ms / 1000;
    struct recorded *recorded = host_table_find(r->hosts, host);
    if (!recorded)
        return;
    int64_t lasts_s = second - recorded->second;
    bool unnamed = recorded->due || recorded->asked;
    if (lasts_s == 0 || (unnamed && lasts_s > 0 && lasts_s < NAMES_PATIENCE_S))
        return;
    close_host(r, host);
    recorded->second = second;
}

void recorder_close(struct recorder *r, const char *name)
{
    const struct fleet_host *host = fleet_find(r->given.fleet, name);
    if (host)
        close_host(r, host);
}

bool recorder_hello(struct recorder *r, const struct fleet_host *host)
{
    struct recorded *recorded = host_table_need(r->hosts, host);
    if (!recorded)
        return false;
    int64_t *nic_id = host_table_carry(host->was.nic, host->nics, recorded->nic_id, sizeof *nic_id);
    free(recorded->nic_id);
    recorded->nic_id = nic_id;
    recorded->due = true;
    return nic_id;
}

void recorder_forget(struct recorder *r, const struct fleet_host *host)
{
    close_host(r, host);
    host_table_remove(r->hosts, host);
}

/* Passes closed seconds to the store, which packs complete blocks even if there are none. If the
 * disk is too slow, they are dropped instead of accumulated. */
static void flush(struct recorder *r, int64_t wall_ms)
{
    struct store_rollups *job = r->rollups ? r->rollups : store_rollups_new();
    if (!job)
        return;
    r->rollups = NULL;
    job->fleet_hosts = fleet_count(r->given.fleet);
    for (size_t i = 0; i < job->fleet_hosts; i++)
        job->fleet_nics += fleet_at(r->given.fleet, i)->nics;
    job->all_named = r->all_named;
    job->now_s = wall_ms / 1000;
    job->mono_s = daqs_mono_ms(daqs_clock_system()) / 1000;
    job->keep = r->given.config->keep;
    job->base.done = rollups_done;
    job->base.context = r;
    if (r->waiting < POINTS_WAITING_MAX && store_write_rollups(r->given.store, job) == DAQS_OK) {
        r->waiting++;
        return;
    }
    note_gap(r, "the disk is too slow");
    r->state.history_lost += job->nics;
    store_rollups_free(job);
}

void recorder_tick(struct recorder *r, int64_t wall_ms)
{
    int64_t now_s = wall_ms / 1000;
    bool next = now_s != r->passed_s;
    if (next || !r->state.failing)
        name_due_hosts(r, now_s);
    if (next)
        flush(r, wall_ms);
    r->passed_s = now_s;
}

void recorder_stop(struct recorder *r, int64_t wall_ms)
{
    if (!r)
        return;
    for (size_t i = 0; i < fleet_count(r->given.fleet); i++)
        close_host(r, fleet_at(r->given.fleet, i));
    flush(r, wall_ms);
}
