/* SPDX-License-Identifier: Apache-2.0 */
/* hook - runs a program with a text on its standard input, for a bounded time. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_HOOK_H
#define DAQS_CONTROLLERD_IO_EVENTS_HOOK_H

#include <stdint.h>

#include "shared/base/error.h"

/* Runs 'program' without arguments or a shell, in its own process group, and waits until it has
 * ended. Its only descriptors are the text as standard input, /dev/null, and the controller's
 * standard error. After 'most_ms', or when stop_fd becomes readable, the group gets SIGTERM and a
 * second later SIGKILL. It is not an error if the program leaves the text unread.
 *
 * Blocks: call it on a separate thread on which signals are blocked. DAQS_ESYSTEM: the program
 * could not be started. DAQS_EIO: it failed. DAQS_ETIMEOUT: it had to be ended. */
int hook_run(const char *program, const char *text, int64_t most_ms, int stop_fd,
             struct daqs_error *err);

#endif
