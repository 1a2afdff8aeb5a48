/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/host/pf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];
static char path[96];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/daqs-test-pf-file-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/vf-rates", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static size_t load(struct pf_file_entry **ret)
{
    struct daqs_error err = {0};
    size_t count = 99;
    if (pf_file_load(dir, ret, &count, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    return count;
}

static void without_a_file_there_is_nothing(void **state)
{
    struct pf_file_entry *entry;
    (void)state;
    assert_int_equal(load(&entry), 0);
    assert_null(entry);
}

static void saved_orders_are_loaded(void **state)
{
    const struct pf_file_entry saved[] = {{"ens6f1np1", 3, 0}, {"abcdefghijklmno", UINT32_MAX, 7}};
    struct daqs_error err = {0};
    struct pf_file_entry *entry;
    (void)state;
    assert_int_equal(pf_file_save(dir, saved, 2, &err), DAQS_OK);
    assert_int_equal(load(&entry), 2);
    assert_memory_equal(entry, saved, sizeof saved);
    free(entry);
    assert_int_equal(pf_file_save(dir, NULL, 0, &err), DAQS_OK);
    assert_int_equal(load(&entry), 0);
    free(entry);
}

static void lines_that_make_no_sense_are_left_out(void **state)
{
    struct pf_file_entry *entry;
    FILE *file = fopen(path, "we");
    (void)state;
    assert_non_null(file);
    assert_true(fputs("\nens1 1\nens1 x 2\n../x 1 2\n\377\001\nens1 5 6\n", file) >= 0);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("longer than any line that was ever written to this file ", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(load(&entry), 1);
    assert_string_equal(entry[0].pf, "ens1");
    assert_int_equal(entry[0].vf, 5);
    assert_int_equal(entry[0].before_mbit, 6);
    free(entry);
}

static void a_folder_that_cannot_be_written_is_named(void **state)
{
    const struct pf_file_entry saved = {"ens1", 1, 1};
    struct daqs_error err = {0};
    (void)state;
    assert_int_not_equal(pf_file_save("/proc/none", &saved, 1, &err), DAQS_OK);
    assert_non_null(strstr(err.text, "/proc/none"));
}

/* A number that overflows in scanf would name another VF. */
static void only_written_rows_are_read(void **state)
{
    struct pf_file_entry *entry;
    FILE *file = fopen(path, "we");
    (void)state;
    assert_non_null(file);
    assert_true(fputs("eth0 -1 7\neth0 4294967297 7\neth0 1 2 3\neth0  1 2\neth0 01 2\n", file) >=
                0);
    assert_true(fprintf(file, "%063deth1 1 2\neth0 3 4\neth0 5 6", 0) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(load(&entry), 1);
    assert_string_equal(entry[0].pf, "eth0");
    assert_int_equal(entry[0].vf, 3);
    free(entry);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_a_file_there_is_nothing),          CASE(saved_orders_are_loaded),
        CASE(lines_that_make_no_sense_are_left_out),    CASE(only_written_rows_are_read),
        CASE(a_folder_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
