/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of a principal means for those that authenticate, with a real store. */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/net/auth.h"

struct scene {
    struct box *box;
    struct auth *auth;
    char key[128];
    char changed[64]; /* names whose connections had to go */
    char known[256];  /* "+NAME " for each that was added or replaced, "-NAME " for removed ones */
};

static void on_changed(void *arg, const char *name, const struct principal *principal, bool other)
{
    struct scene *s = arg;
    size_t used = strlen(s->changed);
    if (other)
        (void)snprintf(s->changed + used, sizeof s->changed - used, "%s ", name);
    used = strlen(s->known);
    (void)snprintf(s->known + used, sizeof s->known - used, "%s%s ", principal ? "+" : "-", name);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    (void)snprintf(s->key, sizeof s->key, "%s/controller.key", s->box->folder);
    s->auth = auth_new(&(struct auth_setup){.records = s->box->records,
                                            .key_path = s->key,
                                            .keys_most = 2,
                                            .changed = on_changed,
                                            .arg = s},
                       NULL);
    return s->auth ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    char public[160];
    void *box = s->box;
    auth_free(s->auth);
    close_store(s->box);
    (void)remove(s->key);
    (void)snprintf(public, sizeof public, "%s.pub", s->key);
    (void)remove(public);
    free(s);
    return remove_all(&box);
}

static void enroll(struct scene *s, const char *name, uint8_t key, enum role role)
{
    struct records_principal job = {.role = role, .at_ms = 5, .by = "eve"};
    (void)snprintf(job.name, sizeof job.name, "%s", name);
    memset(&job.key, key, sizeof job.key);
    auth_apply(s->auth, &job);
}

static void remove_one(struct scene *s, const char *name)
{
    struct records_principal job = {.remove = true, .by = "eve"};
    (void)snprintf(job.name, sizeof job.name, "%s", name);
    auth_apply(s->auth, &job);
}

static const struct principal *named(const struct scene *s, const char *name)
{
    return principals_named(auth_principals(s->auth), name);
}

static void one_that_is_enrolled_is_known_by_name_and_key(void **state)
{
    struct scene *s = *state;
    struct daqs_key key;
    memset(&key, 7, sizeof key);
    enroll(s, "node1", 7, ROLE_AGENT);
    assert_non_null(named(s, "node1"));
    assert_string_equal(named(s, "node1")->enrolled_by, "eve");
    assert_ptr_equal(principals_with_key(auth_principals(s->auth), &key), named(s, "node1"));
    assert_string_equal(s->changed, "");
}

static void the_same_again_closes_no_connection(void **state)
{
    struct scene *s = *state;
    enroll(s, "node1", 7, ROLE_AGENT);
    enroll(s, "node1", 7, ROLE_AGENT);
    assert_string_equal(s->changed, "");
}

static void another_key_or_role_closes_connections(void **state)
{
    struct scene *s = *state;
    enroll(s, "node1", 7, ROLE_AGENT);
    enroll(s, "node1", 8, ROLE_AGENT);
    assert_string_equal(s->changed, "node1 ");
    enroll(s, "node1", 8, ROLE_VIEWER);
    assert_string_equal(s->changed, "node1 node1 ");
    assert_int_equal(named(s, "node1")->role, ROLE_VIEWER);
}

static void one_that_is_revoked_is_gone_and_so_are_its_connections(void **state)
{
    struct scene *s = *state;
    enroll(s, "node1", 7, ROLE_AGENT);
    remove_one(s, "node1");
    assert_null(named(s, "node1"));
    assert_string_equal(s->changed, "node1 ");
    assert_string_equal(s->known, "+node1 -node1 ");
    remove_one(s, "node1"); /* twice: nothing more happens */
    assert_string_equal(s->changed, "node1 ");
}

static void the_key_is_made_once(void **state)
{
    struct scene *s = *state;
    const struct daqs_key before = auth_key(s->auth)->public_key;
    auth_free(s->auth);
    s->auth = auth_new(&(struct auth_setup){.records = s->box->records,
                                            .key_path = s->key,
                                            .keys_most = 2,
                                            .changed = on_changed,
                                            .arg = s},
                       NULL);
    assert_non_null(s->auth);
    assert_memory_equal(&auth_key(s->auth)->public_key, &before, sizeof before);
}

static void nobody_has_been_rejected_at_first(void **state)
{
    struct scene *s = *state;
    const struct rejected_key *rejected[AUTH_REJECTED_MAX];
    assert_int_equal(auth_rejected_keys(s->auth, rejected), 0);
    assert_int_equal(auth_counted(s->auth).admitted, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_that_is_enrolled_is_known_by_name_and_key),
        CASE(the_same_again_closes_no_connection),
        CASE(another_key_or_role_closes_connections),
        CASE(one_that_is_revoked_is_gone_and_so_are_its_connections),
        CASE(the_key_is_made_once),
        CASE(nobody_has_been_rejected_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
