/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_line.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "shared/base/cleanup.h"
#include "shared/net/monitor.h"

int sim_line_open(struct sim_line *line, const struct net_client_keys *keys, bool monitored,
                  const struct sim_watch *watch, struct daqs_error *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = watch->number};
    *line = (struct sim_line){.socket = net_socket_new(ZMQ_DEALER, err)};
    if (!line->socket)
        return DAQS_EIO;
    if (keys)
        net_use_keys(line->socket, keys);
    if (monitored && !(line->monitor = monitor_new(line->socket, HANDSHAKE_EVENTS, err)))
        return DAQS_EIO;
    if (epoll_ctl(watch->poll_fd, EPOLL_CTL_ADD, zsock_fd(line->socket), &event) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "epoll: %s", strerror(errno));
    return DAQS_OK;
}

int sim_line_connect(struct sim_line *line, const char *endpoint, struct daqs_error *err)
{
    if (zsock_connect(line->socket, "%s", endpoint) < 0)
        return daqs_fail(err, DAQS_EIO, "cannot connect to %s: %s", endpoint,
                         zmq_strerror(zmq_errno()));
    return DAQS_OK;
}

enum handshake sim_line_handshake(struct sim_line *line)
{
    return line->monitor ? handshake_read(line->monitor, NULL) : HANDSHAKE_NONE;
}

void sim_line_close(struct sim_line *line, const struct sim_watch *watch, int linger_ms)
{
    if (!line->socket)
        return;
    (void)epoll_ctl(watch->poll_fd, EPOLL_CTL_DEL, zsock_fd(line->socket), NULL);
    if (line->monitor)
        monitor_end(&line->monitor, line->socket);
    zsock_set_linger(line->socket, linger_ms);
    zsock_destroy(&line->socket);
    *line = (struct sim_line){0};
}

bool sim_line_say(struct sim_line *line, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length;
    return line->socket && wire_encode(message, &bytes, &length) == DAQS_OK &&
           net_send(line->socket, NULL, bytes, length) == DAQS_OK;
}
