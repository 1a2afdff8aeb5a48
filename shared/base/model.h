/* SPDX-License-Identifier: Apache-2.0 */
/* model - data types that both daemons and the wire protocols share: uplinks, VMs, nics and their
 * numbers.
 *
 * Plain data without behaviour. Strings and arrays belong to the code that filled the struct. */
#ifndef DAQS_BASE_MODEL_H
#define DAQS_BASE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/mac.h"
#include "shared/base/name.h"
#include "shared/base/rate.h"

/* Maximum numbers for one host; more are rejected. */
#define DAQS_MAX_UPLINKS 64
#define DAQS_MAX_VMS 4096
#define DAQS_MAX_NICS 4096
#define DAQS_MAX_UNWATCHED 1024

/* What an agent knows about the enforcement of a nic. The numbers are sent to peers: append
 * only. */
#define DAQS_NIC_STATES(X)                                                                         \
    X(WAITING, 0, "waiting")           /* the guest has not answered yet */                        \
    X(OK, 1, "ok")                     /* measured, and its limit (if any) can be set */           \
    X(UNRESPONSIVE, 2, "unresponsive") /* the guest agent does not answer */                       \
    X(UNMANAGED, 3, "unmanaged")       /* measured, but no limit can be set */                     \
    X(TAMPERED, 4, "tampered") /* limit set, but the guest removes it or hides what it sends */    \
    X(FROZEN, 5, "frozen")     /* the guest agent answers nothing for now; treated as before */    \
    X(BUSY, 6, "busy")         /* the guest agent cannot be reached for now; treated as before */

enum daqs_nic_state {
#define X(name, number, text) DAQS_NIC_##name = (number),
    DAQS_NIC_STATES(X)
#undef X
};

/* Why a nic is in its state. The numbers are sent to peers: append only. */
#define DAQS_NIC_CAUSES(X)                                                                         \
    X(NONE, 0, "")                                                                                 \
    X(NO_AGENT, 1, "the guest agent is not running or not connected")                              \
    X(TIMEOUT, 2, "the guest agent did not answer in time")                                        \
    X(BAD_REPLY, 3, "the guest agent's answer was not usable")                                     \
    X(NO_NIC, 4, "the guest agent does not list this interface")                                   \
    X(EXEC_BLOCKED, 5, "guest-exec is blocked in the guest agent's configuration")                 \
    X(NO_TC, 6, "tc could not be run in the guest")                                                \
    X(TC_FAILED, 7, "tc in the guest refused the limit")                                           \
    X(TENANT_QDISC, 8, "the guest has a root qdisc of its own")                                    \
    X(BAD_NAME, 9, "tc does not accept the name of the guest's interface")                         \
    X(NOT_APPLIED, 10, "the limit read back differs from the one set")                             \
    X(LIMIT_REMOVED, 11, "the guest keeps removing its limit")                                     \
    X(LIMIT_EXCEEDED, 12, "the guest sends more than its limit, which is in force")                \
    X(HOST_SIDE, 13, "limits are set by the host, on the VF")                                      \
    X(HOST_CANNOT, 14, "the host cannot limit this nic's VF")                                      \
    X(SAYS_LESS, 15, "the guest reports less than its VF sends")                                   \
    X(FROZEN, 16, "the guest's file systems are frozen, as for a backup or a snapshot")            \
    X(LIST_BLOCKED, 17, "the guest agent does not allow guest-network-get-interfaces")             \
    X(NO_HTB, 18, "the guest's kernel has no HTB")                                                 \
    X(NOT_PERMITTED, 19, "the guest agent is not permitted to run tc or to set limits")            \
    X(OTHER_TC, 20, "tc in the guest is not that of iproute2")                                     \
    X(HOST_LEAST, 21, "the lowest rate of the VF is above its limit")                              \
    X(HOST_REFUSED, 22, "the NIC's driver refuses the VF's rate for now")                          \
    X(AMBIGUOUS, 23, "several guest interfaces have this address and cannot be told apart")        \
    X(NO_COUNTERS, 24, "the guest agent returns no counters of this interface")                    \
    X(BUSY, 27, "the guest agent is held by another client of libvirt, or libvirt hangs")          \
    X(NO_ADDRESS, 28, "the host gave the VF no MAC address, so its guest interface is not known")  \
    /* causes of VFs that are not watched */                                                       \
    X(VF_NO_UPLINK, 29, "its PF is not an uplink in the configuration")                            \
    X(VF_NO_INTERFACE, 30, "its PF has no network interface")                                      \
    X(VF_NOT_AMONG, 31, "it is not among the nics of its uplink")                                  \
    X(VF_UNLISTED, 32, "its address is not known: its PF does not list it")                        \
    X(VF_SAME_ADDRESS, 33, "another nic of the VM on this uplink has its address")

enum daqs_nic_cause {
#define X(name, number, text) DAQS_CAUSE_##name = (number),
    DAQS_NIC_CAUSES(X)
#undef X
};

/* Returns the name of a state, for people; "unknown" for a number of a newer peer. So does
 * daqs_nic_cause_text for a cause. */
const char *daqs_nic_state_name(unsigned state);
/* Returns the name of a state like daqs_nic_state_name, but "capped" for a nic in DAQS_NIC_OK that
 * uses at least 95 % of its limit. 'sends' is the wire rate that the nic sends (DAQS_UNLIMITED: not
 * known). */
#define DAQS_CAPPED_BELOW_PPM 50000
const char *daqs_nic_state_shown(unsigned state, daqs_bps sends, daqs_bps limit);
const char *daqs_nic_cause_text(unsigned cause);

/* Returns true if the guest cannot be queried for a moment and the nic is treated as before. This
 * is not a fault: an agent reports DAQS_NIC_UNRESPONSIVE once it lasts for more than a minute. */
bool daqs_nic_in_grace(unsigned state);

/* A public or secret CURVE key. */
struct daqs_key {
    uint8_t byte[32];
};

/* Returns false if the key is all zero, which stands for the one that is known anyway. */
bool daqs_key_is_set(const struct daqs_key *key);
bool daqs_key_same(const struct daqs_key *a, const struct daqs_key *b);

/* A controller of a group, as agents are told of it. */
#define DAQS_MAX_MEMBERS 8    /* that an agent is told of */
#define DAQS_MEMBER_MAX 64    /* bytes of its name, without the terminator */
#define DAQS_ENDPOINT_MAX 255 /* bytes */
struct daqs_member_info {
    const char *name;
    const char *endpoint; /* of its bus */
    struct daqs_key key;  /* its public key; all zero: the one that the agent has */
};

struct daqs_uplink_info {
    const char *name;
    daqs_bps capacity; /* 0: not known */
};

/* What those who make VMs say of one: where it comes from, and which SLA it asks for. A key may
 * occur several times. */
#define DAQS_MAX_LABELS 32    /* of a VM */
#define DAQS_LABEL_KEY_MAX 63 /* bytes, as the next ones */
#define DAQS_LABEL_VALUE_MAX 255
#define DAQS_TITLE_MAX 255
struct daqs_label_info {
    const char *key;
    const char *value;
};

struct daqs_vm_info {
    const char *name;
    const char *uuid;  /* "" if the source has none */
    uint8_t described; /* 1: title and labels are the VM's; else they are not known */
    const char *title; /* for people; "" or NULL: none */
    uint32_t labels;
    struct daqs_label_info *label;
};

struct daqs_nic_info {
    uint32_t vm;     /* index into the inventory's VMs */
    uint32_t uplink; /* index into the inventory's uplinks */
    struct daqs_mac mac;
    uint32_t mtu; /* bytes; 0: not known */
};

/* IPv4 requires 68 bytes, and the length of its packets has 16 bits. */
#define DAQS_MTU_LEAST 68
#define DAQS_MTU_MOST 65535

/* Returns 'bytes' if it is a valid MTU, otherwise 0 (not known). */
uint32_t daqs_mtu_or_unknown(uint64_t bytes);

/* A VF that a VM uses and the agent does not watch: it is neither measured nor limited. */
#define DAQS_PCI_MAX 15 /* bytes of a PCI address such as "10000:3b:02.3" */
#define DAQS_VF_UNKNOWN UINT32_MAX
struct daqs_unwatched_info {
    uint32_t vm;                  /* index into the inventory's VMs */
    uint32_t vf;                  /* its number on the PF, or DAQS_VF_UNKNOWN */
    char pf[DAQS_IFNAME_MAX + 1]; /* network interface of its PF; "": none */
    char pci[DAQS_PCI_MAX + 1];   /* its PCI address on the host */
    uint8_t cause;                /* reason: enum daqs_nic_cause, or a newer peer's */
};

/* Everything on one host. Reports, limits and applied states refer to nics by index. */
struct daqs_inventory {
    uint32_t uplinks;
    uint32_t vms;
    uint32_t nics;
    struct daqs_uplink_info *uplink;
    struct daqs_vm_info *vm;
    struct daqs_nic_info *nic;
    uint32_t unwatched_vfs;
    struct daqs_unwatched_info *unwatched;
};

/* The traffic since the previous reading of the same counters. */
struct daqs_sample {
    int64_t interval_us; /* measured, monotonic; 0: no sample this time */
    uint64_t tx_bytes;
    uint64_t rx_bytes;
    uint64_t tx_packets;
    uint64_t rx_packets;
};

/* Where the counters of a sample come from. The numbers are sent to peers: append only. */
#define DAQS_COUNTER_SOURCES(X)                                                                    \
    X(NONE, 0, "not known")                                                                        \
    X(GUEST, 1, "the guest agent's counters")                                                      \
    X(VF, 2, "the VF's counters on the PF")

enum daqs_counter_source {
#define X(name, number, text) DAQS_SOURCE_##name = (number),
    DAQS_COUNTER_SOURCES(X)
#undef X
};

/* Whether the TCP sockets of a guest hold bytes that they could not send yet. The numbers are sent
 * to peers: append only. */
#define DAQS_BACKLOGS(X)                                                                           \
    X(UNKNOWN, 0, "not known")                                                                     \
    X(NONE, 1, "its sockets send what they are given")                                             \
    X(SOME, 2, "its sockets hold unsent bytes")

enum daqs_backlog {
#define X(name, number, text) DAQS_BACKLOG_##name = (number),
    DAQS_BACKLOGS(X)
#undef X
};

/* Returns the backlog with this number; DAQS_BACKLOG_UNKNOWN for a number of a newer peer. */
enum daqs_backlog daqs_backlog_or_unknown(uint64_t number);

struct daqs_nic_reading {
    uint8_t state; /* enum daqs_nic_state, or a newer peer's */
    uint8_t cause;
    struct daqs_sample sample;
    uint32_t age_us; /* age of the counters when the report was made; 0: fresh, or not known */
    uint8_t source;  /* enum daqs_counter_source, or a newer peer's */
    uint8_t backlog; /* enum daqs_backlog */
};

/* The link of an uplink's port. The numbers are sent to peers: append only. */
enum daqs_link {
    DAQS_LINK_UNKNOWN = 0,
    DAQS_LINK_UP = 1,
    DAQS_LINK_DOWN = 2, /* of all its PFs: nothing passes */
};

/* Whether the agent can write its state. The numbers are sent to peers: append only. */
enum daqs_saving {
    DAQS_SAVING_UNKNOWN = 0,
    DAQS_SAVING_OK = 1,
    DAQS_SAVING_FAILING = 2,
};

/* The traffic of an uplink since the previous reading, the rates that its VFs support, and its
 * link. An interval of 0 means not known. */
struct daqs_uplink_reading {
    uint64_t own_interval_us;
    uint64_t own_bytes; /* sent by the PF itself, without its VFs */
    uint64_t own_packets;
    uint64_t port_interval_us;
    uint64_t port_bytes; /* sent by the port in total */
    uint64_t port_packets;
    daqs_bps vf_least; /* lowest rate to which the host can limit a VF; 0: not known */
    daqs_bps vf_step;  /* rates in force on VFs are multiples of this; 0: not known */
    uint8_t link;      /* enum daqs_link, or a newer peer's */
};

/* What the controller requests for a nic, and the SLA that the agent's fallback uses. */
struct daqs_nic_setting {
    daqs_bps limit; /* DAQS_UNLIMITED: none */
    daqs_bps min;   /* this nic's part of its VM's guarantee; 0: best effort */
    daqs_bps max;   /* DAQS_UNLIMITED: none */
    uint32_t weight;
};

/* How the agent's fallback shares an uplink. */
struct daqs_uplink_setting {
    uint8_t mode; /* enum policy_mode, or a newer peer's */
};

/* What an agent found in force on a nic. */
struct daqs_nic_applied {
    uint32_t nic;
    daqs_bps limit; /* DAQS_UNLIMITED: none */
    uint8_t state;
    uint8_t cause;
};

#endif
