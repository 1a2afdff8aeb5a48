/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stores a mode (DEFAULT: removes it). Returns the result. */
enum { DEFAULT = -1 };

static int write_mode(struct box *box, const char *host, const char *uplink, int mode)
{
    bool done = false;
    struct records_policy *job = calloc(1, sizeof *job);
    assert_non_null(job);
    (void)snprintf(job->host, sizeof job->host, "%s", host);
    (void)snprintf(job->uplink, sizeof job->uplink, "%s", uplink);
    (void)snprintf(job->by, sizeof job->by, "alice");
    job->at_ms = 4321;
    job->has_mode = mode != DEFAULT;
    job->mode = mode != DEFAULT ? (enum policy_mode)mode : POLICY_MODE_MINIMUM;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_policy(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    int result = job->base.result;
    free(job);
    return result;
}

/* Returns the overrides that a controller would load at its start. */
static struct policy_overrides load(struct box *box)
{
    struct daqs_error err = {0};
    struct policy_overrides overrides = {0};
    close_store(box);
    open_store(box);
    if (records_load_overrides(box->records, &overrides, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    return overrides;
}

static int mode_of(const struct policy_overrides *overrides, const char *host, const char *uplink)
{
    for (size_t i = 0; i < overrides->count; i++)
        if (strcmp(overrides->entry[i].host, host) == 0 &&
            strcmp(overrides->entry[i].uplink, uplink) == 0)
            return (int)overrides->entry[i].mode;
    return DEFAULT;
}

static void every_mode_is_there_after_a_restart(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_mode(box, "a", "", POLICY_MODE_FAIR), DAQS_OK);
    assert_int_equal(write_mode(box, "a", "up0", POLICY_MODE_WEIGHTED), DAQS_OK);
    assert_int_equal(write_mode(box, "b", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(write_mode(box, "c", "up0", POLICY_MODE_MINIMUM), DAQS_OK);
    struct policy_overrides overrides = load(box);
    assert_int_equal(overrides.count, 4);
    assert_int_equal(mode_of(&overrides, "a", ""), POLICY_MODE_FAIR);
    assert_int_equal(mode_of(&overrides, "a", "up0"), POLICY_MODE_WEIGHTED);
    assert_int_equal(mode_of(&overrides, "b", "up0"), POLICY_MODE_OFF);
    assert_int_equal(mode_of(&overrides, "c", "up0"), POLICY_MODE_MINIMUM);
    policy_overrides_done(&overrides);
}

static void the_latest_mode_counts(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_mode(box, "a", "up0", POLICY_MODE_FAIR), DAQS_OK);
    assert_int_equal(write_mode(box, "a", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM policy"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM policy WHERE updated_by = 'alice'"
                                 " AND updated_ms = 4321"),
                     1);
    struct policy_overrides overrides = load(box);
    assert_int_equal(mode_of(&overrides, "a", "up0"), POLICY_MODE_OFF);
    policy_overrides_done(&overrides);
}

static void the_audit_trail_has_the_mode_before_and_after(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_mode(box, "a", "up0", POLICY_MODE_FAIR), DAQS_OK);
    assert_int_equal(write_mode(box, "a", "up0", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(write_mode(box, "a", "up0", DEFAULT), DAQS_OK);
    static const char *const trail[] = {"id = 1 AND old_text = 'default' AND new_text = 'fair'",
                                        "id = 2 AND old_text = 'fair' AND new_text = 'off'",
                                        "id = 3 AND old_text = 'off' AND new_text = 'default'"};
    for (size_t i = 0; i < 3; i++) {
        char sql[256];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM audit WHERE what = 'set-policy' AND host = 'a' AND"
                       " vm = 'up0' AND by = 'alice' AND at_ms = 4321 AND %s",
                       trail[i]);
        assert_int_equal(number(box, sql), 1);
    }
}

static void the_configured_mode_leaves_nothing_behind(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_mode(box, "a", "up0", POLICY_MODE_FAIR), DAQS_OK);
    assert_int_equal(write_mode(box, "a", "", POLICY_MODE_OFF), DAQS_OK);
    assert_int_equal(write_mode(box, "a", "up0", DEFAULT), DAQS_OK);
    assert_int_equal(write_mode(box, "never", "set", DEFAULT), DAQS_OK);
    struct policy_overrides overrides = load(box);
    assert_int_equal(overrides.count, 1);
    assert_int_equal(mode_of(&overrides, "a", ""), POLICY_MODE_OFF);
    policy_overrides_done(&overrides);
}

static void the_file_lets_no_unknown_mode_in(void **state)
{
    struct box *box = *state;
    sqlite3 *db = open_file(box);
    struct daqs_error err = {0};
    assert_int_not_equal(
        sqlite_run(db, "INSERT INTO policy VALUES ('a', 'up0', 'maximum', 1, 'bob')", &err),
        DAQS_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM policy"), 0);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(every_mode_is_there_after_a_restart),
        IN_STORE(the_latest_mode_counts),
        IN_STORE(the_audit_trail_has_the_mode_before_and_after),
        IN_STORE(the_configured_mode_leaves_nothing_behind),
        IN_STORE(the_file_lets_no_unknown_mode_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
