/* orders - whom the agent obeys, for how long, and what it does on its own after that. */
#ifndef DAQS_AGENTD_CORE_ORDERS_H
#define DAQS_AGENTD_CORE_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

/* Zero-initialise, then set epoch to the highest one seen before a restart. */
struct orders {
    uint64_t epoch;
    uint64_t sequence;
    int64_t expires_ms; /* monotonic */
    bool held;          /* a lease was granted and has not run out */
    uint64_t rival;     /* epoch of an older controller, heard since orders were obeyed; 0: none */
    uint64_t outdated;  /* how many were not obeyed, for their epoch */
    uint64_t overtaken; /* ... for their sequence */
};

enum orders_verdict {
    ORDERS_OBEY,
    ORDERS_OLD_EPOCH,    /* from a controller that has been replaced */
    ORDERS_OLD_SEQUENCE, /* duplicate or overtaken */
};

/* Decides about limits with this epoch and sequence arriving at now_ms; if they are to be
 * obeyed the lease, ten minutes at most, runs from now. A higher epoch starts its sequences anew.
 */
enum orders_verdict orders_receive(struct orders *orders, uint64_t epoch, uint64_t sequence,
                                   uint32_t lease_ms, int64_t now_ms);

/* A controller of that epoch has spoken. False if it is older than the one obeyed last. */
bool orders_heard_of(struct orders *orders, uint64_t epoch);

/* After a restart: those before it hold for one more lease. */
void orders_resume(struct orders *orders, uint32_t lease_ms, int64_t now_ms);

/* True once when the lease has run out. */
bool orders_lapsed(struct orders *orders, int64_t now_ms);

/* The split of an uplink for when nobody commands and nothing is known of what its VMs send:
 * replaces setting[].limit of its nics. If there is a guarantee, nics without one share what the
 * guarantees (on the wire) leave of capacity less headroom, by weight. The nics of the only
 * guaranteed VM are held to their own max; those of several are held to their VMs' guarantees (or,
 * with nobody else on the uplink, to their parts of all of it), so that none can squeeze another.
 * Without a guarantee, and in modes that keep none, only max remains; with the policy off nothing
 * does. */
void orders_fall_back(const struct daqs_inventory *inventory, uint32_t uplink,
                      enum policy_mode mode, uint32_t headroom_ppm,
                      struct daqs_nic_setting *setting);

#endif
