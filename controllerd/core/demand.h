/* demand - how much a VM would send on an uplink if nothing held it back, guessed from reports.
 *
 * A sender that is held back looks like one that wants no more. What tells them apart is room:
 * whoever has room and does not take it wants no more, and whoever fills it is hungry. */
#ifndef DAQS_CONTROLLERD_CORE_DEMAND_H
#define DAQS_CONTROLLERD_CORE_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"

enum demand_state {
    DEMAND_UNKNOWN, /* not heard of yet: a guarantee counts as in use */
    DEMAND_IDLE,    /* nothing but chatter */
    DEMAND_SATED,   /* it left room unused: 'want' is a little more than what it sends */
    DEMAND_HUNGRY,  /* more than can be seen, or a guarantee it has just begun to use */
};

/* Zero-initialise; carried from report to report. */
struct demand {
    daqs_bps want;    /* DAQS_UNLIMITED: more than can be seen */
    daqs_bps mean;    /* of what it sends, over some reports; starts anew when it jumps */
    daqs_bps spread;  /* mean deviation from that */
    daqs_bps level;   /* mean when its state changed; 0: best effort until now */
    uint8_t state;    /* enum demand_state */
    uint8_t quiet;    /* reports in a row in which a guarantee was short or room was left */
    uint8_t doubt;    /* how often it looked hungry and was not, fading */
    uint8_t calm;     /* reports since 'doubt' changed */
    bool rose;        /* it was sated before it became hungry */
    int64_t trust_ms; /* a trial showed it sated: it is believed without another until then */
    int64_t wait_ms;  /* how long that was */
};

struct demand_input {
    daqs_bps usage;
    daqs_bps share; /* what it may send by the last decision; DAQS_UNLIMITED: whatever it can get */
    daqs_bps min;   /* 0: best effort */
    daqs_bps floor; /* what an idle VM is granted so that it can begin */
    bool at_limit;  /* a limit is set, and it sends that much */
    bool link_full; /* all VMs together send about what the link carries */
};

/* Reports before it is believed that a guarantee stays short, or room unused. */
#define DEMAND_PATIENCE 3

/* Takes a report. What it wants afterwards:
 *
 * - best effort: more than can be seen if it is at its limit, or unlimited on a full link; else
 *   what it sends and a quarter (counters and shapers differ by up to an eighth), and the floor.
 * - guaranteed and beginning, or filling its share: more than can be seen.
 * - guaranteed and leaving room for DEMAND_PATIENCE reports: the mean of what it sends, plus four
 *   mean deviations (Jacobson, Congestion Avoidance and Control, 1988, appendix A), 2.5 % at least.
 *   Filling most of that makes it hungry again, at once. If it then was not, it is given more room
 *   the next time.
 * - idle: the floor. Anything below half the floor is idle (ARP, a shell, a health check), but a
 *   guaranteed VM on a full link may be sending so little because it is squeezed: there it is idle
 *   only below 200 kbit/s; below a quarter of its guarantee in any case. */
void demand_update(struct demand *demand, const struct demand_input *input);

/* For a decision without a new report: the estimate stays (the guarantee, or the floor, if there
 * was none), but a guarantee that was given since counts at once, and so does one that was not
 * heard of for long ('silent'). The input's usage does not matter. */
void demand_keep(struct demand *demand, const struct demand_input *input, bool silent);

/* True if it gets less than its guarantee for long enough, and it cannot be told from its usage
 * alone whether it wants no more or is squeezed. */
bool demand_suspect(const struct demand *demand, daqs_bps min);

/* A suspect that a trial found sated, a short while ago. */
bool demand_trusted(const struct demand *demand, int64_t now_ms);

/* What a trial found out about a suspect. Found sated again and again, it is trusted for longer
 * each time: 1, 2, 4, ... 16 s; the next trial comes after that, and only if it sinks further. */
void demand_settle(struct demand *demand, const struct demand_input *input, bool squeezed,
                   int64_t now_ms);

/* The same without a trial: it is trusted, or there is nobody who could squeeze it. */
void demand_accept(struct demand *demand, const struct demand_input *input);

#endif
