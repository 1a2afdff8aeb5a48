/* SPDX-License-Identifier: Apache-2.0 */
/* session - exchanges messages with the controller. */
#ifndef DAQS_AGENTD_SESSION_H
#define DAQS_AGENTD_SESSION_H

#include "agentd/orders.h"

struct session; /* opaque */

/* All of them must outlive it. */
struct session_setup {
    const char *host;
    uint64_t instance;       /* random, tells one process of the agent from another */
    const struct pace *pace; /* its bounds are reported */
    struct guests *guests;
    struct inventory *inventory;
    struct orders *orders;
    struct local_control *local;
    struct daqs_log_budget *budget;

    /* Like link_send, link_receive and link_heard. */
    int (*send)(void *arg, const struct wire_message *message);
    int (*receive)(void *arg, struct daqs_arena *arena, int64_t now_ms, struct wire_message *ret);
    void (*heard)(void *arg, int64_t lease_ms, int64_t now_ms);

    /* Fills in what the nics of the inventory have sent since the last call, in its order. */
    void (*read_nics)(void *arg, struct daqs_nic_reading *ret, int64_t now_ms);
    /* Fills in what the uplinks have sent, given the readings of the nics. Returns the number of
     * uplinks; 0: nothing is known. */
    uint32_t (*read_uplinks)(void *arg, const struct daqs_nic_reading *nic, int64_t now_ms,
                             struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS]);
    /* Returns the limit in force on a nic of the inventory, and its state. */
    struct daqs_nic_applied (*applied)(void *arg, const struct guest_nic *nic, int64_t now_ms);
    void *arg;
};

/* Returns NULL if out of memory. */
struct session *session_new(const struct session_setup *setup);
/* NULL is fine. */
void session_free(struct session *session);

/* Sends the inventory, which is built again if guests have changed. */
void session_send_hello(struct session *session);

/* Sends what nics and uplinks have sent since the last report, and limits that changed. A hello
 * goes before it if guests have changed. Without a lease, limits are decided from the same
 * readings. */
void session_send_report(struct session *session, int64_t now_ms);

void session_send_bye(struct session *session);

/* Handles waiting messages, a bounded number of them. */
void session_receive(struct session *session, int64_t now_ms);

#endif
