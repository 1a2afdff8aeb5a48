/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, WINDOW_MS = 10000, WINDOW_LINES = 10 };

static const char *program_name = "daqs";
static enum daqs_log_level lowest = DAQS_LOG_INFO;
static bool journal;

/* Returns true if stderr is connected to the journal. The variable identifies the journal's stream
 * by device and inode, because programs that write elsewhere inherit it as well. */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat st;
    if (!stream || fstat(STDERR_FILENO, &st) < 0)
        return false;
    (void)snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

void daqs_log_init(const char *program, enum daqs_log_level level)
{
    program_name = program;
    lowest = level;
    journal = is_journal();
}

static const char *level_name(enum daqs_log_level level)
{
    switch (level) {
    case DAQS_LOG_ERROR:
        return "error: ";
    case DAQS_LOG_WARNING:
        return "warning: ";
    case DAQS_LOG_INFO:
        return "";
    case DAQS_LOG_DEBUG:
        return "debug: ";
    }
    return "";
}

static int write_prefix(char *line, size_t size, enum daqs_log_level level)
{
    if (journal)
        return snprintf(line, size, "<%d>", (int)level);
    struct timespec now;
    struct tm tm;
    char day_time[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    (void)strftime(day_time, sizeof day_time, "%Y-%m-%dT%H:%M:%S", &tm);
    return snprintf(line, size, "%s.%03ldZ %s: %s", day_time, now.tv_nsec / 1000000, program_name,
                    level_name(level));
}

void daqs_log(enum daqs_log_level level, const char *format, ...)
{
    if (level > lowest)
        return;
    char line[LINE_BYTES];
    int start = write_prefix(line, sizeof line, level);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + start, sizeof line - (size_t)start - 1, format, args);
    va_end(args);
    if (n < 0)
        return;
    size_t length = strlen(line);
    for (size_t i = (size_t)start; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        bool c1 = c == 0xc2 && ((unsigned char)line[i + 1] & 0xe0) == 0x80; /* encoded in UTF-8 */
        if (c < 0x20 || c == 0x7f || c1)
            line[i] = '?';
    }
    line[length++] = '\n';
    /* A single write keeps lines of different threads apart. If it fails, there is nowhere to
     * report it. */
    ssize_t ignored = write(STDERR_FILENO, line, length);
    (void)ignored;
}

bool daqs_log_allowed(struct daqs_log_budget *budget, int64_t now_ms)
{
    if (budget->used == 0 || now_ms - budget->window_ms >= WINDOW_MS) {
        if (budget->suppressed > 0)
            daqs_log(DAQS_LOG_WARNING, "%u similar lines were left out", budget->suppressed);
        budget->window_ms = now_ms;
        budget->used = 0;
        budget->suppressed = 0;
    }
    if (budget->used < WINDOW_LINES) {
        budget->used++;
        return true;
    }
    budget->suppressed++;
    return false;
}
