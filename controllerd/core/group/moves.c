/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/moves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/error.h"
#include "shared/base/rate_limit.h"

/* Calls of moves_due may be this far apart without slowing the moves down. */
enum { BURST_US = 100000, OWN = 0, NOWHERE = MEMBERS_MAX + 1 };

typedef char label[DAQS_MEMBER_MAX + 1];

struct host {
    UT_hash_handle hh;
    bool here;
    bool redirectable;
    bool sent;        /* it was told to go, and may still be here */
    int64_t since_ms; /* when it came, or was last sent away in vain */
    int64_t sent_ms;
    label target;
    label failed; /* member that did not let it in; "": none */
    int64_t failed_ms;
    int64_t tried_ms; /* when it was sent there */
    uint64_t version; /* of the members, when the order was computed; 0: it was not */
    size_t order[PLACEMENT_FIRST];
    size_t count;
    label home;
    int64_t home_ms; /* since when that has been its home */
    char name[];
};

/* How fast hosts are sent to a member. */
struct pace {
    UT_hash_handle hh;
    struct rate_limit limit;
    label member;
};

struct moves {
    uint32_t move_rate;
    struct host *hosts;
    struct pace *paces;
    struct rate_limit drain;
    bool drains;
    int64_t drains_ms;  /* since when */
    int64_t noticed_ms; /* since when the database has that this member leaves; 0: it has not */
    int64_t gone_ms;    /* when a host has gone last */
    size_t left;
};

const char *move_reason_text(enum move_reason reason)
{
    static const char *const text[] = {
#define X(NAME, text) text,
        MOVE_REASONS(X)
#undef X
    };
    return (size_t)reason < sizeof text / sizeof text[0] ? text[reason] : "unknown";
}

struct moves *moves_new(uint32_t move_rate)
{
    struct moves *moves = calloc(1, sizeof *moves);
    if (moves)
        moves->move_rate = move_rate ? move_rate : 1;
    return moves;
}

void moves_free(struct moves *moves)
{
    struct host *host = NULL;
    struct host *next_host = NULL;
    struct pace *pace = NULL;
    struct pace *next_pace = NULL;
    if (!moves)
        return;
    HASH_ITER(hh, moves->hosts, host, next_host)
    {
        HASH_DEL(moves->hosts, host);
        free(host);
    }
    HASH_ITER(hh, moves->paces, pace, next_pace)
    {
        HASH_DEL(moves->paces, pace);
        free(pace);
    }
    free(moves);
}

/* --- hosts that come and go --- */

static struct host *find(const struct moves *moves, const char *name)
{
    struct host *host = NULL;
    HASH_FIND_STR(moves->hosts, name, host);
    return host;
}

/* It was sent away, and is still here. */
static void note_failure(struct host *host, int64_t now_ms)
{
    host->sent = false;
    host->since_ms = host->sent_ms;
    host->failed_ms = now_ms;
    host->tried_ms = host->sent_ms;
    memcpy(host->failed, host->target, sizeof host->failed);
}

int moves_adopted(struct moves *moves, const char *name, bool redirectable, const char *left,
                  int64_t now_ms)
{
    struct host *host = find(moves, name);
    const size_t name_bytes = strlen(name) + 1;
    if (!host) {
        host = calloc(1, sizeof *host + name_bytes);
        if (!host)
            return DAQS_ENOMEM;
        memcpy(host->name, name, name_bytes);
        HASH_ADD_STR(moves->hosts, name, host);
    }
    if (!host->here)
        host->since_ms = now_ms;
    else if (host->sent && strcmp(host->target, left) == 0)
        note_failure(host, now_ms);
    moves->left -= host->here && host->redirectable;
    moves->left += redirectable;
    host->here = true;
    host->redirectable = redirectable;
    return DAQS_OK;
}

static bool failed_lately(const struct host *host, int64_t now_ms)
{
    return host->failed[0] && now_ms - host->failed_ms < MOVES_FAILED_MS;
}

static void drop_unless_failed(struct moves *moves, struct host *host, int64_t now_ms)
{
    if (host->here || failed_lately(host, now_ms))
        return;
    HASH_DEL(moves->hosts, host);
    free(host);
}

bool moves_gone(struct moves *moves, const char *name, int64_t now_ms)
{
    struct host *host = find(moves, name);
    if (!host || !host->here)
        return false;
    const bool sent = host->sent && now_ms - host->sent_ms < MOVES_ANSWER_MS;
    moves->left -= host->redirectable;
    moves->gone_ms = now_ms;
    host->here = host->sent = false;
    drop_unless_failed(moves, host, now_ms);
    return sent;
}

/* Returns true if the member has not let the host in, and has not been away since. */
static bool refused(const struct host *host, const struct members *m, size_t number, int64_t now_ms)
{
    const struct member *member = members_at(m, number);
    return failed_lately(host, now_ms) && strcmp(host->failed, member->row.name) == 0 &&
           member->paused_ms <= host->tried_ms;
}

const char *moves_failed(const struct moves *moves, const struct members *m, const char *name,
                         int64_t now_ms)
{
    const struct host *host = find(moves, name);
    const size_t number = host ? members_find(m, host->failed) : members_count(m);
    return number < members_count(m) && refused(host, m, number, now_ms) ? host->failed : "";
}

size_t moves_left(const struct moves *moves)
{
    return moves->left;
}

bool moves_over(const struct moves *moves, int64_t now_ms)
{
    const int64_t since_ms = now_ms - moves->drains_ms;
    if (!moves->drains)
        return false;
    return moves->left == 0 || since_ms >= MOVES_LEAVE_MOST_MS ||
           (since_ms >= MOVES_LEAVE_MS && now_ms - moves->gone_ms >= MOVES_STUCK_MS);
}

/* --- sending hosts away --- */

static void refresh_order(struct host *host, const struct members *m, int64_t now_ms)
{
    const uint64_t version = members_version(m) + 1;
    if (host->version == version)
        return;
    host->version = version;
    host->count = members_order(m, host->name, host->order);
    const char *home = host->count ? members_at(m, host->order[0])->row.name : "";
    if (strcmp(home, host->home) != 0) {
        (void)snprintf(host->home, sizeof host->home, "%s", home);
        host->home_ms = now_ms;
    }
}

/* Returns the home of a host that visits this member, if it is to be moved there now. It must have
 * been its home for a while: while a member restarts, its hosts have another home for a moment. */
static size_t home_of(const struct host *host, const struct members *m, int64_t now_ms)
{
    const size_t home = host->count ? host->order[0] : OWN;
    if (home == OWN || now_ms - host->since_ms < MOVES_AGAIN_MS || !members_fresh(m, now_ms) ||
        now_ms - host->home_ms < members_settle_ms(m) || !members_settled(m, home) ||
        refused(host, m, home, now_ms))
        return NOWHERE;
    return home;
}

/* While the database is silent, the lives that it showed last are out of date: then the members'
 * own word counts. */
static bool takes_in(const struct members *m, size_t number, enum move_reason reason,
                     int64_t now_ms)
{
    if (reason == MOVE_CUT_OFF)
        return members_reads(m, number, now_ms);
    return members_at(m, number)->life == MEMBER_ALIVE;
}

/* Returns the best other member for a host that must not stay here: one that has not let it in is
 * better than none, if this member leaves. */
static size_t refuge_of(const struct host *host, const struct members *m, enum move_reason reason,
                        int64_t now_ms)
{
    size_t last = NOWHERE;
    for (size_t i = 0; i < host->count; i++) {
        if (host->order[i] == OWN || !takes_in(m, host->order[i], reason, now_ms))
            continue;
        if (!refused(host, m, host->order[i], now_ms))
            return host->order[i];
        if (reason == MOVE_DRAIN && now_ms - host->failed_ms >= MOVES_DRAIN_AGAIN_MS)
            last = host->order[i];
    }
    return last;
}

/* All other members may be sending hosts to the target at once: together they keep to move_rate. */
static int64_t cost_us(const struct moves *moves, const struct members *m)
{
    size_t others = 0;
    for (size_t i = 1; i < members_count(m); i++)
        others += members_at(m, i)->life == MEMBER_ALIVE;
    return INT64_C(1000000) * (int64_t)(others ? others : 1) / moves->move_rate;
}

static void drop_idle_paces(struct moves *moves, int64_t now_ms)
{
    struct pace *pace = NULL;
    struct pace *next = NULL;
    HASH_ITER(hh, moves->paces, pace, next)
    {
        if (!rate_limit_idle(&pace->limit, now_ms * 1000))
            continue;
        HASH_DEL(moves->paces, pace);
        free(pace);
    }
}

static struct rate_limit *pace_to(struct moves *moves, const char *member)
{
    struct pace *pace = NULL;
    HASH_FIND_STR(moves->paces, member, pace);
    if (pace)
        return &pace->limit;
    pace = calloc(1, sizeof *pace);
    if (!pace)
        return NULL;
    (void)snprintf(pace->member, sizeof pace->member, "%s", member);
    HASH_ADD_STR(moves->paces, member, pace);
    return &pace->limit;
}

static bool within_pace(struct moves *moves, const struct members *m, const struct move *move,
                        int64_t now_ms)
{
    if (move->reason == MOVE_DRAIN) {
        const int64_t cost = 1000000 / MOVES_DRAIN_RATE;
        return rate_limit_take(&moves->drain, cost, BURST_US + cost, now_ms * 1000);
    }
    const int64_t cost = cost_us(moves, m);
    struct rate_limit *limit = pace_to(moves, members_at(m, move->target)->row.name);
    return limit && rate_limit_take(limit, cost, BURST_US + cost, now_ms * 1000);
}

static enum move_reason reason_now(const struct members *m, int64_t now_ms)
{
    if (members_at(m, OWN)->row.state == MEMBER_LEAVING)
        return MOVE_DRAIN;
    return members_cut_off(m, now_ms) ? MOVE_CUT_OFF : MOVE_HOME;
}

/* Returns true if the hosts of a leaving member must wait until the others know that it leaves. */
static bool gives_notice(struct moves *moves, const struct members *m, enum move_reason reason,
                         int64_t now_ms)
{
    if (reason == MOVE_DRAIN && !moves->drains) {
        moves->drains_ms = now_ms;
        moves->noticed_ms = 0;
    }
    moves->drains = reason == MOVE_DRAIN;
    if (moves->drains && !moves->noticed_ms && members_stored(m) == MEMBER_LEAVING)
        moves->noticed_ms = now_ms;
    const int64_t since_ms =
        moves->noticed_ms ? moves->noticed_ms : moves->drains_ms + members_lost_after_ms(m);
    return moves->drains && now_ms - since_ms < MOVES_NOTICE_MS;
}

/* Decides where the host goes now; NOWHERE: it stays. */
static size_t target_of(struct host *host, const struct members *m, enum move_reason reason,
                        int64_t now_ms)
{
    if (host->sent && now_ms - host->sent_ms >= MOVES_ANSWER_MS)
        note_failure(host, now_ms);
    if (!host->here || !host->redirectable || host->sent)
        return NOWHERE;
    if (reason == MOVE_CUT_OFF && now_ms - host->since_ms < MOVES_AGAIN_MS)
        return NOWHERE;
    refresh_order(host, m, now_ms);
    return reason == MOVE_HOME ? home_of(host, m, now_ms) : refuge_of(host, m, reason, now_ms);
}

size_t moves_due(struct moves *moves, const struct members *m, int64_t now_ms, struct move *ret,
                 size_t most)
{
    const enum move_reason reason = reason_now(m, now_ms);
    struct host *host = NULL;
    struct host *next = NULL;
    size_t count = 0;
    drop_idle_paces(moves, now_ms);
    if (gives_notice(moves, m, reason, now_ms))
        return 0;
    HASH_ITER(hh, moves->hosts, host, next)
    {
        if (count == most)
            break;
        const struct move move = {host->name, target_of(host, m, reason, now_ms), reason};
        if (move.target != NOWHERE && within_pace(moves, m, &move, now_ms)) {
            host->sent = true;
            host->sent_ms = now_ms;
            (void)snprintf(host->target, sizeof host->target, "%s",
                           members_at(m, move.target)->row.name);
            ret[count++] = move;
        } else {
            drop_unless_failed(moves, host, now_ms);
        }
    }
    return count;
}
