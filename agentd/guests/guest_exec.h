/* guest_exec - run one command in a guest and wait for its end. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_EXEC_H
#define DAQS_AGENTD_GUESTS_GUEST_EXEC_H

#include "agentd/core/qga_json.h"
#include "agentd/guests/qga.h"

/* Runs argv (NULL ends) with 'input' on its standard input. *ret is what it printed and how it
 * ended, written when it has. DAQS_EREFUSED: guest-exec is not allowed; DAQS_EFROZEN: now;
 * DAQS_EGUEST: it could not be started; DAQS_ETIMEOUT: it did not end in time. */
int guest_exec(struct qga_channel *channel, const char *const *argv, const char *input,
               int timeout_ms, struct qga_exec_status *ret, struct daqs_error *err);

/* Where a program of that name may be: what the guest agent's PATH leads to, or in the folder of
 * one distribution or another. 'place' is below GUEST_PLACES. Returns buf. */
#define GUEST_PLACES 6
#define GUEST_PATH_BYTES 64
const char *guest_path(unsigned place, const char *program, char buf[static GUEST_PATH_BYTES]);

#endif
