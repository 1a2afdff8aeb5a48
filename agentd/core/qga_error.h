/* qga_error - what it means that a request to a guest agent failed: by libvirt's code, or by what
 * the agent says.
 *
 * The results: DAQS_EFROZEN: the agent refuses it while the guest's file systems are frozen.
 * DAQS_EBUSY: another client of libvirt holds the agent.
 * DAQS_EREFUSED: it does not allow, or does not have the command. DAQS_EGUEST: the command failed,
 * and nothing else is known. DAQS_ETIMEOUT: no answer. DAQS_EIO: no way to the agent. */
#ifndef DAQS_AGENTD_CORE_QGA_ERROR_H
#define DAQS_AGENTD_CORE_QGA_ERROR_H

#include <stdbool.h>

/* Of a reply with an error of this class ("" if it has none) and description. */
int qga_error_of_reply(const char *class, const char *text);

/* Of virDomainQemuAgentCommand, from libvirt 9 to 12: virError's domain, code and message ("" if it
 * has none). */
int qga_error_of_libvirt(int domain, int code, const char *text);

/* True if these are the words of qemu-ga up to 5.2, which refuses a command alike whether it is
 * blocked or the file systems are frozen: guest-fsfreeze-status tells. */
bool qga_error_unclear(const char *text);

#endif
