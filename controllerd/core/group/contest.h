/* SPDX-License-Identifier: Apache-2.0 */
/* contest - a host that is connected to this member while the database says that another one serves
 * it.
 *
 * For a moment that is normal: the agent is on its way, or a row was lost and is to be written
 * again. If it is so again soon after the row was written, two machines use the host's name, and
 * each has a member that serves it. Then the members would write the row against each other every
 * second. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_CONTEST_H
#define DAQS_CONTROLLERD_CORE_GROUP_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

/* What is read counts after this time: a host that has left is not present any more then. */
#define CONTEST_WAIT_MS 5000
/* A row is written at most this often. */
#define CONTEST_WRITE_MS 60000
/* Another member's row within this time after ours was written means two machines. */
#define CONTEST_AGAIN_MS 180000
/* That is known to last for this long: each of two members writes once in CONTEST_WRITE_MS. */
#define CONTEST_LASTS_MS 150000

/* Of a host; zero-initialise. Times are monotonic. */
struct contest {
    int64_t read_ms;    /* when another member's row was read that is not settled; 0: none is */
    int64_t written_ms; /* when ours was last written for that reason; 0: never */
    int64_t claimed_ms; /* when two machines were last noticed; 0: never */
};

/* The database says that another member serves the host. */
void contest_read(struct contest *contest, int64_t now_ms);

/* The database says again that this member serves the host: what was read before is settled. */
void contest_own(struct contest *contest);

enum contest_act {
    CONTEST_NOTHING,
    CONTEST_WRITE, /* our row is to be written */
    CONTEST_LEFT,  /* the other member serves the host */
};

/* Decides what to do now about the last row that was read; here: the host is connected, and has
 * been heard lately. To be called several times a second. */
enum contest_act contest_due(struct contest *contest, bool here, int64_t now_ms);

/* Returns true if two machines use the host's name, each with a member that serves it. */
bool contest_is_claimed(const struct contest *contest, int64_t now_ms);

#endif
