/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/member_beat.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/pg/pg_guard.h"
#include "shared/base/log.h"
#include "shared/base/name.h"
#include "shared/net/key.h"
#include "shared/net/socket.h"

/* Statements of the job. */
enum { GUARD, ASYNCHRONOUS, WRITE, ROWS };

/* Columns of the rows, in the order of the SELECT. */
enum { NAME, INCARNATION, BEAT, WEIGHT, BUS, PEER, KEY, VERSION, STATE };

/* A beat that waits longer than this is given up: the next one is sent instead. */
enum { LIMIT_MS = 2000 };

struct member_beat {
    struct member_beat_setup given;
    struct pg_job job;
    bool awaited; /* the client has the job */
    bool other;   /* the last answer was of another fleet's database */
    int64_t due_ms;
    uint64_t beat;
    char key[KEY_TEXT]; /* of the own row, as text */
    struct daqs_error error;
};

struct member_beat *member_beat_new(const struct member_beat_setup *setup)
{
    struct member_beat *beat = calloc(1, sizeof *beat);
    if (!beat)
        return NULL;
    beat->given = *setup;
    return beat;
}

void member_beat_free(struct member_beat *beat)
{
    free(beat);
}

const struct daqs_error *member_beat_error(const struct member_beat *beat)
{
    return &beat->error;
}

void member_beat_now(struct member_beat *beat)
{
    beat->due_ms = 0;
}

/* --- the transaction --- */

static const char *key_text(struct member_beat *b, const struct daqs_key *key)
{
    return daqs_key_is_set(key) ? key_format(key, b->key) : "";
}

/* The whole row: whatever process had this name before, it is this one's now. */
static void put_row(struct member_beat *b, const struct member_row *own)
{
    pg_statement(&b->job,
                 "INSERT INTO daqs.member"
                 " (name, incarnation, beat, weight, bus, peer, key, version, state)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                 " ON CONFLICT (name) DO UPDATE SET incarnation = excluded.incarnation,"
                 " beat = excluded.beat, weight = excluded.weight, bus = excluded.bus,"
                 " peer = excluded.peer, key = excluded.key, version = excluded.version,"
                 " state = excluded.state",
                 PG_CHANGES_ONE);
    pg_text(&b->job, own->name);
    pg_number(&b->job, (int64_t)own->incarnation);
    pg_number(&b->job, (int64_t)b->beat);
    pg_number(&b->job, own->weight);
    pg_text(&b->job, own->bus);
    pg_text(&b->job, own->peer);
    pg_text(&b->job, key_text(b, &own->key));
    pg_text(&b->job, own->version);
    pg_text(&b->job, member_state_text(own->state));
}

static void change_beat(struct member_beat *b, const struct member_row *own)
{
    pg_statement(&b->job,
                 "UPDATE daqs.member SET beat = $3, state = $4"
                 " WHERE name = $1 AND incarnation = $2",
                 PG_ANY);
    pg_text(&b->job, own->name);
    pg_number(&b->job, (int64_t)own->incarnation);
    pg_number(&b->job, (int64_t)b->beat);
    pg_text(&b->job, member_state_text(own->state));
}

static void read_rows(struct member_beat *b)
{
    pg_statement(&b->job,
                 "SELECT name, incarnation, beat, weight, bus, peer, key, version, state"
                 " FROM daqs.member ORDER BY name LIMIT $1",
                 PG_ANY);
    pg_number(&b->job, MEMBERS_MAX + 1);
}

/* Deletes the row of a member that has left, or has been lost for long, unless it beats again. */
static void delete_row(struct member_beat *b, int64_t now_ms)
{
    const size_t expired = members_expired(b->given.members, now_ms);
    if (expired == members_count(b->given.members))
        return;
    const struct member_row *row = &members_at(b->given.members, expired)->row;
    pg_statement(&b->job,
                 "DELETE FROM daqs.member WHERE name = $1 AND incarnation = $2 AND beat = $3",
                 PG_ANY);
    pg_text(&b->job, pg_copy(&b->job, row->name)); /* the row may be gone before the job */
    pg_number(&b->job, (int64_t)row->incarnation);
    pg_number(&b->job, (int64_t)row->beat);
}

/* --- the answer --- */

/* Reads a row. Returns false if it is not one that a member writes. */
static bool take_row(const struct pg_job *job, size_t row, struct member_row *ret)
{
    int64_t incarnation = 0;
    int64_t beat = 0;
    int64_t weight = 0;
    *ret = (struct member_row){.name = pg_cell(job, ROWS, row, NAME),
                               .bus = pg_cell(job, ROWS, row, BUS),
                               .peer = pg_cell(job, ROWS, row, PEER),
                               .version = pg_cell(job, ROWS, row, VERSION)};
    const char *key = pg_cell(job, ROWS, row, KEY);
    const char *state = pg_cell(job, ROWS, row, STATE);
    if (!ret->name || !ret->bus || !ret->peer || !ret->version || !key || !state)
        return false;
    if (!pg_cell_number(job, ROWS, row, INCARNATION, &incarnation) ||
        !pg_cell_number(job, ROWS, row, BEAT, &beat) ||
        !pg_cell_number(job, ROWS, row, WEIGHT, &weight) || weight < 0 ||
        weight > PLACEMENT_WEIGHT_MAX)
        return false;
    if (daqs_name_check("", ret->name, strlen(ret->name), NULL) != DAQS_OK ||
        !net_endpoint_reachable(ret->bus))
        return false;
    if (*key && key_parse(key, &ret->key, NULL) != DAQS_OK)
        return false;
    if (!net_endpoint_reachable(ret->peer))
        ret->peer = "";
    ret->incarnation = (uint64_t)incarnation;
    ret->beat = (uint64_t)beat;
    ret->weight = (uint32_t)weight;
    ret->state = member_state_parse(state);
    return true;
}

static int take_rows(struct member_beat *b)
{
    struct member_row row[MEMBERS_MAX];
    size_t rows = 0;
    const size_t answered = pg_result(&b->job, ROWS).rows;
    for (size_t i = 0; i < answered && rows < MEMBERS_MAX; i++)
        rows += take_row(&b->job, i, &row[rows]);
    return members_read(b->given.members, row, rows, b->given.now_ms(b->given.arg));
}

static void note_other(struct member_beat *b, bool other)
{
    if (other && !b->other)
        daqs_log(DAQS_LOG_ERROR,
                 "the members of the group in the shared database are left alone: " PG_GUARD_TEXT);
    if (!other && b->other)
        daqs_log(DAQS_LOG_INFO, "the shared database is this fleet's again: this member beats");
    b->other = other;
}

static void done(struct pg_job *job)
{
    struct member_beat *b = job->context;
    b->awaited = false;
    b->error = job->error;
    if (pg_guard_failed(job)) {
        daqs_fail(&b->error, DAQS_EREFUSED, PG_GUARD_TEXT);
        note_other(b, true);
    }
    if (job->outcome == PG_DONE) {
        note_other(b, false);
        if (take_rows(b) != DAQS_OK)
            daqs_fail(&b->error, DAQS_ENOMEM, "out of memory");
    }
    pg_job_clear(job);
}

void member_beat_tick(struct member_beat *b, int64_t now_ms)
{
    const enum members_own own = members_own(b->given.members);
    if (b->awaited || now_ms < b->due_ms || own == MEMBERS_OWN_TAKEN)
        return;
    const struct member_row *row = &members_at(b->given.members, 0)->row;
    b->beat++;
    pg_job_init(&b->job, PG_WRITE);
    b->job.limit_ms = LIMIT_MS;
    b->job.done = done;
    b->job.context = b;
    pg_guard(&b->job, b->given.ledger);
    pg_statement(&b->job, "SET LOCAL synchronous_commit = off", PG_ANY);
    if (own == MEMBERS_OWN_MISSING)
        put_row(b, row);
    else
        change_beat(b, row);
    read_rows(b);
    delete_row(b, now_ms);
    const int result = pg_client_submit(b->given.pg, &b->job);
    b->awaited = result == DAQS_OK;
    b->due_ms = now_ms + MEMBER_BEAT_MS;
    if (result != DAQS_OK) {
        daqs_fail(&b->error, result, "%s", daqs_strerror(result));
        pg_job_clear(&b->job);
    }
}
