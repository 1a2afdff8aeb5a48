/* SPDX-License-Identifier: Apache-2.0 */
/* group - this controller as a member of a group of controllers that share a database.
 *
 * It decides which hosts this member serves and where the others are to go. The agent has the last
 * word: it obeys one controller at a time, the one with the highest epoch. So a member never needs
 * permission to serve a host, and a wrong decision costs a redirect. */
#ifndef DAQS_CONTROLLERD_IO_GROUP_GROUP_H
#define DAQS_CONTROLLERD_IO_GROUP_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/group/adoption.h"
#include "controllerd/core/group/moves.h"
#include "shared/base/error.h"
#include "shared/base/model.h"

struct pg_client;
struct group; /* opaque */

struct group_setup {
    /* A client of the group's own, so that beats do not wait for changes of SLAs. It must outlive
     * the last call of group_tick, and is to be freed before the group. */
    struct pg_client *pg;
    int64_t ledger;        /* number of the shared database: of pg_guard */
    const char *name;      /* of this member */
    const char *advertise; /* endpoint where agents reach it */
    const char *peer;      /* endpoint where other members reach it; "": none */
    struct daqs_key key;   /* public, of this member; all zero: it uses no keys */
    const char *version;   /* of the program */
    uint32_t weight;
    int64_t lost_after_ms;
    int64_t settle_ms;
    int64_t stays_keep_ms; /* for how long it is kept which member served a host */
    uint32_t move_rate;    /* hosts a second that are moved to one member */
    /* Sends a host that is served here to the first of these members. Called by group_tick. */
    void (*send_away)(void *arg, const char *host, const struct daqs_member_info *member,
                      size_t count, enum move_reason reason);
    /* The database says that this member serves the host, which may be out of date; NULL: nothing
     * is called. */
    void (*served)(void *arg, const char *host, const char *member);
    /* Returns the monotonic time in ms. */
    int64_t (*now_ms)(void *arg);
    void *arg;
};

/* What the setup refers to must outlive the group, except as said above. Returns NULL, with an
 * error text: DAQS_ESYSTEM: no random numbers; DAQS_ENOMEM. */
struct group *group_new(const struct group_setup *setup, struct daqs_error *err);
/* The row of this member stays in the database. NULL is fine. */
void group_free(struct group *group);

/* Beats, judges the others, and sends hosts away that are to be moved; to be called several times a
 * second. */
void group_tick(struct group *group, int64_t now_ms);

/* The SLAs of all hosts are known here, as recent as the database has them or had them lately.
 * Until then this member is no home, and nothing is pushed to hosts that come. */
void group_records_known(struct group *group);

/* Another member says whether the database answers it. */
void group_peer_said(struct group *group, const char *member, bool reads, int64_t now_ms);

/* Decides what to do at a hello. The caller sets hello's host, epoch, redirectable, left and
 * epoch_here; the rest is set here. own_epoch: the least that this member gives to a host. */
void group_hello(struct group *group, struct adoption_hello *hello, uint64_t own_epoch,
                 int64_t now_ms, struct adoption *ret);

/* The host has said hello and is served here; redirectable and left: as in the hello. DAQS_ENOMEM:
 * it is never sent away. */
int group_adopted(struct group *group, const char *host, bool redirectable, const char *left,
                  int64_t now_ms);
/* The host has no connection here any more. Returns true if it was sent to another member just
 * before, which serves it now. */
bool group_gone(struct group *group, const char *host, int64_t now_ms);

/* Begins to send all hosts to other members; this one is nobody's home from now on. */
void group_leave(struct group *group);
/* Returns how many hosts are still to be sent away, of those that can be. */
size_t group_staying(const struct group *group);

/* Returns true if this member leaves and has no reason to wait for its hosts any longer. */
bool group_has_left(const struct group *group, int64_t now_ms);

/* Returns true if another member serves hosts, and is not lost. */
bool group_has_others(const struct group *group);

/* Returns how many hosts the member with this number serves, by what the database says. */
size_t group_hosts_of(const struct group *group, size_t member);

/* Returns true if another member answers for the host, by what the database says: it is not to be
 * reported as away here. Until that was read, other members answer for all hosts. */
bool group_elsewhere(const struct group *group, const char *host);

/* Returns the number of the member that answers for the host; members_count: it is not known yet.
 */
size_t group_answers(const struct group *group, const char *host);

/* Returns the number of the lost member that may still serve the host, because it may only be cut
 * off from the database (stays_in_doubt); members_count: there is none. */
size_t group_in_doubt(const struct group *group, const char *host, int64_t now_ms);

/* Returns the name of the member that serves the host, or served it last, by what the database
 * says, valid until the next answer; "": none has. */
const char *group_served_by(const struct group *group, const char *host);

/* The member says itself that it serves the host, before the database does. DAQS_ENOMEM. */
int group_told_served(struct group *group, const char *host, const char *member, int64_t now_ms);

/* Writes to the database again that this member serves the host. DAQS_ENOMEM. */
int group_serves(struct group *group, const char *host);
/* This member has reported the host as down, and answers for it unless another one serves it by
 * now. DAQS_ENOMEM. */
int group_absent(struct group *group, const char *host);

/* Writes to the database that no member serves the host any more. DAQS_ENOMEM. */
int group_forget(struct group *group, const char *host);
/* Returns true once the database has told which member serves each host. */
bool group_knows_stays(const struct group *group);

/* Returns true if another process under this name has taken this member's place: this one must end.
 */
bool group_is_taken(const struct group *group);

/* Returns what this member knows of the others; valid until group_free. */
const struct members *group_members(const struct group *group);

/* Writes what agents are told of the members with these numbers, at most DAQS_MAX_MEMBERS. Returns
 * their count. The texts are valid until the next answer of the database. */
size_t group_infos(const struct group *group, const size_t *number, size_t count,
                   struct daqs_member_info ret[static DAQS_MAX_MEMBERS]);

#endif
