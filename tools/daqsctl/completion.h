/* SPDX-License-Identifier: Apache-2.0 */
/* completion - the words that may stand at the cursor of a command line. Pure. */
#ifndef DAQS_TOOLS_COMPLETION_H
#define DAQS_TOOLS_COMPLETION_H

#include "shared/base/arena.h"
#include "tools/daqsctl/options.h"

enum { COMPLETION_WORDS_MOST = 2000 };

/* What to complete, according to the words before the cursor. */
struct completion_question {
    struct command_line line;             /* names the controller and the keys */
    const struct command *command;        /* NULL: the verb is completed, or is unknown */
    const struct option_info *value_of;   /* the value of this option is completed */
    bool options;                         /* options are completed */
    bool only_arguments;                  /* a -- stands before the cursor */
    size_t place;                         /* otherwise the argument with this index is completed */
    const char *argument[ARGUMENTS_MOST]; /* the arguments before it; unset ones are NULL */
    const char *typed;                    /* the whole word at the cursor */
    size_t head;                          /* bytes of it before the value: "--role=" */
};

/* Parses the words after the program's name, the last one at the cursor. 'line' has defaults. */
void completion_read(const struct command_line *line, const char *const *words, size_t count,
                     struct completion_question *ret);

/* Returns the kind of argument at the cursor. ARGUMENT_OTHER: none, or one with unknown values. */
enum argument_kind completion_kind(const struct completion_question *question);

struct completion_word {
    const char *word; /* including the head */
    const char *about;
};

struct completion_list {
    struct daqs_arena arena;
    size_t words;
    struct completion_word word[COMPLETION_WORDS_MOST];
};

void completion_list_init(struct completion_list *list);
void completion_list_done(struct completion_list *list);

/* Adds a word if it continues what was typed and would not be parsed as an option. 'about' must
 * outlive the list. */
void completion_add(struct completion_list *list, const struct completion_question *question,
                    const char *word, const char *about);

/* Adds words that are known without the controller: verbs, options, their values, modes, shells. */
void completion_add_known(struct completion_list *list, const struct completion_question *question);

/* Sorts names and removes duplicates. */
void completion_sort(struct completion_list *list);

#endif
