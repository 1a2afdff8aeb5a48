/* SPDX-License-Identifier: Apache-2.0 */
/* forgetter - forgets hosts that have been away for long and have neither an SLA nor a key. Without
 * a key, where keys are needed, ten seconds are long enough. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_FORGETTER_H
#define DAQS_CONTROLLERD_IO_FLEET_FORGETTER_H

#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/io/fleet/agent_conns.h"
#include "controllerd/io/fleet/homes.h"
#include "controllerd/io/fleet/push.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/state_events.h"
#include "controllerd/io/fleet/violations.h"

struct events;
struct forgetter; /* opaque */

/* All of them must outlive it. */
struct forgetter_setup {
    struct fleet *fleet;
    struct roster *roster;
    const struct ledger *ledger;
    struct agent_conns *conns;
    struct events *events;
    struct push *push;
    struct homes *homes; /* NULL: this controller is in no group */
    struct recorder *recorder;
    struct relocator *relocator;
    struct state_events *state_events;
    struct violations *violations;
    struct accounting *accounting;
    const struct controller_config *config; /* after how long */
};

/* Returns NULL if out of memory. */
struct forgetter *forgetter_new(const struct forgetter_setup *setup);
/* NULL is fine. */
void forgetter_free(struct forgetter *f);

/* Forgets a host at the request of 'by' ("": unknown), if the fleet has it; reports 'what' goes
 * with it. The host must be away and have no SLA. */
void forgetter_forget(struct forgetter *f, const char *name, const char *by, const char *what);

/* Another member of the group serves the host: forgets it, and ends what was reported of it;
 * without an event if nothing was. member: its name; "": not known. */
void forgetter_moved(struct forgetter *f, const char *name, const char *member);

/* Checks a part of the hosts; each host is checked once a second if this is called every tick. */
void forgetter_tick(struct forgetter *f, int64_t now_ms);

#endif
