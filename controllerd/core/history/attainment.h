/* attainment - whether a guaranteed VM got what it was promised, second by second.
 *
 * A second is met if the VM sent its guarantee. If it sent less, each report of the second is a
 * sign: the VM wanted more and it is known what kept it back; or it left free what was kept for it;
 * or neither is known. A second is missed or idle only if its signs say so. All other seconds, and
 * those in which it was not measured, are unknown. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_ATTAINMENT_H
#define DAQS_CONTROLLERD_CORE_HISTORY_ATTAINMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

/* A guarantee counts as met from this share of it on: counters are read at moments that differ
 * from those of the second's bounds. */
#define ATTAINMENT_PPM 990000

/* A violation begins with the first of so many missed seconds in a row, and ends with the first of
 * so many others. */
enum { ATTAINMENT_BEGIN = 2, ATTAINMENT_END = 3 };

/* What one report shows of a guaranteed VM on an uplink. Rates are of the wire. */
struct attainment_look {
    daqs_bps usage;
    daqs_bps min;   /* its guarantee */
    daqs_bps limit; /* in force while it was measured; DAQS_UNLIMITED: none */
    daqs_bps slack; /* what would still have gone through the port; 0: it was full, or not known */
    enum daqs_backlog backlog;
    const struct policy_memory *memory; /* of the decision before, which was in force */
};

enum attainment_sign {
    ATTAINMENT_ENOUGH,  /* it sent its guarantee */
    ATTAINMENT_SHORT,   /* it wanted more, and was kept from it */
    ATTAINMENT_CONTENT, /* it did not take what was free for it */
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

/* A look at a guest's sockets finds unsent bytes, and two more looks confirm them within two
 * seconds. Meanwhile this many seconds that seem idle or unknown are not booked. */
enum { ATTAINMENT_HELD = 3 };

struct attainment_held {
    enum attainment_verdict verdict;
    uint16_t seconds;
};

/* Zero-initialise. */
struct attainment {
    uint32_t reports;                /* of this second */
    uint64_t less[ATTAINMENT_SIGNS]; /* millionths of its guarantee that they were below it */
    bool unsent;                     /* one of them told of unsent bytes */
    bool asked;                      /* the last one told whether there are any */
    enum attainment_verdict last;    /* of the second that was closed last, as it was then */
    bool violated;
    uint8_t held_seconds;
    struct attainment_held held[ATTAINMENT_HELD]; /* the oldest first */
    uint16_t rest_ms;                             /* measured, and not yet counted as a second */
    uint8_t missed;                               /* seconds in a row */
    uint8_t other;                                /* seconds in a row that were not missed */
    int64_t since_s; /* when the first of them, or the violation, began */
};

void attainment_note(struct attainment *a, const struct attainment_look *look);

/* What a second sent. */
struct attainment_second {
    int64_t time_s; /* UTC, when it began */
    daqs_bps usage;
    daqs_bps min;
    uint64_t measured_ms;
    bool complete; /* all of its nics were measured, and often enough */
};

enum attainment_change { ATTAINMENT_SAME, ATTAINMENT_VIOLATED, ATTAINMENT_HELD_AGAIN };

/* Closes a second. Fills ret_seconds[verdict] with the seconds that are booked now: parts of a
 * second are carried on, and an idle or unknown second may be booked some seconds later, as missed
 * if that has turned out meanwhile. Tells whether a violation has begun or is over. */
enum attainment_change attainment_close(struct attainment *a,
                                        const struct attainment_second *second,
                                        uint64_t ret_seconds[static ATTAINMENT_VERDICTS]);

#endif
