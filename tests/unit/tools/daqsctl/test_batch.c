/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/temp_file.h"
#include "tools/daqsctl/batch.h"

static char *const copy[] = {(char *)"sh", (char *)"-c", (char *)"cat >>\"$0\"", temp_file, NULL};

static int empty_file(void **state)
{
    (void)state;
    return truncate(temp_file, 0);
}

static void assert_in_file(const char *expected)
{
    char text[256] = "";
    FILE *file = fopen(temp_file, "re");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, expected);
}

static void each_batch_is_given_once(void **state)
{
    struct batch batch;
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(batch_begin(&batch, &err), DAQS_OK);
    assert_int_equal(batch_bytes(&batch), 0);
    (void)fputs("a long first one\n", batch.out);
    assert_int_equal(batch_bytes(&batch), 17);
    assert_int_equal(batch_give(&batch, copy, &err), DAQS_OK);
    assert_int_equal(batch_bytes(&batch), 0);
    (void)fputs("short\n", batch.out);
    assert_int_equal(batch_give(&batch, copy, &err), DAQS_OK);
    assert_in_file("a long first one\nshort\n");
    batch_end(&batch);
}

static void a_command_may_read_its_input_again(void **state)
{
    char *const twice[] = {(char *)"sh", (char *)"-c",
                           (char *)"cat >\"$0\"; cat /dev/stdin >>\"$0\"", temp_file, NULL};
    struct batch batch;
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(batch_begin(&batch, &err), DAQS_OK);
    (void)fputs("x", batch.out);
    assert_int_equal(batch_give(&batch, twice, &err), DAQS_OK);
    assert_in_file("xx");
    batch_end(&batch);
}

static void assert_fails(char *const command[], const char *said)
{
    struct batch batch;
    struct daqs_error err = {0};
    assert_int_equal(batch_begin(&batch, &err), DAQS_OK);
    for (int i = 0; i < 100000; i++) /* more than a pipe holds */
        (void)fputs("some input", batch.out);
    assert_int_equal(batch_give(&batch, command, &err), DAQS_EIO);
    assert_string_equal(err.text, said);
    batch_end(&batch);
}

static void a_command_that_fails_is_reported(void **state)
{
    (void)state;
    assert_fails((char *const[]){(char *)"sh", (char *)"-c", (char *)"exit 22", NULL},
                 "sh ended with status 22");
    assert_fails((char *const[]){(char *)"sh", (char *)"-c", (char *)"kill -9 $$", NULL},
                 "sh was ended by signal 9");
    assert_fails((char *const[]){(char *)"/nonexistent/curl", NULL},
                 "/nonexistent/curl could not be started: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_batch_is_given_once, empty_file, NULL),
        cmocka_unit_test_setup_teardown(a_command_may_read_its_input_again, empty_file, NULL),
        cmocka_unit_test(a_command_that_fails_is_reported),
    };
    return cmocka_run_group_tests(tests, temp_file_make, temp_file_remove);
}
