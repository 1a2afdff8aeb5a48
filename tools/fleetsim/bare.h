/* SPDX-License-Identifier: Apache-2.0 */
/* bare - a ROUTER that answers agents without decoding their messages, to measure the cost of the
 * messages alone. It runs in a separate process, so that its processor time can be told apart. */
#ifndef DAQS_FLEETSIM_BARE_H
#define DAQS_FLEETSIM_BARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

struct bare {
    pid_t pid;
    char endpoint[128];
    bool curve;
    struct daqs_key key; /* the router's public key, with CURVE */
};

/* Starts the process. Call it before this process has threads or sockets. The router answers a
 * hello with a welcome, and a report whose limits_sequence is 1 with limits for 'nics' nics. Both
 * answers are the same every time. */
int bare_start(uint32_t nics, bool curve, struct bare *ret, struct daqs_error *err);

/* Kills the process. */
void bare_stop(struct bare *bare);

#endif
