/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/push.h"

#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/policy/plan.h"
#include "shared/base/cleanup.h"
#include "shared/base/log.h"
#include "shared/base/version.h"

struct push {
    struct push_setup given;
    struct plan *plan;
};

struct push *push_new(const struct push_setup *setup)
{
    struct push *push = calloc(1, sizeof *push);
    struct plan *plan = plan_new();
    if (!push || !plan) {
        free(push);
        plan_free(plan);
        return NULL;
    }
    *push = (struct push){.given = *setup, .plan = plan};
    return push;
}

void push_free(struct push *push)
{
    if (!push)
        return;
    plan_free(push->plan);
    free(push);
}

bool push_hello(struct push *p, const struct fleet_host *host)
{
    return plan_set_due(p->plan, host);
}

void push_forget(struct push *p, const struct fleet_host *host)
{
    plan_forget(p->plan, host);
}

int push_message(struct push *p, const struct net_route *route, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    int result = wire_encode(message, &bytes, &length);
    return result == DAQS_OK ? p->given.send(p->given.arg, route, bytes, length) : result;
}

void push_welcome(struct push *p, const struct net_route *route, uint64_t epoch,
                  uint64_t generation, const struct daqs_member_info *member, size_t members)
{
    struct daqs_member_info copy[DAQS_MAX_MEMBERS];
    struct wire_message message = {
        .type = WIRE_WELCOME,
        .welcome = {.version = DAQS_VERSION,
                    .epoch = epoch,
                    .generation = generation,
                    .lease_ms = (uint32_t)p->given.config->lease_ms},
    };
    if (p->given.member)
        (void)snprintf(message.welcome.member, sizeof message.welcome.member, "%s",
                       p->given.member);
    for (size_t i = 0; i < members && i < DAQS_MAX_MEMBERS; i++)
        copy[message.welcome.elsewhere++] = member[i];
    message.welcome.elsewhere_member = copy;
    (void)push_message(p, route, &message);
}

static void push_limits(struct push *p, const struct fleet_host *host, int64_t now_ms)
{
    struct agent_conn *conn = agent_conns_of(p->given.conns, host);
    if (host->fenced || host->withheld)
        return; /* a newer controller has this host, or its SLAs are not known here */
    struct daqs_nic_setting *setting DAQS_AUTO_FREE = calloc(host->nics + 1U, sizeof *setting);
    if (!conn || !setting)
        return;
    struct daqs_uplink_setting uplink[DAQS_MAX_UPLINKS];
    plan_settings(host, setting);
    plan_modes(host, uplink);
    const struct wire_message message = {
        .type = WIRE_LIMITS,
        .limits = {.epoch = host->epoch,
                   .sequence = plan_next_sequence(p->plan, host),
                   .generation = host->generation,
                   .lease_ms = (uint32_t)p->given.config->lease_ms,
                   .headroom_ppm = p->given.config->headroom_ppm,
                   .nics = host->nics,
                   .setting = setting,
                   .poll_ms = plan_poll_ms(p->plan, host),
                   .uplinks = host->uplinks,
                   .uplink = uplink},
    };
    int result = push_message(p, agent_conn_route(conn), &message);
    if (result == DAQS_OK) {
        plan_pushed(p->plan, host, now_ms);
    } else if (result == DAQS_ENOTFOUND) {
        daqs_log(DAQS_LOG_WARNING, "host %s: the connection is gone", host->name);
        agent_conns_close(p->given.conns, conn);
    } else { /* retried with the next report or renewal */
        p->given.count->limits_put_off++;
    }
}

void push_decide(struct push *p, struct fleet_host *host, int64_t now_ms)
{
    policy_overrides_apply(p->given.overrides, p->given.config->mode, host);
    if (!plan_decide(p->plan, host, p->given.config->headroom_ppm, now_ms))
        return; /* the old limits stay in force */
    if (plan_due(p->plan, host))
        push_limits(p, host, now_ms);
}

void push_slas_changed(struct push *p, const char *name, int64_t now_ms)
{
    struct fleet_host *host = fleet_find(p->given.fleet, name);
    if (!host)
        return;
    fleet_refresh_slas(host, p->given.ledger);
    (void)plan_set_due(p->plan, host);
    push_decide(p, host, now_ms);
}

void push_all(struct push *p, int64_t now_ms)
{
    for (size_t i = 0; i < fleet_count(p->given.fleet); i++) {
        struct fleet_host *host = fleet_at(p->given.fleet, i);
        (void)plan_set_due(p->plan, host);
        push_decide(p, host, now_ms);
    }
}

void push_renew(struct push *p, int64_t now_ms)
{
    for (size_t i = 0; i < fleet_count(p->given.fleet); i++) {
        const struct fleet_host *host = fleet_at(p->given.fleet, i);
        /* Not before the host's first report: until then the limits in force on its nics are
         * unknown. */
        if (host->connected && host->reported_ms != 0 &&
            plan_renewal_due(p->plan, host, p->given.config->lease_ms / 3, now_ms))
            push_limits(p, host, now_ms);
    }
}

void push_hang_up(struct push *p, const char *name)
{
    const struct fleet_host *host = fleet_find(p->given.fleet, name);
    if (host)
        agent_conns_close(p->given.conns, agent_conns_of(p->given.conns, host));
}
