/* attainment - whether a guaranteed VM got what it was promised, second by second.
 *
 * A second is met if the VM sent its guarantee. If it sent less, what counts is whether it wanted
 * more in most of the second's reports; the policy's estimate of its demand says so. Seconds in
 * which nothing was measured are none of these: they are not known. */
#ifndef DAQS_CONTROLLERD_CORE_ATTAINMENT_H
#define DAQS_CONTROLLERD_CORE_ATTAINMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"

/* A guarantee counts as met from this share of it on: counters are read at moments that differ
 * from those of the second's bounds. */
#define ATTAINMENT_PPM 990000

/* A violation begins with the first of so many missed seconds in a row, and ends with the first of
 * so many others. */
enum { ATTAINMENT_BEGIN = 2, ATTAINMENT_END = 3 };

enum attainment_verdict { ATTAINMENT_MET, ATTAINMENT_MISSED, ATTAINMENT_IDLE };

/* Zero-initialise. */
struct attainment {
    uint16_t reports; /* of this second */
    uint16_t hungry;  /* ... with less than the guarantee, and more wanted */
    uint16_t rest_ms; /* measured, and not yet counted as a second */
    uint8_t missed;   /* seconds in a row */
    uint8_t other;    /* seconds in a row that were not missed */
    bool violated;
    int64_t since_s; /* when the first of them, or the violation, began */
};

/* Takes one report's news. Rates in the same unit. */
void attainment_note(struct attainment *a, daqs_bps usage, daqs_bps min, bool wants_more);

enum attainment_change { ATTAINMENT_SAME, ATTAINMENT_VIOLATED, ATTAINMENT_HELD_AGAIN };

/* Closes a second that began at time_s and sent 'usage' over 'measured_ms'. Tells the verdict, for
 * how many seconds it counts (parts of a second are carried on), and whether a violation has begun
 * or is over. */
enum attainment_change attainment_close(struct attainment *a, daqs_bps usage, uint64_t measured_ms,
                                        daqs_bps min, int64_t time_s,
                                        enum attainment_verdict *ret_verdict,
                                        uint64_t *ret_seconds);

#endif
