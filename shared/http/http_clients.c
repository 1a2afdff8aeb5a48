/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/http/http_clients.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>

enum { REQUEST_MS = 10000, ANSWER_MS = 600000 };

/* A connection. Its deadline is that of a request or of a response, depending on 'busy'. */
struct http_client {
    struct http_clients *all;
    int fd;
    bool busy; /* the request is complete, the response is not */
    int64_t since_ms;
    bool ended; /* closed by the server */
    struct http_client *prev;
    struct http_client *next;
};

static void hang_up(struct http_client *client)
{
    client->ended = true;
    (void)shutdown(client->fd, SHUT_RDWR);
}

/* Closes the clients that have been idle longest if there are too many: a new client is more likely
 * to send a request. */
static void make_capacity(struct http_clients *clients)
{
    struct http_client *client = NULL;
    uint64_t left = clients->connected;
    DL_FOREACH(clients->first, client)
    {
        left -= client->ended;
    }
    DL_FOREACH(clients->first, client)
    {
        if (left <= clients->most)
            return;
        if (client->busy || client->ended)
            continue;
        hang_up(client);
        clients->crowded_out++;
        left--;
    }
}

struct http_client *http_clients_add(struct http_clients *clients, int fd)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    *client = (struct http_client){.all = clients, .fd = fd, .since_ms = clients->now_ms};
    DL_APPEND(clients->first, client);
    clients->accepted++;
    clients->connected++;
    make_capacity(clients);
    return client;
}

void http_clients_remove(struct http_client *client)
{
    struct http_clients *clients = client->all;
    DL_DELETE(clients->first, client);
    clients->connected--;
    free(client);
}

void http_clients_busy(struct http_client *client, bool busy)
{
    if (!client)
        return;
    struct http_clients *clients = client->all;
    client->busy = busy;
    client->since_ms = clients->now_ms;
    DL_DELETE(clients->first, client);
    DL_APPEND(clients->first, client);
}

void http_clients_crowd_out(struct http_client *client)
{
    if (!client || client->ended)
        return;
    hang_up(client);
    client->all->crowded_out++;
}

void http_clients_end_slow(struct http_clients *clients)
{
    struct http_client *client = NULL;
    DL_FOREACH(clients->first, client)
    {
        int64_t most_ms = client->busy ? ANSWER_MS : REQUEST_MS;
        if (client->ended || clients->now_ms - client->since_ms < most_ms)
            continue;
        hang_up(client);
        clients->slow++;
    }
}
