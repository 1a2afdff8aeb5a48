/* SPDX-License-Identifier: Apache-2.0 */
/* status_sum - the status of a group of controllers, from that of each member. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_STATUS_SUM_H
#define DAQS_CONTROLLERD_CORE_GROUP_STATUS_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/table.h"

/* The answer of a member: rows of a name and a value, both texts. */
struct status_part {
    const char *member;
    const struct daqs_table *table; /* NULL: it does not answer */
    uint64_t hosts;                 /* that it serves, by what the others know */
};

/* Joins the answers; part[0] is of the member that is asked, and has a table. Hosts, VMs, nics and
 * the guarantees that are missed or unknown are summed up. Of what is "ok" or not, such as history,
 * the value names the member where it is not. The other rows are those of the member that is asked.
 * A row 'member NAME' for each member follows. The caller calls daqs_table_done. */
void status_sum(const struct status_part *part, size_t parts, struct daqs_table *ret);

#endif
