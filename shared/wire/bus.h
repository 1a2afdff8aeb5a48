/* bus - the messages between agents and the controller; schema/wire.md is their specification.
 *
 * Encoders append to a buffer and fail only for want of memory. Decoders take bytes from
 * anyone: everything is bounded, checked and put into the caller's arena, which must outlive
 * the decoded struct. */
#ifndef DAQS_WIRE_BUS_H
#define DAQS_WIRE_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/error.h"
#include "shared/base/model.h"

#define WIRE_PROTOCOL 1
#define WIRE_MESSAGE_MAX (1024 * 1024) /* bytes; sockets refuse more */

enum wire_type {
    WIRE_HELLO = 1,   /* agent: who I am and everything on this host */
    WIRE_WELCOME = 2, /* controller: whom you obey, and which of your inventories I have */
    WIRE_REPORT = 3,  /* agent: readings of all nics */
    WIRE_LIMITS = 4,  /* controller: the whole desired state of the host */
    WIRE_APPLIED = 5, /* agent: what is in force, after a change */
    WIRE_BYE = 6,     /* either: I leave, or I refuse you */
};

enum wire_bye_reason {
    WIRE_BYE_STOPPING = 0,
    WIRE_BYE_HOST_TAKEN = 1, /* another live agent speaks for this host */
    WIRE_BYE_VERSION = 2,    /* protocol version not spoken here */
    WIRE_BYE_FULL = 3,       /* no room for another host */
};

struct wire_hello {
    const char *host;
    const char *version; /* of the program, for people */
    uint64_t instance;   /* random, one per agent start */
    uint64_t generation; /* of the inventory; grows with every change */
    uint64_t epoch;      /* highest the agent has obeyed */
    uint32_t poll_ms;    /* between reports */
    struct daqs_inventory inventory;
    uint32_t poll_most_ms; /* between reports while nothing is at stake; 0: the same */
    uint64_t
        stale_controller; /* of an older controller that was heard since the last orders; 0: none */
};

struct wire_welcome {
    const char *version;
    uint64_t epoch;
    uint64_t generation; /* newest inventory the controller holds; 0: send hello */
    uint32_t lease_ms;
};

struct wire_report {
    uint64_t generation;
    uint64_t sequence;
    uint64_t mono_us; /* the agent's monotonic clock */
    uint32_t nics;    /* all of the inventory's, in its order */
    struct daqs_nic_reading *reading;
    uint64_t limits_sequence; /* sequence of the limits in force while they were taken */
    uint32_t uplinks; /* all of the inventory's, in its order; 0: nothing is known of them */
    struct daqs_uplink_reading *uplink;
};

struct wire_limits {
    uint64_t epoch;
    uint64_t sequence;
    uint64_t generation;
    uint32_t lease_ms;
    uint32_t headroom_ppm; /* share of an uplink's capacity to keep free */
    uint32_t nics;         /* all of the inventory's, in its order */
    struct daqs_nic_setting *setting;
    uint32_t poll_ms; /* how often to report from now on; 0: as the agent likes */
    uint32_t uplinks; /* all of the inventory's, in its order; 0: their modes are not told */
    uint8_t *mode;    /* enum policy_mode, or a newer peer's */
};

struct wire_applied {
    uint64_t epoch;
    uint64_t sequence; /* of the limits this answers */
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
        struct wire_hello hello;
        struct wire_welcome welcome;
        struct wire_report report;
        struct wire_limits limits;
        struct wire_applied applied;
        struct wire_bye bye;
    };
};

/* Encodes any message into malloc'd bytes, the caller's. DAQS_ENOMEM, DAQS_ETOOBIG, or
 * DAQS_EINVALID for a type that is none. */
int wire_encode(const struct wire_message *message, uint8_t **ret_bytes, size_t *ret_length);

/* DAQS_EFORMAT, DAQS_EVERSION or DAQS_ETOOBIG with a text. *ret only written on success. */
int wire_decode(const void *bytes, size_t length, struct daqs_arena *arena,
                struct wire_message *ret, struct daqs_error *err);

#endif
