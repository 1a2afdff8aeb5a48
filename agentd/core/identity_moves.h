/* identity_moves - which interface of a guest is a nic, by whose counters move with its VF's.
 *
 * For interfaces that nothing else tells apart. Spans of several seconds are compared in which the
 * VF sent a good amount. An interface agrees if it sent as much. It is taken for the nic after
 * three spans in a row in which it alone agreed and no other sent half as much. A bridge and its
 * port carry the same bytes, and stay open.
 *
 * A guest reports what it likes. To be taken for the nic, an interface has to report what the VF
 * really sends, and it goes on being compared: two spans in a row that do not agree, or more than
 * a third of them, end it until the guest's next boot. The usage is the VF's all the time, as if
 * the nic were open. So by lying a guest gains no more than a limit on the wrong interface, until
 * that is found out or it reports more than its limit (obedience.h). */
#ifndef DAQS_AGENTD_CORE_IDENTITY_MOVES_H
#define DAQS_AGENTD_CORE_IDENTITY_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/mac.h"
#include "shared/base/name.h"

#define MOVES_NICS_MAX 64
#define MOVES_INTERFACES_MAX 16 /* with more of them nics stay open */
#define MOVES_ROUNDS 3
/* A span is this long at least, and doubles, up to the most, after one that showed nothing. It is
 * twice the least while a nic is told. */
#define MOVES_SPAN_US 4000000
#define MOVES_SPAN_MOST_US 64000000
/* Sent by a VF in a span of which something is made. */
#define MOVES_LEAST_BYTES 1000000

/* What a nic's VF sent so far, by its own counters. */
struct moves_vf {
    bool known;
    struct daqs_mac mac; /* the nic's */
    int64_t at_us;       /* monotonic, when the counters were as they are */
    uint64_t tx_bytes;
    uint64_t tx_packets;
};

/* What an interface that could be a nic's sent so far, by the guest's account. */
struct moves_interface {
    char ifname[DAQS_IFNAME_MAX + 1];
    bool known;
    int64_t at_us; /* monotonic */
    uint64_t tx_bytes;
};

/* What is known of a guest's nics. Zero-initialise: nothing. */
struct identity_moves {
    uint64_t key;    /* what it is about, as identity_key has it */
    int64_t from_us; /* a span began; 0: none has */
    int64_t span_us; /* 0: the least */
    size_t interfaces;
    struct moves_interface interface[MOVES_INTERFACES_MAX]; /* at its beginning, */
    struct moves_nic {
        struct moves_vf vf;               /* as well; before it the last one seen */
        char ifname[DAQS_IFNAME_MAX + 1]; /* the interface that agreed last; "": none */
        unsigned rounds;                  /* spans in a row in which it did */
        unsigned against;                 /* twice those in which it did not, once it was taken for
 the nic, less those in which it did */
        bool told;                        /* it is taken for the nic */
        bool refuted;                     /* it was, and is not to be again before the next boot */
    } nic[MOVES_NICS_MAX];
};

/* The interfaces are others: begins anew. What was refuted stays so, but after a 'boot'. */
void identity_moves_forget(struct identity_moves *m, bool boot);

/* True if the counters of the interfaces are to be read now, for identity_moves_take. 'vf' is of
 * each nic, MOVES_NICS_MAX at most; one that is not open is not 'known'. */
bool identity_moves_due(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                        int64_t now_us);

/* Takes the counters of all interfaces that could be one of these nics: ends the span, if one had
 * begun, and begins another. */
void identity_moves_take(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                         const struct moves_interface *interface, size_t interfaces,
                         int64_t now_us);

/* The interface whose counters move with those of this nic's VF; "": not known. */
const char *identity_moves_with(const struct identity_moves *m, size_t nic);

#endif
