/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/event.h"
#include "tools/daqsctl/completion.h"

static const struct command_line defaults = {.controller = "ipc:///default",
                                             .commands = all_commands};

enum { WORDS = 16 };

/* Words separated by blanks; after a trailing blank, the last word is empty. */
struct typed {
    char text[256];
    const char *word[WORDS];
    size_t words;
    struct completion_question question;
};

static void type(struct typed *typed, const char *text)
{
    *typed = (struct typed){.words = 0};
    (void)snprintf(typed->text, sizeof typed->text, "%s", text);
    for (char *p = typed->text; p; typed->words++) {
        typed->word[typed->words] = p;
        p = strchr(p, ' ');
        if (p)
            *p++ = '\0';
    }
    completion_read(&defaults, typed->word, typed->words, &typed->question);
}

static void assert_kind(const char *text, enum argument_kind kind)
{
    struct typed typed;
    type(&typed, text);
    if (completion_kind(&typed.question) != kind)
        fail_msg("%s: %d, not %d", text, (int)completion_kind(&typed.question), (int)kind);
}

static void arguments_are_known_by_their_places(void **state)
{
    (void)state;
    assert_kind("vms ", ARGUMENT_HOST);
    assert_kind("set-sla ", ARGUMENT_HOST);
    assert_kind("set-sla node1 ", ARGUMENT_VM);
    assert_kind("set-sla --max 5G node1 d", ARGUMENT_VM);
    assert_kind("set-sla --max=5G --force node1 d", ARGUMENT_VM);
    assert_kind("-o json set-sla node1 d", ARGUMENT_VM);
    assert_kind("-ojson set-sla node1 d", ARGUMENT_VM);
    assert_kind("set-sla node1 db1 ", ARGUMENT_RATE);
    assert_kind("set-sla node1 db1 1G ", ARGUMENT_OTHER);
    assert_kind("set-sla a b c d e f g", ARGUMENT_OTHER);
    assert_kind("vms -- -n", ARGUMENT_HOST);
    assert_kind("vms -n", ARGUMENT_OTHER);
    assert_kind("set-policy ", ARGUMENT_UPLINK);
    assert_kind("set-policy node1 ", ARGUMENT_MODE);
    assert_kind("maintenance ", ARGUMENT_HOST);
    assert_kind("maintenance node1 ", ARGUMENT_SWITCH);
    assert_kind("apply ", ARGUMENT_FILE);
    assert_kind("--key ", ARGUMENT_FILE);
    assert_kind("--key=", ARGUMENT_FILE);
    assert_kind("export-history --token-file ", ARGUMENT_FILE);
    assert_kind("export-history --host ", ARGUMENT_HOST);
    assert_kind("export-history -- ", ARGUMENT_OTHER);
    assert_kind("nonsense ", ARGUMENT_OTHER);
    assert_kind("", ARGUMENT_OTHER);
    assert_kind("revoke ", ARGUMENT_PEER);
    assert_kind("drain ", ARGUMENT_MEMBER);
}

static void the_controller_of_the_line_is_the_one_to_ask(void **state)
{
    struct typed typed;
    (void)state;
    type(&typed, "vms ");
    assert_string_equal(typed.question.line.controller, "ipc:///default");
    type(&typed, "--controller tcp://127.0.0.1:1 --key k vms ");
    assert_string_equal(typed.question.line.controller, "tcp://127.0.0.1:1");
    assert_string_equal(typed.question.line.key, "k");
    type(&typed, "-c tcp://127.0.0.1:2 vms ");
    assert_string_equal(typed.question.line.controller, "tcp://127.0.0.1:2");
    type(&typed, "set-sla node1 d");
    assert_string_equal(typed.question.argument[0], "node1");
    assert_null(typed.question.argument[1]);
}

/* Returns the candidates, each followed by a comma; to be freed by the caller. */
static char *known(const char *text)
{
    struct typed typed;
    char *words = NULL;
    size_t length = 0;
    struct completion_list *list = malloc(sizeof *list);
    FILE *out = open_memstream(&words, &length);
    assert_non_null(list);
    assert_non_null(out);
    type(&typed, text);
    completion_list_init(list);
    completion_add_known(list, &typed.question);
    for (size_t i = 0; i < list->words; i++)
        (void)fprintf(out, "%s,", list->word[i].word);
    assert_int_equal(fclose(out), 0);
    completion_list_done(list);
    free(list);
    return words;
}

static void assert_known(const char *text, const char *expected)
{
    char *words = known(text);
    assert_string_equal(words, expected);
    free(words);
}

static void verbs_options_and_values_are_known(void **state)
{
    (void)state;
    assert_known("set", "set-sla,set-policy,");
    assert_known("help unset", "unset-sla,");
    assert_known("set-sla node1 db1 --m", "--max,");
    assert_known("hosts --m", "");
    assert_known("hosts --col", "--color,");
    assert_known("--ro", "");
    assert_known("enroll a b --role ", "agent,operator,viewer,");
    assert_known("enroll a b --role=o", "--role=operator,");
    assert_known("-o ", "table,json,csv,jsonl,");
    assert_known("events --level ", "info,warning,");
    assert_known("export-history --level ", "1m,1h,1s,");
    assert_known("export-history --level=1", "--level=1m,--level=1h,--level=1s,");
    assert_known("-oj", "-ojson,-ojsonl,");
    assert_known("report --by fl", "fleet,");
    assert_known("set-policy node1 w", "weighted,");
    assert_known("completion ", "bash,zsh,fish,");
    assert_known("set-sla --max ", "none,");
    assert_known("nonsense ", "");
    assert_known("com", "completion,"); /* verbs for programs are not shown */
}

static void every_verb_is_completed(void **state)
{
    char *words = known("");
    (void)state;
    for (const struct command *const *at = all_commands; *at; at++) {
        const struct command *c = *at;
        char word[64];
        (void)snprintf(word, sizeof word, "%s,", c->verb);
        assert_int_equal(strstr(words, word) != NULL, c->summary != NULL);
    }
    free(words);
}

/* Returns how many of two candidates were added. */
static size_t added(const char *text)
{
    struct typed typed;
    struct completion_list *list = malloc(sizeof *list);
    assert_non_null(list);
    type(&typed, text);
    completion_list_init(list);
    completion_add(list, &typed.question, "--force", "");
    completion_add(list, &typed.question, "node1", "");
    size_t words = list->words;
    completion_list_done(list);
    free(list);
    return words;
}

static void a_name_like_an_option_is_one_behind_dashes_only(void **state)
{
    (void)state;
    assert_int_equal(added("vms "), 1);
    assert_int_equal(added("vms -- "), 2);
    assert_int_equal(added("vms -- --f"), 1);
}

static void names_are_sorted_and_unique(void **state)
{
    struct typed typed;
    struct completion_list *list = malloc(sizeof *list);
    (void)state;
    assert_non_null(list);
    type(&typed, "vms n");
    completion_list_init(list);
    completion_add(list, &typed.question, "node2", "");
    completion_add(list, &typed.question, "node1", "");
    completion_add(list, &typed.question, "other", "");
    completion_add(list, &typed.question, "node2", "");
    completion_sort(list);
    assert_int_equal(list->words, 2);
    assert_string_equal(list->word[0].word, "node1");
    assert_string_equal(list->word[1].word, "node2");
    for (int i = 0; i < 2 * COMPLETION_WORDS_MOST; i++)
        completion_add(list, &typed.question, "node3", "");
    assert_int_equal(list->words, COMPLETION_WORDS_MOST);
    completion_list_done(list);
    free(list);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void the_kinds_of_events_are_the_controllers(void **state)
{
    const char *kind[] = {
#define X(name, text, level, meaning) text,
        EVENT_KINDS(X)
#undef X
    };
    const struct option_info *option = options;
    char all[1024] = "";
    (void)state;
    qsort(kind, EVENT_KINDS_COUNT, sizeof kind[0], by_name);
    for (int i = 0; i < EVENT_KINDS_COUNT; i++)
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", kind[i]);
    while (option->bit != OPTION_KIND)
        option++;
    assert_string_equal(option->choices, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_known_by_their_places),
        cmocka_unit_test(the_controller_of_the_line_is_the_one_to_ask),
        cmocka_unit_test(verbs_options_and_values_are_known),
        cmocka_unit_test(every_verb_is_completed),
        cmocka_unit_test(a_name_like_an_option_is_one_behind_dashes_only),
        cmocka_unit_test(names_are_sorted_and_unique),
        cmocka_unit_test(the_kinds_of_events_are_the_controllers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
