/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the result. */
static int write_host(struct box *box, const char *host, enum records_host_change what)
{
    bool done = false;
    struct records_host *job = calloc(1, sizeof *job);
    assert_non_null(job);
    (void)snprintf(job->host, sizeof job->host, "%s", host);
    (void)snprintf(job->by, sizeof job->by, "alice");
    job->at_ms = 4321;
    job->what = what;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_host(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    int result = job->base.result;
    free(job);
    return result;
}

/* Returns what a controller would load at its start; the caller frees it. */
static struct maintenance *load(struct box *box)
{
    struct daqs_error err = {0};
    struct maintenance *maintenance = maintenance_new();
    assert_non_null(maintenance);
    close_store(box);
    open_store(box);
    if (records_load_maintenance(box->records, maintenance, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    return maintenance;
}

static void maintenance_is_there_after_a_restart(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_host(box, "a", RECORDS_MAINTENANCE_ON), DAQS_OK);
    assert_int_equal(write_host(box, "b", RECORDS_MAINTENANCE_ON), DAQS_OK);
    assert_int_equal(write_host(box, "b", RECORDS_MAINTENANCE_OFF), DAQS_OK);
    struct maintenance *maintenance = load(box);
    assert_int_equal(maintenance_count(maintenance), 1);
    assert_string_equal(maintenance_find(maintenance, "a")->by, "alice");
    assert_int_equal(maintenance_find(maintenance, "a")->since_ms, 4321);
    maintenance_free(maintenance);
}

static void each_change_is_in_the_audit_trail(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_host(box, "a", RECORDS_MAINTENANCE_ON), DAQS_OK);
    assert_int_equal(write_host(box, "a", RECORDS_MAINTENANCE_OFF), DAQS_OK);
#define TRAIL                                                                                      \
    "SELECT count(*) FROM audit WHERE what = 'maintenance' AND host = 'a' AND by = 'alice'"        \
    " AND at_ms = 4321 AND "
    assert_int_equal(number(box, TRAIL "id = 1 AND old_text = 'off' AND new_text = 'on'"), 1);
    assert_int_equal(number(box, TRAIL "id = 2 AND old_text = 'on' AND new_text = 'off'"), 1);
}

static void a_forgotten_host_leaves_only_its_records(void **state)
{
    struct box *box = *state;
    run(box, "INSERT INTO peer VALUES ('a', 'key a', 'agent', 1, 'bob'),"
             " ('b', 'key b', 'agent', 1, 'bob'), ('kim', 'key k', 'operator', 1, 'bob')");
    run(box, "INSERT INTO policy VALUES ('a', '', 'off', 1, 'bob'), ('a', 'up0', 'fair', 1, 'bob'),"
             " ('b', 'up0', 'off', 1, 'bob')");
    assert_int_equal(write_host(box, "a", RECORDS_MAINTENANCE_ON), DAQS_OK);
    assert_int_equal(write_host(box, "b", RECORDS_MAINTENANCE_ON), DAQS_OK);
    assert_int_equal(write_host(box, "a", RECORDS_FORGET_HOST), DAQS_OK);
    assert_int_equal(write_host(box, "kim", RECORDS_FORGET_HOST), DAQS_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM peer"), 2);
    assert_int_equal(number(box, "SELECT count(*) FROM policy WHERE host = 'b'"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM policy"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM maintenance WHERE host = 'b'"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM maintenance"), 1);
    static const char *const trail[] = {
        "what = 'revoke' AND vm = '' AND old_text = 'agent key a' AND new_text IS NULL",
        "what = 'set-policy' AND vm = '' AND old_text = 'off' AND new_text = 'default'",
        "what = 'set-policy' AND vm = 'up0' AND old_text = 'fair' AND new_text = 'default'",
        "what = 'maintenance' AND vm = '' AND old_text = 'on' AND new_text = 'off'",
    };
    for (size_t i = 0; i < sizeof trail / sizeof trail[0]; i++) {
        char sql[256];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM audit WHERE host = 'a' AND by = 'alice' AND %s",
                       trail[i]);
        assert_int_equal(number(box, sql), 1);
    }
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 6);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(maintenance_is_there_after_a_restart),
        IN_STORE(each_change_is_in_the_audit_trail),
        IN_STORE(a_forgotten_host_leaves_only_its_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
