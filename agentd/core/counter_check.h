/* SPDX-License-Identifier: Apache-2.0 */
/* counter_check - compares the counters of a VF with those that its guest reports.
 *
 * A guest can report any number, but the NIC counts what it really sends. The check compares spans
 * of several seconds. The span of the guest's readings encloses that of the NIC's, so that an
 * honest guest never reports less, although some drivers show what their firmware counted one or
 * two seconds earlier. A guest that hides half of its traffic is detected. One that hides a third
 * may not be.
 *
 * Traffic that bypasses the guest's kernel (RDMA, DPDK on the VF) is not in the guest's counters
 * either and has the same effect. */
#ifndef DAQS_AGENTD_CORE_COUNTER_CHECK_H
#define DAQS_AGENTD_CORE_COUNTER_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/counters.h"

/* Maximum age of the counters that a driver shows (ice and i40e collect theirs about once a
 * second). */
#define COUNTER_CHECK_LAG_US 3000000
/* Bounds of the span between the NIC's readings. The length used lies in between and is
 * unpredictable for the guest. */
#define COUNTER_CHECK_LEAST_SPAN_US 10000000
#define COUNTER_CHECK_MOST_SPAN_US 20000000
/* A span that disagrees adds 2 to 'guilt', one that agrees subtracts 1, and one with almost no
 * traffic changes nothing. At this value, the maximum, the guest is reported as hiding traffic,
 * until 'guilt' is 0 again. */
#define COUNTER_CHECK_MOST_GUILT 4

/* Per nic. Zero-initialise. */
struct counter_check {
    bool known;           /* the guest has been read before */
    uint64_t last;        /* its counter at the last reading */
    uint64_t said;        /* bytes sent by the guest's account, since an arbitrary start */
    int64_t from_us;      /* start of the span; 0: no span has begun */
    uint64_t said_from;   /* 'said' at the start of the span */
    int64_t host_from_us; /* the NIC's first reading in the span; 0: not read yet */
    int64_t host_to_us;   /* the NIC's last reading in the span; 0: not read yet */
    uint64_t host_from;   /* bytes sent by the NIC's account */
    uint64_t host_to;
    unsigned guilt;
    bool lies;
    uint64_t said_then; /* bytes in the last span compared, by the guest's account */
    uint64_t counted;   /* and by the NIC's */
};

/* Process a reading of the guest's counters and of its VF's counters. */
void counter_check_guest(struct counter_check *w, const struct counters_reading *reading);
void counter_check_host(struct counter_check *w, const struct counters_reading *reading);

/* Starts a new span because the guest was restarted. Results so far are kept. */
void counter_check_forget(struct counter_check *w);

/* Returns true while the guest reports less than its VF sends. */
bool counter_check_says_less(const struct counter_check *w);

#endif
