/* moves_check - whether an interface that is taken for a nic still sends what the nic's VF does.
 *
 * The VF's counters are read before and after the interface's, which lie between the two: an honest
 * guest whose VF sends in bursts agrees at whatever moment it is asked. A reading that is not known
 * decides nothing, and the span goes on; so it does while most of what was sent may have been sent
 * between two readings of one moment. */
#ifndef DAQS_AGENTD_CORE_MOVES_CHECK_H
#define DAQS_AGENTD_CORE_MOVES_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/mac.h"

/* Sent by a VF in a span of which something is made. */
#define MOVES_LEAST_BYTES 1000000
/* What a NIC counts of a packet and a guest may not: padding, a VLAN tag, the frame check sequence.
 * See counter_check.c. */
#define MOVES_PACKET_BYTES 26

/* What a nic's VF sent so far, by its own counters. */
struct moves_vf {
    bool known;
    struct daqs_mac mac; /* the nic's */
    int64_t at_us;       /* monotonic, when the counters were as they are */
    uint64_t tx_bytes;
    uint64_t tx_packets;
};

/* A moment at which the interface's counters were read. */
struct moves_mark {
    bool known;
    int64_t at_us;          /* monotonic: not later than this */
    uint64_t said;          /* bytes sent, by the guest's account */
    struct moves_vf before; /* the VF's counters, read before it, */
    uint64_t after;         /* and bytes that it had sent by a reading after it */
};

/* Zero-initialise: nothing is known. */
struct moves_check {
    struct moves_mark from;
    struct moves_mark to; /* 'after' is awaited */
    unsigned against;     /* twice the spans that disagreed, less those that agreed */
    unsigned silent;      /* readings in a row that were not known */
};

/* Drops the readings; 'against' stays. */
void moves_check_pause(struct moves_check *c);

/* The interface's counters were asked for by 'now_us', after those of the VF. */
void moves_check_asked(struct moves_check *c, const struct moves_vf *vf, bool known, uint64_t said,
                       int64_t now_us);

/* The VF's counters, as often as they are looked at: judges a span that is complete. */
void moves_check_vf(struct moves_check *c, const struct moves_vf *vf);

/* It is the nic's no longer: it sends something else. */
bool moves_check_disagrees(const struct moves_check *c);

/* For so long its counters have not been known that it is not known to be the nic's. */
bool moves_check_silent(const struct moves_check *c);

#endif
