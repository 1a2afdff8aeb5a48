/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/group/routing.h"
#include "controllerd/io/admin/admin_apply.h"
#include "controllerd/io/admin/admin_backup.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/admin/uploads.h"
#include "controllerd/io/net/auth.h"
#include "shared/base/clock.h"
#include "shared/wire/bus.h"
#include "shared/wire/peer.h"

/* Decoding needs a small multiple of a message's bytes. */
enum { REQUESTS_AT_ONCE = 64, ARENA_BYTES = 16 * WIRE_MESSAGE_MAX };

/* Returns true if the caller may make the request; otherwise replies and returns false. */
static bool is_permitted(struct admin *a, const struct admin_caller *caller,
                         const struct admin_verb *verb)
{
    if (!caller->by || caller->by->role == ROLE_OPERATOR || (verb && !verb->changes))
        return true;
    admin_reply_text(a, caller, DAQS_EREFUSED, "%s has the role viewer: it cannot change anything",
                     caller->by->name);
    return false;
}

/* Members pass on what routing sends to others, and the rows of a file that the others check. The
 * key of a member opens no more than that: with a stolen one a client is not enrolled. Replies and
 * returns false if another member may not ask for this. */
static bool may_be_passed_on(struct admin *a, const struct admin_caller *caller,
                             const struct admin_verb *verb, const struct wire_request *request)
{
    const bool unnamed = request->verb == WIRE_DRAIN && !*request->drain.member;
    if (caller->hops == 0 || !verb || (routing_leaves(verb->place) && !unnamed) ||
        (request->verb == WIRE_APPLY && (!request->apply.end || request->apply.dry_run)))
        return true;
    admin_reply_text(a, caller, DAQS_EREFUSED,
                     "members do not pass this request on: ask this member itself");
    return false;
}

/* Limits the rate of each user or key; the web thread limits itself. Replies and returns false if
 * the limit is exceeded. */
static bool in_time(struct admin *a, const struct admin_caller *caller)
{
    char who[IDENTITY_BYTES];
    struct identity identity;
    if (caller->listener->kind == LISTENER_WEB)
        return true;
    admin_identify(a, caller, "", &identity);
    if (name_limits_take(a->requests, identity_source(&identity, who),
                         a->given.config->limits.requests, caller->now_ms))
        return true;
    a->given.count->requests_put_off++;
    admin_reply_text(a, caller, DAQS_EBUSY, "too many requests; try again in a second");
    return false;
}

static void note_refused(struct admin *a, const char *reason, int64_t now_ms)
{
    a->given.count->messages_refused++;
    if (daqs_log_allowed(&a->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "admin: %s", reason);
}

/* Decodes a request into the arena; replies if it is invalid. */
static int read_request(struct admin *a, const void *bytes, size_t length,
                        struct admin_caller *caller, struct wire_request *ret,
                        struct daqs_error *err)
{
    caller->id = 0;
    daqs_arena_reset(&a->arena);
    int result = controller_config_check_size(a->given.config, length, err);
    a->given.count->messages_large += result != DAQS_OK;
    if (result == DAQS_OK)
        result = wire_decode_request(bytes, length, &a->arena, ret, err);
    if (result == DAQS_OK)
        caller->id = ret->id;
    else
        admin_reply_text(a, caller, result, "%s", err->text);
    return result;
}

void admin_handle(struct admin *a, struct admin_caller *caller, const void *bytes, size_t length)
{
    struct daqs_error err = {0};
    struct wire_request request;
    if (read_request(a, bytes, length, caller, &request, &err) != DAQS_OK) {
        note_refused(a, err.text, caller->now_ms);
        return;
    }
    int64_t begun_ns = daqs_mono_ns(daqs_clock_system());
    const struct admin_verb *verb = admin_find_verb(request.verb);
    if (in_time(a, caller) && is_permitted(a, caller, verb) &&
        may_be_passed_on(a, caller, verb, &request) &&
        !(verb && admin_route(a, caller, verb->place, verb->changes, &request, bytes, length)))
        admin_answer(a, caller, verb, &request);
    buckets_add(a->given.took, (daqs_mono_ns(daqs_clock_system()) - begun_ns) / 1000);
}

void admin_handle_forward(struct admin *a, const struct listener *listener,
                          const struct net_route *route, uint64_t id,
                          const struct wire_forward *forward, int64_t now_ms)
{
    /* The name is what the audit trail has; a role that only newer members know is the least. */
    const struct principal by = {.name = (char *)forward->asker,
                                 .role = forward->role == WIRE_ASKER_OPERATOR ? ROLE_OPERATOR
                                                                              : ROLE_VIEWER};
    struct admin_caller caller = {.listener = listener,
                                  .route = *route,
                                  .by = &by,
                                  .now_ms = now_ms,
                                  .forward = id,
                                  .hops = forward->hops,
                                  .part = forward->part};
    admin_handle(a, &caller, forward->bytes, forward->length);
}

/* Determines where a message comes from. Returns false if a key is required and the client has none
 * that permits requests; its connection is then closed. */
static bool identify(const struct admin *a, zmq_msg_t *body, struct admin_caller *caller)
{
    const struct listener *listener = caller->listener;
    const char *address = zmq_msg_gets(body, "Peer-Address");
    bool needed = listener->kind == LISTENER_ADMIN_REMOTE;
    (void)snprintf(caller->address, sizeof caller->address, "%s", address ? address : "");
    caller->by = needed ? auth_sender(a->given.auth, body, false) : listener->by;
    return caller->by || !needed;
}

void admin_receive(struct admin *a, const struct listener *listener, int64_t now_ms)
{
    struct admin_caller caller = {.listener = listener, .now_ms = now_ms};
    for (int i = 0; i < REQUESTS_AT_ONCE; i++) { /* the bus must get its turn */
        zmq_msg_t body;
        int result = net_receive(listener->socket, &caller.route, &body);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result != DAQS_OK) {
            note_refused(a, "message refused: it has several parts", now_ms);
            continue;
        }
        if (identify(a, &body, &caller)) {
            if (listener->connections)
                connections_known(listener->connections, net_sender_fd(&body), now_ms);
            admin_handle(a, &caller, zmq_msg_data(&body), zmq_msg_size(&body));
        } else {
            a->given.count->messages_refused++; /* revoked */
        }
        zmq_msg_close(&body);
    }
}

/* --- the module --- */

struct admin *admin_new(const struct admin_setup *setup)
{
    struct admin *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->given = *setup;
    daqs_arena_init(&a->arena, ARENA_BYTES);
    a->requests = name_limits_new(1);
    a->uploads = uploads_new();
    if (a->requests && a->uploads)
        return a;
    admin_free(a);
    return NULL;
}

void admin_free(struct admin *a)
{
    if (!a)
        return;
    backup_free(a->backup);
    if (a->uploads)
        admin_apply_end(a);
    name_limits_free(a->requests);
    daqs_arena_done(&a->arena);
    free(a);
}

void admin_tick(struct admin *a, int64_t now_ms)
{
    admin_apply_tick(a, now_ms);
}
