/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "tools/daqsctl/enroll_line.h"

static int next_of(const char *text, size_t length, struct enroll_line *line)
{
    FILE *file = fmemopen((void *)text, length, "r");
    assert_non_null(file);
    int result = enroll_line_next(file, line, NULL);
    (void)fclose(file);
    return result;
}

static void reads_name_key_and_role(void **state)
{
    static const char text[] = "# who\n\nnode1 KEY1\r\n\talice  KEY2 operator\nbob KEY3";
    struct enroll_line line = {0};
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    (void)state;
    assert_non_null(file);
    assert_int_equal(enroll_line_next(file, &line, NULL), DAQS_OK);
    assert_string_equal(line.name, "node1");
    assert_string_equal(line.key, "KEY1");
    assert_string_equal(line.role, "");
    assert_int_equal(line.number, 3);
    assert_int_equal(enroll_line_next(file, &line, NULL), DAQS_OK);
    assert_string_equal(line.name, "alice");
    assert_string_equal(line.role, "operator");
    assert_int_equal(enroll_line_next(file, &line, NULL), DAQS_OK);
    assert_string_equal(line.key, "KEY3");
    assert_int_equal(enroll_line_next(file, &line, NULL), DAQS_ENOTFOUND);
    (void)fclose(file);
}

static void refuses_too_few_and_too_many_words(void **state)
{
    struct enroll_line line = {0};
    struct daqs_error err = {0};
    FILE *file = fmemopen("\nnode1\n", 7, "r");
    (void)state;
    assert_non_null(file);
    assert_int_equal(enroll_line_next(file, &line, &err), DAQS_EINVALID);
    assert_string_equal(err.text, "line 2: write it like NAME KEY, or NAME KEY ROLE");
    (void)fclose(file);
    assert_int_equal(next_of("a KEY viewer more\n", 18, &line), DAQS_EINVALID);
}

/* The end of a comment that is too long is not parsed as a line. */
static void refuses_lines_that_are_too_long(void **state)
{
    char text[ENROLL_LINE_BYTES + 64];
    struct enroll_line line = {0};
    (void)state;
    memset(text, 'x', sizeof text);
    text[0] = '#';
    memcpy(text + ENROLL_LINE_BYTES - 1, "mallory KEY operator\n", 21);
    assert_int_equal(next_of(text, ENROLL_LINE_BYTES + 20, &line), DAQS_EINVALID);
}

static void refuses_zero_bytes(void **state)
{
    struct enroll_line line = {0};
    (void)state;
    assert_int_equal(next_of("node1 KEY\0 viewer\n", 18, &line), DAQS_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_name_key_and_role),
        cmocka_unit_test(refuses_too_few_and_too_many_words),
        cmocka_unit_test(refuses_lines_that_are_too_long),
        cmocka_unit_test(refuses_zero_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
