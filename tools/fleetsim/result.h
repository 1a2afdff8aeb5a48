/* result - what a run is said to have come to. */
#ifndef DAQS_FLEETSIM_RESULT_H
#define DAQS_FLEETSIM_RESULT_H

#include "tools/fleetsim/options.h"
#include "tools/fleetsim/sim_fleet.h"

/* Prints one JSON object, or its members as a table. 'watched': 0 if nobody was. False if out of
 * memory or the output is broken. */
bool result_print(const struct fleetsim_options *options, const struct sim_outcome *outcome,
                  struct sim_tally *tally, pid_t watched);

#endif
