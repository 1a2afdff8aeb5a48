/* http_address - where HTTP is served: "127.0.0.1:7480", "[::1]:7480", "*:7480". */
#ifndef DAQS_HTTP_HTTP_ADDRESS_H
#define DAQS_HTTP_HTTP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "shared/base/error.h"

struct http_address {
    struct sockaddr_storage address; /* of "*": that of IPv6 which takes both */
    socklen_t length;
    bool loopback;
    bool any; /* "*" */
};

/* Addresses, not names: what is served to whom is not to depend on a name server. */
int http_address_parse(const char *text, struct http_address *ret, struct daqs_error *err);

/* Takes what a configuration says, an address or "" for none, into *text, whose old one is freed.
 */
int http_address_configure(const char *value, char **text, struct daqs_error *err);

/* A socket that listens there, the caller's to close; -1 with a text. */
int http_address_listen(const char *text, struct daqs_error *err);

#endif
