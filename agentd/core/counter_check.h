/* counter_check - a VF's own counters against those that its guest reports.
 *
 * A guest may say what it likes about what it sent; the NIC counted it. Compared are spans of
 * several seconds, that of the guest's readings around that of the NIC's, so that an honest guest
 * never reports less: some drivers show what their firmware counted a second or two ago. Who hides
 * half of what is sent is found out; a third may pass.
 *
 * What goes past the guest's kernel (RDMA, DPDK on the VF) is not in its counters either, and looks
 * the same. */
#ifndef DAQS_AGENTD_CORE_COUNTER_CHECK_H
#define DAQS_AGENTD_CORE_COUNTER_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/counters.h"

/* How far what a driver shows may lie back (ice and i40e collect theirs about once a second). */
#define COUNTER_CHECK_LAG_US 3000000
/* Of the NIC's readings: something in between, which the guest cannot foresee. */
#define COUNTER_CHECK_LEAST_SPAN_US 10000000
#define COUNTER_CHECK_MOST_SPAN_US 20000000
/* A span that does not agree counts twice, one that does counts against it once, and one in which
 * next to nothing was sent not at all. From this much on the guest is said to lie, until it is 0.
 */
#define COUNTER_CHECK_MOST_GUILT 4

/* A nic's. Zero-initialise. */
struct counter_check {
    bool known;           /* there was a reading of the guest's */
    uint64_t last;        /* its counter then */
    uint64_t said;        /* bytes sent by its account, since whenever */
    int64_t from_us;      /* 0: no span has begun */
    uint64_t said_from;   /* when it did */
    int64_t host_from_us; /* 0: not yet */
    int64_t host_to_us;   /* 0: not yet */
    uint64_t host_from;   /* bytes sent by the NIC's account */
    uint64_t host_to;
    unsigned guilt;
    bool lies;
    uint64_t said_then; /* bytes in the span compared last, */
    uint64_t counted;   /* and as the NIC counted them */
};

/* Readings of the guest's, and of its VF's. */
void counter_check_guest(struct counter_check *w, const struct counters_reading *reading);
void counter_check_host(struct counter_check *w, const struct counters_reading *reading);

/* Another span: the guest was started anew. What was found so far stays. */
void counter_check_forget(struct counter_check *w);

/* True while the guest reports less than its VF sends. */
bool counter_check_says_less(const struct counter_check *w);

#endif
