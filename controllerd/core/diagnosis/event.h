/* SPDX-License-Identifier: Apache-2.0 */
/* event - the kinds of events that are reported to operators, and a single event. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, name, level, when it is reported). Names are stored in the database and used by scripts:
 * append only. docs/events.md is generated from these rows. */
#define EVENT_KINDS(X)                                                                             \
    X(CONTROLLER_STARTED, "controller-started", INFO, "The controller has started.")               \
    X(HOST_UP, "host-up", INFO, "The host's agent reports to the controller.")                     \
    X(HOST_DOWN, "host-down", WARNING,                                                             \
      "The host's agent has been silent for 3 s (three polls if that is longer) and a second, or " \
      "it has an SLA or a key and was not heard within 10 s of the controller's start.")           \
    X(HOST_DISOBEYS, "host-disobeys", WARNING,                                                     \
      "The host's agent has obeyed a higher epoch, and this controller leaves it alone. The text " \
      "says whether another controller is newer, or a clock was once ahead.")                      \
    X(UNRESPONSIVE, "unresponsive", WARNING,                                                       \
      "A VM, by the worst of its nics, has been in this state for 3 s. One that is 'frozen' "      \
      "or 'busy' is reported as 'unresponsive' after a minute.")                                   \
    X(TAMPERED, "tampered", WARNING,                                                               \
      "A VM, by the worst of its nics, has been in this state for 3 s.")                           \
    X(UNMANAGED, "unmanaged", WARNING,                                                             \
      "A VM, by the worst of its nics, has been in this state for 3 s.")                           \
    X(RECOVERED, "recovered", INFO,                                                                \
      "The VM has been in none of these states for 3 s, or the host no longer has it.")            \
    X(VIOLATION_START, "violation-start", WARNING,                                                 \
      "A guarantee is not met although the VM wants it: the rates, the cause, what to do, the "    \
      "next command.")                                                                             \
    X(VIOLATION_END, "violation-end", INFO,                                                        \
      "The guarantee is met, or the VM does not want it. The text repeats the cause that was "     \
      "reported last.")                                                                            \
    X(OVERSUBSCRIBED, "oversubscribed", WARNING,                                                   \
      "For 3 s, an uplink's guarantees have taken more than it can give, headers included. This "  \
      "is reported once, even if the controller restarts.")                                        \
    X(OVERSUBSCRIBED_END, "oversubscribed-end", INFO,                                              \
      "The guarantees fit the uplink again, or the host no longer has it.")                        \
    X(CAPACITY_CHANGED, "capacity-changed", WARNING, "The speed of an uplink has changed.")        \
    X(SLA_SET, "sla-set", INFO, "An SLA was set; the text names who did it.")                      \
    X(SLA_UNSET, "sla-unset", INFO, "An SLA was removed; the text names who did it.")              \
    X(SLA_RENAMED, "sla-renamed", INFO, "An SLA followed its VM to a new name.")                   \
    X(SLA_MOVED, "sla-moved", INFO, "An SLA relocated with its VM to another host.")               \
    X(SLA_STAYS, "sla-stays", WARNING, "An SLA could not follow its VM.")                          \
    X(POLICY_SET, "policy-set", INFO,                                                              \
      "The mode of an uplink or a host was changed; the text names who did it.")                   \
    X(HISTORY_GAP, "history-gap", WARNING, "History is not stored.")                               \
    X(HISTORY_BACK, "history-back", INFO, "History is stored again.")                              \
    X(EVENTS_LOST, "events-lost", WARNING,                                                         \
      "A host or a VM caused [too many events](events.md#when-there-are-too-many), or more than "  \
      "4096 waited for the disk: how many were lost, and of which hosts.")                         \
    X(HOST_FORGOTTEN, "host-forgotten", INFO,                                                      \
      "The host is no longer listed: an operator forgot it, and the text names the operator; or "  \
      "it has neither an SLA nor a key, and its agent is away. With 'insecure', the agent has "    \
      "been away for 'forget_hosts', 7 days.")                                                     \
    X(PEER_ENROLLED, "peer-enrolled", INFO,                                                        \
      "The controller accepts a key. The text names who did it: an operator, or 'controller' if "  \
      "the controller enrolled the agent of its own machine automatically.")                       \
    X(PEER_REVOKED, "peer-revoked", INFO,                                                          \
      "The controller no longer accepts a key; the text names who did it.")                        \
    X(OTHER_CONTROLLER, "other-controller", WARNING,                                               \
      "An older controller also sends to the host's agent: stop the older one.")                   \
    X(VIOLATION_CAUSE, "violation-cause", WARNING,                                                 \
      "The cause of a violation that continues has become known, or has changed.")                 \
    X(BOTTLENECK, "bottleneck", WARNING,                                                           \
      "[Less gets through](policy.md#a-bottleneck-behind-the-port) behind an uplink's port than "  \
      "its capacity: how much, and which value to set.")                                           \
    X(BOTTLENECK_END, "bottleneck-end", INFO,                                                      \
      "There has been no sign of the bottleneck for five minutes, or the host no longer has the "  \
      "uplink.")                                                                                   \
    X(MAINTENANCE_ON, "maintenance-on", INFO,                                                      \
      "An operator has muted the host's alerts; the text names who did it.")                       \
    X(MAINTENANCE_OFF, "maintenance-off", INFO,                                                    \
      "The host's alerts are sent again; the text names who did it.")                              \
    X(FLAPPING, "flapping", WARNING,                                                               \
      "The state of a VM, or whether a host is up, changes again and again: more than six times, " \
      "and faster than once in ten minutes. Its changes are not reported one by one until it has " \
      "not changed for ten minutes.")                                                              \
    X(FLAPPING_END, "flapping-end", INFO,                                                          \
      "It has not changed for ten minutes: how many changes there were, and its state now. If "    \
      "that is not the one that was reported last, the event of the new state follows.")           \
    X(DATABASE_DAMAGED, "database-damaged", WARNING,                                               \
      "The database is [damaged](operating.md#a-damaged-database): the first error that showed "   \
      "it since the controller started.")                                                          \
    X(DATABASE_NEW, "database-new", WARNING,                                                       \
      "The controller has made a new, empty database although it ran here before; the text names " \
      "the files from which SLAs and keys can be read.")                                           \
    X(SLA_FILE_FAILING, "sla-file-failing", WARNING,                                               \
      "`slas.ini` or `enrolled.keys` cannot be written. SLAs are accepted all the same.")          \
    X(SLA_FILE_BACK, "sla-file-back", INFO, "`slas.ini` and `enrolled.keys` are written again.")   \
    X(STATE_DIR_FAILING, "state-dir-failing", WARNING,                                             \
      "The host's agent cannot write to its `state_dir`: after a restart it would decide by old "  \
      "guarantees.")                                                                               \
    X(STATE_DIR_BACK, "state-dir-back", INFO, "The host's agent writes to its `state_dir` again.") \
    X(HOST_CLAIMED, "host-claimed", WARNING,                                                       \
      "A second machine uses the name or the key of a host that is up, and is refused; the text "  \
      "has the addresses of both. Or another member of the group serves that machine; the text "   \
      "names it. Reported again only after a minute without.")                                     \
    X(CLOCK_DOUBTFUL, "clock-doubtful", WARNING,                                                   \
      "The controller's clock is more than a week ahead of the newest time in the database, or "   \
      "was set that far ahead. Until it has run for an hour without a step, or an operator "       \
      "[confirms it](operating.md#a-clock-that-is-wrong), nothing is deleted for its age.")        \
    X(CLOCK_CONFIRMED, "clock-confirmed", INFO,                                                    \
      "A clock that was doubtful has lasted, was corrected, or was confirmed by an operator.")     \
    X(EPOCH_RAISED, "epoch-raised", INFO,                                                          \
      "The controller has taken a higher epoch since its start; the text says why.")               \
    X(HOST_CLAIMED_END, "host-claimed-end", INFO,                                                  \
      "No second machine has used the host's name or key for a minute.")                           \
    X(HOST_OBEYS, "host-obeys", INFO,                                                              \
      "The host's agent, which had obeyed a higher epoch, obeys this controller again.")           \
    X(OTHER_CONTROLLER_END, "other-controller-end", INFO,                                          \
      "The host's agent has reported no older controller for ten minutes, or since it connected "  \
      "again.")                                                                                    \
    X(ENGINE_AWAY, "engine-away", WARNING,                                                         \
      "The [shared database](shared-database.md) does not answer, or cannot be read: limits in "   \
      "force stay, and changes are refused.")                                                      \
    X(ENGINE_BACK, "engine-back", INFO, "The shared database answers again.")                      \
    X(LEDGER_WENT_BACK, "ledger-went-back", WARNING,                                               \
      "The shared database has lost changes that were stored, as an asynchronous standby or an "   \
      "old backup does; the text names hosts. What it has now is in force.")                       \
    X(NOT_DURABLE, "not-durable", WARNING,                                                         \
      "One server of the shared database alone keeps what is stored now.")                         \
    X(DURABLE_AGAIN, "durable-again", INFO,                                                        \
      "Another server of the shared database keeps it as well again.")                             \
    X(HOST_MOVED, "host-moved", INFO,                                                              \
      "Another member of the [group](group.md) serves the host, of which something was reported "  \
      "here that is not over: it ends here. If it lasts, that member reports it.")                 \
    X(SLA_INVALID, "sla-invalid", WARNING,                                                         \
      "The shared database has an SLA of the VM that is not valid, which DAQS does not write. "    \
      "The "                                                                                       \
      "one before stays in force. At most one an hour for a host.")

enum event_kind {
#define X(name, text, level, meaning) EVENT_##name,
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

/* Likewise, with the texts, the number and the times of another event; it is in no list. */
struct event *event_copy(const struct event *event);

#endif
