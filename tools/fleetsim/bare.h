/* bare - a ROUTER that answers agents without looking at what they say: what the messages
 * themselves cost. It runs in a process of its own, so that its time can be told apart. */
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
    struct daqs_key key; /* the router's public one, if it has one */
};

/* Starts it, before this process has threads or sockets. It answers a hello with a welcome, and a
 * report whose last byte is 1 with limits for so many nics; both are the same every time. */
int bare_start(uint32_t nics, bool curve, struct bare *ret, struct daqs_error *err);

/* Ends it. */
void bare_stop(struct bare *bare);

#endif
