/* SPDX-License-Identifier: Apache-2.0 */
/* http_address - the address on which HTTP is served: "127.0.0.1:7480", "[::1]:7480", "*:7480". */
#ifndef DAQS_HTTP_HTTP_ADDRESS_H
#define DAQS_HTTP_HTTP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "shared/base/error.h"

struct http_address {
    struct sockaddr_storage address; /* for "*" that of IPv6, which accepts IPv4 as well */
    socklen_t length;
    bool loopback;
    bool any; /* "*" */
};

/* Parses an address and a port. Rejects host names, because a name server must not decide to whom
 * HTTP is served. DAQS_EINVALID: not an address and a port. */
int http_address_parse(const char *text, struct http_address *ret, struct daqs_error *err);

/* Stores a configured value, an address or "" for none, in *text and frees the old one.
 * DAQS_EINVALID as above, DAQS_ENOMEM. */
int http_address_configure(const char *value, char **text, struct daqs_error *err);

/* Returns a socket that listens on the address, which the caller closes; -1 with a text on
 * failure. */
int http_address_listen(const char *text, struct daqs_error *err);

#endif
