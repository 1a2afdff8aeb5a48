/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/completion.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS_BYTES = 4 * 1024 * 1024 };

/* --- what to complete --- */

/* Returns the option of "--name" or "--name=value", and in *ret_value what follows the =. */
static const struct option_info *long_option(const char *word, const char **ret_value)
{
    size_t length = strcspn(word + 2, "=");
    for (const struct option_info *o = options; o->name; o++)
        if (strlen(o->name) == length && strncmp(o->name, word + 2, length) == 0) {
            *ret_value = word[2 + length] == '=' ? word + 2 + length + 1 : NULL;
            return o;
        }
    return NULL;
}

/* The same for "-o" and "-ovalue". */
static const struct option_info *short_option(const char *word, const char **ret_value)
{
    for (const struct option_info *o = options; o->name; o++)
        if (o->letter && o->letter == word[1]) {
            *ret_value = word[2] ? word + 2 : NULL;
            return o;
        }
    return NULL;
}

static const struct option_info *option_in(const char *word, const char **ret_value)
{
    *ret_value = NULL;
    if (word[0] != '-' || !word[1] || strcmp(word, "--") == 0)
        return NULL;
    return word[1] == '-' ? long_option(word, ret_value) : short_option(word, ret_value);
}

static void set_value(struct command_line *line, const struct option_info *option,
                      const char *value)
{
    if (option->at != OPTION_NOWHERE)
        *(const char **)((char *)line + option->at) = value;
}

static void take_argument(struct completion_question *question, const char *word)
{
    if (!question->line.verb) {
        question->line.verb = word;
        question->command = command_of_verb(question->line.commands, word);
        return;
    }
    if (question->place < ARGUMENTS_MOST)
        question->argument[question->place] = word;
    question->place++;
}

/* Returns the entry that is about the command, if an option has several. */
static const struct option_info *entry_of(const struct option_info *option,
                                          const struct command *command)
{
    for (const struct option_info *o = options; command && option && o->name; o++)
        if (o->bit == option->bit && option_is_of(o, command))
            return o;
    return option;
}

void completion_read(const struct command_line *line, const char *const *words, size_t count,
                     struct completion_question *ret)
{
    const char *value = NULL;
    const struct option_info *option = NULL;
    *ret = (struct completion_question){.line = *line, .typed = count ? words[count - 1] : ""};
    ret->line.verb = NULL;
    for (size_t i = 0; i + 1 < count; i++) {
        option = ret->only_arguments ? NULL : option_in(words[i], &value);
        if (!ret->only_arguments && strcmp(words[i], "--") == 0)
            ret->only_arguments = true;
        else if (option && option->value && !value && i + 2 == count)
            ret->value_of = option;
        else if (option && option->value)
            set_value(&ret->line, option, value ? value : words[++i]);
        else if (!option)
            take_argument(ret, words[i]);
    }
    ret->value_of = entry_of(ret->value_of, ret->command);
    if (ret->value_of || ret->only_arguments || ret->typed[0] != '-')
        return;
    option = option_in(ret->typed, &value);
    if (option && option->value && value) {
        ret->value_of = entry_of(option, ret->command);
        ret->head = (size_t)(value - ret->typed);
    } else
        ret->options = true;
}

enum argument_kind completion_kind(const struct completion_question *question)
{
    if (question->value_of && question->value_of->bit == OPTION_HOST)
        return ARGUMENT_HOST;
    if (question->value_of)
        return (unsigned)question->value_of->bit &
                       (OPTION_KEY | OPTION_CONTROLLER_KEY | OPTION_TOKEN_FILE)
                   ? ARGUMENT_FILE
                   : ARGUMENT_OTHER;
    if (question->options || !question->command || question->place >= ARGUMENTS_MOST ||
        (int)question->place >= question->command->most_arguments)
        return ARGUMENT_OTHER;
    return question->command->kind[question->place];
}

/* --- the list --- */

void completion_list_init(struct completion_list *list)
{
    *list = (struct completion_list){.words = 0};
    daqs_arena_init(&list->arena, TEXTS_BYTES);
}

void completion_list_done(struct completion_list *list)
{
    daqs_arena_done(&list->arena);
}

/* Returns true if the text would be parsed as an option: a host may be called --force. */
static bool looks_like_an_option(const struct completion_question *question, const char *text)
{
    return *text == '-' && !question->options && !question->value_of && !question->only_arguments;
}

void completion_add(struct completion_list *list, const struct completion_question *question,
                    const char *word, const char *about)
{
    char text[1024];
    const char *typed = question->typed;
    int n = snprintf(text, sizeof text, "%.*s%s", (int)question->head, typed, word);
    if (n < 0 || (size_t)n >= sizeof text || strncmp(text, typed, strlen(typed)) != 0 ||
        looks_like_an_option(question, text) || list->words == COMPLETION_WORDS_MOST)
        return;
    const char *kept = daqs_arena_text(&list->arena, text, (size_t)n);
    if (kept)
        list->word[list->words++] = (struct completion_word){kept, about};
}

static void add_each(struct completion_list *list, const struct completion_question *question,
                     const char *words)
{
    char word[128];
    for (; *words; words += strspn(words, " ")) {
        size_t n = strcspn(words, " ");
        (void)snprintf(word, sizeof word, "%.*s", (int)n, words);
        completion_add(list, question, word, "");
        words += n;
    }
}

static void add_options(struct completion_list *list, const struct completion_question *question)
{
    for (const struct option_info *o = options; o->name; o++) {
        char word[64];
        (void)snprintf(word, sizeof word, "--%s", o->name);
        if (((unsigned)o->bit & OPTIONS_OF_ALL) ||
            (question->command && option_is_of(o, question->command)))
            completion_add(list, question, word, o->about);
    }
}

static void add_verbs(struct completion_list *list, const struct completion_question *question)
{
    for (const struct command *const *at = question->line.commands; *at; at++)
        if ((*at)->summary)
            completion_add(list, question, (*at)->verb, (*at)->summary);
}

void completion_add_known(struct completion_list *list, const struct completion_question *question)
{
    enum argument_kind kind = completion_kind(question);
    if (question->value_of && question->value_of->choices)
        add_each(list, question, question->value_of->choices);
    else if (question->options)
        add_options(list, question);
    else if (!question->value_of && (!question->line.verb || kind == ARGUMENT_VERB))
        add_verbs(list, question);
    else if (kind == ARGUMENT_MODE)
        add_each(list, question, "minimum fair weighted off default");
    else if (kind == ARGUMENT_SWITCH)
        add_each(list, question, "on off");
    else if (kind == ARGUMENT_SHELL)
        add_each(list, question, "bash zsh fish");
}

static int by_word(const void *a, const void *b)
{
    return strcmp(((const struct completion_word *)a)->word,
                  ((const struct completion_word *)b)->word);
}

void completion_sort(struct completion_list *list)
{
    size_t kept = 0;
    qsort(list->word, list->words, sizeof list->word[0], by_word);
    for (size_t i = 0; i < list->words; i++)
        if (kept == 0 || strcmp(list->word[i].word, list->word[kept - 1].word) != 0)
            list->word[kept++] = list->word[i];
    list->words = kept;
}
