/* SPDX-License-Identifier: Apache-2.0 */
/* sim_key - the keys of simulated hosts, derived from the run's seed so that they can be enrolled
 * beforehand. They are not secret: use them for simulations only. */
#ifndef DAQS_FLEETSIM_SIM_KEY_H
#define DAQS_FLEETSIM_SIM_KEY_H

#include <stdint.h>

#include "shared/net/key.h"

void sim_key(uint64_t seed, uint32_t number, struct key_pair *ret);

/* Prints a line "HOST KEY" for each host, as daqsctl enroll reads them. */
void sim_key_print(uint64_t seed, uint32_t hosts);

#endif
