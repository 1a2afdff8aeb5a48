/* SPDX-License-Identifier: Apache-2.0 */
/* sim_changes - reports what happens to single agents (--changes), in lines on standard error:
 *
 *   T us HOST obeys CONTROLLER epoch N    the first limits on a connection, under another epoch,
 *                                         or since its lease has lapsed
 *   T us HOST moves to CONTROLLER epoch N the same, of a controller that another one has named
 *   T us HOST lapsed                      its lease ended before newer limits arrived
 *   T us HOST VM lost its guarantee       limits took it away
 *
 * T is read from the monotonic clock. */
#ifndef DAQS_FLEETSIM_SIM_CHANGES_H
#define DAQS_FLEETSIM_SIM_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/wire/bus.h"
#include "tools/fleetsim/sim_host.h"

void sim_changes_obeys(const struct sim_host *host, const char *controller, uint64_t epoch,
                       bool moves, int64_t at_us);
void sim_changes_lapsed(const struct sim_host *host, int64_t at_us);
/* To be called before the host obeys these settings, as many as it has nics. */
void sim_changes_guarantees(const struct sim_host *host, const struct daqs_nic_setting *setting,
                            int64_t at_us);

#endif
