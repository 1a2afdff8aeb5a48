/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/records/pg_change_rows.h"

#include <stdio.h>

#include "controllerd/core/records/rows_insert.h"
#include "shared/net/key.h"

#define AUDIT_INSERT "INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, "

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
    pg_text(job, change->by);
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
        " WHERE name = $1 AND role = 'agent' AND key IS NOT NULL AND revision = $2",
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
        if (i == 0)
            pg_number(job, change->key_revision);
    }
    /* A key that others have enrolled in the meantime is not the one that was to go. */
    pg_statement(job,
                 "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM daqs.principal WHERE name = $1"
                 " AND role = 'agent' AND key IS NOT NULL)",
                 PG_CHANGES_ONE);
    pg_text(job, w->host);
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
static void build_principal(struct pg_job *job, const struct pg_change *change)
{
    const struct records_principal *w = (const struct records_principal *)change->write;
    const int64_t revision = change->revision[0];
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

void pg_change_rows(struct pg_job *job, const struct pg_change *change)
{
    static void (*const build[])(struct pg_job * job, const struct pg_change *change) = {
        [PG_CHANGE_SLAS] = build_slas,
        [PG_CHANGE_POLICY] = build_policy,
        [PG_CHANGE_HOST] = build_host,
        [PG_CHANGE_PRINCIPAL] = build_principal};
    build[change->kind](job, change);
}
