/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agentd/epoch_file.h"

static char dir[64];
static char path[96];  /* DIR/epoch */
static char fresh[96]; /* DIR/epoch.new */
static struct daqs_error err;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/daqs-test-epoch-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/epoch", dir);
    (void)snprintf(fresh, sizeof fresh, "%s/epoch.new", dir);
    memset(&err, 0, sizeof err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)remove(path);
    (void)remove(fresh);
    return rmdir(dir);
}

static void put(const char *bytes, size_t length)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void assert_loads(uint64_t expected)
{
    uint64_t epoch = 9999;
    assert_int_equal(epoch_file_load(dir, &epoch, &err), DAQS_OK);
    assert_int_equal(epoch, expected);
}

static void assert_damaged(const char *bytes, size_t length)
{
    uint64_t epoch = 9999;
    memset(&err, 0, sizeof err);
    put(bytes, length);
    assert_int_equal(epoch_file_load(dir, &epoch, &err), DAQS_EFORMAT);
    assert_int_equal(epoch, 9999);
    assert_non_null(strstr(err.text, path));
}

static void saved_orders_are_loaded(void **state)
{
    (void)state;
    static const uint64_t epochs[] = {1, 42, 0, 9999999999, INT64_MAX};
    for (size_t i = 0; i < sizeof epochs / sizeof epochs[0]; i++) {
        assert_int_equal(epoch_file_save(dir, epochs[i], &err), DAQS_OK);
        assert_loads(epochs[i]);
    }
}

static void a_shorter_number_leaves_nothing_of_a_longer_one(void **state)
{
    (void)state;
    assert_int_equal(epoch_file_save(dir, 123456789, &err), DAQS_OK);
    assert_int_equal(epoch_file_save(dir, 7, &err), DAQS_OK);
    assert_loads(7);
}

static void a_missing_file_is_epoch_zero(void **state)
{
    (void)state;
    assert_loads(0);
}

static void a_missing_folder_is_epoch_zero(void **state)
{
    (void)state;
    uint64_t epoch = 9999;
    assert_int_equal(epoch_file_load("/tmp/daqs-test-no-such-folder", &epoch, &err), DAQS_OK);
    assert_int_equal(epoch, 0);
}

static void saving_makes_the_folder(void **state)
{
    (void)state;
    char below[96];
    char file[128];
    uint64_t epoch = 0;
    (void)snprintf(below, sizeof below, "%s/daqs", dir);
    (void)snprintf(file, sizeof file, "%s/epoch", below);
    assert_int_equal(epoch_file_save(below, 5, &err), DAQS_OK);
    assert_int_equal(epoch_file_load(below, &epoch, &err), DAQS_OK);
    assert_int_equal(epoch, 5);
    assert_int_equal(remove(file), 0);
    assert_int_equal(rmdir(below), 0);
}

static void saving_leaves_nothing_else_behind(void **state)
{
    (void)state;
    assert_int_equal(epoch_file_save(dir, 5, &err), DAQS_OK);
    assert_int_equal(access(fresh, F_OK), -1);
}

static void a_damaged_file_is_an_error(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "",     "\n",     "12",      "abc\n",  "12abc\n",
        "1 2",  "-5\n",   "0x10\n",  "1.5\n",  "99999999999999999999\n",
        "\xff", "12\r\n", "12 34\n", "5\n7\n", "9223372036854775808\n",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
        assert_damaged(damaged[i], strlen(damaged[i]));
    assert_damaged("\0\0\0\0", 4); /* what a crash leaves if the data did not reach the disk */
    assert_damaged("12\0\n", 4);
}

static void a_damaged_file_is_repaired_by_the_next_epoch(void **state)
{
    (void)state;
    assert_damaged("abc", 3);
    assert_int_equal(epoch_file_save(dir, 8, &err), DAQS_OK);
    assert_loads(8);
}

static void a_folder_in_the_files_place_is_an_error(void **state)
{
    (void)state;
    uint64_t epoch = 9999;
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(epoch_file_load(dir, &epoch, &err), DAQS_OK);
    assert_int_equal(epoch, 9999);
    assert_int_equal(epoch_file_save(dir, 5, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, path));
}

/* A path below a file cannot be written, not even by root. */
static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    char below[128];
    uint64_t epoch = 9999;
    put("1\n", 2);
    (void)snprintf(below, sizeof below, "%s/daqs", path);
    assert_int_equal(epoch_file_save(below, 5, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "/epoch: "));
    assert_int_equal(epoch_file_load(below, &epoch, &err), DAQS_EIO);
    assert_int_equal(epoch, 9999);
}

static void when_saving_fails_the_old_number_stays(void **state)
{
    (void)state;
    assert_int_equal(epoch_file_save(dir, 41, &err), DAQS_OK);
    assert_int_equal(mkdir(fresh, 0700), 0);
    assert_int_equal(epoch_file_save(dir, 42, &err), DAQS_EIO);
    assert_loads(41);
}

/* As a crash in the middle of saving leaves it. */
static void half_a_new_file_does_not_matter(void **state)
{
    (void)state;
    assert_int_equal(epoch_file_save(dir, 41, &err), DAQS_OK);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "99999", 5), 5);
    assert_int_equal(close(fd), 0);
    assert_loads(41);
    assert_int_equal(epoch_file_save(dir, 42, &err), DAQS_OK);
    assert_loads(42);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(saved_orders_are_loaded),
        CASE(a_shorter_number_leaves_nothing_of_a_longer_one),
        CASE(a_missing_file_is_epoch_zero),
        CASE(a_missing_folder_is_epoch_zero),
        CASE(saving_makes_the_folder),
        CASE(saving_leaves_nothing_else_behind),
        CASE(a_damaged_file_is_an_error),
        CASE(a_damaged_file_is_repaired_by_the_next_epoch),
        CASE(a_folder_in_the_files_place_is_an_error),
        CASE(a_folder_that_cannot_be_written_is_an_error),
        CASE(when_saving_fails_the_old_number_stays),
        CASE(half_a_new_file_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
