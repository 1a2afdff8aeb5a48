/* netlink - what the ways to ask the kernel over netlink have in common. */
#ifndef DAQS_AGENTD_HOST_NETLINK_H
#define DAQS_AGENTD_HOST_NETLINK_H

#include <netlink/netlink.h>

#include "shared/base/error.h"

/* Connects a socket whose answers may be long, and do not keep anyone waiting for more than two
 * seconds. Returns 0 or an error of libnl. */
int netlink_open(struct nl_sock *socket, int protocol);

/* Says what failed with an interface. DAQS_EREFUSED: the driver does not want this value.
 * DAQS_EBUSY: it has no time. DAQS_ENOTFOUND: there is no such thing. DAQS_ESYSTEM: it cannot do
 * that, or the agent may not. DAQS_EIO: it was not answered, or not as expected. */
int netlink_fail(struct daqs_error *err, const char *what, const char *ifname, int code);

/* The same for a question that was asked through this socket. An answer that comes too late, or was
 * not as expected, would be taken for that to the next question: the socket is opened again then.
 */
int netlink_failed(struct nl_sock *socket, int protocol, struct daqs_error *err, const char *what,
                   const char *ifname, int code);

void netlink_free_message_p(struct nl_msg **message);
void netlink_put_callbacks_p(struct nl_cb **callbacks);

#endif
