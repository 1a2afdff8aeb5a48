/* SPDX-License-Identifier: Apache-2.0 */
/* loop_client - requests of the web thread to the control loop, and the replies to them.
 *
 * Clients that request the same about the present within a second share one request. The rate of
 * requests and the number of those in progress are limited, so that HTTP clients cannot keep the
 * loop busy. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_LOOP_CLIENT_H
#define DAQS_CONTROLLERD_IO_HTTP_LOOP_CLIENT_H

#include "controllerd/io/http/loop_reply.h"

struct loop_client; /* opaque */

struct loop_client_setup {
    uint32_t per_second; /* 1 to a million; bursts may be twice that */
    /* Sends a copy to the loop. Any error means that it is not sent. */
    int (*send)(void *arg, const void *bytes, size_t length);
    void *arg;
};

/* Returns NULL if out of memory. */
struct loop_client *loop_client_new(const struct loop_client_setup *setup);
/* Ends all requests: their waits get NULL. Later requests fail. */
void loop_client_end(struct loop_client *client);
/* Also ends all requests. NULL is fine. */
void loop_client_free(struct loop_client *client);

enum loop_request_kind {
    LOOP_PAST,    /* not shared */
    LOOP_PRESENT, /* shared by all who request the same within a second */
    LOOP_METRICS, /* one at a time, not shared; always admitted */
    LOOP_HEALTH,  /* like LOOP_PRESENT, with a timeout of 3 s instead of 30 s; always admitted */
};

/* A wait for a reply; to be embedded. */
struct loop_wait {
    /* Called once with the reply, which is valid during the call unless it is held. NULL: it did
     * not arrive in time. The callback may make another request. */
    void (*on_reply)(struct loop_wait *wait, struct loop_reply *reply);
    struct loop_wait *next;
};

/* Sends a request, or joins one. Calls on_reply at once or later. DAQS_EBUSY: too many requests
 * are in progress or were made lately, or the client has ended; on_reply is not called. */
int loop_client_request(struct loop_client *client, const struct wire_request *request,
                        enum loop_request_kind kind, int64_t now_ms, struct loop_wait *wait);

/* Handles a message of the loop. Ignores a malformed one, and a reply that came too late. */
void loop_client_receive(struct loop_client *client, const void *bytes, size_t length,
                         int64_t now_ms);

/* Ends requests that have waited too long, and forgets old replies; called several times a
 * second. */
void loop_client_tick(struct loop_client *client, int64_t now_ms);

#endif
