/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/guest_fault.h"

#include <string.h>

static bool has(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

static bool begins(const char *text, const char *words)
{
    return strncmp(text, words, strlen(words)) == 0;
}

enum daqs_nic_cause guest_fault_of_list(int result)
{
    switch (result) {
    case DAQS_EFROZEN:
        return DAQS_CAUSE_FROZEN;
    case DAQS_EBUSY:
        return DAQS_CAUSE_BUSY;
    case DAQS_EREFUSED:
        return DAQS_CAUSE_LIST_BLOCKED;
    case DAQS_ETIMEOUT:
        return DAQS_CAUSE_TIMEOUT;
    case DAQS_EIO:
        return DAQS_CAUSE_NO_AGENT;
    default:
        return DAQS_CAUSE_BAD_REPLY;
    }
}

enum daqs_nic_state guest_fault_state(unsigned cause)
{
    if (cause == DAQS_CAUSE_FROZEN)
        return DAQS_NIC_FROZEN;
    return cause == DAQS_CAUSE_BUSY ? DAQS_NIC_BUSY : DAQS_NIC_UNRESPONSIVE;
}

bool guest_fault_pauses(int result)
{
    return daqs_nic_in_grace(guest_fault_state(guest_fault_of_list(result)));
}

static enum daqs_nic_cause of_start(int result, const char *why)
{
    if (result == DAQS_EREFUSED)
        return DAQS_CAUSE_EXEC_BLOCKED;
    if (result == DAQS_EGUEST)
        return has(why, "Permission denied") ? DAQS_CAUSE_NOT_PERMITTED : DAQS_CAUSE_NO_TC;
    return guest_fault_of_list(result);
}

/* Kernels before 4.16 have no specific message for a missing HTB. For a class, the same message
 * means that the agent's qdisc is missing. */
static bool no_htb(const char *err, const char *batch)
{
    return has(err, "qdisc kind is unknown") ||
           (begins(batch, "qdisc add") && has(err, "No such file or directory") &&
            has(err, "Command failed -:1\n"));
}

static bool not_permitted(const char *err)
{
    return has(err, "Operation not permitted") || has(err, "Permission denied");
}

/* Matches the messages of a BusyBox that lacks the options or was built without tc, and of an
 * iproute2 that was built without HTB. */
static bool other_tc(const char *err)
{
    return has(err, "BusyBox") || has(err, "applet not found") || has(err, "Unknown qdisc") ||
           begins(err, "Usage:");
}

enum daqs_nic_cause guest_fault_of_tc(const struct tc_end *end, const char *batch,
                                      struct tc_state *ret)
{
    if (end->result != DAQS_OK)
        return of_start(end->result, end->why);
    if (end->exit_code != 0) {
        if (other_tc(end->err))
            return DAQS_CAUSE_OTHER_TC;
        if (no_htb(end->err, batch))
            return DAQS_CAUSE_NO_HTB;
        return not_permitted(end->err) ? DAQS_CAUSE_NOT_PERMITTED : DAQS_CAUSE_TC_FAILED;
    }
    const struct tc_state state = tc_parse_state(end->out);
    if (state.root == TC_ROOT_UNKNOWN)
        return DAQS_CAUSE_OTHER_TC;
    *ret = state;
    return DAQS_CAUSE_NONE;
}

bool guest_fault_of_program(enum daqs_nic_cause cause, const struct tc_end *end, const char *batch)
{
    if (end->result == DAQS_EGUEST)
        return true;
    return cause == DAQS_CAUSE_OTHER_TC && (end->exit_code != 0 || begins(batch, "qdisc show"));
}

static int says(enum daqs_nic_cause cause)
{
    return cause == DAQS_CAUSE_NOT_PERMITTED ? 2 : cause == DAQS_CAUSE_OTHER_TC;
}

enum daqs_nic_cause guest_fault_clearer(enum daqs_nic_cause a, enum daqs_nic_cause b)
{
    return says(b) > says(a) ? b : a;
}

bool guest_fault_passes(unsigned cause)
{
    return cause == DAQS_CAUSE_TIMEOUT || cause == DAQS_CAUSE_NO_AGENT ||
           cause == DAQS_CAUSE_BAD_REPLY;
}
