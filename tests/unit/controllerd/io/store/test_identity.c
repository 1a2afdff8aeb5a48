/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/io/store/identity.h"

static void assert_identity(bool ipc, const char *address, const char *claimed,
                            const char *expected)
{
    char buf[IDENTITY_BYTES];
    struct identity who = {.ipc = ipc};
    (void)snprintf(who.address, sizeof who.address, "%s", address);
    (void)snprintf(who.claimed, sizeof who.claimed, "%s", claimed);
    assert_string_equal(identity_text(&who, buf), expected);
    assert_int_equal(daqs_name_check("user", buf, strlen(buf), NULL), DAQS_OK);
}

static void the_kernels_word_counts_on_local_sockets(void **state)
{
    (void)state;
    assert_identity(true, "localhost:0:0:5898", "root", "root");
    assert_identity(true, "localhost:0:0:5898", "alice", "alice (root)");
    assert_identity(true, ":0:0:5898", "root", "root");
    assert_identity(true, "localhost:1:1:5898", "root", "root (daemon)");
    assert_identity(true, "localhost:4000000000:0:1", "alice", "alice (uid 4000000000)");
}

static void an_invalid_name_is_not_taken_over(void **state)
{
    char longer[200];
    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_identity(true, "localhost:0:0:5898", "", "root");
    assert_identity(true, "localhost:0:0:5898", "a\nb", "root");
    assert_identity(true, "localhost:0:0:5898", longer, "root");
    assert_identity(false, "192.0.2.1", "", "unknown (192.0.2.1)");
}

static void a_network_peer_has_its_own_name_and_address(void **state)
{
    (void)state;
    assert_identity(false, "192.0.2.1", "alice", "alice (192.0.2.1)");
    assert_identity(false, "2001:db8:0:0:1", "alice", "alice (2001:db8:0:0:1)");
    assert_identity(false, "::1", "root", "root (::1)");
}

static void a_principal_is_identified_by_its_key(void **state)
{
    char buf[IDENTITY_BYTES];
    const struct identity who = {.address = "192.0.2.1", .enrolled = "alice", .claimed = "root"};
    (void)state;
    assert_string_equal(identity_text(&who, buf), "alice");
}

static void an_address_of_another_shape_vouches_for_nobody(void **state)
{
    (void)state;
    assert_identity(true, "", "alice", "alice (unknown)");
    assert_identity(true, "0:5898", "alice", "alice (unknown)");
    assert_identity(true, "localhost:x:0:1", "alice", "alice (unknown)");
    assert_identity(true, "localhost::0:1", "alice", "alice (unknown)");
    assert_identity(false, "", "alice", "alice (unknown)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernels_word_counts_on_local_sockets),
        cmocka_unit_test(an_invalid_name_is_not_taken_over),
        cmocka_unit_test(a_network_peer_has_its_own_name_and_address),
        cmocka_unit_test(a_principal_is_identified_by_its_key),
        cmocka_unit_test(an_address_of_another_shape_vouches_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
