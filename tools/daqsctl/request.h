/* request - questions to the controller whose answers come in parts. */
#ifndef DAQS_TOOLS_DAQSCTL_REQUEST_H
#define DAQS_TOOLS_DAQSCTL_REQUEST_H

#include "tools/daqsctl/client.h"
#include "tools/daqsctl/daqsctl.h"
#include "tools/daqsctl/progress.h"

/* Takes one part of an answer; what it points to is gone afterwards. */
typedef void answer_part(void *arg, const struct wire_reply *reply);

struct exchange {
    struct client client;
    struct daqs_arena arena;
    char token[WIRE_FIELD_BYTES + 1]; /* "" or where to go on */
    /* Says what was refused; NULL: the reply's text is said. */
    enum exit_status (*refused)(void *arg, const struct wire_reply *reply);
    void *refused_arg;
    struct progress progress; /* counts the rows that come, unless it has a total */
};

/* Each says on stderr what went wrong, unless EXIT_DONE is returned. End it in any case. */
enum exit_status exchange_begin(struct exchange *exchange, const struct command_line *line);
void exchange_end_p(struct exchange *exchange);

/* Leaves signs of life out: waiting is what is wanted. */
void exchange_keep_open(struct exchange *exchange);

/* Asks for one part, from 'token' on; request's user and token are filled in. */
enum exit_status exchange_send(struct exchange *exchange, struct wire_request *request,
                               answer_part *part, void *arg);

/* Asks until the last part has come. */
enum exit_status exchange_send_all(struct exchange *exchange, struct wire_request *request,
                                   answer_part *part, void *arg);

#endif
