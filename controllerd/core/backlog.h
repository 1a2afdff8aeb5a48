/* backlog - whether more comes in than can be dealt with. */
#ifndef DAQS_CONTROLLERD_CORE_BACKLOG_H
#define DAQS_CONTROLLERD_CORE_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

/* So long there may be more than a turn can take. A fleet that connects at once is through by then;
 * what waits longer is worth less than what comes next. */
#define BACKLOG_PATIENCE_MS 5000

/* Zero-initialise. */
struct backlog {
    int64_t since_ms; /* monotonic; meaningful if behind */
    bool behind;
};

/* A turn is over, and there was more (or not). True: it has been so for too long, and what waits is
 * to be dropped. */
bool backlog_turn(struct backlog *backlog, bool more, int64_t now_ms);

#endif
