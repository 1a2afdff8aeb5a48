/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_run.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/pg/pg_txn.h"
#include "controllerd/io/pg/pg_client.h"
#include "shared/base/clock.h"

enum {
    BATCH = 512,          /* statements that are sent before results are awaited */
    SERVER_EARLIER = 200, /* ms: the server gives up first, so that the connection can be kept */
    LEAST_TIMEOUT = 100,  /* ms */
    IDLE_MORE = 10000,    /* ms: a controller that hangs in a transaction releases its locks then */
    COLUMNS_MOST = 64,
};

struct running {
    PGconn *pg;
    struct pg_job *job;
    struct pg_txn txn;
    int64_t until_ms;
    int stop_fd; /* -1: COMMIT is on its way, and not given up */
    atomic_int_least64_t *answered_ms;
    bool lost;
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static void lose(struct running *r, enum pg_class class, const char *detail)
{
    r->lost = true;
    pg_txn_lost(&r->txn, class, NULL, detail);
}

static void lose_connection(struct running *r)
{
    const char *text = PQerrorMessage(r->pg);
    lose(r, PG_CLASS_UNAVAILABLE, *text ? text : "the connection was lost");
}

/* --- sending and waiting --- */

/* Sends what is left to send, and waits until the next result is complete. False: lost. */
static bool wait_result(struct running *r)
{
    while (!r->lost) {
        int unsent = PQflush(r->pg);
        if (unsent < 0 || (PQisBusy(r->pg) && PQstatus(r->pg) == CONNECTION_BAD)) {
            lose_connection(r);
            break;
        }
        if (!PQisBusy(r->pg))
            return true;
        struct pollfd item[] = {
            {PQsocket(r->pg), (short)(unsent ? POLLIN | POLLOUT : POLLIN), 0},
            {r->stop_fd, POLLIN, 0},
        };
        int64_t left_ms = r->until_ms - now_ms();
        if (left_ms <= 0)
            lose(r, PG_CLASS_SILENT, NULL);
        else if (poll(item, 2, (int)left_ms) > 0 && item[1].revents)
            lose(r, PG_CLASS_STOPPED, NULL);
        else if (item[0].revents && !PQconsumeInput(r->pg))
            lose_connection(r);
        else if (item[0].revents & POLLIN)
            atomic_store(r->answered_ms, now_ms());
    }
    return false;
}

static bool send_statement(struct running *r, const char *sql, const struct pg_param *param,
                           size_t params)
{
    const char **value = NULL;
    int *length = NULL;
    int *format = NULL;
    if (params) {
        value = calloc(params, sizeof *value);
        length = calloc(params, sizeof *length);
        format = calloc(params, sizeof *format);
    }
    bool ok = !params || (value && length && format);
    for (size_t i = 0; i < params && ok; i++) {
        value[i] = param[i].value;
        length[i] = param[i].length;
        format[i] = param[i].binary;
    }
    ok = ok && PQsendQueryParams(r->pg, sql, (int)params, NULL, value, length, format, 0);
    free(value);
    free(length);
    free(format);
    if (!ok)
        lose_connection(r);
    return ok;
}

/* --- results --- */

static struct pg_reply reply_of(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    const char *changed = PQcmdTuples((PGresult *)result);
    return (struct pg_reply){
        .ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK,
        .sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE),
        .detail = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
        .tag = PQcmdStatus((PGresult *)result),
        .changed = changed ? strtoull(changed, NULL, 10) : 0,
    };
}

/* Adds a row to the results. If there are too many, the rest is not read. */
static void take_row(struct running *r, int statement, const PGresult *result)
{
    const char *cell[COLUMNS_MOST];
    size_t length[COLUMNS_MOST];
    int columns = PQnfields(result);
    int added = columns > COLUMNS_MOST ? DAQS_ETOOBIG : DAQS_OK;
    for (int i = 0; i < columns && added == DAQS_OK; i++) {
        cell[i] = PQgetisnull(result, 0, i) ? NULL : PQgetvalue(result, 0, i);
        length[i] = (size_t)PQgetlength(result, 0, i);
    }
    if (added == DAQS_OK)
        added = pg_job_add_row(r->job, (size_t)statement, (size_t)columns, cell, length);
    if (added == DAQS_OK)
        return;
    pg_txn_too_large(&r->txn, statement);
    lose(r, PG_CLASS_TOO_LARGE, NULL);
}

static void take_end(struct running *r, int statement, const PGresult *result)
{
    const struct pg_reply reply = reply_of(result);
    enum pg_rule rule = PG_ANY;
    if (statement >= 0) {
        rule = r->job->statement[statement].rule;
        r->job->statement[statement].result.changed = reply.changed;
    }
    if (PQresultStatus(result) != PGRES_PIPELINE_ABORTED)
        pg_txn_reply(&r->txn, statement, rule, &reply);
}

/* Reads the results of one statement; rows come one by one, so that a large result is not
 * collected before it is refused. */
static void read_statement(struct running *r, int statement)
{
    (void)PQsetSingleRowMode(r->pg);
    while (wait_result(r)) {
        PGresult *result = PQgetResult(r->pg);
        if (!result)
            return;
        if (PQresultStatus(result) != PGRES_SINGLE_TUPLE)
            take_end(r, statement, result);
        else if (statement >= 0) /* the client's own commands return nothing of use */
            take_row(r, statement, result);
        PQclear(result);
    }
}

/* Reads the end of a batch. */
static void read_sync(struct running *r)
{
    while (wait_result(r)) {
        PGresult *result = PQgetResult(r->pg);
        ExecStatusType status = result ? PQresultStatus(result) : PGRES_FATAL_ERROR;
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return;
        if (PQstatus(r->pg) == CONNECTION_BAD)
            lose_connection(r);
    }
}

/* --- the statements --- */

/* Commands of the client that come before the job's: a transaction whose settings end with it. */
static const char *const begin[] = {
    [PG_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [PG_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED",
};
/* A timeout while COMMIT waits for a standby would end the wait, not the transaction. */
#define NO_TIMEOUT "SET LOCAL statement_timeout = 0"

static void send_batch(struct running *r, size_t first, size_t after)
{
    const struct pg_job *job = r->job;
    if (first == 0) {
        char settings[160];
        int64_t left_ms = r->until_ms - now_ms() - SERVER_EARLIER;
        left_ms = left_ms > LEAST_TIMEOUT ? left_ms : LEAST_TIMEOUT;
        (void)snprintf(settings, sizeof settings,
                       "SELECT set_config('statement_timeout', '%" PRId64 "', true),"
                       " set_config('idle_in_transaction_session_timeout', '%" PRId64 "', true)",
                       left_ms, left_ms + IDLE_MORE);
        if (!send_statement(r, begin[job->access], NULL, 0) ||
            !send_statement(r, settings, NULL, 0))
            return;
    }
    for (size_t i = first; i < after; i++) {
        const struct pg_statement *s = &job->statement[i];
        if (!send_statement(r, s->sql, s->params ? &job->param[s->first_param] : NULL, s->params))
            return;
    }
    if (after == job->statements &&
        !send_statement(r, job->access == PG_READ ? "COMMIT" : NO_TIMEOUT, NULL, 0))
        return;
    if (!PQpipelineSync(r->pg))
        lose_connection(r);
}

static void run_batch(struct running *r, size_t first)
{
    size_t left = r->job->statements - first;
    size_t after = first + (left < BATCH ? left : BATCH);
    bool last = after == r->job->statements;
    send_batch(r, first, after);
    for (int i = 0; i < 2 && first == 0 && !r->lost; i++)
        read_statement(r, PG_NO_STATEMENT);
    for (size_t i = first; i < after && !r->lost; i++)
        read_statement(r, (int)i);
    if (last && !r->lost)
        read_statement(r, PG_NO_STATEMENT);
    if (!r->lost)
        read_sync(r);
    if (!r->lost)
        pg_txn_exchanged(&r->txn, !last);
}

static void run_statements(struct running *r)
{
    if (!PQenterPipelineMode(r->pg)) {
        lose_connection(r);
        return;
    }
    for (size_t first = 0; r->txn.step == PG_STEP_STATEMENTS && !r->lost; first += BATCH)
        run_batch(r, first);
    if (!r->lost && !PQexitPipelineMode(r->pg))
        lose_connection(r);
}

/* --- the end --- */

/* Sends COMMIT or ROLLBACK, and calls 'take' with its result. */
static void run_command(struct running *r, const char *sql,
                        void (*take)(struct running *r, const PGresult *result))
{
    PGresult *result = NULL;
    PGresult *next = NULL;
    if (!PQsendQuery(r->pg, sql))
        lose_connection(r);
    while (wait_result(r) && (next = PQgetResult(r->pg))) {
        PQclear(result);
        result = next;
    }
    if (!r->lost && result)
        take(r, result);
    PQclear(result);
}

static bool is_idle(const PGconn *pg)
{
    return PQstatus(pg) == CONNECTION_OK && PQtransactionStatus(pg) == PQTRANS_IDLE;
}

static void take_commit(struct running *r, const PGresult *result)
{
    const struct pg_reply reply = reply_of(result);
    pg_txn_committed(&r->txn, &reply, is_idle(r->pg));
}

static void take_rollback(struct running *r, const PGresult *result)
{
    (void)result;
    pg_txn_exchanged(&r->txn, false);
}

/* COMMIT is waited for even if the client stops: the server has it, or will have it. */
static void commit(struct running *r)
{
    r->until_ms = now_ms() + PG_COMMIT_MS;
    r->stop_fd = -1;
    pg_txn_commit_sent(&r->txn);
    run_command(r, "COMMIT", take_commit);
}

/* Whatever a server warns of while COMMIT is waited for, such as that it has cancelled the wait for
 * a standby, leaves a doubt. Its texts are translated, so they are not compared. */
static void on_notice(void *arg, const PGresult *result)
{
    struct running *r = arg;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (r && severity && strcmp(severity, "WARNING") == 0)
        pg_txn_warning(&r->txn, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

bool pg_run(PGconn *pg, struct pg_job *job, int64_t limit_ms, int stop_fd,
            atomic_int_least64_t *answered_ms)
{
    struct running r = {
        .pg = pg, .job = job, .until_ms = limit_ms, .stop_fd = stop_fd, .answered_ms = answered_ms};
    pg_job_reset(job);
    pg_txn_init(&r.txn, job->access);
    PQsetNoticeReceiver(pg, on_notice, &r);
    run_statements(&r);
    if (r.txn.step == PG_STEP_ROLLBACK && !r.lost)
        run_command(&r, "ROLLBACK", take_rollback);
    else if (r.txn.step == PG_STEP_COMMIT && !r.lost)
        commit(&r);
    if (r.txn.step != PG_STEP_END)
        lose_connection(&r);
    PQsetNoticeReceiver(pg, on_notice, NULL);
    pg_job_end(job, r.txn.outcome, r.txn.class, r.txn.failed, r.txn.sqlstate, r.txn.detail);
    return !r.lost && is_idle(pg);
}
