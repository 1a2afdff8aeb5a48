/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/file.h"

static char dir[64];
static char path[PATH_MAX]; /* DIR/it */
static struct daqs_error err;

static int setup(void **state)
{
    (void)state;
    memset(&err, 0, sizeof err);
    (void)snprintf(dir, sizeof dir, "/tmp/daqs-test-file-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/it", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)remove(path);
    return rmdir(dir);
}

static void assert_reads(const char *bytes, size_t length, size_t most)
{
    char *text DAQS_AUTO_FREE = NULL;
    size_t read = 99;
    assert_int_equal(daqs_read_file(dir, "it", most, &text, &read, &err), DAQS_OK);
    assert_int_equal(read, length);
    assert_memory_equal(text, bytes, length);
    assert_int_equal(text[length], '\0');
}

static void assert_refused(size_t most, int code, const char *why)
{
    char *text = NULL;
    size_t read = 99;
    assert_int_equal(daqs_read_file(dir, "it", most, &text, &read, &err), code);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, why));
    assert_null(text);
    assert_int_equal(read, 99);
}

static void written_rows_are_read(void **state)
{
    (void)state;
    assert_int_equal(daqs_write_file(dir, "it", "a\nb\n", 0600, &err), DAQS_OK);
    assert_reads("a\nb\n", 4, 100);
    assert_int_equal(daqs_write_file(dir, "it", "", 0600, &err), DAQS_OK);
    assert_reads("", 0, 100);
}

static void a_file_may_have_the_given_size_at_most(void **state)
{
    (void)state;
    assert_int_equal(daqs_write_file(dir, "it", "four", 0600, &err), DAQS_OK);
    assert_reads("four", 4, 4);
    assert_refused(3, DAQS_ETOOBIG, "too large");
    assert_refused(0, DAQS_ETOOBIG, "too large");
}

static void zero_bytes_are_bytes(void **state)
{
    (void)state;
    int fd DAQS_AUTO_CLOSE = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "a\0b", 3), 3);
    assert_reads("a\0b", 3, 100);
}

/* /proc reports a length of 0; a pipe delivers its bytes in pieces. */
static void a_file_that_comes_in_pieces_is_read_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    char *text DAQS_AUTO_FREE = NULL;
    size_t read = 0;
    char name[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "ab", 2), 2);
    (void)snprintf(name, sizeof name, "%d", ends[0]);
    pid_t child = fork();
    if (child == 0) {
        (void)usleep(50000);
        _exit(write(ends[1], "cd", 2) == 2 ? 0 : 1);
    }
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(daqs_read_file("/proc/self/fd", name, 100, &text, &read, &err), DAQS_OK);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_string_equal(text, "abcd");
    assert_int_equal(close(ends[0]), 0);
}

static void a_missing_file_is_distinguished_from_an_unreadable_one(void **state)
{
    (void)state;
    assert_refused(100, DAQS_ENOTFOUND, "No such file");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(100, DAQS_EIO, "Is a directory");
}

static void a_folder_has_no_slash_at_its_end_except_the_root(void **state)
{
    (void)state;
    char folder[PATH_MAX];
    assert_string_equal(daqs_folder_of("/var/lib/daqs/daqs.db", folder), "/var/lib/daqs");
    assert_string_equal(daqs_folder_of("/daqs.db", folder), "/");
    assert_string_equal(daqs_folder_of("here/daqs.db", folder), "here");
    assert_string_equal(daqs_folder_of("daqs.db", folder), ".");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_has_no_slash_at_its_end_except_the_root),
        cmocka_unit_test_setup_teardown(written_rows_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_may_have_the_given_size_at_most, setup, teardown),
        cmocka_unit_test_setup_teardown(zero_bytes_are_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_comes_in_pieces_is_read_to_its_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_distinguished_from_an_unreadable_one,
                                        setup, teardown),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
