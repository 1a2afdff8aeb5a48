/* SPDX-License-Identifier: Apache-2.0 */
/* A member: what the shell around controllerd/core/group does. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/group/group_world.h"

enum {
    BEAT_MS = 1000,
    ANSWER_MS = 5000, /* then the connection to the database is given up */
    RENEW_MS = LEASE_MS / 3,
    AWAY_MS = 10000,
    MOVES_AT_ONCE = 64,
};

/* The wall clock shows a time in 2026. */
#define WALL_MS INT64_C(1790000000000)

static const char *const bus[] = {"tcp://c1:1", "tcp://c2:1", "tcp://c3:1",
                                  "tcp://c4:1", "tcp://c5:1", "tcp://c6:1"};

static struct member_row row_of(const struct group *g, unsigned slot)
{
    const unsigned name = group_name_of(g, slot);
    return (struct member_row){.name = group_names[name],
                               .bus = g->setup.misled[name] ? "tcp://c9:1" : bus[name],
                               .peer = "",
                               .version = "",
                               .incarnation = g->member[slot].incarnation,
                               .weight = g->setup.weight[name],
                               .state = g->member[slot].known ? MEMBER_SERVING : MEMBER_STARTING};
}

static struct event *schedule(struct group *g, enum event_kind kind, unsigned slot, int64_t in_ms)
{
    struct event *event = group_event(g, kind, g->now_ms + in_ms);
    event->of = slot;
    event->process = g->member[slot].process;
    return event;
}

void member_start(struct group *g, unsigned slot, bool known)
{
    struct member_process *m = &g->member[slot];
    const uint64_t wall = (uint64_t)(WALL_MS + g->now_ms + m->skew_ms);
    if (m->runs)
        return;
    group_trace(g, "%s starts, %s its SLAs", group_names[group_name_of(g, slot)],
                known ? "knows" : "does not know");
    m->runs = true;
    m->process++;
    m->paused_until_ms = 0;
    m->epoch = wall > m->epoch ? wall : m->epoch + 1;
    m->incarnation = random_next(&g->random);
    m->known = known;
    m->put = true;
    m->leaving_ms = 0;
    m->asking = false;
    m->requests = 0;
    const struct members_setup setup = {row_of(g, slot), LOST_AFTER_MS, g->setup.settle_ms};
    m->members = members_new(&setup, g->now_ms);
    m->moves = moves_new(g->setup.move_rate);
    m->host = calloc(g->setup.agents, sizeof *m->host);
    if (!m->members || !m->moves || !m->host)
        abort();
    for (unsigned i = 0; i < g->setup.agents; i++)
        m->host[i].conn = NO_CONN;
    schedule(g, EV_MEMBER, slot, (int64_t)random_below(&g->random, TICK_MS));
}

void member_end(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    if (!m->runs)
        return;
    group_trace(g, "%s ends", group_names[group_name_of(g, slot)]);
    m->runs = false;
    for (size_t i = 0; i < g->conns; i++)
        if (g->conn[i].slot == slot && g->conn[i].process == m->process)
            net_close_member(g, (int)i);
    members_free(m->members);
    moves_free(m->moves);
    free(m->host);
    m->members = NULL;
    m->moves = NULL;
    m->host = NULL;
}

/* --- hosts --- */

static uint8_t slot_of(const struct member_process *m, size_t number)
{
    return (uint8_t)(members_at(m->members, number)->row.name[1] - '1');
}

static struct message message_to(const struct member_process *m, unsigned slot, unsigned agent,
                                 enum message_kind kind)
{
    return (struct message){.kind = kind,
                            .conn = m->host[agent].conn,
                            .to_agent = true,
                            .epoch = m->host[agent].epoch,
                            .from = (uint8_t)slot};
}

static void push(struct group *g, unsigned slot, unsigned agent)
{
    struct member_process *m = &g->member[slot];
    struct message limits = message_to(m, slot, agent, MSG_LIMITS);
    limits.sequence = ++m->host[agent].sequence;
    m->host[agent].pushed_ms = g->now_ms;
    check_push(g, slot, agent);
    net_post(g, &limits);
}

static void forget(struct group *g, unsigned slot, unsigned agent)
{
    struct member_process *m = &g->member[slot];
    (void)moves_gone(m->moves, g->agent[agent].name, g->now_ms);
    if (m->host[agent].conn != NO_CONN)
        net_close_member(g, m->host[agent].conn);
    m->host[agent] = (struct host_record){.conn = NO_CONN};
}

static void send_welcome(struct group *g, unsigned slot, unsigned agent, const size_t *list,
                         size_t count, bool planned)
{
    struct member_process *m = &g->member[slot];
    struct message welcome = message_to(m, slot, agent, MSG_WELCOME);
    welcome.planned = planned;
    for (size_t i = 0; i < count; i++)
        welcome.list[welcome.count++] = slot_of(m, list[i]);
    net_post(g, &welcome);
}

/* Decides about the host by its last hello. */
static void decide(struct group *g, unsigned slot, unsigned agent)
{
    struct member_process *m = &g->member[slot];
    struct host_record *host = &m->host[agent];
    const bool old = g->agent[agent].old;
    const struct adoption_hello hello = {
        .host = g->agent[agent].name,
        .epoch = host->hello.epoch,
        .redirectable = !old,
        .left = host->hello.left,
        .epoch_here = host->served ? host->epoch : 0,
        .records_known = m->known,
        .failed = moves_failed(m->moves, m->members, g->agent[agent].name, g->now_ms)};
    struct adoption adoption;
    adoption_decide(m->members, &hello, m->epoch, g->now_ms, &adoption);
    host->sequence = adoption.epoch == host->epoch ? host->sequence : 0;
    host->epoch = adoption.epoch;
    host->served = adoption.act == ADOPTION_SERVE;
    host->waiting = adoption.act == ADOPTION_WAIT;
    host->hang_up_ms = adoption.act == ADOPTION_ELSEWHERE ? g->now_ms + ADOPTION_HANG_UP_MS : 0;
    g->tally.waits += host->waiting;
    group_trace(g, "%s hears %s, left '%s', epoch %" PRIu64 ": %d (%s), first c%u, epoch %" PRIu64,
                group_names[group_name_of(g, slot)], hello.host, hello.left, hello.epoch,
                (int)adoption.act, adoption_reason_text(adoption.reason),
                slot_of(m, adoption.elsewhere[0]) + 1U, adoption.epoch);
    send_welcome(g, slot, agent, adoption.elsewhere, adoption.count, false);
    if (!host->served)
        return;
    if (moves_adopted(m->moves, hello.host, !old, hello.left, g->now_ms) != 0)
        abort();
    push(g, slot, agent);
}

static void take_hello(struct group *g, unsigned slot, unsigned agent,
                       const struct message *message)
{
    struct member_process *m = &g->member[slot];
    struct host_record *host = &m->host[agent];
    if (host->conn != message->conn || host->hello.instance != message->instance) {
        if (host->conn != NO_CONN && host->conn != message->conn)
            forget(g, slot, agent);
        else
            (void)moves_gone(m->moves, g->agent[agent].name, g->now_ms);
        *host = (struct host_record){.conn = message->conn};
    }
    host->hello = *message;
    host->heard_ms = g->now_ms;
    if (m->known)
        check_reached(g, slot, agent);
    decide(g, slot, agent);
}

void member_message(struct group *g, unsigned slot, const struct message *message)
{
    struct member_process *m = &g->member[slot];
    const unsigned agent = g->conn[message->conn].agent;
    struct host_record *host = &m->host[agent];
    if (message->kind == MSG_HELLO) {
        take_hello(g, slot, agent, message);
    } else if (host->conn != message->conn) {
        const struct message ask = {
            .kind = MSG_ASK, .conn = message->conn, .to_agent = true, .from = (uint8_t)slot};
        net_post(g, &ask);
    } else {
        host->heard_ms = g->now_ms;
        if (message->kind == MSG_BYE)
            forget(g, slot, agent);
    }
}

void member_closed(struct group *g, unsigned slot, int conn)
{
    const unsigned agent = g->conn[conn].agent;
    if (g->member[slot].host[agent].conn == conn)
        forget(g, slot, agent);
}

/* --- the others --- */

void member_peer(struct group *g, const struct event *event)
{
    members_peer_said(g->member[event->of].members, group_names[group_name_of(g, event->from)],
                      event->reads, g->now_ms);
}

static void tell_peers(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    if (g->now_ms - m->peer_ms < BEAT_MS)
        return;
    m->peer_ms = g->now_ms;
    for (unsigned other = 0; other < g->setup.members; other++) {
        if (other == slot || !g->member[other].runs || g->cut_members[slot][other] != 0)
            continue;
        struct event *event = schedule(g, EV_PEER, other, net_delay(g));
        event->from = slot;
        event->reads = members_fresh(m->members, g->now_ms);
    }
}

static void ask_database(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    if (m->asking && g->now_ms - m->asked_ms < ANSWER_MS)
        return;
    if (!m->asking && g->now_ms - m->asked_ms < BEAT_MS && m->requests > 0)
        return;
    m->asking = true;
    m->asked_ms = g->now_ms;
    const struct db_request request = {.slot = slot,
                                       .process = m->process,
                                       .number = ++m->requests,
                                       .incarnation = m->incarnation,
                                       .state = members_at(m->members, 0)->row.state,
                                       .put = m->put};
    const int64_t at_ms = g->now_ms + net_delay(g);
    group_event(g, EV_REQUEST, at_ms)->request = request;
}

/* Once the database answers, the SLAs are known. */
static void learn(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    m->known = true;
    if (m->leaving_ms == 0)
        members_set_state(m->members, MEMBER_SERVING);
    for (unsigned i = 0; i < g->setup.agents; i++)
        if (m->host[i].waiting) {
            check_reached(g, slot, i);
            decide(g, slot, i);
        }
}

void member_read(struct group *g, unsigned slot, const struct db_answer *answer)
{
    struct member_process *m = &g->member[slot];
    struct member_row row[GROUP_MEMBERS];
    size_t rows = 0;
    m->asking = false;
    for (unsigned i = 0; i < g->setup.members; i++) {
        if (!answer->row[i].there)
            continue;
        row[rows] = row_of(g, i);
        row[rows].incarnation = answer->row[i].incarnation;
        row[rows].beat = answer->row[i].beat;
        row[rows++].state = answer->row[i].state;
    }
    if (members_read(m->members, row, rows, g->now_ms) != 0)
        abort();
    m->put = members_own(m->members) == MEMBERS_OWN_MISSING;
    if (members_own(m->members) == MEMBERS_OWN_TAKEN) {
        check_taken(g, slot);
        member_end(g, slot);
    } else if (!m->known) {
        learn(g, slot);
    }
}

/* --- time --- */

static void send_away(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    struct move move[MOVES_AT_ONCE];
    const size_t count = moves_due(m->moves, m->members, g->now_ms, move, MOVES_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        const unsigned agent = (unsigned)atoi(move[i].host + strlen("node"));
        size_t list[PLACEMENT_FIRST];
        const size_t listed = adoption_list(m->members, move[i].host, move[i].target, list);
        group_trace(g, "%s sends %s to c%u: %s", group_names[slot], move[i].host,
                    slot_of(m, move[i].target) + 1U, move_reason_text(move[i].reason));
        check_offered(g, slot_of(m, move[i].target), move[i].reason);
        send_welcome(g, slot, agent, list, listed, move[i].reason != MOVE_DRAIN);
    }
}

static void tend_hosts(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    for (unsigned i = 0; i < g->setup.agents; i++) {
        struct host_record *host = &m->host[i];
        if (host->conn == NO_CONN)
            continue;
        if (g->now_ms - host->heard_ms >= AWAY_MS ||
            (host->hang_up_ms && g->now_ms >= host->hang_up_ms))
            forget(g, slot, i);
        else if (host->served && g->now_ms - host->pushed_ms >= RENEW_MS)
            push(g, slot, i);
    }
}

void member_tick(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    members_tick(m->members, g->now_ms);
    ask_database(g, slot);
    tell_peers(g, slot);
    send_away(g, slot);
    tend_hosts(g, slot);
    if (m->leaving_ms && moves_over(m->moves, g->now_ms))
        member_end(g, slot);
    else
        schedule(g, EV_MEMBER, slot, TICK_MS);
}

void group_drain(struct group *g, unsigned slot)
{
    struct member_process *m = &g->member[slot];
    if (!m->runs || m->leaving_ms)
        return;
    m->leaving_ms = g->now_ms;
    members_set_state(m->members, MEMBER_LEAVING);
}
