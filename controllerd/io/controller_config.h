/* controller_config - controllerd.conf. */
#ifndef DAQS_CONTROLLERD_IO_CONTROLLER_CONFIG_H
#define DAQS_CONTROLLERD_IO_CONTROLLER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"
#include "controllerd/io/store/store.h"
#include "shared/base/error.h"
#include "shared/base/model.h"
#include "shared/net/socket.h"
#include "shared/policy/policy.h"
#include "shared/wire/bus.h"

/* What the controller takes at most, of whom it does not command: name, least, most, default.
 * docs/configuration.md says what each is. */
#define CONTROLLER_LIMITS(X)                                                                       \
    X(hosts, 1, 1000000, 100000)                                                                   \
    X(nics, 1, DAQS_MAX_NICS, DAQS_MAX_NICS) /* of a host */                                       \
    X(names, 1, 100000000, 100000)           /* of nics of a host, in the database */              \
    X(message_size, 4096, WIRE_MESSAGE_MAX, WIRE_MESSAGE_MAX) /* bytes */                          \
    X(queue, 1, 10000, NET_QUEUE_MESSAGES)                    /* messages to one peer */           \
    X(handshakes, 1, 1000000, 4096)                           /* of a socket, at once */           \
    X(connections, 1, 1000000, 50)                            /* of an address, in a second */     \
    X(messages, 10, 1000000, 1000)                            /* of an agent, in a second */       \
    X(requests, 1, 1000000, 1000)                             /* of an operator, in a second */    \
    X(events, 1, 100000, 1000)                                /* in a second */

struct controller_limits {
#define X(name, least, most, usual) uint32_t name;
    CONTROLLER_LIMITS(X)
#undef X
};

struct controller_config {
    char *bus;
    char *admin;
    char *admin_remote; /* the same for those with keys; "": none */
    char *http;         /* where it is served; "": nowhere */
    char *http_hosts;   /* names it is served under, beside those of loopback; comma separated */
    char *database;
    char *key;             /* the path of the controller's secret key */
    uint32_t metrics_nics; /* of more there are no metrics one by one */
    bool insecure;
    int64_t forget_ms; /* hosts that have been away for so long */
    enum policy_mode mode;
    uint32_t headroom_ppm;
    int64_t lease_ms;       /* 300 to 600000 */
    int64_t resolution_ms;  /* of history: 1000 to 60000, a part of a minute */
    struct store_keep keep; /* how long history is kept, level by level */
    char *alerts_exec;      /* the whole path of a program; "": none */
    enum event_level alerts_level;
    struct controller_limits limits;
};

/* Defaults, then the file, then what must fit together. On failure the config is empty and
 * needs no done. */
int controller_config_load(const char *path, struct controller_config *ret, struct daqs_error *err);
/* Looks for what the configuration names. DAQS_EINVALID with a text if it is not there. */
int controller_config_check(const struct controller_config *config, struct daqs_error *err);
void controller_config_done(struct controller_config *config);

#endif
