/* unsent - do the TCP sockets of a guest hold bytes that they could not send yet?
 *
 * A VM below its guarantee is content, or held back where its host does not see it: its sockets
 * tell which. ss shows them, run in the guest for suspects only. All of it is the guest's word:
 * bounded, and a look that is not understood says nothing. */
#ifndef DAQS_AGENTD_CORE_UNSENT_H
#define DAQS_AGENTD_CORE_UNSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/unsent_text.h"
#include "shared/base/model.h"

/* More than this waits in the sockets of a nic that is held back. One that sends what it is given
 * has nothing waiting, or for a moment a part of the 64 KB that the kernel cuts at a time. A single
 * flow squeezed to 5 Mbit/s had 39 KB or more in every look, and larger ones up to 4 MB. */
#define UNSENT_LEAST_BYTES 32768

/* A nic's. Zero-initialise. */
struct unsent_nic {
    int64_t span_us; /* gathered so far, of a second */
    uint64_t wire_bytes;
    daqs_bps rate;        /* on the wire, in the last whole second */
    daqs_bps looked_rate; /* the same at the last look */
    bool suspect;
    uint8_t waited; /* looks in a row with something waiting; up to UNSENT_LOOKS */
    uint8_t backlog;
    int64_t until_ms; /* monotonic: what the last look says holds until then */
};

/* When a guest is looked at. Zero-initialise: as soon as there is a suspect. */
struct unsent_plan {
    int64_t next_ms; /* monotonic, not before */
    int64_t looked_ms;
    int64_t wait_ms;
    unsigned calm; /* looks in a row that found nothing waiting */
    bool spared;   /* the last look failed */
};

/* So many looks in a row make a backlog. A guest that sends all it wants beside a full port had
 * something waiting in about 3 % of the looks: in two in a row once in half an hour. */
#define UNSENT_LOOKS 3

/* Between looks; it doubles with each calm look from the UNSENT_CALM-th on. */
#define UNSENT_WAIT_LEAST_MS 1000
#define UNSENT_WAIT_MOST_MS 10000
#define UNSENT_CALM 3
/* After a look that cannot succeed: the guest has no ss, or its agent refuses guest-exec. */
#define UNSENT_REFUSED_MS 600000
/* What a look says is believed until the next one is due and for so long. */
#define UNSENT_LATE_MS 3000

enum unsent_outcome {
    UNSENT_SEEN,
    UNSENT_FAILED,  /* the guest did not answer in time, say */
    UNSENT_REFUSED, /* no ss, guest-exec refused, output too large or not understood */
};

/* Takes what a nic with this guarantee (0: none) sent between two readings. A suspect is one that
 * sent something in a whole second, but less than 99 % of its guarantee on the wire. A rate that
 * differs by more than a quarter from that of the last look makes the next one due soon. */
void unsent_note(struct unsent_nic *nic, struct unsent_plan *plan, const struct daqs_sample *sample,
                 uint32_t mtu, daqs_bps min);

/* A look has ended; 'waiting': some suspect had more than UNSENT_LEAST_BYTES unsent. */
void unsent_plan_looked(struct unsent_plan *plan, enum unsent_outcome outcome, bool waiting,
                        int64_t now_ms);

bool unsent_waiting(const struct unsent_sum *sum);

/* What the look that ended says of a suspect, after unsent_plan_looked. 'sum' NULL: nothing. */
void unsent_looked(struct unsent_nic *nic, const struct unsent_plan *plan,
                   const struct unsent_sum *sum, int64_t now_ms);

/* SOME after UNSENT_LOOKS in a row with something waiting; NONE if nothing waits in the last one.
 */
enum daqs_backlog unsent_backlog(const struct unsent_nic *nic, int64_t now_ms);

#endif
