/* http - a small HTTP server for those who look: GET and HEAD, on libmicrohttpd, in its owner's
 * thread.
 *
 * Clients are strangers: connections, headers, and the time they take are bounded. Of an answer in
 * parts a client that reads slowly holds one. */
#ifndef DAQS_HTTP_HTTP_H
#define DAQS_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buckets.h"
#include "shared/base/error.h"
#include "shared/http/http_target.h"

struct http_server; /* opaque */
struct http_call;   /* opaque: a request and its answer */

struct http_settings {
    const char *address; /* as http_address has it */
    const char *hosts;   /* names that Host may have beside the address's own; comma separated.
                            Without any, and not on loopback, any name is served */
    unsigned connections;
    /* Answers the call, at once or later. It stays until it is answered. */
    void (*handle)(void *arg, struct http_call *call);
    void *arg;
};

struct http_count {
    uint64_t accepted;    /* connections */
    uint64_t connections; /* now */
    uint64_t crowded_out; /* those that had to go, for there were too many */
    uint64_t slow;        /* whose request, or answer, took too long */
    uint64_t answers[6];  /* by the status's first digit */
};

/* NULL with a text on failure. Ends with http_free when no call waits for its answer. */
struct http_server *http_new(const struct http_settings *settings, struct daqs_error *err);
void http_free(struct http_server *server);

/* Call http_run when the descriptor is readable, http_patience_ms has passed, or a call was
 * answered. */
int http_fd(const struct http_server *server);
int64_t http_patience_ms(const struct http_server *server);
void http_run(struct http_server *server, int64_t now_ms);

struct http_count http_counted(const struct http_server *server);
/* From a request's last byte to the answer's beginning. Other threads may read it. */
const struct buckets *http_took(const struct http_server *server);

/* --- calls --- */

const struct http_target *http_call_target(const struct http_call *call);
/* A header of the request; NULL: it has none of that name. */
const char *http_call_header(const struct http_call *call, const char *name);

/* What is sent: kept until 'release' (which may be NULL) is called with 'owner'. */
struct http_bytes {
    const void *data;
    size_t length;
    void (*release)(void *owner);
    void *owner;
};

/* A text of malloc's, which is taken. */
struct http_bytes http_text(char *text, size_t length);

struct http_head {
    unsigned status;
    const char *type; /* must outlive the call */
    const char *etag; /* likewise; NULL: it is not to be stored */
    bool retry;       /* Retry-After */
};

/* The whole answer. */
void http_answer(struct http_call *call, const struct http_head *head, struct http_bytes bytes);

/* Why there is no other answer, one line: {"error": "..."}. */
void http_refuse(struct http_call *call, unsigned status, const char *text);

/* Where an answer in parts comes from. */
struct http_source {
    /* The client has taken all there was: call http_part or http_break, at once or later. */
    void (*more)(void *arg, struct http_call *call);
    void (*gone)(void *arg); /* the call is over; last */
    void *arg;
};

/* An answer in parts begins, with the first of them. */
void http_begin(struct http_call *call, const struct http_head *head, struct http_bytes first,
                const struct http_source *source);
void http_part(struct http_call *call, struct http_bytes part, bool last);
/* There will be no rest: the client sees a broken answer. */
void http_break(struct http_call *call);
/* Nor does the client get what it has not taken yet: others need the room. Not while the source
 * still owes a part. */
void http_hang_up(struct http_call *call);

#endif
