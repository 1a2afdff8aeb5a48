/* log - one line per event to stderr, in journal format under systemd. */
#ifndef DAQS_BASE_LOG_H
#define DAQS_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers are syslog's severities, which the journal understands as "<N>" prefixes. */
enum daqs_log_level {
    DAQS_LOG_ERROR = 3,
    DAQS_LOG_WARNING = 4,
    DAQS_LOG_INFO = 6,
    DAQS_LOG_DEBUG = 7,
};

/* Names the program in front of each line and sets the lowest severity that is printed.
 * Where they go to the journal (JOURNAL_STREAM) lines carry severity prefixes instead of times.
 * Call once, before threads start. 'program' must outlive the process. */
void daqs_log_init(const char *program, enum daqs_log_level level);

/* Writes one line; thread-safe. Control characters in the text become '?', so that text
 * from a guest cannot forge lines. */
__attribute__((format(printf, 2, 3))) void daqs_log(enum daqs_log_level level, const char *format,
                                                    ...);

/* A budget of lines for events that an outsider can cause at will. Zero-initialise. */
struct daqs_log_budget {
    int64_t window_ms;
    unsigned used;
    unsigned suppressed;
};

/* True if one more line may be written at monotonic time now_ms (10 lines every 10 s). When
 * a new window opens after suppression, the number suppressed is logged. */
bool daqs_log_allowed(struct daqs_log_budget *budget, int64_t now_ms);

#endif
