/* SPDX-License-Identifier: Apache-2.0 */
/* membership - this controller's part in a group of controllers: its connection to the database of
 * the group, what it decides about hosts, and how it leaves. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_MEMBERSHIP_H
#define DAQS_CONTROLLERD_IO_FLEET_MEMBERSHIP_H

#include "controllerd/config/controller_config.h"
#include "controllerd/core/group/members.h"
#include "controllerd/io/fleet/homes.h"
#include "controllerd/io/group/stay_find.h"

struct membership; /* opaque */

/* All of them must outlive it. */
struct membership_setup {
    const struct controller_config *config; /* with 'ledger' and the name of this member */
    int64_t ledger;                         /* number of the shared database: of pg_guard */
    struct daqs_key key; /* the controller's public key; all zero: it uses no keys */
    struct fleet *fleet;
    struct roster *roster;
    struct agent_conns *conns;
    struct push *push;
    const uint64_t *epoch; /* of this controller, the least that it gives to a host */
    struct controller_counters *count;
    /* As in homes_setup. */
    void (*moved)(void *arg, const char *host, const char *member);
    void (*claimed)(void *arg, const struct fleet_host *host, const char *member);
    void (*adopted)(void *arg, const char *host, size_t member);
    void *arg;
};

/* Returns NULL, with an error text: DAQS_EINVALID, DAQS_ESYSTEM or
 * DAQS_ENOMEM. */
struct membership *membership_new(const struct membership_setup *setup, struct daqs_error *err);
/* The SLAs of all hosts are known from now on. Until then nothing is pushed to hosts that come. */
void membership_records_known(struct membership *m, int64_t now_ms);
/* Ends what is under way; what it calls must still be there. NULL is fine. */
void membership_stop(struct membership *m);
/* Must be called after membership_stop. NULL is fine. */
void membership_free(struct membership *m);

/* A descriptor that is readable while membership_reap has something to do. */
int membership_fd(const struct membership *m);
void membership_reap(struct membership *m);
/* To be called several times a second. */
void membership_tick(struct membership *m, int64_t now_ms);

/* Another member says whether the shared database answers it. */
void membership_peer_said(struct membership *m, const char *member, bool reads, int64_t now_ms);

/* Returns what decides about hosts, valid until membership_free. */
struct homes *membership_homes(const struct membership *m);
const struct members *membership_members(const struct membership *m);
/* Returns how many members, this one included, are in this state of life. */
size_t membership_count(const struct membership *m, enum member_life life);

/* Returns true if another member answers for the host, by what the database says. */
bool membership_elsewhere(const struct membership *m, const char *host);

/* Returns true if two machines use the name of a host that is served here, each at a member. */
bool membership_is_claimed(const struct membership *m, const struct fleet_host *host,
                           int64_t now_ms);

/* Returns the number of the member that answers for the host; members_count: it is not known yet.
 */
size_t membership_answers(const struct membership *m, const char *host);

/* Returns DAQS_OK if this member answers for the host; DAQS_EREFUSED, with a text that names the
 * member to ask. */
int membership_check_here(const struct membership *m, const char *host, struct daqs_error *err);

/* Writes a note about a host that a lost member may still serve (stays_in_doubt), or "". Returns
 * buf. */
enum { MEMBERSHIP_NOTE_BYTES = 256 };
const char *membership_note(const struct membership *m, const char *host, int64_t now_ms,
                            char buf[static MEMBERSHIP_NOTE_BYTES]);

/* Looks up which members have served the host; as stay_find_submit. */
int membership_find_stays(const struct membership *m, const char *host, struct stay_find *find);

/* Returns how many hosts a member serves, by what is known here. */
size_t membership_hosts_of(const struct membership *m, size_t member);

/* Returns true if another member serves hosts, and is not lost. */
bool membership_has_others(const struct membership *m);

/* Begins to send all hosts to other members, to end after that. */
void membership_leave(struct membership *m);
bool membership_leaves(const struct membership *m);

/* Returns true if this controller is to end: it has left, or another process under its name has
 * taken its place. */
bool membership_over(const struct membership *m, int64_t now_ms);
/* Returns true if another process under this name has taken this controller's place. */
bool membership_taken(const struct membership *m);

#endif
