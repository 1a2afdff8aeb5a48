/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/log.h"

/* Standard error is redirected to this file while the code under test logs. */
static FILE *caught;
static int real_stderr;

static int begin_catching(void **state)
{
    (void)state;
    caught = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    return caught && dup2(fileno(caught), STDERR_FILENO) >= 0 ? 0 : -1;
}

static int end_catching(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    return fclose(caught);
}

/* Returns what has been logged since the last call. */
static const char *written(void)
{
    static char text[512 * 1024];
    rewind(caught);
    size_t n = fread(text, 1, sizeof text - 1, caught);
    text[n] = '\0';
    assert_int_equal(ftruncate(fileno(caught), 0), 0);
    lseek(fileno(caught), 0, SEEK_SET);
    return text;
}

/* Sets JOURNAL_STREAM as systemd does when standard error goes to the journal. */
static void be_the_journal(void)
{
    char stream[64];
    struct stat st;
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    (void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
}

static void a_line_has_time_program_level_and_text(void **state)
{
    (void)state;
    unsetenv("JOURNAL_STREAM");
    daqs_log_init("daqs-test", DAQS_LOG_INFO);
    daqs_log(DAQS_LOG_WARNING, "host %s is away", "node1");
    const char *text = written();
    assert_true(strlen(text) > 25);
    assert_int_equal(text[4], '-'); /* 2026-11-23T08:00:00.000Z */
    assert_int_equal(text[10], 'T');
    assert_int_equal(text[23], 'Z');
    assert_string_equal(text + 24, " daqs-test: warning: host node1 is away\n");
}

static void under_systemd_a_line_has_the_journals_prefix(void **state)
{
    (void)state;
    be_the_journal();
    daqs_log_init("daqs-test", DAQS_LOG_DEBUG);
    daqs_log(DAQS_LOG_ERROR, "one");
    daqs_log(DAQS_LOG_WARNING, "two");
    daqs_log(DAQS_LOG_INFO, "three");
    daqs_log(DAQS_LOG_DEBUG, "four");
    assert_string_equal(written(), "<3>one\n<4>two\n<6>three\n<7>four\n");
}

static void a_journal_that_is_somebody_elses_changes_nothing(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    daqs_log_init("daqs-test", DAQS_LOG_INFO);
    daqs_log(DAQS_LOG_INFO, "one");
    assert_string_equal(written() + 24, " daqs-test: one\n");
}

static void lines_below_the_level_are_left_out(void **state)
{
    (void)state;
    be_the_journal();
    daqs_log_init("daqs-test", DAQS_LOG_WARNING);
    daqs_log(DAQS_LOG_INFO, "quiet");
    daqs_log(DAQS_LOG_DEBUG, "quieter");
    daqs_log(DAQS_LOG_WARNING, "heard");
    assert_string_equal(written(), "<4>heard\n");
}

static void text_from_outside_cannot_forge_lines(void **state)
{
    (void)state;
    be_the_journal();
    daqs_log_init("daqs-test", DAQS_LOG_INFO);
    daqs_log(DAQS_LOG_INFO, "guest says '%s'", "a\n<2>forged\r\x1b[2J\tb\x7f");
    assert_string_equal(written(), "<6>guest says 'a?<2>forged??[2J?b?'\n");
}

static void long_lines_are_cut_and_still_end(void **state)
{
    char text[5000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    daqs_log_init("daqs-test", DAQS_LOG_INFO);
    daqs_log(DAQS_LOG_INFO, "%s", text);
    daqs_log(DAQS_LOG_INFO, "next");
    const char *lines = written();
    const char *end = strchr(lines, '\n');
    assert_non_null(end);
    assert_in_range(end - lines, 500, 1100);
    assert_string_equal(end + 1, "<6>next\n");
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 500; i++)
        daqs_log(DAQS_LOG_INFO, "%s", (const char *)arg);
    return NULL;
}

static void lines_of_several_threads_stay_whole(void **state)
{
    static char text[2][101];
    pthread_t thread[2];
    (void)state;
    daqs_log_init("daqs-test", DAQS_LOG_INFO);
    for (int i = 0; i < 2; i++) {
        memset(text[i], 'a' + i, 100);
        assert_int_equal(pthread_create(&thread[i], NULL, write_lines, text[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    int lines = 0;
    for (const char *p = written(); *p; lines++) {
        const char *end = strchr(p, '\n');
        assert_non_null(end);
        assert_int_equal(end - p, 103);
        assert_int_equal(strspn(p + 3, (char[]){p[3], '\0'}), 100);
        p = end + 1;
    }
    assert_int_equal(lines, 1000);
}

static void a_flood_is_cut_to_ten_lines_in_ten_seconds_and_counted(void **state)
{
    struct daqs_log_budget budget = {0};
    int allowed = 0;
    (void)state;
    daqs_log_init("daqs-test", DAQS_LOG_INFO);
    for (int i = 0; i < 1000; i++)
        allowed += daqs_log_allowed(&budget, 5000 + i);
    assert_int_equal(allowed, 10);
    assert_string_equal(written(), "");
    assert_false(daqs_log_allowed(&budget, 5000 + 9999));
    assert_true(daqs_log_allowed(&budget, 5000 + 10000));
    assert_string_equal(written(), "<4>991 similar lines were left out\n");
    assert_true(daqs_log_allowed(&budget, 60000));
    assert_string_equal(written(), ""); /* nothing was left out since then */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_program_level_and_text),
        cmocka_unit_test(under_systemd_a_line_has_the_journals_prefix),
        cmocka_unit_test(a_journal_that_is_somebody_elses_changes_nothing),
        cmocka_unit_test(lines_below_the_level_are_left_out),
        cmocka_unit_test(text_from_outside_cannot_forge_lines),
        cmocka_unit_test(long_lines_are_cut_and_still_end),
        cmocka_unit_test(lines_of_several_threads_stay_whole),
        cmocka_unit_test(a_flood_is_cut_to_ten_lines_in_ten_seconds_and_counted),
    };
    return cmocka_run_group_tests(tests, begin_catching, end_catching);
}
