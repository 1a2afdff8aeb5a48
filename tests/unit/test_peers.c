#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/peers.h"

enum { MOST = 4 };

static int make_peers(void **state)
{
    *state = peers_new(MOST);
    return *state ? 0 : -1;
}

static int end_peers(void **state)
{
    peers_free(*state);
    return 0;
}

static struct daqs_key key(uint8_t number)
{
    struct daqs_key key;
    memset(&key, number, sizeof key);
    return key;
}

static int check(struct peers *peers, const char *name, uint8_t number, enum peer_role role,
                 bool replace)
{
    struct daqs_error err = {0};
    const struct daqs_key k = key(number);
    return peers_check(peers, name, &k, role, replace, &err);
}

static void put(struct peers *peers, const char *name, uint8_t number, enum peer_role role)
{
    char copy[32];
    char by[] = "alice";
    (void)snprintf(copy, sizeof copy, "%s", name);
    const struct peer peer = {
        .name = copy, .key = key(number), .role = role, .enrolled_ms = 7, .enrolled_by = by};
    assert_int_equal(peers_put(peers, &peer), DAQS_OK);
}

static const char *owner(struct peers *peers, uint8_t number)
{
    const struct daqs_key k = key(number);
    const struct peer *peer = peers_with_key(peers, &k);
    return peer ? peer->name : "nobody";
}

static void a_peer_is_found_by_name_and_by_key(void **state)
{
    struct peers *peers = *state;
    put(peers, "node1", 1, PEER_AGENT);
    put(peers, "alice", 2, PEER_OPERATOR);
    assert_int_equal(peers_count(peers), 2);
    assert_string_equal(owner(peers, 1), "node1");
    assert_string_equal(owner(peers, 2), "alice");
    assert_string_equal(owner(peers, 3), "nobody");
    const struct peer *alice = peers_named(peers, "alice");
    assert_non_null(alice);
    assert_int_equal(alice->role, PEER_OPERATOR);
    assert_int_equal(alice->enrolled_ms, 7);
    assert_string_equal(alice->enrolled_by, "alice");
    assert_null(peers_named(peers, "bob"));
}

static void a_new_key_takes_the_place_of_the_old(void **state)
{
    struct peers *peers = *state;
    put(peers, "node1", 1, PEER_AGENT);
    put(peers, "node1", 2, PEER_AGENT);
    assert_int_equal(peers_count(peers), 1);
    assert_string_equal(owner(peers, 1), "nobody");
    assert_string_equal(owner(peers, 2), "node1");
}

static void who_is_removed_is_known_no_more(void **state)
{
    struct peers *peers = *state;
    put(peers, "node1", 1, PEER_AGENT);
    assert_true(peers_remove(peers, "node1"));
    assert_false(peers_remove(peers, "node1"));
    assert_string_equal(owner(peers, 1), "nobody");
    assert_null(peers_named(peers, "node1"));
    assert_int_equal(peers_count(peers), 0);
}

static void a_key_is_one_peers_and_a_peer_has_one_key(void **state)
{
    struct peers *peers = *state;
    put(peers, "node1", 1, PEER_AGENT);
    assert_int_equal(check(peers, "node2", 2, PEER_AGENT, false), DAQS_OK);
    assert_int_equal(check(peers, "node1", 1, PEER_AGENT, false), DAQS_OK); /* again */
    assert_int_equal(check(peers, "node2", 1, PEER_AGENT, false), DAQS_EEXISTS);
    assert_int_equal(check(peers, "node2", 1, PEER_AGENT, true), DAQS_EEXISTS);
    assert_int_equal(check(peers, "node1", 2, PEER_AGENT, false), DAQS_EEXISTS);
    assert_int_equal(check(peers, "node1", 2, PEER_AGENT, true), DAQS_OK);
    /* A host does not become an operator by the way. */
    assert_int_equal(check(peers, "node1", 1, PEER_OPERATOR, false), DAQS_EEXISTS);
    assert_int_equal(check(peers, "node1", 1, PEER_OPERATOR, true), DAQS_OK);
}

static void there_are_no_more_than_there_is_room_for(void **state)
{
    struct peers *peers = *state;
    char name[] = "a";
    for (uint8_t i = 0; i < MOST; i++, name[0]++) {
        assert_int_equal(check(peers, name, i, PEER_AGENT, false), DAQS_OK);
        put(peers, name, i, PEER_AGENT);
    }
    assert_int_equal(check(peers, name, MOST, PEER_AGENT, false), DAQS_ETOOBIG);
    assert_int_equal(check(peers, "a", MOST, PEER_AGENT, true), DAQS_OK);
}

static void they_are_listed_by_name(void **state)
{
    struct peers *peers = *state;
    put(peers, "b", 1, PEER_AGENT);
    put(peers, "c", 2, PEER_VIEWER);
    assert_string_equal(peers_at(peers, 0)->name, "b");
    put(peers, "a", 3, PEER_AGENT);
    assert_string_equal(peers_at(peers, 0)->name, "a");
    assert_string_equal(peers_at(peers, 2)->name, "c");
    assert_true(peers_remove(peers, "b"));
    assert_string_equal(peers_at(peers, 1)->name, "c");
}

static unsigned admitted(struct peers *peers, const char *name, unsigned tries, int64_t now_ms)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++)
        count += peers_admit(peers, peers_named(peers, name), now_ms);
    return count;
}

static void who_connects_too_often_has_to_wait(void **state)
{
    struct peers *peers = *state;
    const int64_t start = 50000;
    put(peers, "node1", 1, PEER_AGENT);
    put(peers, "node2", 2, PEER_AGENT);
    put(peers, "alice", 3, PEER_OPERATOR);
    assert_int_equal(admitted(peers, "node1", 1000, start), PEERS_AGENT_BURST);
    assert_int_equal(admitted(peers, "node1", 1000, start + 999), 0);
    assert_int_equal(admitted(peers, "node1", 1000, start + 1000), 1);
    assert_int_equal(admitted(peers, "node1", 1000, start + 3000), 2);
    /* Nobody waits for others, and operators less. */
    assert_int_equal(admitted(peers, "node2", 1000, start), PEERS_AGENT_BURST);
    assert_int_equal(admitted(peers, "alice", 1000, start), 10 * PEERS_AGENT_BURST);
    assert_int_equal(admitted(peers, "alice", 1000, start + 1000), 10);
    /* No more is saved up in a pause, however long. */
    assert_int_equal(admitted(peers, "node1", 1000, start + 10000000), PEERS_AGENT_BURST);
}

static void roles_have_names(void **state)
{
    enum peer_role role = PEER_AGENT;
    (void)state;
    for (int i = 0; i < PEER_ROLES_COUNT; i++) {
        assert_true(peer_role_parse(peer_role_name((enum peer_role)i), &role));
        assert_int_equal(role, i);
    }
    assert_false(peer_role_parse("root", &role));
    assert_false(peer_role_parse("", &role));
    peers_free(NULL);
}

#define WITH_PEERS(test) cmocka_unit_test_setup_teardown(test, make_peers, end_peers)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(a_peer_is_found_by_name_and_by_key),
        WITH_PEERS(a_new_key_takes_the_place_of_the_old),
        WITH_PEERS(who_is_removed_is_known_no_more),
        WITH_PEERS(a_key_is_one_peers_and_a_peer_has_one_key),
        WITH_PEERS(there_are_no_more_than_there_is_room_for),
        WITH_PEERS(they_are_listed_by_name),
        WITH_PEERS(who_connects_too_often_has_to_wait),
        cmocka_unit_test(roles_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
