/* SPDX-License-Identifier: Apache-2.0 */
/* result - prints the figures of a run. */
#ifndef DAQS_FLEETSIM_RESULT_H
#define DAQS_FLEETSIM_RESULT_H

#include "tools/fleetsim/options.h"
#include "tools/fleetsim/sim_fleet.h"

/* Prints one JSON object, or its members as a table. 'watched' is 0 if no process was watched.
 * Returns false if out of memory, or if the output cannot be written. */
bool result_print(const struct fleetsim_options *options, const struct sim_outcome *outcome,
                  struct sim_tally *tally, pid_t watched);

#endif
