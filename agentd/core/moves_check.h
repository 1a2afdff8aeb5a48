/* SPDX-License-Identifier: Apache-2.0 */
/* moves_check - checks whether an interface that was identified as a nic's still sends what the
 * nic's VF sends.
 *
 * The VF's counters are read before and after those of the interface. An honest guest therefore
 * agrees whenever it is read, even if its VF sends in bursts. An unknown reading decides nothing,
 * and the span continues. It also continues while too much of the traffic may have been sent
 * between the VF's two readings of one moment. */
#ifndef DAQS_AGENTD_CORE_MOVES_CHECK_H
#define DAQS_AGENTD_CORE_MOVES_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/mac.h"

/* A span in which the VF sent less is not judged. */
#define MOVES_LEAST_BYTES 1000000
/* Bytes of a packet that a NIC counts and a guest may not: padding, a VLAN tag, the frame check
 * sequence. See counter_check.c. */
#define MOVES_PACKET_BYTES 26

/* Traffic sent by a nic's VF so far, by the VF's counters. */
struct moves_vf {
    bool known;
    struct daqs_mac mac; /* of the nic */
    int64_t at_us;       /* monotonic; time to which the counters apply */
    uint64_t tx_bytes;
    uint64_t tx_packets;
};

/* A moment at which the interface's counters were read. */
struct moves_mark {
    bool known;
    int64_t at_us;          /* monotonic; the reading was not later */
    uint64_t said;          /* bytes sent by the guest's account */
    struct moves_vf before; /* the VF's counters, read before 'said' */
    uint64_t after;         /* bytes sent by the VF, read after 'said' */
};

/* Zero-initialise: nothing is known. */
struct moves_check {
    struct moves_mark from;
    struct moves_mark to; /* waits for 'after' */
    unsigned against;     /* twice the number of spans that disagreed, less those that agreed */
    unsigned silent;      /* number of unknown readings in a row */
};

/* Drops the readings. 'against' is kept. */
void moves_check_pause(struct moves_check *c);

/* Records a reading of the interface's counters that was complete by 'now_us'. 'vf' was read before
 * it. */
void moves_check_asked(struct moves_check *c, const struct moves_vf *vf, bool known, uint64_t said,
                       int64_t now_us);

/* Processes each reading of the VF's counters, and judges the span if it is complete. */
void moves_check_vf(struct moves_check *c, const struct moves_vf *vf);

/* Returns true if the interface sends something else and is no longer identified as the nic's. */
bool moves_check_disagrees(const struct moves_check *c);

/* Returns true if its counters have been unknown for too many readings in a row: the
 * identification ends. */
bool moves_check_silent(const struct moves_check *c);

#endif
