/* SPDX-License-Identifier: Apache-2.0 */
/* identity_moves - identifies the interface of a nic by comparing its counters with those of the
 * nic's VF.
 *
 * This is for interfaces that nothing else distinguishes. It compares spans of several seconds in
 * which the VF sent a minimum amount. An interface agrees if it sent the same amount. It is
 * identified as the nic's after three spans in a row in which it alone agreed and no other
 * interface sent half as much. A bridge and its port carry the same bytes and stay open.
 *
 * A guest can report anything. To be identified, an interface has to report what the VF really
 * sends, and it continues to be compared (moves_check.h). Two spans in a row that disagree, or more
 * than a third of them, end the identification for an hour or until the guest's next boot. Counters
 * that are unknown for several spans also end it. It is then restored by three spans that agree,
 * but not the second time in a row. The usage is always taken from the VF, as if the nic were open.
 * A guest that lies only causes the limit to be set on the wrong interface. That ends when the
 * comparison disagrees, or when the interface reports more than its limit (compliance.h). */
#ifndef DAQS_AGENTD_CORE_IDENTITY_MOVES_H
#define DAQS_AGENTD_CORE_IDENTITY_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/moves_check.h"
#include "shared/base/name.h"

#define MOVES_NICS_MAX 64
#define MOVES_INTERFACES_MAX 16 /* with more interfaces nics stay open */
#define MOVES_ROUNDS 3
/* Length of a span. It starts at MOVES_SPAN_US and doubles, up to MOVES_SPAN_MOST_US, after each
 * span without a result. After a span that agreed it stays the same, up to 2 * MOVES_SPAN_US. While
 * a nic is identified it is 2 * MOVES_SPAN_US. */
#define MOVES_SPAN_US 4000000
#define MOVES_SPAN_MOST_US 64000000
/* For how long an interface that disagreed is not identified again. */
#define MOVES_REFUTED_US INT64_C(3600000000)

/* Traffic sent so far by an interface that could belong to a nic, by the guest's account. */
struct moves_interface {
    char ifname[DAQS_IFNAME_MAX + 1];
    bool known;
    int64_t at_us; /* monotonic */
    uint64_t tx_bytes;
};

/* State of a guest's nics. Zero-initialise: nothing is known. */
struct identity_moves {
    int64_t from_us; /* start of the span; 0: none has begun */
    int64_t span_us; /* 0: MOVES_SPAN_US */
    size_t nics;     /* elements of 'nic' that were ever used; the others are empty */
    size_t interfaces;
    struct moves_interface interface[MOVES_INTERFACES_MAX]; /* at the start of the span */
    struct moves_nic {
        struct moves_vf vf;               /* likewise; outside a span the last reading */
        char ifname[DAQS_IFNAME_MAX + 1]; /* the interface that agreed last; "": none */
        unsigned rounds;                  /* number of spans in a row in which it agreed */
        bool identified;                  /* it is identified as the nic's */
        struct moves_check check;         /* comparison since then */
        int64_t refuted_us; /* no interface is identified until then; 0: it did not disagree */
    } nic[MOVES_NICS_MAX];
};

/* Drops what is known about the interfaces because they changed; the comparison starts over.
 * Evidence against an identification is kept, unless the reason is a 'boot'. */
void identity_moves_forget(struct identity_moves *m, bool boot);

/* Returns true if the interfaces' counters are to be read now, for identity_moves_take. 'vf' has
 * one element for each nic, at most MOVES_NICS_MAX. 'known' must be false for nics that are not
 * open. */
bool identity_moves_due(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                        int64_t now_us);

/* Processes the counters of all interfaces that could belong to one of these nics: ends the current
 * span, if any, and starts a new one. */
void identity_moves_take(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                         const struct moves_interface *interface, size_t interfaces,
                         int64_t now_us);

/* Returns the interface whose counters move with those of this nic's VF. "" if it is not known, or
 * if another nic was in this place at the last comparison. */
const char *identity_moves_with(const struct identity_moves *m, size_t nic,
                                const struct daqs_mac *mac);

#endif
