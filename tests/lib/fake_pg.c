/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake_pg.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/check.h"

enum { COLUMNS_MOST = 64 };

struct pg_client {
    struct pg_job *head;
    struct pg_job **tail;
    struct pg_status status;
    int refuses;
    void (*serve)(struct pg_client *client, void *arg);
    void *arg;
};

struct pg_client *pg_client_new(const char *conninfo, const char *name, struct daqs_error *err)
{
    (void)conninfo;
    (void)name;
    (void)err;
    struct pg_client *client = calloc(1, sizeof *client);
    assert_non_null(client);
    client->tail = &client->head;
    return client;
}

int pg_client_submit(struct pg_client *client, struct pg_job *job)
{
    assert_false(job->broken);
    assert_true(job->statements > 0);
    if (client->refuses != DAQS_OK)
        return client->refuses;
    pg_job_reset(job);
    job->next = NULL;
    *client->tail = job;
    client->tail = &job->next;
    client->status.waiting++;
    return DAQS_OK;
}

int pg_client_fd(const struct pg_client *client)
{
    (void)client;
    return -1;
}

void pg_client_reap(struct pg_client *client)
{
    (void)client;
}

void pg_client_tick(struct pg_client *client, int64_t now_ms)
{
    (void)client;
    (void)now_ms;
}

void pg_client_status(struct pg_client *client, struct pg_status *ret)
{
    *ret = client->status;
}

void fake_pg_end(struct pg_client *client)
{
    struct pg_job *job = client->head;
    client->head = job->next;
    if (!client->head)
        client->tail = &client->head;
    client->status.waiting--;
    if (job->done) {
        job->done(job);
    } else {
        pg_job_clear(job);
        free(job);
    }
}

static void set_flag(struct pg_job *job)
{
    *(bool *)job->context = true;
}

int pg_client_run(struct pg_client *client, struct pg_job *job)
{
    bool is_done = false;
    job->done = set_flag;
    job->context = &is_done;
    int result = pg_client_submit(client, job);
    if (result != DAQS_OK)
        return daqs_fail(&job->error, result, "%s", daqs_strerror(result));
    while (!is_done)
        if (client->serve)
            client->serve(client, client->arg);
        else
            fake_pg_done(client);
    return job->outcome == PG_DONE ? DAQS_OK : job->error.code;
}

void pg_client_stop(struct pg_client *client)
{
    while (client->head)
        fake_pg_fail(client, PG_NOT_DONE, PG_CLASS_STOPPED, NULL);
    client->refuses = DAQS_EBUSY;
}

void pg_client_free(struct pg_client *client)
{
    if (!client)
        return;
    pg_client_stop(client);
    free(client);
}

/* --- for the test --- */

struct pg_job *fake_pg_first(const struct pg_client *client)
{
    return client->head;
}

const char *fake_pg_param(const struct pg_job *job, size_t statement, size_t index)
{
    assert_true(statement < job->statements);
    const struct pg_statement *s = &job->statement[statement];
    return index < s->params ? job->param[s->first_param + index].value : NULL;
}

void fake_pg_row(struct pg_job *job, size_t statement, size_t columns, ...)
{
    const char *cell[COLUMNS_MOST];
    size_t length[COLUMNS_MOST];
    va_list list;
    assert_true(columns <= COLUMNS_MOST && statement < job->statements);
    va_start(list, columns);
    for (size_t i = 0; i < columns; i++) {
        cell[i] = va_arg(list, const char *);
        length[i] = cell[i] ? strlen(cell[i]) : 0;
    }
    va_end(list);
    assert_int_equal(pg_job_add_row(job, statement, columns, cell, length), DAQS_OK);
}

void fake_pg_done(struct pg_client *client)
{
    struct pg_job *job = client->head;
    assert_non_null(job);
    for (size_t i = 0; i < job->statements; i++)
        if (job->statement[i].result.rows == 0)
            job->statement[i].result.changed = 1;
    pg_job_end(job, PG_DONE, PG_CLASS_NONE, PG_NO_STATEMENT, NULL, NULL);
    fake_pg_end(client);
}

void fake_pg_fail(struct pg_client *client, enum pg_outcome outcome, enum pg_class class,
                  const char *detail)
{
    assert_non_null(client->head);
    pg_job_end(client->head, outcome, class, PG_NO_STATEMENT, NULL, detail);
    fake_pg_end(client);
}

struct pg_status *fake_pg_status(struct pg_client *client)
{
    return &client->status;
}

void fake_pg_refuse(struct pg_client *client, int code)
{
    client->refuses = code;
}

void fake_pg_on_run(struct pg_client *client, void (*serve)(struct pg_client *client, void *arg),
                    void *arg)
{
    client->serve = serve;
    client->arg = arg;
}
