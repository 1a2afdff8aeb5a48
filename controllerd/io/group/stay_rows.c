/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/stay_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controllerd/core/pg/pg_guard.h"
#include "shared/base/name.h"

/* Rows of a transaction. */
enum { WRITTEN_MOST = 200, READ_MOST = 20000 };

/* A transaction becomes visible at most this much later than the time that is in its rows. */
enum { LATE_MS = 10000 };

/* How often all rows are read, in case one became visible later than that, and stays of forgotten
 * hosts are dropped. */
enum { ALL_MS = 600000 };

/* The statements of the transaction that reads, and the columns of its rows. */
enum { GUARD, CLOCK, ROWS };
enum { HOST, MEMBER, SINCE };

/* Stays of a host that are kept at most: with one move a minute, those of four hours. */
#define STAYS_KEPT "256"

/* What is to be written: this member serves the host; serves it no longer, and no other one does;
 * or answers for it if the member that is in the row is still the one that was read. */
enum wish { SERVE, FORGET, ANSWER };

/* A host whose row is to be written. */
struct served {
    UT_hash_handle hh;
    enum wish wish;
    char expected[DAQS_MEMBER_MAX + 1]; /* of ANSWER: the member that was read */
    bool sent;    /* in the transaction that is running, which writes what is wanted now */
    size_t check; /* number of the statement that reads what is in the row then */
    char host[];
};

struct stay_rows {
    struct stay_rows_setup given;
    struct served *served; /* those that were not tried yet come first */
    struct pg_job reading;
    struct pg_job writing;
    bool reads; /* the client has the job */
    bool writes;
    bool complete;
    size_t at_once;       /* rows of the next transaction that writes */
    int64_t read_due_ms;  /* when the next one reads */
    int64_t write_due_ms; /* when the next one writes */
    int64_t ended_due_ms; /* when stays of forgotten hosts are dropped next */
    int64_t all_ms;       /* when all rows are to be read again */
    int64_t now_ms;       /* of the exchange */
    int64_t from_ms;      /* rows after this time are read next */
    uint64_t connects;
};

struct stay_rows *stay_rows_new(const struct stay_rows_setup *setup)
{
    struct stay_rows *r = calloc(1, sizeof *r);
    if (r)
        *r = (struct stay_rows){.given = *setup, .at_once = WRITTEN_MOST};
    return r;
}

static void drop(struct stay_rows *r, struct served *served)
{
    HASH_DEL(r->served, served);
    free(served);
}

void stay_rows_free(struct stay_rows *r)
{
    if (!r)
        return;
    while (r->served)
        drop(r, r->served);
    free(r);
}

bool stay_rows_complete(const struct stay_rows *r)
{
    return r->complete;
}

static int write_later(struct stay_rows *r, const char *host, enum wish wish)
{
    const size_t host_bytes = strlen(host) + 1;
    struct served *served = NULL;
    HASH_FIND_STR(r->served, host, served);
    if (!served) {
        served = calloc(1, sizeof *served + host_bytes);
        if (!served)
            return DAQS_ENOMEM;
        memcpy(served->host, host, host_bytes);
        HASH_ADD_STR(r->served, host, served);
    }
    served->wish = wish;
    (void)snprintf(served->expected, sizeof served->expected, "%s",
                   stays_member(r->given.stays, host));
    served->sent = false; /* the row that is on its way may be older */
    return DAQS_OK;
}

int stay_rows_serve(struct stay_rows *r, const char *host)
{
    return write_later(r, host, SERVE);
}

int stay_rows_forget(struct stay_rows *r, const char *host)
{
    return write_later(r, host, FORGET);
}

int stay_rows_answer(struct stay_rows *r, const char *host)
{
    return write_later(r, host, ANSWER);
}

/* --- writing --- */

/* A change of a host's SLAs may hold its row for a minute. This takes the row, or skips it. */
#define FREE_ROW " WHERE name = (SELECT name FROM daqs.host WHERE name = $1"
#define OR_SKIP " FOR UPDATE SKIP LOCKED)"

/* Unless another member serves it by now. */
static void forget_row(struct pg_job *job, const char *host, const char *member)
{
    pg_statement(job,
                 "UPDATE daqs.host SET member = '', since_ms = " PG_CLOCK_MS FREE_ROW
                 " AND member = $2" OR_SKIP,
                 PG_ANY);
    pg_text(job, host);
    pg_text(job, member);
}

static void serve_row(struct pg_job *job, const char *host, const char *member)
{
    pg_statement(job, "UPDATE daqs.host SET member = $2, since_ms = " PG_CLOCK_MS FREE_ROW OR_SKIP,
                 PG_ANY);
    pg_text(job, host);
    pg_text(job, member);
}

static void answer_row(struct pg_job *job, const char *host, const char *member,
                       const char *expected)
{
    pg_statement(job,
                 "UPDATE daqs.host SET member = $2, since_ms = " PG_CLOCK_MS FREE_ROW
                 " AND member = $3" OR_SKIP,
                 PG_ANY);
    pg_text(job, host);
    pg_text(job, member);
    pg_text(job, expected);
}

/* This waits for no one unless another transaction inserts the same row. */
static void add_row(struct pg_job *job, const char *host, const char *member)
{
    pg_statement(job,
                 "INSERT INTO daqs.host (name, revision, changed_ms, member, since_ms)"
                 " SELECT $1::text, 0, 0, $2::text, " PG_CLOCK_MS
                 " WHERE NOT EXISTS (SELECT 1 FROM daqs.host WHERE name = $1::text)"
                 " ON CONFLICT (name) DO NOTHING",
                 PG_ANY);
    pg_text(job, host);
    pg_text(job, member);
}

/* Adds the stay that has begun, if the row was taken. */
static void add_stay(struct pg_job *job, const char *host, const char *member)
{
    pg_statement(job,
                 "INSERT INTO daqs.stay (host, since_ms, member)"
                 " SELECT name, since_ms, member FROM daqs.host WHERE name = $1 AND member = $2"
                 " ON CONFLICT (host, since_ms) DO NOTHING",
                 PG_ANY);
    pg_text(job, host);
    pg_text(job, member);
}

/* The stay before the time for which history is kept lasts until the next one. */
static void drop_old_stays(struct pg_job *job, const char *host, int64_t keep_ms)
{
    pg_statement(job,
                 "DELETE FROM daqs.stay WHERE host = $1"
                 " AND (since_ms < (SELECT max(since_ms) FROM daqs.stay WHERE host = $1"
                 " AND since_ms < " PG_CLOCK_MS " - $2)"
                 " OR since_ms <= (SELECT since_ms FROM daqs.stay WHERE host = $1"
                 " ORDER BY since_ms DESC OFFSET " STAYS_KEPT " LIMIT 1))",
                 PG_ANY);
    pg_text(job, host);
    pg_number(job, keep_ms);
}

static void write_row(struct stay_rows *r, struct served *served)
{
    struct pg_job *job = &r->writing;
    const char *host = pg_copy(job, served->host);
    if (served->wish == FORGET)
        forget_row(job, host, r->given.member);
    else if (served->wish == SERVE)
        serve_row(job, host, r->given.member);
    else
        answer_row(job, host, r->given.member, pg_copy(job, served->expected));
    if (served->wish != FORGET) {
        add_row(job, host, r->given.member);
        add_stay(job, host, r->given.member);
        drop_old_stays(job, host, r->given.keep_ms);
    }
    served->sent = true;
    served->check = job->statements;
    pg_statement(job, "SELECT member FROM daqs.host WHERE name = $1", PG_ANY);
    pg_text(job, host);
}

/* Drops the stays of hosts that were forgotten before the time for which history is kept. */
static void drop_ended_stays(struct pg_job *job, int64_t keep_ms)
{
    pg_statement(job,
                 "DELETE FROM daqs.stay WHERE since_ms < " PG_CLOCK_MS " - $1 AND host IN"
                 " (SELECT name FROM daqs.host WHERE member = '' AND since_ms < " PG_CLOCK_MS
                 " - $1)",
                 PG_ANY);
    pg_number(job, keep_ms);
}

static int by_host(const void *a, const void *b)
{
    return strcmp((*(const struct served *const *)a)->host,
                  (*(const struct served *const *)b)->host);
}

/* Rows are written in the order of their names, so that members do not block each other. */
static void write_rows(struct stay_rows *r)
{
    struct served *row[WRITTEN_MOST] = {NULL};
    size_t rows = 0;
    for (struct served *s = r->served; s && rows < r->at_once; s = s->hh.next)
        row[rows++] = s;
    qsort(row, rows, sizeof(struct served *), by_host);
    for (size_t i = 0; i < rows; i++)
        write_row(r, row[i]);
}

/* Returns true if nothing is left to be written. */
static bool is_settled(const struct stay_rows *r, const struct served *served)
{
    const char *cell = pg_cell(&r->writing, served->check, 0, 0);
    const char *member = cell ? cell : "";
    const bool own = strcmp(member, r->given.member) == 0;
    switch (served->wish) {
    case SERVE:
        return own;
    case FORGET:
        return !own;
    case ANSWER:
        return strcmp(member, served->expected) != 0 || own;
    }
    return true;
}

/* Rows that were not written are tried again after all others. Returns how many were written. */
static size_t take_written(struct stay_rows *r, bool done)
{
    struct served *next = NULL;
    size_t rows = 0;
    size_t left = HASH_COUNT(r->served);
    for (struct served *served = r->served; left-- > 0; served = next) {
        next = served->hh.next;
        if (!served->check)
            continue;
        if (done && served->sent && is_settled(r, served)) {
            drop(r, served);
            rows++;
            continue;
        }
        HASH_DEL(r->served, served);
        HASH_ADD_STR(r->served, host, served);
        served->sent = false;
        served->check = 0;
    }
    return rows;
}

/* Of a transaction that has failed nothing is written, whichever row is the reason: rows are then
 * tried one by one. */
static void written(struct pg_job *job)
{
    struct stay_rows *r = job->context;
    const bool done = job->outcome == PG_DONE;
    r->writes = false;
    if (take_written(r, done) > 0)
        r->write_due_ms = 0; /* thousands of hosts may have come at once */
    r->at_once = !done ? 1 : 2 * r->at_once < WRITTEN_MOST ? 2 * r->at_once : WRITTEN_MOST;
    pg_job_clear(job);
}

static void write_if_due(struct stay_rows *r, int64_t now_ms)
{
    const bool ended = now_ms >= r->ended_due_ms;
    if (r->writes || (!r->served && !ended) || now_ms < r->write_due_ms)
        return;
    r->write_due_ms = now_ms + STAY_ROWS_MS;
    pg_job_init(&r->writing, PG_WRITE);
    r->writing.done = written;
    r->writing.context = r;
    pg_guard(&r->writing, r->given.ledger);
    pg_statement(&r->writing, "SET LOCAL synchronous_commit = off", PG_ANY);
    if (r->served) {
        write_rows(r);
    } else {
        drop_ended_stays(&r->writing, r->given.keep_ms);
        r->ended_due_ms = now_ms + ALL_MS;
    }
    r->writes = pg_client_submit(r->given.pg, &r->writing) == DAQS_OK;
    if (r->writes)
        return;
    (void)take_written(r, false);
    pg_job_clear(&r->writing);
}

/* --- reading --- */

static void take_row(struct stay_rows *r, size_t row)
{
    const char *host = pg_cell(&r->reading, ROWS, row, HOST);
    const char *member = pg_cell(&r->reading, ROWS, row, MEMBER);
    if (!host || !member || daqs_name_check("", host, strlen(host), NULL) != DAQS_OK)
        return; /* no member has written it */
    if (strcmp(stays_member(r->given.stays, host), member) == 0)
        return;
    if (stays_read(r->given.stays, host, member, r->now_ms) == DAQS_OK && r->given.changed)
        r->given.changed(r->given.arg, host, member);
}

/* The database's clock counts, not the newest row: it may have been set back since then, or no host
 * may have moved for a day. */
static void take_rows(struct stay_rows *r)
{
    const size_t rows = pg_result(&r->reading, ROWS).rows;
    int64_t clock_ms = 0;
    int64_t newest_ms = 0;
    for (size_t i = 0; i < rows; i++)
        take_row(r, i);
    if (rows == READ_MOST && pg_cell_number(&r->reading, ROWS, READ_MOST - 1, SINCE, &newest_ms) &&
        newest_ms - 1 > r->from_ms) {
        r->from_ms = newest_ms - 1; /* others may have the time of the last one */
        r->read_due_ms = 0;
        return;
    }
    r->complete = true;
    if (pg_cell_number(&r->reading, CLOCK, 0, 0, &clock_ms))
        r->from_ms = clock_ms > LATE_MS ? clock_ms - LATE_MS : 0;
}

static void done_reading(struct pg_job *job)
{
    struct stay_rows *r = job->context;
    r->reads = false;
    if (job->outcome == PG_DONE)
        take_rows(r);
    pg_job_clear(job);
}

/* A new connection may lead to a database that has lost rows. */
static void read_all_if_due(struct stay_rows *r, int64_t now_ms)
{
    struct pg_status status;
    pg_client_status(r->given.pg, &status);
    if (status.connects == r->connects && now_ms < r->all_ms)
        return;
    r->connects = status.connects;
    r->all_ms = now_ms + ALL_MS;
    r->from_ms = 0;
}

static void read_if_due(struct stay_rows *r, int64_t now_ms)
{
    if (r->reads || now_ms < r->read_due_ms)
        return;
    r->now_ms = now_ms;
    r->read_due_ms = now_ms + STAY_ROWS_MS;
    read_all_if_due(r, now_ms);
    pg_job_init(&r->reading, PG_READ);
    r->reading.done = done_reading;
    r->reading.context = r;
    pg_guard(&r->reading, r->given.ledger);
    pg_statement(&r->reading, "SELECT " PG_CLOCK_MS, PG_ANY);
    pg_statement(&r->reading,
                 "SELECT name, member, since_ms FROM daqs.host WHERE since_ms > $1"
                 " ORDER BY since_ms LIMIT $2",
                 PG_ANY);
    pg_number(&r->reading, r->from_ms);
    pg_number(&r->reading, READ_MOST);
    r->reads = pg_client_submit(r->given.pg, &r->reading) == DAQS_OK;
    if (!r->reads)
        pg_job_clear(&r->reading);
}

/* What others have written is read even while rows cannot be written. */
void stay_rows_tick(struct stay_rows *r, int64_t now_ms)
{
    if (!r->ended_due_ms)
        r->ended_due_ms = now_ms + ALL_MS;
    read_if_due(r, now_ms);
    write_if_due(r, now_ms);
}
