/* SPDX-License-Identifier: Apache-2.0 */
/* homes - which hosts this member of a group serves, and how agents learn of the other members.
 *
 * Every member prefers the same member for a host, its home. A host that comes to another one is
 * sent home, unless it has just lost its home or cannot reach it. The agent of each host here knows
 * where to go if this member is gone. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_HOMES_H
#define DAQS_CONTROLLERD_IO_FLEET_HOMES_H

#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/group/adoption.h"
#include "controllerd/core/group/moves.h"
#include "controllerd/io/fleet/push.h"

struct group;
struct homes; /* opaque */

/* All of them must outlive it. */
struct homes_setup {
    struct group *group;
    struct fleet *fleet;
    struct roster *roster;
    struct agent_conns *conns;
    struct push *push;
    const uint64_t *epoch; /* of this controller, the least that it gives to a host */
    struct controller_counters *count;
    /* Another member serves the host, which is to be forgotten without ado; member: its name, "" if
     * it is not known. The host may not be known here. */
    void (*moved)(void *arg, const char *host, const char *member);
    /* Another machine uses the name of a host that is served here, and this member serves it; ""
     * if this one has just written that it does. Called again and again while that lasts; NULL:
     * nothing is called. */
    void (*claimed)(void *arg, const struct fleet_host *host, const char *member);
    /* A host that the member with this number has served is served here from now on; NULL: nothing
     * is called. */
    void (*adopted)(void *arg, const char *host, size_t member);
    void *arg;
};

/* Returns NULL if out of memory. */
struct homes *homes_new(const struct homes_setup *setup);
/* NULL is fine. */
void homes_free(struct homes *homes);

/* Decides about a host at its hello. Returns false if it was told where else to go; its hello is
 * then to be ignored. */
bool homes_hello(struct homes *h, const struct net_route *route, const char *name,
                 const struct wire_hello *hello, int64_t now_ms, struct adoption *ret);

/* The host is served here from now on, as decided: sets the epoch under which it is commanded, and
 * sends a welcome. */
void homes_adopt(struct homes *h, struct fleet_host *host, const struct wire_hello *hello,
                 const struct adoption *adoption, int64_t now_ms);

/* The host's agent has said that it leaves, and its connection is closed. If it has moved to
 * another member, the host is forgotten. */
void homes_left(struct homes *h, const struct fleet_host *host, bool moved, int64_t now_ms);

/* The database says that this member serves the host. If it is not here, it is forgotten; if it is,
 * contest.h decides. */
void homes_served(struct homes *h, const char *name, const char *member, int64_t now_ms);

/* Another member says that it serves the host: as homes_served, and this is believed until the
 * database says something else. Nothing happens if the member or the host is not known. */
void homes_told_adopted(struct homes *h, const char *name, const char *member, int64_t now_ms);

/* This member has reported a host as down that it has not heard: from now on it answers for it, so
 * that no other member reports it as well, unless one has taken the host meanwhile. */
void homes_absent(struct homes *h, const char *name);

/* For group_setup: sends a host that is served here to the first of these members. */
void homes_send_away(struct homes *h, const char *name, const struct daqs_member_info *member,
                     size_t count, enum move_reason reason);

/* The SLAs of all hosts are known here from now on: pushes to hosts for which this was awaited. */
void homes_records_known(struct homes *h, int64_t now_ms);

/* Tells agents if the members have changed, a part of them at a time; notes which hosts are no
 * longer connected; and reviews which hosts are listed here. */
void homes_tick(struct homes *h, int64_t now_ms);

/* The host with this name is forgotten, and no other member serves it. */
void homes_ended(struct homes *h, const char *name);

/* Returns true if two machines use the name of a host that is served here, each at a member. */
bool homes_is_claimed(const struct homes *h, const struct fleet_host *host, int64_t now_ms);

/* The host is about to be forgotten. */
void homes_forget(struct homes *h, const struct fleet_host *host);

#endif
