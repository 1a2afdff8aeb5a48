/* SPDX-License-Identifier: Apache-2.0 */
/* http_clients - the clients of an HTTP server, and how long they may stay: an idle client is
 * closed to make room for a newer one, a slow one after some time. This module only shuts a
 * connection down; the code that reads the descriptor does the rest. A client stays until it is
 * removed. */
#ifndef DAQS_HTTP_HTTP_CLIENTS_H
#define DAQS_HTTP_HTTP_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

struct http_client; /* opaque: a connection */

struct http_clients {
    unsigned most;
    int64_t now_ms;
    struct http_client *first; /* the longest waiting first */
    uint64_t accepted;
    uint64_t connected;
    uint64_t crowded_out;
    uint64_t slow;
};

/* Adds a client. This may close others, or the new one. NULL: out of memory. */
struct http_client *http_clients_add(struct http_clients *clients, int fd);
/* Removes a client whose descriptor is closed. */
void http_clients_remove(struct http_client *client);

/* Records that the client's request is complete (true), or its response (false). NULL is
 * allowed. */
void http_clients_busy(struct http_client *client, bool busy);

/* Closes a client, even a busy one, to make room for a newer one. NULL is allowed. */
void http_clients_crowd_out(struct http_client *client);

/* Closes the clients whose request or response takes too long. */
void http_clients_end_slow(struct http_clients *clients);

#endif
