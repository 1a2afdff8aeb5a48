/* SPDX-License-Identifier: Apache-2.0 */
/* roster - the hosts that operators see, sorted by name: those that the fleet has heard, and those
 * that have an SLA or an enrolled key, from which nothing may have been heard. In a group of
 * controllers, hosts that another member serves are not listed here.
 *
 * The owners of these facts report each change of them. A change costs a search and the move of a
 * part of an array of pointers; readers never sort. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_ROSTER_H
#define DAQS_CONTROLLERD_CORE_FLEET_ROSTER_H

#include "controllerd/core/fleet/fleet.h"

/* Time that agents need to connect: a host that has not been heard is down once it has been awaited
 * for this long. */
#define ROSTER_STARTING_MS 10000

/* Why a host is listed that has not been heard. */
enum roster_reason { ROSTER_HAS_SLA = 1, ROSTER_HAS_KEY = 2 };

struct roster_entry {
    char *name;
    const struct fleet_host *host; /* NULL: not heard since the controller started */
    unsigned reasons;              /* of enum roster_reason */
    int64_t known_ms;              /* monotonic, since when there is a reason */
    int64_t since_ms;              /* monotonic, when it was listed */
    int64_t awaited_ms;            /* monotonic, since when its agent is to be here; in doubt: since
                                      when it is so */
    int64_t heard_ms;              /* UTC, when it was last heard before the start; 0: not known */
    bool elsewhere;                /* it is not listed: another member serves it */
    bool served;                   /* another member has served it */
    bool in_doubt;                 /* it is listed, and another member may still serve it */
    int64_t down_ms;               /* UTC, when it was reported as down unheard; 0: it was not */
};

struct roster; /* opaque */

/* Returns NULL if out of memory. */
struct roster *roster_new(void);
/* NULL is fine. */
void roster_free(struct roster *roster);

/* The fleet has received a hello of the host. Returns false if out of memory: the host may not be
 * listed until its next hello. */
bool roster_heard(struct roster *roster, const struct fleet_host *host, int64_t now_ms);

/* The host with this name is reported as forgotten, and the fleet is about to forget it. It stays
 * listed while there is a reason; in a group, it is listed again if no other member serves it. */
void roster_forget(struct roster *roster, const char *name);

/* Sets or clears a reason to list a host. If out of memory, the host is listed once it is heard. */
void roster_set(struct roster *roster, const char *name, enum roster_reason reason, bool on,
                int64_t now_ms);

/* This controller is a member of a group: hosts are not listed until they are heard here, or until
 * roster_review finds that no other member serves them. To be called before hosts are added. */
void roster_in_group(struct roster *roster);

/* Which member of the group a host is to be listed by. */
enum roster_place {
    ROSTER_ELSEWHERE, /* another member serves it */
    ROSTER_NEW,       /* this one: no member has served it yet */
    ROSTER_IN_DOUBT,  /* this one: the member that served it is lost, and may still serve it */
    ROSTER_HERE,      /* this one: its agent is to come here */
};

/* Reviews at most 'most' entries, going on where the last call ended: a host that another member
 * serves, by 'place', is not listed. One that no other member serves is listed, as from now_ms on.
 * A host that is heard here, or was reported as down, stays listed until it is forgotten. */
void roster_review(struct roster *roster, size_t most,
                   enum roster_place (*place)(void *arg, const char *name), void *arg,
                   int64_t now_ms);

/* Returns how many entries there are, listed or not. */
size_t roster_entries(const struct roster *roster);
/* Returns a number that grows when an entry has to be reviewed. */
uint64_t roster_changes(const struct roster *roster);

/* Returns for how long (ms) this controller has waited for the host's agent; 0 while another member
 * of the group may still serve it. */
int64_t roster_awaited_ms(const struct roster_entry *entry, int64_t now_ms);

/* Returns true if a host that has not been heard is to be reported as down: it has been awaited for
 * ROSTER_STARTING_MS, and was known at begun_ms, or served by another member of the group. */
bool roster_is_absent(const struct roster_entry *entry, int64_t begun_ms, int64_t now_ms);

/* Sets the reason ROSTER_HAS_SLA of the hosts of all entries. */
void roster_load(struct roster *roster, struct ledger *ledger, int64_t now_ms);

/* Records that a host that has not been heard was reported as down; wall_ms: UTC. It is listed
 * until roster_forget, because what was reported must end. */
void roster_note_down(struct roster *roster, const char *name, int64_t wall_ms);

/* Records when the host was last heard before the start of the controller, if it is listed;
 * wall_ms: UTC. */
void roster_note_heard(struct roster *roster, const char *name, int64_t wall_ms);

/* Returns since when (UTC) a host that is not present is away: since its last message, or if none
 * is known, since it is listed, which is at the earliest the start of the controller. now_ms
 * (monotonic) and wall_ms (UTC) are the same moment. */
int64_t roster_away_since(const struct roster_entry *entry, int64_t now_ms, int64_t wall_ms);

/* Returns the entry of a host that is listed, or NULL. It is valid until a host is added or
 * removed. */
const struct roster_entry *roster_find(const struct roster *roster, const char *name);

size_t roster_count(const struct roster *roster);
/* Returns entry number 'index' in the order of names (strcmp). */
const struct roster_entry *roster_at(const struct roster *roster, size_t index);
/* Returns the index of the first entry whose name is not before this one; roster_count: none. */
size_t roster_seek(const struct roster *roster, const char *name);

/* Returns how many of the ledger's guarantees are on hosts that are not present: whether they are
 * met is unknown. */
size_t roster_guarantees_unknown(const struct roster *roster, const struct ledger *ledger,
                                 int64_t now_ms);

#endif
