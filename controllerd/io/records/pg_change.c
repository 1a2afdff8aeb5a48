/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/records/pg_change.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/records/rows_insert.h"
#include "shared/net/key.h"

#define AUDIT_INSERT "INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, "

/* --- what all kinds have --- */

const struct identity *pg_change_asker(const struct pg_change *change)
{
    switch (change->kind) {
    case PG_CHANGE_SLAS:
        return &((const struct records_changeset *)change->write)->asker;
    case PG_CHANGE_POLICY:
        return &((const struct records_policy *)change->write)->asker;
    case PG_CHANGE_HOST:
        return &((const struct records_host *)change->write)->asker;
    case PG_CHANGE_PRINCIPAL:
        break;
    }
    return &((const struct records_principal *)change->write)->asker;
}

char *pg_change_by(const struct pg_change *change)
{
    switch (change->kind) {
    case PG_CHANGE_SLAS:
        return ((struct records_changeset *)change->write)->by;
    case PG_CHANGE_POLICY:
        return ((struct records_policy *)change->write)->by;
    case PG_CHANGE_HOST:
        return ((struct records_host *)change->write)->by;
    case PG_CHANGE_PRINCIPAL:
        break;
    }
    return ((struct records_principal *)change->write)->by;
}

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

static bool find_names(struct pg_change *change)
{
    if (change->kind != PG_CHANGE_SLAS) {
        change->name = malloc(sizeof *change->name);
        if (!change->name)
            return false;
        change->name[change->names++] = name_of(change);
        return true;
    }
    const struct changeset *changes = &((const struct records_changeset *)change->write)->changeset;
    change->name = calloc(changes->count + 1, sizeof *change->name);
    if (!change->name)
        return false;
    for (size_t i = 0; i < changes->count; i++)
        change->name[i] = changes->change[i].host;
    qsort(change->name, changes->count, sizeof *change->name, by_name);
    for (size_t i = 0; i < changes->count; i++)
        if (i == 0 || strcmp(change->name[i], change->name[change->names - 1]) != 0)
            change->name[change->names++] = change->name[i];
    return true;
}

bool pg_change_init(struct pg_change *change, enum pg_change_kind kind, struct store_job *write)
{
    *change = (struct pg_change){.kind = kind, .write = write};
    randombytes_buf(change->request, sizeof change->request);
    return find_names(change);
}

void pg_change_done(struct pg_change *change)
{
    free(change->name);
    *change = (struct pg_change){0};
}

/* --- SLAs --- */

static void put_rate(struct pg_job *job, daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        pg_null(job);
    else
        pg_number(job, (int64_t)rate);
}

static void put_sla(struct pg_job *job, bool has, const struct sla *sla)
{
    if (!has) {
        for (int i = 0; i < 3; i++)
            pg_null(job);
        return;
    }
    pg_number(job, (int64_t)sla->min);
    put_rate(job, sla->max);
    pg_number(job, sla->weight);
}

static void put_entry(struct pg_job *job, const struct records_changeset *w,
                      const struct ledger_change *change)
{
    pg_text(job, change->host);
    pg_text(job, change->vm);
    put_sla(job, true, &change->new_sla);
    pg_text(job, change->uuid);
    pg_number(job, w->at_ms);
    pg_text(job, w->by);
}

static void remove_or_learn(struct pg_job *job, const struct ledger_change *change, int64_t at_ms)
{
    if (change->has_new && change->kind != LEDGER_LEARN)
        return;
    pg_statement(job,
                 change->has_new
                     ? "UPDATE daqs.sla SET uuid = $3, gone_ms = $4 WHERE host = $1 AND vm = $2"
                     : "DELETE FROM daqs.sla WHERE host = $1 AND vm = $2",
                 PG_ANY);
    pg_text(job, change->host);
    pg_text(job, change->vm);
    if (!change->has_new)
        return;
    pg_text(job, change->uuid);
    if (change->gone)
        pg_number(job, at_ms);
    else
        pg_null(job);
}

/* The columns of every record of the trail. */
static void put_record(struct pg_job *job, const struct pg_change *change, int64_t n,
                       const char *host, const char *vm, int64_t at_ms, const char *what)
{
    pg_bytes(job, change->request, sizeof change->request);
    pg_number(job, n);
    pg_text(job, host);
    pg_text(job, vm);
    pg_number(job, at_ms);
    pg_text(job, pg_change_by(change));
    pg_text(job, what);
}

static void record_entry(struct pg_job *job, const struct pg_change *change, int64_t n,
                         const struct ledger_change *entry)
{
    const struct records_changeset *w = (const struct records_changeset *)change->write;
    put_record(job, change, n, entry->host, entry->vm, w->at_ms, ledger_change_name(entry->kind));
    pg_text(job, *entry->other && entry->has_new ? entry->other : NULL);
    pg_text(job, *entry->other && !entry->has_new ? entry->other : NULL);
    put_sla(job, entry->has_old, &entry->old_sla);
    put_sla(job, entry->has_new, &entry->new_sla);
}

/* Statements of several rows: their text, and how many rows are still to come. */
struct rows {
    const char *head, *end;
    size_t params;
    const char *full; /* of ROWS_A_STATEMENT rows, made once */
    size_t left;
    size_t here; /* rows that the last statement still takes */
};

static void next_row(struct pg_job *job, struct rows *r)
{
    if (r->here == 0) {
        r->here = r->left < ROWS_A_STATEMENT ? r->left : ROWS_A_STATEMENT;
        const bool full = r->here == ROWS_A_STATEMENT;
        const char *sql =
            full && r->full ? r->full : rows_values(job, r->head, ")", r->end, r->params, r->here);
        if (full)
            r->full = sql;
        pg_statement(job, sql, PG_ANY);
    }
    r->here--;
    r->left--;
}

static void build_slas(struct pg_job *job, const struct pg_change *change)
{
    const struct records_changeset *w = (const struct records_changeset *)change->write;
    const struct changeset *changes = &w->changeset;
    struct rows entries = {.head = "INSERT INTO daqs.sla (host, vm, min_bps, max_bps, weight, uuid,"
                                   " updated_ms, updated_by) VALUES ",
                           .end =
                               " ON CONFLICT (host, vm) DO UPDATE SET min_bps = excluded.min_bps,"
                               " max_bps = excluded.max_bps, weight = excluded.weight,"
                               " uuid = excluded.uuid, updated_ms = excluded.updated_ms,"
                               " updated_by = excluded.updated_by, gone_ms = NULL",
                           .params = 8};
    struct rows records = {.head = AUDIT_INSERT "old_text, new_text, old_min_bps, old_max_bps,"
                                                " old_weight, new_min_bps, new_max_bps, new_weight)"
                                                " VALUES ",
                           .end = "",
                           .params = 15};
    for (size_t i = 0; i < changes->count; i++) {
        const bool learns = changes->change[i].kind == LEDGER_LEARN;
        remove_or_learn(job, &changes->change[i], w->at_ms);
        entries.left += changes->change[i].has_new && !learns;
        records.left += !learns;
    }
    for (size_t i = 0; entries.left > 0 && i < changes->count; i++)
        if (changes->change[i].has_new && changes->change[i].kind != LEDGER_LEARN) {
            next_row(job, &entries);
            put_entry(job, w, &changes->change[i]);
        }
    for (size_t i = 0; records.left > 0 && i < changes->count; i++)
        if (changes->change[i].kind != LEDGER_LEARN) {
            next_row(job, &records);
            record_entry(job, change, (int64_t)i, &changes->change[i]);
        }
}

/* --- modes --- */

static void build_policy(struct pg_job *job, const struct pg_change *change)
{
    const struct records_policy *w = (const struct records_policy *)change->write;
    pg_statement(job,
                 AUDIT_INSERT "new_text, old_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
                              " coalesce((SELECT mode FROM daqs.policy WHERE host = $3"
                              " AND uplink = $4), 'default'))",
                 PG_ANY);
    put_record(job, change, 0, w->host, w->uplink, w->at_ms, "set-policy");
    pg_text(job, w->has_mode ? policy_mode_name(w->mode) : "default");
    if (!w->has_mode) {
        pg_statement(job, "DELETE FROM daqs.policy WHERE host = $1 AND uplink = $2", PG_ANY);
        pg_text(job, w->host);
        pg_text(job, w->uplink);
        return;
    }
    pg_statement(job,
                 "INSERT INTO daqs.policy (host, uplink, mode, updated_ms, updated_by)"
                 " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (host, uplink)"
                 " DO UPDATE SET mode = $3, updated_ms = $4, updated_by = $5",
                 PG_ANY);
    pg_text(job, w->host);
    pg_text(job, w->uplink);
    pg_text(job, policy_mode_name(w->mode));
    pg_number(job, w->at_ms);
    pg_text(job, w->by);
}

/* --- maintenance, and hosts that are forgotten --- */

static void build_maintenance(struct pg_job *job, const struct pg_change *change)
{
    const struct records_host *w = (const struct records_host *)change->write;
    const bool on = w->what == RECORDS_MAINTENANCE_ON;
    pg_statement(job,
                 AUDIT_INSERT "new_text, old_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
                              " CASE WHEN EXISTS (SELECT 1 FROM daqs.maintenance WHERE host = $3)"
                              " THEN 'on' ELSE 'off' END)",
                 PG_ANY);
    put_record(job, change, 0, w->host, "", w->at_ms, "maintenance");
    pg_text(job, on ? "on" : "off");
    pg_statement(job,
                 on ? "INSERT INTO daqs.maintenance (host, since_ms, set_by) VALUES ($1, $2, $3)"
                      " ON CONFLICT (host) DO UPDATE SET since_ms = $2, set_by = $3"
                    : "DELETE FROM daqs.maintenance WHERE host = $1",
                 PG_ANY);
    pg_text(job, w->host);
    if (!on)
        return;
    pg_number(job, w->at_ms);
    pg_text(job, w->by);
}

/* $1 is the request, $2 the time, $3 the asker, $4 the host. */
static void build_forget(struct pg_job *job, const struct pg_change *change)
{
    static const char *const records[] = {
        "INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, old_text)"
        " SELECT $1::bytea, 0, name, '', $2::bigint, $3::text, 'revoke', role || ' ' || key"
        " FROM daqs.principal WHERE name = $4 AND role = 'agent' AND key IS NOT NULL",
        "INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, old_text, new_text)"
        " SELECT $1::bytea, 1, host, '', $2::bigint, $3::text, 'maintenance', 'on', 'off'"
        " FROM daqs.maintenance WHERE host = $4",
        "INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, old_text, new_text)"
        " SELECT $1::bytea, 1 + row_number() OVER (ORDER BY uplink), host, uplink, $2::bigint,"
        " $3::text, 'set-policy', mode, 'default' FROM daqs.policy WHERE host = $4"};
    /* Operators' keys stay, whatever they are called. */
    static const char *const removals[] = {
        "UPDATE daqs.principal SET key = NULL, revision = revision + 1, changed_ms = " PG_CLOCK_MS
        " WHERE name = $1 AND role = 'agent' AND key IS NOT NULL",
        "DELETE FROM daqs.maintenance WHERE host = $1", "DELETE FROM daqs.policy WHERE host = $1"};
    const struct records_host *w = (const struct records_host *)change->write;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        pg_statement(job, records[i], PG_ANY);
        pg_bytes(job, change->request, sizeof change->request);
        pg_number(job, w->at_ms);
        pg_text(job, w->by);
        pg_text(job, w->host);
        pg_statement(job, removals[i], PG_ANY);
        pg_text(job, w->host);
    }
}

static void build_host(struct pg_job *job, const struct pg_change *change)
{
    if (((const struct records_host *)change->write)->what == RECORDS_FORGET_HOST)
        build_forget(job, change);
    else
        build_maintenance(job, change);
}

/* --- principals --- */

static void record_principal(struct pg_job *job, const struct pg_change *change)
{
    const struct records_principal *w = (const struct records_principal *)change->write;
    char text[KEY_TEXT + 16] = "";
    char key[KEY_TEXT];
    (void)snprintf(text, sizeof text, "%s %s", role_name(w->role), key_format(&w->key, key));
    pg_statement(job,
                 AUDIT_INSERT "new_text, old_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
                              " (SELECT role || ' ' || key FROM daqs.principal WHERE name = $3))",
                 PG_ANY);
    put_record(job, change, 0, w->name, "", w->at_ms, w->remove ? "revoke" : "enroll");
    pg_text(job, w->remove ? NULL : pg_copy(job, text));
}

/* The record has the key until now, so it comes first. */
static void build_principal(struct pg_job *job, struct pg_change *change, int64_t revision)
{
    const struct records_principal *w = (const struct records_principal *)change->write;
    char key[KEY_TEXT];
    record_principal(job, change);
    if (w->remove) {
        pg_statement(job,
                     "UPDATE daqs.principal SET key = NULL, revision = revision + 1,"
                     " changed_ms = " PG_CLOCK_MS " WHERE name = $1 AND revision = $2",
                     PG_CHANGES_ONE);
        pg_text(job, w->name);
        pg_number(job, revision);
        return;
    }
    pg_statement(job,
                 "INSERT INTO daqs.principal AS old (name, key, role, enrolled_ms, enrolled_by,"
                 " revision, changed_ms) VALUES ($1, $2, $3, $4, $5, 1, " PG_CLOCK_MS ")"
                 " ON CONFLICT (name) DO UPDATE SET key = $2, role = $3, enrolled_ms = $4,"
                 " enrolled_by = $5, revision = old.revision + 1, changed_ms = " PG_CLOCK_MS
                 " WHERE old.revision = $6",
                 PG_CHANGES_ONE);
    pg_text(job, w->name);
    pg_text(job, pg_copy(job, key_format(&w->key, key)));
    pg_text(job, role_name(w->role));
    pg_number(job, w->at_ms);
    pg_text(job, w->by);
    pg_number(job, revision);
}

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

/* --- the whole --- */

static void add_names(struct pg_job *job, const struct pg_change *change)
{
    pg_statement(job,
                 "INSERT INTO daqs.host (name, revision, changed_ms)"
                 " SELECT unnest($1::text[]), 0, 0 ON CONFLICT (name) DO NOTHING",
                 PG_ANY);
    pg_text(job, rows_array(job, change->name, change->names));
}

static bool any_is_new(const struct pg_change *change, const struct revisions *revisions)
{
    for (size_t i = 0; i < change->names; i++)
        if (revisions_of(revisions, change->name[i]) == 0)
            return true;
    return false;
}

static void build_hosts(struct pg_job *job, const struct pg_change *change,
                        const struct revisions *revisions)
{
    static void (*const build[])(struct pg_job * job, const struct pg_change *change) = {
        [PG_CHANGE_SLAS] = build_slas,
        [PG_CHANGE_POLICY] = build_policy,
        [PG_CHANGE_HOST] = build_host};
    if (any_is_new(change, revisions))
        add_names(job, change);
    for (size_t i = 0; i < change->names; i++) {
        pg_statement(job,
                     "UPDATE daqs.host SET revision = revision + 1"
                     " WHERE name = $1 AND revision = $2",
                     PG_CHANGES_ONE);
        pg_text(job, change->name[i]);
        pg_number(job, revisions_of(revisions, change->name[i]));
    }
    build[change->kind](job, change);
    /* Last, so that it is little older than the COMMIT: others look for what is ten seconds old. */
    pg_statement(job,
                 "UPDATE daqs.host SET changed_ms = " PG_CLOCK_MS " WHERE name = ANY ($1::text[])",
                 PG_ANY);
    pg_text(job, rows_array(job, change->name, change->names));
}

void pg_change_build(struct pg_change *change, const struct revisions *hosts,
                     const struct revisions *principals, struct pg_job *job)
{
    if (change->kind == PG_CHANGE_PRINCIPAL)
        build_principal(job, change, revisions_of(principals, change->name[0]));
    else
        build_hosts(job, change, hosts);
    change->read_back = job->statements;
    rows_select_request(job, change->name, change->names, change->request);
}

static void look_for_hosts(struct pg_job *job, const struct pg_change *change)
{
    add_names(job, change); /* waits for a transaction that has just made them */
    pg_statement(job,
                 "SELECT 1 FROM daqs.host WHERE name = ANY ($1::text[]) ORDER BY name FOR UPDATE",
                 PG_ANY);
    pg_text(job, rows_array(job, change->name, change->names));
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
