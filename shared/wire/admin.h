/* admin - the messages between daqsctl and the controller; specified in schema/wire.md.
 *
 * One request, one reply. What a verb lists comes as a table; long answers come in parts,
 * each with a token to ask for the next with, so the controller keeps nothing in between. */
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
#define WIRE_TEXT_BYTES 4096U  /* of a reply's text, and of a cell's */
#define WIRE_ROWS_MAX 4096U    /* SLAs in one message of an apply */

/* Numbers travel: append only. */
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

/* An SLA as a file has it. */
struct wire_sla {
    const char *host;
    const char *vm;
    daqs_bps min;    /* 0: best effort */
    daqs_bps max;    /* DAQS_UNLIMITED: none */
    uint32_t weight; /* 1 and up */
    uint32_t line;   /* of the file */
};

struct wire_request {
    enum wire_verb verb;
    uint64_t id;       /* the reply repeats it */
    const char *user;  /* who asks, by their own account; for the audit trail */
    const char *host;  /* "" if not given */
    const char *vm;    /* "" if not given; set-policy: the uplink; enroll: the role */
    daqs_bps min;      /* set-sla, fit; DAQS_UNLIMITED: not given; set-sla 0: none any more */
    daqs_bps max;      /* set-sla; DAQS_UNLIMITED: not given; 0: none any more */
    uint32_t weight;   /* set-sla; 0: not given */
    bool force;        /* set-sla, apply */
    bool dry_run;      /* set-sla, apply */
    int64_t since_ms;  /* history, events, audit: UTC */
    int64_t until_ms;  /* history, events, audit: UTC; 0: now */
    int64_t step_ms;   /* history; 0: as stored */
    const char *token; /* "" or where the previous part ended */
    const char *word;  /* set-policy: the mode; events: "follow" or ""; apply: "end" or ""; enroll:
                          the key; figures: "nics" or "promises" */
    const char *level; /* events: this and worse; "" or NULL: all */
    const char *kind;  /* events: this alone; "" or NULL: all */
    bool prune;        /* apply */
    uint32_t rows;     /* apply */
    const struct wire_sla *row;
};

struct wire_reply {
    uint64_t id;
    int code;          /* DAQS_OK or why not */
    const char *text;  /* one line: what was done, or the reason and the mend */
    const char *token; /* "" or: there is more, ask again with this */
    bool has_table;
    struct daqs_table table; /* decoded: columns and cells are in the arena; do not done it */
};

/* A request with nothing given. */
struct wire_request wire_request_of(enum wire_verb verb);

/* As wire_encode and wire_decode. */
int wire_encode_request(const struct wire_request *request, uint8_t **ret_bytes,
                        size_t *ret_length);
int wire_decode_request(const void *bytes, size_t length, struct daqs_arena *arena,
                        struct wire_request *ret, struct daqs_error *err);
int wire_encode_reply(const struct wire_reply *reply, uint8_t **ret_bytes, size_t *ret_length);
int wire_decode_reply(const void *bytes, size_t length, struct daqs_arena *arena,
                      struct wire_reply *ret, struct daqs_error *err);

#endif
