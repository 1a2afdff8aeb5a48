/* SPDX-License-Identifier: Apache-2.0 */
/* history_join - joins the history of a VM that several controllers have recorded, one after the
 * other, because its host has moved from one to the next. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_HISTORY_JOIN_H
#define DAQS_CONTROLLERD_CORE_HISTORY_HISTORY_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/table.h"

/* The columns of an answer to a question about history; that of parts has HISTORY_MEASURED, too:
 * for how many ms of the step the row holds, by which means are weighted. */
enum history_column {
    HISTORY_TIME,
    HISTORY_NIC,
    HISTORY_USAGE,
    HISTORY_LIMIT,
    HISTORY_DEMAND,
    HISTORY_TX,
    HISTORY_RX,
    HISTORY_PACKETS,
    HISTORY_MET,
    HISTORY_MISSED,
    HISTORY_IDLE,
    HISTORY_COLUMNS,
    HISTORY_MEASURED = HISTORY_COLUMNS,
    HISTORY_PART_COLUMNS,
};
extern const struct daqs_column history_column[HISTORY_PART_COLUMNS];

/* A controller's part of the answer. */
struct history_part {
    const struct daqs_table *table;
    bool more;      /* there are further rows, from next_s on */
    int64_t next_s; /* UTC, seconds */
};

/* Initialises the table, at most text_bytes of texts, and fills it with the rows of all parts, by
 * time and nic; rows of one nic and time are added up. Tables with other columns are left out. If a
 * part has more, rows from the earliest next_s on are left out, *ret_more is set and *ret_next_s is
 * that. The caller releases the table. DAQS_ENOMEM. */
int history_join(const struct history_part *part, size_t parts, size_t text_bytes,
                 struct daqs_table *ret, bool *ret_more, int64_t *ret_next_s);

#endif
