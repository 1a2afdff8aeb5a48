/* SPDX-License-Identifier: Apache-2.0 */
/* lease - decides which controller's limits the agent accepts and how long they stay valid. */
#ifndef DAQS_AGENTD_CORE_LEASE_H
#define DAQS_AGENTD_CORE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise, then set 'epoch' to the highest one seen before a restart. */
struct lease {
    uint64_t epoch;
    uint64_t sequence;
    int64_t expires_ms;        /* monotonic */
    bool held;                 /* a lease was granted and has not expired */
    uint64_t stale_controller; /* epoch of an older controller that was heard from after limits were
                                  last accepted; 0: none */
    uint64_t outdated;         /* number of limits rejected because of their epoch */
    uint64_t overtaken;        /* number of limits rejected because of their sequence */
};

enum lease_verdict {
    LEASE_OBEY,
    LEASE_OLD_EPOCH,    /* from a controller that has been replaced */
    LEASE_OLD_SEQUENCE, /* duplicate or out of order */
};

/* Decides about limits with this epoch and sequence that arrive at now_ms. If they are accepted,
 * the lease starts now and lasts ten minutes at most. Sequences start over with a higher epoch. */
enum lease_verdict lease_receive(struct lease *lease, uint64_t epoch, uint64_t sequence,
                                 uint32_t lease_ms, int64_t now_ms);

/* Records a message from a controller with this epoch. False if the epoch is lower than the one
 * accepted last. */
bool lease_heard_of(struct lease *lease, uint64_t epoch);

/* Keeps the limits from before a restart valid for one more lease. */
void lease_resume(struct lease *lease, uint32_t lease_ms, int64_t now_ms);

/* Returns true once when the lease has expired. */
bool lease_expired(struct lease *lease, int64_t now_ms);

#endif
