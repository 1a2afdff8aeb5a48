/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/line.h"

#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/net/socket.h"

enum { GOODBYE_MS = 200 }; /* for the last message to be sent */

int line_connect(struct line *line, const struct candidate *candidate, const struct key_pair *own,
                 const struct daqs_key *controller, struct daqs_error *err)
{
    const struct net_client_keys keys = {own, daqs_key_is_set(&candidate->key) ? &candidate->key
                                                                               : controller};
    zsock_t *watch = NULL;
    zsock_t *socket = net_dealer_new(candidate->endpoint, own ? &keys : NULL, &watch, err);
    if (!socket)
        return DAQS_EIO;
    line_close(line);
    line->socket = socket;
    line->watch = watch;
    return DAQS_OK;
}

void line_close(struct line *line)
{
    if (line->socket)
        net_close(&line->socket, &line->watch);
    *line = (struct line){0};
}

void line_finish(struct line *line)
{
    if (line->socket)
        zsock_set_linger(line->socket, GOODBYE_MS);
    line_close(line);
}

void line_leave(struct line *line)
{
    const struct wire_message bye = {.type = WIRE_BYE, .bye = {WIRE_BYE_MOVED}};
    (void)line_send(line, &bye); /* the controller notices anyway */
    zsock_set_linger(line->socket, GOODBYE_MS);
}

int line_send(const struct line *line, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    if (!line->socket)
        return DAQS_ENOTFOUND;
    int result = wire_encode(message, &bytes, &length);
    if (result == DAQS_OK)
        result = net_send(line->socket, NULL, bytes, length);
    return result;
}

int line_receive(const struct line *line, struct daqs_arena *arena, struct wire_message *ret,
                 struct daqs_error *err)
{
    zmq_msg_t body;
    int result = line->socket ? net_receive(line->socket, NULL, &body) : DAQS_ENOTFOUND;
    if (result == DAQS_ENOTFOUND)
        return result;
    if (result != DAQS_OK)
        return daqs_fail(err, result, "message refused: it has several parts");
    result = wire_decode(zmq_msg_data(&body), zmq_msg_size(&body), arena, ret, err);
    zmq_msg_close(&body);
    return result;
}
