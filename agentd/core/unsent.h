/* SPDX-License-Identifier: Apache-2.0 */
/* unsent - determines whether the TCP sockets of a guest hold bytes that they could not send yet.
 *
 * A VM below its guarantee either needs no more, or is held back in a place that the host does not
 * see. Its sockets distinguish the two cases. They are listed by ss, which runs in the guest and
 * only for suspects; one such run is a look. All of its output is untrusted: it is bounded, and a
 * look that cannot be parsed has no result. */
#ifndef DAQS_AGENTD_CORE_UNSENT_H
#define DAQS_AGENTD_CORE_UNSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/unsent_text.h"
#include "shared/base/model.h"

/* More than this is unsent in the sockets of a nic that is held back. Otherwise nothing is unsent,
 * or for a moment a part of the 64 KB that the kernel cuts at a time. A single flow squeezed to 5
 * Mbit/s had 39 KB or more in every look, and larger flows up to 4 MB. */
#define UNSENT_LEAST_BYTES 32768

/* Per nic. Zero-initialise. */
struct unsent_nic {
    int64_t span_us; /* accumulated so far, of one second */
    uint64_t wire_bytes;
    daqs_bps rate;        /* on the wire, in the last complete second */
    daqs_bps looked_rate; /* the same at the last look */
    bool suspect;
    uint8_t waited; /* looks in a row with unsent bytes, at most UNSENT_LOOKS */
    uint8_t backlog;
    int64_t until_ms; /* monotonic: the result of the last look is valid until then */
};

/* Per guest: when the next look is due. Zero-initialise: as soon as there is a suspect. */
struct unsent_plan {
    int64_t next_ms; /* monotonic, earliest time */
    int64_t looked_ms;
    int64_t wait_ms;
    unsigned calm; /* looks in a row without unsent bytes */
    bool spared;   /* the last look failed */
};

/* Number of looks in a row that make a backlog. A guest that sends everything it wants next to a
 * full port had unsent bytes in about 3 % of the looks, and in two in a row once in half an
 * hour. */
#define UNSENT_LOOKS 3

/* Time between looks. It doubles with each look without unsent bytes, from the UNSENT_CALM-th
 * on. */
#define UNSENT_WAIT_LEAST_MS 1000
#define UNSENT_WAIT_MOST_MS 10000
#define UNSENT_CALM 3
/* Wait after a look that cannot succeed: the guest has no ss, or its agent rejects guest-exec. */
#define UNSENT_REFUSED_MS 600000
/* The result of a look is valid until the next one is due, and for this time after that. */
#define UNSENT_LATE_MS 3000

enum unsent_outcome {
    UNSENT_SEEN,
    UNSENT_FAILED,  /* e.g. the guest did not respond in time */
    UNSENT_REFUSED, /* no ss, guest-exec rejected, output too large or not parsable */
};

/* Processes what a nic with this guarantee (0: none) sent between two readings. A nic is a suspect
 * if in a complete second it sent less than 99 % of its guarantee on the wire, but at least the
 * lower of 1 % of it and 1 Mbit/s. A rate that differs by more than a quarter from that of the last
 * look makes the next one due soon. */
void unsent_note(struct unsent_nic *nic, struct unsent_plan *plan, const struct daqs_sample *sample,
                 uint32_t mtu, daqs_bps min);

/* Records the end of a look. 'waiting': a suspect had more than UNSENT_LEAST_BYTES unsent. */
void unsent_plan_looked(struct unsent_plan *plan, enum unsent_outcome outcome, bool waiting,
                        int64_t now_ms);

bool unsent_waiting(const struct unsent_sum *sum);

/* Records the result of a look for a suspect, after unsent_plan_looked. 'sum' is NULL if there is
 * none. */
void unsent_looked(struct unsent_nic *nic, const struct unsent_plan *plan,
                   const struct unsent_sum *sum, int64_t now_ms);

/* Returns DAQS_BACKLOG_SOME after UNSENT_LOOKS in a row with unsent bytes, DAQS_BACKLOG_NONE if the
 * last one found sockets without unsent bytes, and DAQS_BACKLOG_UNKNOWN otherwise. */
enum daqs_backlog unsent_backlog(const struct unsent_nic *nic, int64_t now_ms);

#endif
