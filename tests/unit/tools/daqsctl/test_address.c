/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "tools/daqsctl/address.h"

static struct address address;
static struct daqs_error err;

static enum exit_status decide(const struct address_found *found, bool alone)
{
    err = (struct daqs_error){0};
    address = (struct address){0};
    return address_decide(found, "db1", alone, &address, &err);
}

static void assert_refused(const struct address_found *found, bool alone, const char *text)
{
    assert_int_equal(decide(found, alone), EXIT_FAILED);
    assert_string_equal(err.text, text);
}

static void one_vm_is_what_is_meant(void **state)
{
    struct address_found found = {0};
    (void)state;
    address_add(&found, "node1", "db1");
    for (int alone = 0; alone < 2; alone++) {
        assert_int_equal(decide(&found, alone), EXIT_DONE);
        assert_string_equal(address.host, "node1");
        assert_string_equal(address.vm, "db1");
    }
}

static void one_word_may_be_a_host(void **state)
{
    struct address_found found = {0};
    (void)state;
    address_add(&found, "db1", "");
    assert_int_equal(decide(&found, true), EXIT_DONE);
    assert_string_equal(address.host, "db1");
    assert_string_equal(address.vm, "");
}

static void a_word_that_nothing_has_may_be_a_host_of_the_past(void **state)
{
    const struct address_found found = {0};
    (void)state;
    assert_int_equal(decide(&found, true), EXIT_DONE);
    assert_string_equal(address.host, "db1");
    assert_refused(&found, false,
                   "no VM is called 'db1' now, or has this UUID; of one that is gone, give the "
                   "host, too");
}

static void what_is_both_is_refused_with_the_choices(void **state)
{
    struct address_found found = {0};
    (void)state;
    address_add(&found, "db1", "");
    address_add(&found, "node1", "db1");
    assert_refused(&found, true, "'db1' is a host and 1 VM: 'node1 db1'; give the host, too");
    assert_int_equal(decide(&found, false), EXIT_DONE); /* where only a VM can be meant */
    assert_string_equal(address.host, "node1");
}

static void several_vms_are_refused_with_the_choices(void **state)
{
    struct address_found found = {0};
    (void)state;
    address_add(&found, "node1", "db1");
    address_add(&found, "node2", "db1");
    assert_refused(&found, false, "'db1' is 2 VMs: 'node1 db1', 'node2 db1'; give the host, too");
    for (int i = 0; i < 5; i++)
        address_add(&found, "node3", "db1");
    assert_refused(&found, true,
                   "'db1' is 7 VMs: 'node1 db1', 'node2 db1', 'node3 db1', 'node3 db1', "
                   "'node3 db1', ...; give the host, too");
}

static void without_all_members_nothing_is_unique(void **state)
{
    struct address_found found = {.missing = "c3"};
    (void)state;
    address_add(&found, "node1", "db1");
    assert_refused(&found, false,
                   "c3 does not answer, so 'db1' may also be a VM of its hosts; give the host, "
                   "too");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_vm_is_what_is_meant),
        cmocka_unit_test(one_word_may_be_a_host),
        cmocka_unit_test(a_word_that_nothing_has_may_be_a_host_of_the_past),
        cmocka_unit_test(what_is_both_is_refused_with_the_choices),
        cmocka_unit_test(several_vms_are_refused_with_the_choices),
        cmocka_unit_test(without_all_members_nothing_is_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
