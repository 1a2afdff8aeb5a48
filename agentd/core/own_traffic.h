/* SPDX-License-Identifier: Apache-2.0 */
/* own_traffic - determines what a physical function itself sends, without its VFs.
 *
 * Most drivers count what passes through the PF's own queues. Some (cxgb4, mlx5 and ice in
 * switchdev mode, and any bridge port or veth used as a PF) also count the VFs' traffic. This is
 * never assumed but determined from windows of one second. Each window contributes one vote:
 *
 *   apart      the port sent at least a third more than the PF counted; or, if the port is not
 *              known, the nics of all guests except the one that reports the most sent at least
 *              twice what the PF counted, which no single guest can fake.
 *   included   the PF counted what the port sent (at least 95 %), and at least a fifth of that
 *              was sent by the nics; or, if the port is not known, the nics' traffic changed by
 *              at least a quarter, the PF's count changed by the same amount (within 30 %), and
 *              it was never below the nics' traffic (at least 90 %).
 *
 * A lead of OWN_VOTES votes decides. The same number of votes for the other side makes it undecided
 * again. The PF's own traffic is then:
 *
 *   apart      what the PF counted.
 *   included   what the PF counted less what the nics sent, once a second. It is zero if the
 *              rest is at most a tenth of the nics' traffic, because nics count headers
 *              differently.
 *   undecided  what the PF counted while the nics sent at most a twentieth of it, otherwise not
 *              known. */
#ifndef DAQS_AGENTD_CORE_OWN_TRAFFIC_H
#define DAQS_AGENTD_CORE_OWN_TRAFFIC_H

#include "agentd/core/port_counters.h"

#define OWN_VOTES 3
#define OWN_WINDOW_US 1000000

enum own_scope {
    OWN_UNDECIDED,
    OWN_APART,    /* the PF's counter covers only its own traffic */
    OWN_INCLUDED, /* it also covers the VFs' traffic */
};

/* Traffic counted between two reports. */
struct own_interval {
    int64_t span_us;         /* time between them */
    struct port_sample pf;   /* counted by the PF; an interval of 0: not known */
    struct port_sample port; /* counted by the port; likewise */
    uint64_t nics_bytes;     /* counted by all nics on the PF */
    uint64_t nics_packets;
    uint64_t most_bytes; /* part of nics_bytes of the guest that reports the most */
    uint32_t nics;
    uint32_t missing; /* nics without a sample */
};

/* Per PF. Zero-initialise. */
struct own_traffic {
    enum own_scope scope;
    int votes;                  /* for included; negative: for apart */
    struct own_interval window; /* accumulating */
    struct own_interval past[2];
};

/* Processes what was counted since the last call and returns the PF's own traffic. */
struct port_sample own_traffic_update(struct own_traffic *o, const struct own_interval *found,
                                      daqs_bps capacity);

#endif
