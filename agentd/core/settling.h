/* settling - which limits a report is about.
 *
 * Between the order and the moment when every guest that answers has its limit, readings show
 * neither the old limits nor the new ones. */
#ifndef DAQS_AGENTD_CORE_SETTLING_H
#define DAQS_AGENTD_CORE_SETTLING_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. Sequences are those of limits messages; times are monotonic. */
struct settling {
    uint64_t ordered;
    uint64_t in_force; /* since ... */
    int64_t since_ms;
    uint64_t before; /* in force until then */
};

/* Limits were obeyed, of an epoch that has just begun or the same as before. */
void settling_ordered(struct settling *settling, uint64_t sequence, bool new_epoch);

/* True while what was ordered last is not known to be in force everywhere. */
bool settling_awaits(const struct settling *settling);

/* It is now; 'changed': it was not all the time. */
void settling_reached(struct settling *settling, bool changed, int64_t now_ms);

/* The newest limits in force for at least half of the time from one report to the next. */
uint64_t settling_of(const struct settling *settling, int64_t from_ms, int64_t to_ms);

#endif
