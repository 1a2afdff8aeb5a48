/* SPDX-License-Identifier: Apache-2.0 */
/* counters - what the controller counts from its start. A row is a field, a row of 'daqsctl status'
 * and the metric daqs_controller_NAME_total; docs/metrics.md and docs/operating.md are generated
 * from it.
 */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_COUNTERS_H
#define DAQS_CONTROLLERD_IO_EVENTS_COUNTERS_H

#include <stdint.h>

/* X(name, what it counts). messages_refused includes the other messages_*, except messages_dropped.
 */
#define CONTROLLER_COUNTERS(X)                                                                     \
    X(messages_refused, "Messages rejected as malformed or not allowed.")                          \
    X(messages_large, "Of the refused messages, those that were larger than 'message_size'.")      \
    X(messages_flooding,                                                                           \
      "Of the refused messages, those of agents that sent too many ('messages') or more than 16 "  \
      "MiB in a second.")                                                                          \
    X(messages_costly,                                                                             \
      "Of the refused messages, those of agents whose messages had taken more than a fifth of "    \
      "the controller's time.")                                                                    \
    X(hellos_put_off,                                                                              \
      "Hello messages dropped unread because their agent sends more than two in a second, or "     \
      "because they take too much time; it sends them again with its next report.")                \
    X(messages_dropped, "Messages dropped unread because for 5 s more arrived than the "           \
                        "controller could process: it is too slow for its fleet.")                 \
    X(requests_put_off, "Requests rejected because their operator sent too many ('requests').")    \
    X(hosts_refused,                                                                               \
      "Hello messages of hosts for which, or for whose nics, there is no room ('hosts', 'nics').") \
    X(hosts_claimed,                                                                               \
      "Hello messages for a host whose name another live agent uses: two machines have the same "  \
      "name, or the same key.")                                                                    \
    X(hosts_sent_away,                                                                             \
      "Hosts that this member of a group has sent to another member, at their hello or later.")    \
    X(limits_put_off,                                                                              \
      "Limits that could not be sent because the agent's queue was full ('queue').")               \
    X(reports_unfit,                                                                               \
      "Reports that were old, or about other nics than those that the host had listed.")

struct controller_counters {
#define X(name, help) uint64_t name;
    CONTROLLER_COUNTERS(X)
#undef X
};

#endif
