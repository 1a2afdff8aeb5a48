/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/reign.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/fleet/obedience.h"
#include "controllerd/core/time/clock_check.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/store/records.h"
#include "shared/base/log.h"
#include "shared/base/time_text.h"

/* How often the newest time is stored, and how soon a raise is tried again after a failure. */
enum { STORE_MS = 60000, RETRY_MS = 1000, WHY_BYTES = 160 };

struct reign {
    struct reign_setup given;
    uint64_t epoch;
    struct clock_check clock;
    int64_t mono_ms; /* of the last tick */
    int64_t wall_ms;
    int64_t stored_ms;   /* monotonic, when the newest time was stored; 0: never */
    int64_t doubted_ms;  /* UTC by that clock, when the doubt began */
    bool withheld;       /* the epoch was not taken from the clock at the start */
    bool due;            /* it is to be raised to the time */
    bool writing;        /* a raise is on its way to the disk */
    int64_t retry_ms;    /* monotonic, earliest retry */
    char why[WHY_BYTES]; /* why it is raised */
    struct daqs_log_budget budget;
};

struct reign *reign_new(const struct reign_setup *setup, int64_t mono_ms, int64_t wall_ms)
{
    struct reign *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    const int64_t newest_ms = store_newest(setup->store);
    *r = (struct reign){.given = *setup,
                        .epoch = setup->epoch,
                        .mono_ms = mono_ms,
                        .wall_ms = wall_ms,
                        .withheld = clock_is_ahead(newest_ms, wall_ms)};
    clock_check_begin(&r->clock, newest_ms, mono_ms, wall_ms);
    return r;
}

void reign_free(struct reign *r)
{
    free(r);
}

const uint64_t *reign_epoch(const struct reign *r)
{
    return &r->epoch;
}

bool reign_doubts_clock(const struct reign *r)
{
    return clock_check_doubtful(&r->clock);
}

/* --- raising the epoch --- */

static void take_epoch(struct reign *r, uint64_t epoch, const char *why)
{
    if (epoch <= r->epoch)
        return;
    events_emit(r->given.events, EVENT_EPOCH_RAISED, "", "", 0,
                "the epoch is %" PRIu64 ", was %" PRIu64 ": %s", epoch, r->epoch, why);
    r->epoch = epoch;
    obedience_raised(r->given.fleet, epoch);
    if (r->given.raised)
        r->given.raised(r->given.arg);
}

static void written(struct store_job *base)
{
    const struct records_epoch *job = (struct records_epoch *)base;
    struct reign *r = base->context;
    r->writing = false;
    if (base->result == DAQS_OK) {
        r->due = r->withheld = false;
        take_epoch(r, job->epoch, r->why);
    } else {
        r->retry_ms = r->mono_ms + RETRY_MS;
        if (daqs_log_allowed(&r->budget, r->mono_ms))
            daqs_log(DAQS_LOG_ERROR, "the epoch is not raised: %s", base->error.text);
    }
    free(base);
}

static void write_epoch(struct reign *r)
{
    struct records_epoch *job = calloc(1, sizeof *job);
    if (!job)
        return;
    job->base.done = written;
    job->base.context = r;
    job->least = r->wall_ms > 0 ? (uint64_t)r->wall_ms : 0;
    r->writing = records_write_epoch(r->given.records, job) == DAQS_OK;
    if (!r->writing)
        free(job);
}

__attribute__((format(printf, 2, 3))) static void set_due(struct reign *r, const char *format, ...)
{
    va_list args;
    if (!r->withheld || r->due)
        return;
    r->due = true;
    va_start(args, format);
    (void)vsnprintf(r->why, sizeof r->why, format, args);
    va_end(args);
}

void reign_hello(struct reign *r, struct fleet_host *host, uint64_t obeyed)
{
    const int64_t least_ms = r->wall_ms - CLOCK_AHEAD_MS;
    obedience_hello(host, obeyed, r->epoch);
    if (obeyed <= (uint64_t)r->wall_ms && least_ms > 0 && obeyed > (uint64_t)least_ms)
        set_due(r, "host %.64s has obeyed an epoch of the week before the clock's time",
                host->name);
}

void reign_taken_over(struct reign *r, uint64_t epoch, const char *by, int64_t mono_ms,
                      int64_t wall_ms)
{
    char why[WHY_BYTES];
    (void)snprintf(why, sizeof why, "a take-over, by %.100s", by);
    r->withheld = r->due = false;
    take_epoch(r, epoch, why);
    const bool doubted = clock_check_doubtful(&r->clock);
    clock_check_confirm(&r->clock, mono_ms, wall_ms);
    r->stored_ms = 0; /* the next start is to expect this time, too */
    if (doubted)
        events_emit(r->given.events, EVENT_CLOCK_CONFIRMED, "", "", r->doubted_ms,
                    "the clock is trusted: %s", why);
}

/* --- the clock --- */

static void emit_doubt(struct reign *r)
{
    char shown[DAQS_TIME_TEXT];
    char expected[DAQS_TIME_TEXT];
    r->doubted_ms = r->wall_ms;
    events_emit(
        r->given.events, EVENT_CLOCK_DOUBTFUL, "", "", 0,
        "the clock of the controller's machine shows %s, but about %s is expected: the "
        "newest time in the database, and what has passed since the start. Until the clock "
        "has run for an hour without a step, nothing is deleted for its age%s. If it is "
        "wrong, correct it; if it is right: daqsctl take-over",
        daqs_time_format(r->wall_ms / 1000 * 1000, shown),
        daqs_time_format(clock_check_expected(&r->clock, r->mono_ms) / 1000 * 1000, expected),
        r->withheld ? ", and the epoch is not taken from it" : "");
}

static void follow_clock(struct reign *r)
{
    const enum clock_change change = clock_check_tick(&r->clock, r->mono_ms, r->wall_ms);
    const char *why =
        change == CLOCK_LASTED ? "it has run for an hour without a step" : "it was corrected";
    store_trust_clock(r->given.store, clock_check_latest(&r->clock, r->mono_ms));
    if (change == CLOCK_DOUBTED) {
        emit_doubt(r);
    } else if (change != CLOCK_AS_BEFORE) {
        events_emit(r->given.events, EVENT_CLOCK_CONFIRMED, "", "", r->doubted_ms,
                    "the clock is trusted: %s", why);
        set_due(r, "the clock is trusted: %s", why);
    }
}

/* A time that cannot be stored is stored by a later tick. */
static void store_time(struct reign *r)
{
    if (r->stored_ms != 0 && r->mono_ms - r->stored_ms < STORE_MS)
        return;
    struct store_newest *job = calloc(1, sizeof *job);
    r->stored_ms = r->mono_ms;
    if (job)
        job->newest_ms = clock_check_expected(&r->clock, r->mono_ms);
    if (job && store_write_newest(r->given.store, job) != DAQS_OK)
        free(job);
}

void reign_tick(struct reign *r, int64_t mono_ms, int64_t wall_ms)
{
    r->mono_ms = mono_ms;
    r->wall_ms = wall_ms;
    follow_clock(r);
    store_time(r);
    if (r->due && !r->writing && mono_ms >= r->retry_ms)
        write_epoch(r);
}
