/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/socket.h"

#include <errno.h>
#include <netdb.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/base/file.h"
#include "shared/net/connections.h"
#include "shared/net/handshake.h"
#include "shared/net/monitor.h"
#include "shared/net/receive_limit.h"
#include "shared/wire/bus.h"

/* The kernel detects that a peer is gone. ZMTP heartbeats are not used: each would make libzmq
 * search the heartbeats of all peers, and a router of libzmq 4.3.4 ends the program with a failed
 * assertion if one waits behind a full queue (of a controller that was stopped for some seconds)
 * and its sender has disconnected meanwhile. The connecting side detects a lost peer sooner. */
enum {
    KEEPALIVE_S = 5,
    KEEPALIVE_PROBES = 3,
    UNANSWERED_MOST_MS = 20000,
    DEALER_KEEPALIVE_S = 1,
    DEALER_UNANSWERED_MOST_MS = 5000,
};

/* The interval after which libzmq tries to connect again if there is no answer, and the bound up to
 * which the interval doubles: short enough that an agent reaches a restarted controller within a
 * second, and different for each agent. */
enum { RECONNECT_MS = 100, RECONNECT_MOST_MS = 400 };

/* TCP retries after 1, 3, 7, 15 and 31 s: too rarely once a network is back. */
enum { CONNECT_TIMEOUT_MS = 2000 };

/* A peer that has not presented a key by then is disconnected. */
enum { HANDSHAKE_MS = 5000 };

/* Connections that wait to be accepted, while a whole fleet connects at once. A client that finds
 * no room tries again one second later, then two. The kernel has its own bound
 * (net.core.somaxconn). */
enum { BACKLOG = 65535 };

/* Returns a random time from 'ms' to twice that, so that the agents of a fleet do not connect in
 * step. */
static int jittered(int ms)
{
    return ms + (int)randombytes_uniform((uint32_t)ms);
}

zsock_t *net_socket_new(int type, struct daqs_error *err)
{
    zsock_t *socket = zsock_new(type);
    if (!socket) {
        daqs_fail(err, DAQS_ENOMEM, "cannot make a socket: %s", zmq_strerror(zmq_errno()));
        return NULL;
    }
    zsock_set_linger(socket, 0);
    zsock_set_sndhwm(socket, NET_QUEUE_MESSAGES);
    zsock_set_rcvhwm(socket, NET_QUEUE_MESSAGES);
    zsock_set_maxmsgsize(socket, WIRE_MESSAGE_MAX);
    zsock_set_ipv6(socket, 1);
    bool router = type == ZMQ_ROUTER;
    zsock_set_tcp_keepalive(socket, 1);
    zsock_set_tcp_keepalive_idle(socket, router ? KEEPALIVE_S : DEALER_KEEPALIVE_S);
    zsock_set_tcp_keepalive_intvl(socket, router ? KEEPALIVE_S : DEALER_KEEPALIVE_S);
    zsock_set_tcp_keepalive_cnt(socket, KEEPALIVE_PROBES);
    zsock_set_tcp_maxrt(socket, router ? UNANSWERED_MOST_MS : DEALER_UNANSWERED_MOST_MS);
    if (router) {
        zsock_set_router_mandatory(socket, 1);
        zsock_set_backlog(socket, BACKLOG);
    } else {
        zsock_set_immediate(socket, 1); /* queue nothing for a peer that is not connected */
        zsock_set_connect_timeout(socket, CONNECT_TIMEOUT_MS);
        zsock_set_reconnect_ivl(socket, jittered(RECONNECT_MS));
        zsock_set_reconnect_ivl_max(socket, jittered(RECONNECT_MOST_MS));
    }
    return socket;
}

static void guard(zsock_t *router, const struct net_server_keys *keys)
{
    zsock_set_zap_domain(router, keys->domain);
    zsock_set_curve_server(router, 1);
    zsock_set_curve_secretkey_bin(router, keys->own->secret_key.byte);
    zsock_set_handshake_ivl(router, HANDSHAKE_MS);
}

static void bound(zsock_t *router, const struct net_router_bounds *bounds)
{
    zsock_set_maxmsgsize(router, (int)(2 * bounds->message_bytes));
    zsock_set_sndhwm(router, bounds->queue);
    zsock_set_rcvhwm(router, 0);
}

zsock_t *net_router_new(const char *endpoint, const struct net_server_keys *keys,
                        const struct net_router_bounds *bounds, zsock_t **ret_monitor,
                        struct daqs_error *err)
{
    zsock_t *socket = net_socket_new(ZMQ_ROUTER, err);
    if (socket && keys)
        guard(socket, keys);
    if (socket && bounds)
        bound(socket, bounds);
    zsock_t *monitor = socket && ret_monitor ? monitor_new(socket, CONNECTIONS_EVENTS, err) : NULL;
    if (ret_monitor && !monitor)
        zsock_destroy(&socket);
    if (socket && strncmp(endpoint, "ipc://", 6) == 0)
        daqs_make_folder_of(endpoint + 6, 0755);
    if (socket && zsock_bind(socket, "%s", endpoint) < 0) {
        daqs_fail(err, DAQS_EIO, "cannot listen on %s: %s", endpoint, zmq_strerror(zmq_errno()));
        monitor_end(&monitor, socket);
        zsock_destroy(&socket);
    }
    if (socket && ret_monitor)
        *ret_monitor = monitor;
    return socket;
}

void net_use_keys(zsock_t *dealer, const struct net_client_keys *keys)
{
    zsock_set_curve_serverkey_bin(dealer, keys->server->byte);
    zsock_set_curve_publickey_bin(dealer, keys->own->public_key.byte);
    zsock_set_curve_secretkey_bin(dealer, keys->own->secret_key.byte);
}

void net_close(zsock_t **socket, zsock_t **watch)
{
    monitor_end(watch, *socket);
    zsock_destroy(socket);
}

zsock_t *net_dealer_new(const char *endpoint, const struct net_client_keys *keys,
                        zsock_t **ret_watch, struct daqs_error *err)
{
    zsock_t *socket = net_socket_new(ZMQ_DEALER, err);
    zsock_t *watch = socket && ret_watch ? monitor_new(socket, HANDSHAKE_EVENTS, err) : NULL;
    bool good = socket && (watch || !ret_watch);
    if (good && keys)
        net_use_keys(socket, keys);
    if (good && zsock_connect(socket, "%s", endpoint) < 0) {
        daqs_fail(err, DAQS_EIO, "cannot connect to %s: %s", endpoint, zmq_strerror(zmq_errno()));
        good = false;
    }
    if (!good) {
        net_close(&socket, &watch);
    } else if (ret_watch) {
        *ret_watch = watch;
    }
    return socket;
}

static void note_read(zmq_msg_t *part)
{
    receive_limit_read(zmq_msg_get(part, ZMQ_SRCFD), zmq_msg_size(part));
}

/* Drops the remaining parts of a message that has more parts than the protocol uses. */
static void drop_rest(void *handle, zmq_msg_t *part)
{
    while (zmq_msg_more(part)) {
        if (zmq_msg_recv(part, handle, ZMQ_DONTWAIT) < 0)
            return;
        note_read(part);
    }
}

static void hang_up_on_sender(zmq_msg_t *part)
{
    const struct connection connection = connection_of(net_sender_fd(part));
    connection_hang_up(&connection);
}

int net_receive(zsock_t *socket, struct net_route *ret_route, zmq_msg_t *ret_body)
{
    void *handle = zsock_resolve(socket);
    struct net_route peer = {0};
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, handle, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&part);
        return DAQS_ENOTFOUND;
    }
    if (ret_route) {
        /* The first part is the routing id, which the ROUTER adds; libzmq bounds it to 255
         * bytes. */
        bool usable = zmq_msg_size(&part) <= sizeof peer.id && zmq_msg_more(&part);
        if (usable) {
            peer.length = (uint8_t)zmq_msg_size(&part);
            memcpy(peer.id, zmq_msg_data(&part), peer.length);
        }
        if (!usable || zmq_msg_recv(&part, handle, ZMQ_DONTWAIT) < 0) {
            drop_rest(handle, &part);
            zmq_msg_close(&part);
            return DAQS_EFORMAT;
        }
    }
    if (ret_route)
        note_read(&part);
    if (zmq_msg_more(&part)) {
        if (ret_route)
            hang_up_on_sender(&part);
        drop_rest(handle, &part);
        zmq_msg_close(&part);
        return DAQS_EFORMAT;
    }
    zmq_msg_init(ret_body);
    zmq_msg_move(ret_body, &part);
    zmq_msg_close(&part);
    if (ret_route)
        *ret_route = peer;
    return DAQS_OK;
}

bool net_sender(zmq_msg_t *body, struct daqs_key *ret)
{
    const char *user = zmq_msg_gets(body, "User-Id");
    return user && key_parse(user, ret, NULL) == DAQS_OK;
}

/* Returns true if the peer of 'fd' has this address. libzmq identifies a peer by its numeric
 * address, and a peer on this machine (ipc) by a name, a colon and its credentials. */
static bool is_from(int fd, const char *address)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    char text[NI_MAXHOST];
    if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0 ||
        getnameinfo((const struct sockaddr *)&peer, length, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0)
        return false;
    size_t called = strlen(text);
    return strncmp(text, address, called) == 0 &&
           address[called] == (peer.ss_family == AF_UNIX ? ':' : '\0');
}

int net_sender_fd(zmq_msg_t *body)
{
    const char *address = zmq_msg_gets(body, "Peer-Address");
    int fd = zmq_msg_get(body, ZMQ_SRCFD);
    return fd >= 0 && is_from(fd, address ? address : "") ? fd : -1;
}

static int send_name(void *handle, const struct net_route *peer)
{
    return peer ? zmq_send(handle, peer->id, peer->length, ZMQ_DONTWAIT | ZMQ_SNDMORE) : 0;
}

static int sent(int rc)
{
    if (rc >= 0)
        return DAQS_OK;
    return zmq_errno() == EHOSTUNREACH ? DAQS_ENOTFOUND : DAQS_EBUSY;
}

int net_send(zsock_t *socket, const struct net_route *peer, const void *bytes, size_t length)
{
    void *handle = zsock_resolve(socket);
    int rc = send_name(handle, peer);
    if (rc >= 0)
        rc = zmq_send(handle, bytes, length, ZMQ_DONTWAIT);
    return sent(rc);
}

static void free_bytes(void *bytes, void *hint)
{
    (void)hint;
    free(bytes);
}

int net_send_away(zsock_t *socket, const struct net_route *peer, void *bytes, size_t length)
{
    void *handle = zsock_resolve(socket);
    zmq_msg_t body;
    if (zmq_msg_init_data(&body, bytes, length, free_bytes, NULL) != 0) {
        free(bytes);
        return DAQS_ENOMEM;
    }
    int rc = send_name(handle, peer);
    if (rc >= 0)
        rc = zmq_msg_send(&body, handle, ZMQ_DONTWAIT);
    int result = sent(rc);
    if (result != DAQS_OK)
        zmq_msg_close(&body); /* on failure it still owns the bytes */
    return result;
}

bool net_endpoint_ok(const char *endpoint)
{
    if (strpbrk(endpoint, " \t,"))
        return false; /* a list that was not split */
    if (strncmp(endpoint, "ipc://", 6) == 0)
        return endpoint[6] != '\0';
    if (strncmp(endpoint, "tcp://", 6) != 0)
        return false;
    if (strchr(endpoint, ';'))
        return false; /* libzmq's "source;destination": it begins with an address that is not the
                         destination */
    const char *colon = strrchr(endpoint + 6, ':');
    return colon && colon > endpoint + 6 && colon[1] != '\0' &&
           (strspn(colon + 1, "0123456789") == strlen(colon + 1) || strcmp(colon, ":*") == 0);
}

bool net_endpoint_reachable(const char *endpoint)
{
    return strncmp(endpoint, "tcp://", 6) == 0 && !strchr(endpoint, '*') &&
           net_endpoint_ok(endpoint);
}

bool net_endpoint_is_local(const char *endpoint)
{
    static const char v4[] = "tcp://127.";
    if (!net_endpoint_ok(endpoint))
        return false;
    static const char *const local[] = {"ipc://", "tcp://localhost:", "tcp://[::1]:"};
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        if (strncmp(endpoint, local[i], strlen(local[i])) == 0)
            return true;
    if (strncmp(endpoint, v4, strlen(v4)) != 0)
        return false;
    const char *rest = endpoint + strlen(v4); /* an address, not a name that begins like one */
    return rest[strspn(rest, "0123456789.")] == ':';
}
