/* top_order - which nics top shows, and in which order. Pure. */
#ifndef DAQS_TOOLS_TOP_ORDER_H
#define DAQS_TOOLS_TOP_ORDER_H

#include "tools/daqsctl/snapshot.h"
#include "tools/daqsctl/top_state.h"

/* How much of its uplink a nic uses, in thousands; 0 if that is not known. */
unsigned top_load(const struct snapshot_nic *nic);

/* Fills ret, with room for all nics of the picture, with the places of those whose host or VM has
 * the filter in its name: greatest numbers first, worst states first, names by the alphabet; equals
 * by host, VM and nic. Returns how many. */
size_t top_order(const struct snapshot *snapshot, const struct top_state *state, uint32_t *ret);

#endif
