/* SPDX-License-Identifier: Apache-2.0 */
/* pg_change - the transaction of a change of records in the shared database.
 *
 * It compares and raises the revision of each host or principal that it concerns, in the order of
 * their names, so transactions do not lock each other out. A rule that is not met means that others
 * have changed one of them. Then it changes rows, adds to the audit trail, and reads
 * back what is stored of these names now. */
#ifndef DAQS_CONTROLLERD_IO_RECORDS_PG_CHANGE_H
#define DAQS_CONTROLLERD_IO_RECORDS_PG_CHANGE_H

#include "controllerd/core/records/revisions.h"
#include "controllerd/core/records/rows.h"
#include "controllerd/io/store/records.h"

enum pg_change_kind { PG_CHANGE_SLAS, PG_CHANGE_POLICY, PG_CHANGE_HOST, PG_CHANGE_PRINCIPAL };

struct pg_change {
    enum pg_change_kind kind;
    struct store_job *write;      /* a records_changeset, records_policy and so on */
    const struct identity *asker; /* of the write */
    char *by;                     /* the asker's name, in the write */
    uint8_t request[REQUEST_BYTES];
    const char **name; /* that it concerns, sorted; the texts are the write's */
    int64_t *revision; /* of each, which it was decided on */
    size_t names;
    int64_t key_revision; /* of a host that is forgotten: of its principal */
    size_t read_back;     /* number of the first statement that reads back */
};

/* Takes kind, write, asker and 'by' from 'given', finds the names, and gives it a number. The
 * revisions are those of now, because it was just decided. Returns false if out of memory. */
bool pg_change_init(struct pg_change *change, const struct pg_change *given,
                    const struct revisions *hosts, const struct revisions *principals);
void pg_change_done(struct pg_change *change);

/* Returns true if it concerns the name. */
bool pg_change_concerns(const struct pg_change *change, const char *name);

/* Adds its statements to a job. The asker's name must be in the write. */
void pg_change_build(struct pg_change *change, struct pg_job *job);

/* Adds statements that wait for the end of the change's transaction, and then look for it; if the
 * last one returns a row, it is stored. */
void pg_change_look(const struct pg_change *change, struct pg_job *job);

#endif
