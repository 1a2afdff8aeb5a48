/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/access/principals.h"

enum { MOST = 4 };

static int make_peers(void **state)
{
    *state = principals_new(MOST);
    return *state ? 0 : -1;
}

static int end_peers(void **state)
{
    principals_free(*state);
    return 0;
}

static struct daqs_key key(uint8_t number)
{
    struct daqs_key key;
    memset(&key, number, sizeof key);
    return key;
}

static int check(struct principals *principals, const char *name, uint8_t number, enum role role,
                 bool replace)
{
    struct daqs_error err = {0};
    const struct daqs_key k = key(number);
    return principals_check(principals, name, &k, role, replace, &err);
}

static void put(struct principals *principals, const char *name, uint8_t number, enum role role)
{
    char copy[32];
    char by[] = "alice";
    (void)snprintf(copy, sizeof copy, "%s", name);
    const struct principal principal = {
        .name = copy, .key = key(number), .role = role, .enrolled_ms = 7, .enrolled_by = by};
    assert_int_equal(principals_put(principals, &principal), DAQS_OK);
}

static const char *owner(struct principals *principals, uint8_t number)
{
    const struct daqs_key k = key(number);
    const struct principal *principal = principals_with_key(principals, &k);
    return principal ? principal->name : "nobody";
}

static void a_peer_is_found_by_name_and_by_key(void **state)
{
    struct principals *principals = *state;
    put(principals, "node1", 1, ROLE_AGENT);
    put(principals, "alice", 2, ROLE_OPERATOR);
    assert_int_equal(principals_count(principals), 2);
    assert_string_equal(owner(principals, 1), "node1");
    assert_string_equal(owner(principals, 2), "alice");
    assert_string_equal(owner(principals, 3), "nobody");
    const struct principal *alice = principals_named(principals, "alice");
    assert_non_null(alice);
    assert_int_equal(alice->role, ROLE_OPERATOR);
    assert_int_equal(alice->enrolled_ms, 7);
    assert_string_equal(alice->enrolled_by, "alice");
    assert_null(principals_named(principals, "bob"));
}

static void a_new_key_takes_the_place_of_the_old(void **state)
{
    struct principals *principals = *state;
    put(principals, "node1", 1, ROLE_AGENT);
    put(principals, "node1", 2, ROLE_AGENT);
    assert_int_equal(principals_count(principals), 1);
    assert_string_equal(owner(principals, 1), "nobody");
    assert_string_equal(owner(principals, 2), "node1");
}

static void a_removed_principal_is_unknown(void **state)
{
    struct principals *principals = *state;
    put(principals, "node1", 1, ROLE_AGENT);
    assert_true(principals_remove(principals, "node1"));
    assert_false(principals_remove(principals, "node1"));
    assert_string_equal(owner(principals, 1), "nobody");
    assert_null(principals_named(principals, "node1"));
    assert_int_equal(principals_count(principals), 0);
}

static void a_key_is_one_peers_and_a_peer_has_one_key(void **state)
{
    struct principals *principals = *state;
    put(principals, "node1", 1, ROLE_AGENT);
    assert_int_equal(check(principals, "node2", 2, ROLE_AGENT, false), DAQS_OK);
    assert_int_equal(check(principals, "node1", 1, ROLE_AGENT, false), DAQS_OK); /* again */
    assert_int_equal(check(principals, "node2", 1, ROLE_AGENT, false), DAQS_EEXISTS);
    assert_int_equal(check(principals, "node2", 1, ROLE_AGENT, true), DAQS_EEXISTS);
    assert_int_equal(check(principals, "node1", 2, ROLE_AGENT, false), DAQS_EEXISTS);
    assert_int_equal(check(principals, "node1", 2, ROLE_AGENT, true), DAQS_OK);
    /* A host does not become an operator inadvertently. */
    assert_int_equal(check(principals, "node1", 1, ROLE_OPERATOR, false), DAQS_EEXISTS);
    assert_int_equal(check(principals, "node1", 1, ROLE_OPERATOR, true), DAQS_OK);
}

static void there_are_at_most_as_many_as_fit(void **state)
{
    struct principals *principals = *state;
    char name[] = "a";
    for (uint8_t i = 0; i < MOST; i++, name[0]++) {
        assert_int_equal(check(principals, name, i, ROLE_AGENT, false), DAQS_OK);
        put(principals, name, i, ROLE_AGENT);
    }
    assert_int_equal(check(principals, name, MOST, ROLE_AGENT, false), DAQS_ETOOBIG);
    assert_int_equal(check(principals, "a", MOST, ROLE_AGENT, true), DAQS_OK);
}

static void they_are_listed_by_name(void **state)
{
    struct principals *principals = *state;
    put(principals, "b", 1, ROLE_AGENT);
    put(principals, "c", 2, ROLE_VIEWER);
    assert_string_equal(principals_at(principals, 0)->name, "b");
    put(principals, "a", 3, ROLE_AGENT);
    assert_string_equal(principals_at(principals, 0)->name, "a");
    assert_string_equal(principals_at(principals, 2)->name, "c");
    assert_true(principals_remove(principals, "b"));
    assert_string_equal(principals_at(principals, 1)->name, "c");
}

static unsigned admitted(struct principals *principals, const char *name, unsigned tries,
                         int64_t now_ms)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++)
        count += principals_admit(principals, principals_named(principals, name), now_ms);
    return count;
}

static void a_key_that_connects_too_often_has_to_wait(void **state)
{
    struct principals *principals = *state;
    const int64_t start = 50000;
    put(principals, "node1", 1, ROLE_AGENT);
    put(principals, "node2", 2, ROLE_AGENT);
    put(principals, "alice", 3, ROLE_OPERATOR);
    assert_int_equal(admitted(principals, "node1", 1000, start), PRINCIPALS_AGENT_BURST);
    assert_int_equal(admitted(principals, "node1", 1000, start + 999), 0);
    assert_int_equal(admitted(principals, "node1", 1000, start + 1000), 1);
    assert_int_equal(admitted(principals, "node1", 1000, start + 3000), 2);
    /* Peers do not affect each other, and operators have a higher limit. */
    assert_int_equal(admitted(principals, "node2", 1000, start), PRINCIPALS_AGENT_BURST);
    assert_int_equal(admitted(principals, "alice", 1000, start), 10 * PRINCIPALS_AGENT_BURST);
    assert_int_equal(admitted(principals, "alice", 1000, start + 1000), 10);
    /* A pause does not raise the burst, however long it is. */
    assert_int_equal(admitted(principals, "node1", 1000, start + 10000000), PRINCIPALS_AGENT_BURST);
}

static void roles_have_names(void **state)
{
    enum role role = ROLE_AGENT;
    (void)state;
    for (int i = 0; i < ROLES_COUNT; i++) {
        assert_true(role_parse(role_name((enum role)i), &role));
        assert_int_equal(role, i);
    }
    assert_false(role_parse("root", &role));
    assert_false(role_parse("", &role));
    principals_free(NULL);
}

#define WITH_PEERS(test) cmocka_unit_test_setup_teardown(test, make_peers, end_peers)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(a_peer_is_found_by_name_and_by_key),
        WITH_PEERS(a_new_key_takes_the_place_of_the_old),
        WITH_PEERS(a_removed_principal_is_unknown),
        WITH_PEERS(a_key_is_one_peers_and_a_peer_has_one_key),
        WITH_PEERS(there_are_at_most_as_many_as_fit),
        WITH_PEERS(they_are_listed_by_name),
        WITH_PEERS(a_key_that_connects_too_often_has_to_wait),
        cmocka_unit_test(roles_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
