/* completion - what may stand where the cursor is on a command line. Pure. */
#ifndef DAQS_TOOLS_COMPLETION_H
#define DAQS_TOOLS_COMPLETION_H

#include "shared/base/arena.h"
#include "tools/daqsctl/options.h"

enum { COMPLETION_WORDS_MOST = 2000 };

/* What is asked for, by the words before the cursor. */
struct completion_question {
    struct command_line line;             /* which controller, and with which key */
    const struct command *command;        /* NULL: the verb is asked for */
    const struct option_info *value_of;   /* the value of this option is asked for */
    bool options;                         /* options are */
    bool only_arguments;                  /* a -- stands before it */
    size_t place;                         /* else an argument, this one */
    const char *argument[ARGUMENTS_MOST]; /* those before it; the last may be NULL */
    const char *typed;                    /* the whole word at the cursor */
    size_t head;                          /* bytes of it that are no part of the value: "--role=" */
};

/* 'words' follow the program's name; the last is the one at the cursor. 'line' has defaults. */
void completion_read(const struct command_line *line, const char *const *words, size_t count,
                     struct completion_question *ret);

/* What argument is asked for; ARGUMENT_OTHER: none, or nothing is known about it. */
enum argument_kind completion_kind(const struct completion_question *question);

struct completion_word {
    const char *word; /* with the head */
    const char *about;
};

struct completion_list {
    struct daqs_arena arena;
    size_t words;
    struct completion_word word[COMPLETION_WORDS_MOST];
};

void completion_list_init(struct completion_list *list);
void completion_list_done(struct completion_list *list);

/* Adds a word if it goes on from what is typed, and would not be taken for an option; 'about' must
 * outlive the list. */
void completion_add(struct completion_list *list, const struct completion_question *question,
                    const char *word, const char *about);

/* Adds what is known without asking anybody: verbs, options, their values, modes, shells. */
void completion_add_known(struct completion_list *list, const struct completion_question *question);

/* Sorts names, and leaves out those that are there twice. */
void completion_sort(struct completion_list *list);

#endif
