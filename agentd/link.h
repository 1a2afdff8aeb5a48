/* link - the agent's one connection to a controller. */
#ifndef DAQS_AGENTD_LINK_H
#define DAQS_AGENTD_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/log.h"
#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

/* This host's key pair, and the key that the controllers have. */
struct link_keys {
    struct key_pair own;
    struct daqs_key controller;
};

struct link {
    const char *const *endpoint; /* the configuration's */
    size_t endpoints;
    size_t current;
    const struct link_keys *keys; /* NULL: none */
    const char *host;
    zsock_t *socket;
    zsock_t *watch; /* of how connecting ends */
    struct handshake_state connection;
    int64_t told_ms;  /* when its outcome was logged */
    int64_t retry_ms; /* the socket is made anew then; 0: it is well */
    int64_t heard_ms; /* monotonic, when a controller we obey was heard last */
    int64_t poll_ms;
    int64_t lease_ms; /* the last one granted */
    struct daqs_log_budget *budget;
};

/* After this long without a word the next endpoint is tried, if there are several; or after two
 * polls or a lease, if that is longer. */
#define LINK_PATIENCE_MS 3000

/* Whom a controller refuses tries again after so long, and up to a third more. */
#define LINK_RETRY_MS 3000

/* What a link is made of. All of it stays the caller's, and stays. */
struct link_plan {
    const char *host;
    const char *const *endpoint;
    size_t endpoints;
    const struct link_keys *keys; /* NULL: none */
    int64_t poll_ms;              /* between reports, at most */
    struct daqs_log_budget *budget;
};
int link_init(struct link *link, const struct link_plan *plan, int64_t now_ms,
              struct daqs_error *err);
void link_done(struct link *link);

/* Encodes and queues a message. DAQS_EBUSY if the queue is full: the controller is away, and
 * what is lost is healed by the next whole state. */
int link_send(struct link *link, const struct wire_message *message);

/* A controller that we obey has spoken, of a lease. */
void link_heard(struct link *link, int64_t lease_ms, int64_t now_ms);

/* Has one spoken lately enough not to be looked for elsewhere? */
bool link_hears(const struct link *link, int64_t now_ms);

/* Takes and decodes one message into the arena. DAQS_ENOTFOUND: none waits. DAQS_EFORMAT: one
 * was dropped (and logged). */
int link_receive(struct link *link, struct daqs_arena *arena, int64_t now_ms,
                 struct wire_message *ret);

/* Looks after the connection; several times a second. True if the socket is a new one now: it was
 * refused, or has moved on to another endpoint. */
bool link_look_after(struct link *link, int64_t now_ms);

#endif
