/* SPDX-License-Identifier: Apache-2.0 */
/* report_join - joins the reports of several controllers about the VMs of a host that has moved
 * from one to the next. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_REPORT_JOIN_H
#define DAQS_CONTROLLERD_CORE_HISTORY_REPORT_JOIN_H

#include <stddef.h>

#include "shared/base/table.h"

/* The columns of a report. */
enum report_column {
    REPORT_HOST,
    REPORT_VM,
    REPORT_ATTAINMENT,
    REPORT_MET,
    REPORT_MISSED,
    REPORT_IDLE,
    REPORT_UNKNOWN,
    REPORT_LONGEST_MISS,
    REPORT_WORST_TIME,
    REPORT_WORST_MISSED,
    REPORT_TX,
    REPORT_RX,
    REPORT_COVERAGE,
    REPORT_MIN,
    REPORT_REASONS,
    REPORT_COLUMNS,
};
extern const struct daqs_column report_column[REPORT_COLUMNS];

/* Initialises the table, at most text_bytes of texts, and fills it with a row for each VM, by host
 * and VM. Each report counts the whole time with a guarantee, so seconds that one has and another
 * does not know are known. Tables with other columns are left out. The caller releases the table.
 * DAQS_ENOMEM. */
int report_join(const struct daqs_table *const *part, size_t parts, size_t text_bytes,
                struct daqs_table *ret);

#endif
