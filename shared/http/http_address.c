/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/http/http_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/net/config.h"

enum { BACKLOG = 1024, HOST_BYTES = 64 };

static bool read_port(const char *text, in_port_t *ret)
{
    if (*text == '\0' || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
        return false;
    long port = strtol(text, NULL, 10);
    *ret = htons((in_port_t)port);
    return port > 0 && port <= 65535;
}

static void take_v4(struct http_address *ret, struct in_addr host, in_port_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->address;
    v4->sin_family = AF_INET;
    v4->sin_addr = host;
    v4->sin_port = port;
    ret->length = sizeof *v4;
    ret->loopback = ntohl(host.s_addr) >> 24 == 127;
}

static void take_v6(struct http_address *ret, const struct in6_addr *host, in_port_t port)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->address;
    v6->sin6_family = AF_INET6;
    v6->sin6_addr = *host;
    v6->sin6_port = port;
    ret->length = sizeof *v6;
    ret->loopback = IN6_IS_ADDR_LOOPBACK(host);
}

int http_address_parse(const char *text, struct http_address *ret, struct daqs_error *err)
{
    char host[HOST_BYTES];
    in_port_t port = 0;
    struct in_addr v4;
    struct in6_addr v6;
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    struct http_address address = {0};
    if (length > 0 && length < sizeof host && read_port(colon + 1, &port)) {
        bool bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
        (void)snprintf(host, sizeof host, "%.*s", (int)(bracketed ? length - 2 : length),
                       bracketed ? text + 1 : text);
        if (strcmp(host, "*") == 0) {
            take_v6(&address, &in6addr_any, port);
            address.any = true;
        } else if (bracketed && inet_pton(AF_INET6, host, &v6) == 1) {
            take_v6(&address, &v6, port);
        } else if (!bracketed && inet_pton(AF_INET, host, &v4) == 1) {
            take_v4(&address, v4, port);
        }
    }
    if (address.length == 0)
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.80s' is not an address and a port; write it like 127.0.0.1:7480, "
                         "[::1]:7480 or *:7480",
                         text);
    *ret = address;
    return DAQS_OK;
}

static int listen_on(const struct http_address *address)
{
    const int on = 1;
    const int only = !address->any;
    int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->address.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    if (bind(fd, (const struct sockaddr *)&address->address, address->length) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

int http_address_configure(const char *value, char **text, struct daqs_error *err)
{
    struct http_address address;
    int result = *value ? http_address_parse(value, &address, err) : DAQS_OK;
    return result == DAQS_OK ? config_replace_text(text, value, err) : result;
}

int http_address_listen(const char *text, struct daqs_error *err)
{
    struct http_address address;
    if (http_address_parse(text, &address, err) != DAQS_OK)
        return -1;
    int fd = listen_on(&address);
    if (fd < 0 && address.any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        in_port_t port = ((struct sockaddr_in6 *)&address.address)->sin6_port;
        address = (struct http_address){.any = true};
        take_v4(&address, (struct in_addr){INADDR_ANY}, port); /* the system has no IPv6 */
        fd = listen_on(&address);
    }
    if (fd < 0)
        daqs_fail(err, DAQS_EIO, "cannot listen on %.80s: %s", text, strerror(errno));
    return fd;
}
