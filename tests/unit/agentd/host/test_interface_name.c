/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's name of an interface with an alternative name, in a network namespace of this
 * test. */
#include "tests/lib/check.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/host/interface_name.h"

static char name[DAQS_IFNAME_MAX + 1];

/* Needs root and iproute2. */
static bool call_lo(const char *other)
{
    char command[256];
    (void)snprintf(
        command, sizeof command,
        "PATH=/sbin:/usr/sbin:$PATH ip link property add dev lo altname '%s' 2>/dev/null", other);
    return unshare(CLONE_NEWNET) == 0 && system(command) == 0;
}

static void an_interface_has_its_own_name(void **state)
{
    (void)state;
    assert_true(interface_name("lo", name));
    assert_string_equal(name, "lo");
}

static void n6_and_others(void **state)
{
    (void)state;
    if (!call_lo("storage0"))
        skip();
    assert_true(interface_name("storage0", name));
    assert_string_equal(name, "lo");
}

static void n6_which_may_be_long(void **state)
{
    static const char other[] = "enp193s0f1npf0vf12-of-the-storage-network";
    (void)state;
    if (!call_lo(other))
        skip();
    assert_true(interface_name(other, name));
    assert_string_equal(name, "lo");
    assert_false(interface_name("enp193s0f1npf0vf12-of-the-storage-networ", name));
}

static void a_missing_entry_has_none(void **state)
{
    char longest[300];
    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    static const char *const names[] = {
        "", ".", "../lo", "lo ", "LO", "lo\n", "nothing-like-this-here"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_false(interface_name(names[i], name));
        assert_string_equal(name, "");
    }
    for (size_t length = 1; length < sizeof longest; length++)
        assert_false(interface_name(longest + length, name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interface_has_its_own_name),
        cmocka_unit_test(n6_and_others),
        cmocka_unit_test(n6_which_may_be_long),
        cmocka_unit_test(a_missing_entry_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
