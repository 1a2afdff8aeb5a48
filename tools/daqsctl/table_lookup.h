/* SPDX-License-Identifier: Apache-2.0 */
/* table_lookup - finds cells of a table by the names of its columns. */
#ifndef DAQS_TOOLS_DAQSCTL_TABLE_LOOKUP_H
#define DAQS_TOOLS_DAQSCTL_TABLE_LOOKUP_H

#include "shared/base/table.h"

/* Returns an empty cell if there is no such column. */
const struct daqs_cell *table_cell(const struct daqs_table *table, size_t row, const char *name);

/* Returns "" for an empty cell. The text belongs to the table. */
const char *table_cell_text(const struct daqs_table *table, size_t row, const char *name);

uint64_t table_cell_number(const struct daqs_table *table, size_t row, const char *name,
                           uint64_t if_empty);

#endif
