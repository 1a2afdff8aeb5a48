/* conversation - questions to the controller whose answers come in parts. */
#ifndef DAQS_TOOLS_CONVERSATION_H
#define DAQS_TOOLS_CONVERSATION_H

#include "tools/daqsctl/client.h"
#include "tools/daqsctl/daqsctl.h"
#include "tools/daqsctl/progress.h"

/* Takes one part of an answer; what it points to is gone afterwards. */
typedef void answer_part(void *arg, const struct wire_reply *reply);

struct conversation {
    struct client client;
    struct daqs_arena arena;
    char token[WIRE_FIELD_BYTES + 1]; /* "" or where to go on */
    /* Says what was refused; NULL: the reply's text is said. */
    enum exit_status (*refused)(void *arg, const struct wire_reply *reply);
    void *refused_arg;
    struct progress progress; /* counts the rows that come, unless it has a total */
};

/* Each says on stderr what went wrong, unless EXIT_DONE is returned. End it in any case. */
enum exit_status conversation_begin(struct conversation *talk, const struct command_line *line);
void conversation_end_p(struct conversation *talk);

/* Leaves signs of life out: waiting is what is wanted. */
void conversation_be_quiet(struct conversation *talk);

/* Asks for one part, from 'token' on; request's user and token are filled in. */
enum exit_status conversation_ask(struct conversation *talk, struct wire_request *request,
                                  answer_part *part, void *arg);

/* Asks until the last part has come. */
enum exit_status conversation_ask_all(struct conversation *talk, struct wire_request *request,
                                      answer_part *part, void *arg);

#endif
