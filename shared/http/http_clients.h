/* SPDX-License-Identifier: Apache-2.0 */
/* http_clients - the clients of an HTTP server, and how long they may stay. A new client replaces
 * the one that has been idle longest, of its own address if that has too many: idle clients cannot
 * keep others out. A client that waits for the server is never replaced. This
 * module only shuts a connection down; the code that reads the descriptor does the rest. A client
 * stays until it is removed. */
#ifndef DAQS_HTTP_HTTP_CLIENTS_H
#define DAQS_HTTP_HTTP_CLIENTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct http_client; /* opaque: a connection */

struct http_clients {
    unsigned most;            /* connections in total */
    unsigned most_of_address; /* of one IPv4 address, or of the first 64 bits of an IPv6 address */
    int64_t now_ms;
    struct http_client *first; /* in order of idle time, the longest first */
    uint64_t accepted;
    uint64_t connected;
    uint64_t crowded_out;
    uint64_t slow;
};

/* Adds a client. 'from' is its address; NULL, or of another family than IPv4 and IPv6: these
 * clients count as of one address. This may close others, or the new one. NULL: out of memory. */
struct http_client *http_clients_add(struct http_clients *clients, int fd,
                                     const struct sockaddr *from);
/* Removes a client whose descriptor is closed. */
void http_clients_remove(struct http_client *client);

/* What a client and the server wait for. NULL is allowed as client in all of these. */

/* The request is complete, or all that was made of the response is sent: the server must make more.
 * The client is not replaced. */
void http_clients_owed(struct http_client *client);
/* A part of the response was sent; the client must read it. */
void http_clients_sent(struct http_client *client);
/* The response is complete; the client may send another request. */
void http_clients_done(struct http_client *client);

/* Closes a client, even one that waits for the server, to make room for a newer one. */
void http_clients_crowd_out(struct http_client *client);

/* Closes the clients that have not completed a request 10 s after they connected or after the last
 * response, those that have not read for 60 s, and those whose response takes more than 10 min. */
void http_clients_end_slow(struct http_clients *clients);

#endif
