/* SPDX-License-Identifier: Apache-2.0 */
/* queues - exclusive polling of the receive queues of veth devices.
 *
 * A queue's NAPI is polled through a socket that has received a datagram from it. The device defers
 * its interrupts, so the kernel does not poll it. */
#ifndef DAQS_TESTS_PORT_QUEUES_H
#define DAQS_TESTS_PORT_QUEUES_H

#include "shared/base/error.h"
#include "tests/port/xdp.h"

/* The most queues of a device; the most frames of a poll. */
enum { QUEUES_MAX = 16, QUEUES_POLL_FRAMES = 8 };

/* A device of the port, and the other end of its pair, which sends the datagrams. */
struct queues_device {
    const char *port;
    const char *other;
};

/* Opens a socket for each queue of the device, whose counters are first .. first + queues - 1. The
 * datagrams go to the address of 'bridge', of which the device is a port. Turns GRO off, which
 * attaching a program has turned on, and masks the device's interrupts. The caller closes the
 * sockets. Returns DAQS_EREFUSED if the kernel does not support busy polling. */
int queues_take(const struct queues_device *device, const char *bridge, const struct xdp *xdp,
                size_t first, size_t queues, int *sockets, struct daqs_error *err);

/* Checks that a full queue stops the sender. Call it while no thread polls; the other end must have
 * a qdisc. Returns DAQS_EREFUSED if a full queue drops frames. */
int queues_try_pushback(const struct queues_device *device, const char *bridge,
                        struct daqs_error *err);

/* Polls the queue once. */
void queues_poll(int socket);

#endif
