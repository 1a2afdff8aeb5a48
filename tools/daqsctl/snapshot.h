/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot - the fleet at one moment, as top shows it, made from the controller's tables. */
#ifndef DAQS_TOOLS_DAQSCTL_SNAPSHOT_H
#define DAQS_TOOLS_DAQSCTL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/arena.h"
#include "shared/base/rate.h"
#include "shared/base/table.h"
#include "shared/wire/admin.h"

/* Further nics, uplinks and members are dropped: no user looks through that many. */
enum { PICTURE_NICS_MOST = 16384, PICTURE_UPLINKS_MOST = 65536, PICTURE_MEMBERS_MOST = 8 };

/* Texts belong to the snapshot. */
struct snapshot_uplink {
    const char *host;
    const char *uplink;
    bool up;
    daqs_bps capacity; /* 0: not known */
    daqs_bps usage;
    bool maintenance; /* of the host */
};

struct snapshot_nic {
    const char *host;
    const char *vm;
    const char *nic;
    const char *uplink;
    const char *state;
    const char *reason;
    daqs_bps usage;    /* DAQS_UNLIMITED: not known */
    daqs_bps limit;    /* DAQS_UNLIMITED: none */
    daqs_bps min;      /* 0: none */
    daqs_bps max;      /* DAQS_UNLIMITED: none */
    daqs_bps capacity; /* of its uplink; 0: not known */
};

struct snapshot {
    struct daqs_arena texts;
    size_t uplinks;
    size_t uplinks_capacity;
    struct snapshot_uplink *uplink; /* sorted by host and uplink once complete */
    size_t nics;
    size_t nics_capacity;
    struct snapshot_nic *nic;
    bool cut; /* nics were dropped */
    bool has_missed;
    uint64_t missed; /* guarantees that are not met now */
    size_t left_out;
    struct wire_missing left_out_member[PICTURE_MEMBERS_MOST]; /* of the group, without a part */
};

void snapshot_init(struct snapshot *snapshot);
void snapshot_done(struct snapshot *snapshot);

/* Adds a part of the answer to 'hosts', 'vms' or 'status'. Returns false if out of memory. */
bool snapshot_add_hosts(struct snapshot *snapshot, const struct daqs_table *table);
bool snapshot_add_vms(struct snapshot *snapshot, const struct daqs_table *table);
void snapshot_add_status(struct snapshot *snapshot, const struct daqs_table *table);

/* Notes the members that a part of the answer to 'hosts' or 'vms' leaves out. Returns false if out
 * of memory. */
bool snapshot_add_left_out(struct snapshot *snapshot, const struct wire_missing *member,
                           size_t members);

/* Finishes the snapshot after the last part: sorts uplinks and sets the capacities of nics. */
void snapshot_complete(struct snapshot *snapshot);

struct snapshot_sum {
    size_t hosts;
    size_t hosts_up;
    size_t maintenance; /* hosts in maintenance */
    size_t guarantees;  /* VMs with a guarantee */
    size_t unknown;     /* of these, those on hosts that are away */
    daqs_bps capacity;  /* of the uplinks that are up */
    daqs_bps usage;
};
struct snapshot_sum snapshot_sum(const struct snapshot *snapshot);

#endif
