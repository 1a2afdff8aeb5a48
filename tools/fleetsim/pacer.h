/* SPDX-License-Identifier: Apache-2.0 */
/* pacer - schedules turns: a timer wheel with slots of one millisecond, for thousands of numbers
 * with one appointment each. */
#ifndef DAQS_FLEETSIM_PACER_H
#define DAQS_FLEETSIM_PACER_H

#include <stdbool.h>
#include <stdint.h>

struct pacer; /* opaque */

/* Creates a pacer for the numbers from 0 to count - 1. Returns NULL if out of memory. */
struct pacer *pacer_new(uint32_t count, int64_t now_ms);
void pacer_free(struct pacer *pacer);

/* Adds an appointment for 'number', which has no other one. One in the past is due at once. */
void pacer_add(struct pacer *pacer, uint32_t number, int64_t due_ms);

/* Removes an appointment that is due, the earliest first. Returns false if none is. now_ms must not
 * decrease. */
bool pacer_take(struct pacer *pacer, int64_t now_ms, uint32_t *ret_number);

/* Returns the next turn of 'number', of 'count' numbers spread evenly over 'interval_ms': after
 * now_ms, and at most one interval later. */
int64_t pacer_turn(uint32_t number, uint32_t count, int64_t interval_ms, int64_t now_ms);

#endif
