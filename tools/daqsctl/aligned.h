/* aligned - tables for eyes: columns under headings, rates rounded, made to fit a terminal:
 * texts go on below, other cells are cut. */
#ifndef DAQS_TOOLS_ALIGNED_H
#define DAQS_TOOLS_ALIGNED_H

#include <stdbool.h>
#include <stdio.h>

#include "shared/base/table.h"
#include "tools/daqsctl/terminal.h"

/* How columns are laid out, from the first part of an answer on. */
struct aligned {
    struct terminal terminal;          /* none: all columns, whole */
    int width[DAQS_TABLE_COLUMNS_MAX]; /* at least this, for later parts; 0 afterwards: left out */
    bool begun;
    bool cut; /* there is no room for all of the first part */
};

/* Prints a part, the first with a heading. */
void aligned_print(struct aligned *aligned, FILE *out, const struct daqs_table *table);

#endif
