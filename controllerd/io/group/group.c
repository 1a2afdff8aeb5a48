/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/group.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "controllerd/io/group/member_beat.h"
#include "controllerd/io/group/stay_rows.h"

enum { OWN = 0, MOVES_AT_ONCE = 64 };

struct group {
    struct group_setup given;
    struct members *members;
    struct moves *moves;
    struct member_beat *beat;
    struct stays *stays;
    struct stay_rows *rows;
    bool knows_records;
    bool leaves;
};

static int draw(uint64_t *ret, struct daqs_error *err)
{
    ssize_t drawn = getrandom(ret, sizeof *ret, 0);
    return drawn == sizeof *ret ? DAQS_OK : daqs_fail(err, DAQS_ESYSTEM, "no random numbers");
}

static int64_t now_ms(void *arg)
{
    const struct group *g = arg;
    return g->given.now_ms(g->given.arg);
}

static void served(void *arg, const char *host, const char *member)
{
    const struct group *g = arg;
    if (g->given.served)
        g->given.served(g->given.arg, host, member);
}

static bool make_parts(struct group *g, uint64_t incarnation)
{
    const struct members_setup members = {.own = {.name = g->given.name,
                                                  .bus = g->given.advertise,
                                                  .peer = g->given.peer,
                                                  .key = g->given.key,
                                                  .version = g->given.version,
                                                  .incarnation = incarnation,
                                                  .weight = g->given.weight,
                                                  .state = MEMBER_STARTING},
                                          .lost_after_ms = g->given.lost_after_ms,
                                          .settle_ms = g->given.settle_ms};
    g->members = members_new(&members, now_ms(g));
    g->moves = moves_new(g->given.move_rate);
    g->beat = member_beat_new(&(struct member_beat_setup){.pg = g->given.pg,
                                                          .ledger = g->given.ledger,
                                                          .members = g->members,
                                                          .now_ms = now_ms,
                                                          .arg = g});
    g->stays = stays_new();
    g->rows = stay_rows_new(&(struct stay_rows_setup){.pg = g->given.pg,
                                                      .ledger = g->given.ledger,
                                                      .stays = g->stays,
                                                      .member = g->given.name,
                                                      .keep_ms = g->given.stays_keep_ms,
                                                      .changed = served,
                                                      .arg = g});
    return g->members && g->moves && g->beat && g->stays && g->rows;
}

struct group *group_new(const struct group_setup *setup, struct daqs_error *err)
{
    uint64_t incarnation = 0;
    if (draw(&incarnation, err) != DAQS_OK)
        return NULL;
    struct group *g = calloc(1, sizeof *g);
    if (g)
        g->given = *setup;
    if (!g || !make_parts(g, incarnation)) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        group_free(g);
        return NULL;
    }
    return g;
}

void group_free(struct group *g)
{
    if (!g)
        return;
    stay_rows_free(g->rows);
    stays_free(g->stays);
    member_beat_free(g->beat);
    moves_free(g->moves);
    members_free(g->members);
    free(g);
}

const struct members *group_members(const struct group *g)
{
    return g->members;
}

bool group_is_taken(const struct group *g)
{
    return members_own(g->members) == MEMBERS_OWN_TAKEN;
}

/* --- what this member says of itself --- */

static void say_state(struct group *g)
{
    members_set_state(g->members, g->leaves          ? MEMBER_LEAVING
                                  : g->knows_records ? MEMBER_SERVING
                                                     : MEMBER_STARTING);
    member_beat_now(g->beat);
}

void group_records_known(struct group *g)
{
    if (g->knows_records)
        return;
    g->knows_records = true;
    say_state(g);
}

void group_leave(struct group *g)
{
    if (g->leaves)
        return;
    g->leaves = true;
    say_state(g);
}

void group_peer_said(struct group *g, const char *member, bool reads, int64_t now_ms)
{
    members_peer_said(g->members, member, reads, now_ms);
}

/* --- hosts --- */

void group_hello(struct group *g, struct adoption_hello *hello, uint64_t own_epoch, int64_t now_ms,
                 struct adoption *ret)
{
    hello->records_known = g->knows_records;
    hello->failed = moves_failed(g->moves, g->members, hello->host, now_ms);
    adoption_decide(g->members, hello, own_epoch, now_ms, ret);
}

int group_adopted(struct group *g, const char *host, bool redirectable, const char *left,
                  int64_t now_ms)
{
    const bool written = strcmp(stays_member(g->stays, host), g->given.name) == 0;
    if (!written && stay_rows_serve(g->rows, host) != DAQS_OK)
        return DAQS_ENOMEM;
    return moves_adopted(g->moves, host, redirectable, left, now_ms);
}

int group_serves(struct group *g, const char *host)
{
    return stay_rows_serve(g->rows, host);
}

int group_absent(struct group *g, const char *host)
{
    return stay_rows_answer(g->rows, host);
}

int group_forget(struct group *g, const char *host)
{
    return stay_rows_forget(g->rows, host);
}

bool group_knows_stays(const struct group *g)
{
    return stay_rows_complete(g->rows);
}

bool group_has_others(const struct group *g)
{
    size_t others = 0;
    for (size_t i = OWN + 1; i < members_count(g->members); i++) {
        const struct member *member = members_at(g->members, i);
        others += member->life != MEMBER_LOST && member->row.state == MEMBER_SERVING;
    }
    return others > 0;
}

size_t group_hosts_of(const struct group *g, size_t member)
{
    return stays_of_member(g->stays, members_at(g->members, member)->row.name);
}

size_t group_answers(const struct group *g, const char *host)
{
    return stay_rows_complete(g->rows) ? stays_answers(g->stays, g->members, host)
                                       : members_count(g->members);
}

bool group_elsewhere(const struct group *g, const char *host)
{
    return group_answers(g, host) != OWN;
}

size_t group_in_doubt(const struct group *g, const char *host, int64_t now_ms)
{
    return stays_in_doubt(g->stays, g->members, host, now_ms);
}

const char *group_served_by(const struct group *g, const char *host)
{
    return stays_member(g->stays, host);
}

int group_told_served(struct group *g, const char *host, const char *member, int64_t now_ms)
{
    return stays_read(g->stays, host, member, now_ms);
}

bool group_gone(struct group *g, const char *host, int64_t now_ms)
{
    return moves_gone(g->moves, host, now_ms);
}

size_t group_staying(const struct group *g)
{
    return moves_left(g->moves);
}

bool group_has_left(const struct group *g, int64_t now_ms)
{
    return moves_over(g->moves, now_ms);
}

size_t group_infos(const struct group *g, const size_t *number, size_t count,
                   struct daqs_member_info ret[static DAQS_MAX_MEMBERS])
{
    size_t infos = 0;
    for (size_t i = 0; i < count && infos < DAQS_MAX_MEMBERS; i++) {
        const struct member_row *row = &members_at(g->members, number[i])->row;
        ret[infos++] = (struct daqs_member_info){row->name, row->bus, row->key};
    }
    return infos;
}

static void send_away(struct group *g, const struct move *move)
{
    size_t number[PLACEMENT_FIRST];
    struct daqs_member_info info[DAQS_MAX_MEMBERS];
    size_t count = adoption_list(g->members, move->host, move->target, number);
    count = group_infos(g, number, count, info);
    g->given.send_away(g->given.arg, move->host, info, count, move->reason);
}

void group_tick(struct group *g, int64_t now_ms)
{
    struct move move[MOVES_AT_ONCE];
    members_tick(g->members, now_ms);
    member_beat_tick(g->beat, now_ms);
    stay_rows_tick(g->rows, now_ms);
    const size_t moves = moves_due(g->moves, g->members, now_ms, move, MOVES_AT_ONCE);
    for (size_t i = 0; i < moves; i++)
        send_away(g, &move[i]);
}
