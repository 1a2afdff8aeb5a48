/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/revisions.h"

#include <string.h>

#include "tests/lib/check.h"

static int set_up(void **state)
{
    *state = revisions_new();
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    revisions_free(*state);
    return 0;
}

static void a_name_that_is_not_known_has_revision_0(void **state)
{
    assert_int_equal(revisions_of(*state, "node1"), 0);
    assert_int_equal(revisions_compare(*state, "node1", 0), REVISION_SAME);
    assert_int_equal(revisions_compare(*state, "node1", 1), REVISION_NEWER);
}

static void the_latest_revision_counts(void **state)
{
    assert_true(revisions_set(*state, "node1", 4));
    assert_true(revisions_set(*state, "node1", 7));
    assert_true(revisions_set(*state, "node2", 1));
    assert_int_equal(revisions_of(*state, "node1"), 7);
    assert_int_equal(revisions_count(*state), 2);
    assert_int_equal(revisions_compare(*state, "node1", 7), REVISION_SAME);
    assert_int_equal(revisions_compare(*state, "node1", 8), REVISION_NEWER);
    assert_int_equal(revisions_compare(*state, "node1", 6), REVISION_BACK);
    revisions_clear(*state);
    assert_int_equal(revisions_of(*state, "node1"), 0);
}

static bool is_node2(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "node2") == 0;
}

static void add(void *arg, const char *name)
{
    (void)strcat(arg, name);
}

static void names_that_the_database_has_lost_are_found(void **state)
{
    char found[32] = "";
    assert_true(revisions_set(*state, "node1", 4));
    assert_true(revisions_set(*state, "node2", 4));
    assert_true(revisions_set(*state, "node3", 0)); /* there was nothing of it */
    revisions_missing(*state, is_node2, add, found);
    assert_string_equal(found, "node1");
}

static void what_the_copy_does_not_have_is_found(void **state)
{
    char found[32] = "";
    assert_true(revisions_set(*state, "node1", 4));
    assert_true(revisions_set(*state, "node2", 4));
    assert_true(revisions_saw(*state, "", 3)); /* it has only a trail */
    revisions_copied(*state, "node1", 4);
    revisions_copied_next(*state, "node2", 4); /* not the one before */
    revisions_behind(*state, add, found);
    assert_string_equal(found, "node2");
    revisions_copied(*state, "node2", 4);
    assert_true(revisions_set(*state, "node1", 5));
    revisions_copied_next(*state, "node1", 5);
    assert_true(revisions_is_copied(*state, "node1"));
    revisions_clear(*state); /* a whole image without them */
    found[0] = '\0';
    revisions_behind(*state, add, found);
    assert_int_equal(strlen(found), strlen("node1node2"));
    revisions_copied_all(*state);
    found[0] = '\0';
    revisions_behind(*state, add, found);
    assert_string_equal(found, "");
}

static void a_revision_that_comes_back_is_not_in_the_copy(void **state)
{
    assert_true(revisions_set(*state, "node1", 5));
    revisions_copied(*state, "node1", 5);
    assert_true(revisions_set(*state, "node1", 4)); /* the database went back */
    assert_true(revisions_set(*state, "node1", 5)); /* by another change */
    assert_false(revisions_is_copied(*state, "node1"));
}

static void the_trail_of_a_name_only_goes_on(void **state)
{
    assert_true(revisions_saw(*state, "node1", 17));
    assert_true(revisions_saw(*state, "node1", 11));
    assert_int_equal(revisions_seen(*state, "node1"), 17);
    assert_int_equal(revisions_seen(*state, "node2"), 0);
    revisions_clear(*state);
    assert_int_equal(revisions_seen(*state, "node1"), 17);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_name_that_is_not_known_has_revision_0),
        CASE(the_latest_revision_counts),
        CASE(names_that_the_database_has_lost_are_found),
        CASE(what_the_copy_does_not_have_is_found),
        CASE(a_revision_that_comes_back_is_not_in_the_copy),
        CASE(the_trail_of_a_name_only_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
