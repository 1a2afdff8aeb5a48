/* SPDX-License-Identifier: Apache-2.0 */
/* daqs - asks a controller of DAQS, and changes what it keeps, as daqsctl does.
 *
 * A client connects to one of the controllers that it is given. A request names a verb and its
 * arguments as text, as on daqsctl's command line; the answer is a text or a table. libdaqs(3)
 * describes the verbs.
 *
 * Threads: one thread at a time uses a client, a request or an answer. Different ones are
 * independent. A child process must not use what its parent made.
 *
 * Functions accept NULL instead of a client, a request or an answer: they fail with
 * DAQS_STATUS_NOMEM, or return "", 0 or NULL. So only the result of a call needs to be checked. */
#ifndef DAQS_H
#define DAQS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DAQS_PUBLIC __attribute__((visibility("default")))

/* What functions that can fail return. Controllers may send others, which are negative, too. */
enum daqs_status {
    DAQS_STATUS_OK = 0,
    DAQS_STATUS_NOMEM = -1,
    DAQS_STATUS_INVALID = -2, /* an argument is wrong, or no verb has it */
    DAQS_STATUS_RANGE = -3,   /* also: an answer in parts that does not end */
    DAQS_STATUS_FORMAT = -4,  /* the controller sent what is no answer */
    DAQS_STATUS_TOOBIG = -5,
    DAQS_STATUS_VERSION = -6, /* the controller speaks another version of the protocol */
    DAQS_STATUS_NOTFOUND = -7,
    DAQS_STATUS_EXISTS = -8,
    DAQS_STATUS_REFUSED = -9,  /* the key is rejected, or may not do this */
    DAQS_STATUS_TIMEOUT = -10, /* no connection, or no answer */
    DAQS_STATUS_IO = -11,
    DAQS_STATUS_SYSTEM = -12,
    DAQS_STATUS_GUEST = -13,
    DAQS_STATUS_STORE = -14, /* the controller's database */
    DAQS_STATUS_STALE = -15,
    DAQS_STATUS_BUSY = -16, /* a request of this client is not answered yet */
    DAQS_STATUS_FROZEN = -17
};

/* What the cells of a column are. Later versions may add kinds; they are numbers. */
enum daqs_kind {
    DAQS_KIND_TEXT = 0,
    DAQS_KIND_COUNT = 1,
    DAQS_KIND_RATE = 2, /* bits per second; empty: unlimited or not known */
    DAQS_KIND_TIME = 3, /* milliseconds since 1970, UTC */
    DAQS_KIND_MS = 4,   /* a duration in milliseconds */
    DAQS_KIND_PPM = 5   /* a share in parts per million */
};

struct daqs_client;
struct daqs_request;
struct daqs_answer;

/* The version of the library, such as "0.2.0". */
DAQS_PUBLIC const char *daqs_version(void);

/* --- clients --- */

/* Returns a client with the defaults of daqsctl; NULL if out of memory. */
DAQS_PUBLIC struct daqs_client *daqs_client_new(void);

/* Ends the connection, and a request that is not answered yet, without its callback. */
DAQS_PUBLIC void daqs_client_free(struct daqs_client *client);

/* Sets an option, before the first request:
 *   controllers      endpoints, separated by commas or blanks, as daqsctl --controller
 *   key              the file with the own secret key, as daqsctl --key
 *   controller-key   the controller's public key, or a file with it
 *   user             who asks, for the audit trail; default: the user of the process
 *   connect-timeout  a duration such as 500ms; default: 2500ms for each controller
 *   answer-timeout   from sending a request to its answer; default: 60s
 * DAQS_STATUS_INVALID: there is no such option, or the value is wrong. DAQS_STATUS_BUSY: requests
 * have been started. */
DAQS_PUBLIC int daqs_client_set(struct daqs_client *client, const char *option, const char *value);

/* What was wrong with the last function that failed, in one line; "" if none has. It is valid until
 * the next call with this client. */
DAQS_PUBLIC const char *daqs_client_error(const struct daqs_client *client);

/* Sends a request and waits for the answer, which the caller frees.
 *
 * Returns DAQS_STATUS_OK if the controller did what it was asked. If it refused, returns its code,
 * and *ret_answer has its text. If there is no answer, *ret_answer is NULL; unless the connection
 * could not be made, it is not known then whether the request was carried out.
 *
 * A client without a connection tries its controllers one after the other. After a failure the
 * client leaves its controller; the next request begins with the next one. No request is sent
 * twice. */
DAQS_PUBLIC int daqs_client_call(struct daqs_client *client, struct daqs_request *request,
                                 struct daqs_answer **ret_answer);

/* --- requests without waiting --- */

/* Called once by daqs_client_process, with the results of daqs_client_call. The callee frees the
 * answer. It may start the next request; it must not free the client. */
typedef void daqs_done(void *arg, int status, struct daqs_answer *answer);

/* Starts a request, of which nothing is used after the return. Unless it returns DAQS_STATUS_OK,
 * 'done' is not called. DAQS_STATUS_BUSY: the one before is not answered yet. */
DAQS_PUBLIC int daqs_client_start(struct daqs_client *client, struct daqs_request *request,
                                  daqs_done *done, void *arg);

/* The descriptor to wait for with poll(2) or epoll(7): it is readable if daqs_client_process has
 * something to do, also because a timeout has passed. It stays the same. -1: it could not be made,
 * and every request will fail. */
DAQS_PUBLIC int daqs_client_fd(const struct daqs_client *client);

/* Does what can be done without waiting. */
DAQS_PUBLIC void daqs_client_process(struct daqs_client *client);

/* Abandons the request that is not answered yet. Its callback is not called. */
DAQS_PUBLIC void daqs_client_cancel(struct daqs_client *client);

/* --- requests --- */

/* Returns a request for a verb such as "list-sla"; NULL if out of memory. A verb that does not
 * exist, and what daqs_request_set rejects, fails the request when it is sent. */
DAQS_PUBLIC struct daqs_request *daqs_request_new(const char *verb);
DAQS_PUBLIC void daqs_request_free(struct daqs_request *request);

/* Sets an argument, of which a copy is kept. Rates are written as 2.5Gbit, times as
 * 2026-11-23T08:00:00Z, 1h (ago) or now, durations as 10s, flags as yes or no. */
DAQS_PUBLIC int daqs_request_set(struct daqs_request *request, const char *name, const char *value);

/* What daqs_request_new or daqs_request_set rejected first; "": nothing. */
DAQS_PUBLIC const char *daqs_request_error(const struct daqs_request *request);

/* Makes the request one for the part of the answer behind this one. Returns 1 if there is more, 0
 * if this was the last part, and DAQS_STATUS_RANGE if the controller sends parts without end. */
DAQS_PUBLIC int daqs_request_continue(struct daqs_request *request,
                                      const struct daqs_answer *answer);

/* Sets where the answer continues, as daqs_answer_token returned it; "": at the beginning. */
DAQS_PUBLIC int daqs_request_set_token(struct daqs_request *request, const char *token);

/* --- answers --- */

DAQS_PUBLIC void daqs_answer_free(struct daqs_answer *answer);

/* What was done, or why not and what to do; beside a table: what people need to know of it. */
DAQS_PUBLIC const char *daqs_answer_text(const struct daqs_answer *answer);
/* Where the next part begins; "": this is the last one. */
DAQS_PUBLIC const char *daqs_answer_token(const struct daqs_answer *answer);

/* The table; 0 columns: there is none. Texts are valid until daqs_answer_free. */
DAQS_PUBLIC size_t daqs_answer_rows(const struct daqs_answer *answer);
DAQS_PUBLIC size_t daqs_answer_columns(const struct daqs_answer *answer);
DAQS_PUBLIC const char *daqs_answer_column_name(const struct daqs_answer *answer, size_t column);
DAQS_PUBLIC int daqs_answer_column_kind(const struct daqs_answer *answer, size_t column);
/* Returns SIZE_MAX, which all functions take for a column without cells, if there is none. */
DAQS_PUBLIC size_t daqs_answer_column(const struct daqs_answer *answer, const char *name);

/* 1: the cell is empty, or there is no such cell. */
DAQS_PUBLIC int daqs_answer_is_empty(const struct daqs_answer *answer, size_t row, size_t column);
/* "": empty, or not a text. */
DAQS_PUBLIC const char *daqs_answer_text_at(const struct daqs_answer *answer, size_t row,
                                            size_t column);
/* 0: empty, or not a number. */
DAQS_PUBLIC uint64_t daqs_answer_number_at(const struct daqs_answer *answer, size_t row,
                                           size_t column);

/* Members of a group of controllers whose part is left out, and hosts that they serve. */
DAQS_PUBLIC size_t daqs_answer_missing(const struct daqs_answer *answer);
DAQS_PUBLIC const char *daqs_answer_missing_member(const struct daqs_answer *answer, size_t i);
DAQS_PUBLIC uint64_t daqs_answer_missing_hosts(const struct daqs_answer *answer, size_t i);

#ifdef __cplusplus
}
#endif

#endif
