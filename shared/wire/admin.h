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

/* X(NAME, text): where a group of controllers answers a request that has come to one of them.
 * Without a group each is answered where it comes. */
#define WIRE_PLACES(X)                                                                             \
    X(HERE, "the member that is asked")                                                            \
    X(COPY, "the member that is asked, from records that all have")                                \
    X(HOST, "the member that serves the host")                                                     \
    X(HOST_OR_HERE, "the member that serves the host; if it does not answer, the one asked")       \
    X(EACH, "each member in turn; about one host, the member that serves it")                      \
    X(EVERY, "each member in turn")                                                                \
    X(MEMBER, "the member that is named; without a name the one that is asked")                    \
    X(ALL, "all members at once")                                                                  \
    X(PAST, "all members that have recorded the host")                                             \
    X(EACH_PAST, "each member in turn; about one host, all that have recorded it")

enum wire_place {
#define X(name, text) WIRE_PLACE_##name,
    WIRE_PLACES(X)
#undef X
};

/* X(NAME, number, handler, changes, place, arguments): the controller's handler is admin_HANDLER;
 * only an operator may make a request that changes something; a group answers it at that place; the
 * arguments are that member of struct wire_request. They begin with the host at the places HOST,
 * HOST_OR_HERE, EACH, PAST and EACH_PAST. The numbers are sent to peers: append only. */
#define WIRE_VERBS(X)                                                                              \
    X(SET_SLA, 1, set_sla, true, HOST, set_sla)                                                    \
    X(UNSET_SLA, 2, unset_sla, true, HOST_OR_HERE, vm)                                             \
    X(LIST_SLA, 3, list_sla, false, COPY, list)                                                    \
    X(HOSTS, 4, hosts, false, EACH, list)                                                          \
    X(VMS, 5, vms, false, EACH, list)                                                              \
    X(HISTORY, 6, history, false, PAST, history)                                                   \
    X(STATUS, 7, status, false, ALL, none)                                                         \
    X(VERSION, 8, version, false, HERE, none)                                                      \
    X(SET_POLICY, 9, set_policy, true, HOST_OR_HERE, set_policy)                                   \
    X(EXPLAIN, 10, explain, false, HOST, vm)                                                       \
    X(EVENTS, 12, events, false, EVERY, events)                                                    \
    X(AUDIT, 13, audit, false, COPY, period)                                                       \
    X(FIT, 14, fit, false, EVERY, fit)                                                             \
    X(APPLY, 15, apply, true, HERE, apply)                                                         \
    X(SLA_REPORT, 16, report, false, EACH_PAST, period)                                            \
    X(BACKUP, 17, backup, true, HERE, backup)                                                      \
    X(ENROLL, 18, enroll, true, COPY, enroll)                                                      \
    X(REVOKE, 19, revoke, true, COPY, revoke)                                                      \
    X(PEERS, 20, peers, false, COPY, none)                                                         \
    X(FIGURES, 21, figures, false, HERE, figures)                                                  \
    X(PROBLEMS, 22, problems, false, EACH, list)                                                   \
    X(FORGET, 23, forget, true, HOST, forget)                                                      \
    X(MAINTENANCE, 24, maintenance, true, HOST_OR_HERE, maintenance)                               \
    X(TAKE_OVER, 25, take_over, true, HERE, take_over)                                             \
    X(EXPORT_HISTORY, 26, export_history, false, HERE, history)                                    \
    X(MEMBERS, 27, members, false, COPY, none)                                                     \
    X(DRAIN, 28, drain, true, MEMBER, drain)                                                       \
    X(LABELS, 29, labels, false, EACH, list)                                                       \
    X(FIND, 30, find, false, EVERY, find)

enum wire_verb {
#define X(name, number, handler, changes, place, arguments) WIRE_##name = (number),
    WIRE_VERBS(X)
#undef X
};

/* An SLA as given in a file. */
struct wire_sla {
    const char *host;
    const char *vm;
    daqs_bps min;      /* 0: best effort */
    daqs_bps max;      /* DAQS_UNLIMITED: none */
    uint32_t weight;   /* at least 1 */
    uint32_t line;     /* in the file */
    uint64_t revision; /* of the host's records as the sending member of a group knows them, plus 1;
                          0: it does not say */
};

/* --- the arguments of each verb; texts are "" if they are not given --- */

struct wire_list {
    const char *host; /* "": all */
};

struct wire_vm {
    const char *host;
    const char *vm;
};

struct wire_period {
    const char *host; /* "": all */
    const char *vm;   /* "": all of the host */
    int64_t since_ms; /* UTC */
    int64_t until_ms; /* UTC; 0: now */
};

struct wire_history {
    const char *host;
    const char *vm;
    int64_t since_ms; /* UTC */
    int64_t until_ms; /* UTC; 0: now */
    int64_t step_ms;  /* 0: as stored */
};

struct wire_events {
    const char *host; /* "": all */
    const char *vm;   /* "": all of the host */
    int64_t since_ms; /* UTC */
    int64_t until_ms; /* UTC; 0: no end */
    bool follow;
    const char *level;  /* this one and worse; "": all */
    const char *kind;   /* only this one; "": all */
    const char *member; /* of a group: only those that it has recorded; "": those of all */
};

struct wire_set_sla {
    const char *host;
    const char *vm;
    daqs_bps min;    /* DAQS_UNLIMITED: not given; 0: remove it */
    daqs_bps max;    /* DAQS_UNLIMITED: not given; 0: remove it */
    uint32_t weight; /* 0: not given */
    bool force;
    bool dry_run;
};

struct wire_set_policy {
    const char *host;
    const char *uplink; /* "": all of the host */
    const char *mode;   /* "default": as configured */
};

struct wire_fit {
    daqs_bps rate; /* DAQS_UNLIMITED: not given */
};

/* A part of a file, or its end with the options. */
struct wire_apply {
    uint32_t rows;
    const struct wire_sla *row;
    bool end;
    bool force;
    bool dry_run;
    bool prune;
};

struct wire_backup {
    const char *path;
};

struct wire_enroll {
    const char *name;
    const char *role; /* "": agent */
    const char *key;  /* base64 */
    bool force;
};

struct wire_revoke {
    const char *name;
};

struct wire_forget {
    const char *host;
    bool dry_run;
};

struct wire_maintenance {
    const char *host;
    const char *state; /* "on" or "off" */
};

struct wire_take_over {
    bool dry_run;
};

struct wire_drain {
    const char *member; /* "": the one that is asked */
};

struct wire_find {
    const char *like; /* a name, a pattern, or a VM's UUID */
};

struct wire_figures {
    const char *host;  /* "": all */
    const char *table; /* "nics" or "promises" */
};

/* All structs that begin with a host, or with a host and a VM, begin alike, so that code for
 * several verbs can use 'list', 'vm' or 'period' for them. */
struct wire_request {
    enum wire_verb verb;
    uint64_t id;       /* repeated in the reply */
    const char *user;  /* the user, as daqsctl reports it; for the audit trail */
    const char *token; /* "", or where the previous part ended */
    union {
        struct wire_list list;
        struct wire_vm vm;
        struct wire_period period;
        struct wire_history history;
        struct wire_events events;
        struct wire_set_sla set_sla;
        struct wire_set_policy set_policy;
        struct wire_fit fit;
        struct wire_apply apply;
        struct wire_backup backup;
        struct wire_enroll enroll;
        struct wire_revoke revoke;
        struct wire_forget forget;
        struct wire_maintenance maintenance;
        struct wire_take_over take_over;
        struct wire_drain drain;
        struct wire_figures figures;
        struct wire_find find;
    };
};

#define WIRE_MISSING_MAX 256U /* members that one reply leaves out */

/* A member of the group whose part the answer leaves out. */
struct wire_missing {
    const char *member;
    uint64_t hosts; /* that it serves, by what the others know */
};

struct wire_reply {
    uint64_t id;
    int code;          /* DAQS_OK or an error */
    const char *text;  /* one line: what was done, or the reason and the remedy */
    const char *token; /* "", or: there is more, request it with this token */
    bool has_table;
    struct daqs_table
        table;        /* decoded: columns and cells are in the arena; do not call daqs_table_done */
    uint32_t missing; /* members left out; the text names them, too */
    const struct wire_missing *missing_member;
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
