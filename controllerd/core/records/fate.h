/* SPDX-License-Identifier: Apache-2.0 */
/* fate - what becomes of a change that was sent to the shared database, and what to do next. A
 * change is stored, or not, or that is not known: then its request is looked for, never guessed. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_FATE_H
#define DAQS_CONTROLLERD_CORE_RECORDS_FATE_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/pg/pg_job.h"

/* How long a change that collides with others is tried, and how long one whose fate is not known is
 * looked for. The look waits for the lock of a transaction that the server still ends. */
enum { FATE_AGAIN_MS = 2000, FATE_LOOK_MS = 10000 };
/* How often a change is decided before it is refused as busy, unless its time is over before. The
 * first decision is usually in vain while others change the host all the time: what they did in the
 * last second is not known yet. */
enum { FATE_DECISIONS = 24 };
#define FATE_BUSY_TEXT "others change its host again and again; try again"

enum fate_next {
    FATE_STORED,  /* it is stored: believe it */
    FATE_AGAIN,   /* send the same transaction once more */
    FATE_RELOAD,  /* others have changed its hosts: reload them, and decide again */
    FATE_LOOK,    /* look for its request */
    FATE_REFUSED, /* it is not stored, and never will be */
    FATE_UNKNOWN, /* it is not known whether it is stored */
};

struct fate {
    int64_t begun_ms; /* monotonic, as below: when it was sent first */
    int64_t doubt_ms; /* since when it is not known; 0: no doubt */
    bool one_server;  /* it was stored by one server, perhaps by no other */
};

/* Returns the pause before the records are reloaded after try number 'tries' (from 1), from 0 to
 * FATE_PAUSE_MOST_MS, drawn by 'seed'; so controllers that have met do not meet again. The records
 * are reloaded after the pause, not before it, to be decided on what is new. */
enum { FATE_PAUSE_STEP_MS = 20, FATE_PAUSE_MOST_MS = 60 };
int64_t fate_pause_ms(unsigned tries, uint32_t seed);

void fate_begin(struct fate *fate, int64_t now_ms);

/* After the transaction has ended. */
enum fate_next fate_of_write(struct fate *fate, enum pg_outcome outcome, enum pg_class class,
                             int64_t now_ms);

/* After a look. 'answered': the database has said whether the request is there ('found'). */
enum fate_next fate_of_look(const struct fate *fate, bool answered, bool found, int64_t now_ms);

#endif
