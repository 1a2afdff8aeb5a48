/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shared/net/config.h"
#include "tests/lib/temp_file.h"

/* The calls of setters, as one text: "name(arg)=value;". */
struct record {
    char text[2000];
};

static int note(void *target, const char *name, const char *arg, const char *value,
                struct daqs_error *err)
{
    struct record *record = target;
    size_t n = strlen(record->text);
    if (strcmp(value, "bad") == 0)
        return daqs_fail(err, DAQS_ERANGE, "'bad' will not do");
    (void)snprintf(record->text + n, sizeof record->text - n, "%s(%s)=%s;", name, arg, value);
    return DAQS_OK;
}

static int set_host(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    return note(target, "host", arg, value, err);
}

static int set_controller(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    return note(target, "controller", arg, value, err);
}

static int begin_uplink(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    if (strcmp(arg, "bad") == 0)
        return daqs_fail(err, DAQS_EINVALID, "no uplink can be called bad");
    return note(target, "uplink", arg, value, err);
}

static int set_nics(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    return note(target, "nics", arg, value, err);
}

static const struct config_key keys[] = {
    {"agent", "host", set_host, false, "node1"},
    {"agent", "controller", set_controller, true, ""},
    {"uplink", NULL, begin_uplink, false, NULL},
    {"uplink", "nics", set_nics, true, CONFIG_COMPUTED("all")},
    {"uplink", "capacity", set_host, false, NULL},
};

static int load_bytes(const char *content, size_t length, struct record *ret,
                      struct daqs_error *err)
{
    FILE *file = fopen(temp_file, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    memset(ret, 0, sizeof *ret);
    return config_load(temp_file, keys, sizeof keys / sizeof keys[0], ret, err);
}

static int load(const char *content, struct record *ret, struct daqs_error *err)
{
    return load_bytes(content, strlen(content), ret, err);
}

static void assert_loads(const char *content, const char *calls)
{
    struct record record;
    struct daqs_error err = {0};
    if (load(content, &record, &err) != DAQS_OK)
        fail_msg("refused: %s\n%s", err.text, content);
    assert_string_equal(record.text, calls);
}

/* Checks that 'content' is rejected with "PATH:line: " and a text that contains 'word'. */
static void assert_refused(const char *content, int line, const char *word)
{
    struct record record;
    struct daqs_error err = {0};
    char start[64];
    (void)snprintf(start, sizeof start, "%s:%d: ", temp_file, line);
    if (load(content, &record, &err) != DAQS_EINVALID)
        fail_msg("accepted:\n%s", content);
    assert_int_equal(err.code, DAQS_EINVALID);
    if (strncmp(err.text, start, strlen(start)) != 0 || !strstr(err.text, word))
        fail_msg("%s\n%s", err.text, content);
}

static void values_comments_and_blank_lines_are_read(void **state)
{
    (void)state;
    assert_loads("# a comment\n"
                 "; another\n"
                 "\n"
                 "[agent]   ; behind a header\n"
                 "host = node1 ; behind a value\n"
                 "controller=x\n",
                 "host()=node1;controller()=x;");
}

static void sections_have_their_argument(void **state)
{
    (void)state;
    assert_loads("[uplink ens1]\nnics = all\ncapacity = 1G\n[uplink  ens2 ]\nnics = a\n",
                 "uplink(ens1)=;nics(ens1)=all;host(ens1)=1G;uplink(ens2)=;nics(ens2)=a;");
}

static void a_bare_header_counts(void **state)
{
    (void)state;
    assert_loads("[uplink ens1]\n[uplink ens2]", "uplink(ens1)=;uplink(ens2)=;");
    assert_loads("[agent]\n", "");
    assert_refused("[agent]\n[nonsense]\n[agent]\n", 2, "unknown section [nonsense]");
}

static void lists_may_be_given_again_and_go_on_in_indented_lines(void **state)
{
    (void)state;
    assert_loads("[agent]\n"
                 "controller = a, b\n"
                 "  c   ; why\n"
                 "\td\n"
                 "\n"
                 "   # only a comment\n"
                 "  e\n"
                 "controller = f\n"
                 "host = h\n",
                 "controller()=a, b;controller()=c;controller()=d;controller()=e;controller()=f;"
                 "host()=h;");
}

static void an_indented_line_after_a_key_without_a_list_is_refused(void **state)
{
    (void)state;
    assert_refused("[agent]\nhost = a\n  b\n", 3, "twice");
    assert_refused("[agent]\nhost = a\n  controller = b\n", 3, "twice");
}

static void empty_values_and_empty_files_are_fine(void **state)
{
    (void)state;
    assert_loads("", "");
    assert_loads("\n\n# nothing\n", "");
    assert_loads("[agent]\nhost =\n", "host()=;");
}

static void a_last_line_without_end_is_read(void **state)
{
    (void)state;
    assert_loads("[agent]\nhost = node1", "host()=node1;");
}

static void files_made_elsewhere_are_read(void **state)
{
    (void)state;
    assert_loads("\xef\xbb\xbf[agent]\r\nhost = node1\r\n", "host()=node1;");
    assert_refused("\xef\xbb\xbf[nonsense]\n", 1, "unknown section");
}

static void unknown_keys_are_refused_naming_the_known_ones(void **state)
{
    struct record record;
    struct daqs_error err = {0};
    (void)state;
    assert_refused("[agent]\n\nhots = node1\n", 3, "unknown key 'hots' in [agent]");
    assert_int_equal(load("[uplink x]\nhost = a\n", &record, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "known are nics capacity"));
}

static void unknown_sections_are_refused_with_and_without_keys(void **state)
{
    (void)state;
    assert_refused("[agents]\nhost = a\n", 1, "unknown section [agents]; known are agent ");
    assert_refused("[]\n", 1, "unknown section []");
    assert_refused("\n\n[agent2]", 3, "unknown section");
    assert_refused("[Agent]\n", 1, "unknown section");
    assert_refused("[agen]\n", 1, "unknown section");
}

static void a_key_given_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("[agent]\nhost = a\ncontroller = x\nhost = b\n", 4, "twice");
    /* Each section may have its own value. */
    assert_loads("[uplink a]\ncapacity = 1\n[uplink b]\ncapacity = 2\n",
                 "uplink(a)=;host(a)=1;uplink(b)=;host(b)=2;");
}

static void a_section_given_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("[agent]\nhost = a\n[uplink x]\n[agent]\nhost = b\n", 4, "twice");
}

static void a_key_before_the_first_section_is_refused(void **state)
{
    (void)state;
    assert_refused("# hello\nhost = a\n[agent]\n", 2, "before the first [section]");
}

static void an_indented_header_is_refused_for_it_would_be_a_value(void **state)
{
    (void)state;
    assert_refused("[agent]\nhost = a\n  [uplink x]\n", 3, "beginning of its line");
}

/* inih skips all white space, not only blanks, and would enter the section without telling the
 * caller. */
static void a_header_behind_any_white_space_is_refused(void **state)
{
    (void)state;
    assert_refused("\r[uplink x]\ncapacity = 1Gbit\n", 1, "beginning of its line");
    assert_refused("[agent]\n\v[uplink x]\n", 2, "beginning of its line");
    assert_refused("[agent]\n \f[uplink x]\n", 2, "beginning of its line");
}

static void text_behind_a_header_is_refused_for_it_would_be_lost(void **state)
{
    (void)state;
    assert_refused("[agent] host = a\n", 1, "only a comment");
    assert_refused("[agent]]\n", 1, "only a comment");
}

static void lines_that_are_neither_are_refused(void **state)
{
    (void)state;
    assert_refused("[agent]\nhost\n", 2, "neither");
    assert_refused("[agent\nhost = a\n", 1, "neither");
    assert_refused("garbage\n", 1, "neither");
}

static void the_first_wrong_line_is_the_one_reported(void **state)
{
    (void)state;
    assert_refused("[agent]\ngarbage\nhots = a\n", 2, "neither");
    assert_refused("[agent]\nhots = a\ngarbage\n", 2, "unknown key");
    assert_refused("garbage\n[nonsense]\n", 1, "neither");
    assert_refused("[agent]\nhost = bad\nhots = 1\n", 2, "will not do");
}

static void the_error_of_a_setter_is_reported_with_line_and_key(void **state)
{
    struct record record;
    struct daqs_error err = {0};
    char expected[200];
    (void)state;
    assert_int_equal(load("[agent]\n\n\nhost = bad\n", &record, &err), DAQS_EINVALID);
    (void)snprintf(expected, sizeof expected, "%s:4: host: 'bad' will not do", temp_file);
    assert_string_equal(err.text, expected);
    assert_refused("[agent]\ncontroller = a\n  b\n  bad\n", 4, "controller: 'bad'");
    assert_refused("[agent]\n[uplink bad]\n", 2, "no uplink can be called bad");
}

static void overlong_lines_are_refused_and_never_split(void **state)
{
    char content[1000];
    (void)state;
    for (size_t length = 150; length < 600; length++) {
        struct record record;
        struct daqs_error err = {0};
        int n = snprintf(content, sizeof content, "[agent]\nhost = ");
        memset(content + n, 'x', length);
        (void)snprintf(content + n + length, sizeof content - (size_t)n - length, "\n");
        if (load(content, &record, &err) == DAQS_OK) {
            assert_true(length < 200);
            assert_int_equal(strlen(record.text), strlen("host()=;") + length);
            continue;
        }
        assert_true(length > 180);
        assert_non_null(strstr(err.text, ":2: the line is too long"));
        assert_string_equal(record.text, "");
    }
    /* Also in a comment: inih would parse the rest of a cut line as a line of its own. */
    memset(content, '#', 400);
    (void)snprintf(content + 400, sizeof content - 400, "\n");
    assert_refused(content, 1, "too long");
}

static void a_nul_is_refused(void **state)
{
    static const char content[] = "[agent]\nhost = a\0b\n";
    struct record record;
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(load_bytes(content, sizeof content - 1, &record, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, ":2:"));
    assert_string_equal(record.text, "");
}

static void an_unreadable_file_is_an_io_error_with_the_path(void **state)
{
    struct record record = {""};
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(config_load("/nonexistent/agentd.conf", keys, 5, &record, &err), DAQS_EIO);
    assert_string_equal(err.text,
                        "cannot read /nonexistent/agentd.conf: No such file or directory");
    assert_int_equal(config_load("/tmp", keys, 5, &record, &err), DAQS_EIO);
    assert_string_equal(err.text, "cannot read /tmp: Is a directory");
    assert_string_equal(record.text, "");
    if (geteuid() == 0)
        return; /* root can read every file */
    assert_int_equal(chmod(temp_file, 0), 0);
    assert_int_equal(config_load(temp_file, keys, 5, &record, &err), DAQS_EIO);
    assert_int_equal(chmod(temp_file, 0600), 0);
}

static void only_yes_and_no_are_yes_and_no(void **state)
{
    static const char *const wrong[] = {"", "true", "Yes", "1", "yes ", "on", "n"};
    bool value = true;
    (void)state;
    assert_int_equal(config_parse_bool("no", &value, NULL), DAQS_OK);
    assert_false(value);
    assert_int_equal(config_parse_bool("yes", &value, NULL), DAQS_OK);
    assert_true(value);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(config_parse_bool(wrong[i], &value, NULL), DAQS_EINVALID);
    assert_true(value);
}

static void shares_are_percents_up_to_a_bound(void **state)
{
    static const struct {
        const char *text;
        int code;
        uint32_t ppm;
    } cases[] = {
        {"0%", DAQS_OK, 0},          {"1%", DAQS_OK, 10000},
        {"2.5%", DAQS_OK, 25000},    {"0.0001%", DAQS_OK, 1},
        {"50%", DAQS_OK, 500000},    {"50.0001%", DAQS_ERANGE, 77},
        {"100%", DAQS_ERANGE, 77},   {"99999999999999999999%", DAQS_ERANGE, 77},
        {"", DAQS_EINVALID, 77},     {"%", DAQS_EINVALID, 77},
        {"1", DAQS_EINVALID, 77},    {"0.01", DAQS_EINVALID, 77},
        {"1 %", DAQS_EINVALID, 77},  {"1%%", DAQS_EINVALID, 77},
        {"-1%", DAQS_EINVALID, 77},  {"+1%", DAQS_EINVALID, 77},
        {".5%", DAQS_EINVALID, 77},  {"1.2.3%", DAQS_EINVALID, 77},
        {"1,5%", DAQS_EINVALID, 77}, {"1e1%", DAQS_EINVALID, 77},
        {"0x1%", DAQS_EINVALID, 77}, {"nan%", DAQS_EINVALID, 77},
        {"inf%", DAQS_EINVALID, 77},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        uint32_t ppm = 77;
        int result = config_parse_percent(cases[i].text, 500000, &ppm, &err);
        if (result != cases[i].code || ppm != cases[i].ppm)
            fail_msg("'%s': %d, %u, %s", cases[i].text, result, ppm, err.text);
    }
}

static void a_text_replaces_the_one_before(void **state)
{
    char *text = NULL;
    (void)state;
    assert_int_equal(config_replace_text(&text, "one", NULL), DAQS_OK);
    assert_int_equal(config_replace_text(&text, "two", NULL), DAQS_OK);
    assert_string_equal(text, "two");
    free(text);
}

static void defaults_are_stored_unless_they_are_computed(void **state)
{
    struct record record = {""};
    (void)state;
    assert_int_equal(config_set_defaults(keys, sizeof keys / sizeof keys[0], &record, NULL),
                     DAQS_OK);
    assert_string_equal(record.text, "host()=node1;controller()=;");
}

static void the_first_default_that_is_refused_is_the_last(void **state)
{
    static const struct config_key bad[] = {{"agent", "host", set_host, false, "bad"},
                                            {"agent", "controller", set_controller, true, "x"}};
    struct record record = {""};
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(config_set_defaults(bad, 2, &record, &err), DAQS_ERANGE);
    assert_string_equal(record.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_comments_and_blank_lines_are_read),
        cmocka_unit_test(sections_have_their_argument),
        cmocka_unit_test(a_bare_header_counts),
        cmocka_unit_test(lists_may_be_given_again_and_go_on_in_indented_lines),
        cmocka_unit_test(an_indented_line_after_a_key_without_a_list_is_refused),
        cmocka_unit_test(empty_values_and_empty_files_are_fine),
        cmocka_unit_test(a_last_line_without_end_is_read),
        cmocka_unit_test(files_made_elsewhere_are_read),
        cmocka_unit_test(unknown_keys_are_refused_naming_the_known_ones),
        cmocka_unit_test(unknown_sections_are_refused_with_and_without_keys),
        cmocka_unit_test(a_key_given_twice_is_refused),
        cmocka_unit_test(a_section_given_twice_is_refused),
        cmocka_unit_test(a_key_before_the_first_section_is_refused),
        cmocka_unit_test(an_indented_header_is_refused_for_it_would_be_a_value),
        cmocka_unit_test(a_header_behind_any_white_space_is_refused),
        cmocka_unit_test(text_behind_a_header_is_refused_for_it_would_be_lost),
        cmocka_unit_test(lines_that_are_neither_are_refused),
        cmocka_unit_test(the_first_wrong_line_is_the_one_reported),
        cmocka_unit_test(the_error_of_a_setter_is_reported_with_line_and_key),
        cmocka_unit_test(overlong_lines_are_refused_and_never_split),
        cmocka_unit_test(a_nul_is_refused),
        cmocka_unit_test(an_unreadable_file_is_an_io_error_with_the_path),
        cmocka_unit_test(only_yes_and_no_are_yes_and_no),
        cmocka_unit_test(shares_are_percents_up_to_a_bound),
        cmocka_unit_test(a_text_replaces_the_one_before),
        cmocka_unit_test(defaults_are_stored_unless_they_are_computed),
        cmocka_unit_test(the_first_default_that_is_refused_is_the_last),
    };
    return cmocka_run_group_tests(tests, temp_file_make, temp_file_remove);
}
