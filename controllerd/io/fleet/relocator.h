/* SPDX-License-Identifier: Apache-2.0 */
/* relocator - has SLAs follow their VMs to other hosts and names. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_RELOCATOR_H
#define DAQS_CONTROLLERD_IO_FLEET_RELOCATOR_H

#include "controllerd/config/controller_config.h"
#include "controllerd/core/fleet/vm_index.h"
#include "controllerd/core/sla/changeset.h"

struct events;
struct membership;
struct roster;
struct sla_commits;
struct relocator; /* opaque */

/* All of them must outlive the relocator. */
struct relocator_setup {
    struct fleet *fleet;
    struct ledger *ledger;
    const struct roster *roster;
    struct events *events;
    struct sla_commits *commits;
    const struct controller_config *config; /* whose headroom may change */
    int64_t started_ms;                     /* monotonic, of the controller */
    const struct membership *membership;    /* NULL: this controller is in no group */
};

/* Returns NULL if out of memory. */
struct relocator *relocator_new(const struct relocator_setup *setup);
/* NULL is fine. */
void relocator_free(struct relocator *relocator);

/* Processes the inventory of a host that was accepted. */
void relocator_hello(struct relocator *r, struct fleet_host *host);

/* A change of the ledger was applied: SLAs that had to stay may be able to move now. */
void relocator_changed(struct relocator *r, const struct ledger_change *change);

/* The host is about to be forgotten. */
void relocator_forget(struct relocator *r, const struct fleet_host *host);

/* Submits the relocations that are due; called several times a second. */
void relocator_tick(struct relocator *r);

#endif
