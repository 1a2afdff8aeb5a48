/* SPDX-License-Identifier: Apache-2.0 */
/* qga_error - classifies errors of requests to a guest agent, by libvirt's code or by the agent's
 * message.
 *
 * Results: DAQS_EFROZEN: the agent rejects the request while the guest's file systems are frozen.
 * DAQS_EBUSY: another client of libvirt holds the agent. DAQS_EREFUSED: the agent does not allow or
 * does not have the command. DAQS_EGUEST: the command failed for an unknown reason. DAQS_ETIMEOUT:
 * no reply. DAQS_EIO: the agent cannot be reached. */
#ifndef DAQS_AGENTD_CORE_QGA_ERROR_H
#define DAQS_AGENTD_CORE_QGA_ERROR_H

#include <stdbool.h>

/* Classifies a reply with an error of this class ("" if it has none) and description. */
int qga_error_of_reply(const char *class, const char *text);

/* Classifies an error of virDomainQemuAgentCommand in libvirt 9 to 12: domain, code and message (""
 * if it has none) of virError. */
int qga_error_of_libvirt(int domain, int code, const char *text);

/* Returns true for the message of qemu-ga up to 5.2, which is the same for a blocked command and
 * for frozen file systems. guest-fsfreeze-status distinguishes them. */
bool qga_error_unclear(const char *text);

#endif
