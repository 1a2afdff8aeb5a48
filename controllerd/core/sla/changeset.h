/* SPDX-License-Identifier: Apache-2.0 */
/* changeset - changes of the ledger that are made together: all of them, or none. */
#ifndef DAQS_CONTROLLERD_CORE_SLA_CHANGESET_H
#define DAQS_CONTROLLERD_CORE_SLA_CHANGESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/sla/ledger.h"
#include "shared/base/arena.h"

/* Names as in the audit trail. They are stored in the database: append only. */
#define LEDGER_CHANGE_KINDS(X)                                                                     \
    X(SET, "set-sla")                                                                              \
    X(UNSET, "unset-sla")                                                                          \
    X(APPLY, "apply")                                                                              \
    X(RENAME, "sla-renamed")                                                                       \
    X(MOVE, "sla-moved")                                                                           \
    X(LEARN, "") /* only sets the VM's UUID, and whether it is gone; not recorded in the trail */

enum ledger_change_kind {
#define X(name, text) LEDGER_##name,
    LEDGER_CHANGE_KINDS(X)
#undef X
};

const char *ledger_change_name(enum ledger_change_kind kind);

/* The old and the new state of one entry. A changeset has at most one change for an entry. */
struct ledger_change {
    enum ledger_change_kind kind;
    const char *host;
    const char *vm;
    bool has_old;
    bool has_new; /* false: the entry is removed */
    struct sla old_sla;
    struct sla new_sla;
    const char *uuid;  /* of the new entry */
    bool gone;         /* LEARN: of the new entry; those of other kinds are not */
    const char *other; /* RENAME, MOVE: "HOST/VM" it comes from or goes to; else "" */
    uint32_t line;     /* APPLY: of the file; 0: not in the file */
};

struct changeset {
    struct daqs_arena arena; /* the texts */
    struct ledger_change *change;
    size_t count;
    size_t capacity;
};

void changeset_init(struct changeset *changes);
void changeset_done(struct changeset *changes);

/* Adds a change of an entry that is now as in 'old' (NULL: there is none). The change has the same
 * UUID and no new SLA; texts are copied. Returns the change, owned by the changeset and valid until
 * the next one is added. NULL if out of memory. */
struct ledger_change *changeset_add(struct changeset *changes, enum ledger_change_kind kind,
                                    const char *host, const char *vm,
                                    const struct ledger_entry *old);

/* Return copies of texts that live as long as the changeset; NULL if out of memory. */
const char *changeset_text(struct changeset *changes, const char *text);
const char *changeset_place(struct changeset *changes, const char *host, const char *vm);

/* Sets the UUID of the new entry's VM ("": unknown), unless the entry has a UUID already: then it
 * may be of another VM with that name, which relocation.c resolves. Returns false if out of
 * memory. */
bool changeset_name_vm(struct changeset *changes, struct ledger_change *change, const char *uuid);

/* Makes the changes in the ledger. DAQS_ENOMEM: some may not have been made. */
int changeset_apply(const struct changeset *changes, struct ledger *ledger, int64_t at_ms,
                    const char *by);

#endif
