/* violation - guarantees that are not met: since when, and why, as far as is known. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIOLATION_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIOLATION_H

#include "controllerd/core/fleet/fleet.h"
#include "shared/base/name.h"

#define VIOLATION_REASONS(X)                                                                       \
    X(SQUEEZED, "squeezed by the others on the uplink")                                            \
    X(DISOBEYED, "the host obeys another controller")                                              \
    X(NO_POLICY, "the policy of the uplink keeps no guarantees")                                   \
    X(OVERSUBSCRIBED, "oversubscribed: the guarantees in use exceed the uplink")                   \
    X(UNRESPONSIVE, "a guest that does not answer is not limited")                                 \
    X(UNLIMITED, "a guest that cannot be limited takes its part")                                  \
    X(CAPACITY, "less gets through behind the port than the uplink's capacity")

enum violation_reason {
#define X(name, text) VIOLATION_##name,
    VIOLATION_REASONS(X)
#undef X
};

const char *violation_reason_text(enum violation_reason reason);

/* Before the cause in the text of an event that tells of an end; the report sums seconds by it. */
#define VIOLATION_WAS "; it was: "

struct violation_cause {
    enum violation_reason reason;
    uint8_t nic_cause;               /* of the culprit, enum daqs_nic_cause */
    char culprit[DAQS_NAME_MAX + 1]; /* a VM of the host; "": none */
};

/* One that lasts. */
struct violation {
    char host[DAQS_NAME_MAX + 1];
    char vm[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1];
    int64_t since_ms;             /* UTC */
    struct violation_cause cause; /* as told last */
    struct violation_cause found; /* another one, since found_ms; SQUEEZED: none */
    int64_t found_ms;             /* monotonic */
    int64_t looked_ms;            /* monotonic, when a cause was looked for last; the shell's */
    struct violation *prev;       /* utlist's */
    struct violation *next;
};

/* Another cause than the one told is told once it has been found for this long. */
#define VIOLATION_LASTING_MS 3000

/* The likeliest cause for a member of the host. The culprit is the VM that sends most of those that
 * are not limited, where that is the reason. */
void violation_find(const struct fleet_host *host, uint32_t member, struct violation_cause *ret);

/* Takes what is found now; true if the cause has changed and is to be told. A cause is never taken
 * back without another one: SQUEEZED says that none is known. */
bool violation_note(struct violation *v, const struct violation_cause *found, int64_t now_ms);

/* The member of the host that the violation is of; host->members: none. */
uint32_t violation_member(const struct violation *v, const struct fleet_host *host);

/* The list's violation of a member of the host, or NULL. */
const struct violation *violation_of(const struct violation *list, const struct fleet_host *host,
                                     uint32_t member);

/* What events, explain and problems say of a cause, and of what to do, each in one line. Return
 * buf. */
enum { VIOLATION_CAUSE_BYTES = 512, VIOLATION_FIX_BYTES = 2304 };
const char *violation_cause_text(const struct violation_cause *cause,
                                 char buf[static VIOLATION_CAUSE_BYTES]);
const char *violation_fix_text(const struct violation *v, char buf[static VIOLATION_FIX_BYTES]);

#endif
