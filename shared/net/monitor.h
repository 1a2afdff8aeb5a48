/* monitor - what libzmq says of a socket's connections as it happens. */
#ifndef DAQS_NET_MONITOR_H
#define DAQS_NET_MONITOR_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Tells of these events (ZMQ_EVENT_...) on the socket, which is of no use before it is connected or
 * bound. The caller's to monitor_end, before the socket. NULL with a text otherwise. Whoever asks
 * for it reads it: libzmq keeps what is not read. */
zsock_t *monitor_new(zsock_t *socket, int events, struct daqs_error *err);

/* Ends it. A monitor that is gone while libzmq still has something to say holds up its thread, and
 * with it all sockets: so it is told first. */
void monitor_end(zsock_t **monitor, zsock_t *socket);

/* The next event and its number. False: none waits. */
bool monitor_read(zsock_t *monitor, uint16_t *ret_event, uint32_t *ret_value);

#endif
