/* SPDX-License-Identifier: Apache-2.0 */
/* host_table - a record of each host that a module keeps for itself. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_HOST_TABLE_H
#define DAQS_CONTROLLERD_CORE_FLEET_HOST_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/fleet/fleet.h"

struct host_table; /* opaque: records by host */

/* Creates a table of records of this size. 'done' releases what a record owns; NULL: nothing.
 * Returns NULL if out of memory. */
struct host_table *host_table_new(size_t record_bytes, void (*done)(void *record));
/* NULL is fine. */
void host_table_free(struct host_table *table);

/* Returns the host's record, which stays where it is until it is removed; NULL: there is none. */
void *host_table_find(const struct host_table *table, const struct fleet_host *host);

/* Returns the host's record, zeroed if it is new; NULL if out of memory. */
void *host_table_need(struct host_table *table, const struct fleet_host *host);

/* Releases the host's record, if there is one. Must be called before the host is forgotten. */
void host_table_remove(struct host_table *table, const struct fleet_host *host);

/* Returns an array with an element of this size for each of the host's nics (or VMs, members,
 * uplinks), which the caller frees: a copy of its element in 'before', or zeroes if it is new or
 * 'before' is NULL. 'was' is the array of host->was, and 'before' is in the order of the inventory
 * before the last hello. NULL if out of memory. */
void *host_table_carry(const uint32_t *was, uint32_t count, const void *before, size_t size);

#endif
