/* SPDX-License-Identifier: Apache-2.0 */
/* port - the port's devices and queues, served as the arbiter decides. */
#ifndef DAQS_TESTS_PORT_PORT_H
#define DAQS_TESTS_PORT_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/base/error.h"
#include "tests/port/arbiter.h"
#include "tests/port/queues.h"
#include "tests/port/xdp.h"

struct port {
    struct arbiter arbiter;
    bool up;
    struct xdp *xdp;
    size_t queues; /* of all VFs; the uplink counts at this index */
    int socket[ARBITER_VFS_MAX * ARBITER_VF_QUEUES_MAX];
    /* receive direction: one FIFO */
    struct bucket rx;
    int rx_socket;
    int64_t rx_look_ns;
};

/* Takes over the devices vf0 (the physical function's own) to vfN and uplink, which are up and
 * ports of "bridge" in this network namespace. Their other ends free0 to freeN and wire must be in
 * this namespace as well until it returns, free1 with a qdisc. 'vfs' counts vf0; 'host': see
 * xdp_new(). Returns DAQS_EREFUSED if the kernel lacks a feature. */
int port_open(struct port *port, uint8_t host, size_t vfs, size_t queues_of_vf, uint64_t bps,
              struct daqs_error *err);
void port_close(struct port *port);

/* Polls at most one queue in each direction. Returns the time until the next call. */
int64_t port_step(struct port *port, int64_t now_ns);

/* Return the current counters of a VF (wire and local), and of the wire in each direction. */
struct xdp_count port_vf_count(const struct port *port, size_t vf);
struct xdp_count port_tx_count(const struct port *port);
struct xdp_count port_rx_count(const struct port *port);

/* Writes the port's actual state, whatever the driver shows, as a JSON object. */
void port_write_truth(const struct port *port, int64_t now_ns, FILE *out);

#endif
