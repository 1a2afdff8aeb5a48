/* SPDX-License-Identifier: Apache-2.0 */
/* recorder - closes the seconds of hosts and stores them as history.
 *
 * A nic has to be numbered by the store before its history can be kept. While the disk is slow or
 * full, seconds are dropped and counted. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_RECORDER_H
#define DAQS_CONTROLLERD_IO_FLEET_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/config/controller_config.h"
#include "controllerd/core/fleet/fleet.h"

struct accounting;
struct events;
struct violations;
struct store;
struct recorder; /* opaque */

/* All of them must outlive the recorder, the store aside, which is closed before. */
struct recorder_setup {
    const struct fleet *fleet;
    struct accounting *accounting;
    struct store *store;
    struct events *events;
    struct violations *violations;
    const struct controller_config *config; /* resolution, keep and limits may change */
};

/* Returns NULL if out of memory. wall_ms: UTC. */
struct recorder *recorder_new(const struct recorder_setup *setup, int64_t wall_ms);
/* Must be called after the store is closed. NULL is fine. */
void recorder_free(struct recorder *r);

/* Closes the host's second if it is over; called before its next report is processed. */
void recorder_report(struct recorder *r, const struct fleet_host *host, int64_t wall_ms);

/* Closes the second of the host with this name, if it is known; called before its next inventory is
 * processed, because nics may go with it. */
void recorder_close(struct recorder *r, const char *name);

/* Takes over the numbers of a host's nics to its new inventory, and has it numbered again; called
 * after each hello. Returns false if out of memory: no history of it is kept until its next hello.
 */
bool recorder_hello(struct recorder *r, const struct fleet_host *host);

/* The host is about to be forgotten: closes its second. */
void recorder_forget(struct recorder *r, const struct fleet_host *host);

/* Has nics numbered, and passes closed seconds to the store; called several times a second. */
void recorder_tick(struct recorder *r, int64_t wall_ms);

/* Closes all seconds and passes them to the store, before it is closed. NULL is fine. */
void recorder_stop(struct recorder *r, int64_t wall_ms);

struct recorder_state {
    bool failing;           /* the last write failed, or the disk is too slow */
    int64_t gap_ms;         /* UTC, start of the last gap; 0: there was none */
    uint64_t history_lost;  /* nics' seconds that could not be stored */
    uint64_t names_refused; /* nics that got no number, because their host has too many */
};
struct recorder_state recorder_state(const struct recorder *r);

#endif
