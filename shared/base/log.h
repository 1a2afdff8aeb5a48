/* SPDX-License-Identifier: Apache-2.0 */
/* log - one line per event to stderr, in journal format under systemd. */
#ifndef DAQS_BASE_LOG_H
#define DAQS_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are syslog severities, which the journal parses from "<N>" prefixes. */
enum daqs_log_level {
    DAQS_LOG_ERROR = 3,
    DAQS_LOG_WARNING = 4,
    DAQS_LOG_INFO = 6,
    DAQS_LOG_DEBUG = 7,
};

/* Sets the program's name, which begins each line, and the lowest severity that is printed. If
 * stderr is connected to the journal (JOURNAL_STREAM), lines begin with a severity prefix instead
 * of the time and the name. Call once, before any thread starts. 'program' must stay valid until
 * the process ends. */
void daqs_log_init(const char *program, enum daqs_log_level level);

/* Writes one line. Thread-safe. Control characters in the text become '?', so that text from a
 * guest cannot forge lines. */
__attribute__((format(printf, 2, 3))) void daqs_log(enum daqs_log_level level, const char *format,
                                                    ...);

/* A budget of lines for events that an outsider can trigger at will. Zero-initialise. */
struct daqs_log_budget {
    int64_t window_ms;
    unsigned used;
    unsigned suppressed;
};

/* Returns true if one more line may be written at monotonic time now_ms (10 lines in 10 s). Logs
 * the number of suppressed lines when a new window opens. */
bool daqs_log_allowed(struct daqs_log_budget *budget, int64_t now_ms);

#endif
