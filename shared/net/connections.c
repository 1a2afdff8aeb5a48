/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/connections.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <uthash.h>

#include "shared/net/monitor.h"
#include "shared/net/receive_limit.h"

struct pending {
    struct connection connection;
    int64_t since_ms; /* monotonic */
    UT_hash_handle hh;
};

struct connections {
    zsock_t *router; /* owned by the caller */
    zsock_t *monitor;
    struct connections_bounds bounds;
    struct connections_count count;
    struct pending *pending; /* by descriptor, in the order of arrival */
};

struct connection connection_of(int fd)
{
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0)
        return (struct connection){.fd = -1};
    return (struct connection){.fd = fd, .inode = about.st_ino};
}

static bool exists(const struct connection *connection)
{
    struct stat about;
    return connection->fd >= 0 && fstat(connection->fd, &about) == 0 && S_ISSOCK(about.st_mode) &&
           about.st_ino == connection->inode;
}

void connection_hang_up(const struct connection *connection)
{
    if (exists(connection))
        (void)shutdown(connection->fd, SHUT_RDWR);
}

const char *connection_peer(const struct connection *connection,
                            char buf[static CONNECTION_PEER_BYTES])
{
    static const char mapped[] = "::ffff:"; /* before an IPv4 address, on a socket for both */
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    if (!exists(connection) ||
        getpeername(connection->fd, (struct sockaddr *)&peer, &length) != 0 ||
        getnameinfo((const struct sockaddr *)&peer, length, buf, CONNECTION_PEER_BYTES, NULL, 0,
                    NI_NUMERICHOST) != 0)
        buf[0] = '\0';
    return strncmp(buf, mapped, strlen(mapped)) == 0 ? buf + strlen(mapped) : buf;
}

struct connections *connections_new(zsock_t *router, zsock_t *monitor,
                                    const struct connections_bounds *bounds)
{
    struct connections *connections = calloc(1, sizeof *connections);
    if (connections)
        *connections =
            (struct connections){.router = router, .monitor = monitor, .bounds = *bounds};
    return connections;
}

static struct pending *find(const struct connections *connections, int fd)
{
    struct pending *pending = NULL;
    HASH_FIND_INT(connections->pending, &fd, pending);
    return pending;
}

static void forget(struct connections *connections, struct pending *pending)
{
    if (!pending)
        return;
    HASH_DEL(connections->pending, pending);
    free(pending);
}

static void turn_out(struct connections *connections, struct pending *pending, uint64_t *count)
{
    connection_hang_up(&pending->connection);
    forget(connections, pending);
    ++*count;
}

void connections_free(struct connections *connections)
{
    if (!connections)
        return;
    while (connections->pending)
        forget(connections, connections->pending);
    monitor_end(&connections->monitor, connections->router);
    free(connections);
}

zsock_t *connections_socket(const struct connections *connections)
{
    return connections->monitor;
}

static void accepted(struct connections *connections, int fd, int64_t now_ms)
{
    struct connections_count *count = &connections->count;
    const struct connection connection = connection_of(fd);
    forget(connections, find(connections, fd)); /* libzmq does not report every disconnect */
    count->accepted++;
    if (connection.fd < 0)
        return; /* closed already */
    receive_limit_watch(fd, connection.inode);
    struct pending *pending = calloc(1, sizeof *pending);
    if (!pending) {
        connection_hang_up(&connection);
        return;
    }
    *pending = (struct pending){.connection = connection, .since_ms = now_ms};
    HASH_ADD_INT(connections->pending, connection.fd, pending);
    if (HASH_COUNT(connections->pending) > connections->bounds.pending)
        turn_out(connections, connections->pending, &count->crowded_out);
}

void connections_receive(struct connections *connections, int64_t now_ms)
{
    uint16_t event;
    uint32_t value;
    while (monitor_read(connections->monitor, &event, &value)) {
        if (event == ZMQ_EVENT_ACCEPTED)
            accepted(connections, (int)value, now_ms);
        else if (event == ZMQ_EVENT_DISCONNECTED)
            forget(connections, find(connections, (int)value));
    }
}

void connections_tick(struct connections *connections, int64_t now_ms)
{
    connections_receive(connections, now_ms);
    while (connections->pending &&
           now_ms - connections->pending->since_ms >= connections->bounds.patience_ms)
        turn_out(connections, connections->pending, &connections->count.silent);
}

void connections_known(struct connections *connections, int fd, int64_t now_ms)
{
    connections_receive(connections, now_ms); /* its ACCEPTED event may not have been read yet */
    forget(connections, find(connections, fd));
}

struct connections_count connections_counted(const struct connections *connections)
{
    struct connections_count count = connections->count;
    count.pending = HASH_COUNT(connections->pending);
    return count;
}
