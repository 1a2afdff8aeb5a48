/* SPDX-License-Identifier: Apache-2.0 */
/* driver - the port as a driver presents it: VF rates with a driver's limits and rounding, counters
 * with a driver's refresh interval. */
#ifndef DAQS_TESTS_PORT_DRIVER_H
#define DAQS_TESTS_PORT_DRIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/base/error.h"
#include "shared/base/mac.h"
#include "tests/port/port.h"

struct driver_profile {
    uint32_t least_mbit; /* lowest rate */
    uint32_t step_mbit;  /* rates are rounded down to a multiple; 0: not */
    bool raise;          /* raises rates below the least to it; otherwise refuses them */
    bool reads_asked;    /* reads back the rate asked for, not the one set */
    bool down_refuses;   /* refuses rates other than 0 while the link is down */
    bool speed_clears;   /* a change of the port's speed clears all rates */
};

struct driver_counts {
    struct xdp_count tx;
    uint64_t rx_bytes;
    uint64_t rx_frames;
};

struct driver {
    struct port *port;
    struct driver_profile profile;
    struct daqs_mac mac[ARBITER_VFS_MAX]; /* all zero: not set */
    uint32_t shown_mbit[ARBITER_VFS_MAX];
    int64_t refresh_ns; /* 0: counters are read for each request */
    int64_t read_ns;    /* time of the last reading */
    struct driver_counts port_counts;
    struct driver_counts vf_counts[ARBITER_VFS_MAX];
};

void driver_init(struct driver *driver, struct port *port);

/* Changes the profile: "least MBIT", "step MBIT", "below refuse|raise", "readback asked|set",
 * "down refuse|accept", "speed clear|keep". */
int driver_set_profile(struct driver *driver, const char *name, const char *value,
                       struct daqs_error *err);

/* Sets a VF's rate as a host does; 0: none. Returns DAQS_EREFUSED if the driver does not accept
 * it. */
int driver_set_rate(struct driver *driver, size_t vf, uint32_t mbit, struct daqs_error *err);

void driver_set_speed(struct driver *driver, uint64_t bps, int64_t now_ns);

/* Reads the counters if the refresh interval is over. */
void driver_refresh(struct driver *driver, int64_t now_ns);

/* Writes what the driver shows as a JSON object. */
void driver_write_stats(struct driver *driver, int64_t now_ns, FILE *out);

#endif
