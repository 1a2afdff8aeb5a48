/* hook - runs a program with a text on its standard input, for a bounded time. */
#ifndef DAQS_CONTROLLERD_IO_HOOK_H
#define DAQS_CONTROLLERD_IO_HOOK_H

#include <stdint.h>

#include "shared/base/error.h"

/* Runs 'program' without arguments and without a shell, in a process group of its own, with no
 * descriptors but the text, /dev/null and our standard error, and waits until it has ended. After
 * 'most_ms', or when stop_fd becomes readable, the group gets SIGTERM and a second later SIGKILL.
 * What it does not read is its business.
 *
 * Blocks; for threads of their own, where signals are blocked. DAQS_ESYSTEM: it could not be
 * started. DAQS_EIO: it ended badly. DAQS_ETIMEOUT: it had to be ended. */
int hook_run(const char *program, const char *text, int64_t most_ms, int stop_fd,
             struct daqs_error *err);

#endif
