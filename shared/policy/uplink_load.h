/* SPDX-License-Identifier: Apache-2.0 */
/* uplink_load - what an agent measured of an uplink in addition to its VMs: what the PF itself
 * sends, what its port sends in total, which rates its VFs support, and whether its link is
 * down. */
#ifndef DAQS_POLICY_UPLINK_LOAD_H
#define DAQS_POLICY_UPLINK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

/* Zero-initialise: nothing is known. Rates are wire rates. */
struct uplink_load {
    int64_t own_ms; /* monotonic, when it was last measured; 0: never */
    int64_t port_ms;
    daqs_bps own;
    daqs_bps port;
    daqs_bps vf_least; /* as in the last report; 0: not known */
    daqs_bps vf_step;
    bool link_down; /* as in the last report; false while the port is measured to send */
};

/* Stores a reading; NULL: the report has none for the uplink. A traffic rate that the reading does
 * not contain keeps its last value, because counters may be refreshed rarely. */
void uplink_load_note(struct uplink_load *load, const struct daqs_uplink_reading *reading,
                      int64_t now_ms);

/* Return false if it was not measured within 'patience_ms'. */
bool uplink_load_own(const struct uplink_load *load, int64_t now_ms, int64_t patience_ms);
bool uplink_load_port(const struct uplink_load *load, int64_t now_ms, int64_t patience_ms);

#endif
