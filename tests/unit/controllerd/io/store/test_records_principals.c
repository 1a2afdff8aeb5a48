/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/net/key.h"

static struct daqs_key key(uint8_t number)
{
    struct daqs_key key;
    memset(&key, number, sizeof key);
    return key;
}

/* Enrolls a peer, or revokes it (role -1). Returns the result. */
enum { REVOKE = -1 };
enum how { REPLACE, KEEP, ONLY_NEW };

static int write_how(struct box *box, const char *name, uint8_t number, int role, enum how how)
{
    bool done = false;
    struct records_principal *job = calloc(1, sizeof *job);
    assert_non_null(job);
    (void)snprintf(job->name, sizeof job->name, "%s", name);
    (void)snprintf(job->by, sizeof job->by, "alice");
    job->at_ms = 4321;
    job->key = key(number);
    job->remove = role == REVOKE;
    job->replace = how == REPLACE;
    job->only_new = how == ONLY_NEW;
    job->role = job->remove ? ROLE_AGENT : (enum role)role;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_principal(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    int result = job->base.result;
    free(job);
    return result;
}

static int write_peer(struct box *box, const char *name, uint8_t number, int role)
{
    return write_how(box, name, number, role, REPLACE);
}

/* Returns the principals that a controller would admit after a start; the caller frees them. */
static struct principals *load(struct box *box)
{
    struct daqs_error err = {0};
    struct principals *principals = principals_new(100);
    assert_non_null(principals);
    close_store(box);
    open_store(box);
    if (records_load_principals(box->records, principals, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    return principals;
}

static void peers_are_there_after_a_restart(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_peer(box, "node1", 1, ROLE_AGENT), DAQS_OK);
    assert_int_equal(write_peer(box, "alice", 2, ROLE_OPERATOR), DAQS_OK);
    assert_int_equal(write_peer(box, "bob", 3, ROLE_VIEWER), DAQS_OK);
    struct principals *principals = load(box);
    assert_int_equal(principals_count(principals), 3);
    const struct daqs_key second = key(2);
    const struct principal *alice = principals_with_key(principals, &second);
    assert_non_null(alice);
    assert_string_equal(alice->name, "alice");
    assert_int_equal(alice->role, ROLE_OPERATOR);
    assert_int_equal(alice->enrolled_ms, 4321);
    assert_string_equal(alice->enrolled_by, "alice");
    assert_int_equal(principals_named(principals, "bob")->role, ROLE_VIEWER);
    principals_free(principals);
}

static void a_revoked_key_stays_rejected_after_a_restart(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_peer(box, "node1", 1, ROLE_AGENT), DAQS_OK);
    assert_int_equal(write_peer(box, "node1", 2, ROLE_AGENT), DAQS_OK);
    struct principals *principals = load(box);
    const struct daqs_key first = key(1);
    assert_null(principals_with_key(principals, &first));
    assert_int_equal(principals_count(principals), 1);
    principals_free(principals);
    assert_int_equal(write_peer(box, "node1", 0, REVOKE), DAQS_OK);
    principals = load(box);
    assert_int_equal(principals_count(principals), 0);
    principals_free(principals);
}

static void the_audit_trail_has_the_keys(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_peer(box, "node1", 0, ROLE_AGENT), DAQS_OK);
    assert_int_equal(write_peer(box, "node1", 255, ROLE_VIEWER), DAQS_OK);
    assert_int_equal(write_peer(box, "node1", 9, REVOKE), DAQS_OK);
#define TRAIL "SELECT count(*) FROM audit WHERE host = 'node1' AND vm = '' AND by = 'alice' AND "
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ONES "//////////////////////////////////////////8="
    assert_int_equal(
        number(box, TRAIL "what = 'enroll' AND old_text IS NULL AND new_text = 'agent " ZEROS "'"),
        1);
    assert_int_equal(number(box, TRAIL "what = 'enroll' AND old_text = 'agent " ZEROS "'"
                                       " AND new_text = 'viewer " ONES "'"),
                     1);
    assert_int_equal(number(box, TRAIL "what = 'revoke' AND old_text = 'viewer " ONES "'"
                                       " AND new_text IS NULL"),
                     1);
}

static void a_key_is_one_peers(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_peer(box, "node1", 1, ROLE_AGENT), DAQS_OK);
    assert_int_equal(write_peer(box, "node2", 1, ROLE_AGENT), DAQS_ESTORE);
    assert_int_equal(number(box, "SELECT count(*) FROM peer WHERE name = 'node1'"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 1);
}

/* Two peers may enroll at the same time. */
static void a_second_key_replaces_the_first_only_with_force(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_how(box, "node1", 1, ROLE_AGENT, KEEP), DAQS_OK);
    assert_int_equal(write_how(box, "node1", 1, ROLE_AGENT, KEEP), DAQS_OK); /* again */
    assert_int_equal(write_how(box, "node1", 2, ROLE_AGENT, KEEP), DAQS_EEXISTS);
    assert_int_equal(write_how(box, "node1", 1, ROLE_VIEWER, KEEP), DAQS_EEXISTS);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 2);
    assert_int_equal(write_how(box, "node1", 2, ROLE_AGENT, REPLACE), DAQS_OK);
}

static void a_name_that_was_revoked_is_not_new(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_how(box, "node1", 1, ROLE_AGENT, ONLY_NEW), DAQS_OK);
    assert_int_equal(write_peer(box, "node1", 1, REVOKE), DAQS_OK);
    assert_int_equal(write_how(box, "node1", 1, ROLE_AGENT, ONLY_NEW), DAQS_EEXISTS);
    assert_int_equal(number(box, "SELECT count(*) FROM peer"), 0);
    assert_int_equal(write_how(box, "node1", 1, ROLE_AGENT, KEEP), DAQS_OK); /* by an operator */
}

static void an_invalid_principal_lets_nobody_in(void **state)
{
    struct box *box = *state;
    run(box,
        "INSERT INTO peer VALUES ('a', 'x', 'agent', 1, 'alice'),"
        " ('', '" ZEROS "', 'agent', 1, 'alice'), ('b' || char(10), '" ONES "', 'agent', 1, '')");
    struct principals *principals = load(box);
    assert_int_equal(principals_count(principals), 0);
    principals_free(principals);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(peers_are_there_after_a_restart),
        IN_STORE(a_revoked_key_stays_rejected_after_a_restart),
        IN_STORE(the_audit_trail_has_the_keys),
        IN_STORE(a_key_is_one_peers),
        IN_STORE(a_second_key_replaces_the_first_only_with_force),
        IN_STORE(a_name_that_was_revoked_is_not_new),
        IN_STORE(an_invalid_principal_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
