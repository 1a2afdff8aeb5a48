/* convergence - which limits a report is about.
 *
 * Between the order and the moment when every guest that answers has its limit, readings show
 * neither the old limits nor the new ones. */
#ifndef DAQS_AGENTD_CORE_CONVERGENCE_H
#define DAQS_AGENTD_CORE_CONVERGENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. Sequences are those of limits messages; times are monotonic. */
struct convergence {
    uint64_t ordered;
    uint64_t in_force; /* since ... */
    int64_t since_ms;
    uint64_t before; /* in force until then */
};

/* Limits were obeyed, of an epoch that has just begun or the same as before. */
void convergence_ordered(struct convergence *convergence, uint64_t sequence, bool new_epoch);

/* True while what was ordered last is not known to be in force everywhere. */
bool convergence_pending(const struct convergence *convergence);

/* It is now; 'changed': it was not all the time. */
void convergence_reached(struct convergence *convergence, bool changed, int64_t now_ms);

/* The newest limits in force for at least half of the time from one report to the next. */
uint64_t convergence_sequence_of(const struct convergence *convergence, int64_t from_ms,
                                 int64_t to_ms);

#endif
