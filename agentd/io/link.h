/* link - the agent's one connection to a controller. */
#ifndef DAQS_AGENTD_IO_LINK_H
#define DAQS_AGENTD_IO_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/log.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

struct link {
    const char *const *endpoint; /* the configuration's */
    size_t endpoints;
    size_t current;
    zsock_t *socket;
    int64_t heard_ms; /* monotonic, when a controller we obey was heard last */
    int64_t poll_ms;
    int64_t lease_ms; /* the last one granted */
    struct daqs_log_budget *budget;
};

/* After this long without a word the next endpoint is tried, if there are several; or after two
 * polls or a lease, if that is longer. */
#define LINK_PATIENCE_MS 3000

/* poll_ms: between reports, at most. */
int link_init(struct link *link, const char *const *endpoint, size_t endpoints, int64_t poll_ms,
              struct daqs_log_budget *budget, int64_t now_ms, struct daqs_error *err);
void link_done(struct link *link);

/* Encodes and queues a message. DAQS_EBUSY if the queue is full: the controller is away, and
 * what is lost is healed by the next whole state. */
int link_send(struct link *link, const struct wire_message *message);

/* A controller that we obey has spoken, of a lease. */
void link_heard(struct link *link, int64_t lease_ms, int64_t now_ms);

/* Takes and decodes one message into the arena. DAQS_ENOTFOUND: none waits. DAQS_EFORMAT: one
 * was dropped (and logged). */
int link_receive(struct link *link, struct daqs_arena *arena, int64_t now_ms,
                 struct wire_message *ret);

/* True if it has just moved on to another endpoint: the socket is a new one. */
bool link_move_on(struct link *link, int64_t now_ms);

#endif
