/* SPDX-License-Identifier: Apache-2.0 */
/* auth - the controller's key, the keys that it accepts, and what their owners may do. */
#ifndef DAQS_CONTROLLERD_IO_NET_AUTH_H
#define DAQS_CONTROLLERD_IO_NET_AUTH_H

#include <czmq.h>

#include "controllerd/core/access/principals.h"
#include "shared/net/key.h"
#include "shared/net/zap_server.h"

struct events;
struct records;
struct records_principal;
struct auth; /* opaque */

/* Domains of the authentication protocol (zap_server.h). */
#define AUTH_BUS "bus"     /* for agents */
#define AUTH_ADMIN "admin" /* for operators and viewers */
#define AUTH_PEER "peer"   /* for the other members of a group */

enum { AUTH_REJECTED_MAX = 32 };

/* A key that was rejected. */
struct rejected_key {
    struct daqs_key key;
    char address[64];
    char domain[8];
    int64_t last_ms; /* UTC */
    uint64_t times;
};

struct auth_setup {
    struct records *records;
    struct events *events;
    const char *key_path; /* of the controller's own key; used by auth_new only */
    size_t keys_most;     /* principals */
    /* The principal with this name has been loaded, added or replaced; NULL: removed. 'other': it
     * had another key or role before, or is gone, and its connections must go. */
    void (*changed)(void *arg, const char *name, const struct principal *principal, bool other);
    /* Returns true if another member of the group has this key; NULL: there is no group. */
    bool (*member)(void *arg, const struct daqs_key *key);
    void *arg;
};

/* Loads or creates the controller's key, loads the principals, and starts to authenticate
 * connections. Must be created before the sockets and freed after them. Returns NULL with an error
 * text on failure. */
struct auth *auth_new(const struct auth_setup *setup, struct daqs_error *err);
void auth_free(struct auth *auth);

const struct key_pair *auth_key(const struct auth *auth);
/* Has the loop authenticate connections. Returns false if out of memory. */
bool auth_add_to_loop(struct auth *auth, zloop_t *loop);
struct zap_server_count auth_counted(const struct auth *auth);

struct principals *auth_principals(const struct auth *auth);

/* Applies a change of a principal: one that is on disk, or a revocation that could not be stored.
 */
void auth_apply(struct auth *auth, const struct records_principal *job);

/* Returns the number of rejected keys, at most AUTH_REJECTED_MAX, and fills in the entries, latest
 * first. */
size_t auth_rejected_keys(const struct auth *auth,
                          const struct rejected_key *ret[AUTH_REJECTED_MAX]);

/* Removes a key, which has now been enrolled, from the rejected keys. */
void auth_forget_rejected(struct auth *auth, const struct daqs_key *key);

/* Returns the message's sender, if its key (still) permits what agents (or operators and viewers)
 * do. Otherwise closes the connection and returns NULL. */
const struct principal *auth_sender(const struct auth *auth, zmq_msg_t *body, bool agent);

#endif
