/* SPDX-License-Identifier: Apache-2.0 */
/* top_order - selects the nics that top shows, and sorts them. Pure. */
#ifndef DAQS_TOOLS_TOP_ORDER_H
#define DAQS_TOOLS_TOP_ORDER_H

#include "tools/daqsctl/snapshot.h"
#include "tools/daqsctl/top_state.h"

/* Returns a nic's usage in thousandths of its uplink's capacity; 0 if one of them is unknown. */
unsigned top_load(const struct snapshot_nic *nic);

/* Fills ret, which has room for all nics of the snapshot, with the indexes of those whose host's or
 * VM's name contains the filter. Highest numbers and worst states come first, names are in
 * alphabetical order, and ties are sorted by host, VM and nic. Returns the number of indexes. */
size_t top_order(const struct snapshot *snapshot, const struct top_state *state, uint32_t *ret);

#endif
