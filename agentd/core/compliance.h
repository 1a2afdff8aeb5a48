/* SPDX-License-Identifier: Apache-2.0 */
/* compliance - checks whether a guest's limit holds, from its counters and the output of tc.
 *
 * The root user of a guest can delete the agent's qdisc, or bypass it (packet sockets that skip
 * qdiscs, additional classes and filters). The visit that finds a limit missing sets it again. A
 * limit that is in place but does not hold can only be reported. */
#ifndef DAQS_AGENTD_CORE_COMPLIANCE_H
#define DAQS_AGENTD_CORE_COMPLIANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

/* A guest is reported as tampering after COMPLIANCE_REMOVALS removals, each at most
 * COMPLIANCE_MEMORY_MS after the previous one, or once COMPLIANCE_EXCESSES more samples were above
 * the limit than below it. The report ends after COMPLIANCE_MEMORY_MS of compliance. A shorter time
 * would not suffice, because a guest also appears to comply while something else limits it. */
#define COMPLIANCE_REMOVALS 3
#define COMPLIANCE_EXCESSES 5
#define COMPLIANCE_MEMORY_MS 60000

/* Per nic. Zero-initialise. */
struct compliance {
    unsigned removals;
    int64_t removed_ms;
    unsigned excesses;
    bool ignored;
    int64_t ignored_ms;
};

/* Returns true if more was sent than 'limit' allows plus one eighth, one burst and one large
 * packet. This calls for a closer check. False without a sample. */
bool compliance_exceeds(const struct daqs_sample *sample, daqs_bps limit);

/* Records that the limit was missing and has been set again. */
void compliance_removed(struct compliance *o, int64_t now_ms);

/* Records a sample that was taken while tc showed the limit in force. */
void compliance_sampled(struct compliance *o, bool exceeds, int64_t now_ms);

/* Returns why the guest is reported as tampering, or DAQS_CAUSE_NONE if it is not. */
enum daqs_nic_cause compliance_cause(const struct compliance *o, int64_t now_ms);

#endif
