/* uplink_load - what an agent measured of an uplink beside its VMs: what the PF itself sends,
 * what its port sends in all, and which rates its VFs can have. */
#ifndef DAQS_POLICY_UPLINK_LOAD_H
#define DAQS_POLICY_UPLINK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

/* Zero-initialise: nothing is known. Rates are of the wire. */
struct uplink_load {
    int64_t own_ms; /* monotonic, when it was measured last; 0: never */
    int64_t port_ms;
    daqs_bps own;
    daqs_bps port;
    daqs_bps vf_least; /* as told with the last reading; 0: not known */
    daqs_bps vf_step;
};

/* Takes a reading; NULL: a report tells nothing of the uplink. What is measured and it does not
 * tell stays what it was: counters may be refreshed rarely. */
void uplink_load_note(struct uplink_load *load, const struct daqs_uplink_reading *reading,
                      int64_t now_ms);

/* False if it was not measured within 'patience_ms'. */
bool uplink_load_own(const struct uplink_load *load, int64_t now_ms, int64_t patience_ms);
bool uplink_load_port(const struct uplink_load *load, int64_t now_ms, int64_t patience_ms);

#endif
