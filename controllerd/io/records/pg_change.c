/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/records/pg_change.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/records/pg_change_rows.h"

/* --- what it concerns --- */

static const char *name_of(const struct pg_change *change)
{
    if (change->kind == PG_CHANGE_POLICY)
        return ((const struct records_policy *)change->write)->host;
    return change->kind == PG_CHANGE_HOST ? ((const struct records_host *)change->write)->host
                                          : ((const struct records_principal *)change->write)->name;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* 'name' has room for all. */
static void find_names(struct pg_change *change)
{
    if (change->kind != PG_CHANGE_SLAS) {
        change->name[change->names++] = name_of(change);
        return;
    }
    const struct changeset *changes = &((const struct records_changeset *)change->write)->changeset;
    for (size_t i = 0; i < changes->count; i++)
        change->name[i] = changes->change[i].host;
    qsort(change->name, changes->count, sizeof *change->name, by_name);
    for (size_t i = 0; i < changes->count; i++)
        if (i == 0 || strcmp(change->name[i], change->name[change->names - 1]) != 0)
            change->name[change->names++] = change->name[i];
}

static void find_revisions(struct pg_change *change, const struct revisions *hosts,
                           const struct revisions *principals)
{
    const bool principal = change->kind == PG_CHANGE_PRINCIPAL;
    for (size_t i = 0; i < change->names; i++)
        change->revision[i] = revisions_of(principal ? principals : hosts, change->name[i]);
    if (change->kind == PG_CHANGE_HOST)
        change->key_revision = revisions_of(principals, change->name[0]);
}

bool pg_change_init(struct pg_change *change, const struct pg_change *given,
                    const struct revisions *hosts, const struct revisions *principals)
{
    const struct records_changeset *w = (const struct records_changeset *)given->write;
    const size_t most = given->kind == PG_CHANGE_SLAS ? w->changeset.count + 1 : 1;
    *change = *given;
    change->name = calloc(most, sizeof *change->name);
    change->revision = calloc(most, sizeof *change->revision);
    randombytes_buf(change->request, sizeof change->request);
    if (!change->name || !change->revision)
        return false;
    find_names(change);
    find_revisions(change, hosts, principals);
    return true;
}

bool pg_change_concerns(const struct pg_change *change, const char *name)
{
    return bsearch(&name, change->name, change->names, sizeof *change->name, by_name);
}

void pg_change_done(struct pg_change *change)
{
    free(change->name);
    free(change->revision);
    *change = (struct pg_change){0};
}

/* --- the whole --- */

/* Waits for a transaction that has just made the host. Each host's row is made and locked before
 * that of the next one by name: two transactions that made all new ones first would lock each other
 * out. */
static void add_if_new(struct pg_job *job, const struct pg_change *change, size_t i)
{
    if (change->revision[i] != 0)
        return;
    pg_statement(job,
                 "INSERT INTO daqs.host (name, revision, changed_ms) VALUES ($1, 0, 0)"
                 " ON CONFLICT (name) DO NOTHING",
                 PG_ANY);
    pg_text(job, change->name[i]);
}

static void build_hosts(struct pg_job *job, const struct pg_change *change)
{
    for (size_t i = 0; i < change->names; i++) {
        add_if_new(job, change, i);
        pg_statement(job,
                     "UPDATE daqs.host SET revision = revision + 1"
                     " WHERE name = $1 AND revision = $2",
                     PG_CHANGES_ONE);
        pg_text(job, change->name[i]);
        pg_number(job, change->revision[i]);
    }
    pg_change_rows(job, change);
    /* Last, so that it is little older than the COMMIT: others look for what is ten seconds old. */
    pg_statement(job,
                 "UPDATE daqs.host SET changed_ms = " PG_CLOCK_MS " WHERE name = ANY ($1::text[])",
                 PG_ANY);
    pg_text(job, rows_array(job, change->name, change->names));
}

void pg_change_build(struct pg_change *change, struct pg_job *job)
{
    if (change->kind == PG_CHANGE_PRINCIPAL)
        pg_change_rows(job, change);
    else
        build_hosts(job, change);
    change->read_back = job->statements;
    rows_select_request(job, change->name, change->names, change->request);
}

/* --- looking for it --- */

/* A row that is made and removed again waits for a transaction that has just made one. */
static void look_for_principal(struct pg_job *job, const struct pg_change *change)
{
    pg_statement(job,
                 "INSERT INTO daqs.principal (name, role, enrolled_ms, enrolled_by, revision,"
                 " changed_ms) VALUES ($1, 'agent', 0, '', 0, 0) ON CONFLICT (name) DO NOTHING",
                 PG_ANY);
    pg_text(job, change->name[0]);
    pg_statement(job, "DELETE FROM daqs.principal WHERE name = $1 AND revision = 0", PG_ANY);
    pg_text(job, change->name[0]);
    pg_statement(job, "SELECT 1 FROM daqs.principal WHERE name = $1 FOR UPDATE", PG_ANY);
    pg_text(job, change->name[0]);
}

static void look_for_hosts(struct pg_job *job, const struct pg_change *change)
{
    for (size_t i = 0; i < change->names; i++) {
        add_if_new(job, change, i);
        pg_statement(job, "SELECT 1 FROM daqs.host WHERE name = $1 FOR UPDATE", PG_ANY);
        pg_text(job, change->name[i]);
    }
}

void pg_change_look(const struct pg_change *change, struct pg_job *job)
{
    if (change->kind == PG_CHANGE_PRINCIPAL)
        look_for_principal(job, change);
    else
        look_for_hosts(job, change);
    pg_statement(job, "SELECT 1 FROM daqs.audit WHERE request = $1 LIMIT 1", PG_ANY);
    pg_bytes(job, change->request, sizeof change->request);
}
