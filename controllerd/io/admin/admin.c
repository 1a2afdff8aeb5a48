/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/clock.h"
#include "shared/base/version.h"

enum { REQUESTS_AT_ONCE = 64 };

/* What is known of a verb. */
struct admin_verb {
    bool changes; /* only operators may */
    void (*answer)(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request);
};

/* By number; some numbers are unused. */
static const struct admin_verb verbs[] = {
#define X(name, number, handler, changes) [number] = {changes, admin_##handler},
    WIRE_VERBS(X)
#undef X
};

/* Returns NULL for a verb that this controller does not know. */
static const struct admin_verb *find_verb(uint32_t number)
{
    bool known = number < sizeof verbs / sizeof verbs[0] && verbs[number].answer;
    return known ? &verbs[number] : NULL;
}

void admin_version(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    (void)request;
    admin_reply_text(c, caller, DAQS_OK, "%s", DAQS_VERSION);
}

static void answer(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    const struct admin_verb *verb = find_verb(request->verb);
    if (verb)
        verb->answer(c, caller, request);
    else
        admin_reply_text(c, caller, DAQS_EVERSION,
                         "the controller (%s) does not know this request; is daqsctl newer?",
                         DAQS_VERSION);
}

/* Returns true if the caller may make the request; otherwise replies and returns false. */
static bool is_permitted(struct controller *c, const struct admin_caller *caller,
                         const struct wire_request *request)
{
    const struct admin_verb *verb = find_verb(request->verb);
    if (!caller->by || caller->by->role == ROLE_OPERATOR || (verb && !verb->changes))
        return true;
    admin_reply_text(c, caller, DAQS_EREFUSED, "%s may look, and change nothing", caller->by->name);
    return false;
}

/* Determines the principal whose key the caller has. Returns false if a key is required and the
 * caller has none that permits requests. */
static bool identify(const struct controller *c, const struct listener *listener, zmq_msg_t *body,
                     struct admin_caller *caller)
{
    bool needed = listener->kind == LISTENER_ADMIN_REMOTE;
    caller->by = needed ? auth_sender(c->auth, body, false) : listener->by;
    return caller->by || !needed;
}

/* Limits the rate of each user or key; the web thread limits itself. Replies and returns false if
 * the limit is exceeded. */
static bool in_time(struct controller *c, const struct admin_caller *caller)
{
    char who[IDENTITY_BYTES];
    struct identity identity;
    if (caller->socket == listeners_get(c->listeners, LISTENER_WEB)->socket)
        return true;
    admin_identify(c, caller, "", &identity);
    if (name_limits_take(c->requests, identity_source(&identity, who), c->config->limits.requests,
                         caller->now_ms))
        return true;
    c->count.requests_put_off++;
    admin_reply_text(c, caller, DAQS_EBUSY, "too many requests of yours; try again in a second");
    return false;
}

/* Decodes a request into the arena; replies if it is invalid. */
static int read_request(struct controller *c, zmq_msg_t *body, struct admin_caller *caller,
                        struct wire_request *ret, struct daqs_error *err)
{
    const char *address = zmq_msg_gets(body, "Peer-Address");
    (void)snprintf(caller->address, sizeof caller->address, "%s", address ? address : "");
    caller->id = 0;
    daqs_arena_reset(&c->arena);
    int result = controller_config_check_size(c->config, zmq_msg_size(body), err);
    c->count.messages_large += result != DAQS_OK;
    if (result == DAQS_OK)
        result = wire_decode_request(zmq_msg_data(body), zmq_msg_size(body), &c->arena, ret, err);
    if (result == DAQS_OK)
        caller->id = ret->id;
    else
        admin_reply_text(c, caller, result, "%s", err->text);
    return result;
}

void admin_receive(struct controller *c, const struct listener *listener, int64_t now_ms)
{
    struct admin_caller caller = {.socket = listener->socket, .now_ms = now_ms};
    zmq_msg_t body;
    int result;
    for (int i = 0; i < REQUESTS_AT_ONCE; i++) { /* the bus must get its turn */
        result = net_receive(listener->socket, &caller.route, &body);
        if (result == DAQS_ENOTFOUND)
            return;
        struct daqs_error err = {0};
        struct wire_request request;
        if (result == DAQS_OK &&
            !identify(c, listener, &body, &caller)) { /* revoked; connection closed */
            zmq_msg_close(&body);
            c->count.messages_refused++;
            continue;
        }
        if (result == DAQS_OK) {
            if (listener->connections)
                connections_known(listener->connections, net_sender_fd(&body), now_ms);
            result = read_request(c, &body, &caller, &request, &err);
            zmq_msg_close(&body);
        } else {
            daqs_fail(&err, result, "message refused: it has several parts");
        }
        if (result == DAQS_OK) {
            int64_t begun_ns = daqs_mono_ns(daqs_clock_system());
            if (in_time(c, &caller) && is_permitted(c, &caller, &request))
                answer(c, &caller, &request);
            buckets_add(&c->took.requests, (daqs_mono_ns(daqs_clock_system()) - begun_ns) / 1000);
            continue;
        }
        c->count.messages_refused++;
        if (daqs_log_allowed(&c->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "admin: %s", err.text);
    }
}
