/* lease - which controller's limits the agent accepts, and for how long they stay valid. */
#ifndef DAQS_AGENTD_CORE_LEASE_H
#define DAQS_AGENTD_CORE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise, then set epoch to the highest one seen before a restart. */
struct lease {
    uint64_t epoch;
    uint64_t sequence;
    int64_t expires_ms;        /* monotonic */
    bool held;                 /* a lease was granted and has not run out */
    uint64_t stale_controller; /* epoch of an older controller, heard since orders were obeyed; 0:
                                  none */
    uint64_t outdated;         /* how many were not obeyed, for their epoch */
    uint64_t overtaken;        /* ... for their sequence */
};

enum lease_verdict {
    LEASE_OBEY,
    LEASE_OLD_EPOCH,    /* from a controller that has been replaced */
    LEASE_OLD_SEQUENCE, /* duplicate or overtaken */
};

/* Decides about limits with this epoch and sequence arriving at now_ms; if they are to be
 * obeyed the lease, ten minutes at most, runs from now. A higher epoch starts its sequences anew.
 */
enum lease_verdict lease_receive(struct lease *lease, uint64_t epoch, uint64_t sequence,
                                 uint32_t lease_ms, int64_t now_ms);

/* A controller of that epoch has spoken. False if it is older than the one obeyed last. */
bool lease_heard_of(struct lease *lease, uint64_t epoch);

/* After a restart: those before it hold for one more lease. */
void lease_resume(struct lease *lease, uint32_t lease_ms, int64_t now_ms);

/* True once when the lease has run out. */
bool lease_expired(struct lease *lease, int64_t now_ms);

#endif
