/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/io/state/controller_state.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/net/accept_limit.h"
#include "shared/net/monitor.h"

/* Connections that are still pending after this time are closed. libzmq itself gives up on a
 * handshake after half of that. */
enum { PATIENCE_MS = 10000 };

/* All agents and pending connections together may use three quarters of the process's descriptors,
 * and operators on this machine an eighth more. Pending connections of one socket may use a
 * quarter. */
enum { PARTS = 8, EVERYBODYS = 6, LOCALS = 7, PENDING = 2, FEW = 1024 };

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* --- receiving --- */

static int on_bus(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    const struct controller *c = arg;
    bus_receive(c->agents, c->bus.socket, now_ms());
    return 0;
}

static int on_admin(zloop_t *loop, zsock_t *reader, void *arg)
{
    struct controller *c = arg;
    (void)loop;
    const struct listener *const listener[] = {&c->admin, &c->admin_remote, &c->web_listener};
    for (size_t i = 0; i < sizeof listener / sizeof listener[0]; i++)
        if (listener[i]->socket == reader)
            admin_receive(c, listener[i], now_ms());
    return 0;
}

static int on_zap(zloop_t *loop, zsock_t *reader, void *arg)
{
    struct controller *c = arg;
    (void)loop;
    (void)reader;
    auth_handle(c->auth);
    return 0;
}

static int on_connection(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    connections_receive(arg, now_ms());
    return 0;
}

static bool add_to_loop(struct controller *c, const struct listener *listener,
                        zloop_reader_fn *heard)
{
    return !listener->socket || (zloop_reader(c->loop, listener->socket, heard, c) == 0 &&
                                 (!listener->connections ||
                                  zloop_reader(c->loop, connections_socket(listener->connections),
                                               on_connection, listener->connections) == 0));
}

bool listeners_add_to_loop(struct controller *c)
{
    return add_to_loop(c, &c->bus, on_bus) && add_to_loop(c, &c->admin, on_admin) &&
           add_to_loop(c, &c->admin_remote, on_admin) &&
           add_to_loop(c, &c->web_listener, on_admin) &&
           (!c->auth || zloop_reader(c->loop, auth_socket(c->auth), on_zap, c) == 0);
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

static int open_listener(const struct controller *c, const char *endpoint,
                         const struct net_server_keys *keys, struct listener *ret,
                         struct daqs_error *err)
{
    size_t pending = (size_t)eighths(PENDING) + 1;
    if (pending > c->config->limits.handshakes)
        pending = c->config->limits.handshakes;
    const struct connections_bounds bounds = {.pending = pending, .patience_ms = PATIENCE_MS};
    const struct net_router_bounds queues = {c->config->limits.message_size,
                                             (int)c->config->limits.queue};
    zsock_t *monitor = NULL;
    ret->socket = net_router_new(endpoint, keys, &queues, &monitor, err);
    if (!ret->socket)
        return err->code;
    ret->connections = connections_new(ret->socket, monitor, &bounds);
    if (ret->connections)
        return DAQS_OK;
    monitor_end(&monitor, ret->socket);
    return daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

/* The web thread has read-only access, regardless of its clients. */
static int open_web_listener(struct controller *c, struct daqs_error *err)
{
    static const struct principal web = {.name = "http", .role = ROLE_VIEWER};
    c->web_listener.by = &web;
    c->web_listener.socket = net_router_new(WEB_ENDPOINT, NULL, NULL, NULL, err);
    return c->web_listener.socket ? DAQS_OK : err->code;
}

/* libzmq takes over an ipc path even if another process uses it, so a lock protects it. */
static int lock_admin(struct controller *c, struct daqs_error *err)
{
    const char *endpoint = c->config->admin;
    if (strncmp(endpoint, "ipc://", 6) != 0)
        return DAQS_OK;
    daqs_make_folder_of(endpoint + 6, 0755);
    return daqs_lock_file(endpoint + 6, &c->admin_lock, err);
}

static void bound_descriptors(void)
{
    int most = eighths(EVERYBODYS);
    accept_limit_descriptors(most, eighths(LOCALS));
    if (most < FEW)
        daqs_log(DAQS_LOG_WARNING,
                 "no more than about %d connections will be served: the process may have few files "
                 "open; raise its limit (LimitNOFILE, ulimit -n)",
                 most);
}

/* Closes the connection of an agent whose key no longer belongs to its name. */
static void on_principal_changed(void *arg, const char *name)
{
    const struct controller *c = arg;
    push_hang_up(c->push, name);
}

/* Without keys (insecure) the bus accepts all connections. The configuration allows this on this
 * machine only. */
int listeners_open(struct controller *c, struct daqs_error *err)
{
    const struct controller_config *config = c->config;
    bool remote = *config->admin_remote;
    bound_descriptors();
    accept_limit_rate(config->limits.connections);
    if (!config->insecure || remote)
        c->auth = auth_new(&(struct auth_setup){.store = c->store,
                                                .events = c->events,
                                                .key_path = config->key,
                                                .keys_most = 2 * (size_t)config->limits.hosts,
                                                .changed = on_principal_changed,
                                                .arg = c},
                           err);
    if ((!config->insecure || remote) && !c->auth)
        return err->code;
    const struct key_pair *key = c->auth ? auth_key(c->auth) : NULL;
    const struct net_server_keys bus = {key, AUTH_BUS};
    const struct net_server_keys admin = {key, AUTH_ADMIN};
    int result = open_listener(c, config->bus, config->insecure ? NULL : &bus, &c->bus, err);
    if (result == DAQS_OK)
        result = lock_admin(c, err);
    if (result == DAQS_OK)
        result = open_listener(c, config->admin, NULL, &c->admin, err);
    if (result == DAQS_OK && c->admin_lock >= 0)
        (void)chmod(config->admin + 6, 0660); /* the umask leaves the useless x bits */
    if (result == DAQS_OK && remote)
        result = open_listener(c, config->admin_remote, &admin, &c->admin_remote, err);
    if (result == DAQS_OK && *config->http)
        result = open_web_listener(c, err);
    return result;
}

static void close_listener(struct listener *listener)
{
    connections_free(listener->connections);
    zsock_destroy(&listener->socket);
    listener->connections = NULL;
}

void listeners_close(struct controller *c)
{
    close_listener(&c->web_listener);
    close_listener(&c->admin_remote);
    close_listener(&c->admin);
    close_listener(&c->bus);
    auth_free(c->auth);
    if (c->admin_lock >= 0)
        close(c->admin_lock);
}

/* --- maintenance --- */

void listeners_tick(struct controller *c, int64_t now)
{
    const struct listener *const listener[] = {&c->bus, &c->admin, &c->admin_remote};
    for (size_t i = 0; i < sizeof listener / sizeof listener[0]; i++)
        if (listener[i]->connections)
            connections_tick(listener[i]->connections, now);
}

struct connections_count listeners_counted(const struct controller *c)
{
    const struct listener *const listener[] = {&c->bus, &c->admin, &c->admin_remote};
    struct connections_count sum = {0};
    for (size_t i = 0; i < sizeof listener / sizeof listener[0]; i++) {
        if (!listener[i]->connections)
            continue;
        const struct connections_count one = connections_counted(listener[i]->connections);
        sum.accepted += one.accepted;
        sum.crowded_out += one.crowded_out;
        sum.silent += one.silent;
        sum.pending += one.pending;
    }
    return sum;
}
