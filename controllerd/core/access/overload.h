/* overload - whether messages arrive faster than they are handled. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_OVERLOAD_H
#define DAQS_CONTROLLERD_CORE_ACCESS_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* Turns may leave messages queued for this long. A fleet that connects at once is through by then;
 * messages that wait longer are worth less than those that follow. */
#define OVERLOAD_PATIENCE_MS 5000

/* Zero-initialise. */
struct overload {
    int64_t since_ms; /* monotonic; meaningful if behind */
    bool behind;
};

/* Notes the end of a turn that left messages queued ('more') or not. True once that has been so for
 * OVERLOAD_PATIENCE_MS: the caller drops the queued messages. */
bool overload_turn(struct overload *overload, bool more, int64_t now_ms);

#endif
