/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tools/daqsctl/terminal.h"
#include "tools/daqsctl/text_width.h"

enum { PATIENCE_MS = 1000 };

void progress_begin(struct progress *progress, const char *what)
{
    *progress = (struct progress){.what = what,
                                  .unit = "rows",
                                  .on = isatty(STDERR_FILENO),
                                  .began_ms = daqs_mono_ms(daqs_clock_system())};
}

void progress_text(const struct progress *progress, int64_t elapsed_ms, int columns,
                   char ret[static PROGRESS_BYTES])
{
    char text[PROGRESS_BYTES];
    int64_t seconds = elapsed_ms / 1000;
    ret[0] = '\0';
    if (elapsed_ms < PATIENCE_MS)
        return;
    char turn = "|/-\\"[progress->turns % 4];
    if (progress->total > 0)
        (void)snprintf(text, sizeof text, "%c %s: %u %% of %" PRIu64 " %s, %" PRId64 " s", turn,
                       progress->what,
                       (unsigned)((double)progress->done * 100 / (double)progress->total),
                       progress->total, progress->unit, seconds);
    else if (progress->done > 0)
        (void)snprintf(text, sizeof text, "%c %s: %" PRIu64 " %s, %" PRId64 " s", turn,
                       progress->what, progress->done, progress->unit, seconds);
    else
        (void)snprintf(text, sizeof text, "%c %s: %" PRId64 " s", turn, progress->what, seconds);
    (void)text_cut(text, columns - 1, true, ret, PROGRESS_BYTES);
}

void progress_tick(void *arg)
{
    struct progress *progress = arg;
    char text[PROGRESS_BYTES];
    if (!progress->on)
        return;
    progress_text(progress, daqs_mono_ms(daqs_clock_system()) - progress->began_ms,
                  terminal_of(stderr, COLOR_NEVER).columns, text);
    int width = text_width(text);
    if (width == 0)
        return;
    progress->turns++;
    (void)fprintf(stderr, "\r%s%*s\r%s", text,
                  progress->drawn > width ? progress->drawn - width : 0, "", text);
    (void)fflush(stderr);
    progress->drawn = width;
}

void progress_hide(struct progress *progress)
{
    if (progress->drawn > 0)
        (void)fprintf(stderr, "\r%*s\r", progress->drawn, "");
    progress->drawn = 0;
}
