/* SPDX-License-Identifier: Apache-2.0 */
/* netlink - common parts of the modules that query the kernel over netlink. */
#ifndef DAQS_AGENTD_HOST_NETLINK_H
#define DAQS_AGENTD_HOST_NETLINK_H

#include <netlink/netlink.h>

#include "shared/base/error.h"

/* Connects a socket for long answers, with a receive timeout of two seconds. Returns 0 or an error
 * of libnl. */
int netlink_open(struct nl_sock *socket, int protocol);

/* Sets err to describe a failed operation on an interface, and returns its code. DAQS_EREFUSED: the
 * driver rejects this value. DAQS_EBUSY: it is busy. DAQS_ENOTFOUND: the object does not exist.
 * DAQS_ESYSTEM: the operation is not supported, or the agent lacks the permission. DAQS_EIO: there
 * was no answer, or an unexpected one. */
int netlink_fail(struct daqs_error *err, const char *what, const char *ifname, int code);

/* Does the same for a request that was sent through this socket. An answer that is late or
 * unexpected could be mistaken for that to the next request, so the socket is opened again in that
 * case. */
int netlink_failed(struct nl_sock *socket, int protocol, struct daqs_error *err, const char *what,
                   const char *ifname, int code);

void netlink_free_message_p(struct nl_msg **message);
void netlink_put_callbacks_p(struct nl_cb **callbacks);

#endif
