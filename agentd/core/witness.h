/* witness - a VF's own counters against those that its guest reports.
 *
 * A guest may say what it likes about what it sent; the NIC counted it. Compared are spans of
 * many seconds, that of the guest's readings around that of the NIC's, so that an honest guest
 * never reports less: some drivers show what their firmware counted a second or two ago. Who hides
 * a third of what is sent all the time is found out. */
#ifndef DAQS_AGENTD_CORE_WITNESS_H
#define DAQS_AGENTD_CORE_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

/* How far what a driver shows may lie back (ice and i40e collect theirs about once a second). */
#define WITNESS_LAG_US 3000000
/* Of the NIC's readings. */
#define WITNESS_SPAN_US 15000000
/* So many spans in a row that do not agree, and the guest is said to lie: until as many agree. */
#define WITNESS_SPANS 2

/* A nic's. Zero-initialise. */
struct witness {
    int64_t guest_from_us; /* 0: no span has begun */
    uint64_t guest_from;   /* bytes sent, by the guest's account, */
    uint64_t guest_last;
    int64_t host_from_us; /* 0: not yet */
    uint64_t host_from;   /* and by the NIC's */
    int64_t host_to_us;   /* 0: not yet */
    uint64_t host_to;
    unsigned lies;
    unsigned truths;
    bool lied;
    uint64_t said;    /* bytes in the span compared last, */
    uint64_t counted; /* as the NIC counted them */
};

/* Bytes sent as the guest says, or as its VF counted, both since whenever; times are monotonic. */
void witness_guest(struct witness *w, int64_t at_us, uint64_t tx_bytes);
void witness_host(struct witness *w, int64_t at_us, uint64_t tx_bytes);

/* Begins anew: the guest or the VF is another, or its counters are. What was found stays. */
void witness_forget(struct witness *w);

/* True while the guest reports less than its VF sends. */
bool witness_says_less(const struct witness *w);

#endif
