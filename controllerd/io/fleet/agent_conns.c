/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/agent_conns.h"

#include <stdlib.h>
#include <uthash.h>

struct agent_conn {
    struct net_route route;
    struct fleet_host *host;
    struct connection connection; /* over which its hello arrived */
    UT_hash_handle hh;
    UT_hash_handle hh_host;
};

struct agent_conns {
    struct agent_conn *by_route;
    struct agent_conn *by_host;
};

struct agent_conns *agent_conns_new(void)
{
    return calloc(1, sizeof(struct agent_conns));
}

void agent_conns_free(struct agent_conns *conns)
{
    struct agent_conn *conn = NULL;
    struct agent_conn *next = NULL;
    if (!conns)
        return;
    HASH_ITER(hh, conns->by_route, conn, next)
    {
        agent_conns_drop(conns, conn);
    }
    free(conns);
}

struct agent_conn *agent_conns_find(const struct agent_conns *conns, const struct net_route *route)
{
    struct agent_conn *conn = NULL;
    HASH_FIND(hh, conns->by_route, route->id, route->length, conn);
    return conn;
}

struct agent_conn *agent_conns_of(const struct agent_conns *conns, const struct fleet_host *host)
{
    struct agent_conn *conn = NULL;
    HASH_FIND(hh_host, conns->by_host, &host, sizeof(struct fleet_host *), conn);
    return conn;
}

void agent_conns_drop(struct agent_conns *conns, struct agent_conn *conn)
{
    if (!conn)
        return;
    conn->host->connected = false;
    /* It is in the tables: NOLINTBEGIN(clang-analyzer-core.NullDereference) */
    HASH_DELETE(hh_host, conns->by_host, conn);
    HASH_DEL(conns->by_route, conn);
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
    free(conn);
}

void agent_conns_close(struct agent_conns *conns, struct agent_conn *conn)
{
    if (conn)
        connection_hang_up(&conn->connection);
    agent_conns_drop(conns, conn);
}

struct agent_conn *agent_conns_adopt(struct agent_conns *conns, const struct net_route *route,
                                     const struct connection *connection, struct fleet_host *host)
{
    struct agent_conn *conn = agent_conns_find(conns, route);
    if (conn && conn->host == host) {
        conn->connection = *connection;
        return conn;
    }
    agent_conns_drop(conns, conn);
    agent_conns_close(conns, agent_conns_of(conns, host));
    conn = calloc(1, sizeof *conn);
    if (!conn)
        return NULL;
    conn->route = *route;
    conn->host = host;
    conn->connection = *connection;
    host->connected = true;
    HASH_ADD(hh_host, conns->by_host, host, sizeof(struct fleet_host *), conn);
    HASH_ADD_KEYPTR(hh, conns->by_route, conn->route.id, conn->route.length, conn);
    return conn;
}

struct fleet_host *agent_conn_host(const struct agent_conn *conn)
{
    return conn->host;
}

const struct connection *agent_conn_connection(const struct agent_conn *conn)
{
    return &conn->connection;
}

const struct net_route *agent_conn_route(const struct agent_conn *conn)
{
    return &conn->route;
}
