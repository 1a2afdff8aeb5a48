/* SPDX-License-Identifier: Apache-2.0 */
/* monitor - the events of a socket's connections, as libzmq reports them. */
#ifndef DAQS_NET_MONITOR_H
#define DAQS_NET_MONITOR_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Returns a socket that receives these events (ZMQ_EVENT_...) of 'socket'; NULL with a text on
 * failure. Call before 'socket' is connected or bound, and monitor_end before it is closed. The
 * caller must read the events, because libzmq keeps those that are not read. */
zsock_t *monitor_new(zsock_t *socket, int events, struct daqs_error *err);

/* Closes a monitor. This first turns off the events of 'socket': a monitor that is gone while
 * libzmq still has events for it would block libzmq's thread, and with it all sockets. */
void monitor_end(zsock_t **monitor, zsock_t *socket);

/* Reads the next event and its value. Returns false if there is none. */
bool monitor_read(zsock_t *monitor, uint16_t *ret_event, uint32_t *ret_value);

#endif
