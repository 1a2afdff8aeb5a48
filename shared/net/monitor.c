/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/monitor.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

zsock_t *monitor_new(zsock_t *socket, int events, struct daqs_error *err)
{
    static atomic_uint made; /* endpoint names, of all threads */
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, "inproc://monitor-%p-%u", (void *)socket,
                   atomic_fetch_add(&made, 1));
    zsock_t *monitor = zsock_new(ZMQ_PAIR);
    if (monitor)
        zsock_set_rcvhwm(monitor, 0); /* otherwise libzmq's thread would wait for room */
    if (!monitor || zmq_socket_monitor(zsock_resolve(socket), endpoint, events) != 0 ||
        zsock_connect(monitor, "%s", endpoint) < 0) {
        daqs_fail(err, DAQS_EIO, "cannot monitor connections: %s", zmq_strerror(zmq_errno()));
        zsock_destroy(&monitor);
        return NULL;
    }
    return monitor;
}

void monitor_end(zsock_t **monitor, zsock_t *socket)
{
    if (*monitor && socket)
        (void)zmq_socket_monitor(zsock_resolve(socket), NULL, 0);
    zsock_destroy(monitor);
}

/* An event has six bytes in host byte order, followed by a part with the address. */
bool monitor_read(zsock_t *monitor, uint16_t *ret_event, uint32_t *ret_value)
{
    void *handle = zsock_resolve(monitor);
    zmq_msg_t part;
    zmq_msg_init(&part);
    bool there = zmq_msg_recv(&part, handle, ZMQ_DONTWAIT) >= 0;
    if (there && zmq_msg_size(&part) == sizeof *ret_event + sizeof *ret_value) {
        const uint8_t *data = zmq_msg_data(&part);
        memcpy(ret_event, data, sizeof *ret_event);
        memcpy(ret_value, data + sizeof *ret_event, sizeof *ret_value);
    } else {
        *ret_event = 0;
        *ret_value = 0;
    }
    while (there && zmq_msg_more(&part) && zmq_msg_recv(&part, handle, ZMQ_DONTWAIT) >= 0)
        continue;
    zmq_msg_close(&part);
    return there;
}
