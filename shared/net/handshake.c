#include "shared/net/handshake.h"

#include <string.h>

enum { REFUSED = 400 }; /* ZAP's, of rfc.zeromq.org/spec/27 */

#define EVENTS                                                                                     \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                             \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                  \
     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED)

zsock_t *handshake_watch(zsock_t *dealer, struct daqs_error *err)
{
    static unsigned made; /* of names; the owner of sockets is one thread */
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, "inproc://handshake-%p-%u", (void *)dealer, ++made);
    zsock_t *watch = zsock_new(ZMQ_PAIR);
    if (!watch || zmq_socket_monitor(zsock_resolve(dealer), endpoint, EVENTS) != 0 ||
        zsock_connect(watch, "%s", endpoint) < 0) {
        daqs_fail(err, DAQS_EIO, "cannot watch a connection: %s", zmq_strerror(zmq_errno()));
        zsock_destroy(&watch);
        return NULL;
    }
    return watch;
}

void handshake_unwatch(zsock_t *dealer, zsock_t **watch)
{
    if (dealer && *watch)
        (void)zmq_socket_monitor(zsock_resolve(dealer), NULL, 0);
    zsock_destroy(watch);
}

static enum handshake meaning(uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        return HANDSHAKE_DONE;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == REFUSED)
        return HANDSHAKE_REFUSED;
    return HANDSHAKE_FAILED;
}

enum handshake handshake_read(zsock_t *watch, bool *ret_ended)
{
    enum handshake newest = HANDSHAKE_NONE;
    bool ignored;
    if (!ret_ended)
        ret_ended = &ignored;
    for (;;) {
        zmq_msg_t part;
        uint16_t event = 0;
        uint32_t value = 0;
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, zsock_resolve(watch), ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&part);
            return newest;
        }
        /* Six bytes in this machine's order, and then the address. */
        const uint8_t *data = zmq_msg_data(&part);
        if (zmq_msg_size(&part) == sizeof event + sizeof value) {
            memcpy(&event, data, sizeof event);
            memcpy(&value, data + sizeof event, sizeof value);
            if (event == ZMQ_EVENT_DISCONNECTED || event == ZMQ_EVENT_CONNECT_RETRIED)
                *ret_ended = event == ZMQ_EVENT_DISCONNECTED;
            else if (event != ZMQ_EVENT_MONITOR_STOPPED)
                newest = meaning(event, value);
        }
        while (zmq_msg_more(&part) && zmq_msg_recv(&part, zsock_resolve(watch), ZMQ_DONTWAIT) >= 0)
            continue;
        zmq_msg_close(&part);
    }
}
