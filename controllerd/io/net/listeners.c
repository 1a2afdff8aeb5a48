/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/net/listeners.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/io/net/auth.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/base/log.h"
#include "shared/net/accept_limit.h"
#include "shared/net/monitor.h"
#include "shared/net/socket.h"

/* Connections that are still pending after this time are closed. libzmq itself gives up on a
 * handshake after half of that. */
enum { PATIENCE_MS = 10000 };

/* All agents and pending connections together may use three quarters of the process's descriptors,
 * and operators on this machine an eighth more. Pending connections of one socket may use a
 * quarter. */
enum { PARTS = 8, EVERYBODYS = 6, LOCALS = 7, PENDING = 2, FEW = 1024 };

struct listeners {
    struct listeners_setup given;
    struct listener listener[LISTENER_KINDS];
    int admin_lock; /* descriptor; -1: none */
};

/* --- receiving --- */

static int on_readable(zloop_t *loop, zsock_t *reader, void *arg)
{
    const struct listeners *l = arg;
    (void)loop;
    for (size_t i = 0; i < LISTENER_KINDS; i++)
        if (l->listener[i].socket == reader)
            l->given.readable(l->given.arg, &l->listener[i], daqs_mono_ms(daqs_clock_system()));
    return 0;
}

static int on_connection(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    connections_receive(arg, daqs_mono_ms(daqs_clock_system()));
    return 0;
}

bool listeners_add_to_loop(struct listeners *l, zloop_t *loop)
{
    for (size_t i = 0; i < LISTENER_KINDS; i++) {
        const struct listener *listener = &l->listener[i];
        if (listener->socket && zloop_reader(loop, listener->socket, on_readable, l) != 0)
            return false;
        if (listener->connections && zloop_reader(loop, connections_socket(listener->connections),
                                                  on_connection, listener->connections) != 0)
            return false;
    }
    return true;
}

/* --- opening and closing --- */

/* Returns that many eighths of the descriptors that the process may have. */
static int eighths(int count)
{
    struct rlimit limit;
    rlim_t most = INT32_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most)
        most = limit.rlim_cur;
    return (int)(most / PARTS) * count;
}

static int open_listener(struct listeners *l, enum listener_kind kind, const char *endpoint,
                         const struct net_server_keys *keys, struct daqs_error *err)
{
    const struct controller_limits *limits = &l->given.config->limits;
    struct listener *listener = &l->listener[kind];
    size_t pending = (size_t)eighths(PENDING) + 1;
    if (pending > limits->handshakes)
        pending = limits->handshakes;
    const struct connections_bounds bounds = {.pending = pending, .patience_ms = PATIENCE_MS};
    const struct net_router_bounds queues = {limits->message_size, (int)limits->queue};
    zsock_t *monitor = NULL;
    listener->socket = net_router_new(endpoint, keys, &queues, &monitor, err);
    if (!listener->socket)
        return err->code;
    listener->connections = connections_new(listener->socket, monitor, &bounds);
    if (listener->connections)
        return DAQS_OK;
    monitor_end(&monitor, listener->socket);
    return daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

/* The web thread has read-only access, regardless of its clients. */
static int open_web_listener(struct listeners *l, struct daqs_error *err)
{
    static const struct principal web = {.name = "http", .role = ROLE_VIEWER};
    struct listener *listener = &l->listener[LISTENER_WEB];
    listener->by = &web;
    listener->socket = net_router_new(l->given.web_endpoint, NULL, NULL, NULL, err);
    return listener->socket ? DAQS_OK : err->code;
}

/* libzmq takes over an ipc path even if another process uses it, so a lock protects it. */
static int lock_admin(struct listeners *l, struct daqs_error *err)
{
    const char *endpoint = l->given.config->admin;
    if (strncmp(endpoint, "ipc://", 6) != 0)
        return DAQS_OK;
    daqs_make_folder_of(endpoint + 6, 0755);
    return daqs_lock_file(endpoint + 6, &l->admin_lock, err);
}

static void bound_descriptors(void)
{
    int most = eighths(EVERYBODYS);
    accept_limit_descriptors(most, eighths(LOCALS));
    if (most < FEW)
        daqs_log(DAQS_LOG_WARNING,
                 "at most about %d connections can be served: the process may open too few files; "
                 "raise its limit (LimitNOFILE, ulimit -n)",
                 most);
}

/* Without keys (insecure) the bus accepts all connections. The configuration allows this on this
 * machine only. */
static int open_all(struct listeners *l, struct daqs_error *err)
{
    const struct controller_config *config = l->given.config;
    const struct net_server_keys bus = {l->given.key, AUTH_BUS};
    const struct net_server_keys admin = {l->given.key, AUTH_ADMIN};
    const struct net_server_keys peer = {l->given.key, AUTH_PEER};
    int result = open_listener(l, LISTENER_BUS, config->bus, config->insecure ? NULL : &bus, err);
    if (result == DAQS_OK)
        result = lock_admin(l, err);
    if (result == DAQS_OK)
        result = open_listener(l, LISTENER_ADMIN, config->admin, NULL, err);
    if (result == DAQS_OK && l->admin_lock >= 0)
        (void)chmod(config->admin + 6, 0660); /* the umask leaves the useless x bits */
    if (result == DAQS_OK && *config->admin_remote)
        result = open_listener(l, LISTENER_ADMIN_REMOTE, config->admin_remote, &admin, err);
    if (result == DAQS_OK && *config->http)
        result = open_web_listener(l, err);
    if (result == DAQS_OK && controller_config_has_peer(config))
        result = open_listener(l, LISTENER_PEER, config->group.peer_listen,
                               config->insecure ? NULL : &peer, err);
    return result;
}

struct listeners *listeners_new(const struct listeners_setup *setup, struct daqs_error *err)
{
    struct listeners *l = calloc(1, sizeof *l);
    if (!l) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    l->given = *setup;
    l->admin_lock = -1;
    for (size_t i = 0; i < LISTENER_KINDS; i++)
        l->listener[i].kind = (enum listener_kind)i;
    bound_descriptors();
    accept_limit_rate(setup->config->limits.connections);
    if (open_all(l, err) == DAQS_OK)
        return l;
    listeners_free(l);
    return NULL;
}

void listeners_free(struct listeners *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < LISTENER_KINDS; i++) {
        connections_free(l->listener[i].connections);
        zsock_destroy(&l->listener[i].socket);
    }
    if (l->admin_lock >= 0)
        close(l->admin_lock);
    free(l);
}

const struct listener *listeners_get(const struct listeners *l, enum listener_kind kind)
{
    return &l->listener[kind];
}

/* --- maintenance --- */

void listeners_tick(struct listeners *l, int64_t now_ms)
{
    for (size_t i = 0; i < LISTENER_KINDS; i++)
        if (l->listener[i].connections)
            connections_tick(l->listener[i].connections, now_ms);
}

struct connections_count listeners_counted(const struct listeners *l)
{
    struct connections_count sum = {0};
    for (size_t i = 0; i < LISTENER_KINDS; i++) {
        if (!l->listener[i].connections)
            continue;
        const struct connections_count one = connections_counted(l->listener[i].connections);
        sum.accepted += one.accepted;
        sum.crowded_out += one.crowded_out;
        sum.silent += one.silent;
        sum.pending += one.pending;
    }
    return sum;
}
