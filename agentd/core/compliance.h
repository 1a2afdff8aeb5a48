/* compliance - does a guest's limit hold? Judged by what its counters show and what tc says.
 *
 * The root user of a guest can take our qdisc off, or send past it (packet sockets that bypass
 * qdiscs, classes and filters of its own). A limit that is gone is set again in the visit that
 * notices; one that is there and does not hold can only be told of. */
#ifndef DAQS_AGENTD_CORE_COMPLIANCE_H
#define DAQS_AGENTD_CORE_COMPLIANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

/* So many removals, none longer than COMPLIANCE_MEMORY_MS after the one before, or so many samples
 * more above the limit than below it, and the guest is said to tamper: until it has been good for
 * COMPLIANCE_MEMORY_MS, as it would be while something else limits it. */
#define COMPLIANCE_REMOVALS 3
#define COMPLIANCE_EXCESSES 5
#define COMPLIANCE_MEMORY_MS 60000

/* A nic's. Zero-initialise. */
struct compliance {
    unsigned removals;
    int64_t removed_ms;
    unsigned excesses;
    bool ignored;
    int64_t ignored_ms;
};

/* More was sent than 'limit' allows, with an eighth, a burst and one large packet to spare: to be
 * looked into. False without a sample. */
bool compliance_exceeds(const struct daqs_sample *sample, daqs_bps limit);

/* The limit had gone and was set again. */
void compliance_removed(struct compliance *o, int64_t now_ms);

/* A sample taken while tc showed the limit in force. */
void compliance_sampled(struct compliance *o, bool exceeds, int64_t now_ms);

/* Why the guest is said to tamper; DAQS_CAUSE_NONE: it is not. */
enum daqs_nic_cause compliance_cause(const struct compliance *o, int64_t now_ms);

#endif
