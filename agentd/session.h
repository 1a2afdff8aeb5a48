/* SPDX-License-Identifier: Apache-2.0 */
/* session - exchanges messages with the current controller, and with the target while there is one
 * (core/candidates.h). */
#ifndef DAQS_AGENTD_SESSION_H
#define DAQS_AGENTD_SESSION_H

#include "agentd/core/candidates.h"
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

    /* Like link_send, link_receive, link_heard, link_told, link_dismissed and candidates_left. */
    int (*send)(void *arg, enum candidates_line line, const struct wire_message *message);
    int (*receive)(void *arg, struct daqs_arena *arena, int64_t now_ms, struct wire_message *ret,
                   enum candidates_line *ret_line);
    void (*heard)(void *arg, enum candidates_line line, bool obeyed, int64_t lease_ms,
                  int64_t now_ms);
    void (*told)(void *arg, enum candidates_line line, const struct wire_welcome *welcome,
                 int64_t now_ms);
    void (*dismissed)(void *arg, enum candidates_line line, int64_t now_ms);
    const char *(*left)(void *arg, enum candidates_line line, int64_t now_ms);

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

/* Sends the inventory on a line; it is built again if guests have changed. Limits in force are sent
 * again if 'unknown': the controller does not know this host yet. */
void session_send_hello(struct session *session, enum candidates_line line, bool unknown,
                        int64_t now_ms);

/* Sends what nics and uplinks have sent since the last report, and limits that changed, on both
 * lines. A hello goes before it if guests have changed. Without a lease, limits are decided from
 * the same readings. */
void session_send_report(struct session *session, int64_t now_ms);

void session_send_bye(struct session *session);

/* Handles waiting messages, a bounded number of them. */
void session_receive(struct session *session, int64_t now_ms);

#endif
