/* SPDX-License-Identifier: Apache-2.0 */
/* An agent: what the shell around candidates and lease does. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/group/group_world.h"

enum { RECONNECT_MS = 500 };

static const char *const seeds[] = {"tcp://c1:1", "tcp://c2:1", "tcp://c3:1",
                                    "tcp://c4:1", "tcp://c5:1", "tcp://c6:1"};

static void open_line(struct group *g, unsigned number, enum candidates_line line);

/* A new process, with what is on disk. */
void agent_start(struct group *g, unsigned number)
{
    struct agent *a = &g->agent[number];
    const char *endpoint[GROUP_MEMBERS];
    struct daqs_member_info saved[DAQS_MAX_MEMBERS];
    const unsigned count = g->setup.seeds ? g->setup.seeds : g->setup.members;
    for (unsigned i = 0; i < count; i++)
        endpoint[i] = seeds[i];
    a->process++;
    a->paused_until_ms = 0;
    a->lease = (struct lease){.epoch = a->lease.epoch};
    a->reconnect_ms = 0;
    candidates_free(a->candidates);
    a->candidates = candidates_new(&(struct candidates_setup){
        .host = a->name, .endpoint = endpoint, .endpoints = count, .poll_ms = POLL_MS});
    if (!a->candidates)
        abort();
    for (size_t i = 0; i < a->saved_count; i++)
        saved[i] = (struct daqs_member_info){a->saved[i].name, a->saved[i].endpoint, {{0}}};
    candidates_restore(a->candidates, saved, a->saved_count);
    struct event *event =
        group_event(g, EV_AGENT, g->now_ms + (int64_t)random_below(&g->random, TICK_MS));
    event->of = number;
    event->process = a->process;
}

static void send_message(struct group *g, unsigned number, enum candidates_line line,
                         enum message_kind kind)
{
    struct agent *a = &g->agent[number];
    struct message message = {
        .kind = kind, .conn = a->conn[line], .epoch = a->lease.epoch, .instance = a->process};
    if (a->conn[line] == NO_CONN)
        return;
    if (!a->old)
        strcpy(message.left, candidates_left(a->candidates, line, g->now_ms));
    net_post(g, &message);
}

static void close_line(struct group *g, unsigned number, enum candidates_line line)
{
    struct agent *a = &g->agent[number];
    net_close_agent(g, a->conn[line]);
    a->conn[line] = NO_CONN;
}

static void open_line(struct group *g, unsigned number, enum candidates_line line)
{
    struct agent *a = &g->agent[number];
    close_line(g, number, line);
    group_trace(g, "%s dials %s%s", a->name, candidates_at(a->candidates, line)->endpoint,
                line == CANDIDATES_TARGET ? ", the target" : "");
    a->conn[line] = net_open(g, number, candidates_at(a->candidates, line)->endpoint);
    send_message(g, number, line, MSG_HELLO);
}

static void step(struct group *g, unsigned number)
{
    struct agent *a = &g->agent[number];
    for (;;) {
        switch (candidates_next(a->candidates, g->now_ms)) {
        case CANDIDATES_WAIT:
            return;
        case CANDIDATES_DIAL:
            check_dialled(g, number);
            a->reconnect_ms = 0;
            close_line(g, number, CANDIDATES_TARGET);
            open_line(g, number, CANDIDATES_CURRENT);
            break;
        case CANDIDATES_TRY:
            check_sent(g, number);
            open_line(g, number, CANDIDATES_TARGET);
            break;
        case CANDIDATES_STAY:
            group_trace(g, "%s stays", a->name);
            close_line(g, number, CANDIDATES_TARGET);
            send_message(g, number, CANDIDATES_CURRENT, MSG_HELLO);
            break;
        }
    }
}

void agent_tick(struct group *g, unsigned number)
{
    struct agent *a = &g->agent[number];
    step(g, number);
    if (lease_expired(&a->lease, g->now_ms)) {
        a->lapses++;
        group_trace(g, "%s: its lease expires", a->name);
    }
    if (a->reconnect_ms && g->now_ms >= a->reconnect_ms) {
        a->reconnect_ms = 0;
        open_line(g, number, CANDIDATES_CURRENT);
    }
    if (g->now_ms - a->reported_ms >= POLL_MS) {
        a->reported_ms = g->now_ms;
        send_message(g, number, CANDIDATES_CURRENT, MSG_REPORT);
        send_message(g, number, CANDIDATES_TARGET, MSG_REPORT);
    }
    check_tick(g, number);
    struct event *event = group_event(g, EV_AGENT, g->now_ms + TICK_MS);
    event->of = number;
    event->process = a->process;
}

/* --- messages --- */

static void save_list(struct agent *a)
{
    a->saved_count = candidates_count_told(a->candidates);
    for (size_t i = 0; i < a->saved_count; i++)
        a->saved[i] = *candidates_get(a->candidates, i);
}

static void take_welcome(struct group *g, unsigned number, enum candidates_line line,
                         const struct message *message)
{
    struct agent *a = &g->agent[number];
    struct daqs_member_info member[PLACEMENT_FIRST];
    for (size_t i = 0; i < message->count; i++) {
        const unsigned slot = message->list[i];
        member[i] = (struct daqs_member_info){
            group_names[slot], g->setup.misled[slot] ? "tcp://c9:1" : seeds[slot], {{0}}};
    }
    const bool stay = message->count == 0 || message->list[0] == message->from;
    if (line == CANDIDATES_CURRENT && !stay) {
        a->planned = message->planned;
        a->offered_ms = message->sent_ms;
    }
    if (!a->old && candidates_told(a->candidates, line, group_names[message->from], member,
                                   message->count, g->now_ms))
        save_list(a);
    if ((stay || a->old) && message->kind == MSG_WELCOME &&
        lease_heard_of(&a->lease, message->epoch))
        candidates_heard(a->candidates, line, LEASE_MS, g->now_ms);
    if (message->kind == MSG_ASK)
        send_message(g, number, line, MSG_HELLO);
}

static void take_limits(struct group *g, unsigned number, enum candidates_line line,
                        const struct message *message)
{
    struct agent *a = &g->agent[number];
    const uint64_t before = a->lease.epoch;
    if (line == CANDIDATES_TARGET && message->epoch == a->lease.epoch)
        return; /* the current controller's */
    const enum lease_verdict verdict =
        lease_receive(&a->lease, message->epoch, message->sequence, LEASE_MS, g->now_ms);
    if (verdict == LEASE_OLD_EPOCH)
        check_refused(g, number, message);
    if (verdict != LEASE_OBEY)
        return;
    if (a->serving != message->from || a->obeyed_epoch != message->epoch)
        group_trace(g, "%s obeys %s", a->name, group_names[message->from]);
    check_obeyed(g, number, message);
    if (line == CANDIDATES_CURRENT && a->lease.epoch != before)
        send_message(g, number, CANDIDATES_TARGET, MSG_HELLO); /* its epoch must be above that */
    if (!candidates_obeyed(a->candidates, line, LEASE_MS, g->now_ms))
        return;
    send_message(g, number, CANDIDATES_CURRENT, MSG_BYE);
    close_line(g, number, CANDIDATES_CURRENT);
    a->conn[CANDIDATES_CURRENT] = a->conn[CANDIDATES_TARGET];
    a->conn[CANDIDATES_TARGET] = NO_CONN;
    a->reconnect_ms = 0;
}

void agent_message(struct group *g, unsigned number, const struct message *message)
{
    struct agent *a = &g->agent[number];
    const bool target = message->conn == a->conn[CANDIDATES_TARGET];
    const enum candidates_line line = target ? CANDIDATES_TARGET : CANDIDATES_CURRENT;
    if (!target && message->conn != a->conn[CANDIDATES_CURRENT])
        return;
    if (!target && message->kind != MSG_CLOSED)
        candidates_connected(a->candidates);
    if (message->kind == MSG_LIMITS) {
        take_limits(g, number, line, message);
    } else if (message->kind == MSG_CLOSED) {
        close_line(g, number, line);
        if (!target) {
            a->reconnect_ms = g->now_ms + RECONNECT_MS;
            candidates_disconnected(a->candidates, g->now_ms);
        }
    } else {
        take_welcome(g, number, line, message);
    }
    step(g, number);
}

void group_restart_agent(struct group *g, unsigned number)
{
    struct agent *a = &g->agent[number];
    close_line(g, number, CANDIDATES_CURRENT);
    close_line(g, number, CANDIDATES_TARGET);
    a->reached_ms = 0;
    a->redirects = 0;
    agent_start(g, number);
}
