/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/view_pages.h"

#include <string.h>

bool view_has_room(const struct daqs_table *table)
{
    return daqs_table_rows(table) < VIEW_ROWS &&
           table->arena.used_bytes <= VIEW_TEXT_BYTES - VIEW_ROW_BYTES;
}

struct view_pages view_pages_of(const struct roster *roster, struct view_range *range,
                                const struct daqs_table *table)
{
    const char *from = range->from ? range->from : "";
    const char *first = *range->host ? range->host : from;
    return (struct view_pages){
        .roster = roster, .range = range, .table = table, .next = roster_seek(roster, first)};
}

bool view_pages_next(struct view_pages *pages)
{
    const struct view_range *range = pages->range;
    if (pages->more || pages->next >= roster_count(pages->roster))
        return false;
    pages->entry = roster_at(pages->roster, pages->next++);
    pages->row = 0;
    pages->skip = range->from && strcmp(pages->entry->name, range->from) == 0 ? range->skip : 0;
    return *range->host == '\0' || strcmp(pages->entry->name, range->host) == 0;
}

bool view_pages_take(struct view_pages *pages)
{
    const size_t row = pages->row++;
    if (pages->more || row < pages->skip)
        return false;
    if (view_has_room(pages->table))
        return true;
    pages->more = true;
    pages->range->from = pages->entry->name;
    pages->range->skip = row;
    return false;
}
