/* SPDX-License-Identifier: Apache-2.0 */
/* shaper - converts between a limit on the wire and the rate of a guest's shaper.
 *
 * A shaper in the guest counts a large segment with the headers of all its frames, but with the
 * overhead of a single one. The port adds the overhead to each frame. The rate is therefore the
 * limit times the share of the port's bytes that the shaper counts, for the guest's present
 * traffic. */
#ifndef DAQS_AGENTD_CORE_SHAPER_H
#define DAQS_AGENTD_CORE_SHAPER_H

#include "shared/base/model.h"

/* Zero-initialise: everything is counted. */
struct shaper {
    uint32_t missed_ppm; /* share of the wire's bytes that the shaper does not count */
};

/* Processes what a nic sent between two readings. The share is updated only if it changed by at
 * least 0.5 %. Samples of fewer than 100,000 bytes are ignored. */
void shaper_note(struct shaper *shaper, const struct daqs_sample *sample, uint32_t mtu);

/* Convert a limit to a rate, and back. DAQS_UNLIMITED stays unchanged. */
daqs_bps shaper_rate(const struct shaper *shaper, daqs_bps limit);
daqs_bps shaper_limit(const struct shaper *shaper, daqs_bps rate);

#endif
