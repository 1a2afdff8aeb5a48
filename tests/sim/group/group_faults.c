/* SPDX-License-Identifier: Apache-2.0 */
/* Random setups, and random faults that each heal after a while. */
#include "tests/sim/group/group_world.h"

enum { FAULTS_MOST = 12, SLOW_MS = 700, STEP_MS = 500, HEAL_STEP_MS = 2500, WELL_MS = 15000 };

enum fault_kind {
    FAULT_AGENT_LINK,
    FAULT_AGENT_LINKS,  /* of an agent to all members */
    FAULT_MEMBER_LINKS, /* of a member to all agents */
    FAULT_ISOLATED,     /* a member from everything */
    FAULT_MEMBER_DATABASE,
    FAULT_DATABASE,
    FAULT_REWIND,
    FAULT_CRASH,
    FAULT_FLAP,
    FAULT_PAUSE,
    FAULT_STUTTER, /* short pauses again and again */
    FAULT_DRAIN,
    FAULT_AGENT_RESTART,
    FAULT_AGENT_PAUSE,
    FAULT_CLOCK,
    FAULT_SLOW,
    FAULT_CLONE,
    FAULT_SPLIT, /* half of the members and agents from the other half */
    FAULT_KINDS,
};

struct fault {
    enum fault_kind kind;
    int64_t from_ms;
    int64_t until_ms;
    unsigned member;
    unsigned agent;
    bool known;
    bool begun;
    bool ended;
};

static unsigned below(struct group *g, unsigned limit)
{
    return (unsigned)random_below(&g->random, limit);
}

struct group_setup group_random_setup(uint64_t seed)
{
    struct random_source r = {seed ^ UINT64_C(0x5bd1e995)};
    struct group_setup setup = {.seed = seed,
                                .members = 2 + (unsigned)random_below(&r, 4),
                                .agents = 2 + (unsigned)random_below(&r, 7),
                                .settle_ms = 5000 + 5000 * (int64_t)random_below(&r, 6),
                                .move_rate = 1 + (uint32_t)random_below(&r, 100),
                                .reorder = random_below(&r, 4) == 0,
                                .latency_ms = 1 + (int64_t)random_below(&r, 60)};
    if (random_below(&r, 4) == 0)
        setup.old_agents = 1;
    if (random_below(&r, 3) == 0)
        setup.seeds = 1 + (unsigned)random_below(&r, setup.members);
    for (unsigned i = 0; i < setup.members; i++) {
        setup.weight[i] = 1;
        if (random_below(&r, 4) == 0)
            setup.weight[i] = (uint32_t)random_below(&r, 4);
        setup.absent[i] = i > 0 && random_below(&r, 6) == 0;
        setup.misled[i] = random_below(&r, 40) == 0;
    }
    return setup;
}

static void cut_member(struct group *g, unsigned member, bool cut)
{
    for (unsigned i = 0; i < g->setup.agents; i++)
        group_cut_agent(g, i, member, cut);
}

static void cut_isolated(struct group *g, unsigned member, bool cut)
{
    cut_member(g, member, cut);
    group_cut_database(g, member, cut);
    for (unsigned i = 0; i < g->setup.members; i++)
        if (i != member)
            group_cut_members(g, member, i, cut);
}

static void cut_halves(struct group *g, const struct fault *f, bool cut)
{
    for (unsigned m = 0; m < g->setup.members; m++) {
        for (unsigned i = 0; i < g->setup.agents; i++)
            if ((m <= f->member) != (i <= f->agent))
                group_cut_agent(g, i, m, cut);
        for (unsigned other = 0; other < m; other++)
            if ((m <= f->member) != (other <= f->member))
                group_cut_members(g, m, other, cut);
        if (f->known && m <= f->member)
            group_cut_database(g, m, cut);
    }
}

/* What both begins and ends. */
static void cut(struct group *g, const struct fault *f, bool begin)
{
    switch (f->kind) {
    case FAULT_AGENT_LINK:
        group_cut_agent(g, f->agent, f->member, begin);
        break;
    case FAULT_AGENT_LINKS:
        for (unsigned i = 0; i < g->setup.members; i++)
            group_cut_agent(g, f->agent, i, begin);
        break;
    case FAULT_MEMBER_LINKS:
        cut_member(g, f->member, begin);
        break;
    case FAULT_ISOLATED:
        cut_isolated(g, f->member, begin);
        break;
    case FAULT_SPLIT:
        cut_halves(g, f, begin);
        break;
    case FAULT_MEMBER_DATABASE:
        group_cut_database(g, f->member, begin);
        break;
    case FAULT_DATABASE:
    case FAULT_REWIND:
        group_stop_database(g, begin);
        break;
    case FAULT_SLOW:
        group_slow_down(g, begin ? SLOW_MS : g->setup.latency_ms);
        break;
    default:
        break;
    }
}

static void begin(struct group *g, struct fault *f)
{
    f->begun = true;
    group_trace(g, "fault %d begins: c%u, node%u", (int)f->kind, f->member + 1, f->agent);
    cut(g, f, true);
    switch (f->kind) {
    case FAULT_CRASH:
    case FAULT_FLAP:
        group_crash(g, f->member);
        break;
    case FAULT_PAUSE:
        group_pause(g, f->member, f->until_ms - f->from_ms);
        break;
    case FAULT_DRAIN:
        group_drain(g, f->member);
        break;
    case FAULT_AGENT_RESTART:
        group_restart_agent(g, f->agent);
        break;
    case FAULT_AGENT_PAUSE:
        group_pause_agent(g, f->agent, f->until_ms - f->from_ms);
        break;
    case FAULT_CLOCK:
        group_step_clock(g, f->member, (int64_t)below(g, 7200000) - 3600000);
        break;
    case FAULT_CLONE:
        if (!g->cloned && !group_ended(g, f->member))
            group_clone(g, f->member);
        break;
    default:
        break;
    }
}

/* A new process does not know the SLAs until the database answers, unless its copy is young. */
static void end(struct group *g, struct fault *f)
{
    f->ended = true;
    group_trace(g, "fault %d ends: c%u, node%u", (int)f->kind, f->member + 1, f->agent);
    cut(g, f, false);
    switch (f->kind) {
    case FAULT_REWIND:
        group_rewind_database(g, 1 + below(g, SNAPSHOTS - 2));
        break;
    case FAULT_CRASH:
    case FAULT_FLAP:
        group_start(g, f->member, f->known);
        break;
    case FAULT_CLONE:
        group_end_clone(g);
        group_start(g, f->member, f->known);
        break;
    default:
        break;
    }
}

/* What happens again and again while it lasts. */
static void repeat(struct group *g, const struct fault *f)
{
    if (f->kind == FAULT_FLAP && below(g, 10) == 0) {
        if (group_ended(g, f->member))
            group_start(g, f->member, f->known);
        else
            group_crash(g, f->member);
    } else if (f->kind == FAULT_STUTTER && below(g, 8) == 0) {
        group_pause(g, f->member, 1000 + below(g, 8000));
    } else if (f->kind == FAULT_DRAIN && group_ended(g, f->member) && below(g, 10) == 0) {
        group_start(g, f->member, f->known);
    }
}

static void plan(struct group *g, struct fault *f, int64_t faults_ms)
{
    *f = (struct fault){.kind = (enum fault_kind)below(g, FAULT_KINDS),
                        .from_ms = g->now_ms + (int64_t)below(g, (unsigned)faults_ms),
                        .member = below(g, g->setup.members),
                        .agent = below(g, g->setup.agents),
                        .known = below(g, 2) != 0};
    const int64_t most_ms = below(g, 3) == 0 ? 60000 : 10000;
    f->until_ms = f->from_ms + 200 + (int64_t)below(g, (unsigned)most_ms);
}

/* All members run, until every agent is at home, and has been for a while. That takes a minute at
 * the former home, one more after a failed attempt, and all hosts at the configured rate. */
static bool heal(struct group *g)
{
    const int64_t until_ms = g->now_ms + 2 * MOVES_AGAIN_MS + g->setup.settle_ms + 60000;
    int64_t well_ms = 0;
    for (unsigned i = 0; i < g->setup.members; i++)
        if (g->member[i].leaving_ms && !group_ended(g, i))
            group_crash(g, i);
    for (unsigned i = 0; i < g->setup.members; i++)
        group_start(g, i, false);
    while (g->now_ms < until_ms && well_ms < WELL_MS) {
        for (unsigned i = 0; i < g->setup.members; i++)
            group_start(g, i, false); /* an operator does, if it has ended because of a clone */
        if (!group_run(g, HEAL_STEP_MS))
            return false;
        well_ms = check_is_healed(g) ? well_ms + HEAL_STEP_MS : 0;
    }
    check_healed(g);
    return !g->broken[0];
}

bool group_run_random(struct group *g, int64_t faults_ms)
{
    struct fault fault[FAULTS_MOST];
    const unsigned faults = 1 + below(g, FAULTS_MOST);
    const int64_t start_ms = g->now_ms;
    unsigned ended = 0;
    for (unsigned i = 0; i < faults; i++)
        plan(g, &fault[i], faults_ms);
    while (ended < faults) {
        for (unsigned i = 0; i < faults; i++) {
            struct fault *f = &fault[i];
            if (f->begun && !f->ended && g->now_ms >= f->until_ms) {
                end(g, f);
                ended++;
            } else if (f->begun && !f->ended) {
                repeat(g, f);
            } else if (!f->begun && g->now_ms >= f->from_ms) {
                begin(g, f);
            }
        }
        for (unsigned i = 0; i < g->setup.members; i++)
            if (g->setup.absent[i] && g->now_ms - start_ms > faults_ms / 2)
                group_start(g, i, true); /* it joins; one that crashes later is back at once */
        if (!group_run(g, STEP_MS))
            return false;
    }
    return heal(g);
}
