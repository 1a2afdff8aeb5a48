/* SPDX-License-Identifier: Apache-2.0 */
/* event - the kinds of events that are reported to operators, and a single event. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names are stored in the database and used by scripts: append only. */
#define EVENT_KINDS(X)                                                                             \
    X(CONTROLLER_STARTED, "controller-started", INFO)                                              \
    X(HOST_UP, "host-up", INFO)                                                                    \
    X(HOST_DOWN, "host-down", WARNING)                                                             \
    X(HOST_DISOBEYS, "host-disobeys", WARNING) /* its agent obeys a newer controller */            \
    X(UNRESPONSIVE, "unresponsive", WARNING)   /* a VM: the worst state of its nics */             \
    X(TAMPERED, "tampered", WARNING)                                                               \
    X(UNMANAGED, "unmanaged", WARNING)                                                             \
    X(RECOVERED, "recovered", INFO)                                                                \
    X(VIOLATION_START, "violation-start", WARNING) /* a guarantee is not met, with demand */       \
    X(VIOLATION_END, "violation-end", INFO)                                                        \
    X(OVERSUBSCRIBED, "oversubscribed", WARNING) /* guarantees exceed an uplink's budget */        \
    X(OVERSUBSCRIBED_END, "oversubscribed-end", INFO)                                              \
    X(CAPACITY_CHANGED, "capacity-changed", WARNING)                                               \
    X(SLA_SET, "sla-set", INFO)                                                                    \
    X(SLA_UNSET, "sla-unset", INFO)                                                                \
    X(SLA_RENAMED, "sla-renamed", INFO) /* the VM was renamed */                                   \
    X(SLA_MOVED, "sla-moved", INFO)     /* the VM moved to another host */                         \
    X(SLA_STAYS, "sla-stays", WARNING)  /* its VM is on another host, where it does not fit */     \
    X(POLICY_SET, "policy-set", INFO)                                                              \
    X(HISTORY_GAP, "history-gap", WARNING) /* history is not stored */                             \
    X(HISTORY_BACK, "history-back", INFO)                                                          \
    X(EVENTS_LOST, "events-lost", WARNING)                                                         \
    X(HOST_FORGOTTEN, "host-forgotten", INFO) /* away for long, and without an SLA */              \
    X(PEER_ENROLLED, "peer-enrolled", INFO)                                                        \
    X(PEER_REVOKED, "peer-revoked", INFO)                                                          \
    X(OTHER_CONTROLLER, "other-controller", WARNING) /* an older one also sends to an agent */     \
    X(VIOLATION_CAUSE, "violation-cause", WARNING)   /* a violation's cause has changed */         \
    X(BOTTLENECK, "bottleneck", WARNING) /* less gets through behind a port than its capacity */   \
    X(BOTTLENECK_END, "bottleneck-end", INFO)

enum event_kind {
#define X(name, text, level) EVENT_##name,
    EVENT_KINDS(X)
#undef X
        EVENT_KINDS_COUNT
};

enum event_level { EVENT_INFO, EVENT_WARNING };

const char *event_kind_name(enum event_kind kind);
bool event_kind_parse(const char *name, enum event_kind *ret);
enum event_level event_kind_level(enum event_kind kind);

/* "info", "warning". */
const char *event_level_name(enum event_level level);
bool event_level_parse(const char *name, enum event_level *ret);

enum { EVENT_TEXT_BYTES = 1024 }; /* longer texts are truncated */

struct event {
    int64_t id;
    int64_t at_ms;    /* UTC */
    int64_t since_ms; /* UTC, start of what this event ends; 0: it ends nothing */
    enum event_kind kind;
    const char *host;   /* "": none */
    const char *vm;     /* "": none */
    const char *uplink; /* of the host; "": none */
    const char *text;
    struct event *prev; /* for utlist */
    struct event *next;
};

/* Returns an event in one block with copies of the texts, which the caller frees; NULL if out of
 * memory. */
struct event *event_new(enum event_kind kind, const char *host, const char *vm, const char *uplink,
                        const char *text);

#endif
