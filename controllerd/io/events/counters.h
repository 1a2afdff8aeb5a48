/* SPDX-License-Identifier: Apache-2.0 */
/* counters - what the controller counts from its start. A row is a field, a row of 'daqsctl status'
 * and the metric daqs_controller_NAME_total; docs/metrics.md and docs/operating.md describe them.
 */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_COUNTERS_H
#define DAQS_CONTROLLERD_IO_EVENTS_COUNTERS_H

#include <stdint.h>

/* X(name, help of the metric). Those of messages are included in messages_refused, those that were
 * dropped excepted. */
#define CONTROLLER_COUNTERS(X)                                                                     \
    X(messages_refused, "Messages that were malformed or not allowed.")                            \
    X(messages_large, "Messages that were refused for their size.")                                \
    X(messages_flooding, "Messages of agents that send too many.")                                 \
    X(messages_dropped, "Messages dropped unread, because more arrived than were handled.")        \
    X(requests_put_off, "Requests of operators who ask too often.")                                \
    X(hosts_refused, "Hellos that were refused, because the fleet or the host is too large.")      \
    X(limits_put_off, "Limits that found an agent's queue full.")                                  \
    X(reports_unfit, "Reports that were old, or about another inventory.")

struct controller_counters {
#define X(name, help) uint64_t name;
    CONTROLLER_COUNTERS(X)
#undef X
};

#endif
