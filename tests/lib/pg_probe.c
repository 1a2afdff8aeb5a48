/* SPDX-License-Identifier: Apache-2.0 */
/* pg_probe - runs transactions through controllerd/io/pg for shell tests. The connection string is
 * in DAQS_PG.
 *
 *   pg_probe run [--read] [--limit MS] [--one] SQL...    one transaction; --one: each statement
 * must change one row pg_probe storm COUNT FIRST                           adds to the table
 * 'storm' (id, n) the ids from FIRST on, one a transaction, each with a compare-and-swap on the
 * table 'counter' pg_probe idle                                        runs 'SELECT 1' for each
 * line of its input
 *
 * Prints for each transaction: outcome, class, SQLSTATE or "-", milliseconds, then of 'storm' its
 * id, of others the error, if any, or the first column of the last result. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/pg/pg_client.h"
#include "controllerd/io/pg/pg_migrate.h"
#include "shared/base/clock.h"

static const char *const outcomes[] = {
    [PG_NOT_DONE] = "not-done", [PG_DONE] = "done", [PG_UNKNOWN] = "unknown"};
static const char *const classes[] = {
#define X(name, text) #name,
    PG_CLASSES(X)
#undef X
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* Runs the job and prints what became of it, without the line's end. */
static void run(struct pg_client *client, struct pg_job *job)
{
    int64_t begun_ms = now_ms();
    (void)pg_client_run(client, job);
    printf("%s %s %s %" PRId64, outcomes[job->outcome], classes[job->class],
           *job->sqlstate ? job->sqlstate : "-", now_ms() - begun_ms);
}

static void print_rows(const struct pg_job *job)
{
    size_t last = job->statements - 1;
    if (*job->error.text)
        printf(" %s", job->error.text);
    for (size_t i = 0; i < pg_result(job, last).rows; i++) {
        const char *cell = pg_cell(job, last, i, 0);
        printf(" %s", cell ? cell : "NULL");
    }
    printf("\n");
}

static void run_sql(struct pg_client *client, int count, char **words)
{
    struct pg_job job;
    enum pg_rule rule = PG_ANY;
    int i = 0;
    bool read = count > 0 && strcmp(words[0], "--read") == 0;
    pg_job_init(&job, read ? PG_READ : PG_WRITE);
    for (i += read; i < count && strncmp(words[i], "--", 2) == 0; i++)
        if (strcmp(words[i], "--one") == 0)
            rule = PG_CHANGES_ONE;
        else if (strcmp(words[i], "--rows") == 0 && i + 1 < count)
            job.rows_most = strtoul(words[++i], NULL, 10);
        else if (i + 1 < count)
            job.limit_ms = strtol(words[++i], NULL, 10);
    for (; i < count; i++)
        pg_statement(&job, words[i], rule);
    run(client, &job);
    print_rows(&job);
    pg_job_clear(&job);
}

/* Reads the counter; -1: it could not be read. */
static int64_t read_counter(struct pg_client *client)
{
    struct pg_job job;
    int64_t n = -1;
    pg_job_init(&job, PG_READ);
    pg_statement(&job, "SELECT n FROM counter", PG_CHANGES_ONE);
    if (pg_client_run(client, &job) != DAQS_OK || !pg_cell_number(&job, 0, 0, 0, &n))
        n = -1;
    pg_job_clear(&job);
    return n;
}

/* Adds an id, if the counter is as it was read. */
static void add_id(struct pg_client *client, int64_t id)
{
    struct pg_job job;
    int64_t n = read_counter(client);
    pg_job_init(&job, PG_WRITE);
    pg_statement(&job, "UPDATE counter SET n = n + 1 WHERE n = $1", PG_CHANGES_ONE);
    pg_number(&job, n);
    pg_statement(&job, "INSERT INTO storm (id, n, data) VALUES ($1, $2, $3)", PG_CHANGES_ONE);
    pg_number(&job, id);
    pg_number(&job, n);
    pg_bytes(&job, &id, sizeof id);
    run(client, &job);
    printf(" %" PRId64 "\n", id);
    pg_job_clear(&job);
}

static void idle(struct pg_client *client)
{
    char line[16];
    char *words[] = {(char *)"SELECT 1"};
    while (fgets(line, sizeof line, stdin)) {
        run_sql(client, 1, words);
        (void)fflush(stdout);
    }
}

static void print_migrated(struct pg_migrate *migrate)
{
    printf("%d %s\n", migrate->version, migrate->result == DAQS_OK ? "ok" : migrate->error.text);
    *(bool *)migrate->context = true;
}

static void migrate(struct pg_client *client)
{
    struct pg_migrate m;
    bool is_done =
        !pg_migrate_begin(&m, client, pg_migrations, pg_migrations_count, print_migrated, &is_done);
    while (!is_done) {
        struct pollfd item = {pg_client_fd(client), POLLIN, 0};
        (void)poll(&item, 1, 50);
        pg_client_tick(client, now_ms());
        pg_client_reap(client);
    }
}

int main(int argc, char **argv)
{
    struct daqs_error err = {0};
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* others read it meanwhile */
    const char *conninfo = getenv("DAQS_PG");
    struct pg_client *client = pg_client_new(conninfo ? conninfo : "", "pg_probe", &err);
    if (!client || argc < 2) {
        (void)fprintf(stderr, "pg_probe: %s\n", err.text);
        return 2;
    }
    if (strcmp(argv[1], "run") == 0)
        run_sql(client, argc - 2, argv + 2);
    else if (strcmp(argv[1], "idle") == 0)
        idle(client);
    else if (strcmp(argv[1], "migrate") == 0)
        migrate(client);
    else
        for (int64_t i = 0; argc > 3 && i < strtol(argv[2], NULL, 10); i++)
            add_id(client, strtol(argv[3], NULL, 10) + i);
    pg_client_free(client);
    return 0;
}
