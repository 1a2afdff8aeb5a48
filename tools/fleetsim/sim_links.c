/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_links.h"

#include <string.h>

/* Returns the controllers that the agent is configured with. */
static const char *const *configured(const struct sim_agent *agent, const struct sim_context *c)
{
    return &c->endpoint[c->seeds ? agent->watch.number % c->endpoints : 0];
}

static size_t count_configured(const struct sim_context *c)
{
    return c->seeds ? c->seeds : c->endpoints;
}

/* The first candidate is the one that is dialled first, or that the agent is connected to. */
bool sim_links_need_candidates(struct sim_agent *agent, const struct sim_context *c, int64_t at_us)
{
    const struct daqs_key none = {{0}};
    agent->candidates = candidates_new(
        &(struct candidates_setup){.host = agent->host.name,
                                   .endpoint = configured(agent, c),
                                   .endpoints = count_configured(c),
                                   .usual_key = c->server_key ? *c->server_key : none,
                                   .poll_ms = c->interval_ms});
    if (agent->candidates)
        (void)candidates_next(agent->candidates, at_us / 1000);
    return agent->candidates;
}

static const struct candidate *dialled(const struct sim_agent *agent, enum candidates_line which)
{
    return agent->candidates ? candidates_at(agent->candidates, which) : NULL;
}

static const char *endpoint_of(const struct sim_agent *agent, const struct sim_context *c,
                               enum candidates_line which)
{
    const struct candidate *candidate = dialled(agent, which);
    return candidate ? candidate->endpoint : *configured(agent, c);
}

const char *sim_links_controller(const struct sim_agent *agent, const struct sim_context *c)
{
    const struct candidate *candidate = dialled(agent, CANDIDATES_CURRENT);
    return candidate && *candidate->name ? candidate->name
                                         : endpoint_of(agent, c, CANDIDATES_CURRENT);
}

static int open_line(struct sim_agent *agent, const struct sim_context *c,
                     enum candidates_line which, struct daqs_error *err)
{
    const struct candidate *candidate = dialled(agent, which);
    const bool own_key = candidate && daqs_key_is_set(&candidate->key);
    const struct net_client_keys keys = {&agent->key, own_key ? &candidate->key : c->server_key};
    return sim_line_open(&agent->line[which], c->server_key ? &keys : NULL, c->monitored,
                         &agent->watch, err);
}

/* A connection begins: nothing was received on it. */
static void begin_line(struct sim_agent *agent)
{
    agent->served = agent->report_due = false;
    agent->asked_us = 0;
    agent->asks = 100; /* the first report asks for an answer */
}

int sim_links_open(struct sim_agent *agent, const struct sim_context *c, int64_t at_us,
                   struct daqs_error *err)
{
    if (!agent->candidates && count_configured(c) > 1 &&
        !sim_links_need_candidates(agent, c, at_us))
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    begin_line(agent);
    return open_line(agent, c, CANDIDATES_CURRENT, err);
}

int sim_links_connect(struct sim_agent *agent, const struct sim_context *c, int64_t at_us,
                      struct daqs_error *err)
{
    if (!agent->began_us)
        agent->began_us = at_us;
    return sim_line_connect(&agent->line[CANDIDATES_CURRENT],
                            endpoint_of(agent, c, CANDIDATES_CURRENT), err);
}

bool sim_links_are_open(const struct sim_agent *agent)
{
    return agent->line[CANDIDATES_CURRENT].socket;
}

static void close_line(struct sim_agent *agent, enum candidates_line which)
{
    sim_line_close(&agent->line[which], &agent->watch, 0);
}

static void dial(struct sim_agent *agent, const struct sim_context *c, enum candidates_line which,
                 int64_t at_us)
{
    struct daqs_error err = {0};
    close_line(agent, CANDIDATES_TARGET);
    close_line(agent, which);
    if (open_line(agent, c, which, &err) != DAQS_OK ||
        sim_line_connect(&agent->line[which], endpoint_of(agent, c, which), &err) != DAQS_OK) {
        close_line(agent, which);
        candidates_refused(agent->candidates, which, at_us / 1000);
    }
}

void sim_links_count_handshakes(struct sim_agent *agent, struct sim_context *c)
{
    struct sim_connecting *connecting = &c->tally.connecting;
    for (size_t i = 0; i < 2; i++)
        switch (sim_line_handshake(&agent->line[i])) {
        case HANDSHAKE_NONE:
            break;
        case HANDSHAKE_DONE:
            connecting->handshakes++;
            break;
        case HANDSHAKE_REFUSED:
            connecting->handshakes_refused++;
            break;
        case HANDSHAKE_FAILED:
            connecting->handshakes_failed++;
            break;
        }
}

/* Counts that an agent is sent elsewhere before any controller has served it. */
static void note_redirect(struct sim_agent *agent, struct sim_context *c)
{
    struct sim_connecting *connecting = &c->tally.connecting;
    if (agent->ever_served)
        return;
    connecting->redirects++;
    if (++agent->redirects > connecting->redirects_most)
        connecting->redirects_most = agent->redirects;
}

void sim_links_maintain(struct sim_agent *agent, struct sim_context *c, int64_t at_us)
{
    for (;;)
        switch (candidates_next(agent->candidates, at_us / 1000)) {
        case CANDIDATES_WAIT:
            return;
        case CANDIDATES_DIAL:
            agent->lost |= agent->limits_us != 0;
            begin_line(agent);
            dial(agent, c, CANDIDATES_CURRENT, at_us);
            break;
        case CANDIDATES_TRY:
            note_redirect(agent, c);
            dial(agent, c, CANDIDATES_TARGET, at_us);
            break;
        case CANDIDATES_STAY:
            c->tally.moves_failed++;
            close_line(agent, CANDIDATES_TARGET);
            agent->line[CANDIDATES_CURRENT].greeted = false; /* it gets another hello */
            break;
        }
}
