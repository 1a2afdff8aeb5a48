/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/interface_name.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "shared/base/cleanup.h"

/* ALTIFNAMSIZ is defined in linux/if.h, which conflicts with net/if.h. */
enum { TIMEOUT_S = 1, ALTERNATIVE_BYTES = 128 };

static void free_socket_p(struct nl_sock **socket)
{
    if (*socket)
        nl_socket_free(*socket);
}

static void free_message_p(struct nl_msg **message)
{
    nlmsg_free(*message); /* may be NULL */
}

/* Stores the name from the kernel's answer. */
static int take(struct nl_msg *message, void *arg)
{
    char *ret = arg;
    const struct nlattr *name =
        nlmsg_find_attr(nlmsg_hdr(message), sizeof(struct ifinfomsg), IFLA_IFNAME);
    if (name && nla_len(name) > 0 && nla_len(name) <= DAQS_IFNAME_MAX + 1)
        (void)snprintf(ret, DAQS_IFNAME_MAX + 1, "%.*s", nla_len(name),
                       (const char *)nla_data(name));
    return NL_OK;
}

/* Asks the kernel for the interface. With this attribute the kernel accepts both kinds of names,
 * also long ones. */
static void ask(const char *name, char ret[static DAQS_IFNAME_MAX + 1])
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    const struct timeval most = {.tv_sec = TIMEOUT_S};
    struct nl_sock *socket DAQS_AUTO(free_socket_p) = nl_socket_alloc();
    struct nl_msg *message DAQS_AUTO(free_message_p) = nlmsg_alloc_simple(RTM_GETLINK, 0);
    if (!socket || !message || nl_connect(socket, NETLINK_ROUTE) < 0 ||
        nlmsg_append(message, (void *)&info, sizeof info, 4) < 0 ||
        nla_put_string(message, IFLA_ALT_IFNAME, name) < 0)
        return;
    (void)setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    (void)nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take, ret);
    if (nl_send_auto(socket, message) >= 0)
        (void)nl_recvmsgs_default(socket); /* an error is an answer, too */
}

bool interface_name(const char *name, char ret[static DAQS_IFNAME_MAX + 1])
{
    char found[IF_NAMESIZE] = "";
    unsigned index = strlen(name) < IF_NAMESIZE ? if_nametoindex(name) : 0;
    ret[0] = '\0';
    if (index != 0 && if_indextoname(index, found))
        (void)snprintf(ret, DAQS_IFNAME_MAX + 1, "%s", found);
    else if (strlen(name) >= IF_NAMESIZE && strlen(name) < ALTERNATIVE_BYTES)
        ask(name, ret);
    if (!daqs_ifname_ok(ret))
        ret[0] = '\0';
    return ret[0] != '\0';
}
