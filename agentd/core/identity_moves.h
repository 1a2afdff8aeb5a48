/* identity_moves - which interface of a guest is a nic, by whose counters move as its VF's do.
 *
 * For interfaces that nothing else tells apart. Spans of several seconds are compared in which the
 * VF sent a good amount. An interface agrees if it sent as much. It is taken for the nic after
 * three spans in a row in which it alone agreed and no other sent half as much. A bridge and its
 * port carry the same bytes, and stay open.
 *
 * A guest reports what it likes. To be taken for the nic, an interface has to report what the VF
 * really sends, and it goes on being compared (moves_check.h): two spans in a row that disagree, or
 * more than a third of them, end it for an hour, or until the guest's next boot. Counters that are
 * not known for several spans end it as well; three spans that agree tell it again, but not the
 * second time in a row. The usage is the VF's all the time, as if the nic were open. A guest that
 * lies gains a limit on the wrong interface, and nothing more. It loses that when the comparison
 * disagrees, or when it reports more than its limit (compliance.h). */
#ifndef DAQS_AGENTD_CORE_IDENTITY_MOVES_H
#define DAQS_AGENTD_CORE_IDENTITY_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/moves_check.h"
#include "shared/base/name.h"

#define MOVES_NICS_MAX 64
#define MOVES_INTERFACES_MAX 16 /* with more of them nics stay open */
#define MOVES_ROUNDS 3
/* A span is this long at least, and doubles, up to the most, after one that showed nothing. After
 * one that agreed it is what it was, up to twice the least, which it is while a nic is told. */
#define MOVES_SPAN_US 4000000
#define MOVES_SPAN_MOST_US 64000000
/* How long one that disagreed is not taken for the nic again. */
#define MOVES_REFUTED_US INT64_C(3600000000)

/* What an interface that could be a nic's sent so far, by the guest's account. */
struct moves_interface {
    char ifname[DAQS_IFNAME_MAX + 1];
    bool known;
    int64_t at_us; /* monotonic */
    uint64_t tx_bytes;
};

/* What is known of a guest's nics. Zero-initialise: nothing. */
struct identity_moves {
    int64_t from_us; /* a span began; 0: none has */
    int64_t span_us; /* 0: the least */
    size_t nics;     /* places of 'nic' that were ever in use; the others are empty */
    size_t interfaces;
    struct moves_interface interface[MOVES_INTERFACES_MAX]; /* at its beginning, */
    struct moves_nic {
        struct moves_vf vf;               /* as well; before it the last one seen */
        char ifname[DAQS_IFNAME_MAX + 1]; /* the interface that agreed last; "": none */
        unsigned rounds;                  /* spans in a row in which it did */
        bool told;                        /* it is taken for the nic, */
        struct moves_check check;         /* and compared since then */
        int64_t refuted_us; /* it disagreed: none is taken for the nic until then; 0: it did not */
    } nic[MOVES_NICS_MAX];
};

/* The interfaces are others: what is known of them is dropped, and they are compared from the
 * beginning. What speaks against a nic's being told stays, unless it was a 'boot'. */
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

/* The interface whose counters move with those of this nic's VF; "": not known, or another nic was
 * in this place when they were looked at last. */
const char *identity_moves_with(const struct identity_moves *m, size_t nic,
                                const struct daqs_mac *mac);

#endif
