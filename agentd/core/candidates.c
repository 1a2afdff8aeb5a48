/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/candidates.h"

#include <stdlib.h>
#include <string.h>

enum { NOT_LISTED = CANDIDATES_MOST };

/* Long before any time, without overflow in differences. */
#define NEVER (INT64_MIN / 4)

struct listed {
    struct candidate candidate;
    int64_t tried_ms; /* dialled, left or refused last */
};

struct candidates {
    int64_t poll_ms;
    uint32_t hash; /* of the host's name */
    struct candidate configured[CANDIDATES_CONFIGURED_MOST];
    size_t configureds;
    struct listed listed[CANDIDATES_MOST]; /* in their order */
    size_t count;
    size_t told; /* the first ones of those */

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

/* FNV-1a of 32 bits (draft-eastlake-fnv). */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
    return hash;
}

/* Copies what fits; callers have checked the length. */
static void copy_text(char *ret, size_t bytes, const char *text)
{
    size_t length = strnlen(text, bytes - 1);
    memcpy(ret, text, length);
    ret[length] = '\0';
}

static struct candidate from_member(const struct daqs_member_info *member)
{
    struct candidate candidate = {.key = member->key};
    copy_text(candidate.name, sizeof candidate.name, member->name);
    copy_text(candidate.endpoint, sizeof candidate.endpoint, member->endpoint);
    return candidate;
}

static bool same_name(const char *a, const char *b)
{
    return *a && strcmp(a, b) == 0;
}

static bool same_endpoint(const struct candidate *a, const struct candidate *b)
{
    return strcmp(a->endpoint, b->endpoint) == 0;
}

/* --- the list --- */

static size_t find_endpoint(const struct listed *listed, size_t count, const char *endpoint)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(listed[i].candidate.endpoint, endpoint) == 0)
            return i;
    return NOT_LISTED;
}

/* Adds a candidate unless its endpoint is listed already. */
static void add(struct candidates *c, const struct candidate *candidate,
                const struct listed *before, size_t count_before)
{
    if (find_endpoint(c->listed, c->count, candidate->endpoint) != NOT_LISTED)
        return;
    size_t old = find_endpoint(before, count_before, candidate->endpoint);
    c->listed[c->count++] =
        (struct listed){*candidate, old != NOT_LISTED ? before[old].tried_ms : NEVER};
}

/* Returns true if these candidates are not those that members told. */
static bool differ(const struct candidates *c, const struct listed *before, size_t told_before)
{
    bool differ = c->told != told_before;
    for (size_t i = 0; i < c->told && !differ; i++)
        differ = strcmp(c->listed[i].candidate.name, before[i].candidate.name) != 0 ||
                 !same_endpoint(&c->listed[i].candidate, &before[i].candidate) ||
                 memcmp(&c->listed[i].candidate.key, &before[i].candidate.key,
                        sizeof before[i].candidate.key) != 0;
    return differ;
}

/* Lists these members, then the configured candidates. Returns true if the members were others
 * before. */
static bool list(struct candidates *c, const struct daqs_member_info *member, size_t count)
{
    struct listed before[CANDIDATES_MOST];
    const size_t count_before = c->count;
    const size_t told_before = c->told;
    memcpy(before, c->listed, sizeof before);
    c->count = 0;
    for (size_t i = 0; i < count && i < DAQS_MAX_MEMBERS; i++) {
        const struct candidate candidate = from_member(&member[i]);
        add(c, &candidate, before, count_before);
    }
    c->told = c->count;
    const size_t first = c->told ? c->hash % c->configureds : 0;
    for (size_t i = 0; i < c->configureds; i++)
        add(c, &c->configured[(first + i) % c->configureds], before, count_before);
    return differ(c, before, told_before);
}

/* Returns the position of the current candidate. Its endpoint may be a configured one that is not
 * the advertised one; then its name counts. */
static size_t position(const struct candidates *c)
{
    size_t at = find_endpoint(c->listed, c->count, c->current.endpoint);
    for (size_t i = 0; at >= c->told && i < c->told; i++)
        if (same_name(c->listed[i].candidate.name, c->current.name))
            at = i;
    return at;
}

struct candidates *candidates_new(const struct candidates_setup *setup)
{
    struct candidates *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->poll_ms = setup->poll_ms;
    c->hash = hash_of(setup->host);
    for (size_t i = 0; i < setup->endpoints && i < CANDIDATES_CONFIGURED_MOST; i++) {
        struct candidate *configured = &c->configured[c->configureds++];
        copy_text(configured->endpoint, sizeof configured->endpoint, setup->endpoint[i]);
    }
    for (size_t i = 0; i < CANDIDATES_SENT_MOST; i++)
        c->sent_ms[i] = NEVER;
    c->left_ms = c->down_ms = NEVER;
    (void)list(c, NULL, 0);
    return c;
}

void candidates_free(struct candidates *c)
{
    free(c);
}

void candidates_restore(struct candidates *c, const struct daqs_member_info *member, size_t count)
{
    (void)list(c, member, count);
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
    copy_text(c->left, sizeof c->left, name);
    c->left_ms = now_ms;
}

static void note_tried(struct candidates *c, const struct candidate *candidate, int64_t now_ms)
{
    size_t at = find_endpoint(c->listed, c->count, candidate->endpoint);
    if (at != NOT_LISTED)
        c->listed[at].tried_ms = now_ms;
}

static void dial(struct candidates *c, size_t at, int64_t now_ms)
{
    c->current = c->listed[at].candidate;
    c->listed[at].tried_ms = now_ms;
    c->refused = c->stayed = c->greeted = false;
    c->heard_ms = now_ms;
    c->down_ms = NEVER;
}

/* Goes on to the next other candidate that may be dialled by now. Returns false if there is
 * none. */
static bool go_on(struct candidates *c, int64_t now_ms)
{
    const size_t at = position(c);
    for (size_t i = 0; i < c->count; i++) {
        size_t next = at == NOT_LISTED ? i : (at + 1 + i) % c->count;
        const struct candidate *candidate = &c->listed[next].candidate;
        if (same_endpoint(candidate, &c->current) ||
            now_ms - c->listed[next].tried_ms < CANDIDATES_AGAIN_MS)
            continue;
        note_left(c, c->current.name, now_ms);
        note_tried(c, &c->current, now_ms);
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
        note_tried(c, &c->target, now_ms);
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
    note_tried(c, member, now_ms);
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
        copy_text(c->sent_to, sizeof c->sent_to, member->name);
        stay(c, now_ms);
        return;
    }
    c->sent_ms[at] = now_ms;
    c->sent++;
    if (line == CANDIDATES_CURRENT)
        copy_text(c->sent_to, sizeof c->sent_to, member->name);
    bool often = now_ms - c->sent_ms[c->sent % CANDIDATES_SENT_MOST] < CANDIDATES_SENT_MS;
    bool back = line == CANDIDATES_TARGET &&
                (same_name(member->name, c->current.name) || same_endpoint(member, &c->current) ||
                 same_endpoint(member, &c->target));
    if (often || back)
        stay(c, now_ms);
    else
        try_member(c, member, now_ms);
}

bool candidates_told(struct candidates *c, enum candidates_line line, const char *name,
                     const struct daqs_member_info *member, size_t count, int64_t now_ms)
{
    struct candidate *from = line == CANDIDATES_CURRENT ? &c->current : &c->target;
    if (line == CANDIDATES_TARGET && !c->trying)
        return false;
    copy_text(from->name, sizeof from->name, name);
    if (count == 0 && (*name || line == CANDIDATES_TARGET))
        return false;
    const bool changed = list(c, member, count);
    if (count > 0 && !same_name(member[0].name, name)) {
        const struct candidate best = from_member(&member[0]);
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
        note_tried(c, &c->current, now_ms);
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
        c->told > 0 && c->down_ms != NEVER && now_ms - c->down_ms >= CANDIDATES_DOWN_MS;
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
    if (now_ms - c->left_ms >= CANDIDATES_LEFT_MS || (to && same_name(c->left, to->name)))
        return "";
    return c->left;
}

size_t candidates_count(const struct candidates *c)
{
    return c->count;
}

size_t candidates_count_told(const struct candidates *c)
{
    return c->told;
}

const struct candidate *candidates_get(const struct candidates *c, size_t i)
{
    return &c->listed[i].candidate;
}

struct candidates_tally candidates_tally(const struct candidates *c)
{
    return c->tally;
}
