/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"
#include "shared/base/utf8.h"

/* Bound of what the caller adds: numbers and copies. */
#define TEXTS_MOST ((size_t)256 << 20)

/* A row of a result, with its cells and their texts behind it. */
struct pg_row {
    const char *cell[1]; /* as many as the statement has columns */
};

void pg_job_init(struct pg_job *job, enum pg_access access)
{
    *job = (struct pg_job){.access = access,
                           .limit_ms = PG_LIMIT_MS,
                           .rows_most = PG_ROWS_MOST,
                           .bytes_most = PG_BYTES_MOST,
                           .failed = PG_NO_STATEMENT};
    daqs_arena_init(&job->texts, TEXTS_MOST);
    daqs_arena_init(&job->results, PG_BYTES_MOST);
}

static void drop_rows(struct pg_job *job)
{
    for (size_t i = 0; i < job->statements; i++) {
        free(job->statement[i].row);
        job->statement[i].row = NULL;
        job->statement[i].row_capacity = 0;
        job->statement[i].result = (struct pg_statement_result){0};
    }
    daqs_arena_done(&job->results);
    daqs_arena_init(&job->results, job->bytes_most);
    job->rows = 0;
}

void pg_job_clear(struct pg_job *job)
{
    drop_rows(job);
    daqs_arena_done(&job->texts);
    free(job->statement);
    free(job->param);
    job->statement = NULL;
    job->param = NULL;
    job->statements = job->statement_capacity = 0;
    job->params = job->param_capacity = 0;
}

/* --- building --- */

void pg_statement(struct pg_job *job, const char *sql, enum pg_rule rule)
{
    struct pg_statement *grown = daqs_grow(job->statement, job->statements,
                                           &job->statement_capacity, sizeof *job->statement);
    if (!grown) {
        job->broken = true;
        return;
    }
    job->statement = grown;
    grown[job->statements++] =
        (struct pg_statement){.sql = sql, .rule = rule, .first_param = job->params};
}

static void add_param(struct pg_job *job, struct pg_param param)
{
    if (job->statements == 0 || job->broken ||
        job->statement[job->statements - 1].params == PG_PARAMS_MOST) {
        job->broken = true;
        return;
    }
    struct pg_param *grown =
        daqs_grow(job->param, job->params, &job->param_capacity, sizeof *job->param);
    if (!grown) {
        job->broken = true;
        return;
    }
    job->param = grown;
    grown[job->params++] = param;
    job->statement[job->statements - 1].params++;
}

void pg_text(struct pg_job *job, const char *text)
{
    add_param(job, (struct pg_param){.value = text});
}

void pg_null(struct pg_job *job)
{
    add_param(job, (struct pg_param){0});
}

void pg_number(struct pg_job *job, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    pg_text(job, pg_copy(job, text));
}

void pg_bytes(struct pg_job *job, const void *bytes, size_t length)
{
    if (length > INT32_MAX)
        job->broken = true;
    else
        add_param(job, (struct pg_param){bytes, (int)length, true});
}

const char *pg_copy(struct pg_job *job, const char *text)
{
    const char *copy = daqs_arena_text(&job->texts, text, strlen(text));
    job->broken |= !copy;
    return copy ? copy : "";
}

/* --- results --- */

void pg_job_reset(struct pg_job *job)
{
    drop_rows(job);
    job->outcome = PG_NOT_DONE;
    job->class = PG_CLASS_NONE;
    job->failed = PG_NO_STATEMENT;
    job->sqlstate[0] = '\0';
    job->error = (struct daqs_error){0};
}

int pg_job_add_row(struct pg_job *job, size_t statement, size_t columns, const char *const *cell,
                   const size_t *length)
{
    struct pg_statement *s = &job->statement[statement];
    size_t bytes = columns * sizeof(char *);
    for (size_t i = 0; i < columns; i++)
        bytes += cell[i] ? length[i] + 1 : 0;
    if (job->rows >= job->rows_most || job->results.used_bytes + bytes > job->bytes_most)
        return DAQS_ETOOBIG;
    struct pg_row **rows = daqs_grow(s->row, s->result.rows, &s->row_capacity, sizeof(void *));
    if (!rows)
        return DAQS_ENOMEM;
    s->row = rows;
    struct pg_row *row = daqs_arena_alloc(&job->results, 1, bytes ? bytes : 1);
    if (!row)
        return DAQS_ENOMEM;
    char *text = (char *)row + columns * sizeof(char *);
    for (size_t i = 0; i < columns; i++) {
        row->cell[i] = cell[i] ? text : NULL;
        if (!cell[i])
            continue;
        memcpy(text, cell[i], length[i]); /* the arena has zeroed the terminator */
        text += length[i] + 1;
    }
    s->row[s->result.rows++] = row;
    s->result.columns = columns;
    s->result.changed = s->result.rows;
    job->rows++;
    return DAQS_OK;
}

struct pg_statement_result pg_result(const struct pg_job *job, size_t statement)
{
    return statement < job->statements ? job->statement[statement].result
                                       : (struct pg_statement_result){0};
}

const char *pg_cell(const struct pg_job *job, size_t statement, size_t row, size_t column)
{
    const struct pg_statement_result result = pg_result(job, statement);
    return row < result.rows && column < result.columns
               ? job->statement[statement].row[row]->cell[column]
               : NULL;
}

bool pg_cell_number(const struct pg_job *job, size_t statement, size_t row, size_t column,
                    int64_t *ret)
{
    const char *text = pg_cell(job, statement, row, column);
    if (!text || (*text != '-' && (*text < '0' || *text > '9')))
        return false;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || *end || end == text)
        return false;
    *ret = number;
    return true;
}

/* --- the end --- */

/* Copies a text of a server or of libpq: its first line, with '?' for what is not printable. */
static void clean(const char *text, char *buf, size_t size)
{
    size_t used = 0;
    for (size_t left = strcspn(text, "\r\n"); left > 0 && used + DAQS_UTF8_MAX < size;) {
        uint32_t code = 0;
        size_t n = daqs_utf8_next((const unsigned char *)text, left, &code);
        if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            buf[used++] = '?';
            n = n ? n : 1;
        } else {
            memcpy(buf + used, text, n);
            used += n;
        }
        text += n;
        left -= n;
    }
    buf[used] = '\0';
}

static int code_of(enum pg_outcome outcome, enum pg_class class)
{
    static const int codes[] = {
        [PG_CLASS_CONFLICT] = DAQS_ESTALE,   [PG_CLASS_AGAIN] = DAQS_EBUSY,
        [PG_CLASS_UNAVAILABLE] = DAQS_EIO,   [PG_CLASS_SILENT] = DAQS_ETIMEOUT,
        [PG_CLASS_READ_ONLY] = DAQS_EIO,     [PG_CLASS_FORBIDDEN] = DAQS_EREFUSED,
        [PG_CLASS_SCHEMA] = DAQS_EVERSION,   [PG_CLASS_REFUSED] = DAQS_EINVALID,
        [PG_CLASS_TOO_LARGE] = DAQS_ETOOBIG, [PG_CLASS_NOT_REPLICATED] = DAQS_ETIMEOUT,
        [PG_CLASS_STOPPED] = DAQS_EBUSY,     [PG_CLASS_OTHER] = DAQS_ESTORE,
    };
    return outcome == PG_UNKNOWN ? DAQS_ETIMEOUT : codes[class];
}

void pg_job_end(struct pg_job *job, enum pg_outcome outcome, enum pg_class class, int failed,
                const char *sqlstate, const char *detail)
{
    job->outcome = outcome;
    job->class = class;
    job->failed = failed;
    (void)snprintf(job->sqlstate, sizeof job->sqlstate, "%.5s", sqlstate ? sqlstate : "");
    job->error = (struct daqs_error){0};
    if (outcome == PG_DONE)
        return;
    char text[sizeof job->error.text];
    clean(detail ? detail : "", text, sizeof text);
    (void)daqs_fail(&job->error, code_of(outcome, class), "%s%s%s", pg_class_text(class),
                    *text ? ": " : "", text);
}
