/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_migrate.h"

/* Each time another controller has been faster, or is not done yet. */
enum { TRIES_MOST = 5 };

static void ask(struct pg_migrate *m);

static void end(struct pg_migrate *m, int result)
{
    m->result = result;
    pg_job_clear(&m->job);
    m->done(m);
}

static void submit(struct pg_migrate *m)
{
    int result = pg_client_submit(m->client, &m->job);
    if (result != DAQS_OK)
        end(m, daqs_fail(&m->error, result, "%s", daqs_strerror(result)));
}

/* Whatever the outcome, the table tells what is applied now. */
static void on_applied(struct pg_job *job)
{
    struct pg_migrate *m = (struct pg_migrate *)job;
    if (job->outcome != PG_DONE && m->tries >= TRIES_MOST) {
        end(m, daqs_fail(&m->error, job->error.code, "%s", job->error.text));
        return;
    }
    pg_job_clear(job);
    ask(m);
}

static void on_answer(struct pg_job *job)
{
    struct pg_migrate *m = (struct pg_migrate *)job;
    int result = pg_schema_check(job, m->migrations, m->count, &m->version, &m->error);
    if (result != DAQS_OK || m->version >= m->count) {
        end(m, result);
        return;
    }
    pg_job_clear(job);
    m->tries++;
    pg_job_init(job, PG_WRITE);
    pg_schema_apply(job, m->migrations, m->count, m->version);
    job->done = on_applied;
    submit(m);
}

static void ask(struct pg_migrate *m)
{
    pg_job_init(&m->job, PG_READ);
    pg_schema_ask(&m->job);
    m->job.done = on_answer;
    submit(m);
}

bool pg_migrate_begin(struct pg_migrate *migrate, struct pg_client *client,
                      const struct pg_migration *migrations, int count,
                      void (*done)(struct pg_migrate *migrate), void *context)
{
    *migrate = (struct pg_migrate){.client = client,
                                   .migrations = migrations,
                                   .count = count,
                                   .done = done,
                                   .context = context};
    pg_job_init(&migrate->job, PG_READ);
    pg_schema_ask(&migrate->job);
    migrate->job.done = on_answer;
    if (pg_client_submit(client, &migrate->job) == DAQS_OK)
        return true;
    pg_job_clear(&migrate->job);
    return false;
}
