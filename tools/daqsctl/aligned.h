/* SPDX-License-Identifier: Apache-2.0 */
/* aligned - tables for people: columns under headings, with rates rounded. To fit a terminal, long
 * texts wrap onto further lines and other cells are cut. */
#ifndef DAQS_TOOLS_ALIGNED_H
#define DAQS_TOOLS_ALIGNED_H

#include <stdbool.h>
#include <stdio.h>

#include "shared/base/table.h"
#include "tools/daqsctl/terminal.h"

/* The layout of the columns. The first part of an answer determines it for all parts. */
struct aligned {
    struct terminal terminal;          /* if not a terminal, columns are printed whole */
    bool local;                        /* times in the process's time zone; false: UTC */
    int width[DAQS_TABLE_COLUMNS_MAX]; /* least widths for later parts; 0 once begun: left out */
    bool begun;
    bool cut; /* the terminal is too narrow for the first part */
};

/* Prints a part of an answer, the first one under a heading. */
void aligned_print(struct aligned *aligned, FILE *out, const struct daqs_table *table);

#endif
