/* SPDX-License-Identifier: Apache-2.0 */
/* admin_ask ENDPOINT VERB TOKEN - sends a request with the number of a verb and a token, which
 * daqsctl would not send. Prints the code of the reply (a number of schema/wire.md) and its
 * text. */
#include <stdio.h>
#include <stdlib.h>

#include <czmq.h>

#include "shared/base/cleanup.h"
#include "shared/net/socket.h"
#include "shared/wire/admin.h"

enum { PATIENCE_MS = 10000, ARENA_BYTES = 1 << 20 };

static int complain(const char *text)
{
    (void)fprintf(stderr, "admin_ask: %s\n", text);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return complain("usage: admin_ask ENDPOINT VERB TOKEN");
    struct daqs_error err = {0};
    struct daqs_arena arena DAQS_AUTO(daqs_arena_done);
    struct wire_reply reply;
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    zmq_msg_t body;
    struct wire_request request = wire_request_of((enum wire_verb)atoi(argv[2]));
    request.id = 1;
    request.user = "admin_ask";
    request.token = argv[3];
    daqs_arena_init(&arena, ARENA_BYTES);
    zsock_t *socket = net_dealer_new(argv[1], NULL, NULL, &err);
    if (!socket)
        return complain(err.text);
    zmq_pollitem_t item = {.socket = zsock_resolve(socket), .events = ZMQ_POLLOUT};
    int result = wire_encode_request(&request, &bytes, &length);
    if (result == DAQS_OK && zmq_poll(&item, 1, PATIENCE_MS) == 1)
        result = net_send(socket, NULL, bytes, length);
    item.events = ZMQ_POLLIN;
    if (result == DAQS_OK && zmq_poll(&item, 1, PATIENCE_MS) == 1)
        result = net_receive(socket, NULL, &body);
    else
        result = DAQS_ETIMEOUT;
    if (result == DAQS_OK) {
        result = wire_decode_reply(zmq_msg_data(&body), zmq_msg_size(&body), &arena, &reply, &err);
        zmq_msg_close(&body);
    }
    zsock_destroy(&socket);
    if (result != DAQS_OK)
        return complain(*err.text ? err.text : daqs_strerror(result));
    (void)printf("%d %s\n", -reply.code, reply.text);
    return EXIT_SUCCESS;
}
