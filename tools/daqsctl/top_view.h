/* SPDX-License-Identifier: Apache-2.0 */
/* top_view - the lines that top shows of a snapshot, on a screen of any size. Pure. */
#ifndef DAQS_TOOLS_TOP_VIEW_H
#define DAQS_TOOLS_TOP_VIEW_H

#include "tools/daqsctl/severity.h"
#include "tools/daqsctl/snapshot.h"
#include "tools/daqsctl/top_state.h"

enum top_style { TOP_PLAIN, TOP_STRONG, TOP_HEADING, TOP_TROUBLE, TOP_FAINT };

enum { TOP_LINE_BYTES = 2048, TOP_LINES_MOST = 1000 };

struct top_line {
    char text[TOP_LINE_BYTES]; /* not wider than the screen */
    enum top_style style;
    enum severity severity; /* of the state, which is in these bytes of the text */
    size_t severity_at;
    size_t severity_bytes;
};

struct top_scene {
    const struct snapshot *snapshot;
    const struct top_state *state;
    const uint32_t *order; /* see top_order */
    size_t rows;           /* in 'order' */
    const char *host;      /* the snapshot is about this host only; "": about all */
    const char *problem;   /* why the snapshot is not current; "": it is */
    int64_t age_ms;        /* of the snapshot; -1: there is none yet */
    int columns;           /* of the screen */
    int lines;
    bool ascii;
};

/* Returns the number of rows of the list that a screen shows at once. */
size_t top_page(int lines);

/* Fills one element per line of the screen, at most TOP_LINES_MOST. Returns the number of
 * elements. */
size_t top_view(const struct top_scene *scene, struct top_line *ret);

#endif
