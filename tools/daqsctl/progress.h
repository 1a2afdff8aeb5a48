/* progress - a sign of life on standard error, once something takes longer than a second. Nothing
 * if that is no terminal. */
#ifndef DAQS_TOOLS_PROGRESS_H
#define DAQS_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* the verb */
    const char *unit; /* of what is counted */
    bool on;
    int64_t began_ms; /* monotonic */
    uint64_t done;
    uint64_t total; /* 0: not known */
    unsigned turns;
    int drawn; /* columns that are on the screen now */
};

/* 'what' must outlive it. */
void progress_begin(struct progress *progress, const char *what);

/* Draws, if it is time to; for client's tick. */
void progress_tick(void *progress);

/* Takes it off the screen: before anything else is printed, and at the end. */
void progress_hide(struct progress *progress);

/* What is drawn after elapsed_ms, less than 'columns' wide; "" before there is any need. */
enum { PROGRESS_BYTES = 160 };
void progress_text(const struct progress *progress, int64_t elapsed_ms, int columns,
                   char ret[static PROGRESS_BYTES]);

#endif
