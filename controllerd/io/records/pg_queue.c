/* SPDX-License-Identifier: Apache-2.0 */
/* The changes, one after another. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* --- the end of a change --- */

static void next(struct records_pg *self);

static void free_op(struct change_op *op)
{
    pg_job_clear(&op->pg);
    pg_change_done(&op->change);
    image_done(&op->copy.image);
    free(op);
}

/* A key is revoked at once, whatever the database says. */
static void note_principal(struct change_op *op)
{
    const struct records_principal *w = (const struct records_principal *)op->change.write;
    if (w->base.result == DAQS_OK)
        records_pg_forget_revoked(op->engine, w->name);
    else if (w->remove)
        records_pg_note_revoked(op->engine, w);
}

static void tell(struct change_op *op)
{
    struct store_job *write = op->change.write;
    if (op->change.kind == PG_CHANGE_PRINCIPAL && write->result != DAQS_ESTALE)
        note_principal(op);
    write->done = op->done;
    write->context = op->context;
    free_op(op);
    write->done(write);
}

/* Ends the change that is under way. */
static void end(struct change_op *op, int result, const char *text)
{
    struct records_pg *self = op->engine;
    struct store_job *write = op->change.write;
    DL_DELETE(self->ops, op);
    write->error = (struct daqs_error){0};
    write->result = result == DAQS_OK ? DAQS_OK : daqs_fail(&write->error, result, "%s", text);
    self->busy = false;
    tell(op);
    next(self);
}

static void end_refused(struct change_op *op)
{
    const struct pg_job *pg = &op->pg;
    char text[sizeof((struct daqs_error *)NULL)->text];
    const int64_t silent_ms = records_pg_silent_ms(op->engine);
    if (pg_class_is_away(pg->class) && silent_ms >= 1000)
        (void)snprintf(text, sizeof text,
                       "the shared database does not answer (%" PRId64
                       " s now); limits in force stay",
                       silent_ms / 1000);
    else
        (void)snprintf(text, sizeof text, "the shared database: %.200s; limits in force stay",
                       pg->error.text);
    end(op, pg->error.code, text);
}

/* It is stored, but not read back: the next comparison completes the copy. */
static void end_stored(struct change_op *op)
{
    op->engine->loaded = false;
    end(op, DAQS_OK, "");
}

static void end_unknown(struct change_op *op, const char *text)
{
    op->change.write->unknown = true;
    op->engine->loaded = false; /* whatever it is, the next comparison finds it */
    end(op, DAQS_ETIMEOUT, text);
}

/* --- the steps of a change --- */

static void send(struct change_op *op);

/* If it cannot be submitted, the change ends with what is known of it. */
static void submit(struct change_op *op, void (*done)(struct pg_job *job), int64_t limit_ms)
{
    op->pg.done = done;
    op->pg.limit_ms = limit_ms;
    op->pg.rows_most = RECORDS_ROWS_MOST;
    op->pg.bytes_most = RECORDS_BYTES_MOST;
    const int result = pg_client_submit(op->engine->client, &op->pg);
    if (result == DAQS_OK)
        return;
    if (op->fate.doubt_ms)
        end_unknown(op, "it is not known whether it was stored: the controller stops");
    else
        end(op, result, result == DAQS_ENOMEM ? "out of memory" : "too many changes are waiting");
}

static int64_t limit_of(const struct change_op *op)
{
    const struct records_changeset *w = (const struct records_changeset *)op->change.write;
    return op->change.kind == PG_CHANGE_SLAS && w->changeset.count > MANY ? LIMIT_MANY_MS
                                                                          : LIMIT_MS;
}

bool records_pg_is_long(const struct records_pg *self)
{
    return (self->busy && limit_of(self->ops) > LIMIT_MS) ||
           (self->watch.step == WATCH_RELOAD && self->watch.whole);
}

static void on_copied(struct store_job *base)
{
    struct change_op *op = base->context;
    records_pg_note_copy(op->engine, base);
    end(op, DAQS_OK, "");
}

/* What the change has compared and swapped. What others have changed of the same name besides is
 * found by the next comparison. */
static unsigned taken_by(const struct change_op *op)
{
    const struct records_host *w = (const struct records_host *)op->change.write;
    if (op->change.kind == PG_CHANGE_PRINCIPAL)
        return TAKE_PRINCIPALS;
    return op->change.kind == PG_CHANGE_HOST && w->what == RECORDS_FORGET_HOST ? TAKE_ALL
                                                                               : TAKE_HOSTS;
}

/* It is stored, and was read back in the same transaction. */
static void store_copy(struct change_op *op)
{
    struct records_pg *self = op->engine;
    op->copy = (struct records_copy){.ledger = self->ledger, .at_ms = self->copy_ms};
    image_init(&op->copy.image, false);
    rows_read(&op->pg, op->change.read_back, &op->copy.image);
    records_pg_take_revisions(self, &op->copy.image, taken_by(op));
    op->copy.base.done = on_copied;
    op->copy.base.context = op;
    if (!op->copy.image.failed && records_copy_write(self->given.store, &op->copy) == DAQS_OK)
        return;
    end_stored(op);
}

static void look(struct change_op *op);

static void on_looked(struct pg_job *pg)
{
    struct change_op *op = (struct change_op *)pg;
    const bool answered = pg->outcome == PG_DONE;
    const bool found = answered && pg_result(pg, pg->statements - 1).rows > 0;
    switch (fate_of_look(&op->fate, answered, found, now_ms())) {
    case FATE_STORED:
        if (op->fate.one_server && op->engine->given.quorum) {
            end_unknown(op, "it is stored by one server of the shared database, and it is not "
                            "known whether another one has it");
            return;
        }
        end_stored(op); /* others may have changed the same names since */
        return;
    case FATE_REFUSED:
        end(op, DAQS_EIO, "the shared database failed in the middle; limits in force stay");
        return;
    case FATE_LOOK:
        look(op);
        return;
    default:
        end_unknown(op, "it is not known whether it was stored: the shared database does not "
                        "answer");
    }
}

static void look(struct change_op *op)
{
    const int64_t left_ms = op->fate.doubt_ms + FATE_LOOK_MS - now_ms();
    pg_job_clear(&op->pg);
    pg_job_init(&op->pg, PG_WRITE);
    pg_change_look(&op->change, &op->pg);
    submit(op, on_looked, left_ms > 100 ? left_ms : 100);
}

/* Others have changed the hosts: the change is to be decided again, on what they have now. */
static void on_reloaded(struct pg_job *pg)
{
    struct change_op *op = (struct change_op *)pg;
    struct image image;
    if (pg->outcome != PG_DONE) {
        end_refused(op);
        return;
    }
    image_init(&image, false);
    rows_read(pg, 0, &image);
    image_complete(&image, op->change.name, op->change.names);
    records_pg_believe(op->engine, &image);
    end(op, DAQS_ESTALE, "its host was changed by others in the meantime; try again");
}

static void reload(struct change_op *op)
{
    pg_job_clear(&op->pg);
    pg_job_init(&op->pg, PG_READ);
    rows_select_names(&op->pg, op->change.name, op->change.names, op->engine->audit);
    submit(op, on_reloaded, limit_of(op));
}

static void on_written(struct pg_job *pg)
{
    struct change_op *op = (struct change_op *)pg;
    switch (fate_of_write(&op->fate, pg->outcome, pg->class, now_ms())) {
    case FATE_STORED:
        store_copy(op);
        return;
    case FATE_AGAIN:
        send(op);
        return;
    case FATE_RELOAD:
        reload(op);
        return;
    case FATE_LOOK:
        look(op);
        return;
    default:
        end_refused(op);
    }
}

/* Returns true if the change is of a name that was never to be enrolled by itself again: an
 * operator has enrolled or revoked it. */
static bool exists(const struct change_op *op)
{
    const struct records_principal *w = (const struct records_principal *)op->change.write;
    return op->change.kind == PG_CHANGE_PRINCIPAL && w->only_new &&
           revisions_of(op->engine->principals, w->name) > 0;
}

static void send(struct change_op *op)
{
    if (exists(op)) {
        end(op, DAQS_EEXISTS, "it was enrolled before, or revoked");
        return;
    }
    pg_job_clear(&op->pg);
    pg_job_init(&op->pg, PG_WRITE);
    pg_change_build(&op->change, op->engine->hosts, op->engine->principals, &op->pg);
    submit(op, on_written, limit_of(op));
}

static void on_identified(struct store_job *base)
{
    struct change_op *op = base->context;
    if (base->result != DAQS_OK) {
        end(op, base->result, base->error.text);
        return;
    }
    (void)snprintf(pg_change_by(&op->change), IDENTITY_BYTES, "%s", op->who.by);
    send(op);
}

/* --- the queue --- */

static void begin(struct change_op *op)
{
    struct records_pg *self = op->engine;
    self->busy = true;
    fate_begin(&op->fate, now_ms());
    if (*pg_change_by(&op->change)) {
        send(op);
        return;
    }
    op->who = (struct store_identity){.asker = *pg_change_asker(&op->change)};
    op->who.base.done = on_identified;
    op->who.base.context = op;
    if (store_find_identity(self->given.store, &op->who) != DAQS_OK)
        end(op, DAQS_EBUSY, "too many changes are waiting; try again");
}

static void next(struct records_pg *self)
{
    if (!self->busy && self->ops)
        begin(self->ops);
}

/* Returns why no change can be stored now, or NULL. */
static const char *refusal(struct records_pg *self, char text[static 160])
{
    const int64_t away_ms = self->away_since_ms ? self->wall_ms - self->away_since_ms : 0;
    int64_t silent_ms = records_pg_silent_ms(self);
    silent_ms = away_ms > silent_ms ? away_ms : silent_ms;
    if ((silent_ms > AWAY_MS && !records_pg_is_long(self)) || self->away_since_ms)
        (void)snprintf(text, 160,
                       "the shared database does not answer (%" PRId64
                       " s now); limits in force stay",
                       silent_ms / 1000);
    else if (!self->loaded)
        (void)snprintf(text, 160, "the shared database is being read; try again in a moment");
    else if (self->given.quorum && self->durable_known && !self->durable)
        (void)snprintf(text, 160,
                       "one server of the shared database alone would keep it, and 'durable' is "
                       "quorum; limits in force stay");
    else
        return NULL;
    return text;
}

int records_pg_add(struct records_pg *self, enum pg_change_kind kind, struct store_job *write)
{
    char text[160];
    if (self->stopped)
        return DAQS_EBUSY;
    struct change_op *op = calloc(1, sizeof *op);
    if (!op)
        return DAQS_ENOMEM;
    op->engine = self;
    op->done = write->done;
    op->context = write->context;
    write->unknown = false;
    pg_job_init(&op->pg, PG_WRITE);
    if (!pg_change_init(&op->change, kind, write)) {
        free_op(op);
        return DAQS_ENOMEM;
    }
    const char *why = self->busy ? NULL : refusal(self, text);
    if (why) { /* told later: the caller does not expect it now */
        write->result = daqs_fail(&write->error, DAQS_EIO, "%s", why);
        DL_APPEND(self->ended, op);
        return DAQS_OK;
    }
    DL_APPEND(self->ops, op);
    next(self);
    return DAQS_OK;
}

void records_pg_tell(struct records_pg *self)
{
    while (self->ended) {
        struct change_op *op = self->ended;
        DL_DELETE(self->ended, op);
        tell(op);
    }
}
