/* SPDX-License-Identifier: Apache-2.0 */
/* agent_conns - the connections of agents that have sent a hello, one for each host. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_AGENT_CONNS_H
#define DAQS_CONTROLLERD_IO_FLEET_AGENT_CONNS_H

#include "controllerd/core/fleet/fleet.h"
#include "shared/net/connections.h"
#include "shared/net/socket.h"

struct agent_conns; /* opaque */
struct agent_conn;  /* opaque */

/* Returns NULL if out of memory. */
struct agent_conns *agent_conns_new(void);
/* Forgets all of them; hosts keep no connection. NULL is fine. */
void agent_conns_free(struct agent_conns *conns);

/* Returns the connection with this route, or NULL. */
struct agent_conn *agent_conns_find(const struct agent_conns *conns, const struct net_route *route);

/* Returns the host's connection; NULL: it has none. */
struct agent_conn *agent_conns_of(const struct agent_conns *conns, const struct fleet_host *host);

/* Makes the connection the host's only one: another one of the host is closed, another host's with
 * the same route is forgotten. Returns NULL if out of memory. */
struct agent_conn *agent_conns_adopt(struct agent_conns *conns, const struct net_route *route,
                                     const struct connection *connection, struct fleet_host *host);

/* Forgets the connection without closing it; it may send another hello. NULL is fine. */
void agent_conns_drop(struct agent_conns *conns, struct agent_conn *conn);

/* Closes the connection and forgets it. If connections were only forgotten, a peer could keep any
 * number of them. NULL is fine. */
void agent_conns_close(struct agent_conns *conns, struct agent_conn *conn);

struct fleet_host *agent_conn_host(const struct agent_conn *conn);
const struct connection *agent_conn_connection(const struct agent_conn *conn);
const struct net_route *agent_conn_route(const struct agent_conn *conn);

#endif
