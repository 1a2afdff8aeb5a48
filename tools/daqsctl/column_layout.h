/* SPDX-License-Identifier: Apache-2.0 */
/* column_layout - selects the columns of a table that fit a terminal, and sets their widths. */
#ifndef DAQS_TOOLS_DAQSCTL_COLUMN_LAYOUT_H
#define DAQS_TOOLS_DAQSCTL_COLUMN_LAYOUT_H

#include <stddef.h>

struct layout_column {
    int wanted; /* of its widest cell, in columns of the terminal */
    int least;  /* the column may be cut to this; equals 'wanted' if it must not be cut */
    int rank;   /* the lowest are left out first; of equal ranks, the last */
    int width;  /* the result; 0: left out */
};

/* Fits the columns into 'total', with 'gap' blanks between two. Cuts the widest that can be cut,
 * and leaves columns out where cutting is not enough. One column is always kept, at any width. */
void layout_columns(struct layout_column *column, size_t columns, int gap, int total);

#endif
