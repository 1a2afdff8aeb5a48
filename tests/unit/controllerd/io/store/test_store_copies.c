/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/file.h"
#include "tests/lib/store_box.h"

static void assert_content(const struct box *box, const char *name, const char *expected)
{
    char *text = NULL;
    size_t length = 0;
    struct daqs_error err = {0};
    if (daqs_read_file(box->folder, name, 4096, &text, &length, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    const char *content = text;
    while (*content == '#')
        content = strchr(content, '\n') + 1;
    assert_string_equal(content, expected);
    free(text);
}

static bool is_there(const struct box *box, const char *name)
{
    char path[2 * STORE_BOX_NAME_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", box->folder, name);
    return access(path, F_OK) == 0;
}

static void set_sla(struct box *box, const char *vm, daqs_bps min)
{
    const struct sla sla = {.min = min, .max = DAQS_UNLIMITED, .weight = 2};
    bool done = false;
    struct records_changeset job = {
        .base = {.done = set_flag, .context = &done}, .by = "alice", .at_ms = 1};
    changeset_init(&job.changeset);
    struct ledger_change *change = changeset_add(&job.changeset, LEDGER_SET, "node 1", vm, NULL);
    assert_non_null(change);
    change->has_new = true;
    change->new_sla = sla;
    assert_int_equal(records_write_changeset(box->records, &job), DAQS_OK);
    wait_for(box->store, &done);
    assert_int_equal(job.base.result, DAQS_OK);
    changeset_done(&job.changeset);
}

static int write_copies(struct box *box, struct daqs_error *err)
{
    bool done = false;
    struct store_job job = {.done = set_flag, .context = &done};
    assert_int_equal(store_write_copies(box->store, &job), DAQS_OK);
    wait_for(box->store, &done);
    *err = job.error;
    return job.result;
}

static void enroll(struct box *box)
{
    bool done = false;
    struct records_principal job = {.base = {.done = set_flag, .context = &done},
                                    .name = "node1",
                                    .key.byte = {1, 2, 3},
                                    .role = ROLE_AGENT,
                                    .by = "alice",
                                    .at_ms = 1};
    assert_int_equal(records_write_principal(box->records, &job), DAQS_OK);
    wait_for(box->store, &done);
    assert_int_equal(job.base.result, DAQS_OK);
}

#define KEY "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void both_files_follow_the_database(void **state)
{
    struct box *box = *state;
    struct daqs_error err;
    char path[2 * STORE_BOX_NAME_BYTES];
    struct stat s;
    assert_true(store_copies_due(box->store)); /* they may be missing, or old */
    assert_int_equal(write_copies(box, &err), DAQS_OK);
    assert_false(store_copies_due(box->store));
    assert_content(box, STORE_SLA_FILE, "");
    set_sla(box, "web", 2000000);
    assert_true(store_copies_due(box->store));
    set_sla(box, "db]", 1000000);
    enroll(box);
    assert_int_equal(write_copies(box, &err), DAQS_OK);
    assert_content(box, STORE_SLA_FILE,
                   "[node 1/db%5D]\nmin = 1Mbit\nweight = 2\n"
                   "[node 1/web]\nmin = 2Mbit\nweight = 2\n");
    assert_content(box, STORE_KEY_FILE, "node1 " KEY " agent\n");
    (void)snprintf(path, sizeof path, "%s/" STORE_SLA_FILE, box->folder);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0640);
}

static void what_is_due_is_written_when_the_store_is_closed(void **state)
{
    struct box *box = *state;
    set_sla(box, "web", 2000000);
    close_store(box);
    assert_content(box, STORE_SLA_FILE, "[node 1/web]\nmin = 2Mbit\nweight = 2\n");
}

static void a_file_that_cannot_be_written_stays_due(void **state)
{
    struct box *box = *state;
    struct daqs_error err;
    char path[2 * STORE_BOX_NAME_BYTES];
    (void)snprintf(path, sizeof path, "%s/" STORE_SLA_FILE ".new", box->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(write_copies(box, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "slas.ini: Is a directory"));
    assert_true(store_copies_due(box->store));
    set_sla(box, "web", 2000000);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(write_copies(box, &err), DAQS_OK);
    assert_content(box, STORE_SLA_FILE, "[node 1/web]\nmin = 2Mbit\nweight = 2\n");
}

/* Whoever loses the database and starts the controller finds the SLAs all the same. */
static void a_new_database_replaces_no_file_of_an_earlier_one(void **state)
{
    struct box *box = *state;
    char path[PATH_MAX];
    set_sla(box, "web", 2000000);
    assert_true(store_is_new(box->store));
    assert_false(store_newest_aside(box->store, STORE_SLA_FILE, path));
    for (int i = 0; i < 2; i++) { /* the second time there is nothing worth keeping */
        close_store(box);
        assert_int_equal(unlink(box->path), 0);
        open_store(box);
        assert_true(store_is_new(box->store));
        assert_content(box, STORE_SLA_FILE ".1970-01-01T00-00-00Z",
                       "[node 1/web]\nmin = 2Mbit\nweight = 2\n");
        assert_true(store_newest_aside(box->store, STORE_SLA_FILE, path));
        assert_non_null(strstr(path, "/" STORE_SLA_FILE ".1970-01-01T00-00-00Z"));
        assert_false(store_newest_aside(box->store, STORE_KEY_FILE, path));
    }
    close_store(box);
    assert_true(is_there(box, STORE_SLA_FILE));
    open_store(box);
    assert_false(store_is_new(box->store));
}

int main(void)
{
#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)
    const struct CMUnitTest tests[] = {
        IN_STORE(both_files_follow_the_database),
        IN_STORE(what_is_due_is_written_when_the_store_is_closed),
        IN_STORE(a_file_that_cannot_be_written_stays_due),
        IN_STORE(a_new_database_replaces_no_file_of_an_earlier_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
