/* column_layout - which columns of a table a terminal has room for, and how wide they may be. */
#ifndef DAQS_TOOLS_DAQSCTL_COLUMN_LAYOUT_H
#define DAQS_TOOLS_DAQSCTL_COLUMN_LAYOUT_H

#include <stddef.h>

struct layout_column {
    int wanted; /* columns of the terminal that its widest cell takes */
    int least;  /* it can be cut down to this; a column that cannot be cut: wanted */
    int rank;   /* those with the lowest go first; of equals the last one */
    int width;  /* the answer; 0: left out */
};

/* Makes them fit into 'total' with 'gap' blanks between two: cuts the widest that can be cut, and
 * leaves columns out while that does not help. One is always left, in whatever width there is. */
void layout_columns(struct layout_column *column, size_t columns, int gap, int total);

#endif
