/* SPDX-License-Identifier: Apache-2.0 */
/* What others change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/pg/pg_guard.h"
#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/name.h"

/* The statements of a comparison. */
enum { LEDGER, STANDBYS, HOSTS, PRINCIPALS, NAMELESS };
/* READ_MOST: names that are read at once. The SLAs of 200 hosts with 64 VMs each keep the loop busy
 * for about 0.1 s. */
enum { READ_MOST = 200, MARK_MS = 10000 };
/* Names that one comparison reads again because the copy lacks them. */
enum { BEHIND_MOST = 1000 };
/* All names are compared so often, because a COMMIT that waits long for a standby shows an old time
 * of the change. */
enum { COMPARE_MS = 30000, COMPARE_MANY_MS = 600000, FEW_HOSTS = 10000 };

/* --- what others have changed --- */

/* Returns true if a change of the name's records is under way. It is compared again soon. */
static bool is_changing(const struct records_pg *self, const char *name)
{
    return self->busy && pg_change_concerns(&self->ops->change, name);
}

static void compare_name(struct watch *w, const struct revisions *known, const char *name,
                         int64_t revision)
{
    if (is_changing(w->engine, name))
        return;
    const enum revision_news news = revisions_compare(known, name, revision);
    if (news != REVISION_SAME)
        records_pg_watch_add(w, name, news == REVISION_BACK);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct seen {
    const char **name; /* sorted */
    size_t names;
    struct watch *watch;
};

static bool has(void *arg, const char *name)
{
    const struct seen *seen = arg;
    return bsearch(&name, seen->name, seen->names, sizeof *seen->name, by_text) != NULL;
}

static void missing(void *arg, const char *name)
{
    records_pg_watch_add(((const struct seen *)arg)->watch, name, true);
}

static void compare(struct watch *w, size_t statement, const struct revisions *known)
{
    const size_t rows = pg_result(&w->pg, statement).rows;
    struct seen seen = {.name = calloc(rows + 1, sizeof *seen.name), .watch = w};
    struct image skipped = {0};
    for (size_t i = 0; i < rows; i++) {
        const char *name = pg_cell(&w->pg, statement, i, 0);
        int64_t revision = 0;
        if (!name || daqs_name_check("name", name, strlen(name), NULL) != DAQS_OK ||
            !pg_cell_number(&w->pg, statement, i, 1, &revision) || revision < 0) {
            image_skip(&skipped, "the revision", name);
            continue;
        }
        compare_name(w, known, name, revision);
        if (seen.name)
            seen.name[seen.names++] = name;
    }
    if (w->full && seen.name) {
        qsort(seen.name, seen.names, sizeof *seen.name, by_text);
        revisions_missing(known, has, missing, &seen);
    }
    free(seen.name);
    records_pg_note_skipped(w->engine, &skipped);
}

static void report_back(struct watch *w)
{
    char text[480];
    if (w->went_back == 0)
        return;
    (void)snprintf(text, sizeof text,
                   "the shared database has lost changes of %zu host%s or keys: %s%s; what it has "
                   "now is in force",
                   w->went_back, w->went_back == 1 ? "" : "s", w->went_back_text,
                   w->went_back > 5 ? ", ..." : "");
    w->went_back = 0;
    records_pg_say(w->engine, RECORDS_WENT_BACK, 0, text);
}

static void submit(struct watch *w, enum watch_step step, void (*done)(struct pg_job *job),
                   int64_t limit_ms)
{
    w->pg.done = done;
    w->pg.limit_ms = limit_ms;
    w->pg.rows_most = RECORDS_ROWS_MOST;
    w->pg.bytes_most = RECORDS_BYTES_MOST;
    w->step = step;
    if (pg_client_submit(w->engine->client, &w->pg) != DAQS_OK)
        records_pg_watch_idle(w);
}

static void mark_all_compared(struct watch *w)
{
    struct pg_status status;
    pg_client_status(w->engine->client, &status);
    if (status.connects == w->connects) /* else another server may have been asked in between */
        w->full_ms = w->engine->mono_ms;
}

/* All that the comparison has found is known here. */
static void end_comparison(struct watch *w)
{
    struct records_pg *self = w->engine;
    if (!self->copy_due && !self->copy_failing && !self->whole_due)
        self->copy_ms = w->compared_ms;
    if (w->full)
        mark_all_compared(w);
    records_pg_watch_idle(w);
    records_pg_store_revoked(self);
}

/* The names that are read now. */
static const char *const *reading(const struct watch *w, size_t *ret_names)
{
    const size_t left = w->names - w->read;
    *ret_names = left < READ_MOST ? left : READ_MOST;
    return (const char *const *)w->name + w->read;
}

static void read_names(struct watch *w);

static void on_reloaded(struct pg_job *pg)
{
    struct watch *w = (struct watch *)pg;
    struct records_pg *self = w->engine;
    struct image image;
    const bool whole = w->whole;
    bool changing = false;
    size_t names = 0;
    const char *const *name = reading(w, &names);
    for (size_t i = 0; i < names && !changing && !whole; i++)
        changing = is_changing(self, name[i]);
    if (pg->outcome != PG_DONE || changing) {
        records_pg_compare_all(self);
        (void)records_pg_is_other(self, pg);
        records_pg_watch_idle(w);
        return;
    }
    image_init(&image, whole);
    records_pg_read(self, pg, 1, &image);
    if (!whole)
        image_complete(&image, name, names);
    report_back(w);
    if (image.failed) {
        image_done(&image);
        records_pg_compare_all(self);
        daqs_log(DAQS_LOG_ERROR, "out of memory: the shared database is not read");
        records_pg_watch_idle(w);
        return;
    }
    if (whole) {
        self->loaded = self->known = w->full = true;
        self->whole_due = image.audits == ROWS_AUDIT_MOST; /* there is more of the trail */
    }
    records_pg_believe(self, &image);
    w->read = whole ? w->names : w->read + names;
    if (w->read < w->names)
        read_names(w);
    else
        end_comparison(w);
}

static void read_names(struct watch *w)
{
    const struct rows_trail trail = records_pg_trail(w->engine);
    size_t names = 0;
    const char *const *name = reading(w, &names);
    records_pg_job(w->engine, &w->pg, PG_READ);
    rows_select_names(&w->pg, name, names, &trail);
    submit(w, WATCH_RELOAD, on_reloaded, LIMIT_MS);
}

static void read_all(struct watch *w)
{
    const struct records_pg *self = w->engine;
    const struct rows_trail trail = records_pg_trail(self);
    records_pg_job(self, &w->pg, PG_READ);
    rows_select_all(&w->pg, &trail);
    submit(w, WATCH_RELOAD, on_reloaded, LIMIT_MANY_MS);
}

/* Reads what is different: all, if that is not known. All are read between two changes, so that
 * they are of one moment. */
static void reload(struct watch *w)
{
    struct records_pg *self = w->engine;
    w->whole = !self->loaded || self->whole_due;
    if (!w->whole) {
        read_names(w);
        return;
    }
    w->step = WATCH_HELD;
    if (!self->busy)
        read_all(w);
}

static void behind(void *arg, const char *name)
{
    struct watch *w = arg;
    if (w->names >= BEHIND_MOST)
        w->engine->copy_due = true; /* the others follow */
    else if (!is_changing(w->engine, name))
        records_pg_watch_add(w, name, false);
}

/* Names that the copy has not, or not all of them: they are read once more. They may be all of
 * them, after a whole read that a full disk could not store. */
static void add_behind(struct watch *w)
{
    struct records_pg *self = w->engine;
    if (!self->copy_due || self->mono_ms < self->copy_again_ms)
        return;
    self->copy_due = self->busy; /* what is being changed is written later */
    revisions_behind(self->hosts, behind, w);
    revisions_behind(self->principals, behind, w);
}

/* Stores what the audit trail has that is of no host or principal. */
static void copy_nameless(struct watch *w)
{
    struct image image;
    if (pg_result(&w->pg, NAMELESS).rows == 0 || w->engine->mono_ms < w->engine->copy_again_ms)
        return;
    image_init(&image, false);
    rows_read_audit(&w->pg, NAMELESS, &image);
    if (image.failed)
        image_done(&image);
    else
        records_pg_copy(w->engine, &image);
}

/* A change that is under way raises revisions itself; what it has not told yet is compared later.
 */
static void on_compared(struct pg_job *pg)
{
    struct watch *w = (struct watch *)pg;
    struct records_pg *self = w->engine;
    int64_t ledger = 0;
    int64_t clock_ms = 0;
    if (pg->outcome != PG_DONE) {
        records_pg_compare_all(self);
        if (!pg_class_is_away(pg->class) && pg->class != PG_CLASS_STOPPED)
            records_pg_note_failing(self, pg->error.text);
        records_pg_watch_idle(w);
        return;
    }
    if (!pg_cell_number(pg, LEDGER, 0, 0, &ledger) || ledger != self->ledger) {
        records_pg_note_other(self);
        records_pg_note_failing(self, PG_GUARD_TEXT);
        records_pg_watch_idle(w);
        return;
    }
    self->other = false;
    w->compared_ms = self->wall_ms;
    records_pg_note_answer(self);
    records_pg_note_standbys(self, pg_cell(pg, STANDBYS, 0, 0), pg_cell(pg, STANDBYS, 0, 1));
    if (pg_cell_number(pg, LEDGER, 0, 1, &clock_ms))
        records_pg_note_clock(self, clock_ms);
    compare(w, HOSTS, self->hosts);
    compare(w, PRINCIPALS, self->principals);
    copy_nameless(w);
    add_behind(w);
    if (w->names > 0 || !self->loaded || self->whole_due) {
        reload(w);
        return;
    }
    end_comparison(w);
}

#define RECENTLY " WHERE changed_ms > " PG_BEGUN_MS " - 10000"

static void begin(struct watch *w)
{
    struct records_pg *self = w->engine;
    struct pg_status status;
    pg_client_status(self->client, &status);
    const bool many = revisions_count(self->hosts) > FEW_HOSTS;
    const struct rows_trail trail = records_pg_trail(self);
    w->full = !self->loaded || status.connects != w->connects ||
              self->mono_ms - w->full_ms >= (many ? COMPARE_MANY_MS : COMPARE_MS);
    w->connects = status.connects;
    w->next_ms = self->mono_ms + POLL_MS;
    pg_job_clear(&w->pg);
    pg_job_init(&w->pg, PG_READ);
    pg_statement(&w->pg, "SELECT value, " PG_CLOCK_MS " FROM daqs.meta WHERE name = 'fleet'",
                 PG_ANY);
    pg_statement(&w->pg,
                 "SELECT current_setting('synchronous_standby_names'),"
                 " current_setting('synchronous_commit')",
                 PG_ANY);
    pg_statement(&w->pg,
                 w->full ? "SELECT name, revision FROM daqs.host"
                         : "SELECT name, revision FROM daqs.host" RECENTLY,
                 PG_ANY);
    pg_statement(&w->pg,
                 w->full ? "SELECT name, revision FROM daqs.principal"
                         : "SELECT name, revision FROM daqs.principal" RECENTLY,
                 PG_ANY);
    rows_select_nameless(&w->pg, &trail);
    submit(w, WATCH_COMPARE, on_compared, LIMIT_MS);
}

/* Stores how old the copy is, for the next start. */
static void mark_copy(struct records_pg *self)
{
    if (self->mono_ms - self->marked_ms < MARK_MS || records_pg_copy_ms(self) == 0 ||
        self->away_since_ms)
        return;
    struct records_copy *job = calloc(1, sizeof *job);
    self->marked_ms = self->mono_ms;
    if (!job)
        return;
    *job = (struct records_copy){.ledger = self->ledger, .at_ms = self->copy_ms};
    if (records_copy_write(self->given.store, job) != DAQS_OK)
        free(job);
}

void records_pg_watch(struct records_pg *self)
{
    struct watch *w = &self->watch;
    w->engine = self;
    records_pg_note_silence(self);
    mark_copy(self);
    if (w->step == WATCH_HELD && !self->busy)
        read_all(w);
    if (w->step != WATCH_IDLE || self->mono_ms < w->next_ms)
        return;
    if (self->schema_known)
        begin(w);
    else
        records_pg_watch_schema(self);
}
