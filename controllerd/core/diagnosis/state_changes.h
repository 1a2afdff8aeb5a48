/* state_changes - what changed on a host since operators were last told: there or away, VMs out of
 * reach, uplinks that promise too much or run at another speed.
 *
 * Cheap enough for a look at every host each second: nics are walked only after a report. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_STATE_CHANGES_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_STATE_CHANGES_H

#include "controllerd/core/diagnosis/event.h"
#include "controllerd/core/fleet/fleet.h"

/* A VM's state, and whether an uplink promises too much, is told once it has lasted this long. */
#define STATE_LASTING_MS 3000

/* A bottleneck behind a port is told to be over once nothing has shown it for so long: the policy
 * forgets it each minute, and finds it again. */
#define STATE_BOTTLENECK_MS 300000

/* One thing to tell. */
struct state_change {
    enum event_kind kind;
    const struct fleet_vm *vm;         /* NULL: not about one */
    const struct fleet_uplink *uplink; /* NULL: not about one */
    int64_t since_ms;                  /* UTC, when what ends now began; 0: nothing ends */
    uint8_t cause;                     /* of a VM's state, enum daqs_nic_cause */
    daqs_bps promised;                 /* of an uplink, as guests count */
    daqs_bps taken;                    /* what that takes of the wire */
    daqs_bps budget;                   /* what the uplink has to give, of the wire */
    daqs_bps before;                   /* capacity-changed: what was told; 0: none was known */
    daqs_bps through;                  /* bottleneck: what gets through */
};

/* Is given every change, in order; what it points to is the host's. */
typedef void state_change_fn(void *arg, const struct fleet_host *host,
                             const struct state_change *change);

/* Tells what changed since the last look, and takes it as told. now_ms: monotonic, wall_ms: UTC.
 * A host is told to be away at the second look in a row that finds it so. */
void state_changes_find(struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms,
                        int64_t wall_ms, state_change_fn *tell, void *arg);

#endif
