/* SPDX-License-Identifier: Apache-2.0 */
/* The changes, one after another. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"

/* The least limit of a transaction. */
enum { LEAST_MS = 100 };

#define OTHER "the shared database is another one now"

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
        records_pg_note_revoked(op->engine, w, op->change.revision[0]);
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

static int64_t limit_of(const struct change_op *op)
{
    const struct records_changeset *w = (const struct records_changeset *)op->change.write;
    return op->change.kind == PG_CHANGE_SLAS && w->changeset.count > MANY ? LIMIT_MANY_MS
                                                                          : LIMIT_MS;
}

/* What is left of it: it counts from when the change was asked for, or from when a change of many
 * rows ended that was before it. */
static int64_t left_of(const struct change_op *op)
{
    const int64_t long_ms = op->engine->long_ms;
    return limit_of(op) - (now_ms() - (op->asked_ms > long_ms ? op->asked_ms : long_ms));
}

static void end(struct change_op *op, int result, const char *text)
{
    struct records_pg *self = op->engine;
    struct store_job *write = op->change.write;
    DL_DELETE(self->ops, op);
    write->error = (struct daqs_error){0};
    write->result = result == DAQS_OK ? DAQS_OK : daqs_fail(&write->error, result, "%s", text);
    self->busy = false;
    if (limit_of(op) > LIMIT_MS)
        self->long_ms = now_ms();
    tell(op);
    next(self);
}

/* Writes why nothing is stored while the database is silent; false: it is not, or only just. */
static bool is_silent(const struct records_pg *self, char *text, size_t bytes)
{
    const int64_t silent_ms = records_pg_silent_ms(self);
    if (silent_ms >= 1000)
        (void)snprintf(text, bytes,
                       "the shared database does not answer (%" PRId64
                       " s now); limits in force stay",
                       silent_ms / 1000);
    return silent_ms >= 1000;
}

static void end_refused(struct change_op *op)
{
    const struct pg_job *pg = &op->pg;
    char text[sizeof((struct daqs_error *)NULL)->text];
    if (!pg_class_is_away(pg->class) || !is_silent(op->engine, text, sizeof text))
        (void)snprintf(text, sizeof text, "the shared database: %.200s; limits in force stay",
                       pg->error.text);
    end(op, pg->error.code, text);
}

/* Its turn has come too late. */
static void end_late(struct change_op *op)
{
    char text[sizeof((struct daqs_error *)NULL)->text];
    if (is_silent(op->engine, text, sizeof text))
        end(op, DAQS_ETIMEOUT, text);
    else if (op->change.write->tries > 1)
        end(op, DAQS_EBUSY, FATE_BUSY_TEXT);
    else
        end(op, DAQS_EBUSY, "other changes took all the time; try again; limits in force stay");
}

static void end_copied(struct change_op *op)
{
    end(op, DAQS_OK, "");
}

/* It is stored, but not read back: the next comparison finds its revision. */
static void end_stored(struct change_op *op)
{
    records_pg_compare_all(op->engine);
    end(op, DAQS_OK, "");
}

static void end_unknown(struct change_op *op, const char *text)
{
    op->change.write->unknown = true;
    records_pg_compare_all(op->engine); /* whatever it is, the next comparison finds it */
    end(op, DAQS_ETIMEOUT, text);
}

/* --- the steps of a change --- */

static void send(struct change_op *op);

/* If it cannot be submitted, the change ends with what is known of it. */
static void submit(struct change_op *op, void (*done)(struct pg_job *job), int64_t limit_ms)
{
    op->pg.done = done;
    op->pg.limit_ms = limit_ms > LEAST_MS ? limit_ms : LEAST_MS;
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

bool records_pg_is_long(const struct records_pg *self)
{
    return (self->busy && limit_of(self->ops) > LIMIT_MS) ||
           (self->watch.step == WATCH_RELOAD && self->watch.whole);
}

static void look(struct change_op *op);

static void on_looked(struct pg_job *pg)
{
    struct change_op *op = (struct change_op *)pg;
    const bool answered = pg->outcome == PG_DONE;
    const bool found = answered && pg_result(pg, pg->statements - 1).rows > 0;
    if (records_pg_is_other(op->engine, pg)) {
        end_unknown(op, "it is not known whether it was stored: " OTHER);
        return;
    }
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
    records_pg_job(op->engine, &op->pg, PG_WRITE);
    pg_change_look(&op->change, &op->pg);
    submit(op, on_looked, left_ms);
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
    records_pg_read(op->engine, pg, 1, &image);
    image_complete(&image, op->change.name, op->change.names);
    if (image.failed) {
        image_done(&image);
        records_pg_compare_all(op->engine);
        end(op, DAQS_ENOMEM, "out of memory");
        return;
    }
    records_pg_believe(op->engine, &image);
    end(op, DAQS_ESTALE, "its host was changed by others in the meantime; try again");
}

static void reload(struct change_op *op)
{
    const struct rows_trail trail = records_pg_trail(op->engine);
    records_pg_job(op->engine, &op->pg, PG_READ);
    op->pg.pause_ms = fate_pause_ms(op->change.write->tries, randombytes_random());
    rows_select_names(&op->pg, op->change.name, op->change.names, &trail);
    submit(op, on_reloaded, left_of(op));
}

static void on_written(struct pg_job *pg)
{
    struct change_op *op = (struct change_op *)pg;
    if (records_pg_is_other(op->engine, pg)) {
        end(op, DAQS_EREFUSED, OTHER);
        return;
    }
    switch (fate_of_write(&op->fate, pg->outcome, pg->class, now_ms())) {
    case FATE_STORED:
        if (!records_pg_copy_change(op, end_copied))
            end_stored(op);
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
    return op->change.kind == PG_CHANGE_PRINCIPAL && w->only_new && op->change.revision[0] > 0;
}

static void send(struct change_op *op)
{
    if (exists(op)) {
        end(op, DAQS_EEXISTS, "it was enrolled before, or revoked");
        return;
    }
    records_pg_job(op->engine, &op->pg, PG_WRITE);
    pg_change_build(&op->change, &op->pg);
    submit(op, on_written, left_of(op));
}

static void on_identified(struct store_job *base)
{
    struct change_op *op = base->context;
    if (base->result != DAQS_OK) {
        end(op, base->result, base->error.text);
        return;
    }
    (void)snprintf(op->change.by, IDENTITY_BYTES, "%s", op->who.by);
    send(op);
}

/* --- the queue --- */

static void begin(struct change_op *op)
{
    struct records_pg *self = op->engine;
    struct daqs_error why = {0};
    self->busy = true;
    if (records_pg_refuses(self, &why)) { /* it was another one when it was added */
        end(op, DAQS_EIO, why.text);
        return;
    }
    if (left_of(op) <= 0) {
        end_late(op);
        return;
    }
    fate_begin(&op->fate, now_ms());
    if (*op->change.by) {
        send(op);
        return;
    }
    op->who = (struct store_identity){.asker = *op->change.asker};
    op->who.base.done = on_identified;
    op->who.base.context = op;
    if (store_find_identity(self->given.store, &op->who) != DAQS_OK)
        end(op, DAQS_EBUSY, "too many changes are waiting; try again");
}

/* Begins the next change, unless all records are read, or are about to be. */
static void next(struct records_pg *self)
{
    const bool reads = self->watch.step == WATCH_HELD || records_pg_is_long(self);
    if (!self->busy && self->ops && (!reads || self->stopped))
        begin(self->ops);
}

bool records_pg_is_unknown(const struct records_pg *self, struct daqs_error *err)
{
    const int64_t away_ms = self->away_since_ms ? self->wall_ms - self->away_since_ms : 0;
    int64_t silent_ms = records_pg_silent_ms(self);
    silent_ms = away_ms > silent_ms ? away_ms : silent_ms;
    if (self->away_since_ms && self->failing_ms)
        return daqs_fail(err, DAQS_EIO, "the shared database cannot be read: %s", self->failure);
    if ((silent_ms > AWAY_MS && !records_pg_is_long(self)) || self->away_since_ms)
        return daqs_fail(err, DAQS_EIO,
                         "the shared database does not answer (%" PRId64
                         " s now); limits in force stay",
                         silent_ms / 1000);
    if (self->other)
        return daqs_fail(err, DAQS_EIO, OTHER "; limits in force stay");
    if (!self->loaded)
        return daqs_fail(err, DAQS_EIO, "the shared database is being read; try again in a moment");
    return false;
}

bool records_pg_refuses(const struct records_pg *self, struct daqs_error *err)
{
    if (records_pg_is_unknown(self, err))
        return true;
    if (self->given.quorum && self->durable_known && !self->durable)
        return daqs_fail(err, DAQS_EIO,
                         "one server of the shared database alone would keep it, and 'durable' is "
                         "quorum; limits in force stay");
    return false;
}

/* Has the next tick tell that a change is refused: the caller does not expect it now. */
static void refuse(struct change_op *op, const char *why)
{
    struct store_job *write = op->change.write;
    write->result = daqs_fail(&write->error, DAQS_EIO, "%s", why);
    DL_APPEND(op->engine->ended, op);
}

int records_pg_add(struct records_pg *self, const struct pg_change *given)
{
    struct daqs_error why = {0};
    struct store_job *write = given->write;
    if (self->stopped)
        return DAQS_EBUSY;
    struct change_op *op = calloc(1, sizeof *op);
    if (!op)
        return DAQS_ENOMEM;
    op->engine = self;
    op->asked_ms = write->asked_ms ? write->asked_ms : now_ms();
    op->done = write->done;
    op->context = write->context;
    write->unknown = false;
    pg_job_init(&op->pg, PG_WRITE);
    if (!pg_change_init(&op->change, given, self->hosts, self->principals)) {
        free_op(op);
        return DAQS_ENOMEM;
    }
    if (!self->busy && records_pg_refuses(self, &why)) {
        refuse(op, why.text);
        return DAQS_OK;
    }
    DL_APPEND(self->ops, op);
    next(self);
    return DAQS_OK;
}

/* While all records are read, a change waits a little. */
static void give_up_waiting(struct records_pg *self)
{
    const int64_t now = now_ms();
    while (!self->busy && self->ops && now - self->ops->asked_ms > AWAY_MS) {
        struct change_op *op = self->ops;
        DL_DELETE(self->ops, op);
        refuse(op, "the shared database is being read; try again in a moment");
    }
}

/* Ends the changes that wait while the database does not answer; the one that is under way has its
 * limit. */
static void refuse_waiting(struct records_pg *self)
{
    struct daqs_error why = {0};
    struct change_op *op = self->busy ? self->ops->next : self->ops;
    if (!op || self->stopped || !records_pg_is_unknown(self, &why))
        return;
    for (struct change_op *after; op; op = after) {
        after = op->next;
        DL_DELETE(self->ops, op);
        refuse(op, why.text);
    }
}

void records_pg_tell(struct records_pg *self)
{
    next(self);
    refuse_waiting(self);
    give_up_waiting(self);
    while (self->ended) {
        struct change_op *op = self->ended;
        DL_DELETE(self->ended, op);
        tell(op);
    }
}
