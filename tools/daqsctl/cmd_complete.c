/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libdaqs/client_keys.h"
#include "libdaqs/line.h"
#include "libdaqs/paging.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/name.h"
#include "shared/wire/bus.h"
#include "tools/daqsctl/completion.h"
#include "tools/daqsctl/completions.h"
#include "tools/daqsctl/quoting.h"
#include "tools/daqsctl/table_lookup.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX, ALL_MS = 1000, WORD_BYTES = 4096 };

/* Printed where names of files are expected; no name contains a tab. */
static const char files[] = "\tfiles";

/* --- names, from the controller, within ALL_MS --- */

struct completing {
    struct line client;
    struct daqs_arena arena;
    struct completion_list *list;
    const struct completion_question *question;
    int64_t until_ms;
};

static void add_rows(struct completing *completing, const struct daqs_table *table,
                     const char *column, const char *beside)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        char both[WORD_BYTES];
        const char *name = table_cell_text(table, row, column);
        if (daqs_name_check("", name, strlen(name), NULL) != DAQS_OK)
            continue; /* shells receive valid names only */
        completion_add(completing->list, completing->question, name, "");
        if (!beside)
            continue;
        (void)snprintf(both, sizeof both, "%s/%s", name, table_cell_text(table, row, beside));
        completion_add(completing->list, completing->question, both, "");
    }
}

static void request_names(struct completing *completing, enum wire_verb verb, const char *host,
                          const char *column, const char *beside)
{
    struct wire_request request = wire_request_of(verb);
    struct wire_reply reply;
    struct paging paging = {0};
    char token[WIRE_FIELD_BYTES + 1] = "";
    request.list.host = host;
    do {
        int64_t left_ms = completing->until_ms - daqs_mono_ms(daqs_clock_system());
        request.token = token;
        completing->client.connect_ms = (int)left_ms;
        completing->client.answer_ms = 0; /* connect_ms bounds the sum of both */
        if (left_ms <= 0 ||
            line_request(&completing->client, &request, &completing->arena, &reply, NULL) !=
                DAQS_OK ||
            reply.code != DAQS_OK || !reply.has_table)
            return;
        add_rows(completing, &reply.table, column, beside);
        (void)snprintf(token, sizeof token, "%s", reply.token);
    } while (*token &&
             paging_next(&paging, daqs_table_rows(&reply.table), token, NULL) == DAQS_OK &&
             completing->list->words < COMPLETION_WORDS_MOST);
}

static void request_candidates(struct completing *completing, enum argument_kind kind)
{
    const char *host = completing->question->argument[0];
    if (kind == ARGUMENT_HOST || kind == ARGUMENT_UPLINK)
        request_names(completing, WIRE_HOSTS, "", "host",
                      kind == ARGUMENT_UPLINK ? "uplink" : NULL);
    else if (kind == ARGUMENT_PEER)
        request_names(completing, WIRE_PEERS, "", "name", NULL);
    else if (kind == ARGUMENT_MEMBER)
        request_names(completing, WIRE_MEMBERS, "", "member", NULL);
    if (kind == ARGUMENT_VM && host)
        request_names(completing, WIRE_VMS, host, "vm", NULL);
    if (kind == ARGUMENT_HOST) /* hosts that have not been seen may have SLAs */
        request_names(completing, WIRE_LIST_SLA, "", "host", NULL);
    if (kind == ARGUMENT_VM && host)
        request_names(completing, WIRE_LIST_SLA, host, "vm", NULL);
    completion_sort(completing->list);
}

static void add_names(struct completion_list *list, const struct completion_question *question,
                      enum argument_kind kind)
{
    struct client_keys keys;
    struct completing completing = {
        .list = list, .question = question, .until_ms = daqs_mono_ms(daqs_clock_system()) + ALL_MS};
    struct endpoints controllers;
    if (endpoints_parse(question->line.controller, &controllers, NULL) != DAQS_OK ||
        client_keys_load(question->line.key, question->line.controller_key, &controllers, &keys,
                         NULL) != DAQS_OK)
        return;
    daqs_arena_init(&completing.arena, ARENA_BYTES);
    struct daqs_error err = {0};
    if (client_keys_connect(&keys, &controllers, &completing.client, &err) == DAQS_OK)
        request_candidates(&completing, kind);
    line_close(&completing.client);
    daqs_arena_done(&completing.arena);
}

/* --- the verbs --- */

static bool is_asked_for(enum argument_kind kind)
{
    return kind == ARGUMENT_HOST || kind == ARGUMENT_VM || kind == ARGUMENT_UPLINK ||
           kind == ARGUMENT_PEER || kind == ARGUMENT_MEMBER;
}

/* Collects the words that may stand at the cursor. Returns false if names of files may. */
static bool find(const struct command_line *line, const char *const *words, size_t count,
                 struct completion_list *list)
{
    struct completion_question question;
    completion_read(line, words, count, &question);
    enum argument_kind kind = completion_kind(&question);
    completion_add_known(list, &question);
    if (is_asked_for(kind))
        add_names(list, &question, kind);
    return kind != ARGUMENT_FILE;
}

static void free_list_p(struct completion_list **list)
{
    if (*list)
        completion_list_done(*list);
    free(*list);
}

/* Prints the words, each with a tab and its description. */
static enum exit_status complete_plain(const struct command_line *line,
                                       struct completion_list *list)
{
    if (!find(line, (const char *const *)line->argument + 1, (size_t)line->arguments - 1, list))
        (void)printf("%s\n", files);
    for (size_t i = 0; i < list->words; i++)
        (void)printf("%s\t%s\n", list->word[i].word, list->word[i].about);
    return EXIT_DONE;
}

/* Prints the words as bash has to insert them at the cursor. */
static enum exit_status complete_bash(const struct command_line *line, struct completion_list *list)
{
    char word[WORD_BYTES];
    struct quoting_line typed DAQS_AUTO(quoting_done) = {0};
    if (line->arguments != 3)
        return complain(EXIT_USAGE, "usage: daqsctl complete bash -- LINE PART");
    quoting_split(line->argument[1], &typed);
    if (typed.words < 2)
        return EXIT_DONE;
    if (!find(line, typed.word + 1, typed.words - 1, list))
        (void)printf("%s\n", files);
    for (size_t i = 0; i < list->words; i++)
        if (quoting_put(&typed, line->argument[2], list->word[i].word, word, sizeof word))
            (void)printf("%s\n", word);
    return EXIT_DONE;
}

static enum exit_status cmd_complete(const struct command_line *line)
{
    struct completion_list *list DAQS_AUTO(free_list_p) = malloc(sizeof *list);
    if (!list)
        return complain(EXIT_FAILED, "out of memory");
    completion_list_init(list);
    if (strcmp(line->argument[0], "bash") == 0)
        return complete_bash(line, list);
    if (strcmp(line->argument[0], "plain") == 0)
        return complete_plain(line, list);
    return complain(EXIT_USAGE, "complete takes plain or bash, not '%.50s'", line->argument[0]);
}

const struct command command_complete = {
    .verb = "complete",
    .arguments = "plain|bash -- WORD...",
    .about = "plain: the words after the program's name up to the cursor; prints the candidates, "
             "each with a tab and a description. bash: the line up to the cursor, and the part of "
             "it that bash replaces; prints the replacements. A tab and "
             "\"files\" stand for names of files.\n",
    .example = "daqsctl complete plain -- ''\n"
               "daqsctl complete plain -- set-sla node1 d\n",
    .least_arguments = 2,
    .most_arguments = INT_MAX,
    .run = cmd_complete,
    .no_table = "it is for shells",
};

static enum exit_status cmd_completion(const struct command_line *line)
{
    const char *shell = line->argument[0];
    const char *script = strcmp(shell, "bash") == 0   ? completions_bash
                         : strcmp(shell, "zsh") == 0  ? completions_zsh
                         : strcmp(shell, "fish") == 0 ? completions_fish
                                                      : NULL;
    if (!script)
        return complain(EXIT_USAGE, "completion takes bash, zsh or fish, not '%.50s'", shell);
    (void)fputs(script, stdout);
    return EXIT_DONE;
}

const struct command command_completion = {
    .verb = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "a script that lets a shell complete verbs, options, hosts and VMs",
    .about = "The packages install it; this is for shells that do not look there. It asks the "
             "controller that the command line names for hosts and VMs, for a second at most.\n",
    .example = "source <(daqsctl completion bash)\n"
               "daqsctl completion zsh > ~/.zfunc/_daqsctl\n"
               "daqsctl completion fish > ~/.config/fish/completions/daqsctl.fish\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .kind = {ARGUMENT_SHELL},
    .run = cmd_completion,
    .no_table = "it prints a script",
    .alone = true,
};
