/* SPDX-License-Identifier: Apache-2.0 */
/* attainment - whether a guaranteed VM got its guarantee, second by second.
 *
 * A second is met if the VM sent its guarantee. If it sent less, each report of the second is a
 * sign of one of three things: the VM wanted more and the reason it did not get it is known; or it
 * left some of its reserve unused; or neither is known. A second is missed or idle only if its
 * signs show that. All other seconds, and those in which the VM was not measured, are unknown. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_ATTAINMENT_H
#define DAQS_CONTROLLERD_CORE_HISTORY_ATTAINMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

/* A guarantee counts as met from this share of it on, because counters are not read exactly at the
 * bounds of the second. */
#define ATTAINMENT_PPM 990000

/* A violation begins with the first of ATTAINMENT_BEGIN missed seconds in a row, and ends with the
 * first of ATTAINMENT_END others. */
enum { ATTAINMENT_BEGIN = 2, ATTAINMENT_END = 3 };

/* What one report shows of a guaranteed VM on an uplink. Rates are on the wire. */
struct attainment_look {
    daqs_bps usage;
    daqs_bps min;   /* its guarantee */
    daqs_bps limit; /* in force during the measurement; DAQS_UNLIMITED: none */
    daqs_bps slack; /* what would still have fitted through the port; 0: none, or unknown */
    enum daqs_backlog backlog;
    const struct policy_memory *memory; /* of the previous decision, which was in force */
};

enum attainment_sign {
    ATTAINMENT_ENOUGH,  /* it sent its guarantee */
    ATTAINMENT_SHORT,   /* it wanted more and could not send it */
    ATTAINMENT_CONTENT, /* it did not use what was free for it */
    ATTAINMENT_UNCLEAR,
    ATTAINMENT_SIGNS,
};

enum attainment_sign attainment_sign(const struct attainment_look *look);

enum attainment_verdict {
    ATTAINMENT_MET,
    ATTAINMENT_MISSED,
    ATTAINMENT_IDLE,
    ATTAINMENT_UNKNOWN,
    ATTAINMENT_VERDICTS,
};

/* A check of a guest's sockets finds unsent bytes, and two more checks confirm them within two
 * seconds. Until then this many seconds that seem idle or unknown are not booked. */
enum { ATTAINMENT_HELD = 3 };

struct attainment_held {
    enum attainment_verdict verdict;
    uint16_t seconds;
};

/* Zero-initialise. */
struct attainment {
    uint32_t reports;                /* of this second */
    uint64_t less[ATTAINMENT_SIGNS]; /* millionths of the guarantee that they were short of it */
    bool unsent;                     /* one of them showed unsent bytes */
    bool asked;                      /* the last one showed whether there are any */
    enum attainment_verdict last;    /* of the second closed last, as judged then */
    bool violated;
    uint8_t held_seconds;
    struct attainment_held held[ATTAINMENT_HELD]; /* oldest first */
    uint16_t rest_ms;                             /* measured, not yet counted as a second */
    uint8_t missed;                               /* seconds in a row */
    uint8_t other;                                /* seconds in a row that were not missed */
    int64_t since_s; /* when the first missed second, or the violation, began */
};

void attainment_note(struct attainment *a, const struct attainment_look *look);

/* The totals of a second. */
struct attainment_second {
    int64_t time_s; /* UTC, when it began */
    daqs_bps usage;
    daqs_bps min;
    uint64_t measured_ms;
    bool complete; /* all nics were measured, and often enough */
};

enum attainment_change { ATTAINMENT_SAME, ATTAINMENT_VIOLATED, ATTAINMENT_HELD_AGAIN };

/* Closes a second. Fills ret_seconds[verdict] with the seconds booked now. Fractions of a second
 * are carried over. An idle or unknown second may be booked some seconds later, then as missed if
 * it has proved to be. Returns whether a violation has begun or ended. */
enum attainment_change attainment_close(struct attainment *a,
                                        const struct attainment_second *second,
                                        uint64_t ret_seconds[static ATTAINMENT_VERDICTS]);

#endif
