/* http_clients - who is connected to an HTTP server, and for how long they may be: an idle client
 * goes for a newer one, and a slow one in time. Of hanging up the rest is left to whoever reads the
 * descriptors; a client stays until it is removed. */
#ifndef DAQS_HTTP_HTTP_CLIENTS_H
#define DAQS_HTTP_HTTP_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

struct http_client; /* opaque: a connection */

struct http_clients {
    unsigned most;
    int64_t now_ms;
    struct http_client *first; /* those that wait longest first */
    uint64_t accepted;
    uint64_t connected;
    uint64_t crowded_out;
    uint64_t slow;
};

/* One has come; others, or itself, may have to go. NULL: out of memory. */
struct http_client *http_clients_add(struct http_clients *clients, int fd);
/* Its descriptor is closed. */
void http_clients_remove(struct http_client *client);

/* Its request is there whole, or (false) answered to the end. NULL is fine. */
void http_clients_busy(struct http_client *client, bool busy);

/* For a newer one's sake, whatever it does. NULL is fine. */
void http_clients_crowd_out(struct http_client *client);

/* Whose request, or answer, takes too long is hung up on. */
void http_clients_end_slow(struct http_clients *clients);

#endif
