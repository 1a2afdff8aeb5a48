/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/rows_insert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAM_BYTES = 8 };

/* One table: how its rows are inserted. */
struct table {
    const char *head; /* up to VALUES */
    const char *tail; /* of each row, after its parameters */
    size_t params;    /* of each row */
    void (*put)(struct pg_job *job, const struct image *image, size_t row);
};

static void put_rate(struct pg_job *job, daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        pg_null(job);
    else
        pg_number(job, (int64_t)rate);
}

static void put_name(struct pg_job *job, const struct image *image, size_t i)
{
    pg_text(job, image->name[i].name);
}

static void put_sla(struct pg_job *job, const struct image *image, size_t i)
{
    const struct image_sla *row = &image->sla[i];
    pg_text(job, row->host);
    pg_text(job, row->vm);
    pg_number(job, (int64_t)row->sla.min);
    put_rate(job, row->sla.max);
    pg_number(job, row->sla.weight);
    pg_text(job, row->uuid);
    pg_number(job, row->updated_ms);
    pg_text(job, row->updated_by);
}

static void put_policy(struct pg_job *job, const struct image *image, size_t i)
{
    const struct image_policy *row = &image->policy[i];
    pg_text(job, row->host);
    pg_text(job, row->uplink);
    pg_text(job, policy_mode_name(row->mode));
    pg_number(job, row->updated_ms);
    pg_text(job, row->updated_by);
}

static void put_maintenance(struct pg_job *job, const struct image *image, size_t i)
{
    const struct image_maintenance *row = &image->maintenance[i];
    pg_text(job, row->host);
    pg_number(job, row->since_ms);
    pg_text(job, row->by);
}

static void put_principal(struct pg_job *job, const struct image *image, size_t i)
{
    const struct image_principal *row = &image->principal[i];
    pg_text(job, row->name);
    pg_text(job, row->key);
    pg_text(job, role_name(row->role));
    pg_number(job, row->enrolled_ms);
    pg_text(job, row->enrolled_by);
}

static void put_audit(struct pg_job *job, const struct image *image, size_t i)
{
    const struct image_audit *row = &image->audit[i];
    pg_number(job, row->id);
    pg_number(job, row->at_ms);
    pg_text(job, row->host);
    pg_text(job, row->vm);
    pg_text(job, row->by);
    pg_text(job, row->what);
    for (size_t r = 0; r < IMAGE_RATES; r++)
        if (row->rate[r] >= 0)
            pg_number(job, row->rate[r]);
        else
            pg_null(job);
    pg_text(job, row->old_text);
    pg_text(job, row->new_text);
}

static const struct table hosts = {"INSERT INTO daqs.host (name, revision, changed_ms) VALUES ",
                                   ", 1, 0)", 1, put_name};
static const struct table slas = {
    "INSERT INTO daqs.sla (host, vm, min_bps, max_bps, weight, uuid, updated_ms, updated_by)"
    " VALUES ",
    ")", 8, put_sla};
static const struct table policies = {
    "INSERT INTO daqs.policy (host, uplink, mode, updated_ms, updated_by) VALUES ", ")", 5,
    put_policy};
static const struct table maintenances = {
    "INSERT INTO daqs.maintenance (host, since_ms, set_by) VALUES ", ")", 3, put_maintenance};
static const struct table principals = {
    "INSERT INTO daqs.principal (name, key, role, enrolled_ms, enrolled_by, revision, changed_ms)"
    " VALUES ",
    ", 1, 0)", 5, put_principal};
static const struct table audits = {
    "INSERT INTO daqs.audit (id, at_ms, host, vm, made_by, what, old_min_bps, old_max_bps,"
    " old_weight, new_min_bps, new_max_bps, new_weight, old_text, new_text) VALUES ",
    ")", 14, put_audit};

const char *rows_values(struct pg_job *job, const char *head, const char *tail, const char *end,
                        size_t params, size_t rows)
{
    const size_t row_bytes = params * PARAM_BYTES + strlen(tail) + 2;
    const size_t bytes = strlen(head) + rows * row_bytes + strlen(end) + 1;
    char *text = malloc(bytes);
    if (!text) {
        job->broken = true;
        return "";
    }
    size_t used = (size_t)snprintf(text, bytes, "%s", head);
    for (size_t row = 0, param = 1; row < rows; row++) {
        for (size_t i = 0; i < params; i++, param++)
            used += (size_t)snprintf(text + used, bytes - used, "%s$%zu",
                                     i > 0     ? ","
                                     : row > 0 ? ",("
                                               : "(",
                                     param);
        used += (size_t)snprintf(text + used, bytes - used, "%s", tail);
    }
    (void)snprintf(text + used, bytes - used, "%s", end);
    const char *copy = pg_copy(job, text);
    free(text);
    return copy;
}

static const char *statement_of(struct pg_job *job, const struct table *table, size_t rows)
{
    return rows_values(job, table->head, table->tail, "", table->params, rows);
}

static void insert(struct pg_job *job, const struct image *image, const struct table *table,
                   size_t rows)
{
    const char *full = rows >= ROWS_A_STATEMENT ? statement_of(job, table, ROWS_A_STATEMENT) : "";
    for (size_t i = 0; i < rows; i++) {
        const size_t left = rows - i;
        if (i % ROWS_A_STATEMENT == 0)
            pg_statement(job, left >= ROWS_A_STATEMENT ? full : statement_of(job, table, left),
                         PG_ANY);
        table->put(job, image, i);
    }
}

void rows_insert(struct pg_job *job, const struct image *image)
{
    insert(job, image, &hosts, image->names);
    insert(job, image, &slas, image->slas);
    insert(job, image, &policies, image->policies);
    insert(job, image, &maintenances, image->maintenances);
    insert(job, image, &principals, image->principals);
    insert(job, image, &audits, image->audits);
    pg_statement(job,
                 "SELECT setval(pg_get_serial_sequence('daqs.audit', 'id'),"
                 " (SELECT coalesce(max(id), 0) + 1 FROM daqs.audit), false)",
                 PG_ANY);
}
