/* SPDX-License-Identifier: Apache-2.0 */
/* Connections between agents and members. A connection carries messages in order, unless the setup
 * has them reordered. While the path is cut, they wait, as in TCP; a side that has closed its end
 * gets nothing more, and the other side learns of it when a message can be carried. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/group/group_world.h"

enum { RETRANSMIT_MS = 200, TURN_MS = 10, GIVE_UP_MS = 60000, HANDSHAKES = 3 };

const char *const group_names[GROUP_MEMBERS] = {"c1", "c2", "c3", "c4", "c5", "c6"};

unsigned group_name_of(const struct group *g, unsigned slot)
{
    return slot == GROUP_CLONE ? g->original : slot;
}

/* No agent reaches a clone: its address is that of the original. */
bool net_up(const struct group *g, unsigned agent, unsigned slot)
{
    return slot != GROUP_CLONE && g->cut[agent * SLOTS + slot] == 0;
}

int64_t net_delay(struct group *g)
{
    return 1 + (int64_t)random_below(&g->random, (uint64_t)g->latency_ms);
}

/* Endpoints are "tcp://cN:1". Returns a connection to which nobody may answer. */
int net_open(struct group *g, unsigned agent, const char *endpoint)
{
    const unsigned slot = (unsigned)(endpoint[7] - '1');
    if (g->conns == g->conn_capacity) {
        g->conn_capacity = g->conn_capacity ? 2 * g->conn_capacity : 64;
        g->conn = realloc(g->conn, g->conn_capacity * sizeof *g->conn);
        if (!g->conn)
            abort();
    }
    const int64_t ready_ms = g->now_ms + HANDSHAKES * net_delay(g);
    const bool exists = slot < g->setup.members;
    g->conn[g->conns] = (struct conn){.agent = agent,
                                      .slot = exists ? slot : 0,
                                      .process = exists ? g->member[slot].process : UINT64_MAX,
                                      .agent_open = true,
                                      .member_open = exists && g->member[slot].runs,
                                      .last_ms = {ready_ms, ready_ms}};
    return (int)g->conns++;
}

static void post_at(struct group *g, const struct message *message, int64_t at_ms)
{
    struct event *event = group_event(g, EV_MESSAGE, at_ms);
    event->message = *message;
}

void net_post(struct group *g, const struct message *message)
{
    struct conn *conn = &g->conn[message->conn];
    int64_t *last_ms = &conn->last_ms[message->to_agent];
    int64_t at_ms = g->now_ms + net_delay(g);
    if (!g->setup.reorder || message->kind == MSG_CLOSED || message->kind == MSG_HELLO)
        at_ms = at_ms < *last_ms ? *last_ms : at_ms;
    if (at_ms > *last_ms)
        *last_ms = at_ms;
    struct message sent = *message;
    sent.sent_ms = g->now_ms;
    sent.order = conn->posted[message->to_agent]++;
    post_at(g, &sent, at_ms);
}

static void post_closed(struct group *g, int conn, bool to_agent)
{
    const struct message message = {.kind = MSG_CLOSED, .conn = conn, .to_agent = to_agent};
    net_post(g, &message);
}

void net_close_agent(struct group *g, int conn)
{
    if (conn == NO_CONN || !g->conn[conn].agent_open)
        return;
    g->conn[conn].agent_open = false;
    post_closed(g, conn, false);
}

void net_close_member(struct group *g, int conn)
{
    if (!g->conn[conn].member_open)
        return;
    g->conn[conn].member_open = false;
    post_closed(g, conn, true);
}

static void deliver_to_agent(struct group *g, const struct message *message)
{
    const struct conn *conn = &g->conn[message->conn];
    if (conn->agent_open)
        agent_message(g, conn->agent, message);
}

static void deliver_to_member(struct group *g, const struct message *message)
{
    struct conn *conn = &g->conn[message->conn];
    struct member_process *member = &g->member[conn->slot];
    if (!member->runs || conn->process != member->process || !conn->member_open) {
        if (conn->process != UINT64_MAX && conn->agent_open)
            post_closed(g, message->conn, true); /* nothing listens: the machine refuses */
        return;
    }
    if (message->kind == MSG_CLOSED) {
        conn->member_open = false;
        member_closed(g, conn->slot, message->conn);
    } else {
        member_message(g, conn->slot, message);
    }
}

/* Returns when the receiver wakes; 0: it is not paused. */
static int64_t paused_until(const struct group *g, const struct message *message)
{
    const struct conn *conn = &g->conn[message->conn];
    const int64_t until_ms = message->to_agent ? g->agent[conn->agent].paused_until_ms
                                               : g->member[conn->slot].paused_until_ms;
    return until_ms > g->now_ms ? until_ms : 0;
}

/* Puts off a message that cannot be carried now, or has to wait for one before it. */
static bool wait_for_turn(struct group *g, const struct message *message)
{
    struct conn *conn = &g->conn[message->conn];
    uint32_t *delivered = &conn->delivered[message->to_agent];
    const bool up = net_up(g, conn->agent, conn->slot);
    if (!up && g->now_ms - message->sent_ms < GIVE_UP_MS) {
        post_at(g, message, g->now_ms + RETRANSMIT_MS);
        return true;
    }
    const int64_t until_ms = up ? paused_until(g, message) : 0;
    if (until_ms) {
        post_at(g, message, until_ms);
        return true;
    }
    if (message->order > *delivered && !g->setup.reorder) {
        post_at(g, message, g->now_ms + TURN_MS);
        return true;
    }
    *delivered = message->order >= *delivered ? message->order + 1 : *delivered;
    return !up;
}

void net_deliver(struct group *g, const struct event *event)
{
    const struct message *message = &event->message;
    if (wait_for_turn(g, message))
        return;
    if (message->to_agent)
        deliver_to_agent(g, message);
    else
        deliver_to_member(g, message);
}
