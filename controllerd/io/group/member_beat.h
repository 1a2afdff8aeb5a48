/* SPDX-License-Identifier: Apache-2.0 */
/* member_beat - this controller's row in the table of members that a group shares: puts it, changes
 * its beat once a second, and reads the rows of the others in the same transaction.
 *
 * The table is written without waiting for a standby (synchronous_commit): a beat that is lost is
 * made up for by the next one. Rows of another fleet's database are left alone. */
#ifndef DAQS_CONTROLLERD_IO_GROUP_MEMBER_BEAT_H
#define DAQS_CONTROLLERD_IO_GROUP_MEMBER_BEAT_H

#include <stdint.h>

#include "controllerd/core/group/members.h"
#include "controllerd/io/pg/pg_client.h"

#define MEMBER_BEAT_MS 1000

struct member_beat; /* opaque */

/* All of them must outlive it. */
struct member_beat_setup {
    struct pg_client *pg;    /* must be stopped before member_beat_free */
    int64_t ledger;          /* number of the shared database: of pg_guard */
    struct members *members; /* takes the rows; its own row is the one that is put */
    /* Returns the monotonic time in ms. */
    int64_t (*now_ms)(void *arg);
    void *arg;
};

/* Returns NULL if out of memory. */
struct member_beat *member_beat_new(const struct member_beat_setup *setup);
/* NULL is fine. */
void member_beat_free(struct member_beat *beat);

/* Beats if it is time, unless an answer is still awaited; to be called several times a second.
 * Another process under this name has taken the row if members_own says so; from then on nothing is
 * written. */
void member_beat_tick(struct member_beat *beat, int64_t now_ms);

/* Beats at once, or as soon as the answer that is awaited has come: the own state has changed. */
void member_beat_now(struct member_beat *beat);

/* Returns the error of the last beat, owned by member_beat; its code is DAQS_OK if it succeeded. */
const struct daqs_error *member_beat_error(const struct member_beat *beat);

#endif
