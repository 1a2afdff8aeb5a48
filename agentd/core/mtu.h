/* SPDX-License-Identifier: Apache-2.0 */
/* mtu - reads a guest's MTUs: the command, and the parser for its output. */
#ifndef DAQS_AGENTD_CORE_MTU_H
#define DAQS_AGENTD_CORE_MTU_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/core/guest_sysfs.h"

#define MTU_NICS_MAX 64

/* Starts a command for the MTUs of several interfaces. */
void mtu_begin(struct guest_sysfs *command);

/* Adds an interface. Names that are not valid in a path, and interfaces beyond the maximum, are
 * left out. */
void mtu_add(struct guest_sysfs *command, const char *ifname);

/* Extracts the MTU of an interface from the command's output. 0 if it is missing or invalid. */
uint32_t mtu_parse(const char *printed, const char *ifname);

/* When a guest's MTUs are read. Zero-initialise: at once. */
struct mtu_plan {
    int64_t next_ms; /* earliest time */
    int64_t asked_ms;
};

/* MTUs are read once after the guest starts and then rarely, because they can change while it
 * runs. */
#define MTU_AGAIN_MS 600000
/* Minimum interval, for guests that keep renaming their interfaces. */
#define MTU_LEAST_MS 5000

/* Records that the MTUs were read. random (any number) spreads guests that were started
 * together. */
void mtu_asked(struct mtu_plan *plan, int64_t now_ms, uint32_t random);

/* Requests another reading because the guest was restarted or an interface was renamed. */
void mtu_doubt(struct mtu_plan *plan);

#endif
