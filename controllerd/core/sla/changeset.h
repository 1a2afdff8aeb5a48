/* changeset - changes of the ledger that are made together: all of them, or none. */
#ifndef DAQS_CONTROLLERD_CORE_SLA_CHANGESET_H
#define DAQS_CONTROLLERD_CORE_SLA_CHANGESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/sla/ledger.h"
#include "shared/base/arena.h"

/* As the audit trail calls it. Names are stored: append only. */
#define LEDGER_CHANGE_KINDS(X)                                                                     \
    X(SET, "set-sla")                                                                              \
    X(UNSET, "unset-sla")                                                                          \
    X(APPLY, "apply")                                                                              \
    X(RENAME, "sla-renamed")                                                                       \
    X(MOVE, "sla-moved")                                                                           \
    X(LEARN, "") /* the VM's UUID and nothing else; not in the trail */

enum ledger_change_kind {
#define X(name, text) LEDGER_##name,
    LEDGER_CHANGE_KINDS(X)
#undef X
};

const char *ledger_change_name(enum ledger_change_kind kind);

/* What one entry was and is to be. A set of steps has one for an entry. */
struct ledger_change {
    enum ledger_change_kind kind;
    const char *host;
    const char *vm;
    bool has_old;
    bool has_new; /* false: the entry goes */
    struct sla old_sla;
    struct sla new_sla;
    const char *uuid;  /* of the new entry */
    const char *other; /* RENAME, MOVE: "HOST/VM" where it came from or goes to; else "" */
    uint32_t line;     /* APPLY: of the file; 0: it is not in the file */
};

struct changeset {
    struct daqs_arena arena; /* the texts */
    struct ledger_change *change;
    size_t count;
    size_t capacity;
};

void changeset_init(struct changeset *changes);
void changeset_done(struct changeset *changes);

/* Another step about an entry that is now as in 'old' (NULL: there is none), with the same UUID and
 * no new SLA; texts are copied. The steps', until the next is added. NULL if out of memory. */
struct ledger_change *changeset_add(struct changeset *changes, enum ledger_change_kind kind,
                                    const char *host, const char *vm,
                                    const struct ledger_entry *old);

/* Copies of texts that live as long as the steps; NULL if out of memory. */
const char *changeset_text(struct changeset *changes, const char *text);
const char *changeset_place(struct changeset *changes, const char *host, const char *vm);

/* The new entry's VM has this UUID ("": not known), unless the entry knows one already: then it may
 * be another VM's of that name, which the relocator finds out. False if out of memory. */
bool changeset_name_vm(struct changeset *changes, struct ledger_change *change, const char *uuid);

/* Makes them in the ledger. DAQS_ENOMEM: some may not have been made. */
int changeset_apply(const struct changeset *changes, struct ledger *ledger, int64_t at_ms,
                    const char *by);

#endif
