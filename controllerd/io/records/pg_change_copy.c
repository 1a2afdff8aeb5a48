/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of a change that is stored, of what was read back in its transaction. */
#include "controllerd/io/records/records_pg_internal.h"

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

static struct revisions *revisions_for(const struct records_pg *self,
                                       const struct image_audit *audit)
{
    return rows_of_principal(audit->what) ? self->principals : self->hosts;
}

/* The copy must not have a record without those of the same name before it: after a restart its
 * last one counts. They are read together later. */
static void leave_to_later(struct change_op *op)
{
    struct records_pg *self = op->engine;
    struct image *image = &op->copy.image;
    size_t kept = 0;
    for (size_t i = 0; i < image->audits; i++)
        if (revisions_is_copied(revisions_for(self, &image->audit[i]), image->audit[i].host))
            image->audit[kept++] = image->audit[i];
    op->incomplete = kept < image->audits;
    self->copy_due = self->copy_due || op->incomplete;
    image->audits = kept;
}

static void note_copied(const struct change_op *op)
{
    const struct image *image = &op->copy.image;
    const struct records_pg *self = op->engine;
    const unsigned taken = taken_by(op);
    for (size_t i = 0; i < image->names; i++) {
        const struct image_name *name = &image->name[i];
        if (taken & (name->principal ? TAKE_PRINCIPALS : TAKE_HOSTS))
            revisions_copied_next(name->principal ? self->principals : self->hosts, name->name,
                                  name->revision);
    }
    for (size_t i = 0; i < image->audits; i++) {
        const struct image_audit *audit = &image->audit[i];
        struct revisions *revisions = revisions_for(self, audit);
        if (revisions_is_copied(revisions, audit->host))
            (void)revisions_saw(revisions, audit->host, audit->id);
    }
}

static void on_copied(struct store_job *base)
{
    struct change_op *op = base->context;
    records_pg_note_copy(op->engine, base);
    if (base->result == DAQS_OK && !op->incomplete)
        note_copied(op);
    op->copied(op);
}

bool records_pg_copy_change(struct change_op *op, void (*copied)(struct change_op *op))
{
    struct records_pg *self = op->engine;
    op->copy = (struct records_copy){.ledger = self->ledger, .at_ms = records_pg_copy_ms(self)};
    image_init(&op->copy.image, false);
    records_pg_read(self, &op->pg, op->change.read_back, &op->copy.image);
    if (op->copy.image.failed)
        return false;
    leave_to_later(op);
    records_pg_take_revisions(self, &op->copy.image, taken_by(op));
    op->copied = copied;
    op->copy.base.done = on_copied;
    op->copy.base.context = op;
    if (records_copy_write(self->given.store, &op->copy) == DAQS_OK)
        return true;
    self->copy_due = true;
    copied(op);
    return true;
}
