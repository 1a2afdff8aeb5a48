/* cells - what a table has, by the names of its columns. */
#ifndef DAQS_TOOLS_CELLS_H
#define DAQS_TOOLS_CELLS_H

#include "shared/base/table.h"

/* An empty cell if there is no such column. */
const struct daqs_cell *cell_named(const struct daqs_table *table, size_t row, const char *name);

/* "" if it is empty. Belongs to the table. */
const char *cell_text_named(const struct daqs_table *table, size_t row, const char *name);

uint64_t cell_number_named(const struct daqs_table *table, size_t row, const char *name,
                           uint64_t if_empty);

#endif
