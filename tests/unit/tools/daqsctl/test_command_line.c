/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/daqsctl/options.h"

enum { WORDS = 16, SAID_BYTES = 512 };

/* A command line, the result of parsing it, and what was printed to stderr. */
struct typed {
    char text[256];
    char *word[WORDS + 1];
    int words;
    struct command_line line;
    char said[SAID_BYTES];
};

/* Splits the text at blanks; "''" is an empty word. */
static void split(struct typed *typed, const char *text)
{
    char *rest = NULL;
    *typed = (struct typed){.words = 0};
    assert_true((size_t)snprintf(typed->text, sizeof typed->text, "daqsctl %s", text) <
                sizeof typed->text);
    for (char *word = strtok_r(typed->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(typed->words < WORDS);
        typed->word[typed->words++] = strcmp(word, "''") == 0 ? word + 2 : word;
    }
}

/* Captures stderr from here on. Returns the descriptor to pass to listen_end(). */
static int listen_begin(int *ret_memory)
{
    int kept = dup(STDERR_FILENO);
    *ret_memory = memfd_create("stderr", MFD_CLOEXEC);
    assert_true(kept >= 0 && *ret_memory >= 0);
    (void)fflush(stderr);
    assert_int_equal(dup2(*ret_memory, STDERR_FILENO), STDERR_FILENO);
    return kept;
}

static void listen_end(int kept, int memory, char said[static SAID_BYTES])
{
    (void)fflush(stderr);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
    ssize_t n = pread(memory, said, SAID_BYTES - 1, 0);
    assert_true(n >= 0);
    said[n] = '\0';
    close(memory);
}

static enum exit_status parse(struct typed *typed, const char *text)
{
    int memory;
    split(typed, text);
    int kept = listen_begin(&memory);
    optind = 0; /* glibc: start over */
    enum exit_status status = command_line_parse(typed->words, typed->word, &typed->line);
    typed->line.commands = all_commands;
    listen_end(kept, memory, typed->said);
    return status;
}

static void assert_parses(struct typed *typed, const char *text)
{
    if (parse(typed, text) != EXIT_DONE)
        fail_msg("%s: %s", text, typed->said);
    assert_string_equal(typed->said, "");
}

/* Checks that the usage is wrong, and that this one line reports it. */
static void assert_complains(const char *text, const char *said)
{
    struct typed typed;
    assert_int_equal(parse(&typed, text), EXIT_USAGE);
    assert_string_equal(typed.said, said);
}

static int clear_environment(void **state)
{
    (void)state;
    return unsetenv("DAQS_CONTROLLER") + unsetenv("POSIXLY_CORRECT");
}

static void a_line_with_nothing_given_has_the_defaults(void **state)
{
    struct typed typed;
    (void)state;
    assert_parses(&typed, "");
    assert_null(typed.line.verb);
    assert_int_equal(typed.line.arguments, 0);
    assert_string_equal(typed.line.controller, "ipc:///run/daqs/admin.sock");
    assert_int_equal(typed.line.output, OUTPUT_TABLE);
    assert_int_equal(typed.line.given, 0);
    assert_false(typed.line.help);
    assert_false(typed.line.version);
}

static void verb_and_arguments_are_distinguished(void **state)
{
    struct typed typed;
    (void)state;
    assert_parses(&typed, "set-sla node1 db1 10Gbit");
    assert_string_equal(typed.line.verb, "set-sla");
    assert_int_equal(typed.line.arguments, 3);
    assert_string_equal(typed.line.argument[0], "node1");
    assert_string_equal(typed.line.argument[2], "10Gbit");
    assert_int_equal(typed.line.given, 0);
}

static void options_may_stand_anywhere(void **state)
{
    static const char *const lines[] = {
        "-o json --controller tcp://127.0.0.1:1 --max 2G --force set-sla node1 db1 1G",
        "set-sla -o json node1 --controller tcp://127.0.0.1:1 db1 --force 1G --max 2G",
        "set-sla node1 db1 1G --max=2G --output=json --controller=tcp://127.0.0.1:1 --force",
        "set-sla node1 -ojson db1 -c tcp://127.0.0.1:1 1G --max 2G --force",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct typed typed;
        assert_parses(&typed, lines[i]);
        assert_string_equal(typed.line.verb, "set-sla");
        assert_int_equal(typed.line.arguments, 3);
        assert_string_equal(typed.line.argument[0], "node1");
        assert_string_equal(typed.line.argument[1], "db1");
        assert_string_equal(typed.line.argument[2], "1G");
        assert_int_equal(typed.line.output, OUTPUT_JSON);
        assert_string_equal(typed.line.controller, "tcp://127.0.0.1:1");
        assert_string_equal(typed.line.max, "2G");
        assert_int_equal(typed.line.given, OPTION_MAX | OPTION_FORCE);
    }
}

static void every_option_is_noted_with_its_value(void **state)
{
    struct typed typed;
    (void)state;
    assert_parses(&typed, "x --max 2G --weight 3 --force --dry-run --since 1h --until now --step 5s"
                          " --help --version");
    assert_string_equal(typed.line.max, "2G");
    assert_string_equal(typed.line.weight, "3");
    assert_string_equal(typed.line.since, "1h");
    assert_string_equal(typed.line.until, "now");
    assert_string_equal(typed.line.step, "5s");
    assert_int_equal(typed.line.given, OPTION_MAX | OPTION_WEIGHT | OPTION_FORCE | OPTION_DRY_RUN |
                                           OPTION_SINCE | OPTION_UNTIL | OPTION_STEP);
    assert_true(typed.line.help);
    assert_true(typed.line.version);
    assert_parses(&typed, "x --step 5s");
    assert_int_equal(typed.line.given, OPTION_STEP);
    assert_null(typed.line.max);
    assert_parses(&typed, "x --dry-run");
    assert_int_equal(typed.line.given, OPTION_DRY_RUN);
    assert_parses(&typed, "events node1 --follow");
    assert_int_equal(typed.line.given, OPTION_FOLLOW);
    assert_parses(&typed, "apply --prune slas.ini");
    assert_int_equal(typed.line.given, OPTION_PRUNE);
    assert_string_equal(typed.line.argument[0], "slas.ini");
}

static void every_output_format_is_known(void **state)
{
    struct typed typed;
    (void)state;
    assert_parses(&typed, "-o table hosts");
    assert_int_equal(typed.line.output, OUTPUT_TABLE);
    assert_parses(&typed, "-o json hosts");
    assert_int_equal(typed.line.output, OUTPUT_JSON);
    assert_parses(&typed, "-o csv hosts");
    assert_int_equal(typed.line.output, OUTPUT_CSV);
}

static void another_output_format_is_refused(void **state)
{
    (void)state;
    assert_complains("-o xml hosts", "daqsctl: -o takes table, json, csv or jsonl, not 'xml'\n");
    assert_complains("hosts -o JSON", "daqsctl: -o takes table, json, csv or jsonl, not 'JSON'\n");
    assert_complains("hosts -o ''", "daqsctl: -o takes table, json, csv or jsonl, not ''\n");
    assert_complains("-o hosts", "daqsctl: -o takes table, json, csv or jsonl, not 'hosts'\n");
}

static void a_message_is_one_line(void **state)
{
    (void)state;
    assert_complains("hosts --a\nb\033[2J\x7f\xc2\x9bx\xc3\xa9",
                     "daqsctl: unknown option '--a?b?[2J???x\xc3\xa9'; try: daqsctl --help\n");
}

static void a_missing_value_is_asked_for(void **state)
{
    (void)state;
    assert_complains("hosts -o", "daqsctl: -o needs a value\n");
    assert_complains("hosts --output", "daqsctl: --output needs a value\n");
    assert_complains("hosts --controller", "daqsctl: --controller needs a value\n");
    assert_complains("set-sla a b --max", "daqsctl: --max needs a value\n");
    assert_complains("history a b --since", "daqsctl: --since needs a value\n");
}

static void an_unknown_option_is_named(void **state)
{
    (void)state;
    assert_complains("hosts --nonsense",
                     "daqsctl: unknown option '--nonsense'; try: daqsctl --help\n");
    assert_complains("--nonsense=3 hosts",
                     "daqsctl: unknown option '--nonsense=3'; try: daqsctl --help\n");
    assert_complains("hosts -x", "daqsctl: unknown option '-x'; try: daqsctl --help\n");
    assert_complains("hosts --force=yes",
                     "daqsctl: unknown option '--force=yes'; try: daqsctl --help\n");
    assert_complains("hosts --help=yes",
                     "daqsctl: unknown option '--help=yes'; try: daqsctl --help\n");
    assert_complains("hosts -V", "daqsctl: unknown option '-V'; try: daqsctl --help\n");
    /* one of several letters in a word */
    assert_complains("hosts --force -xh", "daqsctl: unknown option '-x'; try: daqsctl --help\n");
    assert_complains("hosts -hx", "daqsctl: unknown option '-x'; try: daqsctl --help\n");
}

/* No rate is negative, but the error must be about what was typed. */
static void a_negative_number_is_an_option_unless_after_two_dashes(void **state)
{
    struct typed typed;
    (void)state;
    assert_complains("set-sla node1 db1 -5Gbit",
                     "daqsctl: unknown option '-5'; try: daqsctl --help\n");
    assert_parses(&typed, "set-sla node1 db1 -- -5Gbit");
    assert_int_equal(typed.line.arguments, 3);
    assert_string_equal(typed.line.argument[2], "-5Gbit");
    assert_parses(&typed, "set-sla node1 db1 --weight -5"); /* values may begin with '-' */
    assert_string_equal(typed.line.weight, "-5");
}

static void an_argument_after_two_dashes_is_never_an_option(void **state)
{
    struct typed typed;
    (void)state;
    assert_parses(&typed, "vms -o json -- --force");
    assert_string_equal(typed.line.verb, "vms");
    assert_int_equal(typed.line.arguments, 1);
    assert_string_equal(typed.line.argument[0], "--force");
    assert_int_equal(typed.line.given, 0);
    assert_int_equal(typed.line.output, OUTPUT_JSON);
}

static void the_controller_may_come_from_the_environment(void **state)
{
    struct typed typed;
    (void)state;
    assert_int_equal(setenv("DAQS_CONTROLLER", "tcp://127.0.0.1:9", 1), 0);
    assert_parses(&typed, "hosts");
    assert_string_equal(typed.line.controller, "tcp://127.0.0.1:9");
    assert_parses(&typed, "hosts --controller ipc:///x"); /* the command line takes precedence */
    assert_string_equal(typed.line.controller, "ipc:///x");
    assert_int_equal(setenv("DAQS_CONTROLLER", "", 1), 0);
    assert_parses(&typed, "hosts");
    assert_string_equal(typed.line.controller, "ipc:///run/daqs/admin.sock");
}

/* --- values that commands reject before they connect --- */

static const struct command *find(const char *verb)
{
    const struct command *const *command = all_commands;
    while (*command && strcmp((*command)->verb, verb) != 0)
        command++;
    assert_non_null(*command);
    return *command;
}

/* Checks the whole command line, before any of its values is parsed. */
static enum exit_status check(struct typed *typed, const char *text)
{
    int memory;
    assert_parses(typed, text);
    int kept = listen_begin(&memory);
    enum exit_status status = command_check(find(typed->line.verb), &typed->line);
    listen_end(kept, memory, typed->said);
    return status;
}

static void superfluous_and_missing_arguments_are_named(void **state)
{
    struct typed typed;
    (void)state;
    assert_int_equal(check(&typed, "unset-sla"), EXIT_USAGE);
    assert_string_equal(
        typed.said,
        "daqsctl: unset-sla needs more arguments; usage: daqsctl unset-sla [HOST] VM\n");
    assert_int_equal(check(&typed, "unset-sla node1 db1 db2"), EXIT_USAGE);
    assert_string_equal(typed.said, "daqsctl: unset-sla does not accept 'db2'; usage: daqsctl "
                                    "unset-sla [HOST] VM\n");
    assert_int_equal(check(&typed, "report --step 1s"), EXIT_USAGE);
    assert_string_equal(typed.said,
                        "daqsctl: report does not accept --step; usage: daqsctl report [HOST [VM]] "
                        "[--since TIME] [--until TIME] [--by vm|host|fleet]\n");
}

static void a_verb_that_was_perhaps_meant_is_found(void **state)
{
    static const char *const meant[][2] = {{"list-slas", "list-sla"},
                                           {"set-sal", "set-sla"},
                                           {"lst-sla", "list-sla"},
                                           {"host", "hosts"},
                                           {"vm", "vms"},
                                           {"hist", "history"},
                                           {"stats", "status"},
                                           {"set-pol", "set-policy"},
                                           {"revok", "revoke"}};
    static const char *const nothing_like_it[] = {"", "x", "frobnicate", "q",
                                                  "a-verb-that-is-far-too-long-to-be-one-of-ours"};
    (void)state;
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        const struct command *command = command_nearest(all_commands, meant[i][0]);
        assert_non_null(command);
        assert_string_equal(command->verb, meant[i][1]);
    }
    for (size_t i = 0; i < sizeof nothing_like_it / sizeof nothing_like_it[0]; i++)
        assert_null(command_nearest(all_commands, nothing_like_it[i]));
}

/* Every option of a command is in its help, which has an example that parses. */
static void help_is_complete(void **state)
{
    (void)state;
    for (const struct command *const *at = all_commands; *at; at++) {
        const struct command *c = *at;
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        assert_non_null(out);
        help_print_command(out, c);
        assert_int_equal(fclose(out), 0);
        for (const struct option_info *o = options; o->name; o++) {
            char name[64];
            (void)snprintf(name, sizeof name, "\n  --%s", o->name);
            if (strstr(text, name) == NULL && (c->options & (unsigned)o->bit))
                fail_msg("%s: %s is not told", c->verb, o->name);
        }
        assert_non_null(strstr(text, "\nexample:\n  "));
        assert_non_null(strstr(text, "\nexit status: 0 "));
        assert_true(!c->summary || strstr(text, c->summary) != NULL || strlen(c->summary) > 79);
        assert_true((c->options & (OPTION_SINCE)) == 0 || c->since);
        free(text);
    }
}

static void commands_without_a_table_refuse_other_formats(void **state)
{
    static const char *const lines[] = {"set-sla a b 1G", "unset-sla a b",     "export",
                                        "explain a b",    "set-policy a fair", "backup /x",
                                        "version"};
    struct typed typed;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        for (int format = 0; format < 3; format++) {
            static const char *const names[] = {"table", "json", "csv"};
            char text[128];
            (void)snprintf(text, sizeof text, "%s -o %s", lines[i], names[format]);
            assert_int_equal(check(&typed, text), format ? EXIT_USAGE : EXIT_DONE);
            assert_int_equal(strstr(typed.said, " does not accept -o ") != NULL, format > 0);
        }
    assert_int_equal(check(&typed, "-o json export"), EXIT_USAGE);
    assert_string_equal(typed.said,
                        "daqsctl: export does not accept -o json: it writes the INI file that "
                        "apply reads; list-sla has a table\n");
    assert_int_equal(check(&typed, "-o json list-sla"), EXIT_DONE);
    assert_int_equal(check(&typed, "-o csv apply f"), EXIT_DONE);
    assert_int_equal(check(&typed, "hosts --force"), EXIT_USAGE);
    assert_string_equal(typed.said,
                        "daqsctl: hosts does not accept --force; usage: daqsctl hosts\n");
}

static void only_exports_are_series(void **state)
{
    struct typed typed;
    (void)state;
    assert_int_equal(check(&typed, "export-history -o jsonl"), EXIT_DONE);
    assert_int_equal(check(&typed, "export-history -o csv -- curl -T - http://a"), EXIT_DONE);
    assert_int_equal(typed.line.arguments, 4);
    assert_int_equal(check(&typed, "export-history"), EXIT_USAGE);
    assert_string_equal(typed.said, "daqsctl: export-history needs -o jsonl or -o csv\n");
    assert_int_equal(check(&typed, "export-history -o json"), EXIT_USAGE);
    assert_int_equal(check(&typed, "-o jsonl hosts"), EXIT_USAGE);
    assert_string_equal(typed.said,
                        "daqsctl: hosts does not accept -o jsonl: only export-history does\n");
    assert_int_equal(check(&typed, "-o jsonl version"), EXIT_USAGE);
    assert_int_equal(check(&typed, "export-history -o csv --step 1m"), EXIT_USAGE);
    assert_non_null(strstr(typed.said, "[--token-file FILE] [-- COMMAND...]\n"));
}

static void assert_command_complains(const char *text, const char *said)
{
    struct typed typed;
    int memory;
    assert_parses(&typed, text);
    const struct command *command = find(typed.line.verb);
    int kept = listen_begin(&memory);
    enum exit_status status = command->run(&typed.line);
    listen_end(kept, memory, typed.said);
    assert_string_equal(typed.said, said);
    assert_int_equal(status, EXIT_USAGE);
}

static void set_sla_refuses_invalid_slas(void **state)
{
    static const char *const weights[] = {
        "0", "-5", "+5", "1e3", "2.5", "x", "''", "1000001", "99999999999999999999"};
    (void)state;
    assert_command_complains("set-sla node1 db1",
                             "daqsctl: set-sla needs a RATE, --max or --weight\n");
    assert_command_complains("set-sla node1 db1 --force --dry-run",
                             "daqsctl: set-sla needs a RATE, --max or --weight\n");
    assert_command_complains("set-sla node1 db1 -- -5Gbit",
                             "daqsctl: '-5Gbit' is not a rate; write it like 10Gbit, 2.5G or "
                             "800Mbps (bits per second)\n");
    assert_command_complains("set-sla node1 db1 --max 10",
                             "daqsctl: --max: rate '10' has no unit; write it like 10Gbit, 2.5G or "
                             "800Mbps (bits per second)\n");
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "set-sla node1 db1 --weight %s", weights[i]);
        assert_command_complains(text, "daqsctl: --weight takes a whole number from 1 to 10000\n");
    }
}

static void history_refuses_invalid_spans(void **state)
{
    (void)state;
    assert_command_complains("history node1 db1 --since yesterday",
                             "daqsctl: --since: 'yesterday' is not a time; write it like 1h (ago), "
                             "2026-11-23, 2026-11-23T08:00 or 2026-11-23T08:00:00Z (UTC)\n");
    assert_command_complains("history node1 db1 --until 5",
                             "daqsctl: --until: '5' is not a time; write it like 1h (ago), "
                             "2026-11-23, 2026-11-23T08:00 or 2026-11-23T08:00:00Z (UTC)\n");
    assert_command_complains("history node1 db1 --step 1500ms",
                             "daqsctl: --step takes whole seconds, at least 1s\n");
    assert_command_complains("history node1 db1 --step 0s",
                             "daqsctl: --step takes whole seconds, at least 1s\n");
    assert_command_complains("history node1 db1 --step 10",
                             "daqsctl: --step: '10' is not a duration; write it like 100ms, 3s, "
                             "5m, 24h, 30d, 2w or 2y\n");
}

static void export_history_refuses_lines_that_contradict(void **state)
{
    (void)state;
    assert_command_complains("export-history -o csv --level 5m",
                             "daqsctl: --level takes 1m, 1h or 1s, not '5m'\n");
    assert_command_complains("export-history -o csv --after 1m.7 --token-file f",
                             "daqsctl: --after and --token-file exclude each other\n");
    assert_command_complains("export-history -o csv --after 1m.7 --since 1d",
                             "daqsctl: --after and --since exclude each other\n");
    assert_command_complains("export-history -o csv --after 1h.7",
                             "daqsctl: --after: the token is of level 1h, not 1m\n");
    assert_command_complains("export-history -o csv --since soon",
                             "daqsctl: --since: 'soon' is not a time; write it like 1h (ago), "
                             "2026-11-23, 2026-11-23T08:00 or 2026-11-23T08:00:00Z (UTC)\n");
}

static void an_invalid_endpoint_is_refused(void **state)
{
    (void)state;
    assert_command_complains("hosts --controller localhost",
                             "daqsctl: 'localhost' is not an endpoint; write it like "
                             "ipc:///run/daqs/admin.sock or tcp://127.0.0.1:7421\n");
}

#define CLEARED(test) cmocka_unit_test_setup_teardown(test, clear_environment, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEARED(a_line_with_nothing_given_has_the_defaults),
        CLEARED(verb_and_arguments_are_distinguished),
        CLEARED(options_may_stand_anywhere),
        CLEARED(every_option_is_noted_with_its_value),
        CLEARED(every_output_format_is_known),
        CLEARED(another_output_format_is_refused),
        CLEARED(a_message_is_one_line),
        CLEARED(a_missing_value_is_asked_for),
        CLEARED(an_unknown_option_is_named),
        CLEARED(a_negative_number_is_an_option_unless_after_two_dashes),
        CLEARED(an_argument_after_two_dashes_is_never_an_option),
        CLEARED(the_controller_may_come_from_the_environment),
        CLEARED(commands_without_a_table_refuse_other_formats),
        CLEARED(only_exports_are_series),
        CLEARED(superfluous_and_missing_arguments_are_named),
        CLEARED(a_verb_that_was_perhaps_meant_is_found),
        CLEARED(help_is_complete),
        CLEARED(set_sla_refuses_invalid_slas),
        CLEARED(history_refuses_invalid_spans),
        CLEARED(export_history_refuses_lines_that_contradict),
        CLEARED(an_invalid_endpoint_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
