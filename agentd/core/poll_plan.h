/* poll_plan - when each guest is asked next, and how guests that do not answer are spared. */
#ifndef DAQS_AGENTD_CORE_POLL_PLAN_H
#define DAQS_AGENTD_CORE_POLL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* One guest's. Zero-initialise: due at once. */
struct poll_plan {
    int64_t next_ms;   /* monotonic */
    unsigned failures; /* in a row */
    bool busy;         /* a job of this guest is under way */
};

/* After this many failures in a row a guest is a suspect: asked ever more rarely. */
#define POLL_SUSPECT_FAILURES 2
#define POLL_BACKOFF_MAX_MS 15000
/* So many suspects may be waited for at once: they block a thread each. */
#define POLL_SUSPECTS_AT_ONCE 8

bool poll_plan_due(const struct poll_plan *plan, int64_t now_ms);
bool poll_plan_suspect(const struct poll_plan *plan);

/* A job starts. The beat is the caller's, once in each interval; the guest is due again at the
 * next one, even if this one was up to a quarter of the interval late. */
void poll_plan_started(struct poll_plan *plan, int64_t now_ms, int64_t interval_ms);

/* The job ended. Failures double the wait, from one second up to POLL_BACKOFF_MAX_MS;
 * random (any number) spreads the guests by up to a quarter of it. */
void poll_plan_ended(struct poll_plan *plan, int64_t now_ms, bool answered, uint32_t random);

#endif
