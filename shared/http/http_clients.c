/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/http/http_clients.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { REQUEST_MS = 10000, READ_MS = 60000, ANSWER_MS = 600000 };
enum { NETWORK_BYTES = 8 };

enum stage { ASKS, IS_OWED, READS };

struct http_client {
    struct http_clients *all;
    int fd;
    uint8_t network[NETWORK_BYTES];
    enum stage stage;
    int64_t idle_since_ms; /* since when the server has waited for it */
    int64_t asked_ms;      /* when its request was complete */
    bool ended;            /* closed by the server */
    struct http_client *prev;
    struct http_client *next;
};

static void find_network(const struct sockaddr *from, uint8_t ret[static NETWORK_BYTES])
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    memset(ret, 0, NETWORK_BYTES);
    if (!from)
        return;
    if (from->sa_family == AF_INET)
        memcpy(ret, &four->sin_addr, sizeof four->sin_addr);
    else if (from->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        memcpy(ret, six->sin6_addr.s6_addr + 12, 4);
    else if (from->sa_family == AF_INET6)
        memcpy(ret, six->sin6_addr.s6_addr, NETWORK_BYTES);
}

static void hang_up(struct http_client *client)
{
    client->ended = true;
    (void)shutdown(client->fd, SHUT_RDWR);
}

static bool is_of(const struct http_client *client, const uint8_t *network)
{
    return !client->ended && (!network || memcmp(client->network, network, NETWORK_BYTES) == 0);
}

/* Returns the client of a network (NULL: any) that goes because there are more than 'most'; NULL:
 * there are not. Of those that send requests and of those that read responses, it is of the kind
 * that there is more of, so that neither kind can displace the other. The newest client is last in
 * the list: it goes if all others wait for the server. */
static struct http_client *surplus(const struct http_clients *clients, const uint8_t *network,
                                   unsigned most)
{
    unsigned count[] = {[ASKS] = 0, [IS_OWED] = 0, [READS] = 0};
    struct http_client *client = NULL;
    DL_FOREACH(clients->first, client)
    {
        count[client->stage] += is_of(client, network);
    }
    if (count[ASKS] + count[IS_OWED] + count[READS] <= most)
        return NULL;
    bool only_new = count[ASKS] == 1 && count[READS] > 0;
    enum stage stage = only_new || count[READS] > count[ASKS] ? READS : ASKS;
    DL_FOREACH(clients->first, client)
    {
        if (client->stage == stage && is_of(client, network))
            break;
    }
    return client;
}

static void make_room(const struct http_clients *clients, const uint8_t *network, unsigned most)
{
    for (struct http_client *one = surplus(clients, network, most); one;
         one = surplus(clients, network, most))
        http_clients_crowd_out(one);
}

struct http_client *http_clients_add(struct http_clients *clients, int fd,
                                     const struct sockaddr *from)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    *client = (struct http_client){.all = clients, .fd = fd, .idle_since_ms = clients->now_ms};
    find_network(from, client->network);
    DL_APPEND(clients->first, client);
    clients->accepted++;
    clients->connected++;
    make_room(clients, client->network, clients->most_of_address);
    make_room(clients, NULL, clients->most);
    return client;
}

void http_clients_remove(struct http_client *client)
{
    struct http_clients *clients = client->all;
    DL_DELETE(clients->first, client);
    clients->connected--;
    free(client);
}

/* --- what they wait for --- */

static void enter(struct http_client *client, enum stage stage)
{
    struct http_clients *clients = client->all;
    client->stage = stage;
    client->idle_since_ms = clients->now_ms;
    DL_DELETE(clients->first, client);
    DL_APPEND(clients->first, client);
}

void http_clients_owed(struct http_client *client)
{
    if (!client)
        return;
    if (client->stage == ASKS)
        client->asked_ms = client->all->now_ms;
    enter(client, IS_OWED);
}

void http_clients_sent(struct http_client *client)
{
    if (client)
        enter(client, READS);
}

void http_clients_done(struct http_client *client)
{
    if (client)
        enter(client, ASKS);
}

/* --- their end --- */

void http_clients_crowd_out(struct http_client *client)
{
    if (!client || client->ended)
        return;
    hang_up(client);
    client->all->crowded_out++;
}

static bool is_slow(const struct http_client *client, int64_t now_ms)
{
    int64_t idle_ms = now_ms - client->idle_since_ms;
    if (client->stage == ASKS)
        return idle_ms >= REQUEST_MS;
    return (client->stage == READS && idle_ms >= READ_MS) || now_ms - client->asked_ms >= ANSWER_MS;
}

void http_clients_end_slow(struct http_clients *clients)
{
    struct http_client *client = NULL;
    DL_FOREACH(clients->first, client)
    {
        if (client->ended || !is_slow(client, clients->now_ms))
            continue;
        hang_up(client);
        clients->slow++;
    }
}
