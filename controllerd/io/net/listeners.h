/* SPDX-License-Identifier: Apache-2.0 */
/* listeners - the sockets that the controller listens on, and the connections to them. */
#ifndef DAQS_CONTROLLERD_IO_NET_LISTENERS_H
#define DAQS_CONTROLLERD_IO_NET_LISTENERS_H

#include <czmq.h>

#include "controllerd/config/controller_config.h"
#include "controllerd/core/access/principals.h"
#include "shared/net/connections.h"

struct listeners; /* opaque */

enum listener_kind {
    LISTENER_BUS,          /* for agents */
    LISTENER_ADMIN,        /* for users with permission for the socket */
    LISTENER_ADMIN_REMOTE, /* for clients with keys */
    LISTENER_WEB,          /* for the web thread */
    LISTENER_PEER,         /* for the other members of a group */
    LISTENER_KINDS
};

/* One of the sockets. */
struct listener {
    enum listener_kind kind;
    zsock_t *socket;                 /* NULL: not configured */
    struct connections *connections; /* NULL: all of them come from this process */
    const struct principal *by;      /* of all its clients; NULL: by key, or no key needed */
};

struct listeners_setup {
    const struct controller_config *config;
    const struct key_pair *key; /* the controller's own; NULL: no socket needs keys */
    const char *web_endpoint;   /* of the web thread's socket, which is opened if 'http' is set */
    /* Called when a socket is readable. */
    void (*readable)(void *arg, const struct listener *listener, int64_t now_ms);
    void *arg;
};

/* Opens the configured sockets, and limits the connections of the process. What the setup points to
 * must outlive them. Returns NULL with an error text on failure. */
struct listeners *listeners_new(const struct listeners_setup *setup, struct daqs_error *err);
/* NULL is fine. */
void listeners_free(struct listeners *listeners);

/* Adds all of them to the loop, which must end first. Returns false if out of memory. */
bool listeners_add_to_loop(struct listeners *listeners, zloop_t *loop);

const struct listener *listeners_get(const struct listeners *listeners, enum listener_kind kind);

/* Called several times a second: closes pending connections that have waited too long. */
void listeners_tick(struct listeners *listeners, int64_t now_ms);

/* Returns the sums over all sockets. */
struct connections_count listeners_counted(const struct listeners *listeners);

#endif
