#include "agentd/io/link.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"

enum { GOODBYE_MS = 200 }; /* for the last message to leave */

int link_init(struct link *link, const char *const *endpoint, size_t endpoints, int64_t poll_ms,
              struct daqs_log_budget *budget, int64_t now_ms, struct daqs_error *err)
{
    zsock_t *socket = net_dealer_new(endpoint[0], NULL, err);
    if (!socket)
        return DAQS_EIO;
    *link = (struct link){.endpoint = endpoint,
                          .endpoints = endpoints,
                          .socket = socket,
                          .heard_ms = now_ms,
                          .poll_ms = poll_ms,
                          .budget = budget};
    return DAQS_OK;
}

void link_done(struct link *link)
{
    if (link->socket)
        zsock_set_linger(link->socket, GOODBYE_MS);
    zsock_destroy(&link->socket);
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
    if (daqs_log_allowed(link->budget, now_ms))
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
    if (patience_ms < 2 * link->poll_ms)
        patience_ms = 2 * link->poll_ms;
    return patience_ms < link->lease_ms ? link->lease_ms : patience_ms;
}

bool link_move_on(struct link *link, int64_t now_ms)
{
    if (link->endpoints < 2 || now_ms - link->heard_ms < patience_ms(link))
        return false;
    struct daqs_error err = {0};
    size_t next = (link->current + 1) % link->endpoints;
    zsock_t *socket = net_dealer_new(link->endpoint[next], NULL, &err);
    link->heard_ms = now_ms;
    if (!socket) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
        return false;
    }
    daqs_log(DAQS_LOG_WARNING, "no word from %s; trying %s", link->endpoint[link->current],
             link->endpoint[next]);
    zsock_destroy(&link->socket);
    link->socket = socket;
    link->current = next;
    return true;
}
