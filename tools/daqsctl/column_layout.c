/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/column_layout.h"

#include <stdbool.h>

/* Returns the width of all columns that are not left out, at their current or their least widths,
 * with the gaps. */
static int sum(const struct layout_column *column, size_t columns, int gap, bool least)
{
    int total = -gap;
    for (size_t i = 0; i < columns; i++)
        if (column[i].width > 0)
            total += gap + (least ? column[i].least : column[i].width);
    return total;
}

static size_t shown(const struct layout_column *column, size_t columns)
{
    size_t n = 0;
    for (size_t i = 0; i < columns; i++)
        n += column[i].width > 0;
    return n;
}

static struct layout_column *least_important(struct layout_column *column, size_t columns)
{
    struct layout_column *worst = NULL;
    for (size_t i = 0; i < columns; i++)
        if (column[i].width > 0 && (!worst || column[i].rank <= worst->rank))
            worst = &column[i];
    return worst;
}

/* Returns the widest column that can be cut; NULL if there is none. */
static struct layout_column *widest(struct layout_column *column, size_t columns)
{
    struct layout_column *most = NULL;
    for (size_t i = 0; i < columns; i++)
        if (column[i].width > column[i].least && (!most || column[i].width >= most->width))
            most = &column[i];
    return most;
}

void layout_columns(struct layout_column *column, size_t columns, int gap, int total)
{
    for (size_t i = 0; i < columns; i++) {
        column[i].wanted = column[i].wanted > 0 ? column[i].wanted : 1;
        column[i].least = column[i].least < column[i].wanted ? column[i].least : column[i].wanted;
        column[i].width = column[i].wanted;
    }
    while (shown(column, columns) > 1 && sum(column, columns, gap, true) > total)
        least_important(column, columns)->width = 0;
    int over = sum(column, columns, gap, false) - total;
    struct layout_column *cut = NULL;
    for (; over > 0 && (cut = widest(column, columns)); over--)
        cut->width--;
    if (over > 0 && columns > 0) /* the only column left is too wide */
        least_important(column, columns)->width = total > 0 ? total : 1;
}
