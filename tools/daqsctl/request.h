/* SPDX-License-Identifier: Apache-2.0 */
/* request - requests to the controller whose answers arrive in parts. */
#ifndef DAQS_TOOLS_DAQSCTL_REQUEST_H
#define DAQS_TOOLS_DAQSCTL_REQUEST_H

#include "libdaqs/line.h"
#include "tools/daqsctl/daqsctl.h"
#include "tools/daqsctl/progress.h"

/* Handles one part of an answer, which is valid during the call only. */
typedef void answer_part(void *arg, const struct wire_reply *reply);

struct exchange {
    struct line client;
    struct daqs_arena arena;
    char token[WIRE_FIELD_BYTES + 1]; /* "" or where the next part starts */
    size_t rows;                      /* of the last part */
    /* Reports a refusal; NULL: the reply's text is printed. */
    enum exit_status (*refused)(void *arg, const struct wire_reply *reply);
    void *refused_arg;
    struct progress progress; /* counts the rows that arrive, unless it has a total */
};

/* Each reports failures on stderr, unless it returns EXIT_DONE. Call exchange_end_p in any case. */
enum exit_status exchange_begin(struct exchange *exchange, const struct command_line *line);
void exchange_end_p(struct exchange *exchange);

/* Turns the progress display off, for requests that wait on purpose. */
void exchange_keep_open(struct exchange *exchange);

/* Requests one part, from 'token' on. Sets the request's user and token. */
enum exit_status exchange_send(struct exchange *exchange, struct wire_request *request,
                               answer_part *part, void *arg);

/* Requests parts until the last one has arrived. Fails if they do not come to an end. */
enum exit_status exchange_send_all(struct exchange *exchange, struct wire_request *request,
                                   answer_part *part, void *arg);

#endif
