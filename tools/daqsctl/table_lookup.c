/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/table_lookup.h"

#include <string.h>

const struct daqs_cell *table_cell(const struct daqs_table *table, size_t row, const char *name)
{
    static const struct daqs_cell none = {.empty = true};
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->column[i].name, name) == 0)
            return daqs_table_at(table, row, i);
    return &none;
}

const char *table_cell_text(const struct daqs_table *table, size_t row, const char *name)
{
    const struct daqs_cell *cell = table_cell(table, row, name);
    return cell->empty || !cell->text ? "" : cell->text;
}

uint64_t table_cell_number(const struct daqs_table *table, size_t row, const char *name,
                           uint64_t if_empty)
{
    const struct daqs_cell *cell = table_cell(table, row, name);
    return cell->empty ? if_empty : cell->number;
}
