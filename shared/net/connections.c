#include "shared/net/connections.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <uthash.h>

#include "shared/net/monitor.h"

struct stranger {
    struct connection connection;
    int64_t since_ms; /* monotonic */
    UT_hash_handle hh;
};

struct connections {
    zsock_t *router; /* the caller's */
    zsock_t *monitor;
    struct connections_bounds bounds;
    struct connections_count count;
    struct stranger *strangers; /* by descriptor; in the order in which they came */
};

struct connection connection_of(int fd)
{
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0)
        return (struct connection){.fd = -1};
    return (struct connection){.fd = fd, .inode = about.st_ino};
}

void connection_hang_up(const struct connection *connection)
{
    struct stat about;
    if (connection->fd >= 0 && fstat(connection->fd, &about) == 0 && S_ISSOCK(about.st_mode) &&
        about.st_ino == connection->inode)
        (void)shutdown(connection->fd, SHUT_RDWR);
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

static struct stranger *find(const struct connections *connections, int fd)
{
    struct stranger *stranger = NULL;
    HASH_FIND_INT(connections->strangers, &fd, stranger);
    return stranger;
}

static void forget(struct connections *connections, struct stranger *stranger)
{
    if (!stranger)
        return;
    HASH_DEL(connections->strangers, stranger);
    free(stranger);
}

static void turn_out(struct connections *connections, struct stranger *stranger, uint64_t *count)
{
    connection_hang_up(&stranger->connection);
    forget(connections, stranger);
    ++*count;
}

void connections_free(struct connections *connections)
{
    if (!connections)
        return;
    while (connections->strangers)
        forget(connections, connections->strangers);
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
    forget(connections, find(connections, fd)); /* libzmq does not tell of every end */
    count->accepted++;
    if (connection.fd < 0)
        return; /* it is gone */
    struct stranger *stranger = calloc(1, sizeof *stranger);
    if (!stranger) {
        connection_hang_up(&connection);
        return;
    }
    *stranger = (struct stranger){.connection = connection, .since_ms = now_ms};
    HASH_ADD_INT(connections->strangers, connection.fd, stranger);
    if (HASH_COUNT(connections->strangers) > connections->bounds.strangers)
        turn_out(connections, connections->strangers, &count->crowded_out);
}

void connections_hear(struct connections *connections, int64_t now_ms)
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
    connections_hear(connections, now_ms);
    while (connections->strangers &&
           now_ms - connections->strangers->since_ms >= connections->bounds.patience_ms)
        turn_out(connections, connections->strangers, &connections->count.silent);
}

void connections_known(struct connections *connections, int fd, int64_t now_ms)
{
    connections_hear(connections, now_ms); /* that it came may not have been heard yet */
    forget(connections, find(connections, fd));
}

struct connections_count connections_counted(const struct connections *connections)
{
    struct connections_count count = connections->count;
    count.strangers = HASH_COUNT(connections->strangers);
    return count;
}
