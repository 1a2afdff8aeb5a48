/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/remedy.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/model.h"

const char *remedy_of_nic(unsigned cause)
{
    switch ((enum daqs_nic_cause)cause) {
    case DAQS_CAUSE_NO_AGENT:
        return "is the guest paused? If not, in the guest: install and start qemu-guest-agent";
    case DAQS_CAUSE_TIMEOUT:
        return "is the guest paused? If it lasts, in the guest: systemctl restart "
               "qemu-guest-agent";
    case DAQS_CAUSE_BAD_REPLY:
        return "is it a guest agent that answers? On the host: journalctl -u daqs-agentd -n 50";
    case DAQS_CAUSE_NO_NIC:
        return "in the guest: load the VF's driver, and keep the VF's MAC address";
    case DAQS_CAUSE_EXEC_BLOCKED:
        return "in the guest: allow guest-exec in the guest agent's configuration; or enforce = "
               "host";
    case DAQS_CAUSE_NO_TC:
        return "in the guest: install iproute2; or enforce = host";
    case DAQS_CAUSE_TC_FAILED:
        return "on the host: journalctl -u daqs-agentd -n 50 has the message of tc; or enforce = "
               "host";
    case DAQS_CAUSE_TENANT_QDISC:
        return "in the guest: tc qdisc del dev NIC root; or enforce = host";
    case DAQS_CAUSE_BAD_NAME:
        return "in the guest: rename the interface (up to 15 letters and digits); Windows has no "
               "tc: enforce = host";
    case DAQS_CAUSE_NOT_APPLIED:
        return "if it lasts, in the guest: tc class show";
    case DAQS_CAUSE_LIMIT_REMOVED:
        return "ask the guest's owner; or enforce = host";
    case DAQS_CAUSE_LIMIT_EXCEEDED:
        return "its packets bypass the qdisc: enforce = host";
    case DAQS_CAUSE_HOST_CANNOT:
        return "on the host: let the agent set VF rates (host-side.conf); if its driver has none "
               "(docs/nics.md): enforce = auto";
    case DAQS_CAUSE_HOST_REFUSED:
        return "is the PF's link up, and as fast as its driver needs for VF rates? See its row in "
               "docs/nics.md";
    case DAQS_CAUSE_HOST_LEAST:
        return "a limit of the driver: enforce = guest if its guest can be limited";
    case DAQS_CAUSE_SAYS_LESS:
        return "ask the guest's owner; the VF's counters are used now";
    case DAQS_CAUSE_FROZEN:
        return "wait for the backup or snapshot. If it hangs, on the host: virsh domfsthaw VM";
    case DAQS_CAUSE_BUSY:
        return "wait for the backup or the command. If it lasts, on the host: virsh list, and "
               "which other program uses the guest agents?";
    case DAQS_CAUSE_LIST_BLOCKED:
        return "in the guest: allow guest-network-get-interfaces in the guest agent's "
               "configuration";
    case DAQS_CAUSE_NO_HTB:
        return "in the guest: modprobe sch_htb, or a kernel package with it; or enforce = host";
    case DAQS_CAUSE_NOT_PERMITTED:
        return "in the guest: ausearch -m avc -c tc, and does qemu-guest-agent run as root? Or "
               "enforce = host";
    case DAQS_CAUSE_OTHER_TC:
        return "in the guest: install iproute2, because BusyBox's tc has no HTB; or enforce = host";
    case DAQS_CAUSE_AMBIGUOUS:
        return "in the guest: allow guest-exec in the guest agent's configuration; or enforce = "
               "host";
    case DAQS_CAUSE_NO_COUNTERS:
        return "in the guest: allow guest-exec in the guest agent's configuration, or give the "
               "interface an IP address";
    case DAQS_CAUSE_NO_ADDRESS:
        return "on the host: give the VF a MAC address (<mac> in the domain, or ip link set PF "
               "vf N mac MAC)";
    case DAQS_CAUSE_VF_NO_UPLINK:
        return "on the host: add its PF to /etc/daqs/agentd.conf as an uplink, if guarantees "
               "are to hold there";
    case DAQS_CAUSE_VF_NO_INTERFACE:
        return "on the host: bind the PF to its driver";
    case DAQS_CAUSE_VF_NOT_AMONG:
        return "on the host: 'nics' of its uplink in /etc/daqs/agentd.conf lists others";
    case DAQS_CAUSE_VF_UNLISTED:
        return "on the host: use <interface type='hostdev'> with a <mac> in the domain";
    case DAQS_CAUSE_VF_SAME_ADDRESS:
        return "on the host: give each VF of the domain a MAC address of its own";
    case DAQS_CAUSE_NONE:
    case DAQS_CAUSE_HOST_SIDE:
        break;
    }
    return "on the host: journalctl -u daqs-agentd -n 50";
}

static bool is_plain(const char *name)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@:";
    return *name && strspn(name, plain) == strlen(name);
}

const char *remedy_word(const char *name, char buf[static REMEDY_WORD_BYTES])
{
    static const char quote[] = "'\\''";
    char *at = buf;
    if (is_plain(name)) {
        (void)snprintf(buf, REMEDY_WORD_BYTES, "%s", name);
        return buf;
    }
    *at++ = '\'';
    for (size_t i = 0; i < DAQS_NAME_MAX && name[i]; i++) {
        size_t bytes = name[i] == '\'' ? sizeof quote - 1 : 1;
        memcpy(at, name[i] == '\'' ? quote : &name[i], bytes);
        at += bytes;
    }
    *at++ = '\'';
    *at = '\0';
    return buf;
}
