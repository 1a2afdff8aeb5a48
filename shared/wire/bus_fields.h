/* SPDX-License-Identifier: Apache-2.0 */
/* bus_fields - every message of the bus, and every tuple in its lists, element by element.
 *
 * Encoder, decoder and the tables of schema/wire.md come from these rows (tools/check-docs --write
 * renews the page):
 *
 *   X(KIND(member, ...), presence, meaning)
 *
 * KIND      of the values, and the struct's member that holds them:
 *           U8, U32, U63, U64, RATE(member)   a number; U63 is at most 2^63-1
 *           I63(member)                       a U63 in an int64_t
 *           UP_TO(member, most)               a number of 32 bits
 *           RATE_OR_NONE(member)              nil for DAQS_UNLIMITED
 *           MTU, BACKLOG(member)              a number that is not valid counts as unknown
 *           NAME(member)                      a text that is valid for daqs_name_check
 *           LABEL(member, bytes)              "", or a text with the characters of a name
 *           SHORT_LABEL(member, bytes)        the same in an array of char
 *           MAC(member)                       six bytes
 *           KEY(member)                       a public key; no bytes if it is all zero
 *           LIST(member, count, item, most)   an array of tuples; 'count' is the member with their
 *                                             number, WIRE_ITEM_FIELDS are their rows
 * presence  ALWAYS
 *           NEWER(n)                          older peers do not send it: a tuple of fewer than n
 *                                             elements does not have it, and the member is 0
 *           SAMPLED                           only in a reading with a sample
 *
 * The first two elements of a message, the protocol's version and the type, have no row. A new row
 * is the last one and NEWER. */
#ifndef DAQS_WIRE_BUS_FIELDS_H
#define DAQS_WIRE_BUS_FIELDS_H

/* --- hello --- */

#define WIRE_UPLINK_FIELDS(X)                                                                      \
    X(NAME(name), ALWAYS, "as configured")                                                         \
    X(RATE(capacity), ALWAYS,                                                                      \
      "of the link. 0: unknown (the link was never up), and nics on it are limited only to their " \
      "own ceilings")

#define WIRE_VM_LABEL_FIELDS(X)                                                                    \
    X(LABEL(key, DAQS_LABEL_KEY_MAX), ALWAYS, "what the label is about, such as nova-flavor")      \
    X(LABEL(value, DAQS_LABEL_VALUE_MAX), ALWAYS, "its value; may be empty")

#define WIRE_VM_FIELDS(X)                                                                          \
    X(NAME(name), ALWAYS, "as the virtualization calls it")                                        \
    X(LABEL(uuid, 36), ALWAYS, "empty if the source has none")                                     \
    X(U8(described), NEWER(3),                                                                     \
      "1: title and labels are those of the VM; any other value: they are not known")              \
    X(LABEL(title, DAQS_TITLE_MAX), NEWER(4), "for people; empty: none")                           \
    X(LIST(label, labels, vm_label, DAQS_MAX_LABELS), NEWER(5),                                    \
      "what those who made the VM say of it. A key may occur several times")

#define WIRE_NIC_FIELDS(X)                                                                         \
    X(U32(vm), ALWAYS, "position of its VM in the list of vms, counted from 0; it must exist")     \
    X(U32(uplink), ALWAYS, "position of its uplink in the list of uplinks, from 0; it must exist") \
    X(MAC(mac), ALWAYS, "its MAC address")                                                         \
    X(MTU(mtu), NEWER(4), "bytes; 0, less than 68 or more than 65,535: unknown")

#define WIRE_UNWATCHED_FIELDS(X)                                                                   \
    X(U32(vm), ALWAYS, "as in a nic")                                                              \
    X(SHORT_LABEL(pf, DAQS_IFNAME_MAX), ALWAYS,                                                    \
      "the PF's interface on the host, empty if it has none")                                      \
    X(U32(vf), ALWAYS, "the VF's number on the PF; 4294967295: unknown")                           \
    X(SHORT_LABEL(pci, DAQS_PCI_MAX), ALWAYS, "its address on the host")                           \
    X(U8(cause), ALWAYS, "the reason; a cause of the table below")

/* A hello of fewer elements is from an agent that cannot be sent elsewhere. */
#define WIRE_HELLO_WITH_LEFT 15

#define WIRE_HELLO_FIELDS(X)                                                                       \
    X(NAME(host), ALWAYS, "the host's name, as operators see it")                                  \
    X(LABEL(version, 64), ALWAYS, "version of the program, informative")                           \
    X(U64(instance), ALWAYS, "random, drawn once at each start of the agent")                      \
    X(U63(generation), ALWAYS,                                                                     \
      "of this inventory: 1 or more, greater after every change. Starts over when the agent "      \
      "restarts")                                                                                  \
    X(U63(epoch), ALWAYS,                                                                          \
      "highest epoch that the agent has obeyed, since this start or earlier; 0: none")             \
    X(U32(poll_ms), ALWAYS, "interval between reports, ms, unless the host is idle")               \
    X(LIST(inventory.uplink, inventory.uplinks, uplink, DAQS_MAX_UPLINKS), ALWAYS,                 \
      "the host's uplinks")                                                                        \
    X(LIST(inventory.vm, inventory.vms, vm, DAQS_MAX_VMS), ALWAYS, "the VMs on the host")          \
    X(LIST(inventory.nic, inventory.nics, nic, DAQS_MAX_NICS), ALWAYS, "their nics")               \
    X(U32(poll_most_ms), ALWAYS,                                                                   \
      "longest interval between reports that the controller may request, ms; less than poll_ms: "  \
      "poll_ms")                                                                                   \
    X(U63(stale_controller), ALWAYS,                                                               \
      "epoch of an older controller that has sent the agent a message since it last obeyed "       \
      "limits; 0: none")                                                                           \
    X(LIST(inventory.unwatched, inventory.unwatched_vfs, unwatched, DAQS_MAX_UNWATCHED),           \
      NEWER(14),                                                                                   \
      "VFs that VMs use and the agent does not watch: they are neither measured nor limited")      \
    X(SHORT_LABEL(left, DAQS_MEMBER_MAX), NEWER(WIRE_HELLO_WITH_LEFT),                             \
      "member of the controllers' group that the agent lost within the last minute: it was "       \
      "silent "                                                                                    \
      "or refused the agent, or the agent could not go there. Empty: none")

/* --- welcome --- */

#define WIRE_MEMBER_FIELDS(X)                                                                      \
    X(LABEL(name, DAQS_MEMBER_MAX), ALWAYS, "its name in the group")                               \
    X(LABEL(endpoint, DAQS_ENDPOINT_MAX), ALWAYS, "where agents reach it, such as tcp://c1:7420")  \
    X(KEY(key), ALWAYS, "its public key; no bytes: the one that the agent has")

#define WIRE_WELCOME_FIELDS(X)                                                                     \
    X(LABEL(version, 64), ALWAYS, "version of the program, informative")                           \
    X(U63(epoch), ALWAYS, "of this controller")                                                    \
    X(U63(generation), ALWAYS,                                                                     \
      "of the newest inventory of this host that the controller has; 0: none, send a hello")       \
    X(U32(lease_ms), ALWAYS,                                                                       \
      "lease of the limits to come, ms; informative: each limits message has its own")             \
    X(SHORT_LABEL(member, DAQS_MEMBER_MAX), NEWER(7),                                              \
      "this controller's name in its group; empty: it is in none")                                 \
    X(LIST(elsewhere_member, elsewhere, member, DAQS_MAX_MEMBERS), NEWER(8),                       \
      "the members of the group for this host, best first. If the first one is this controller, "  \
      "the agent stays, and the others are its fallbacks; otherwise it goes to the first one "     \
      "(section 5). An empty list of a member: no news")

/* --- report --- */

#define WIRE_READING_FIELDS(X)                                                                     \
    X(U8(state), ALWAYS, "see below")                                                              \
    X(U8(cause), ALWAYS, "reason for the state, see below")                                        \
    X(I63(sample.interval_us), SAMPLED,                                                            \
      "measured time between the two readings of the counters, microseconds; 0: no sample")        \
    X(U63(sample.tx_bytes), SAMPLED, "sent by the guest in that time")                             \
    X(U63(sample.rx_bytes), SAMPLED, "received by the guest in that time")                         \
    X(U63(sample.tx_packets), SAMPLED, "sent by the guest in that time")                           \
    X(U63(sample.rx_packets), SAMPLED, "received by the guest in that time")                       \
    X(U32(age_us), NEWER(8),                                                                       \
      "age of the counters at mono_us, microseconds; 0: fresh, or unknown. Does not include the "  \
      "time since the driver last refreshed its counters")                                         \
    X(U8(source), NEWER(9),                                                                        \
      "where the counters come from. 0: unknown; 1: the guest's counters, as its guest agent "     \
      "reads them; 2: the VF's counters on the PF")                                                \
    X(BACKLOG(backlog), NEWER(10),                                                                 \
      "whether the guest's TCP sockets hold bytes that they could not send yet. 0: unknown; 1: "   \
      "no; 2: yes, in consecutive checks, and neither their peers' windows nor their own buffers " \
      "are the reason. Any other value: unknown")

#define WIRE_UPLINK_READING_FIELDS(X)                                                              \
    X(U63(own_interval_us), ALWAYS,                                                                \
      "measured time that own_bytes and own_packets cover, microseconds; 0: unknown")              \
    X(U63(own_bytes), ALWAYS,                                                                      \
      "sent by the PF itself in that time, without its VFs, as the host counts it")                \
    X(U63(own_packets), ALWAYS, "as own_bytes")                                                    \
    X(U63(port_interval_us), ALWAYS,                                                               \
      "measured time that port_bytes and port_packets cover, microseconds; 0: unknown")            \
    X(U63(port_bytes), ALWAYS,                                                                     \
      "everything that the port sent, from the PF and its VFs, as its driver counts it")           \
    X(U63(port_packets), ALWAYS, "as port_bytes")                                                  \
    X(RATE(vf_least), NEWER(7),                                                                    \
      "the lowest rate to which the host can limit a VF of this uplink, as far as the agent has "  \
      "observed; with several PFs, the highest of their values; 0: unknown")                       \
    X(RATE(vf_step), NEWER(8),                                                                     \
      "rates in force on VFs are multiples of this, as far as the agent has observed; with "       \
      "several PFs, the greatest of their values, if it is a multiple of the others; 0: unknown, " \
      "or it is not a multiple")                                                                   \
    X(U8(link), NEWER(9),                                                                          \
      "the port's link. 1: up, of at least one PF; 2: down, of all; any other value: unknown")

#define WIRE_REPORT_FIELDS(X)                                                                      \
    X(U63(generation), ALWAYS, "of the inventory that the report refers to")                       \
    X(U63(sequence), ALWAYS, "grows with every report of one instance; gaps are allowed")          \
    X(U63(mono_us), ALWAYS, "the agent's monotonic clock, microseconds")                           \
    X(LIST(reading, nics, reading, DAQS_MAX_NICS), ALWAYS,                                         \
      "one for each nic of the inventory, in its order")                                           \
    X(U63(limits_sequence), ALWAYS,                                                                \
      "sequence of the limits that were in force for most of the time that the readings cover")    \
    X(LIST(uplink, uplinks, uplink_reading, DAQS_MAX_UPLINKS), NEWER(8),                           \
      "one for each uplink of the inventory, in its order. A list of any other length (usually "   \
      "an empty one): nothing is known of the uplinks")                                            \
    X(U8(saving), NEWER(9),                                                                        \
      "1: what the agent wrote last to its 'state_dir' is stored; 2: it could not be written; "    \
      "any "                                                                                       \
      "other value: unknown")

/* --- limits --- */

#define WIRE_SETTING_FIELDS(X)                                                                     \
    X(RATE_OR_NONE(limit), ALWAYS, "the limit to enforce now; nil: remove the limit")              \
    X(RATE(min), ALWAYS,                                                                           \
      "this nic's part of its VM's guarantee; 0: best effort. This and the following elements "    \
      "are for the fallback (section 5)")                                                          \
    X(RATE_OR_NONE(max), ALWAYS, "its part of the VM's ceiling; nil: none")                        \
    X(U32(weight), ALWAYS, "of its VM")

#define WIRE_UPLINK_SETTING_FIELDS(X)                                                              \
    X(U8(mode), ALWAYS,                                                                            \
      "0: minimum, 1: off, 2: fair, 3: weighted. A mode that the reader does not know: minimum")

#define WIRE_LIMITS_FIELDS(X)                                                                      \
    X(U63(epoch), ALWAYS, "of this controller")                                                    \
    X(U63(sequence), ALWAYS,                                                                       \
      "grows with every limits message to this host within the epoch, from 1")                     \
    X(U63(generation), ALWAYS, "of the inventory that the limits refer to")                        \
    X(U32(lease_ms), ALWAYS,                                                                       \
      "how long these limits stay valid without another limits message, ms from receipt; more "    \
      "than 600,000 counts as 600,000")                                                            \
    X(UP_TO(headroom_ppm, 1000000), ALWAYS,                                                        \
      "share of an uplink's capacity to keep free, parts per million; for the fallback")           \
    X(LIST(setting, nics, setting, DAQS_MAX_NICS), ALWAYS,                                         \
      "one for each nic of the inventory, in its order")                                           \
    X(U32(poll_ms), ALWAYS,                                                                        \
      "interval between reports from now on, ms, within the range that the agent's "               \
      "configuration allows; 0: as configured")                                                    \
    X(LIST(uplink, uplinks, uplink_setting, DAQS_MAX_UPLINKS), NEWER(10),                          \
      "one for each uplink of the inventory, in its order; for the fallback. A list of any other " \
      "length: all modes are minimum")

/* --- applied --- */

#define WIRE_NIC_APPLIED_FIELDS(X)                                                                 \
    X(UP_TO(nic, DAQS_MAX_NICS - 1), ALWAYS, "its position in the inventory's list")               \
    X(RATE_OR_NONE(limit), ALWAYS, "as read back from the guest; nil: none")                       \
    X(U8(state), ALWAYS, "as in a reading")                                                        \
    X(U8(cause), ALWAYS, "as in a reading")

#define WIRE_APPLIED_FIELDS(X)                                                                     \
    X(U63(epoch), ALWAYS, "of the last limits obeyed")                                             \
    X(U63(sequence), ALWAYS, "of the last limits obeyed")                                          \
    X(U63(generation), ALWAYS, "of the inventory that the message refers to")                      \
    X(LIST(nic, nics, nic_applied, DAQS_MAX_NICS), ALWAYS, "only those that changed")

/* --- bye --- */

#define WIRE_BYE_FIELDS(X)                                                                         \
    X(U32(reason), ALWAYS,                                                                         \
      "0 the sender is stopping; 1 another live agent uses this host's name; 2 the sender does "   \
      "not support this protocol version; 3 no room for this host or its nics; 4 the agent goes "  \
      "on with another controller of the group")

#endif
