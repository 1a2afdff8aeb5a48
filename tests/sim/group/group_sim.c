/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/group/group_sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/group/group_world.h"

enum { START_MS = 1000000 };

struct group *group_new(const struct group_setup *setup)
{
    struct group *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->setup = *setup;
    g->random.state = setup->seed;
    g->now_ms = START_MS;
    g->latency_ms = setup->latency_ms;
    g->agent = calloc(setup->agents, sizeof *g->agent);
    g->cut = calloc((size_t)setup->agents * SLOTS, sizeof *g->cut);
    if (!g->agent || !g->cut)
        abort();
    for (unsigned i = 0; i < setup->members; i++)
        if (!setup->absent[i])
            member_start(g, i, true);
    for (unsigned i = 0; i < setup->agents; i++) {
        struct agent *agent = &g->agent[i];
        (void)snprintf(agent->name, sizeof agent->name, "node%u", i);
        agent->old = i < setup->old_agents;
        agent->serving = -1;
        agent->conn[CANDIDATES_CURRENT] = agent->conn[CANDIDATES_TARGET] = NO_CONN;
        agent_start(g, i);
    }
    group_event(g, EV_SNAPSHOT, g->now_ms);
    return g;
}

void group_free(struct group *g)
{
    if (!g)
        return;
    for (unsigned i = 0; i < SLOTS; i++)
        member_end(g, i);
    for (unsigned i = 0; i < g->setup.agents; i++)
        candidates_free(g->agent[i].candidates);
    free(g->agent);
    free(g->cut);
    free(g->conn);
    free(g->slab);
    free(g->heap);
    free(g->spare);
    free(g);
}

/* A paused process does everything when it wakes. */
static bool put_off(struct group *g, const struct event *event, int64_t until_ms)
{
    if (until_ms <= g->now_ms)
        return false;
    struct event *later = group_event(g, event->kind, until_ms);
    later->of = event->of;
    later->process = event->process;
    later->from = event->from;
    later->reads = event->reads;
    return true;
}

static void handle_for_member(struct group *g, const struct event *event)
{
    const struct member_process *member = &g->member[event->of];
    if (!member->runs || member->process != event->process ||
        put_off(g, event, member->paused_until_ms))
        return;
    if (event->kind == EV_MEMBER)
        member_tick(g, event->of);
    else
        member_peer(g, event);
}

static void handle(struct group *g, const struct event *event)
{
    const struct agent *agent;
    switch (event->kind) {
    case EV_MEMBER:
    case EV_PEER:
        handle_for_member(g, event);
        break;
    case EV_AGENT:
        agent = &g->agent[event->of];
        if (agent->process == event->process && !put_off(g, event, agent->paused_until_ms))
            agent_tick(g, event->of);
        break;
    case EV_MESSAGE:
        net_deliver(g, event);
        break;
    case EV_REQUEST:
        database_request(g, event);
        break;
    case EV_ANSWER:
        database_answer(g, event);
        break;
    case EV_SNAPSHOT:
        database_snapshot(g);
        break;
    }
}

bool group_run(struct group *g, int64_t for_ms)
{
    const int64_t until_ms = g->now_ms + for_ms;
    struct event event;
    while (!g->broken[0] && g->heap[0].at_ms <= until_ms) {
        g->now_ms = g->heap[0].at_ms;
        group_next(g, &event);
        g->tally.events++;
        handle(g, &event);
    }
    g->now_ms = until_ms;
    return !g->broken[0];
}

int64_t group_now(const struct group *g)
{
    return g->now_ms;
}

unsigned group_agents(const struct group *g)
{
    return g->setup.agents;
}

const char *group_broken(const struct group *g)
{
    return g->broken;
}

/* --- what fails --- */

void group_crash(struct group *g, unsigned member)
{
    member_end(g, member);
}

void group_start(struct group *g, unsigned member, bool known)
{
    member_start(g, member, known);
}

void group_pause(struct group *g, unsigned member, int64_t for_ms)
{
    g->member[member].paused_until_ms = g->now_ms + for_ms;
}

bool group_ended(const struct group *g, unsigned member)
{
    return !g->member[member].runs;
}

void group_step_clock(struct group *g, unsigned member, int64_t by_ms)
{
    g->member[member].skew_ms += by_ms;
}

static void count(unsigned *cuts, bool cut)
{
    *cuts = cut ? *cuts + 1 : *cuts - 1;
}

void group_cut_agent(struct group *g, unsigned agent, unsigned member, bool cut)
{
    count(&g->cut[agent * SLOTS + member], cut);
}

void group_cut_members(struct group *g, unsigned a, unsigned b, bool cut)
{
    count(&g->cut_members[a][b], cut);
    count(&g->cut_members[b][a], cut);
}

void group_cut_database(struct group *g, unsigned member, bool cut)
{
    count(&g->cut_database[member], cut);
}

void group_stop_database(struct group *g, bool stop)
{
    count(&g->database_stops, stop);
}

void group_clone(struct group *g, unsigned member)
{
    g->original = member;
    g->cloned = true;
    member_start(g, GROUP_CLONE, true);
}

void group_end_clone(struct group *g)
{
    member_end(g, GROUP_CLONE);
}

void group_pause_agent(struct group *g, unsigned agent, int64_t for_ms)
{
    g->agent[agent].paused_until_ms = g->now_ms + for_ms;
    g->agent[agent].reached_ms = 0;
}

void group_slow_down(struct group *g, int64_t latency_ms)
{
    g->latency_ms = latency_ms;
}

/* --- what happened --- */

static int home_of(const struct group *g, const char *host)
{
    struct placement_member member[GROUP_MEMBERS];
    int slot[GROUP_MEMBERS];
    size_t order[PLACEMENT_FIRST];
    size_t count_of = 0;
    for (unsigned i = 0; i < g->setup.members; i++)
        if (g->member[i].runs && g->member[i].known && g->member[i].leaving_ms == 0) {
            member[count_of] = (struct placement_member){group_names[i], g->setup.weight[i]};
            slot[count_of++] = (int)i;
        }
    return placement_order(member, count_of, host, order) ? slot[order[0]] : -1;
}

struct group_agent_view group_agent(const struct group *g, unsigned agent)
{
    const struct agent *a = &g->agent[agent];
    struct group_agent_view view = {.serving = a->serving,
                                    .obeyed_ms = a->obeyed_ms,
                                    .home = home_of(g, a->name),
                                    .lapses = a->lapses,
                                    .moves = a->moves,
                                    .epoch = a->obeyed_epoch};
    if (a->serving >= 0 && g->member[a->serving].runs)
        view.failed = *moves_failed(g->member[a->serving].moves, g->member[a->serving].members,
                                    a->name, g->now_ms) != '\0';
    return view;
}

const struct group_tally *group_tally(const struct group *g)
{
    struct group_tally *tally = (struct group_tally *)&g->tally;
    tally->lapses = 0;
    for (unsigned i = 0; i < g->setup.agents; i++)
        tally->lapses += g->agent[i].lapses;
    return tally;
}
