/* SPDX-License-Identifier: Apache-2.0 */
/* admin - the messages between daqsctl and the controller, specified in schema/wire.md.
 *
 * Each request has one reply. A verb that lists something returns a table. Long tables come in
 * parts, each with a token that requests the next one, so that the controller keeps no state
 * between them. */
#ifndef DAQS_WIRE_ADMIN_H
#define DAQS_WIRE_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/error.h"
#include "shared/base/rate.h"
#include "shared/base/table.h"

#define WIRE_WEIGHT_MAX 10000U
#define WIRE_FIELD_BYTES 1024U /* of a text in a request, and of a token */
#define WIRE_TEXT_BYTES 4096U  /* of the text of a reply, and of a cell */
#define WIRE_ROWS_MAX 4096U    /* SLAs in one message of apply */

/* The numbers are sent to peers: append only. */
enum wire_verb {
    WIRE_SET_SLA = 1,
    WIRE_UNSET_SLA = 2,
    WIRE_LIST_SLA = 3,
    WIRE_HOSTS = 4,
    WIRE_VMS = 5,
    WIRE_HISTORY = 6,
    WIRE_STATUS = 7,
    WIRE_VERSION = 8,
    WIRE_SET_POLICY = 9,
    WIRE_EXPLAIN = 10,
    WIRE_EVENTS = 12,
    WIRE_AUDIT = 13,
    WIRE_FIT = 14,
    WIRE_APPLY = 15,
    WIRE_SLA_REPORT = 16,
    WIRE_BACKUP = 17,
    WIRE_ENROLL = 18,
    WIRE_REVOKE = 19,
    WIRE_PEERS = 20,
    WIRE_FIGURES = 21,
    WIRE_PROBLEMS = 22,
};

/* An SLA as given in a file. */
struct wire_sla {
    const char *host;
    const char *vm;
    daqs_bps min;    /* 0: best effort */
    daqs_bps max;    /* DAQS_UNLIMITED: none */
    uint32_t weight; /* at least 1 */
    uint32_t line;   /* in the file */
};

struct wire_request {
    enum wire_verb verb;
    uint64_t id;       /* repeated in the reply */
    const char *user;  /* the user, as daqsctl reports it; for the audit trail */
    const char *host;  /* "" if not given */
    const char *vm;    /* "" if not given; set-policy: the uplink; enroll: the role */
    daqs_bps min;      /* set-sla, fit; DAQS_UNLIMITED: not given; set-sla 0: removes it */
    daqs_bps max;      /* set-sla; DAQS_UNLIMITED: not given; 0: removes it */
    uint32_t weight;   /* set-sla; 0: not given */
    bool force;        /* set-sla, apply */
    bool dry_run;      /* set-sla, apply */
    int64_t since_ms;  /* history, events, audit: UTC */
    int64_t until_ms;  /* history, events, audit: UTC; 0: now */
    int64_t step_ms;   /* history; 0: as stored */
    const char *token; /* "", or where the previous part ended */
    const char *word;  /* set-policy: the mode; events: "follow" or ""; apply: "end" or ""; enroll:
                          the key; figures: "nics" or "promises" */
    const char *level; /* events: this level and worse; "" or NULL: all */
    const char *kind;  /* events: only this kind; "" or NULL: all */
    bool prune;        /* apply */
    uint32_t rows;     /* apply */
    const struct wire_sla *row;
};

struct wire_reply {
    uint64_t id;
    int code;          /* DAQS_OK or an error */
    const char *text;  /* one line: what was done, or the reason and the remedy */
    const char *token; /* "", or: there is more, request it with this token */
    bool has_table;
    struct daqs_table
        table; /* decoded: columns and cells are in the arena; do not call daqs_table_done */
};

/* Returns a request in which nothing is given. */
struct wire_request wire_request_of(enum wire_verb verb);

/* Like wire_encode and wire_decode. */
int wire_encode_request(const struct wire_request *request, uint8_t **ret_bytes,
                        size_t *ret_length);
int wire_decode_request(const void *bytes, size_t length, struct daqs_arena *arena,
                        struct wire_request *ret, struct daqs_error *err);
int wire_encode_reply(const struct wire_reply *reply, uint8_t **ret_bytes, size_t *ret_length);
int wire_decode_reply(const void *bytes, size_t length, struct daqs_arena *arena,
                      struct wire_reply *ret, struct daqs_error *err);

#endif
