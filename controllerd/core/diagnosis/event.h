/* event - what operators are told of: the kinds, and one that happened. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names are stored and scripts rely on them: append only. */
#define EVENT_KINDS(X)                                                                             \
    X(CONTROLLER_STARTED, "controller-started", INFO)                                              \
    X(HOST_UP, "host-up", INFO)                                                                    \
    X(HOST_DOWN, "host-down", WARNING)                                                             \
    X(HOST_DISOBEYS, "host-disobeys", WARNING) /* its agent obeys a newer controller */            \
    X(UNRESPONSIVE, "unresponsive", WARNING)   /* of a VM, as of its nics' states */               \
    X(TAMPERED, "tampered", WARNING)                                                               \
    X(UNMANAGED, "unmanaged", WARNING)                                                             \
    X(RECOVERED, "recovered", INFO)                                                                \
    X(VIOLATION_START, "violation-start", WARNING) /* a guarantee is not met, with demand */       \
    X(VIOLATION_END, "violation-end", INFO)                                                        \
    X(OVERSUBSCRIBED, "oversubscribed", WARNING) /* an uplink has promised more than it has */     \
    X(OVERSUBSCRIBED_END, "oversubscribed-end", INFO)                                              \
    X(CAPACITY_CHANGED, "capacity-changed", WARNING)                                               \
    X(SLA_SET, "sla-set", INFO)                                                                    \
    X(SLA_UNSET, "sla-unset", INFO)                                                                \
    X(SLA_RENAMED, "sla-renamed", INFO) /* with its VM */                                          \
    X(SLA_MOVED, "sla-moved", INFO)     /* with its VM, to another host */                         \
    X(SLA_STAYS, "sla-stays", WARNING)  /* its VM is on another host, where it does not fit */     \
    X(POLICY_SET, "policy-set", INFO)                                                              \
    X(HISTORY_GAP, "history-gap", WARNING) /* history is not kept */                               \
    X(HISTORY_BACK, "history-back", INFO)                                                          \
    X(EVENTS_LOST, "events-lost", WARNING)                                                         \
    X(HOST_FORGOTTEN, "host-forgotten", INFO) /* away for long, and without an SLA */              \
    X(PEER_ENROLLED, "peer-enrolled", INFO)                                                        \
    X(PEER_REVOKED, "peer-revoked", INFO)                                                          \
    X(OTHER_CONTROLLER, "other-controller", WARNING) /* an agent hears an older one too */         \
    X(VIOLATION_CAUSE, "violation-cause", WARNING)   /* of one that lasts, where it was another */ \
    X(BOTTLENECK, "bottleneck", WARNING) /* less gets through behind a port than it carries */     \
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

enum { EVENT_TEXT_BYTES = 1024 }; /* longer ones are cut */

struct event {
    int64_t id;
    int64_t at_ms;    /* UTC */
    int64_t since_ms; /* UTC, when what ends with this began; 0: nothing ends */
    enum event_kind kind;
    const char *host;   /* "": none */
    const char *vm;     /* "": none */
    const char *uplink; /* of the host; "": none */
    const char *text;
    struct event *prev; /* utlist's */
    struct event *next;
};

/* One block with copies of the texts, the caller's to free. NULL if out of memory. */
struct event *event_new(enum event_kind kind, const char *host, const char *vm, const char *uplink,
                        const char *text);

#endif
