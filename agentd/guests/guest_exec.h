/* SPDX-License-Identifier: Apache-2.0 */
/* guest_exec - runs one command in a guest and waits until it ends. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_EXEC_H
#define DAQS_AGENTD_GUESTS_GUEST_EXEC_H

#include "agentd/core/qga_json.h"
#include "agentd/guests/qga.h"

/* Runs argv (NULL-terminated) with 'input' on its standard input. Fills in *ret with its output and
 * exit status once it has ended. DAQS_EREFUSED: guest-exec is not allowed. DAQS_EFROZEN: it is not
 * allowed while the file systems are frozen. DAQS_EGUEST: the command could not be started.
 * DAQS_ETIMEOUT: it did not end in time. */
int guest_exec(struct qga_channel *channel, const char *const *argv, const char *input,
               int timeout_ms, struct qga_exec_status *ret, struct daqs_error *err);

/* Writes a path at which a program of that name may be: the bare name, for the PATH of the guest
 * agent, or the path in a folder that some distribution uses. 'place' is below GUEST_PLACES.
 * Returns buf. */
#define GUEST_PLACES 6
#define GUEST_PATH_BYTES 64
const char *guest_path(unsigned place, const char *program, char buf[static GUEST_PATH_BYTES]);

#endif
