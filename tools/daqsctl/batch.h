/* SPDX-License-Identifier: Apache-2.0 */
/* batch - output that is collected, and then given to a command as its standard input. */
#ifndef DAQS_TOOLS_DAQSCTL_BATCH_H
#define DAQS_TOOLS_DAQSCTL_BATCH_H

#include <stdio.h>

#include "shared/base/error.h"

struct batch {
    FILE *out; /* in memory; NULL: batch_begin failed */
};

/* Call batch_end in any case. */
int batch_begin(struct batch *batch, struct daqs_error *err);
void batch_end(struct batch *batch);

/* Returns the bytes that were written since the last batch_give. */
long batch_bytes(const struct batch *batch);

/* Runs the command, found in PATH, with what was written as its standard input: a file, which the
 * command may read again. Waits for it, and empties the batch. DAQS_EIO: the command failed. */
int batch_give(struct batch *batch, char *const command[], struct daqs_error *err);

#endif
