/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_txn.h"

#include <stdio.h>
#include <string.h>

void pg_txn_init(struct pg_txn *txn, enum pg_access access)
{
    *txn = (struct pg_txn){.step = PG_STEP_STATEMENTS, .access = access, .failed = PG_NO_STATEMENT};
}

static void note(struct pg_txn *txn, enum pg_class class, int statement, const char *sqlstate,
                 const char *detail)
{
    if (txn->class != PG_CLASS_NONE)
        return;
    txn->class = class;
    txn->failed = statement;
    (void)snprintf(txn->sqlstate, sizeof txn->sqlstate, "%.5s", sqlstate ? sqlstate : "");
    (void)snprintf(txn->detail, sizeof txn->detail, "%s", detail ? detail : "");
}

static void end(struct pg_txn *txn, enum pg_outcome outcome)
{
    txn->outcome = outcome;
    txn->step = PG_STEP_END;
}

void pg_txn_reply(struct pg_txn *txn, int statement, enum pg_rule rule,
                  const struct pg_reply *reply)
{
    if (!reply->ok)
        note(txn, pg_class_of(reply->sqlstate), statement, reply->sqlstate, reply->detail);
    else if ((rule == PG_CHANGES_ONE && reply->changed != 1) ||
             (rule == PG_CHANGES_SOME && reply->changed == 0))
        note(txn, PG_CLASS_CONFLICT, statement, NULL, NULL);
}

void pg_txn_too_large(struct pg_txn *txn, int statement)
{
    note(txn, PG_CLASS_TOO_LARGE, statement, NULL, NULL);
}

void pg_txn_exchanged(struct pg_txn *txn, bool more)
{
    if (txn->step == PG_STEP_ROLLBACK)
        end(txn, PG_NOT_DONE);
    else if (txn->step != PG_STEP_STATEMENTS)
        return;
    else if (txn->class != PG_CLASS_NONE)
        txn->step = PG_STEP_ROLLBACK;
    else if (!more && txn->access == PG_READ)
        end(txn, PG_DONE);
    else if (!more)
        txn->step = PG_STEP_COMMIT;
}

void pg_txn_commit_sent(struct pg_txn *txn)
{
    txn->sent = true;
}

void pg_txn_warning(struct pg_txn *txn, const char *detail)
{
    if (!txn->sent || txn->step != PG_STEP_COMMIT)
        return;
    txn->warned = true;
    note(txn, PG_CLASS_NOT_REPLICATED, PG_NO_STATEMENT, NULL, detail);
}

void pg_txn_committed(struct pg_txn *txn, const struct pg_reply *reply, bool idle)
{
    const char *tag = reply->tag ? reply->tag : "";
    if (reply->ok && strcmp(tag, "COMMIT") == 0) {
        end(txn, txn->warned ? PG_UNKNOWN : PG_DONE);
        return;
    }
    if (reply->ok) { /* the server rolls back a transaction that had failed, and says so */
        note(txn, PG_CLASS_OTHER, PG_NO_STATEMENT, NULL, "COMMIT was not carried out");
        end(txn, strcmp(tag, "ROLLBACK") == 0 && !txn->warned ? PG_NOT_DONE : PG_UNKNOWN);
        return;
    }
    note(txn, pg_class_of(reply->sqlstate), PG_NO_STATEMENT, reply->sqlstate, reply->detail);
    bool undone = idle && !txn->warned && reply->sqlstate && *reply->sqlstate &&
                  pg_error_undoes(reply->sqlstate);
    end(txn, undone ? PG_NOT_DONE : PG_UNKNOWN);
}

void pg_txn_lost(struct pg_txn *txn, enum pg_class class, const char *sqlstate, const char *detail)
{
    if (txn->step == PG_STEP_END)
        return;
    note(txn, class, PG_NO_STATEMENT, sqlstate, detail);
    end(txn, txn->sent ? PG_UNKNOWN : PG_NOT_DONE);
}

int64_t pg_pause_ms(unsigned attempt, int64_t least_ms, int64_t most_ms, uint32_t random)
{
    int64_t pause_ms = most_ms;
    if (attempt < 16 && (least_ms << attempt) < most_ms)
        pause_ms = least_ms << attempt;
    return pause_ms / 2 + (pause_ms - pause_ms / 2) * (int64_t)random / UINT32_MAX;
}
