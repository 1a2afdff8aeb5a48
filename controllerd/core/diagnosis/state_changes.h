/* SPDX-License-Identifier: Apache-2.0 */
/* state_changes - finds what changed on a host since the last report to operators: presence, states
 * of VMs, and uplinks whose guarantees exceed their budget, whose speed changed, or that have a
 * bottleneck.
 *
 * It is cheap enough to be called for every host each second: nics are walked only after a
 * report. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_STATE_CHANGES_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_STATE_CHANGES_H

#include "controllerd/core/diagnosis/event.h"
#include "controllerd/core/diagnosis/oversold.h"
#include "controllerd/core/fleet/fleet.h"

/* A VM's state, and whether the guarantees on an uplink exceed its budget, is reported once it has
 * lasted this long. */
#define STATE_LASTING_MS 3000

/* A bottleneck behind a port is reported as over once nothing has shown it for this long. The
 * policy forgets it each minute and detects it again. */
#define STATE_BOTTLENECK_MS 300000

/* A change to report. */
struct state_change {
    enum event_kind kind;
    const struct fleet_vm *vm;         /* NULL: not about a VM */
    const struct fleet_uplink *uplink; /* NULL: not about an uplink */
    int64_t since_ms;                  /* UTC, start of what this change ends; 0: it ends nothing */
    uint8_t cause;                     /* of a VM's state, enum daqs_nic_cause */
    daqs_bps promised;                 /* sum of an uplink's guarantees, as guests count */
    daqs_bps taken;                    /* the same, on the wire */
    daqs_bps budget;                   /* of the uplink, on the wire */
    daqs_bps before;                   /* capacity-changed: the previous one; 0: unknown */
    daqs_bps through;                  /* bottleneck: the rate that gets through */
    uint32_t changes;                  /* flapping: how many, since since_ms */
    uint8_t state;                     /* flapping of a VM: its state, enum daqs_nic_state */
    bool up;                           /* flapping of a host */
    bool gone;                         /* the host no longer has the VM or the uplink, of which
                                          only the name is valid, during the call */
    bool again;                        /* 'report' has deferred it before */
};

struct state_changes; /* opaque: what was last reported of each host */

/* 'before' are the uplinks that were reported as oversubscribed before the controller started; it
 * must outlive the result. Returns NULL if out of memory. */
struct state_changes *state_changes_new(struct oversold *before);
/* NULL is fine. */
void state_changes_free(struct state_changes *changes);

/* Takes over what was reported of a host to its new inventory; must be called after each hello.
 * Returns false if out of memory: until the next hello, its VMs or its uplinks are not checked. */
bool state_changes_hello(struct state_changes *changes, const struct fleet_host *host);

/* After the host's first hello: it was reported as down (UTC) before it was heard. Its first change
 * to up ends that. */
void state_changes_note_down(struct state_changes *changes, const struct fleet_host *host,
                             int64_t down_ms);

/* The host is about to be forgotten. */
void state_changes_forget(struct state_changes *changes, const struct fleet_host *host);

/* Returns when the host went down (UTC), as reported; 0: it is up, or was never up. */
int64_t state_changes_down_since(const struct state_changes *changes,
                                 const struct fleet_host *host);

/* Returns true if anything was reported of the host, its VMs or its uplinks that is not over. */
bool state_changes_any(const struct state_changes *changes, const struct fleet_host *host);

/* Returns since when a VM of the host has been in this state (UTC); 0: unknown. */
int64_t state_changes_vm_since(const struct state_changes *changes, const struct fleet_host *host,
                               uint32_t vm, uint8_t state);

/* Returns true if an uplink of the host has been reported as oversubscribed, with the start of that
 * (UTC). */
bool state_changes_oversubscribed(const struct state_changes *changes,
                                  const struct fleet_host *host, uint32_t uplink,
                                  int64_t *ret_since_ms);

/* Called for every change, in order. The pointers in 'change' belong to the host. Returns false to
 * defer the change: one of presence, or of a VM, is reported again by the next search if it still
 * holds, so the start and the end of a state always come in pairs. Others are not. */
typedef bool state_change_fn(void *arg, const struct fleet_host *host,
                             const struct state_change *change);

/* Reports what changed since the last call and records it as reported. What changes again and again
 * is reported as flapping (flapping.h). A host is reported as away on the second call in a row that
 * finds it away. now_ms: monotonic, wall_ms: UTC. */
void state_changes_find(struct state_changes *changes, const struct fleet_host *host,
                        uint32_t headroom_ppm, int64_t now_ms, int64_t wall_ms,
                        state_change_fn *report, void *arg);

#endif
