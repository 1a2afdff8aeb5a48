/* SPDX-License-Identifier: Apache-2.0 */
/* http - a small read-only HTTP server (GET and HEAD) on libmicrohttpd, in its owner's thread.
 *
 * Clients are not trusted: connections, headers, and the time that they take are bounded. A client
 * that reads slowly holds at most one part of a response that is sent in parts. */
#ifndef DAQS_HTTP_HTTP_H
#define DAQS_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buckets.h"
#include "shared/base/error.h"
#include "shared/http/http_target.h"

struct http_server; /* opaque */
struct http_call;   /* opaque: a request and its response */

struct http_settings {
    const char *address; /* as http_address_parse accepts it */
    const char *hosts;   /* names that Host may have in addition to the address, comma-separated. If
                            there are none and the address is not on loopback, any name is served */
    unsigned connections;
    /* Answers the call, at once or later. The call stays valid until it is answered. */
    void (*handle)(void *arg, struct http_call *call);
    void *arg;
};

struct http_count {
    uint64_t accepted;    /* connections in total */
    uint64_t connections; /* open now */
    uint64_t crowded_out; /* closed because there were too many */
    uint64_t slow;        /* closed because the request or the response took too long */
    uint64_t answers[6];  /* responses, by the first digit of the status */
};

/* Starts a server. NULL with a text on failure. Call http_free only when no call waits for its
 * response. */
struct http_server *http_new(const struct http_settings *settings, struct daqs_error *err);
void http_free(struct http_server *server);

/* Call http_run when the descriptor is readable, when http_patience_ms has passed, or when a call
 * was answered. */
int http_fd(const struct http_server *server);
int64_t http_patience_ms(const struct http_server *server);
void http_run(struct http_server *server, int64_t now_ms);

struct http_count http_counted(const struct http_server *server);
/* Returns the times from the last byte of a request to the start of its response. Other threads may
 * read them. */
const struct buckets *http_took(const struct http_server *server);

/* --- calls --- */

const struct http_target *http_call_target(const struct http_call *call);
/* Returns a header of the request; NULL: it has none of that name. */
const char *http_call_header(const struct http_call *call, const char *name);

/* Bytes to send. They stay valid until 'release' (may be NULL) is called with 'owner'. */
struct http_bytes {
    const void *data;
    size_t length;
    void (*release)(void *owner);
    void *owner;
};

/* Returns a malloc'd text as bytes to send, and takes ownership of it. */
struct http_bytes http_text(char *text, size_t length);

struct http_head {
    unsigned status;
    const char *type; /* must outlive the call */
    const char *etag; /* likewise; NULL: the client must not store the response */
    bool retry;       /* send Retry-After */
};

/* Sends the whole response. */
void http_answer(struct http_call *call, const struct http_head *head, struct http_bytes bytes);

/* Sends an error as one line: {"error": "..."}. */
void http_refuse(struct http_call *call, unsigned status, const char *text);

/* Where a response in parts comes from. */
struct http_source {
    /* The client has received everything so far. Call http_part or http_break, at once or later. */
    void (*more)(void *arg, struct http_call *call);
    void (*gone)(void *arg); /* the call has ended; called last */
    void *arg;
};

/* Starts a response in parts with the first of them; http_part sends the next one. */
void http_begin(struct http_call *call, const struct http_head *head, struct http_bytes first,
                const struct http_source *source);
void http_part(struct http_call *call, struct http_bytes part, bool last);
/* Ends the response without its remaining parts: the client sees that it is incomplete. */
void http_break(struct http_call *call);
/* Ends the response and closes the connection, without sending what the client has not received
 * yet, because others need the room. Do not call it while the source still owes a part. */
void http_hang_up(struct http_call *call);

#endif
