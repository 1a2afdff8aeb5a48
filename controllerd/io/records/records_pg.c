/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/records/records_pg.h"

#include <stdio.h>
#include <stdlib.h>

#include "controllerd/io/records/records_pg_internal.h"

/* --- changes --- */

static int write_changeset(struct records *records, struct records_changeset *job)
{
    return records_pg_add(
        (struct records_pg *)records,
        &(struct pg_change){PG_CHANGE_SLAS, &job->base, .asker = &job->asker, .by = job->by});
}

static int write_policy(struct records *records, struct records_policy *job)
{
    return records_pg_add(
        (struct records_pg *)records,
        &(struct pg_change){PG_CHANGE_POLICY, &job->base, .asker = &job->asker, .by = job->by});
}

static int write_host(struct records *records, struct records_host *job)
{
    return records_pg_add(
        (struct records_pg *)records,
        &(struct pg_change){PG_CHANGE_HOST, &job->base, .asker = &job->asker, .by = job->by});
}

static int write_principal(struct records *records, struct records_principal *job)
{
    return records_pg_add(
        (struct records_pg *)records,
        &(struct pg_change){PG_CHANGE_PRINCIPAL, &job->base, .asker = &job->asker, .by = job->by});
}

/* --- what the copy answers --- */

static int load_ledger(struct records *records, struct ledger *ledger, struct daqs_error *err)
{
    return records_load_ledger(((struct records_pg *)records)->given.local, ledger, err);
}

static int load_overrides(struct records *records, struct policy_overrides *overrides,
                          struct daqs_error *err)
{
    return records_load_overrides(((struct records_pg *)records)->given.local, overrides, err);
}

static int load_maintenance(struct records *records, struct maintenance *maintenance,
                            struct daqs_error *err)
{
    return records_load_maintenance(((struct records_pg *)records)->given.local, maintenance, err);
}

static int load_principals(struct records *records, struct principals *principals,
                           struct daqs_error *err)
{
    return records_load_principals(((struct records_pg *)records)->given.local, principals, err);
}

/* --- the engine --- */

static int current(struct records *records, struct daqs_error *err)
{
    return records_pg_is_unknown((struct records_pg *)records, err) ? err->code : DAQS_OK;
}

static void free_all(struct records *records)
{
    struct records_pg *self = (struct records_pg *)records;
    records_pg_stop(records);
    pg_client_free(self->client);
    revisions_free(self->hosts);
    revisions_free(self->principals);
    records_pg_watch_done(self);
    records_pg_free_revoked(self);
    free(self);
}

const struct records_engine records_pg_engine = {
    .load_ledger = load_ledger,
    .load_overrides = load_overrides,
    .load_maintenance = load_maintenance,
    .load_principals = load_principals,
    .write_changeset = write_changeset,
    .write_policy = write_policy,
    .write_host = write_host,
    .write_principal = write_principal,
    .write_epoch = records_pg_write_epoch,
    .current = current,
    .free = free_all,
};

void records_pg_listen(struct records *records, const struct records_pg_listener *listener)
{
    ((struct records_pg *)records)->listener = *listener;
}

int records_pg_fd(const struct records *records)
{
    return pg_client_fd(((const struct records_pg *)records)->client);
}

void records_pg_reap(struct records *records)
{
    pg_client_reap(((struct records_pg *)records)->client);
}

void records_pg_tick(struct records *records, int64_t mono_ms, int64_t wall_ms)
{
    struct records_pg *self = (struct records_pg *)records;
    self->mono_ms = mono_ms;
    self->wall_ms = wall_ms;
    pg_client_tick(self->client, mono_ms);
    records_pg_tell(self);
    if (!self->stopped)
        records_pg_watch(self);
}

void records_pg_stop(struct records *records)
{
    struct records_pg *self = (struct records_pg *)records;
    if (self->stopped)
        return;
    self->stopped = true;
    pg_client_stop(self->client);
    records_pg_tell(self);
}

int64_t records_pg_revision(const struct records *records, const char *host)
{
    return revisions_of(((const struct records_pg *)records)->hosts, host);
}

void records_pg_state(const struct records *records, struct records_pg_state *ret)
{
    const struct records_pg *self = (const struct records_pg *)records;
    struct pg_status status;
    pg_client_status(self->client, &status);
    *ret = (struct records_pg_state){.ledger = self->ledger,
                                     .loaded = self->loaded,
                                     .known = self->known,
                                     .away = self->away_since_ms != 0,
                                     .failing = self->failing_ms != 0,
                                     .away_ms = records_pg_silent_ms(self),
                                     .durable = self->durable,
                                     .durable_known = self->durable_known,
                                     .copy_ms = self->copy_ms};
    (void)snprintf(ret->server, sizeof ret->server, "%s", status.server);
}
