/* SPDX-License-Identifier: Apache-2.0 */
/* admin_internal - shared by the files that answer requests. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_ADMIN_INTERNAL_H
#define DAQS_CONTROLLERD_IO_ADMIN_ADMIN_INTERNAL_H

#include "controllerd/io/state/controller_state.h"
#include "controllerd/io/store/identity.h"
#include "shared/wire/admin.h"

/* The recipient of a reply, which may be sent later. */
struct admin_caller {
    zsock_t *socket; /* owned by the controller */
    struct net_route route;
    const struct principal *by; /* its key's, valid during the request; NULL: no key needed */
    uint64_t id;
    int64_t now_ms;                       /* monotonic, when the request was received */
    char address[IDENTITY_ADDRESS_BYTES]; /* libzmq's "Peer-Address" */
};

/* The handler of each verb: answers the request, now or later. */
#define X(name, number, handler, changes)                                                          \
    void admin_##handler(struct controller *c, const struct admin_caller *caller,                  \
                         const struct wire_request *request);
WIRE_VERBS(X)
#undef X

/* admin_reply.c */
void admin_reply(struct controller *c, const struct admin_caller *caller,
                 const struct wire_reply *reply);

/* Sends a reply without a table. */
__attribute__((format(printf, 4, 5))) void admin_reply_text(struct controller *c,
                                                            const struct admin_caller *caller,
                                                            int code, const char *format, ...);

/* Checks the host's and the VM's name. If one is invalid, replies and returns false. */
bool admin_names_ok(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request);

/* Like admin_names_ok, but checks only the names that are given. */
bool admin_filter_ok(struct controller *c, const struct admin_caller *caller,
                     const struct wire_request *request);

/* Parses the token as a number; "" is 0. If it is invalid, replies and returns false. */
bool admin_token_ok(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request, int64_t *ret);

/* Identifies the client for the audit trail; 'claimed' is the name that it gives itself. */
void admin_identify(const struct controller *c, const struct admin_caller *caller,
                    const char *claimed, struct identity *ret);

/* admin_sla.c */
enum { ADMIN_SLA_BYTES = 160 };
/* Writes, for example, "min 1Gbit, max none, weight 1". */
void admin_describe_sla(const struct sla *sla, char text[static ADMIN_SLA_BYTES]);

/* admin_policy.c */
bool admin_host_has_uplink(const struct fleet_host *host, const char *uplink);

/* admin_questions.c */
/* Takes over the table, which has no rows, and sends it if the database knows the host; otherwise
 * replies that the host is unknown. */
void admin_empty(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request, struct daqs_table *table);

#endif
