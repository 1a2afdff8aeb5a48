/* SPDX-License-Identifier: Apache-2.0 */
/* pg_job - one transaction: its statements with their parameters, and what came of it. It needs no
 * connection; controllerd/io/pg/pg_client.h runs it.
 *
 *     pg_job_init(&job->base, PG_WRITE);
 *     pg_statement(&job->base, "UPDATE daqs.host SET revision = revision + 1"
 *                              " WHERE name = $1 AND revision = $2", PG_CHANGES_ONE);
 *     pg_text(&job->base, job->host);
 *     pg_number(&job->base, job->revision);
 *     job->base.done = on_changed;
 *     if (pg_client_submit(client, &job->base) != DAQS_OK) ...
 *
 * The functions that build a job fail in silence if memory runs out; pg_client_submit then says
 * DAQS_ENOMEM. The statements of a job are sent without waiting for each other's results, so none
 * can depend on what another one has returned. */
#ifndef DAQS_CONTROLLERD_CORE_PG_PG_JOB_H
#define DAQS_CONTROLLERD_CORE_PG_PG_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/pg/pg_error.h"
#include "shared/base/arena.h"
#include "shared/base/error.h"

/* What is known of a transaction when its job is done. */
enum pg_outcome {
    PG_NOT_DONE, /* nothing of it is stored, nor will be */
    PG_DONE,     /* all of it is stored */
    PG_UNKNOWN,  /* COMMIT was sent, and its answer is missing or in doubt: all of it is stored, or
                  * nothing, or all of it on one server alone (PG_CLASS_NOT_REPLICATED). It may even
                  * be stored later: find out with a statement that waits for the row's lock
                  * (SELECT ... FOR UPDATE) */
};

enum pg_access {
    PG_READ,  /* one snapshot of all statements (REPEATABLE READ, READ ONLY); never PG_UNKNOWN */
    PG_WRITE, /* READ COMMITTED */
};

/* A condition that the result of a statement must meet; otherwise the transaction is rolled back
 * with PG_CLASS_CONFLICT. */
enum pg_rule {
    PG_ANY,         /* no condition */
    PG_CHANGES_ONE, /* exactly one row is changed, or returned by a SELECT */
    PG_CHANGES_SOME /* at least one */
};

enum { PG_NO_STATEMENT = -1 };

struct pg_statement_result {
    uint64_t changed; /* rows inserted, updated or deleted; of a SELECT rows returned */
    size_t columns;
    size_t rows;
};

/* The base of a job: embed it as the first member. */
struct pg_job {
    /* --- set by the caller before pg_client_submit, pg_job_init has set defaults --- */
    void (*done)(struct pg_job *job); /* on the loop's thread, owns the job again; NULL: the client
                                       * clears the job and frees it with free() */
    void *context;                    /* for the caller */
    int64_t limit_ms;  /* from submit until COMMIT is sent; PG_LIMIT_MS. The wait for a connection
                        * and for other jobs counts. The server also enforces it
                        * (statement_timeout) */
    int64_t pause_ms;  /* it is not begun sooner than this after submit, which counts in the limit;
                        * 0. Others go before it meanwhile */
    size_t rows_most;  /* in all results together; PG_ROWS_MOST */
    size_t bytes_most; /* of memory for the results; PG_BYTES_MOST */

    /* --- results --- */
    enum pg_outcome outcome;
    enum pg_class class;        /* PG_CLASS_NONE if done */
    int failed;                 /* number of the statement that failed, or PG_NO_STATEMENT */
    char sqlstate[PG_SQLSTATE]; /* "": none */
    struct daqs_error error;    /* for people; no secrets and no values of parameters */

    /* --- private to pg_job.c and the client --- */
    enum pg_access access;
    bool broken; /* out of memory while it was built */
    struct pg_statement *statement;
    size_t statements;
    size_t statement_capacity;
    struct pg_param *param;
    size_t params;
    size_t param_capacity;
    struct daqs_arena texts;   /* numbers as text, copies */
    struct daqs_arena results; /* cells */
    size_t rows;               /* in all results */
    int64_t submitted_ms;      /* monotonic */
    struct pg_job *next;
};

/* Limits that pg_job_init sets. */
#define PG_LIMIT_MS 2000
#define PG_ROWS_MOST 200000
#define PG_BYTES_MOST ((size_t)64 << 20)

/* SQL of the time by the server's clock, UTC in ms: the clocks of controllers do not matter. */
#define PG_CLOCK_MS "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
/* The same at the beginning of the transaction. It does not change while a statement runs, so a
 * comparison with it can use an index. */
#define PG_BEGUN_MS "(extract(epoch FROM now()) * 1000)::bigint"

/* --- building --- */

void pg_job_init(struct pg_job *job, enum pg_access access);

/* Frees what the job holds, with its results. The job can be initialised again. */
void pg_job_clear(struct pg_job *job);

/* Adds a statement: one command without a semicolon, parameters as $1, $2... The text must live
 * until the job is cleared; it is usually a literal. Its number is 0 for the first one. Do not add
 * BEGIN, COMMIT or ROLLBACK. */
void pg_statement(struct pg_job *job, const char *sql, enum pg_rule rule);

/* Add the next parameter of the last statement. Texts (UTF-8) and bytes are not copied, so they
 * must live until the job is done. A text of NULL is SQL's NULL. Bytes are for a bytea, or for
 * another type in its binary form. At most PG_PARAMS_MOST a statement. */
#define PG_PARAMS_MOST 65535
void pg_text(struct pg_job *job, const char *text);
void pg_number(struct pg_job *job, int64_t number);
void pg_bytes(struct pg_job *job, const void *bytes, size_t length);
void pg_null(struct pg_job *job);

/* Returns a copy of a text that lives as long as the job, for pg_text or pg_statement; "" if out of
 * memory, and the job is then broken. */
const char *pg_copy(struct pg_job *job, const char *text);

/* --- results of a job that is PG_DONE, by the number of the statement --- */

/* Returns zeroes for a statement that there is not. */
struct pg_statement_result pg_result(const struct pg_job *job, size_t statement);

/* Returns a cell as text (of a bytea: "\x" and hexadecimal digits), owned by the job; NULL: it is
 * SQL's NULL, or there is no such cell. Bound and validate it: others can write to the database. */
const char *pg_cell(const struct pg_job *job, size_t statement, size_t row, size_t column);

/* Returns false if the cell is NULL, does not exist, or is not a whole number of 64 bits. */
bool pg_cell_number(const struct pg_job *job, size_t statement, size_t row, size_t column,
                    int64_t *ret);

/* --- for the client, and for fakes of it --- */

struct pg_param {
    const char *value; /* NULL: SQL's NULL */
    int length;        /* of bytes; of a text not used */
    bool binary;
};

struct pg_statement {
    const char *sql;
    enum pg_rule rule;
    size_t first_param;
    size_t params;
    struct pg_statement_result result;
    struct pg_row **row;
    size_t row_capacity;
};

/* Removes the results, so that the job can be run again. */
void pg_job_reset(struct pg_job *job);

/* Adds a row to the result of a statement; cells and lengths have 'columns' elements, a cell of
 * NULL is SQL's NULL. DAQS_ETOOBIG: more than rows_most or bytes_most. DAQS_ENOMEM. */
int pg_job_add_row(struct pg_job *job, size_t statement, size_t columns, const char *const *cell,
                   const size_t *length);

/* Ends the job: sets outcome, class, failed, and unless it is done the error, whose text is the
 * class's meaning and the first line of the detail, cleaned of control characters. Its code:
 * CONFLICT DAQS_ESTALE, AGAIN and STOPPED DAQS_EBUSY, SILENT and whatever is unknown DAQS_ETIMEOUT,
 * UNAVAILABLE and READ_ONLY DAQS_EIO, FORBIDDEN DAQS_EREFUSED, SCHEMA DAQS_EVERSION, REFUSED
 * DAQS_EINVALID, TOO_LARGE DAQS_ETOOBIG, OTHER DAQS_ESTORE. */
void pg_job_end(struct pg_job *job, enum pg_outcome outcome, enum pg_class class, int failed,
                const char *sqlstate, const char *detail);

#endif
