/* violation - why a guarantee is not kept, as far as the controller can tell. */
#ifndef DAQS_CONTROLLERD_CORE_VIOLATION_H
#define DAQS_CONTROLLERD_CORE_VIOLATION_H

#include "controllerd/core/fleet.h"

#define VIOLATION_REASONS(X)                                                                       \
    X(SQUEEZED, "squeezed by the others on the uplink")                                            \
    X(DISOBEYED, "the host obeys another controller")                                              \
    X(NO_POLICY, "the policy of the uplink keeps no guarantees")                                   \
    X(OVERSUBSCRIBED, "oversubscribed: the guarantees in use exceed the uplink")                   \
    X(CEILING, "held to a maximum below what its guarantee takes of the wire")                     \
    X(UNRESPONSIVE, "a guest that does not answer is not limited")                                 \
    X(UNLIMITED, "a guest that cannot be limited takes its part")

enum violation_reason {
#define X(name, text) VIOLATION_##name,
    VIOLATION_REASONS(X)
#undef X
};

const char *violation_reason_text(enum violation_reason reason);

/* The likeliest reason for a member of the host. *ret_culprit: the VM that sends most of those that
 * are not limited, where that is the reason, else UINT32_MAX. */
enum violation_reason violation_find(const struct fleet_host *host, uint32_t member,
                                     uint32_t *ret_culprit);

#endif
