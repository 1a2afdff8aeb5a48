/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants, and how each is checked from outside of what it is about:
 *
 * 1. An agent never obeys a lower epoch, and never two member processes under the same one. A
 *    member's limits that arrive over the current connection are obeyed: it gave an epoch that is
 *    high enough.
 * 2. Nothing is pushed to a host whose SLAs are not known at that member.
 * 3. An agent that reaches a member that knows its SLAs obeys one within 10 s, unless the way
 *    between those two, or one of them, fails.
 * 4. An agent follows at most 3 redirects in a row.
 * 5. An agent follows at most one planned move a minute.
 * 6. A process ends because of another one under its name only if there is one.
 * 7. When all is well again, every agent is served, at its home. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/sim/group/group_world.h"

enum { OBEYS_WITHIN_MS = 10000, REDIRECTS_MOST = 3 };

void check_broken(struct group *g, const char *format, ...)
{
    va_list args;
    if (g->broken[0])
        return;
    int used = snprintf(g->broken, sizeof g->broken,
                        "seed %" PRIu64 ", %" PRId64 " ms: ", g->setup.seed, g->now_ms);
    va_start(args, format);
    (void)vsnprintf(g->broken + used, sizeof g->broken - (size_t)used, format, args);
    va_end(args);
}

void group_trace(const struct group *g, const char *format, ...)
{
    va_list args;
    if (!g->setup.trace)
        return;
    (void)printf("%8" PRId64 " ", g->now_ms);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)printf("\n");
}

void check_push(struct group *g, unsigned slot, unsigned agent)
{
    if (!g->member[slot].known)
        check_broken(g, "%s pushes to %s without its SLAs", group_names[group_name_of(g, slot)],
                     g->agent[agent].name);
}

void check_reached(struct group *g, unsigned slot, unsigned agent)
{
    struct agent *a = &g->agent[agent];
    const int conn = g->member[slot].host[agent].conn;
    if (a->reached_ms || !g->conn[conn].agent_open || a->paused_until_ms > g->now_ms)
        return;
    a->reached_ms = g->now_ms;
    a->reached = slot;
    a->reached_process = g->member[slot].process;
}

void check_obeyed(struct group *g, unsigned agent, const struct message *message)
{
    struct agent *a = &g->agent[agent];
    const struct conn *conn = &g->conn[message->conn];
    if (message->epoch < a->obeyed_epoch)
        check_broken(g, "%s obeys epoch %" PRIu64 " after %" PRIu64, a->name, message->epoch,
                     a->obeyed_epoch);
    if (message->epoch == a->obeyed_epoch &&
        (conn->slot != a->obeyed_slot || conn->process != a->obeyed_process))
        check_broken(g, "%s obeys %s and %s under epoch %" PRIu64, a->name,
                     group_names[a->obeyed_slot], group_names[conn->slot], message->epoch);
    a->obeyed_epoch = message->epoch;
    a->obeyed_slot = conn->slot;
    a->obeyed_process = conn->process;
    a->obeyed_ms = g->now_ms;
    a->serving = (int)conn->slot;
    a->redirects = 0;
    a->reached_ms = 0;
    g->tally.obeyed++;
}

/* Limits that were sent before the hello that told of the higher epoch may come late. */
void check_refused(struct group *g, unsigned agent, const struct message *message)
{
    const struct agent *a = &g->agent[agent];
    if (message->conn == a->conn[CANDIDATES_CURRENT] && !g->setup.reorder)
        check_broken(g, "%s does not obey %s, which serves it: epoch %" PRIu64 " after %" PRIu64,
                     a->name, group_names[message->from], message->epoch, a->lease.epoch);
}

void check_dialled(struct group *g, unsigned agent)
{
    struct agent *a = &g->agent[agent];
    a->redirects = 0;
    if (g->now_ms - a->reached_ms <= 2 * g->latency_ms)
        a->reached_ms = 0; /* the answer was still under way */
}

void check_sent(struct group *g, unsigned agent)
{
    struct agent *a = &g->agent[agent];
    g->tally.redirects++;
    if (++a->redirects > REDIRECTS_MOST)
        check_broken(g, "%s is sent elsewhere for the %uth time in a row", a->name, a->redirects);
    if (!a->planned)
        return;
    a->planned = false;
    a->moves++;
    if (a->moved_ms && a->offered_ms - a->moved_ms < MOVES_AGAIN_MS)
        check_broken(g, "%s is moved %" PRId64 " ms after the last move", a->name,
                     a->offered_ms - a->moved_ms);
    a->moved_ms = a->offered_ms;
}

void check_tick(struct group *g, unsigned agent)
{
    struct agent *a = &g->agent[agent];
    const struct member_process *member = &g->member[a->reached];
    if (!a->reached_ms)
        return;
    if (!member->runs || member->process != a->reached_process ||
        member->paused_until_ms > g->now_ms || member->leaving_ms ||
        !net_up(g, agent, a->reached)) {
        a->reached_ms = 0;
        return;
    }
    if (g->now_ms - a->reached_ms > OBEYS_WITHIN_MS)
        check_broken(g, "%s has reached %s, which knows its SLAs, and obeys nobody for %d ms",
                     a->name, group_names[a->reached], OBEYS_WITHIN_MS);
}

void check_offered(struct group *g, unsigned target, enum move_reason reason)
{
    if (reason == MOVE_DRAIN) {
        g->tally.drains++;
        return;
    }
    g->tally.moves++;
    if (g->now_ms / 1000 != g->moved_ms[target] / 1000)
        g->moved[target] = 0;
    g->moved_ms[target] = g->now_ms;
    if (++g->moved[target] > g->tally.moves_in_second)
        g->tally.moves_in_second = g->moved[target];
}

void check_taken(struct group *g, unsigned slot)
{
    if (!g->cloned)
        check_broken(g, "%s ends, but has no clone", group_names[slot]);
}

static bool is_served(const struct group *g, const struct group_agent_view *view)
{
    return g->now_ms - view->obeyed_ms <= LEASE_MS;
}

static bool is_at_home(const struct group *g, unsigned agent, const struct group_agent_view *view)
{
    return view->serving == view->home || view->failed || g->agent[agent].old;
}

bool check_is_healed(const struct group *g)
{
    for (unsigned i = 0; i < g->setup.agents; i++) {
        const struct group_agent_view view = group_agent(g, i);
        if (!is_served(g, &view) || !is_at_home(g, i, &view))
            return false;
    }
    return true;
}

void check_healed(struct group *g)
{
    for (unsigned i = 0; i < g->setup.agents; i++) {
        const struct group_agent_view view = group_agent(g, i);
        if (!is_served(g, &view))
            check_broken(g, "%s is not served in the end", g->agent[i].name);
        else if (!is_at_home(g, i, &view))
            check_broken(g, "%s is served by c%d in the end, its home is c%d", g->agent[i].name,
                         view.serving + 1, view.home + 1);
    }
}
