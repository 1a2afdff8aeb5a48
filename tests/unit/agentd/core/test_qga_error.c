/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/qga_error.h"
#include "shared/base/error.h"

/* FIELD.md, G1: virErrorDomain and virErrorNumber, as libvirt sends them in its protocol. */
enum { FROM_RPC = 7, FROM_QEMU = 10, FROM_REMOTE = 13, FROM_AGENT = 56 };

#define ASKED "unable to execute QEMU agent command 'guest-exec': "
#define BLOCKED "Command guest-exec has been disabled: the command is not allowed"
#define BLOCKED_UNSAID "Command guest-exec has been disabled"
#define BLOCKED_BEFORE "The command guest-exec has been disabled for this instance"
#define FROZEN "Command guest-exec has been disabled: the agent is in frozen state"
#define GONE "Guest agent disappeared while executing command"

struct libvirt_case {
    int domain;
    int code;
    const char *text;
    int result;
};

static void assert_cases(const struct libvirt_case *c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (qga_error_of_libvirt(c[i].domain, c[i].code, c[i].text) != c[i].result)
            fail_msg("%d: %s: %d", c[i].code, c[i].text,
                     qga_error_of_libvirt(c[i].domain, c[i].code, c[i].text));
}

#define ASSERT_CASES(cases) assert_cases(cases, sizeof(cases) / sizeof(cases)[0])

static void g1_a_refusal_is_one_for_libvirt_9_to_12(void **state)
{
    (void)state;
    static const struct libvirt_case cases[] = {
        {FROM_QEMU, 1, "internal error: " ASKED BLOCKED, DAQS_EREFUSED},
        {FROM_QEMU, 113, "guest agent command failed: " ASKED BLOCKED, DAQS_EREFUSED},
        {FROM_AGENT, 113, "guest agent command failed: " ASKED BLOCKED_BEFORE, DAQS_EREFUSED},
        {FROM_QEMU, 1, "internal error: " ASKED "The command guest-exec has not been found",
         DAQS_EREFUSED},
        {FROM_QEMU, 113, "guest agent command failed: " ASKED BLOCKED_UNSAID, DAQS_EREFUSED},
        {FROM_QEMU, 113, ASKED "Failed to execute child process \"tc\" (No such file)",
         DAQS_EGUEST},
    };
    ASSERT_CASES(cases);
}

static void g1_a_silent_agent_is_distinguished_from_an_absent_one(void **state)
{
    (void)state;
    static const struct libvirt_case cases[] = {
        {FROM_QEMU, 86, "Guest agent is not responding: QEMU guest agent is not connected",
         DAQS_EIO},
        {FROM_QEMU, 86, "Guest agent is not responding: Guest agent not available for now",
         DAQS_ETIMEOUT},
        {FROM_QEMU, 86,
         "Guest agent is not responding: guest agent didn't respond to synchronization within '5' "
         "seconds",
         DAQS_ETIMEOUT},
        {FROM_QEMU, 112,
         "guest agent command timed out: guest agent didn't respond to command within '5' seconds",
         DAQS_ETIMEOUT},
        {FROM_QEMU, 112, "guest agent command timed out", DAQS_ETIMEOUT},
        {FROM_QEMU, 97, "guest agent replied with wrong id", DAQS_ETIMEOUT},
        {FROM_QEMU, 74, "QEMU guest agent is not configured", DAQS_EIO},
        {FROM_QEMU, 55, "Requested operation is not valid: domain is not running", DAQS_EIO},
        {FROM_QEMU, 42, "Domain not found", DAQS_EIO},
    };
    ASSERT_CASES(cases);
}

static void g1_an_agent_that_ends_meanwhile_is_gone_for_libvirt_9_to_12(void **state)
{
    (void)state;
    static const struct libvirt_case cases[] = {
        {FROM_QEMU, 86, "Guest agent is not responding: " GONE, DAQS_EIO},
        {FROM_QEMU, 112, "guest agent command timed out: " GONE, DAQS_EIO},
        /* The text comes from the guest. */
        {FROM_QEMU, 113, "guest agent command failed: " ASKED GONE, DAQS_EGUEST},
    };
    ASSERT_CASES(cases);
}

static void g7_an_agent_that_another_client_holds_is_neither_silent_nor_absent(void **state)
{
    (void)state;
    static const struct libvirt_case cases[] = {
        {FROM_QEMU, 68, "Timed out during operation: cannot acquire state change lock", DAQS_EBUSY},
        {FROM_QEMU, 68,
         "Timed out during operation: cannot acquire state change lock (held by "
         "agent=remoteDispatchDomainFSFreeze)",
         DAQS_EBUSY},
        {FROM_QEMU, 9, "operation failed: cannot acquire state change lock due to max_queued limit",
         DAQS_EBUSY},
        {FROM_QEMU, 9, "operation failed: something else", DAQS_EGUEST},
        {FROM_QEMU, 87, "resource busy", DAQS_EBUSY},
        /* The text comes from the guest. */
        {FROM_QEMU, 113, ASKED "cannot acquire state change lock", DAQS_EGUEST},
    };
    ASSERT_CASES(cases);
}

static void g1_a_broken_connection_is_distinguished_from_a_failed_command(void **state)
{
    (void)state;
    static const struct libvirt_case cases[] = {
        {FROM_RPC, 1, "internal error: client socket is closed", DAQS_EIO},
        {FROM_REMOTE, 1, "internal error: received hangup event on socket", DAQS_EIO},
        {FROM_RPC, 38, "Cannot recv data: Connection reset by peer", DAQS_EIO},
        {FROM_RPC, 39, "cannot send", DAQS_EIO},
        {FROM_QEMU, 1, "internal error: something else", DAQS_EGUEST},
    };
    ASSERT_CASES(cases);
}

static void g1_a_code_that_is_not_listed_proves_nothing_about_the_agent(void **state)
{
    (void)state;
    static const int listed[] = {1, 38, 39, 42, 55, 68, 74, 86, 87, 97, 112, 113};
    for (int code = -3; code < 300; code++) {
        size_t i = 0;
        while (i < sizeof listed / sizeof listed[0] && listed[i] != code)
            i++;
        if (i == sizeof listed / sizeof listed[0])
            assert_int_equal(qga_error_of_libvirt(FROM_QEMU, code, ""), DAQS_EGUEST);
    }
}

static void g6_a_frozen_agent_is_distinguished_from_one_that_forbids(void **state)
{
    (void)state;
    static const struct libvirt_case cases[] = {
        {FROM_QEMU, 1, "internal error: " ASKED FROZEN, DAQS_EFROZEN},
        {FROM_QEMU, 113, "guest agent command failed: " ASKED FROZEN, DAQS_EFROZEN},
    };
    ASSERT_CASES(cases);
    assert_int_equal(qga_error_of_reply("CommandNotFound", FROZEN), DAQS_EFROZEN);
    assert_int_equal(qga_error_of_reply("CommandNotFound", BLOCKED), DAQS_EREFUSED);
    assert_int_equal(qga_error_of_reply("GenericError", BLOCKED_BEFORE), DAQS_EREFUSED);
    assert_int_equal(qga_error_of_reply("CommandNotFound", ""), DAQS_EREFUSED);
    assert_int_equal(qga_error_of_reply("GenericError", "out of memory"), DAQS_EGUEST);
    assert_int_equal(qga_error_of_reply("", ""), DAQS_EGUEST);
}

static void g6_only_old_agents_give_no_reason(void **state)
{
    (void)state;
    assert_true(qga_error_unclear("the guest agent reports: " BLOCKED_BEFORE));
    assert_true(qga_error_unclear("guest agent: internal error: " ASKED BLOCKED_BEFORE));
    assert_false(qga_error_unclear(BLOCKED));
    assert_false(qga_error_unclear(FROZEN));
    assert_false(qga_error_unclear(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g1_a_refusal_is_one_for_libvirt_9_to_12),
        cmocka_unit_test(g1_a_silent_agent_is_distinguished_from_an_absent_one),
        cmocka_unit_test(g1_an_agent_that_ends_meanwhile_is_gone_for_libvirt_9_to_12),
        cmocka_unit_test(g7_an_agent_that_another_client_holds_is_neither_silent_nor_absent),
        cmocka_unit_test(g1_a_broken_connection_is_distinguished_from_a_failed_command),
        cmocka_unit_test(g1_a_code_that_is_not_listed_proves_nothing_about_the_agent),
        cmocka_unit_test(g6_a_frozen_agent_is_distinguished_from_one_that_forbids),
        cmocka_unit_test(g6_only_old_agents_give_no_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
