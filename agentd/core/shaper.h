/* shaper - between a limit of the wire and the rate that a guest's shaper is set to for it.
 *
 * A shaper in the guest counts a large segment with the headers of all its frames, but with the
 * overhead of one; the port has that of each. So the rate is the limit times the share that the
 * shaper counts of what the port carries, of the traffic that the guest sends at the moment. */
#ifndef DAQS_AGENTD_CORE_SHAPER_H
#define DAQS_AGENTD_CORE_SHAPER_H

#include "shared/base/model.h"

/* Zero-initialise: all is counted. */
struct shaper {
    uint32_t missed_ppm; /* of the wire's bytes, what the shaper does not count */
};

/* Takes what a nic sent between two readings. Half of a percent is worth changing the rate for; a
 * few packets show nothing. */
void shaper_note(struct shaper *shaper, const struct daqs_sample *sample, uint32_t mtu);

/* The rate for a limit, and back. DAQS_UNLIMITED stays. */
daqs_bps shaper_rate(const struct shaper *shaper, daqs_bps limit);
daqs_bps shaper_limit(const struct shaper *shaper, daqs_bps rate);

#endif
