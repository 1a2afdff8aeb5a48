/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/group/placement.h"

enum { HOSTS = 100000, MEMBERS = 50, MEMBERS_MOST = 64, HOST_TEXT = 32 };

static char name[MEMBERS_MOST][24];

static void fill(struct placement_member *member, size_t members)
{
    for (size_t i = 0; i < members; i++) {
        (void)snprintf(name[i], sizeof name[i], "c%zu", i + 1);
        member[i] = (struct placement_member){name[i], 1};
    }
}

static const char *host_name(size_t number, char buf[static HOST_TEXT])
{
    (void)snprintf(buf, HOST_TEXT, "node%zu", number);
    return buf;
}

static size_t home(const struct placement_member *member, size_t members, size_t number)
{
    char text[HOST_TEXT];
    size_t order[PLACEMENT_FIRST];
    assert_true(placement_order(member, members, host_name(number, text), order) > 0);
    return order[0];
}

/* Computed by another program. They must never change: members of different versions would send
 * hosts back and forth. */
static void the_hash_is_the_same_for_ever(void **state)
{
    char member[PLACEMENT_NAME_MAX + 1];
    char host[PLACEMENT_NAME_MAX + 45];
    (void)state;
    assert_int_equal(placement_hash("c1", "node1"), UINT64_C(0xccf881945a5e49ba));
    assert_int_equal(placement_hash("c2", "node1"), UINT64_C(0x47b90bf0c6563830));
    assert_int_equal(placement_hash("c1", "node2"), UINT64_C(0x9413877ac8a3c125));
    assert_int_equal(placement_hash("", ""), UINT64_C(0x969ac0861c637ba5));
    assert_int_equal(placement_hash("c1.example.org", "hypervisor-0001.example.org"),
                     UINT64_C(0x031f9bcbb66635bb));
    memset(member, 'c', sizeof member);
    memset(host, 'n', sizeof host);
    member[sizeof member - 1] = host[sizeof host - 1] = '\0'; /* what is too long is cut */
    assert_int_equal(placement_hash(member, host), UINT64_C(0xa8eef5f8d0574297));
}

static void check_order(const struct placement_member *member, size_t members, const char *host,
                        const char *expected)
{
    char text[128] = "";
    size_t order[PLACEMENT_FIRST];
    const size_t count = placement_order(member, members, host, order);
    for (size_t i = 0; i < count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, member[order[i]].name);
    }
    assert_string_equal(text, expected);
}

static void the_order_is_the_same_for_ever(void **state)
{
    struct placement_member many[12];
    const struct placement_member even[] = {{"c3", 1}, {"c1", 1}, {"c2", 1}};
    const struct placement_member uneven[] = {{"c4", 0}, {"c1", 3}, {"c2", 1}, {"c3", 0}};
    (void)state;
    check_order(even, 3, "node1", "c1 c3 c2");
    check_order(even, 3, "node2", "c3 c1 c2");
    check_order(even, 3, "node3", "c3 c2 c1");
    check_order(even, 3, "node6", "c2 c3 c1");
    check_order(uneven, 4, "node1", "c1 c2 c3 c4");
    check_order(uneven, 4, "node4", "c1 c2 c4 c3");
    check_order(uneven, 4, "node6", "c2 c1 c4 c3");
    check_order(uneven, 4, "node8", "c2 c1 c4 c3");
    fill(many, 12);
    check_order(many, 12, "node1", "c1 c6 c8 c12 c10 c3 c9 c7");
    check_order(many, 0, "node1", "");
}

/* With a standard deviation of 44, a bound of 160 hosts is 3.6 of them. */
static void hosts_are_spread_evenly(void **state)
{
    struct placement_member member[MEMBERS];
    size_t hosts[MEMBERS] = {0};
    size_t least = HOSTS;
    size_t most = 0;
    (void)state;
    fill(member, MEMBERS);
    for (size_t i = 0; i < HOSTS; i++)
        hosts[home(member, MEMBERS, i)]++;
    for (size_t i = 0; i < MEMBERS; i++) {
        least = hosts[i] < least ? hosts[i] : least;
        most = hosts[i] > most ? hosts[i] : most;
    }
    print_message("%d hosts on %d members: %zu to %zu\n", HOSTS, MEMBERS, least, most);
    assert_in_range(least, 1840, 2000);
    assert_in_range(most, 2000, 2160);
}

/* Its hosts go to their second choice, and no other host's preference changes. */
static void a_lost_member_only_frees_its_own_hosts(void **state)
{
    struct placement_member member[MEMBERS];
    size_t gained[MEMBERS] = {0};
    size_t most = 0;
    (void)state;
    fill(member, MEMBERS);
    for (size_t i = 0; i < HOSTS; i++) {
        char text[HOST_TEXT];
        size_t order[PLACEMENT_FIRST];
        placement_order(member, MEMBERS, host_name(i, text), order);
        const size_t after = home(member, MEMBERS - 1, i);
        assert_int_equal(after, order[order[0] == MEMBERS - 1]);
        gained[after] += order[0] == MEMBERS - 1;
    }
    for (size_t i = 0; i < MEMBERS; i++)
        most = gained[i] > most ? gained[i] : most;
    print_message("one of %d is lost: at most %zu hosts to any other\n", MEMBERS, most);
    assert_true(most <= 65);
}

static void a_member_that_joins_gets_its_share_and_nothing_else_moves(void **state)
{
    struct placement_member member[MEMBERS + 1];
    size_t moved = 0;
    (void)state;
    fill(member, MEMBERS + 1);
    for (size_t i = 0; i < HOSTS; i++) {
        const size_t before = home(member, MEMBERS, i);
        const size_t after = home(member, MEMBERS + 1, i);
        assert_true(after == before || after == MEMBERS);
        moved += after != before;
    }
    print_message("one joins %d: %zu of %d hosts move\n", MEMBERS, moved, HOSTS);
    assert_in_range(moved, HOSTS / (MEMBERS + 1) - 160, HOSTS / (MEMBERS + 1) + 160);
}

static void hosts_are_spread_by_weight(void **state)
{
    const struct placement_member member[] = {{"c1", 1}, {"c2", 2}, {"c3", 7}, {"c4", 0}};
    size_t hosts[4] = {0};
    (void)state;
    for (size_t i = 0; i < HOSTS; i++)
        hosts[home(member, 4, i)]++;
    assert_in_range(hosts[0], HOSTS / 10 - 400, HOSTS / 10 + 400);
    assert_in_range(hosts[1], HOSTS / 5 - 500, HOSTS / 5 + 500);
    assert_in_range(hosts[2], HOSTS * 7 / 10 - 600, HOSTS * 7 / 10 + 600);
    assert_int_equal(hosts[3], 0);
}

static void a_higher_weight_only_attracts_hosts(void **state)
{
    struct placement_member member[5];
    (void)state;
    fill(member, 5);
    for (size_t i = 0; i < 10000; i++) {
        size_t before = home(member, 5, i);
        member[2].weight = 3;
        size_t after = home(member, 5, i);
        assert_true(after == before || after == 2);
        member[2].weight = 1;
    }
}

static void members_of_weight_0_take_hosts_only_if_no_other_is_left(void **state)
{
    const struct placement_member member[] = {{"c1", 0}, {"c2", 0}};
    size_t hosts[2] = {0};
    (void)state;
    for (size_t i = 0; i < 10000; i++)
        hosts[home(member, 2, i)]++;
    assert_in_range(hosts[0], 4800, 5200);
}

static void extreme_weights_do_not_overflow(void **state)
{
    struct placement_member member[] = {{"c1", UINT32_MAX}, {"c2", PLACEMENT_WEIGHT_MAX}};
    size_t hosts[2] = {0};
    (void)state;
    for (size_t i = 0; i < 10000; i++)
        hosts[home(member, 2, i)]++;
    assert_in_range(hosts[0], 4800, 5200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_the_same_for_ever),
        cmocka_unit_test(the_order_is_the_same_for_ever),
        cmocka_unit_test(hosts_are_spread_evenly),
        cmocka_unit_test(a_lost_member_only_frees_its_own_hosts),
        cmocka_unit_test(a_member_that_joins_gets_its_share_and_nothing_else_moves),
        cmocka_unit_test(hosts_are_spread_by_weight),
        cmocka_unit_test(a_higher_weight_only_attracts_hosts),
        cmocka_unit_test(members_of_weight_0_take_hosts_only_if_no_other_is_left),
        cmocka_unit_test(extreme_weights_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
