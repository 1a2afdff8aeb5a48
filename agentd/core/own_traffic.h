/* own_traffic - what a physical function itself sends, without its VFs.
 *
 * Most drivers count what goes through the PF's own queues; some (cxgb4, mlx5 and ice in switchdev
 * mode, and any bridge port or veth in the place of a PF) count the VFs' traffic too. Which it is
 * is never assumed but found by watching, a second at a time, and a second decides by one vote:
 *
 *   apart      the port sent a third more than the PF counted; or all nics but those of the guest
 *              that says it sent most sent twice what the PF counted: no guest alone can pretend
 *              that.
 *   included   the PF counted what the port sent, a fifth of which the nics sent; or, with a port
 *              that is not known, the nics' traffic rose or fell by a quarter, the PF's count by
 *              the same, and it was never below theirs.
 *
 * OWN_VOTES votes more for the one than for the other decide; as many the other way undecide. Then
 *
 *   apart      own is what the PF counted.
 *   included   own is that less what the nics sent, once a second; nothing if that is less than a
 *              tenth of theirs, for they count headers otherwise.
 *   undecided  own is what the PF counted while the nics sent less than a twentieth of it, and is
 *              not known else. */
#ifndef DAQS_AGENTD_CORE_OWN_TRAFFIC_H
#define DAQS_AGENTD_CORE_OWN_TRAFFIC_H

#include "agentd/core/port_counters.h"

#define OWN_VOTES 3
#define OWN_WINDOW_US 1000000

enum own_scope {
    OWN_UNDECIDED,
    OWN_APART,    /* the PF's counter is about its own traffic only */
    OWN_INCLUDED, /* the VFs' traffic is in it */
};

/* What was found between two reports. */
struct own_interval {
    int64_t span_us;         /* between them */
    struct port_sample pf;   /* as the PF counted; an interval of 0: not known */
    struct port_sample port; /* as the port counted, likewise */
    uint64_t nics_bytes;     /* as all nics on the uplink counted, */
    uint64_t nics_packets;
    uint64_t most_bytes; /* of that, the guest that sent most by its own account */
    uint32_t nics;
    uint32_t missing; /* nics without a sample */
};

/* An uplink's. Zero-initialise. */
struct own_traffic {
    enum own_scope scope;
    int votes;                  /* for included; negative: for apart */
    struct own_interval window; /* being gathered */
    struct own_interval past[2];
};

/* Takes what was found since the last call; returns the PF's own traffic. */
struct port_sample own_traffic_update(struct own_traffic *o, const struct own_interval *found,
                                      daqs_bps capacity);

#endif
