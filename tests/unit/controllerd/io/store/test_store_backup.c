/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/store_box.h"

enum { PATH_BYTES = STORE_BOX_NAME_BYTES };

static const char *in_folder(const struct box *box, const char *name, char buf[static PATH_BYTES])
{
    (void)snprintf(buf, PATH_BYTES, "%s/%s", box->folder, name);
    return buf;
}

static bool exists(const struct box *box, const char *name)
{
    char path[PATH_BYTES];
    struct stat s;
    return lstat(in_folder(box, name, path), &s) == 0;
}

static void put_file(const struct box *box, const char *name, const char *text)
{
    char path[PATH_BYTES];
    FILE *file = fopen(in_folder(box, name, path), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Makes a backup into the folder. Returns its result. */
static int back_up(struct box *box, const char *name, struct daqs_error *err)
{
    bool done = false;
    struct store_backup job = {.base = {.done = set_flag, .context = &done}};
    (void)in_folder(box, name, job.path);
    assert_int_equal(store_backup(box->store, &job), DAQS_OK);
    while (!done) {
        struct pollfd fd = {.fd = store_backup_fd(box->store), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, PATIENCE_S * 1000), 1);
        store_reap(box->store);
    }
    *err = job.base.error;
    return job.base.result;
}

static void assert_sound(const struct box *box, const char *name)
{
    struct box copy = *box;
    (void)in_folder(box, name, copy.path);
    assert_int_equal(number(&copy, "SELECT count(*) FROM pragma_integrity_check"
                                   " WHERE integrity_check = 'ok'"),
                     1);
    assert_true(number(&copy, "SELECT count(*) FROM migration") > 0);
}

/* --- */

static void a_copy_is_one_file_that_is_complete_by_itself(void **state)
{
    struct box *box = *state;
    struct daqs_error err;
    char path[PATH_BYTES];
    struct stat s;
    assert_int_equal(back_up(box, "copy.db", &err), DAQS_OK);
    assert_false(exists(box, "copy.db.part") || exists(box, "copy.db.part-wal") ||
                 exists(box, "copy.db.part-shm") || exists(box, "copy.db.part-journal"));
    assert_int_equal(stat(in_folder(box, "copy.db", path), &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_sound(box, "copy.db");
    assert_false(exists(box, "copy.db-wal"));
}

static void what_a_killed_controller_left_is_replaced(void **state)
{
    struct box *box = *state;
    struct daqs_error err;
    put_file(box, "copy.db.part", "half of a copy");
    put_file(box, "copy.db.part-wal", "half of a log");
    put_file(box, "copy.db.part-journal", "half of a journal");
    assert_int_equal(back_up(box, "copy.db", &err), DAQS_OK);
    assert_false(exists(box, "copy.db.part") || exists(box, "copy.db.part-wal") ||
                 exists(box, "copy.db.part-journal"));
    assert_sound(box, "copy.db");
}

static void nothing_is_overwritten(void **state)
{
    struct box *box = *state;
    struct daqs_error err;
    char path[PATH_BYTES];
    char text[8] = "";
    put_file(box, "copy.db", "mine");
    assert_int_equal(back_up(box, "copy.db", &err), DAQS_ESYSTEM);
    assert_non_null(strstr(err.text, "File exists; nothing is overwritten"));
    int fd = open(in_folder(box, "copy.db", path), O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof text - 1), 4);
    assert_string_equal(text, "mine");
    close(fd);
    assert_int_equal(symlink("nowhere", in_folder(box, "link.db", path)), 0);
    assert_int_equal(back_up(box, "link.db", &err), DAQS_ESYSTEM);
    assert_false(exists(box, "link.db.part"));
}

/* What is removed before a copy is made must not be a file of the database. */
static void a_name_that_leads_to_the_database_is_refused(void **state)
{
    static const char *const own[] = {"live.db.part", "live.db.part-journal", "live.db.part-wal"};
    static const char *const named[] = {"daqs.db", "daqs.db-wal", "daqs.db-shm", "daqs.db.lock"};
    struct box *box = *state;
    struct daqs_error err;
    open_store(box);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        assert_int_equal(back_up(box, named[i], &err), DAQS_EREFUSED);
        assert_non_null(strstr(err.text, "file of the database itself"));
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        close_store(box);
        (void)snprintf(box->path, sizeof box->path, "%s/%s", box->folder, own[i]);
        open_store(box);
        assert_int_equal(back_up(box, "live.db", &err), DAQS_EREFUSED);
        assert_true(exists(box, own[i]));
    }
}

/* --- damage --- */

static void a_damaged_database_is_not_copied(void **state)
{
    struct box *box = *state;
    struct daqs_error err;
    box_damage(box, "event");
    assert_null(store_damage(box->store));
    assert_int_equal(back_up(box, "copy.db", &err), DAQS_ESTORE);
    assert_non_null(strstr(err.text, "the database is damaged; keep the older backups"));
    assert_false(exists(box, "copy.db") || exists(box, "copy.db.part") ||
                 exists(box, "copy.db.part-wal") || exists(box, "copy.db.part-shm"));
    assert_non_null(store_damage(box->store));
}

static int write_event(struct box *box)
{
    bool done = false;
    struct event *event = event_new(EVENT_OVERSUBSCRIBED, "node1", "", "up0", "text");
    assert_non_null(event);
    event->id = 1;
    struct store_events job = {
        .base = {.done = set_flag, .context = &done}, .now_ms = 1, .count = 1, .first = event};
    assert_int_equal(store_write_events(box->store, &job), DAQS_OK);
    wait_for(box->store, &done);
    free(event);
    return job.base.result;
}

static void damaged_events_show_when_one_is_written(void **state)
{
    struct box *box = *state;
    box_damage(box, "event");
    assert_int_equal(write_event(box), DAQS_ESTORE);
    assert_non_null(strstr(store_damage(box->store), "malformed"));
}

static void damaged_events_show_when_they_are_read(void **state)
{
    struct box *box = *state;
    box_damage(box, "event");
    struct store_question *question = box_question("", "", 0, 1000);
    box_ask(box, question, store_query_events);
    assert_int_equal(question->base.result, DAQS_ESTORE);
    assert_non_null(strstr(store_damage(box->store), "malformed"));
    history_answered(question);
}

static void damaged_events_stop_neither_the_start_nor_history(void **state)
{
    struct box *box = *state;
    struct daqs_error err = {0};
    struct names names;
    assert_int_equal(write_event(box), DAQS_OK);
    box_damage(box, "event");
    box_damage(box, "oversubscribed");
    struct oversold *oversold = oversold_new();
    assert_int_equal(store_load_oversold(box->store, oversold, &err), DAQS_OK);
    assert_non_null(store_damage(box->store));
    oversold_free(oversold);
    name_all(box, &names);
    assert_int_equal(write_second(box, 1000, &names, 2, 1, 1, 1, NULL), DAQS_OK);
}

/* --- stopping --- */

static void keep_result(struct store_job *job)
{
    *(struct daqs_error *)job->context = job->error;
}

static void a_backup_that_the_stop_prevents_has_a_reason(void **state)
{
    struct box *box = *state;
    struct daqs_error err = {0};
    struct store_backup job = {.base = {.done = keep_result, .context = &err}};
    (void)in_folder(box, "copy.db", job.path);
    assert_int_equal(store_backup(box->store, &job), DAQS_OK);
    close_store(box);
    /* It was not begun, or it was cut short, or it was complete. */
    if (exists(box, "copy.db"))
        assert_int_equal(err.code, DAQS_OK);
    else
        assert_true(err.code == DAQS_EBUSY && *err.text);
    assert_false(exists(box, "copy.db.part"));
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_all)
#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)
    const struct CMUnitTest tests[] = {
        IN_STORE(a_copy_is_one_file_that_is_complete_by_itself),
        IN_STORE(what_a_killed_controller_left_is_replaced),
        IN_STORE(nothing_is_overwritten),
        IN_FOLDER(a_name_that_leads_to_the_database_is_refused),
        IN_STORE(a_damaged_database_is_not_copied),
        IN_STORE(damaged_events_show_when_one_is_written),
        IN_STORE(damaged_events_show_when_they_are_read),
        IN_STORE(damaged_events_stop_neither_the_start_nor_history),
        IN_STORE(a_backup_that_the_stop_prevents_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
