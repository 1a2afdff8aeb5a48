/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/temp_folder.h"
#include "tools/daqsctl/export_token.h"

static char folder[TEMP_FOLDER_BYTES];
static char path[TEMP_FOLDER_BYTES + 16];

static int make(void **state)
{
    (void)state;
    int result = temp_folder_make(folder);
    (void)snprintf(path, sizeof path, "%s/token", folder);
    return result;
}

static int end(void **state)
{
    (void)state;
    return temp_folder_remove(folder);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void a_token_is_of_its_level(void **state)
{
    char token[EXPORT_TOKEN_BYTES];
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(export_token_parse("1m.7628400", "1m", token, &err), DAQS_OK);
    assert_string_equal(token, "7628400");
    assert_int_equal(export_token_parse("1m.7\n", "1m", token, &err), DAQS_OK);
    assert_string_equal(token, "7");
    assert_int_equal(export_token_parse("1h.7", "1m", token, &err), DAQS_EINVALID);
    assert_string_equal(err.text, "the token is of level 1h, not 1m");
    static const char *const wrong[] = {"",  "1m",     "1m.",          "1m.x",  "7",
                                        ".", "1m.7 8", "1m.7\n1m.8\n", "1m.-7", " 1m.7"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (export_token_parse(wrong[i], "1m", token, &err) != DAQS_EINVALID)
            fail_msg("'%s'", wrong[i]);
}

static void a_token_that_is_too_long_is_refused(void **state)
{
    char token[EXPORT_TOKEN_BYTES];
    char text[EXPORT_TOKEN_BYTES + 8];
    (void)state;
    memset(text, '7', sizeof text);
    memcpy(text, "1m.", 3);
    text[sizeof text - 1] = '\0';
    assert_int_equal(export_token_parse(text, "1m", token, NULL), DAQS_EINVALID);
}

static void a_file_keeps_the_token(void **state)
{
    struct export_token_file file;
    char token[EXPORT_TOKEN_BYTES] = "old";
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(export_token_open(&file, path, "1m", token, &err), DAQS_OK);
    assert_string_equal(token, ""); /* there is none yet */
    assert_int_equal(export_token_store(&file, "1m", "42", &err), DAQS_OK);
    assert_int_equal(export_token_store(&file, "1m", "4711", &err), DAQS_OK);
    export_token_close(&file);
    assert_int_equal(export_token_open(&file, path, "1m", token, &err), DAQS_OK);
    assert_string_equal(token, "4711");
    export_token_close(&file);
    assert_int_equal(export_token_open(&file, path, "1s", token, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "/token: the token is of level 1m, not 1s"));
    export_token_close(&file);
}

static void a_file_is_used_by_one_export_at_a_time(void **state)
{
    struct export_token_file file;
    struct export_token_file other;
    char token[EXPORT_TOKEN_BYTES];
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(export_token_open(&file, path, "1m", token, &err), DAQS_OK);
    assert_int_equal(export_token_open(&other, path, "1m", token, &err), DAQS_EBUSY);
    export_token_close(&other);
    export_token_close(&file);
    assert_int_equal(export_token_open(&other, path, "1m", token, &err), DAQS_OK);
    export_token_close(&other);
}

static void a_file_without_a_token_begins_nothing(void **state)
{
    static const char *const wrong[] = {"", "\n", "7\n", "1m.7\nmore\n"};
    struct export_token_file file;
    char token[EXPORT_TOKEN_BYTES];
    struct daqs_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_file(wrong[i]);
        assert_int_equal(export_token_open(&file, path, "1m", token, &err), DAQS_EINVALID);
        export_token_close(&file);
    }
    assert_int_equal(export_token_open(&file, "/nonexistent/token", "1m", token, &err), DAQS_EIO);
    export_token_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_of_its_level),
        cmocka_unit_test(a_token_that_is_too_long_is_refused),
        cmocka_unit_test_setup_teardown(a_file_keeps_the_token, make, end),
        cmocka_unit_test_setup_teardown(a_file_is_used_by_one_export_at_a_time, make, end),
        cmocka_unit_test_setup_teardown(a_file_without_a_token_begins_nothing, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
