/* poll_plan - when each guest is asked next, and how guests that do not answer are spared. */
#ifndef DAQS_AGENTD_CORE_POLL_PLAN_H
#define DAQS_AGENTD_CORE_POLL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/pool.h"

/* One guest's. Zero-initialise: due at once. */
struct poll_plan {
    int64_t next_ms;   /* monotonic */
    unsigned failures; /* in a row */
    bool busy;         /* a job of this guest is under way, */
    int64_t begun_ms;  /* since */
    bool quick;        /* its last visits kept their threads for POLL_QUICK_MS at most, */
    int64_t slow_ms;   /* and one did not at this time; 0: none has */
    bool blocked;      /* somebody else keeps its visits waiting */
};

/* A guest that keeps a thread for longer at any one visit in a minute is a slow one. */
#define POLL_QUICK_MS 200
#define POLL_SLOW_FOR_MS 60000
/* Twice what a guest is given for an answer: a visit that has kept a thread for so long may not
 * come back soon. A client that holds the guest agent in libvirt makes others wait for 30 s. */
#define POLL_OVERDUE_MS 4000

/* After this many failures in a row a guest is a suspect: asked ever more rarely. So is one whose
 * visits are kept waiting, but for that. */
#define POLL_SUSPECT_FAILURES 2
#define POLL_BACKOFF_MAX_MS 15000
#define POLL_PAUSED_MS 1000
/* So many suspects may be waited for at once: they block a thread each. */
#define POLL_SUSPECTS_AT_ONCE 8

bool poll_plan_due(const struct poll_plan *plan, int64_t now_ms);
bool poll_plan_suspect(const struct poll_plan *plan);

/* A job starts. The beat is the caller's, once in each interval; the guest is due again at the
 * next one, even if this one was up to a quarter of the interval late. */
void poll_plan_started(struct poll_plan *plan, int64_t now_ms, int64_t interval_ms);

/* A job other than a poll starts. */
void poll_plan_visited(struct poll_plan *plan, int64_t now_ms);

/* Where a job of this guest waits: in 'lane', or among the slow ones. */
enum daqs_job_lane poll_plan_lane(const struct poll_plan *plan, enum daqs_job_lane lane);

/* A visit has kept a thread for so long. */
void poll_plan_held(struct poll_plan *plan, int64_t held_ms, int64_t now_ms);

/* Somebody else keeps the job that is under way waiting. */
void poll_plan_blocked(struct poll_plan *plan);

/* The job ended, and found that the guest cannot be asked for a moment: it is asked again in
 * POLL_PAUSED_MS. 'blocked': because somebody else kept it waiting. */
void poll_plan_paused(struct poll_plan *plan, int64_t now_ms, bool blocked);

/* The job ended. Failures double the wait, from one second up to POLL_BACKOFF_MAX_MS;
 * random (any number) spreads the guests by up to a quarter of it. */
void poll_plan_ended(struct poll_plan *plan, int64_t now_ms, bool answered, uint32_t random);

#endif
