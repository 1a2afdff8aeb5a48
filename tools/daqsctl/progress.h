/* SPDX-License-Identifier: Apache-2.0 */
/* progress - shows on standard error that a command is running, once it takes longer than a second.
 * Prints nothing if standard error is not a terminal. */
#ifndef DAQS_TOOLS_PROGRESS_H
#define DAQS_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* the verb */
    const char *unit; /* of done and total */
    bool on;
    int64_t began_ms; /* monotonic */
    uint64_t done;
    uint64_t total; /* 0: not known */
    unsigned turns;
    int drawn; /* columns on the screen now */
};

/* 'what' must outlive it. */
void progress_begin(struct progress *progress, const char *what);

/* Draws the progress if it is due. Used as the client's tick. */
void progress_tick(void *progress);

/* Removes it from the screen. To be called before any other output, and at the end. */
void progress_hide(struct progress *progress);

/* Formats what is drawn after elapsed_ms, less than 'columns' wide; "" during the first second. */
enum { PROGRESS_BYTES = 160 };
void progress_text(const struct progress *progress, int64_t elapsed_ms, int columns,
                   char ret[static PROGRESS_BYTES]);

#endif
