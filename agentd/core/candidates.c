/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/candidates.h"

#include <stdlib.h>
#include <string.h>

#define NEVER CANDIDATES_NEVER

struct candidates {
    int64_t poll_ms;
    struct candidate_list list;

    struct candidate current;
    bool started;
    bool refused;
    bool greeted;     /* a member has welcomed the agent, and sent no orders since */
    int64_t heard_ms; /* or dialled */
    int64_t lease_ms; /* of the last orders */
    int64_t down_ms;  /* since when the connection is down; NEVER: it is not */

    struct candidate target;
    bool trying;
    bool dial_target;
    bool welcomed;
    int64_t until_ms; /* the target's time is over then */

    char sent_to[DAQS_MEMBER_MAX + 1];     /* by the current controller */
    int64_t sent_ms[CANDIDATES_SENT_MOST]; /* when the agent was sent elsewhere; a ring */
    size_t sent;
    char left[DAQS_MEMBER_MAX + 1];
    int64_t left_ms;
    bool say_left;
    bool stayed; /* and the current controller was told so */
    struct candidates_tally tally;
};

struct candidates *candidates_new(const struct candidates_setup *setup)
{
    struct candidates *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->poll_ms = setup->poll_ms;
    candidate_list_init(&c->list, setup->host, setup->endpoint, setup->key, setup->endpoints,
                        &setup->usual_key);
    for (size_t i = 0; i < CANDIDATES_SENT_MOST; i++)
        c->sent_ms[i] = NEVER;
    c->left_ms = c->down_ms = NEVER;
    return c;
}

void candidates_free(struct candidates *c)
{
    free(c);
}

void candidates_restore(struct candidates *c, const struct daqs_member_info *member, size_t count)
{
    (void)candidate_list_tell(&c->list, member, count);
}

/* --- silence and refusals --- */

static int64_t patience_ms(const struct candidates *c)
{
    int64_t patience_ms = CANDIDATES_PATIENCE_MS;
    if (patience_ms < 2 * c->poll_ms)
        patience_ms = 2 * c->poll_ms;
    return patience_ms < c->lease_ms ? c->lease_ms : patience_ms;
}

bool candidates_hears(const struct candidates *c, int64_t now_ms)
{
    return now_ms - c->heard_ms < patience_ms(c);
}

static void note_left(struct candidates *c, const char *name, int64_t now_ms)
{
    if (!*name)
        return;
    candidate_copy_text(c->left, sizeof c->left, name);
    c->left_ms = now_ms;
}

static void dial(struct candidates *c, size_t at, int64_t now_ms)
{
    c->current = c->list.listed[at].candidate;
    c->list.listed[at].tried_ms = now_ms;
    c->refused = c->stayed = c->greeted = false;
    c->heard_ms = now_ms;
    c->down_ms = NEVER;
}

/* Goes on to the next other candidate that may be dialled by now. Returns false if there is
 * none. */
static bool go_on(struct candidates *c, int64_t now_ms)
{
    const size_t at = candidate_list_position(&c->list, &c->current);
    for (size_t i = 0; i < c->list.count; i++) {
        size_t next = at == CANDIDATES_MOST ? i : (at + 1 + i) % c->list.count;
        const struct candidate *candidate = &c->list.listed[next].candidate;
        if (candidate_same(candidate, &c->current) ||
            now_ms - c->list.listed[next].tried_ms < CANDIDATES_AGAIN_MS)
            continue;
        note_left(c, c->current.name, now_ms);
        candidate_list_tried(&c->list, &c->current, now_ms);
        dial(c, next, now_ms);
        return true;
    }
    return false;
}

/* --- being sent elsewhere --- */

/* The agent stays where it is. The member to which the current controller sent it counts as lost,
 * so that this controller adopts it. */
static void stay(struct candidates *c, int64_t now_ms)
{
    if (c->trying) {
        candidate_list_tried(&c->list, &c->target, now_ms);
        c->tally.moves_failed++;
    }
    c->trying = c->dial_target = false;
    note_left(c, c->sent_to, now_ms);
    c->say_left = c->stayed = true;
    if (!c->refused)
        c->heard_ms = now_ms; /* it gets as much time as after a dial */
}

static void try_member(struct candidates *c, const struct candidate *member, int64_t now_ms)
{
    c->target = *member;
    c->trying = c->dial_target = true;
    c->welcomed = false;
    c->until_ms = now_ms + CANDIDATES_WELCOME_MS;
    candidate_list_tried(&c->list, member, now_ms);
}

static void send_on(struct candidates *c, enum candidates_line line, const struct candidate *member,
                    int64_t now_ms)
{
    if (line == CANDIDATES_CURRENT && c->trying)
        return;                                       /* one at a time */
    const size_t at = c->sent % CANDIDATES_SENT_MOST; /* the oldest */
    if (line == CANDIDATES_CURRENT && now_ms - c->sent_ms[at] < CANDIDATES_SENT_MS) {
        if (c->stayed)
            return;
        candidate_copy_text(c->sent_to, sizeof c->sent_to, member->name);
        stay(c, now_ms);
        return;
    }
    c->sent_ms[at] = now_ms;
    c->sent++;
    if (line == CANDIDATES_CURRENT)
        candidate_copy_text(c->sent_to, sizeof c->sent_to, member->name);
    bool often = now_ms - c->sent_ms[c->sent % CANDIDATES_SENT_MOST] < CANDIDATES_SENT_MS;
    bool back = line == CANDIDATES_TARGET && (candidate_same_name(member->name, c->current.name) ||
                                              candidate_same_endpoint(member, &c->current) ||
                                              candidate_same_endpoint(member, &c->target));
    if (often || back || !*member->endpoint)
        stay(c, now_ms);
    else
        try_member(c, member, now_ms);
}

static bool any_dialable(const struct daqs_member_info *member, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*member[i].endpoint)
            return true;
    return false;
}

bool candidates_told(struct candidates *c, enum candidates_line line, const char *name,
                     const struct daqs_member_info *member, size_t count, int64_t now_ms)
{
    struct candidate *from = line == CANDIDATES_CURRENT ? &c->current : &c->target;
    if (line == CANDIDATES_TARGET && !c->trying)
        return false;
    candidate_copy_text(from->name, sizeof from->name, name);
    if (count == 0 && (*name || line == CANDIDATES_TARGET))
        return false;
    const bool changed =
        (count == 0 || any_dialable(member, count)) && candidate_list_tell(&c->list, member, count);
    if (count > 0 && !candidate_same_name(member[0].name, name)) {
        const struct candidate best = candidate_of(&c->list, &member[0]);
        send_on(c, line, &best, now_ms);
    }
    return changed;
}

/* --- what happens on a connection --- */

void candidates_heard(struct candidates *c, enum candidates_line line, int64_t lease_ms,
                      int64_t now_ms)
{
    if (line == CANDIDATES_CURRENT && !c->greeted) {
        c->lease_ms = lease_ms;
        c->heard_ms = now_ms;
        c->greeted = *c->current.name; /* it may know too little to command */
    } else if (line == CANDIDATES_TARGET && c->trying && !c->welcomed) {
        c->welcomed = true;
        c->until_ms = now_ms + patience_ms(c);
    }
}

bool candidates_obeyed(struct candidates *c, enum candidates_line line, int64_t lease_ms,
                       int64_t now_ms)
{
    const bool moved = line == CANDIDATES_TARGET && c->trying;
    if (moved) {
        candidate_list_tried(&c->list, &c->current, now_ms);
        c->current = c->target;
        c->trying = c->dial_target = c->refused = c->stayed = false;
        c->down_ms = NEVER;
        c->tally.moves++;
    }
    if (line == CANDIDATES_CURRENT || moved) {
        c->lease_ms = lease_ms;
        c->heard_ms = now_ms;
        c->greeted = false;
    }
    return moved;
}

void candidates_refused(struct candidates *c, enum candidates_line line, int64_t now_ms)
{
    if (line == CANDIDATES_CURRENT)
        c->refused = true;
    else if (c->trying)
        stay(c, now_ms);
}

void candidates_connected(struct candidates *c)
{
    c->refused = false;
    c->down_ms = NEVER;
}

void candidates_disconnected(struct candidates *c, int64_t now_ms)
{
    if (c->down_ms == NEVER)
        c->down_ms = now_ms;
}

/* Returns true if the agent is to go on to another candidate. */
static bool is_lost(const struct candidates *c, int64_t now_ms)
{
    const bool crashed =
        c->list.told > 0 && c->down_ms != NEVER && now_ms - c->down_ms >= CANDIDATES_DOWN_MS;
    return c->refused || crashed || !candidates_hears(c, now_ms);
}

enum candidates_step candidates_next(struct candidates *c, int64_t now_ms)
{
    if (!c->started) {
        c->started = true;
        dial(c, 0, now_ms);
        return CANDIDATES_DIAL;
    }
    if (c->trying && now_ms >= c->until_ms)
        stay(c, now_ms);
    if (c->say_left) {
        c->say_left = false;
        return CANDIDATES_STAY;
    }
    if (c->dial_target) {
        c->dial_target = false;
        return CANDIDATES_TRY;
    }
    if (!c->trying && is_lost(c, now_ms) && go_on(c, now_ms))
        return CANDIDATES_DIAL;
    return CANDIDATES_WAIT;
}

/* --- what it is now --- */

const struct candidate *candidates_at(const struct candidates *c, enum candidates_line line)
{
    if (line == CANDIDATES_TARGET)
        return c->trying ? &c->target : NULL;
    return c->started ? &c->current : NULL;
}

const char *candidates_left(const struct candidates *c, enum candidates_line line, int64_t now_ms)
{
    const struct candidate *to = candidates_at(c, line);
    if (now_ms - c->left_ms >= CANDIDATES_LEFT_MS || (to && candidate_same_name(c->left, to->name)))
        return "";
    return c->left;
}

size_t candidates_count(const struct candidates *c)
{
    return c->list.count;
}

size_t candidates_count_told(const struct candidates *c)
{
    return c->list.told;
}

const struct candidate *candidates_get(const struct candidates *c, size_t i)
{
    return &c->list.listed[i].candidate;
}

struct candidates_tally candidates_tally(const struct candidates *c)
{
    return c->tally;
}
