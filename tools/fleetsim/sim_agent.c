/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/fallback.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/version.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

enum { GOODBYE_MS = 1000 };

uint64_t sim_context_draw(struct sim_context *c)
{
    return trace_random(c->seed, c->drawn++);
}

/* Returns a number that differs between runs. */
static uint64_t new_instance(struct sim_context *c)
{
    return sim_context_draw(c) ^ (uint64_t)daqs_now_us();
}

bool sim_agent_init(struct sim_agent *agent, const struct sim_shape *shape, uint32_t number,
                    struct sim_context *c, int64_t at_us)
{
    *agent = (struct sim_agent){
        .instance = new_instance(c), .generation = 1, .interval_ms = c->interval_ms};
    if (c->server_key)
        sim_key(c->key_seed, number, &agent->key);
    return sim_host_init(&agent->host, shape, number, at_us);
}

void sim_agent_done(struct sim_agent *agent)
{
    zsock_destroy(&agent->socket);
    free(agent->held);
    sim_host_done(&agent->host);
}

/* --- the connection --- */

int sim_agent_open(struct sim_agent *agent, const struct sim_context *c, struct daqs_error *err)
{
    agent->socket = net_socket_new(ZMQ_DEALER, err);
    if (!agent->socket)
        return DAQS_EIO;
    if (c->server_key) {
        const struct net_client_keys keys = {&agent->key, c->server_key};
        net_use_keys(agent->socket, &keys);
    }
    agent->greeted = agent->served = agent->report_due = false;
    agent->asked_us = 0;
    agent->asks = 100; /* the first report asks for an answer */
    return DAQS_OK;
}

int sim_agent_connect(struct sim_agent *agent, const struct sim_context *c, int64_t at_us,
                      struct daqs_error *err)
{
    if (!agent->began_us)
        agent->began_us = at_us;
    if (zsock_connect(agent->socket, "%s", c->endpoint) < 0)
        return daqs_fail(err, DAQS_EIO, "cannot connect to %s: %s", c->endpoint,
                         zmq_strerror(zmq_errno()));
    return DAQS_OK;
}

void sim_agent_drop(struct sim_agent *agent, struct sim_context *c, bool restart)
{
    const struct wire_message bye = {.type = WIRE_BYE, .bye = {WIRE_BYE_STOPPING}};
    if (restart && agent->socket) {
        uint8_t *bytes DAQS_AUTO_FREE = NULL;
        size_t length;
        if (wire_encode(&bye, &bytes, &length) == DAQS_OK)
            (void)net_send(agent->socket, NULL, bytes, length);
        zsock_set_linger(agent->socket, GOODBYE_MS);
    }
    zsock_destroy(&agent->socket);
    free(agent->held);
    agent->held = NULL;
    agent->greeted = agent->served = false;
    if (!restart)
        return;
    agent->instance = new_instance(c);
    agent->report_sequence = 0;
    agent->reported_ms = 0;
    agent->interval_ms = c->interval_ms;
    agent->lease = (struct lease){.epoch = agent->lease.epoch};
    agent->convergence = (struct convergence){0};
}

/* --- sending --- */

static bool say(struct sim_agent *agent, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length;
    return wire_encode(message, &bytes, &length) == DAQS_OK &&
           net_send(agent->socket, NULL, bytes, length) == DAQS_OK;
}

static void send_hello(struct sim_agent *agent, struct sim_context *c)
{
    const struct wire_message message = {
        .type = WIRE_HELLO,
        .hello = {.host = agent->host.name,
                  .version = DAQS_VERSION,
                  .instance = agent->instance,
                  .generation = agent->generation,
                  .epoch = agent->lease.epoch,
                  .poll_ms = (uint32_t)c->interval_ms,
                  .poll_most_ms = (uint32_t)c->interval_ms,
                  .inventory = agent->host.inventory},
    };
    agent->greeted = say(agent, &message);
    c->tally.hellos += agent->greeted;
}

static void send_applied(struct sim_agent *agent, struct sim_context *c)
{
    uint32_t count = sim_host_applied(&agent->host, c->applied);
    const struct wire_message message = {
        .type = WIRE_APPLIED,
        .applied = {.epoch = agent->lease.epoch,
                    .sequence = agent->lease.sequence,
                    .generation = agent->generation,
                    .nics = count,
                    .nic = c->applied},
    };
    c->tally.applied += count > 0 && say(agent, &message);
}

/* Returns true if this report asks the bare router for an answer: c->answers percent of them do,
 * evenly spread. */
static bool asks(struct sim_agent *agent, const struct sim_context *c)
{
    agent->asks += c->answers;
    if (agent->asks < 100)
        return false;
    agent->asks -= 100;
    return true;
}

static void lease_runs_out(struct sim_agent *agent, struct sim_context *c, int64_t at_us)
{
    const struct sim_shape *shape = agent->host.shape;
    struct daqs_nic_setting *setting DAQS_AUTO_FREE = calloc(shape->nics, sizeof *setting);
    agent->interval_ms = c->interval_ms;
    if (!setting)
        return;
    memcpy(setting, agent->host.setting, shape->nics * sizeof *setting);
    for (uint32_t u = 0; u < shape->uplinks; u++) /* simulated uplinks have no configured mode */
        fallback_split(&agent->host.inventory, u, POLICY_MODE_MINIMUM, agent->headroom_ppm,
                       setting);
    sim_host_obey(&agent->host, setting, at_us);
}

static bool happens(struct sim_context *c, double percent)
{
    return percent > 0 && (double)(sim_context_draw(c) % 1000000) < percent * 10000;
}

/* Simulates a network that repeats messages: sends the report that is held, if any, after this one,
 * and may hold this one. Takes ownership of 'bytes'. */
static void repeat(struct sim_agent *agent, struct sim_context *c, uint8_t *bytes, size_t length)
{
    if (agent->held)
        c->tally.repeated +=
            net_send(agent->socket, NULL, agent->held, agent->held_length) == DAQS_OK;
    free(agent->held);
    agent->held = NULL;
    if (happens(c, c->repeat)) {
        agent->held = bytes;
        agent->held_length = length;
    } else {
        free(bytes);
    }
}

static bool send_and_repeat(struct sim_agent *agent, struct sim_context *c,
                            const struct wire_message *message)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (wire_encode(message, &bytes, &length) != DAQS_OK ||
        net_send(agent->socket, NULL, bytes, length) != DAQS_OK) {
        free(bytes);
        return false;
    }
    repeat(agent, c, bytes, length);
    return true;
}

static void send_report(struct sim_agent *agent, struct sim_context *c)
{
    int64_t began_us = daqs_now_us();
    int64_t now_ms = began_us / 1000;
    if (lease_expired(&agent->lease, now_ms)) {
        lease_runs_out(agent, c, began_us);
        c->tally.lapsed++;
    }
    if (agent->asked_us && began_us - agent->asked_us > ANSWER_PATIENCE_MS * 1000) {
        agent->asked_us = 0;
        c->tally.unanswered++;
    }
    sim_host_read(&agent->host, began_us, c->reading);
    struct daqs_uplink_reading uplink[DAQS_MAX_UPLINKS];
    sim_host_read_uplinks(&agent->host, c->reading, uplink);
    bool turns = c->bare ? asks(agent, c) : sim_host_turns(&agent->host);
    const struct wire_message message = {
        .type = WIRE_REPORT,
        .report = {.generation = agent->generation,
                   .sequence = ++agent->report_sequence,
                   .mono_us = (uint64_t)began_us,
                   .nics = agent->host.shape->nics,
                   .reading = c->reading,
                   .limits_sequence = c->bare ? turns
                                              : convergence_sequence_of(&agent->convergence,
                                                                        agent->reported_ms, now_ms),
                   .uplinks = c->bare ? 0 : agent->host.shape->uplinks, /* see bare.c */
                   .uplink = uplink},
    };
    agent->reported_ms = now_ms;
    if (happens(c, c->loss)) {
        c->tally.withheld++;
        return;
    }
    int64_t sent_us = daqs_now_us();
    if (!send_and_repeat(agent, c, &message)) {
        c->tally.unsent++;
        return;
    }
    c->tally.reports++;
    sim_host_reported(&agent->host);
    if (turns && !agent->asked_us)
        agent->asked_us = sent_us;
    send_applied(agent, c);
}

void sim_agent_report(struct sim_agent *agent, struct sim_context *c)
{
    sim_agent_receive(agent, c); /* an answer may have arrived that is not signalled yet */
    send_report(agent, c);
    sim_agent_receive(agent, c); /* sending may have consumed the descriptor's signal */
}

/* --- receiving --- */

static void handle_welcome(struct sim_agent *agent, const struct wire_welcome *welcome,
                           struct sim_context *c)
{
    c->tally.welcomes++;
    if (welcome->generation != agent->generation) {
        for (uint32_t n = 0; n < agent->host.shape->nics; n++)
            agent->host.nic[n].untold = true;
        send_hello(agent, c);
    } else if (!agent->served) {
        agent->report_due = true; /* the controller sends no limits before a report */
    }
}

static void note_answer(struct sim_agent *agent, struct sim_context *c, int64_t at_us)
{
    if (agent->asked_us)
        samples_add(&c->tally.latency_us, at_us - agent->asked_us);
    agent->asked_us = 0;
}

/* Records that the agent obeys this epoch for the first time. */
static void note_epoch(struct sim_context *c, uint64_t epoch, int64_t at_us)
{
    if (epoch < c->epoch)
        return;
    if (epoch > c->epoch)
        c->epoch_agents = 0;
    c->epoch = epoch;
    c->epoch_agents++;
    if (c->print_epochs && c->epoch_agents == 1)
        (void)fprintf(stderr, "epoch %" PRIu64 " first %" PRId64 " us\n", epoch, at_us);
    if (c->print_epochs && c->epoch_agents == c->hosts)
        (void)fprintf(stderr, "epoch %" PRIu64 " last %" PRId64 " us\n", epoch, at_us);
}

static void handle_limits(struct sim_agent *agent, const struct wire_limits *limits,
                          struct sim_context *c, int64_t at_us)
{
    c->tally.limits++;
    c->tally.lapsed += lease_expired(&agent->lease, at_us / 1000);
    uint64_t epoch = agent->lease.epoch;
    if (limits->generation != agent->generation || limits->nics != agent->host.shape->nics ||
        (!c->bare && lease_receive(&agent->lease, limits->epoch, limits->sequence, limits->lease_ms,
                                   at_us / 1000) != LEASE_OBEY)) {
        c->tally.limits_ignored++;
        return;
    }
    if (limits->epoch != epoch)
        note_epoch(c, limits->epoch, at_us);
    if (!agent->ever_served)
        samples_add(&c->tally.served_us, at_us - agent->began_us);
    agent->served = agent->ever_served = true;
    if (c->bare) {
        note_answer(agent, c, at_us);
        return;
    }
    agent->interval_ms =
        limits->poll_ms > c->interval_ms ? (int64_t)limits->poll_ms : c->interval_ms;
    agent->headroom_ppm = limits->headroom_ppm;
    convergence_ordered(&agent->convergence, limits->sequence, limits->epoch != epoch);
    bool changed = sim_host_obey(&agent->host, limits->setting, at_us);
    convergence_reached(&agent->convergence, changed, at_us / 1000);
    c->tally.limits_changed += changed;
    if (changed)
        note_answer(agent, c, at_us);
}

static void handle(struct sim_agent *agent, zmq_msg_t *body, struct sim_context *c, int64_t at_us)
{
    struct wire_message message;
    daqs_arena_reset(&c->arena);
    if (wire_decode(zmq_msg_data(body), zmq_msg_size(body), &c->arena, &message, NULL) != DAQS_OK) {
        c->tally.malformed++;
        return;
    }
    switch (message.type) {
    case WIRE_WELCOME:
        handle_welcome(agent, &message.welcome, c);
        break;
    case WIRE_LIMITS:
        handle_limits(agent, &message.limits, c, at_us);
        break;
    case WIRE_BYE:
        c->tally.refusals++;
        break;
    case WIRE_HELLO:
    case WIRE_REPORT:
    case WIRE_APPLIED:
        c->tally.malformed++;
        break;
    }
}

void sim_agent_receive(struct sim_agent *agent, struct sim_context *c)
{
    zmq_msg_t body;
    for (;;) {
        int result = net_receive(agent->socket, NULL, &body);
        if (result == DAQS_OK) {
            handle(agent, &body, c, daqs_now_us());
            zmq_msg_close(&body);
            continue;
        }
        if (result != DAQS_ENOTFOUND) {
            c->tally.malformed++;
            continue;
        }
        if (!agent->greeted) {
            send_hello(agent, c);
            if (!agent->greeted)
                return; /* not connected yet */
        } else if (agent->report_due) {
            agent->report_due = false;
            send_report(agent, c);
        } else {
            return;
        }
    }
}
