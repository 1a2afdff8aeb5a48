/* SPDX-License-Identifier: Apache-2.0 */
/* adoption - what a member of a group does with a host whose agent says hello.
 *
 * Two members never command a host at once: the agent has one connection, and obeys the highest
 * epoch that it has seen. A member that serves a host does so under an epoch of that host's own,
 * above the one in its hello. So a wrong decision here costs the agent a redirect, never a limit.
 *
 * A member that is leaving, or is cut off from the database, serves the hosts that come to it as
 * any other does while their home is not known: moves sends them on, without a lapse. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_ADOPTION_H
#define DAQS_CONTROLLERD_CORE_GROUP_ADOPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/group/members.h"

/* The highest epoch that a message can carry. */
#define ADOPTION_EPOCH_MAX ((uint64_t)INT64_MAX)

/* A host that is sent elsewhere at its hello is hung up on after this time: by then its agent has
 * obeyed the other member, or has said in another hello that it could not go there. */
#define ADOPTION_HANG_UP_MS 10000

struct adoption_hello {
    const char *host;
    uint64_t epoch;      /* the highest that the agent has obeyed */
    bool redirectable;   /* the agent is new enough to be sent elsewhere */
    const char *left;    /* member that it has lost, or could not reach, last; "": none */
    uint64_t epoch_here; /* of the host here, while the same agent instance stays connected; 0 */
    bool records_known;  /* this member knows the host's SLAs */
    const char *failed;  /* member that it was sent to in vain, by moves_failed; "": none */
};

enum adoption_act {
    ADOPTION_SERVE,     /* say welcome, push its limits */
    ADOPTION_WAIT,      /* say welcome, push nothing: its SLAs are not known here. "No SLA" would be
                           believed, and the guarantees that the agent has saved would be gone */
    ADOPTION_ELSEWHERE, /* say welcome, and where else to go; push nothing */
    ADOPTION_DISOBEYS,  /* no epoch is high enough: push nothing */
};

/* X(NAME, text): why. */
#define ADOPTION_REASONS(X)                                                                        \
    X(HERE_ALREADY, "it is served here already")                                                   \
    X(HOME, "this is its home")                                                                    \
    X(MEMBER_LOST, "it has lost a member, or could not go to one")                                 \
    X(HOME_FAILED, "its home did not let it in lately")                                            \
    X(HOME_UNKNOWN, "its home is not known")                                                       \
    X(OLD_AGENT, "its agent is too old to be sent elsewhere")                                      \
    X(HOME_ELSEWHERE, "its home is another member")                                                \
    X(RECORDS_UNKNOWN, "its SLAs are not known here")                                              \
    X(EPOCH_BOUND, "it has obeyed the highest epoch that there is")

enum adoption_reason {
#define X(NAME, text) ADOPTION_##NAME,
    ADOPTION_REASONS(X)
#undef X
};

const char *adoption_reason_text(enum adoption_reason reason);

struct adoption {
    enum adoption_act act;
    enum adoption_reason reason;
    /* For the welcome, and with SERVE for the limits of this host. It is above the one in the hello
     * in any case: otherwise the agent would report an older controller. */
    uint64_t epoch;
    size_t elsewhere[PLACEMENT_FIRST]; /* for the welcome, by adoption_list */
    size_t count;
};

/* Writes the numbers of members for a welcome to the host: the one that it is to go to (0: it is to
 * stay), then this one, which it can reach, then the others as the host prefers them. Returns how
 * many. */
size_t adoption_list(const struct members *m, const char *host, size_t first,
                     size_t ret[static PLACEMENT_FIRST]);

/* own_epoch: of this member, the least that it gives to a host. */
void adoption_decide(const struct members *m, const struct adoption_hello *hello,
                     uint64_t own_epoch, int64_t now_ms, struct adoption *ret);

#endif
