/* SPDX-License-Identifier: Apache-2.0 */
/* view_pages - cuts a view of the roster's hosts into parts that fit into messages. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEW_PAGES_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEW_PAGES_H

#include "controllerd/core/diagnosis/views.h"

/* A part of a view has to fit into a message, however long the names in it are. */
enum { VIEW_TEXT_BYTES = 768 * 1024, VIEW_ROW_BYTES = 4 * 1024 };

/* Returns true if the table has room for another row of the part. */
bool view_has_room(const struct daqs_table *table);

/* A walk over the hosts of a range. */
struct view_pages {
    const struct roster *roster;
    struct view_range *range;
    const struct daqs_table *table;
    const struct roster_entry *entry; /* the current host */
    size_t next;                      /* place in the roster */
    size_t row;                       /* rows of the current host so far */
    size_t skip;                      /* of them, those of earlier parts */
    bool more;                        /* the part is full; the range is that of the next one */
};

struct view_pages view_pages_of(const struct roster *roster, struct view_range *range,
                                const struct daqs_table *table);

/* Goes on to the next host. Returns false if there is none, or the part is full. */
bool view_pages_next(struct view_pages *pages);

/* Counts a row of the current host. Returns true if it belongs to this part and has to be added. */
bool view_pages_take(struct view_pages *pages);

#endif
