/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/stay_rows.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/name.h"

/* Rows of an exchange. */
enum { WRITTEN_MOST = 200, READ_MOST = 20000 };

/* A transaction becomes visible at most this much later than the time that is in its rows. */
enum { LATE_MS = 10000 };

/* How often all rows are read, in case one became visible later than that. */
enum { ALL_MS = 600000 };

enum { HOST, MEMBER, SINCE };

/* Stays of a host that are kept at most: with one move a minute, those of four hours. */
#define STAYS_KEPT "256"

/* A host whose row is to be written. */
struct served {
    UT_hash_handle hh;
    bool forgotten; /* this member serves it no longer, and no other one does */
    bool sent;      /* with the exchange that is running */
    char host[];
};

struct stay_rows {
    struct stay_rows_setup given;
    struct served *served;
    struct pg_job job;
    bool awaited; /* the client has the job */
    bool complete;
    size_t read; /* number of the statement that reads */
    int64_t due_ms;
    int64_t all_ms;    /* when all rows are to be read again */
    int64_t now_ms;    /* of the exchange */
    int64_t from_ms;   /* rows after this time are read next */
    int64_t newest_ms; /* of the rows read */
    uint64_t connects;
};

struct stay_rows *stay_rows_new(const struct stay_rows_setup *setup)
{
    struct stay_rows *r = calloc(1, sizeof *r);
    if (r)
        r->given = *setup;
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

static int write_later(struct stay_rows *r, const char *host, bool forgotten)
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
    served->forgotten = forgotten;
    served->sent = false; /* the row that is on its way may be older */
    return DAQS_OK;
}

int stay_rows_serve(struct stay_rows *r, const char *host)
{
    return write_later(r, host, false);
}

int stay_rows_forget(struct stay_rows *r, const char *host)
{
    return write_later(r, host, true);
}

/* --- the exchange --- */

/* Unless another member serves it by now. */
static void forget_row(struct stay_rows *r, const char *host)
{
    pg_statement(&r->job,
                 "UPDATE daqs.host SET member = '', since_ms = " PG_CLOCK_MS
                 " WHERE name = $1 AND member = $2",
                 PG_ANY);
    pg_text(&r->job, host);
    pg_text(&r->job, r->given.member);
}

/* The stay before the time for which history is kept lasts until the next one. */
static void drop_old_stays(struct stay_rows *r, const char *host)
{
    pg_statement(&r->job,
                 "DELETE FROM daqs.stay WHERE host = $1"
                 " AND (since_ms < (SELECT max(since_ms) FROM daqs.stay WHERE host = $1"
                 " AND since_ms < " PG_CLOCK_MS " - $2)"
                 " OR since_ms <= (SELECT since_ms FROM daqs.stay WHERE host = $1"
                 " ORDER BY since_ms DESC OFFSET " STAYS_KEPT " LIMIT 1))",
                 PG_ANY);
    pg_text(&r->job, host);
    pg_number(&r->job, r->given.keep_ms);
}

static void write_row(struct stay_rows *r, const char *host)
{
    pg_statement(&r->job,
                 "INSERT INTO daqs.host (name, revision, changed_ms, member, since_ms)"
                 " VALUES ($1, 0, 0, $2, " PG_CLOCK_MS ") ON CONFLICT (name) DO UPDATE"
                 " SET member = excluded.member, since_ms = excluded.since_ms",
                 PG_ANY);
    pg_text(&r->job, host);
    pg_text(&r->job, r->given.member);
    pg_statement(&r->job,
                 "INSERT INTO daqs.stay (host, since_ms, member) VALUES ($1, " PG_CLOCK_MS ", $2)"
                 " ON CONFLICT (host, since_ms) DO NOTHING",
                 PG_ANY);
    pg_text(&r->job, host);
    pg_text(&r->job, r->given.member);
}

static int by_host(const void *a, const void *b)
{
    return strcmp((*(const struct served *const *)a)->host,
                  (*(const struct served *const *)b)->host);
}

/* Rows are written in the order of their names, so that members do not block each other. Returns
 * the number of statements. */
static size_t write_rows(struct stay_rows *r)
{
    struct served *row[WRITTEN_MOST] = {NULL};
    size_t rows = 0;
    size_t statements = 0;
    for (struct served *s = r->served; s && rows < WRITTEN_MOST; s = s->hh.next)
        row[rows++] = s;
    qsort(row, rows, sizeof(struct served *), by_host);
    for (size_t i = 0; i < rows; i++) {
        const char *host = pg_copy(&r->job, row[i]->host);
        row[i]->sent = true;
        if (row[i]->forgotten) {
            forget_row(r, host);
        } else {
            write_row(r, host);
            drop_old_stays(r, host);
        }
        statements += row[i]->forgotten ? 1 : 3;
    }
    return statements;
}

static void read_rows(struct stay_rows *r)
{
    pg_statement(&r->job,
                 "SELECT name, member, since_ms FROM daqs.host WHERE since_ms > $1"
                 " ORDER BY since_ms LIMIT $2",
                 PG_ANY);
    pg_number(&r->job, r->from_ms);
    pg_number(&r->job, READ_MOST);
}

/* --- the answer --- */

static void take_row(struct stay_rows *r, size_t row)
{
    const char *host = pg_cell(&r->job, r->read, row, HOST);
    const char *member = pg_cell(&r->job, r->read, row, MEMBER);
    int64_t since_ms = 0;
    if (!host || !member || !pg_cell_number(&r->job, r->read, row, SINCE, &since_ms) ||
        daqs_name_check("", host, strlen(host), NULL) != DAQS_OK)
        return; /* no member has written it */
    if (since_ms > r->newest_ms)
        r->newest_ms = since_ms;
    if (strcmp(stays_member(r->given.stays, host), member) == 0)
        return;
    if (stays_read(r->given.stays, host, member, r->now_ms) == DAQS_OK && r->given.changed)
        r->given.changed(r->given.arg, host, member);
}

static void take_rows(struct stay_rows *r)
{
    const size_t rows = pg_result(&r->job, r->read).rows;
    for (size_t i = 0; i < rows; i++)
        take_row(r, i);
    if (rows == READ_MOST && r->newest_ms > r->from_ms) {
        r->from_ms = r->newest_ms - 1; /* others may have the time of the last one */
        r->due_ms = 0;
        return;
    }
    r->complete = true;
    r->from_ms = r->newest_ms > LATE_MS ? r->newest_ms - LATE_MS : 0;
}

static void drop_written(struct stay_rows *r)
{
    struct served *next = NULL;
    for (struct served *served = r->served; served; served = next) {
        next = served->hh.next;
        if (served->sent)
            drop(r, served);
    }
}

/* Rows whose fate is not known are written again. */
static void done(struct pg_job *job)
{
    struct stay_rows *r = job->context;
    r->awaited = false;
    if (job->outcome == PG_DONE) {
        drop_written(r);
        take_rows(r);
    }
    for (struct served *s = r->served; s; s = s->hh.next)
        s->sent = false;
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
    r->from_ms = r->newest_ms = 0;
}

void stay_rows_tick(struct stay_rows *r, int64_t now_ms)
{
    if (r->awaited || now_ms < r->due_ms)
        return;
    r->now_ms = now_ms;
    r->due_ms = now_ms + STAY_ROWS_MS;
    read_all_if_due(r, now_ms);
    pg_job_init(&r->job, PG_WRITE);
    r->job.done = done;
    r->job.context = r;
    pg_statement(&r->job, "SET LOCAL synchronous_commit = off", PG_ANY);
    r->read = 1 + write_rows(r);
    read_rows(r);
    r->awaited = pg_client_submit(r->given.pg, &r->job) == DAQS_OK;
    if (!r->awaited)
        pg_job_clear(&r->job);
}
