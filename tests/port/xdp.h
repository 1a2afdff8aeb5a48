/* SPDX-License-Identifier: Apache-2.0 */
/* xdp - counts what arrives on each receive queue of network devices, in the kernel.
 *
 * The attached XDP program passes every frame. Attaching it also gives a veth device a NAPI and a
 * ring for each queue, which the arbiter serves. */
#ifndef DAQS_TESTS_PORT_XDP_H
#define DAQS_TESTS_PORT_XDP_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Wire overhead of a frame (preamble 8, FCS 4, gap 12) and the least frame without FCS. */
enum { XDP_FRAME_EXTRA = 24, XDP_FRAME_LEAST = 60 };

struct xdp_count {
    uint64_t bytes; /* from the destination address on, without FCS, as netdev counters count */
    uint64_t frames;
    uint64_t wire; /* bytes on the wire */
};

struct xdp_queue {
    struct xdp_count out;   /* to the wire */
    struct xdp_count local; /* to another VF of the port */
};

struct xdp;

/* Makes counters for 'queues' queues. Frames whose destination begins with 52:54:00:HOST:00 are
 * local. Returns NULL with an error text on failure; DAQS_EREFUSED: the kernel does not allow or
 * support BPF. */
struct xdp *xdp_new(size_t queues, uint8_t host, struct daqs_error *err);

/* Detaches the program from all devices. Accepts NULL. */
void xdp_free(struct xdp *xdp);

/* Attaches to the device. Its queue q uses the counters with the number first + q. */
int xdp_attach(struct xdp *xdp, const char *ifname, size_t first, struct daqs_error *err);

/* Returns the current counters. */
struct xdp_queue xdp_read(const struct xdp *xdp, size_t queue);

#endif
