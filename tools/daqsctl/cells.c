#include "tools/daqsctl/cells.h"

#include <string.h>

const struct daqs_cell *cell_named(const struct daqs_table *table, size_t row, const char *name)
{
    static const struct daqs_cell none = {.empty = true};
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->column[i].name, name) == 0)
            return daqs_table_at(table, row, i);
    return &none;
}

const char *cell_text_named(const struct daqs_table *table, size_t row, const char *name)
{
    const struct daqs_cell *cell = cell_named(table, row, name);
    return cell->empty || !cell->text ? "" : cell->text;
}

uint64_t cell_number_named(const struct daqs_table *table, size_t row, const char *name,
                           uint64_t if_empty)
{
    const struct daqs_cell *cell = cell_named(table, row, name);
    return cell->empty ? if_empty : cell->number;
}
