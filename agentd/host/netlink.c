/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/netlink.h"

#include <netlink/msg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A PF with 512 VFs takes a message of about 150 kB. The kernel's default limit for data queued in
 * a socket is lower. */
enum { MESSAGE_BYTES = 512 * 1024, WAITING_BYTES = 2 * 1024 * 1024, TIMEOUT_S = 2 };

int netlink_open(struct nl_sock *socket, int protocol)
{
    const struct timeval most = {.tv_sec = TIMEOUT_S};
    int code = nl_connect(socket, protocol);
    if (code >= 0)
        code = nl_socket_set_msg_buf_size(socket, MESSAGE_BYTES);
    if (code < 0)
        return code;
    (void)nl_socket_set_buffer_size(socket, WAITING_BYTES, 0); /* a failure is not fatal */
    (void)setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    return 0;
}

int netlink_fail(struct daqs_error *err, const char *what, const char *ifname, int code)
{
    bool refused = code == -NLE_INVAL || code == -NLE_RANGE;
    bool cannot = code == -NLE_OPNOTSUPP || code == -NLE_PERM;
    bool busy = code == -NLE_BUSY || code == -NLE_AGAIN;
    bool gone = code == -NLE_NODEV || code == -NLE_OBJ_NOTFOUND;
    return daqs_fail(err,
                     refused  ? DAQS_EREFUSED
                     : cannot ? DAQS_ESYSTEM
                     : busy   ? DAQS_EBUSY
                     : gone   ? DAQS_ENOTFOUND
                              : DAQS_EIO,
                     "%s %s: %s%s", what, ifname, nl_geterror(code),
                     code == -NLE_PERM
                         ? "; it needs CAP_NET_ADMIN, which host-side.conf gives the agent's unit"
                         : "");
}

int netlink_failed(struct nl_sock *socket, int protocol, struct daqs_error *err, const char *what,
                   const char *ifname, int code)
{
    int result = netlink_fail(err, what, ifname, code);
    if (result == DAQS_EIO || code == -NLE_AGAIN) {
        nl_close(socket);
        (void)netlink_open(socket, protocol); /* if that fails, the next call reports it */
    }
    return result;
}

void netlink_free_message_p(struct nl_msg **message)
{
    nlmsg_free(*message); /* may be NULL */
}

void netlink_put_callbacks_p(struct nl_cb **callbacks)
{
    if (*callbacks)
        nl_cb_put(*callbacks);
}
