/* SPDX-License-Identifier: Apache-2.0 */
/* bus - receives the messages of agents: hellos, reports, what is in force, goodbyes. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_BUS_H
#define DAQS_CONTROLLERD_IO_FLEET_BUS_H

#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/io/fleet/homes.h"
#include "controllerd/io/fleet/push.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/state_events.h"
#include "controllerd/io/net/auth.h"
#include "shared/base/buckets.h"

struct bus; /* opaque */

/* All of them must outlive it. */
struct bus_setup {
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct agent_conns *conns;
    struct push *push;
    struct recorder *recorder;
    struct relocator *relocator;
    struct state_events *state_events;
    struct accounting *accounting;
    struct auth *auth;               /* used unless the configuration is insecure */
    struct connections *connections; /* of the socket; NULL: they are not tracked */
    const struct controller_config *config;
    struct reign *reign;
    struct homes *homes; /* NULL: this controller is in no group */
    struct controller_counters *count;
    struct buckets *took; /* us from a report to the push of its limits */
};

/* Returns NULL if out of memory. */
struct bus *bus_new(const struct bus_setup *setup);
/* NULL is fine. */
void bus_free(struct bus *bus);

/* Receives and handles waiting messages, a bounded number of them. */
void bus_receive(struct bus *b, zsock_t *socket, int64_t now_ms);

/* The connection that a message came from. */
struct bus_source {
    struct net_route id;
    struct connection connection;  /* set for a hello */
    const char *key_of;            /* the host whose key it has; NULL: no keys are needed */
    char payer[DAQS_NAME_MAX + 1]; /* whose budget its messages are charged to: that host, or the
                                      connection */
};

/* Decides whether a message may be decoded, and counts it if not. DAQS_EREFUSED: its sender floods,
 * close the connection; DAQS_EBUSY: drop the message, which its sender makes up for; with a text.
 */
int bus_admit(struct bus *b, const struct bus_source *source, bool hello, size_t length,
              int64_t now_ms, struct daqs_error *err);

/* Handles one decoded message. */
void bus_handle(struct bus *b, const struct bus_source *source, const struct wire_message *message,
                int64_t now_ms);

#endif
