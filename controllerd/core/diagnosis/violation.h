/* SPDX-License-Identifier: Apache-2.0 */
/* violation - guarantees that are not met: since when, and why, as far as is known. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIOLATION_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIOLATION_H

#include "controllerd/core/fleet/fleet.h"
#include "shared/base/name.h"

#define VIOLATION_REASONS(X)                                                                       \
    X(SQUEEZED, "squeezed by the others on the uplink")                                            \
    X(DISOBEYED, "the host obeys another controller")                                              \
    X(NO_POLICY, "the policy of the uplink keeps no guarantees")                                   \
    X(LINK_DOWN, "the link of the uplink is down")                                                 \
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

/* Precedes the cause in the text of a violation-end event. The SLA report splits the text here and
 * sums up the seconds of each cause. */
#define VIOLATION_WAS "; it was: "

struct violation_cause {
    enum violation_reason reason;
    uint8_t nic_cause;               /* of the culprit, enum daqs_nic_cause */
    char culprit[DAQS_NAME_MAX + 1]; /* a VM of the host; "": none */
};

/* An ongoing violation. */
struct violation {
    char host[DAQS_NAME_MAX + 1];
    char vm[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1];
    int64_t since_ms;             /* UTC */
    struct violation_cause cause; /* as last reported */
    struct violation_cause found; /* another cause, found since found_ms; SQUEEZED: none */
    int64_t found_ms;             /* monotonic */
    int64_t looked_ms;            /* monotonic, last search for a cause */
    struct violation *prev;       /* for utlist */
    struct violation *next;
};

/* A new cause is reported once it has been found for this long. */
#define VIOLATION_LASTING_MS 3000

/* Finds the most likely cause for a member of the host. If VMs without a limit are the reason, the
 * culprit is the one that sends most. */
void violation_find(const struct fleet_host *host, uint32_t member, struct violation_cause *ret);

/* Records the cause found now. Returns true if the cause has changed and is to be reported. A cause
 * is only ever replaced by another one: SQUEEZED means that none is known. */
bool violation_note(struct violation *v, const struct violation_cause *found, int64_t now_ms);

/* Searches for the cause, at most once a second, and records it like violation_note. 'member' is
 * the violation's member of the host. */
bool violation_look(struct violation *v, const struct fleet_host *host, uint32_t member,
                    int64_t now_ms);

/* Returns the member of the host that the violation concerns; host->members: none. */
uint32_t violation_member(const struct violation *v, const struct fleet_host *host);

/* Returns the list's violation of a member of the host, or NULL. */
const struct violation *violation_of(const struct violation *list, const struct fleet_host *host,
                                     uint32_t member);

/* Write the description of a cause and the remedy, as used by events, explain and problems, each as
 * one line. Return buf. */
enum { VIOLATION_CAUSE_BYTES = 512, VIOLATION_FIX_BYTES = 2304 };
const char *violation_cause_text(const struct violation_cause *cause,
                                 char buf[static VIOLATION_CAUSE_BYTES]);
const char *violation_fix_text(const struct violation *v, char buf[static VIOLATION_FIX_BYTES]);

#endif
