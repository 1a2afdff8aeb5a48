/* pacer - whose turn is it? A wheel of milliseconds, for thousands with one appointment each. */
#ifndef DAQS_FLEETSIM_PACER_H
#define DAQS_FLEETSIM_PACER_H

#include <stdbool.h>
#include <stdint.h>

struct pacer; /* opaque */

/* For numbers 0 to count - 1. NULL if out of memory. */
struct pacer *pacer_new(uint32_t count, int64_t now_ms);
void pacer_free(struct pacer *pacer);

/* 'number' has no other appointment now. One in the past is due at once. */
void pacer_add(struct pacer *pacer, uint32_t number, int64_t due_ms);

/* Takes one that is due, earlier ones first; false if none is. Time does not go back. */
bool pacer_take(struct pacer *pacer, int64_t now_ms, uint32_t *ret_number);

/* The next time that this number, of 'count' spread evenly over 'interval_ms', has its turn:
 * after now_ms, and one interval later at most. */
int64_t pacer_turn(uint32_t number, uint32_t count, int64_t interval_ms, int64_t now_ms);

#endif
