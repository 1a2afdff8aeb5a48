/* SPDX-License-Identifier: Apache-2.0 */
/* controller_keys - the keys of controllerd.conf. The manual, docs/configuration.md and the example
 * in packaging/ are generated from these rows.
 *
 * X(section, key, whether it may be given more than once, default, value in the example if that is
 * not the default, meaning). */
#ifndef DAQS_CONTROLLERD_CONFIG_CONTROLLER_KEYS_H
#define DAQS_CONTROLLERD_CONFIG_CONTROLLER_KEYS_H

#include "shared/base/model.h"
#include "shared/wire/bus.h"

#define CONTROLLER_KEYS(X)                                                                         \
    X(controller, bus, false, "tcp://*:7420", "", "Where agents connect.")                         \
    X(controller, admin, false, "ipc:///run/daqs/admin.sock", "",                                  \
      "Where 'daqsctl' connects without a key. The permissions of the socket admit root and the "  \
      "group of the controller's user.")                                                           \
    X(controller, database, false, "/var/lib/daqs/daqs.db", "",                                    \
      "The SQLite database. Only one controller at a time can use it.")                            \
    X(controller, ledger, false, "",                                                               \
      "postgresql://daqs@db1,db2,db3/daqs?target_session_attrs=read-write&sslmode=verify-full",    \
      "A [PostgreSQL database](shared-database.md) that keeps SLAs, modes, keys, maintenance and " \
      "the audit trail, as a connection string of libpq. Empty: 'database' keeps them. It may "    \
      "have a password; then only root and the controller's group should be able to read the "     \
      "file.")                                                                                     \
    X(controller, durable, false, "warn", "",                                                      \
      "With 'ledger': 'quorum' refuses changes while one server alone would keep them; 'warn' "    \
      "only reports that.")                                                                        \
    X(controller, insecure, false, "no", "",                                                       \
      "'yes': agents need no keys, nothing is encrypted, and only loopback and ipc endpoints are " \
      "accepted. For tests.")                                                                      \
    X(controller, admin_remote, false, "", "tcp://*:7421",                                         \
      "Where 'daqsctl' connects over a network, with a key, such as 'tcp://*:7421'.")              \
    X(controller, http, false, "127.0.0.1:7480", "",                                               \
      "Where the controller serves the dashboard, the [API](api.md), health and metrics, "         \
      "read-only: an address and a port, '[::1]:7480', or '*:7480' for all addresses. Empty: "     \
      "nowhere. [There are no passwords](security.md#http).")                                      \
    X(controller, http_hosts, false, "", "daqs.example.com",                                       \
      "Names under which browsers may ask for it, comma separated, such as that of a reverse "     \
      "proxy. The names of this machine ('localhost', '127.0.0.1', '[::1]') and the address of "   \
      "'http' are always accepted. If the list is empty and the address is not loopback, all "     \
      "names are.")                                                                                \
    X(controller, metrics_nics, false, "10000", "",                                                \
      "While there are more nics than this, [metrics](metrics.md) have no series for nics and "    \
      "VMs.")                                                                                      \
    X(controller, key, false, CONFIG_COMPUTED("'controller.key' next to the database"),            \
      "/var/lib/daqs/controller.key",                                                              \
      "The absolute path of the controller's secret key. If there is none, the controller "        \
      "creates "                                                                                   \
      "it, with 'controller.key.pub' next to it.")                                                 \
    X(controller, forget_hosts, false, "7d", "",                                                   \
      "With 'insecure', hosts that have been away for this long are no longer listed, unless "     \
      "they "                                                                                      \
      "have SLAs; at least 10s. With keys, hosts are listed for as long as they have a key or an " \
      "SLA. Their history, events and audit trail stay.")                                          \
    X(group, name, false, "", "c1",                                                                \
      "The name of this controller in a [group](group.md) of controllers that share 'ledger', up " \
      "to 64 bytes. Empty: it is in no group.")                                                    \
    X(group, advertise, false, "", "tcp://c1.example.org:7420",                                    \
      "Where agents reach this member of a group. Agents learn it from the other members.")        \
    X(group, peer, false, "", "tcp://c1.example.org:7422",                                         \
      "Where the other members reach this one, so that [each answers for the whole "               \
      "fleet](group.md#ask-any-member). Empty: this member answers for its own hosts, and the "    \
      "others leave them out.")                                                                    \
    X(group, peer_listen, false, CONFIG_COMPUTED("all addresses, at the port of 'peer'"),          \
      "tcp://*:7422", "Where this member listens for the others.")                                 \
    X(group, weight, false, "1", "",                                                               \
      "The share of hosts that this member gets, against the others', 0 to 1000. 0: it is a "      \
      "standby, and gets hosts only while no member with a higher weight serves.")                 \
    X(group, lost_after, false, "6s", "",                                                          \
      "For how long the others see no sign of life before they count a member as lost, 3s to 1h. " \
      "Agents do not wait for that.")                                                              \
    X(group, settle, false, "30s", "",                                                             \
      "How long a member must have been steady before hosts are sent to it, 1s to 1h.")            \
    X(group, move_rate, false, "100", "",                                                          \
      "Hosts a second that are sent to a member that has joined, 1 to 10000.")                     \
    X(group, stale_after, false, "1h", "",                                                         \
      "How old the copy of the records may be with which a controller starts while 'ledger' does " \
      "not answer, 30s to 30d. With an older one, a member of a group tells hosts of no limits "   \
      "until the database answers, and a controller without a group does not start.")              \
    X(policy, mode, false, "minimum", "",                                                          \
      "How uplinks are shared: 'minimum', 'fair', 'weighted' or 'off' ([modes](#modes)). "         \
      "'daqsctl set-policy' sets the mode of one host or uplink.")                                 \
    X(policy, headroom, false, "1%", "",                                                           \
      "The share of an uplink's capacity that is never handed out, up to 50%.")                    \
    X(policy, lease, false, "3s", "",                                                              \
      "How long agents obey the last limits when the controller is silent, 300ms to 600s.")        \
    X(history, resolution, false, "1s", "",                                                        \
      "The step of the finest history: 1s to 60s, a divisor of a minute.")                         \
    X(history, keep, false, "24h", "",                                                             \
      "How long the finest history is kept; at least 60s, as for the next two.")                   \
    X(history, keep_minutes, false, "30d", "",                                                     \
      "How long history by the minute is kept. A value below 'keep' is silently raised to it.")    \
    X(history, keep_hours, false, "730d", "",                                                      \
      "How long history by the hour is kept. A value below 'keep_minutes' is silently raised to "  \
      "it.")                                                                                       \
    X(history, keep_events, false, "400d", "",                                                     \
      "How long [events](events.md) are kept; at least 60s.")                                      \
    X(history, events_size, false, "1GB", "",                                                      \
      "How much of the database events may take, 1MB and up, such as '500MB'. The oldest are "     \
      "deleted first. The file does not shrink; the room is used again.")                          \
    X(alerts, exec, false, "", "/usr/local/bin/daqs-alert",                                        \
      "The absolute path of a program that the controller [runs for each "                         \
      "alert](events.md#alerts).")                                                                 \
    X(alerts, webhook, false, "", "http://127.0.0.1:9093/api/v2/alerts",                           \
      "The URL, of http or https, to which the controller [posts "                                 \
      "alerts](events.md#alertmanager) in the format of Prometheus' Alertmanager. If it has a "    \
      "password, 'http://USER:PASSWORD@HOST/...', only root and the controller's group should be " \
      "able to read the file.")                                                                    \
    X(alerts, hold, false, "10s", "",                                                              \
      "An incident is sent once it has lasted for this long, and its end once it has been over "   \
      "for this long, 0 to 1h.")                                                                   \
    X(alerts, level, false, "warning", "",                                                         \
      "The lowest level of events that are sent: 'warning', or 'info' for all events.")

/* Of [limits], what the controller accepts at most from programs and users that it does not
 * control: X(key, minimum, maximum, default, meaning). */
#define CONTROLLER_LIMITS(X)                                                                       \
    X(hosts, 1, 1000000, "100000",                                                                 \
      "Hosts known at once; there may be twice as many keys. The controller rejects a further "    \
      "host: there is no room.")                                                                   \
    X(nics, 1, DAQS_MAX_NICS, "4096",                                                              \
      "Nics of a host, at most 4096. The controller rejects a host with more: there is no room.")  \
    X(names, 1, 100000000, "100000",                                                               \
      "Nics of a host that the database keeps. Further nics have no history until that of others " \
      "is dropped.")                                                                               \
    X(message_size, 4096, WIRE_MESSAGE_MAX, "1048576",                                             \
      "Size of a message in bytes, 4096 to 1048576. A larger one is rejected, and one of more "    \
      "than twice that ends the connection.")                                                      \
    X(queue, 1, 10000, "64",                                                                       \
      "Messages queued for one agent or operator. Messages that find the queue full are sent "     \
      "again later.")                                                                              \
    X(messages, 10, 1000000, "1000",                                                               \
      "Messages of one agent in a second on average, and twice as many at once. If it sends "      \
      "more, the controller closes the connection. Agents report at most a hundred times a "       \
      "second.")                                                                                   \
    X(handshakes, 1, 1000000, "4096",                                                              \
      "Connections to one socket that have not sent a usable message yet, at most a quarter of "   \
      "the files that the process may have open. If there are more, the controller closes the "    \
      "oldest of them, and any of them after 10 s.")                                               \
    X(connections, 1, 1000000, "50",                                                               \
      "New connections over the network from one address in a second (for IPv6, from one /64). "   \
      "The controller rejects further ones at once, and agents try again. Connections from the "   \
      "machine itself have no bound. Raise this where many hosts share one address.")              \
    X(requests, 1, 1000000, "1000",                                                                \
      "Requests of one operator (user, or key) in a second on average, and twice as many at "      \
      "once. The answer to a further one is an error.")                                            \
    X(events, 1, 100000, "1000",                                                                   \
      "Ordinary events stored in a second, such as states of VMs. [Others](events.md#"             \
      "when-there-are-too-many) have no such limit.")

#endif
