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

/* X(NAME, number, handler, changes): the controller's handler is admin_HANDLER; only an operator
 * may make a request that changes something. The numbers are sent to peers: append only. */
#define WIRE_VERBS(X)                                                                              \
    X(SET_SLA, 1, set_sla, true)                                                                   \
    X(UNSET_SLA, 2, unset_sla, true)                                                               \
    X(LIST_SLA, 3, list_sla, false)                                                                \
    X(HOSTS, 4, hosts, false)                                                                      \
    X(VMS, 5, vms, false)                                                                          \
    X(HISTORY, 6, history, false)                                                                  \
    X(STATUS, 7, status, false)                                                                    \
    X(VERSION, 8, version, false)                                                                  \
    X(SET_POLICY, 9, set_policy, true)                                                             \
    X(EXPLAIN, 10, explain, false)                                                                 \
    X(EVENTS, 12, events, false)                                                                   \
    X(AUDIT, 13, audit, false)                                                                     \
    X(FIT, 14, fit, false)                                                                         \
    X(APPLY, 15, apply, true)                                                                      \
    X(SLA_REPORT, 16, report, false)                                                               \
    X(BACKUP, 17, backup, true)                                                                    \
    X(ENROLL, 18, enroll, true)                                                                    \
    X(REVOKE, 19, revoke, true)                                                                    \
    X(PEERS, 20, peers, false)                                                                     \
    X(FIGURES, 21, figures, false)                                                                 \
    X(PROBLEMS, 22, problems, false)

enum wire_verb {
#define X(name, number, handler, changes) WIRE_##name = (number),
    WIRE_VERBS(X)
#undef X
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
