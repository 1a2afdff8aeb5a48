/* SPDX-License-Identifier: Apache-2.0 */
/* top_state - what the user of top has chosen, and how keys change it. Pure. */
#ifndef DAQS_TOOLS_TOP_STATE_H
#define DAQS_TOOLS_TOP_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum top_sort {
    TOP_BY_USAGE,
    TOP_BY_LOAD,
    TOP_BY_LIMIT,
    TOP_BY_GUARANTEE,
    TOP_BY_CEILING,
    TOP_BY_STATE,
    TOP_BY_HOST,
    TOP_BY_VM,
    TOP_SORTS,
};

enum { TOP_FILTER_BYTES = 256, TOP_INTERVAL_LEAST_MS = 100, TOP_INTERVAL_MOST_MS = 3600000 };

struct top_state {
    enum top_sort sort;
    bool reverse;
    char filter[TOP_FILTER_BYTES]; /* for names of hosts and VMs; case-insensitive */
    char before[TOP_FILTER_BYTES]; /* the filter before it was edited */
    bool typing;                   /* the filter is being edited */
    bool help;
    size_t offset; /* rows above the first one shown */
    int64_t interval_ms;
};

/* Keys that are not characters. */
enum top_key {
    TOP_KEY_UP = 0x110000, /* higher than any code point */
    TOP_KEY_DOWN,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_LEFT,
    TOP_KEY_RIGHT,
    TOP_KEY_ENTER,
    TOP_KEY_ESCAPE,
    TOP_KEY_BACKSPACE,
};

/* Handles a key or the code point of a character. 'page' of 'rows' rows are visible. Returns false
 * to quit. */
bool top_state_key(struct top_state *state, uint32_t key, size_t page, size_t rows);

#endif
