/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/link.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"

enum { GOODBYE_MS = 200 }; /* for the last message to be sent */

enum { LOG_AGAIN_MS = 60000 };

struct link {
    struct link_setup given;
    size_t current; /* endpoint */
    zsock_t *socket;
    zsock_t *watch; /* monitors the outcome of connecting */
    struct handshake_state connection;
    int64_t logged_ms; /* when the outcome was logged last */
    int64_t retry_ms;  /* when to create a new socket; 0: not needed */
    int64_t heard_ms;  /* monotonic, last message of a controller that is obeyed */
    int64_t lease_ms;  /* of the last lease granted */
};

int link_keys_load(struct link_keys *keys, const char *host, const char *own,
                   const char *controller, struct daqs_error *err)
{
    char text[KEY_TEXT];
    bool made = false;
    int result = key_load_or_make(own, host, &keys->own, &made, err);
    if (result == DAQS_OK && made)
        daqs_log(DAQS_LOG_INFO, "created a key for this host, %s: %s", own,
                 key_format(&keys->own.public_key, text));
    if (result != DAQS_OK)
        return result;
    result = key_find_public(controller, &keys->controller, err);
    if (result == DAQS_ENOTFOUND)
        return daqs_fail(err, result,
                         "the controller's key is missing: copy its controller.key.pub to %.200s, "
                         "or write the key in [agent] controller_key",
                         controller);
    return result;
}

/* Connects a new socket to that endpoint. On failure the previous socket stays. */
static int connect_to(struct link *link, size_t endpoint, struct daqs_error *err)
{
    zsock_t *watch = NULL;
    const struct net_client_keys keys = {link->given.keys ? &link->given.keys->own : NULL,
                                         link->given.keys ? &link->given.keys->controller : NULL};
    zsock_t *socket = net_dealer_new(link->given.endpoint[endpoint],
                                     link->given.keys ? &keys : NULL, &watch, err);
    if (!socket)
        return DAQS_EIO;
    net_close(&link->socket, &link->watch);
    link->socket = socket;
    link->watch = watch;
    link->current = endpoint;
    link->retry_ms = 0;
    link->connection.ended = false;
    return DAQS_OK;
}

struct link *link_new(const struct link_setup *setup, int64_t now_ms, struct daqs_error *err)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    link->given = *setup;
    link->heard_ms = now_ms;
    if (connect_to(link, 0, err) == DAQS_OK)
        return link;
    link_free(link);
    return NULL;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    if (link->socket)
        zsock_set_linger(link->socket, GOODBYE_MS);
    net_close(&link->socket, &link->watch);
    free(link);
}

zsock_t *link_socket(const struct link *link)
{
    return link->socket;
}

const char *link_endpoint(const struct link *link)
{
    return link->given.endpoint[link->current];
}

bool link_connected(const struct link *link)
{
    return link->connection.outcome == HANDSHAKE_DONE;
}

int link_send(struct link *link, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    int result = wire_encode(message, &bytes, &length);
    if (result == DAQS_OK)
        result = net_send(link->socket, NULL, bytes, length);
    return result;
}

int link_receive(struct link *link, struct daqs_arena *arena, int64_t now_ms,
                 struct wire_message *ret)
{
    struct daqs_error err = {0};
    zmq_msg_t body;
    int result = net_receive(link->socket, NULL, &body);
    if (result == DAQS_ENOTFOUND)
        return result;
    if (result == DAQS_OK) {
        result = wire_decode(zmq_msg_data(&body), zmq_msg_size(&body), arena, ret, &err);
        zmq_msg_close(&body);
    } else {
        daqs_fail(&err, result, "message refused: it has several parts");
    }
    if (result == DAQS_OK)
        return DAQS_OK;
    if (daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "controller: %s", err.text);
    return DAQS_EFORMAT;
}

void link_heard(struct link *link, int64_t lease_ms, int64_t now_ms)
{
    link->lease_ms = lease_ms;
    link->heard_ms = now_ms;
}

static int64_t patience_ms(const struct link *link)
{
    int64_t patience_ms = LINK_PATIENCE_MS;
    if (patience_ms < 2 * link->given.poll_ms)
        patience_ms = 2 * link->given.poll_ms;
    return patience_ms < link->lease_ms ? link->lease_ms : patience_ms;
}

bool link_hears(const struct link *link, int64_t now_ms)
{
    return now_ms - link->heard_ms < patience_ms(link);
}

/* --- maintaining the connection --- */

static void log_handshake(const struct link *link)
{
    char key[KEY_TEXT] = "";
    const char *endpoint = link_endpoint(link);
    if (link->given.keys)
        key_format(&link->given.keys->own.public_key, key);
    if (link_connected(link))
        daqs_log(DAQS_LOG_INFO, "connected to %s", endpoint);
    else if (link->connection.outcome == HANDSHAKE_REFUSED)
        daqs_log(DAQS_LOG_WARNING,
                 "%s does not let this host in: its key is not enrolled, or was revoked; to "
                 "enroll it, run there: daqsctl enroll %s %s",
                 endpoint, link->given.host, key);
    else
        daqs_log(DAQS_LOG_WARNING,
                 "%s closes the connection during the key exchange: does it have the key in "
                 "controller_key, and is insecure the same on both sides?",
                 endpoint);
}

/* Returns the time until the next attempt. It differs between hosts, so that many rejected hosts do
 * not retry at once. */
static int64_t retry_ms(const struct link *link)
{
    unsigned part = link->given.keys ? link->given.keys->own.public_key.byte[0] : 0;
    return LINK_RETRY_MS + LINK_RETRY_MS / 3 * (int64_t)part / UINT8_MAX;
}

/* Notices when the connection ended. libzmq does not reconnect after a protocol error: without
 * this, one corrupted byte would disconnect this host forever. */
static void take_end(struct link *link, int64_t now_ms)
{
    if (link->connection.ended && link->retry_ms == 0) {
        link->retry_ms = now_ms + retry_ms(link);
        if (daqs_log_allowed(link->given.budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "lost the connection to %s", link_endpoint(link));
    } else if (!link->connection.ended && link_connected(link)) {
        link->retry_ms = 0;
    }
}

static void take_handshake(struct link *link, int64_t now_ms)
{
    enum handshake before = link->connection.outcome;
    enum handshake handshake = handshake_read(link->watch, &link->connection);
    take_end(link, now_ms);
    if (handshake == HANDSHAKE_NONE)
        return;
    if (handshake != before ||
        (handshake != HANDSHAKE_DONE && now_ms - link->logged_ms >= LOG_AGAIN_MS)) {
        link->logged_ms = now_ms;
        log_handshake(link);
    }
    if (handshake == HANDSHAKE_DONE)
        link->retry_ms = 0;
    else if (link->retry_ms == 0)
        link->retry_ms = now_ms + retry_ms(link);
}

bool link_maintain(struct link *link, int64_t now_ms)
{
    struct daqs_error err = {0};
    size_t next = link->current;
    take_handshake(link, now_ms);
    bool again = link->retry_ms != 0 && now_ms >= link->retry_ms;
    if (link->given.endpoints > 1 && !link_hears(link, now_ms)) {
        next = (link->current + 1) % link->given.endpoints;
        link->heard_ms = now_ms;
        daqs_log(DAQS_LOG_WARNING, "no message from %s; trying %s", link_endpoint(link),
                 link->given.endpoint[next]);
    }
    if (next == link->current && !again)
        return false;
    if (connect_to(link, next, &err) == DAQS_OK)
        return true;
    daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    link->retry_ms = now_ms + retry_ms(link);
    return false;
}
