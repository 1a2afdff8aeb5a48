/* SPDX-License-Identifier: Apache-2.0 */
/* poll_plan - schedules polls of guests, with fewer polls for guests that do not respond. */
#ifndef DAQS_AGENTD_CORE_POLL_PLAN_H
#define DAQS_AGENTD_CORE_POLL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/pool.h"

/* Per guest. Zero-initialise: due at once. */
struct poll_plan {
    int64_t next_ms;   /* monotonic */
    unsigned failures; /* number of failures in a row */
    bool busy;         /* a job of this guest is running or queued */
    int64_t begun_ms;  /* since when */
    bool quick;        /* its recent visits occupied their threads for at most POLL_QUICK_MS */
    int64_t slow_ms;   /* when a visit last took longer; 0: never */
    bool blocked;      /* another client keeps its visits waiting */
};

/* A guest is slow if any visit in the last minute occupied a thread for longer than
 * POLL_QUICK_MS. */
#define POLL_QUICK_MS 200
#define POLL_SLOW_FOR_MS 60000
/* Twice the time that a guest has to respond. A visit that has occupied a thread for longer may not
 * return soon: a client that holds the guest agent in libvirt makes others wait for 30 s. */
#define POLL_OVERDUE_MS 4000

/* A guest becomes a suspect after this many failures in a row, and is polled less and less often. A
 * guest whose visits are kept waiting is also a suspect, but is not polled less often. */
#define POLL_SUSPECT_FAILURES 2
#define POLL_BACKOFF_MAX_MS 15000
#define POLL_PAUSED_MS 1000
/* Maximum number of suspects polled at once: each of them blocks a thread. */
#define POLL_SUSPECTS_AT_ONCE 8

bool poll_plan_due(const struct poll_plan *plan, int64_t now_ms);
bool poll_plan_suspect(const struct poll_plan *plan);

/* Records the start of a poll. The caller polls once per interval. The guest is due again at the
 * next interval, even if this poll started up to a quarter of the interval late. */
void poll_plan_started(struct poll_plan *plan, int64_t now_ms, int64_t interval_ms);

/* Records the start of a job other than a poll. */
void poll_plan_visited(struct poll_plan *plan, int64_t now_ms);

/* Returns the lane for a job of this guest: 'lane', or DAQS_JOB_SLOW if the guest is slow. */
enum daqs_job_lane poll_plan_lane(const struct poll_plan *plan, enum daqs_job_lane lane);

/* Records for how long a visit occupied a thread. */
void poll_plan_held(struct poll_plan *plan, int64_t held_ms, int64_t now_ms);

/* Records that another client keeps the current job waiting. */
void poll_plan_blocked(struct poll_plan *plan);

/* Records the end of a job that could not query the guest for the moment. The guest is polled again
 * after POLL_PAUSED_MS. 'blocked': another client kept the job waiting. */
void poll_plan_paused(struct poll_plan *plan, int64_t now_ms, bool blocked);

/* Records the end of a job. Failures double the wait, from one second up to POLL_BACKOFF_MAX_MS.
 * random (any number) spreads the guests by up to a quarter of it. */
void poll_plan_ended(struct poll_plan *plan, int64_t now_ms, bool answered, uint32_t random);

#endif
