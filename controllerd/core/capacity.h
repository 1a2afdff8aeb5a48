/* capacity - what an uplink really carries, where that is less than was configured.
 *
 * A guaranteed VM that gets too little wants no more, or is squeezed because the limits of the
 * others sum to more than the link carries. Usage alone does not tell; a trial does: the others
 * are cut a little for some reports. If the suspects take what is set free they were squeezed, and
 * if that shows twice, what all send together is what the link carries. Pure. */
#ifndef DAQS_CONTROLLERD_CORE_CAPACITY_H
#define DAQS_CONTROLLERD_CORE_CAPACITY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"

/* Zero-initialise; carried from report to report. */
struct capacity {
    daqs_bps learned; /* budget found to be right; 0: as configured */
    int64_t grow_at_ms;
    int64_t grow_wait_ms;
    uint8_t trial;       /* reports until it ends; 0: there is none */
    daqs_bps cut;        /* what the others were cut by */
    daqs_bps left;       /* budget during the trial */
    daqs_bps before;     /* what the suspects sent before the trial */
    daqs_bps total;      /* and all together */
    int64_t until_ms;    /* it ends without verdict then */
    int64_t squeezed_ms; /* when a trial found somebody squeezed last; 0: never */
};

/* The budget now: as configured, or as learned. What was learned grows again, in ever longer steps
 * while it proves right. */
daqs_bps capacity_budget(struct capacity *capacity, daqs_bps configured, int64_t now_ms);

/* The same, less what the others are cut by during a trial. */
daqs_bps capacity_budget_now(const struct capacity *capacity, daqs_bps budget);

/* What one report says about suspects and others. */
struct capacity_input {
    daqs_bps configured; /* the budget as configured */
    daqs_bps budget;     /* as it is known now, without a trial */
    daqs_bps total;      /* what all send */
    daqs_bps suspects;   /* what the suspects send */
    daqs_bps missing;    /* of their guarantees */
    daqs_bps reserved;   /* all guarantees in use, the suspects' in full */
    daqs_bps others;     /* what the others send beyond their guarantees */
    uint32_t headroom_ppm;
    int64_t now_ms;
};

enum capacity_verdict {
    CAPACITY_NOTHING_YET,
    CAPACITY_ENOUGH,   /* the suspects want no more, or nobody is there who could squeeze them */
    CAPACITY_SQUEEZED, /* they do */
};

/* Begins a trial if there are suspects and none is under way ('suspects' and 'missing' are of
 * those that are in it, once it is), or takes one more report of it. */
enum capacity_verdict capacity_try(struct capacity *capacity, const struct capacity_input *input);

/* True if the trial cannot go on: it takes too long (its suspects are silent), or the guarantees in
 * use have come to need what it holds back. */
bool capacity_trial_is_void(const struct capacity *capacity, daqs_bps reserved, int64_t now_ms);

/* Without verdict: nobody is in it any more, or it is void. */
void capacity_end_trial(struct capacity *capacity);

#endif
