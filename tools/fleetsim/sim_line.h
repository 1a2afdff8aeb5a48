/* SPDX-License-Identifier: Apache-2.0 */
/* sim_line - one connection of a simulated agent to a controller. */
#ifndef DAQS_FLEETSIM_SIM_LINE_H
#define DAQS_FLEETSIM_SIM_LINE_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

/* Where the descriptors of all agents' sockets are watched. */
struct sim_watch {
    int poll_fd;     /* of epoll */
    uint32_t number; /* of the agent, in the events' data.u32 */
};

/* Zero-initialise: no connection. */
struct sim_line {
    zsock_t *socket;  /* NULL: none */
    zsock_t *monitor; /* of its handshakes; NULL: they are not counted */
    bool greeted;     /* hello was sent on it */
};

/* Creates a socket that is not connected yet. keys: NULL without CURVE. monitored: its handshakes
 * are to be counted. */
int sim_line_open(struct sim_line *line, const struct net_client_keys *keys, bool monitored,
                  const struct sim_watch *watch, struct daqs_error *err);
/* Connects it. On failure the socket stays as it is. */
int sim_line_connect(struct sim_line *line, const char *endpoint, struct daqs_error *err);

/* Returns how the newest attempt to connect ended since the last call; HANDSHAKE_NONE also without
 * a monitor. */
enum handshake sim_line_handshake(struct sim_line *line);

/* Closes the connection if there is one; messages may still be sent for linger_ms. */
void sim_line_close(struct sim_line *line, const struct sim_watch *watch, int linger_ms);

/* Returns false if the message was not sent. */
bool sim_line_say(struct sim_line *line, const struct wire_message *message);

#endif
