/* SPDX-License-Identifier: Apache-2.0 */
/* admin_scene - the operators' side of a controller with a real database, without sockets. */
#ifndef DAQS_TESTS_LIB_ADMIN_SCENE_H
#define DAQS_TESTS_LIB_ADMIN_SCENE_H

#include "tests/lib/store_box.h"

#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/admin/admin.h"
#include "shared/wire/admin.h"

enum { ADMIN_SCENE_KEYS = 8 }; /* that can be enrolled */

struct admin_scene {
    struct box *box;
    struct controller_config config;
    struct controller_counters count;
    struct buckets took;
    struct policy_overrides overrides;
    struct maintenance *maintenance;
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct oversold *oversold;
    struct state_changes *changes;
    struct accounting *accounting;
    struct events *events;
    struct reign *reign;
    struct violations *violations;
    struct recorder *recorder;
    struct commit_queue *queue;
    struct sla_commits *commits;
    struct agent_conns *conns;
    struct push *push;
    struct relocator *relocator;
    struct state_events *state_events;
    struct forgetter *forgetter;
    struct auth *auth; /* NULL: no keys are needed */
    struct admin_setup setup;
    struct admin *admin;
    unsigned pushed; /* messages to agents */
    int64_t now_ms;  /* monotonic, of the next request */
    struct listener listener;
    struct admin_caller caller; /* of the next request */
    /* The last reply, valid until the next one. */
    unsigned replies;
    struct wire_reply reply;
    struct daqs_arena arena;
};

/* For cmocka: *state is the scene, with keys or without. It knows no host. */
int admin_scene_make(void **state);
int admin_scene_make_with_keys(void **state);
int admin_scene_end(void **state);

/* Makes the controller a member of a group. Both are the test's. */
void admin_scene_join(struct admin_scene *s, struct membership *membership, struct peer_link *link);

/* Connects a host with one uplink, up0 of 1 Gbit/s, and the VMs gold and plain on it, which send
 * nothing. */
struct fleet_host *admin_scene_host(struct admin_scene *s, const char *name);

/* Returns a request of user eve about a host and a VM; "" for none. */
struct wire_request admin_scene_request(enum wire_verb verb, const char *host, const char *vm);

/* Makes a request without waiting for the reply. */
void admin_scene_begin(struct admin_scene *s, const struct wire_request *request);
/* Waits until that many replies have arrived. */
void admin_scene_wait(struct admin_scene *s, unsigned replies);

/* Waits until all events are in the database. */
void admin_scene_store_events(struct admin_scene *s);

/* Checks each host once, as state_events does in ADMIN_SCENE_TICKS ticks, at ADMIN_SCENE_WALL_MS
 * (UTC). */
enum { ADMIN_SCENE_TICKS = 10 };
#define ADMIN_SCENE_WALL_MS INT64_C(1800000000000)
void admin_scene_check_hosts(struct admin_scene *s);

/* Returns how many events of this kind a host has in the database. */
size_t admin_scene_events_of(struct admin_scene *s, const char *host, const char *kind);

/* Makes a request, waits for its reply, and checks the code and that the text contains 'text'. */
void admin_scene_ask(struct admin_scene *s, const struct wire_request *request, int code,
                     const char *text);

/* Return a cell of the reply's table: its text, and its number. */
const char *admin_scene_text(const struct admin_scene *s, size_t row, const char *column);
uint64_t admin_scene_number(const struct admin_scene *s, size_t row, const char *column);

/* Returns the value of a row of the status. */
const char *admin_scene_status(struct admin_scene *s, const char *name);

#endif
