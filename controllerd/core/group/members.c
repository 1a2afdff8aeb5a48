/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/error.h"

struct entry {
    struct member member;
    char name[DAQS_MEMBER_MAX + 1];
    char version[DAQS_MEMBER_MAX + 1];
    char bus[DAQS_ENDPOINT_MAX + 1];
    char peer[DAQS_ENDPOINT_MAX + 1];
};

/* The members, and those of them that hosts may be placed on. */
struct view {
    struct entry *entry; /* [0] is the observer */
    size_t count;
    struct placement_member *candidate;
    size_t *number; /* of each candidate */
    size_t candidates;
};

struct members {
    struct members_setup given;
    struct view view;
    uint64_t version;
    bool answered;
    int64_t answered_ms; /* of the last answer; without one: of the start */
    int64_t ticked_ms;
    int64_t awake_ms; /* when this process last woke from a pause */
    enum members_own own;
    enum member_state stored;   /* of the own row, as the database has it */
    uint64_t other_incarnation; /* of the row in doubt */
    uint64_t other_beat;
    int64_t other_ms; /* counted time without a change of other_beat */
};

const char *member_state_text(enum member_state state)
{
    static const char *const text[] = {
#define X(NAME, text) text,
        MEMBER_STATES(X)
#undef X
    };
    return (size_t)state < sizeof text / sizeof text[0] ? text[state] : text[MEMBER_STARTING];
}

const char *member_life_text(enum member_life life)
{
    static const char *const text[] = {
#define X(NAME, text) text,
        MEMBER_LIVES(X)
#undef X
    };
    return (size_t)life < sizeof text / sizeof text[0] ? text[life] : "unknown";
}

enum member_state member_state_parse(const char *text)
{
#define X(NAME, word)                                                                              \
    if (strcmp(text, word) == 0)                                                                   \
        return MEMBER_##NAME;
    MEMBER_STATES(X)
#undef X
    return MEMBER_STARTING;
}

/* --- views --- */

static void view_done(struct view *view)
{
    free(view->entry);
    free(view->candidate);
    free(view->number);
}

static bool view_init(struct view *view, size_t most)
{
    *view = (struct view){.entry = calloc(most, sizeof *view->entry),
                          .candidate = calloc(most, sizeof *view->candidate),
                          .number = calloc(most, sizeof *view->number)};
    if (view->entry && view->candidate && view->number)
        return true;
    view_done(view);
    return false;
}

/* Appends a copy of the row. */
static struct entry *append(struct view *view, const struct member_row *row)
{
    struct entry *entry = &view->entry[view->count++];
    (void)snprintf(entry->name, sizeof entry->name, "%s", row->name);
    (void)snprintf(entry->version, sizeof entry->version, "%s", row->version);
    (void)snprintf(entry->bus, sizeof entry->bus, "%s", row->bus);
    (void)snprintf(entry->peer, sizeof entry->peer, "%s", row->peer);
    entry->member.row = *row;
    entry->member.row.name = entry->name;
    entry->member.row.version = entry->version;
    entry->member.row.bus = entry->bus;
    entry->member.row.peer = entry->peer;
    return entry;
}

static struct entry *find(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++)
        if (strncmp(view->entry[i].name, name, DAQS_MEMBER_MAX) == 0)
            return &view->entry[i];
    return NULL;
}

static void choose_candidates(struct view *view)
{
    view->candidates = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct member *member = &view->entry[i].member;
        if (member->row.state != MEMBER_SERVING || member->life == MEMBER_LOST)
            continue;
        view->candidate[view->candidates] =
            (struct placement_member){member->row.name, member->row.weight};
        view->number[view->candidates++] = i;
    }
}

/* Returns true if hosts are placed differently, or members have other numbers or addresses. */
static bool differ(const struct view *a, const struct view *b)
{
    if (a->count != b->count)
        return true;
    for (size_t i = 0; i < a->count; i++) {
        const struct member *of_a = &a->entry[i].member;
        const struct member *of_b = &b->entry[i].member;
        if (strcmp(of_a->row.name, of_b->row.name) != 0 || of_a->row.state != of_b->row.state ||
            of_a->row.weight != of_b->row.weight || of_a->life != of_b->life ||
            strcmp(of_a->row.bus, of_b->row.bus) != 0 ||
            !daqs_key_same(&of_a->row.key, &of_b->row.key))
            return true;
    }
    return false;
}

/* --- answers of the database --- */

struct members *members_new(const struct members_setup *setup, int64_t now_ms)
{
    struct members *m = calloc(1, sizeof *m);
    if (!m || !view_init(&m->view, 1)) {
        free(m);
        return NULL;
    }
    m->given = *setup;
    m->answered_ms = m->ticked_ms = m->awake_ms = now_ms;
    m->own = MEMBERS_OWN_MISSING;
    append(&m->view, &setup->own)->member.life = MEMBER_ALIVE;
    m->given.own = m->view.entry[0].member.row;
    choose_candidates(&m->view);
    return m;
}

void members_free(struct members *m)
{
    if (!m)
        return;
    view_done(&m->view);
    free(m);
}

/* Judges a member by its row, which was seen before as 'was' (NULL: it was not there). step_ms is
 * the time that counts since then; below 0: after a gap. */
static void judge(const struct members *m, struct member *now, const struct member *was,
                  int64_t step_ms, int64_t now_ms)
{
    now->life = was ? was->life : m->answered ? MEMBER_ALIVE : MEMBER_UNPROVEN;
    now->beat_ms = now->said_ms = now->paused_ms = now_ms;
    if (!was)
        return;
    now->said_reads = was->said_reads;
    now->said_ms = was->said_ms;
    if (was->row.incarnation != now->row.incarnation) {
        now->life = MEMBER_ALIVE;
        return;
    }
    now->paused_ms = was->paused_ms;
    now->steady_ms = was->steady_ms + (step_ms > 0 ? step_ms : 0);
    if (was->row.beat != now->row.beat) {
        now->life = MEMBER_ALIVE;
        return;
    }
    now->beat_ms = was->beat_ms;
    if (step_ms < 0) { /* members find back one after another, and have twice the time */
        now->unchanged_ms = -m->given.lost_after_ms;
        now->life = was->life == MEMBER_LOST ? MEMBER_LOST : MEMBER_UNPROVEN;
        return;
    }
    now->unchanged_ms = was->unchanged_ms + step_ms;
    if (now->unchanged_ms >= m->given.lost_after_ms / 2) {
        now->steady_ms = 0;
        now->paused_ms = now_ms;
    }
    if (now->unchanged_ms >= m->given.lost_after_ms)
        now->life = MEMBER_LOST;
}

static void judge_own(struct members *m, const struct member_row *row, int64_t step_ms)
{
    if (m->own == MEMBERS_OWN_TAKEN)
        return;
    if (!row) {
        m->own = MEMBERS_OWN_MISSING;
    } else if (row->incarnation == m->given.own.incarnation) {
        m->own = MEMBERS_OWN_PRESENT;
    } else if (row->incarnation != m->other_incarnation || m->own == MEMBERS_OWN_PRESENT) {
        m->own = MEMBERS_OWN_DOUBTED;
        m->other_incarnation = row->incarnation;
        m->other_beat = row->beat;
        m->other_ms = 0;
    } else if (step_ms < 0) { /* it may have ended meanwhile */
        m->other_beat = row->beat;
        m->other_ms = 0;
    } else if (row->beat != m->other_beat) {
        m->own = MEMBERS_OWN_TAKEN;
    } else {
        m->other_ms += step_ms > 0 ? step_ms : 0;
        m->own = m->other_ms >= MEMBERS_OWN_MS ? MEMBERS_OWN_MISSING : MEMBERS_OWN_DOUBTED;
    }
}

int members_read(struct members *m, const struct member_row *row, size_t rows, int64_t now_ms)
{
    const struct member_row *own = NULL;
    const int64_t gone_ms = now_ms - m->answered_ms;
    const int64_t step_ms = m->answered && gone_ms > MEMBERS_GAP_MS ? -1 : gone_ms;
    struct view next;
    rows = rows < MEMBERS_MAX ? rows : MEMBERS_MAX;
    if (!view_init(&next, rows + 1))
        return DAQS_ENOMEM;
    append(&next, &m->given.own)->member.life = MEMBER_ALIVE;
    for (size_t i = 0; i < rows; i++) {
        if (strcmp(row[i].name, m->given.own.name) == 0) {
            own = &row[i];
        } else if (row[i].name[0] && !find(&next, row[i].name)) {
            const struct entry *was = find(&m->view, row[i].name);
            judge(m, &append(&next, &row[i])->member, was ? &was->member : NULL, step_ms, now_ms);
        }
    }
    judge_own(m, own, step_ms);
    m->stored = m->own == MEMBERS_OWN_PRESENT ? own->state : MEMBER_STARTING;
    m->given.own = next.entry[0].member.row;
    m->version += differ(&m->view, &next);
    view_done(&m->view);
    m->view = next;
    choose_candidates(&m->view);
    m->answered = true;
    m->answered_ms = now_ms;
    return DAQS_OK;
}

/* --- the observer --- */

void members_tick(struct members *m, int64_t now_ms)
{
    if (now_ms - m->ticked_ms > MEMBERS_GAP_MS)
        m->awake_ms = now_ms;
    m->ticked_ms = now_ms;
}

enum members_own members_own(const struct members *m)
{
    return m->own;
}

void members_set_state(struct members *m, enum member_state state)
{
    if (m->given.own.state == state)
        return;
    m->given.own.state = state;
    m->view.entry[0].member.row.state = state;
    m->version++;
    choose_candidates(&m->view);
}

enum member_state members_stored(const struct members *m)
{
    return m->stored;
}

int64_t members_lost_after_ms(const struct members *m)
{
    return m->given.lost_after_ms;
}

void members_peer_said(struct members *m, const char *name, bool reads, int64_t now_ms)
{
    struct entry *entry = find(&m->view, name);
    if (!entry)
        return;
    entry->member.said_reads = reads;
    entry->member.said_ms = now_ms;
}

bool members_fresh(const struct members *m, int64_t now_ms)
{
    return m->answered && now_ms - m->answered_ms <= MEMBERS_GAP_MS;
}

bool members_linked(const struct members *m, size_t index)
{
    return members_at(m, 0)->row.peer[0] != '\0' && members_at(m, index)->row.peer[0] != '\0';
}

bool members_silent(const struct members *m, size_t index, int64_t now_ms)
{
    const int64_t said_ms = members_at(m, index)->said_ms;
    return now_ms - (said_ms > m->awake_ms ? said_ms : m->awake_ms) >= MEMBERS_SILENT_MS;
}

size_t members_in_touch(const struct members *m, int64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 1; i < m->view.count; i++)
        count += members_at(m, i)->life == MEMBER_LOST && members_linked(m, i) &&
                 !members_silent(m, i, now_ms);
    return count;
}

bool members_reads(const struct members *m, size_t index, int64_t now_ms)
{
    const struct member *member = members_at(m, index);
    return member->said_reads && now_ms - member->said_ms <= MEMBERS_READS_MS;
}

bool members_cut_off(const struct members *m, int64_t now_ms)
{
    const int64_t since_ms = m->answered_ms > m->awake_ms ? m->answered_ms : m->awake_ms;
    bool reads = false;
    for (size_t i = 1; i < m->view.count && !reads; i++)
        reads = members_reads(m, i, now_ms);
    return reads && now_ms - since_ms >= MEMBERS_CUT_OFF_MS;
}

/* --- what is known of the members --- */

size_t members_count(const struct members *m)
{
    return m->view.count;
}

const struct member *members_at(const struct members *m, size_t index)
{
    return &m->view.entry[index].member;
}

size_t members_find(const struct members *m, const char *name)
{
    const struct entry *entry = find(&m->view, name);
    return entry ? (size_t)(entry - m->view.entry) : m->view.count;
}

size_t members_expired(const struct members *m, int64_t now_ms)
{
    for (size_t i = 1; i < m->view.count; i++) {
        const struct member *member = members_at(m, i);
        if (member->life == MEMBER_LOST &&
            (member->row.state == MEMBER_LEAVING || now_ms - member->beat_ms >= MEMBERS_KEPT_MS))
            return i;
    }
    return m->view.count;
}

bool members_settled(const struct members *m, size_t index)
{
    const struct member *member = members_at(m, index);
    return member->life == MEMBER_ALIVE && member->row.state == MEMBER_SERVING &&
           member->steady_ms >= m->given.settle_ms;
}

int64_t members_settle_ms(const struct members *m)
{
    return m->given.settle_ms;
}

uint64_t members_version(const struct members *m)
{
    return m->version;
}

size_t members_order(const struct members *m, const char *host, size_t ret[static PLACEMENT_FIRST])
{
    const size_t count = placement_order(m->view.candidate, m->view.candidates, host, ret);
    for (size_t i = 0; i < count; i++)
        ret[i] = m->view.number[ret[i]];
    return count;
}
