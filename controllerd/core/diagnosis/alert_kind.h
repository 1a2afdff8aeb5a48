/* SPDX-License-Identifier: Apache-2.0 */
/* alert_kind - which events begin, change or end an incident, and the key of an incident. An event
 * of any other kind is an alert of its own, without an end. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_ALERT_KIND_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_ALERT_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "controllerd/core/diagnosis/event.h"
#include "shared/base/name.h"

/* X(NAME, name, severity, what keys contain besides the host: 0 or of ALERT_OF_VM and
 * ALERT_OF_UPLINK, from when to when it lasts). Names are parts of keys, which scripts and
 * Alertmanager's routes use: append only. docs/events.md is generated from these rows. */
#define ALERT_INCIDENTS(X)                                                                         \
    X(HOST_DOWN, "host-down", "critical", 0,                                                       \
      "From 'host-down' to 'host-up', 'host-forgotten' or 'host-moved'.")                          \
    X(VIOLATION, "violation", "critical", ALERT_OF_VM | ALERT_OF_UPLINK,                           \
      "Of a VM on an uplink: from 'violation-start' to 'violation-end'; 'violation-cause' is "     \
      "sent as well.")                                                                             \
    X(VM_STATE, "vm-state", "warning", ALERT_OF_VM,                                                \
      "Of a VM: from 'unresponsive', 'tampered' or 'unmanaged' to 'recovered'. Another of these "  \
      "states is sent as well.")                                                                   \
    X(OVERSUBSCRIBED, "oversubscribed", "warning", ALERT_OF_UPLINK,                                \
      "Of an uplink: from 'oversubscribed' to 'oversubscribed-end'.")                              \
    X(BOTTLENECK, "bottleneck", "warning", ALERT_OF_UPLINK,                                        \
      "Of an uplink: from 'bottleneck' to 'bottleneck-end'.")                                      \
    X(HISTORY_GAP, "history-gap", "warning", 0,                                                    \
      "Of the controller: from 'history-gap' to 'history-back'.")                                  \
    X(FLAPPING, "flapping", "warning", ALERT_OF_VM,                                                \
      "Of a VM, or of a host: from 'flapping' to 'flapping-end'.")                                 \
    X(SLA_FILE, "sla-file", "warning", 0,                                                          \
      "Of the controller: from 'sla-file-failing' to 'sla-file-back'.")                            \
    X(STATE_DIR, "state-dir", "warning", 0,                                                        \
      "Of a host: from 'state-dir-failing' to 'state-dir-back'.")                                  \
    X(CLOCK, "clock", "warning", 0,                                                                \
      "Of the controller: from 'clock-doubtful' to 'clock-confirmed'.")                            \
    X(HOST_CLAIMED, "host-claimed", "warning", 0,                                                  \
      "Of a host: from 'host-claimed' to 'host-claimed-end'.")                                     \
    X(HOST_DISOBEYS, "host-disobeys", "warning", 0,                                                \
      "Of a host: from 'host-disobeys' to 'host-obeys'.")                                          \
    X(OTHER_CONTROLLER, "other-controller", "warning", 0,                                          \
      "Of a host: from 'other-controller' to 'other-controller-end'.")                             \
    X(ENGINE_AWAY, "engine-away", "warning", 0,                                                    \
      "Of the controller: from 'engine-away' to 'engine-back'.")                                   \
    X(NOT_DURABLE, "not-durable", "warning", 0,                                                    \
      "Of the controller: from 'not-durable' to 'durable-again'.")

enum { ALERT_OF_VM = 1, ALERT_OF_UPLINK = 2 };

enum alert_incident {
#define X(name, text, severity, of, meaning) ALERT_##name,
    ALERT_INCIDENTS(X)
#undef X
        ALERT_INCIDENTS_COUNT,
    ALERT_NONE = ALERT_INCIDENTS_COUNT /* the event is an alert of its own */
};

enum alert_role { ALERT_MOMENT, ALERT_START, ALERT_CHANGE, ALERT_END };

/* Returns what an event does to which incident; *ret_incident is ALERT_NONE for ALERT_MOMENT. */
enum alert_role alert_role(enum event_kind kind, enum alert_incident *ret_incident);

/* Returns the name of an incident; of ALERT_NONE that of the event's kind. */
const char *alert_name(enum alert_incident incident, enum event_kind kind);

/* Returns "critical", "warning" or "info". */
const char *alert_severity(enum alert_incident incident, enum event_kind kind);

/* EVENT: an alert of its own, which has no end. */
enum alert_status { ALERT_STATUS_EVENT, ALERT_STATUS_FIRING, ALERT_STATUS_RESOLVED };

/* Returns "event", "firing" or "resolved". */
const char *alert_status_name(enum alert_status status);

/* Returns true for what is sent before other alerts: violations, hosts that are down, and what the
 * controller reports about itself. */
bool alert_comes_first(enum alert_incident incident, const char *host);

/* A name needs at most three bytes for each of its own. */
enum { ALERT_KEY_BYTES = 64 + 3 * (3 * DAQS_NAME_MAX + 1) };

/* Writes the key of the incident that an event is about, such as "violation/node1/db1/up0". '/' and
 * '%' in names are written as "%2F" and "%25". Returns its length. */
size_t alert_key(enum alert_incident incident, const struct event *event,
                 char key[static ALERT_KEY_BYTES]);

#endif
