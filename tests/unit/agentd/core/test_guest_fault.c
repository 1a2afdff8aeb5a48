/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/guest_fault.h"

#define PROBE "qdisc show dev eth0\nclass show dev eth0\n"
#define ADD "qdisc add dev eth0 root handle da05: htb default 1\n"
#define CHANGE "class replace dev eth0 parent da05: classid da05:1 htb rate 1000kbit\n"
#define BUSYBOX                                                                                    \
    "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: tc OBJECT CMD "   \
    "[dev STRING]\n"

static enum daqs_nic_cause ran(const char *batch, int64_t exit_code, const char *out,
                               const char *err)
{
    const struct tc_end end = {DAQS_OK, "", exit_code, out, err};
    struct tc_state state = {TC_ROOT_TENANT, 7};
    enum daqs_nic_cause cause = guest_fault_of_tc(&end, batch, &state);
    assert_int_equal(state.root, cause ? TC_ROOT_TENANT : TC_ROOT_DEFAULT);
    return cause;
}

static enum daqs_nic_cause did_not_run(int result, const char *why)
{
    const struct tc_end end = {result, why, 0, "", ""};
    struct tc_state state = {TC_ROOT_TENANT, 7};
    return guest_fault_of_tc(&end, PROBE, &state);
}

static void g1_a_list_that_fails_gives_the_reason(void **state)
{
    (void)state;
    assert_int_equal(guest_fault_of_list(DAQS_EIO), DAQS_CAUSE_NO_AGENT);
    assert_int_equal(guest_fault_of_list(DAQS_ETIMEOUT), DAQS_CAUSE_TIMEOUT);
    assert_int_equal(guest_fault_of_list(DAQS_EREFUSED), DAQS_CAUSE_LIST_BLOCKED);
    assert_int_equal(guest_fault_of_list(DAQS_EFROZEN), DAQS_CAUSE_FROZEN);
    assert_int_equal(guest_fault_of_list(DAQS_EBUSY), DAQS_CAUSE_BUSY);
    assert_int_equal(guest_fault_of_list(DAQS_EGUEST), DAQS_CAUSE_BAD_REPLY);
    assert_int_equal(guest_fault_of_list(DAQS_EFORMAT), DAQS_CAUSE_BAD_REPLY);
}

static void g6_only_a_guest_that_cannot_be_asked_now_is_in_grace(void **state)
{
    (void)state;
    assert_int_equal(guest_fault_state(DAQS_CAUSE_FROZEN), DAQS_NIC_FROZEN);
    assert_int_equal(guest_fault_state(DAQS_CAUSE_BUSY), DAQS_NIC_BUSY);
    assert_int_equal(guest_fault_state(DAQS_CAUSE_TIMEOUT), DAQS_NIC_UNRESPONSIVE);
    assert_true(guest_fault_pauses(DAQS_EFROZEN));
    assert_true(guest_fault_pauses(DAQS_EBUSY));
    assert_false(guest_fault_pauses(DAQS_OK));
    assert_false(guest_fault_pauses(DAQS_ETIMEOUT));
    assert_false(guest_fault_pauses(DAQS_EREFUSED));
}

static void g1_only_unanswered_commands_pass(void **state)
{
    (void)state;
    assert_true(guest_fault_passes(DAQS_CAUSE_TIMEOUT));
    assert_true(guest_fault_passes(DAQS_CAUSE_NO_AGENT));
    assert_true(guest_fault_passes(DAQS_CAUSE_BAD_REPLY));
    assert_false(guest_fault_passes(DAQS_CAUSE_NONE));
    assert_false(guest_fault_passes(DAQS_CAUSE_EXEC_BLOCKED));
    assert_false(guest_fault_passes(DAQS_CAUSE_NO_TC));
    assert_false(guest_fault_passes(250));
}

static void g9_why_tc_did_not_start(void **state)
{
    (void)state;
    assert_int_equal(did_not_run(DAQS_EREFUSED, ""), DAQS_CAUSE_EXEC_BLOCKED);
    assert_int_equal(did_not_run(DAQS_EFROZEN, ""), DAQS_CAUSE_FROZEN);
    assert_int_equal(did_not_run(DAQS_EGUEST, "Failed to execute child process \"tc\" (No such "
                                              "file or directory)"),
                     DAQS_CAUSE_NO_TC);
    assert_int_equal(did_not_run(DAQS_EGUEST, "Guest agent command failed, error was 'Failed to "
                                              "execute child process \"tc\" (Permission denied)'"),
                     DAQS_CAUSE_NOT_PERMITTED);
    assert_int_equal(did_not_run(DAQS_ETIMEOUT, ""), DAQS_CAUSE_TIMEOUT);
    assert_int_equal(did_not_run(DAQS_EIO, ""), DAQS_CAUSE_NO_AGENT);
    assert_int_equal(did_not_run(DAQS_EFORMAT, ""), DAQS_CAUSE_BAD_REPLY);
}

static void g9_messages_of_tc_are_distinguished(void **state)
{
    (void)state;
    assert_int_equal(
        ran(PROBE, 0, "qdisc mq 0: root \nqdisc fq_codel 0: parent :1 limit 10240p\n", ""),
        DAQS_CAUSE_NONE);
    assert_int_equal(
        ran(ADD CHANGE, 1, "", "Error: Specified qdisc kind is unknown.\nCommand failed -:1\n"),
        DAQS_CAUSE_NO_HTB);
    assert_int_equal(ran(ADD CHANGE, 2, "",
                         "RTNETLINK answers: No such file or directory\nCommand failed -:1\n"),
                     DAQS_CAUSE_NO_HTB);
    assert_int_equal(
        ran(ADD CHANGE, 2, "", "RTNETLINK answers: Operation not permitted\nCommand failed -:1\n"),
        DAQS_CAUSE_NOT_PERMITTED);
    assert_int_equal(ran(PROBE, 1, "", "Cannot open netlink socket: Permission denied\n"),
                     DAQS_CAUSE_NOT_PERMITTED);
    assert_int_equal(ran(PROBE, 1, "", BUSYBOX), DAQS_CAUSE_OTHER_TC);
    assert_int_equal(ran(PROBE, 127, "", "tc: applet not found\n"), DAQS_CAUSE_OTHER_TC);
    assert_int_equal(ran(PROBE, 0, "something else\n", ""), DAQS_CAUSE_OTHER_TC);
    assert_int_equal(ran(PROBE, 1, "", "Cannot find device \"eth0\"\nCommand failed -:1\n"),
                     DAQS_CAUSE_TC_FAILED);
    assert_int_equal(ran(PROBE, -1, "", ""), DAQS_CAUSE_TC_FAILED);
}

/* The DAQS qdisc was removed, or the class is refused. Neither means that the kernel lacks HTB. */
static void g9_a_missing_class_is_not_a_kernel_without_htb(void **state)
{
    (void)state;
    static const char gone[] = "RTNETLINK answers: No such file or directory\nCommand failed -:1\n";
    static const char second[] =
        "RTNETLINK answers: No such file or directory\nCommand failed -:2\n";
    assert_int_equal(ran(CHANGE PROBE, 2, "", gone), DAQS_CAUSE_TC_FAILED);
    assert_int_equal(ran(ADD CHANGE, 2, "", second), DAQS_CAUSE_TC_FAILED);
}

static void g9_another_tc_is_tried_where_this_one_did_nothing(void **state)
{
    (void)state;
    const struct tc_end absent = {DAQS_EGUEST, "", 0, "", ""};
    const struct tc_end busybox = {DAQS_OK, "", 1, "", BUSYBOX};
    const struct tc_end odd = {DAQS_OK, "", 0, "odd", ""};
    const struct tc_end refused = {DAQS_EREFUSED, "", 0, "", ""};
    const struct tc_end failed = {DAQS_OK, "", 2, "", "RTNETLINK answers: Invalid argument\n"};
    assert_true(guest_fault_of_program(DAQS_CAUSE_NO_TC, &absent, ADD));
    assert_true(guest_fault_of_program(DAQS_CAUSE_NOT_PERMITTED, &absent, ADD));
    assert_true(guest_fault_of_program(DAQS_CAUSE_OTHER_TC, &busybox, ADD));
    assert_true(guest_fault_of_program(DAQS_CAUSE_OTHER_TC, &odd, PROBE));
    assert_false(guest_fault_of_program(DAQS_CAUSE_OTHER_TC, &odd, ADD)); /* it may have acted */
    assert_false(guest_fault_of_program(DAQS_CAUSE_EXEC_BLOCKED, &refused, PROBE));
    assert_false(guest_fault_of_program(DAQS_CAUSE_TC_FAILED, &failed, ADD));
    assert_false(guest_fault_of_program(DAQS_CAUSE_NONE, &odd, PROBE));
}

static void g9_the_most_specific_cause_is_reported(void **state)
{
    (void)state;
    assert_int_equal(guest_fault_clearer(DAQS_CAUSE_NO_TC, DAQS_CAUSE_OTHER_TC),
                     DAQS_CAUSE_OTHER_TC);
    assert_int_equal(guest_fault_clearer(DAQS_CAUSE_OTHER_TC, DAQS_CAUSE_NO_TC),
                     DAQS_CAUSE_OTHER_TC);
    assert_int_equal(guest_fault_clearer(DAQS_CAUSE_OTHER_TC, DAQS_CAUSE_NOT_PERMITTED),
                     DAQS_CAUSE_NOT_PERMITTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g1_a_list_that_fails_gives_the_reason),
        cmocka_unit_test(g6_only_a_guest_that_cannot_be_asked_now_is_in_grace),
        cmocka_unit_test(g1_only_unanswered_commands_pass),
        cmocka_unit_test(g9_why_tc_did_not_start),
        cmocka_unit_test(g9_messages_of_tc_are_distinguished),
        cmocka_unit_test(g9_a_missing_class_is_not_a_kernel_without_htb),
        cmocka_unit_test(g9_another_tc_is_tried_where_this_one_did_nothing),
        cmocka_unit_test(g9_the_most_specific_cause_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
