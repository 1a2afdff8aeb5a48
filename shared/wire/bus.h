/* SPDX-License-Identifier: Apache-2.0 */
/* bus - the messages between agents and the controller, specified in schema/wire.md.
 *
 * Encoders append to a buffer. Decoders accept untrusted bytes: everything is bounded, checked and
 * stored in the caller's arena, which must outlive the decoded struct. */
#ifndef DAQS_WIRE_BUS_H
#define DAQS_WIRE_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/error.h"
#include "shared/base/model.h"

#define WIRE_PROTOCOL 1
#define WIRE_MESSAGE_MAX (1024 * 1024) /* bytes; a larger message is rejected */

/* X(NAME, number, name): a message of type WIRE_NAME has the elements of WIRE_NAME_FIELDS in
 * bus_fields.h. */
#define WIRE_TYPES(X)                                                                              \
    X(HELLO, 1, hello)     /* agent: its identity, and everything on its host */                   \
    X(WELCOME, 2, welcome) /* controller: its identity, and which inventory of the agent it has */ \
    X(REPORT, 3, report)   /* agent: readings of all nics */                                       \
    X(LIMITS, 4, limits)   /* controller: the complete desired state of the host */                \
    X(APPLIED, 5, applied) /* agent: what is in force, after a change */                           \
    X(BYE, 6, bye)         /* either: the sender leaves, or rejects the receiver */

enum wire_type {
#define X(NAME, number, name) WIRE_##NAME = (number),
    WIRE_TYPES(X)
#undef X
};

enum wire_bye_reason {
    WIRE_BYE_STOPPING = 0,
    WIRE_BYE_HOST_TAKEN = 1, /* another live agent uses this host's name */
    WIRE_BYE_VERSION = 2,    /* protocol version not supported */
    WIRE_BYE_FULL = 3,       /* no room for another host */
    WIRE_BYE_MOVED = 4,      /* the agent goes on with another controller */
};

struct wire_hello {
    const char *host;
    const char *version; /* of the program, informative */
    uint64_t instance;   /* random, drawn at each start of the agent */
    uint64_t generation; /* of the inventory; grows with every change */
    uint64_t epoch;      /* highest one that the agent has obeyed */
    uint32_t poll_ms;    /* interval between reports */
    struct daqs_inventory inventory;
    uint32_t poll_most_ms; /* longest interval, while nothing is at stake; 0: poll_ms */
    /* epoch of an older controller that has sent a message since the last limits; 0: none */
    uint64_t stale_controller;
    char left[DAQS_MEMBER_MAX + 1]; /* member of the controllers' group that the agent lost last */
    bool redirectable; /* set by the decoder: the agent is new enough to be sent elsewhere */
};

struct wire_welcome {
    const char *version;
    uint64_t epoch;
    uint64_t generation; /* of the newest inventory that the controller has; 0: send hello */
    uint32_t lease_ms;
    char member[DAQS_MEMBER_MAX + 1]; /* this controller's name in its group; "": it is in none */
    /* The members for this host, best first. The first is the sender: stay, the others are
     * fallbacks. Otherwise: go to the first. 0: no news. */
    uint32_t elsewhere;
    struct daqs_member_info *elsewhere_member;
};

struct wire_report {
    uint64_t generation;
    uint64_t sequence;
    uint64_t mono_us; /* the agent's monotonic clock */
    uint32_t nics;    /* all nics of the inventory, in its order */
    struct daqs_nic_reading *reading;
    uint64_t limits_sequence; /* of the limits in force during the readings */
    uint32_t uplinks;         /* all uplinks of the inventory, in its order; 0: nothing is known */
    struct daqs_uplink_reading *uplink;
    uint8_t saving; /* enum daqs_saving, or a newer peer's */
};

struct wire_limits {
    uint64_t epoch;
    uint64_t sequence;
    uint64_t generation;
    uint32_t lease_ms;
    uint32_t headroom_ppm; /* share of an uplink's capacity to keep free */
    uint32_t nics;         /* all nics of the inventory, in its order */
    struct daqs_nic_setting *setting;
    uint32_t poll_ms; /* interval between reports from now on; 0: as configured */
    uint32_t uplinks; /* all uplinks of the inventory, in its order; 0: not given */
    struct daqs_uplink_setting *uplink;
};

struct wire_applied {
    uint64_t epoch;
    uint64_t sequence; /* of the limits obeyed last */
    uint64_t generation;
    uint32_t nics; /* only those that changed */
    struct daqs_nic_applied *nic;
};

struct wire_bye {
    uint32_t reason; /* enum wire_bye_reason, or a newer peer's */
};

const char *wire_bye_text(uint32_t reason);

struct wire_message {
    enum wire_type type;
    union {
#define X(NAME, number, name) struct wire_##name name;
        WIRE_TYPES(X)
#undef X
    };
};

/* Encodes a message into malloc'd bytes, which the caller frees. DAQS_ENOMEM, DAQS_ETOOBIG, or
 * DAQS_EINVALID for an unknown type. */
int wire_encode(const struct wire_message *message, uint8_t **ret_bytes, size_t *ret_length);

/* Returns true if the bytes begin like a hello, without decoding the rest. */
bool wire_is_hello(const void *bytes, size_t length);

/* Decodes a message. DAQS_EFORMAT, DAQS_EVERSION or DAQS_ETOOBIG with a text. *ret is written only
 * on success. */
int wire_decode(const void *bytes, size_t length, struct daqs_arena *arena,
                struct wire_message *ret, struct daqs_error *err);

#endif
