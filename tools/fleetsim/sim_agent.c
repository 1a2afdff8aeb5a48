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
#include "tools/fleetsim/sim_changes.h"
#include "tools/fleetsim/sim_links.h"

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
    *agent = (struct sim_agent){.watch = {c->poll_fd, number},
                                .instance = new_instance(c),
                                .generation = 1,
                                .interval_ms = c->interval_ms};
    if (c->server_key)
        sim_key(c->key_seed, number, &agent->key);
    return sim_host_init(&agent->host, shape, number, at_us);
}

void sim_agent_done(struct sim_agent *agent)
{
    for (size_t i = 0; i < 2; i++)
        sim_line_close(&agent->line[i], &agent->watch, 0);
    candidates_free(agent->candidates);
    free(agent->held);
    sim_host_done(&agent->host);
}

void sim_agent_drop(struct sim_agent *agent, struct sim_context *c, bool restart)
{
    const struct wire_message bye = {.type = WIRE_BYE, .bye = {WIRE_BYE_STOPPING}};
    for (size_t i = 0; i < 2; i++) {
        if (restart)
            (void)sim_line_say(&agent->line[i], &bye);
        sim_line_close(&agent->line[i], &agent->watch, restart ? GOODBYE_MS : 0);
    }
    free(agent->held);
    agent->held = NULL;
    agent->served = false;
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

static void send_hello(struct sim_agent *agent, struct sim_context *c, enum candidates_line which,
                       int64_t at_us)
{
    struct wire_message message = {
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
    struct sim_line *line = &agent->line[which];
    if (agent->candidates)
        (void)snprintf(message.hello.left, sizeof message.hello.left, "%s",
                       candidates_left(agent->candidates, which, at_us / 1000));
    line->greeted = sim_line_say(line, &message);
    c->tally.hellos += line->greeted;
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
    for (size_t i = 0; i < 2; i++)
        c->tally.applied += count > 0 && sim_line_say(&agent->line[i], &message);
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

/* To be called before newer limits are obeyed, and with each report. Returns true if the lease has
 * ended since the last call. */
static bool lease_lapses(struct sim_agent *agent, struct sim_context *c, int64_t at_us)
{
    if (!lease_expired(&agent->lease, at_us / 1000))
        return false;
    c->tally.lapsed++;
    if (c->print_changes)
        sim_changes_lapsed(&agent->host, at_us);
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
        c->tally.repeated += net_send(agent->line[CANDIDATES_CURRENT].socket, NULL, agent->held,
                                      agent->held_length) == DAQS_OK;
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
    (void)sim_line_say(&agent->line[CANDIDATES_TARGET], message);
    if (wire_encode(message, &bytes, &length) != DAQS_OK ||
        net_send(agent->line[CANDIDATES_CURRENT].socket, NULL, bytes, length) != DAQS_OK) {
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
    if (lease_lapses(agent, c, began_us))
        lease_runs_out(agent, c, began_us);
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
    const bool sent = send_and_repeat(agent, c, &message);
    if (agent->candidates && sent)
        candidates_connected(agent->candidates);
    else if (agent->candidates)
        candidates_disconnected(agent->candidates, now_ms);
    if (!sent) {
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

/* Returns true if the agent is sent to another controller. Lists with an endpoint that cannot be
 * dialled are ignored. */
static bool is_sent_elsewhere(struct sim_agent *agent, const struct wire_welcome *welcome,
                              struct sim_context *c, enum candidates_line which, int64_t at_us)
{
    for (uint32_t i = 0; i < welcome->elsewhere; i++)
        if (!net_endpoint_ok(welcome->elsewhere_member[i].endpoint)) {
            c->tally.malformed++;
            return false;
        }
    if (!agent->candidates &&
        (welcome->elsewhere == 0 || !sim_links_need_candidates(agent, c, at_us)))
        return false;
    (void)candidates_told(agent->candidates, which, welcome->member, welcome->elsewhere_member,
                          welcome->elsewhere, at_us / 1000);
    return welcome->elsewhere > 0 &&
           strcmp(welcome->elsewhere_member[0].name, welcome->member) != 0;
}

static void handle_welcome(struct sim_agent *agent, const struct wire_welcome *welcome,
                           struct sim_context *c, enum candidates_line which, int64_t at_us)
{
    c->tally.welcomes++;
    if (is_sent_elsewhere(agent, welcome, c, which, at_us))
        return;
    if (agent->candidates && welcome->epoch >= agent->lease.epoch)
        candidates_heard(agent->candidates, which, welcome->lease_ms, at_us / 1000);
    if (welcome->generation != agent->generation) {
        for (uint32_t n = 0; n < agent->host.shape->nics; n++)
            agent->host.nic[n].untold = true;
        send_hello(agent, c, which, at_us);
    } else if (!agent->served || which == CANDIDATES_TARGET) {
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

/* The target serves the agent, which leaves the former controller. */
static void move(struct sim_agent *agent, struct sim_context *c)
{
    const struct wire_message bye = {.type = WIRE_BYE, .bye = {WIRE_BYE_MOVED}};
    struct sim_line *current = &agent->line[CANDIDATES_CURRENT];
    struct sim_line *target = &agent->line[CANDIDATES_TARGET];
    c->tally.moves++;
    (void)sim_line_say(current, &bye);
    sim_line_close(current, &agent->watch, GOODBYE_MS);
    *current = *target;
    *target = (struct sim_line){0};
}

/* Records that limits of the controller on this line are obeyed. */
static void note_limits(struct sim_agent *agent, const struct wire_limits *limits,
                        struct sim_context *c, enum candidates_line which, int64_t at_us)
{
    if (!agent->ever_served)
        samples_add(&c->tally.connecting.served_us, at_us - agent->began_us);
    if (agent->lost)
        samples_add(&c->tally.lost_us, at_us - agent->limits_us);
    agent->served = agent->ever_served = true;
    agent->lost = false;
    agent->limits_us = at_us;
    if (agent->candidates &&
        candidates_obeyed(agent->candidates, which, limits->lease_ms, at_us / 1000))
        move(agent, c);
}

static void handle_limits(struct sim_agent *agent, const struct wire_limits *limits,
                          struct sim_context *c, enum candidates_line which, int64_t at_us)
{
    c->tally.limits++;
    (void)lease_lapses(agent, c, at_us);
    const uint64_t epoch = agent->lease.epoch;
    const bool held = agent->lease.held || c->bare; /* a bare router grants none */
    if (limits->generation != agent->generation || limits->nics != agent->host.shape->nics ||
        (!c->bare && lease_receive(&agent->lease, limits->epoch, limits->sequence, limits->lease_ms,
                                   at_us / 1000) != LEASE_OBEY)) {
        c->tally.limits_ignored++;
        return;
    }
    const bool anew =
        limits->epoch != epoch || !agent->served || !held || which == CANDIDATES_TARGET;
    if (limits->epoch != epoch)
        note_epoch(c, limits->epoch, at_us);
    note_limits(agent, limits, c, which, at_us);
    if (c->print_changes && anew)
        sim_changes_obeys(&agent->host, sim_links_controller(agent, c), limits->epoch,
                          which == CANDIDATES_TARGET, at_us);
    if (c->bare) {
        note_answer(agent, c, at_us);
        return;
    }
    agent->interval_ms =
        limits->poll_ms > c->interval_ms ? (int64_t)limits->poll_ms : c->interval_ms;
    agent->headroom_ppm = limits->headroom_ppm;
    convergence_ordered(&agent->convergence, limits->sequence, limits->epoch != epoch);
    if (c->print_changes)
        sim_changes_guarantees(&agent->host, limits->setting, at_us);
    bool changed = sim_host_obey(&agent->host, limits->setting, at_us);
    convergence_reached(&agent->convergence, changed, at_us / 1000);
    c->tally.limits_changed += changed;
    if (changed)
        note_answer(agent, c, at_us);
}

static void handle(struct sim_agent *agent, zmq_msg_t *body, struct sim_context *c,
                   enum candidates_line which, int64_t at_us)
{
    struct wire_message message;
    daqs_arena_reset(&c->arena);
    if (wire_decode(zmq_msg_data(body), zmq_msg_size(body), &c->arena, &message, NULL) != DAQS_OK) {
        c->tally.malformed++;
        return;
    }
    switch (message.type) {
    case WIRE_WELCOME:
        handle_welcome(agent, &message.welcome, c, which, at_us);
        break;
    case WIRE_LIMITS:
        handle_limits(agent, &message.limits, c, which, at_us);
        break;
    case WIRE_BYE:
        c->tally.refusals++;
        if (agent->candidates && which == CANDIDATES_TARGET)
            candidates_refused(agent->candidates, which, at_us / 1000);
        break;
    case WIRE_HELLO:
    case WIRE_REPORT:
    case WIRE_APPLIED:
        c->tally.malformed++;
        break;
    }
}

static int receive_one(const struct sim_agent *agent, zmq_msg_t *body, enum candidates_line *ret)
{
    int result = DAQS_ENOTFOUND;
    for (*ret = CANDIDATES_CURRENT; *ret <= CANDIDATES_TARGET; (*ret)++) {
        zsock_t *socket = agent->line[*ret].socket;
        result = socket ? net_receive(socket, NULL, body) : DAQS_ENOTFOUND;
        if (result != DAQS_ENOTFOUND)
            return result;
    }
    return result;
}

/* Sends a hello on lines that have just been connected. Returns true if one was sent. */
static bool greet(struct sim_agent *agent, struct sim_context *c)
{
    bool greeted = false;
    for (unsigned i = CANDIDATES_CURRENT; i <= CANDIDATES_TARGET; i++) {
        if (!agent->line[i].socket || agent->line[i].greeted)
            continue;
        send_hello(agent, c, (enum candidates_line)i, daqs_now_us());
        greeted |= agent->line[i].greeted;
    }
    return greeted;
}

void sim_agent_receive(struct sim_agent *agent, struct sim_context *c)
{
    zmq_msg_t body;
    for (;;) {
        enum candidates_line which;
        int result = receive_one(agent, &body, &which);
        if (result == DAQS_OK) {
            handle(agent, &body, c, which, daqs_now_us());
            zmq_msg_close(&body);
            continue;
        }
        if (result != DAQS_ENOTFOUND) {
            c->tally.malformed++;
            continue;
        }
        if (greet(agent, c))
            continue;
        if (!agent->line[CANDIDATES_CURRENT].greeted || !agent->report_due)
            return; /* not connected yet, or nothing is to be done */
        agent->report_due = false;
        send_report(agent, c);
    }
}
