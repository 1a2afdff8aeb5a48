/* SPDX-License-Identifier: Apache-2.0 */
/* pg_txn - decides what became of one transaction, from what the server answers or does not.
 *
 * The client reports each answer, asks for the next step after each exchange, and finds the outcome
 * when the step is PG_STEP_END. */
#ifndef DAQS_CONTROLLERD_CORE_PG_PG_TXN_H
#define DAQS_CONTROLLERD_CORE_PG_PG_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/pg/pg_job.h"

enum pg_step {
    PG_STEP_STATEMENTS, /* send the statements, or the next ones; then COMMIT follows */
    PG_STEP_ROLLBACK,   /* send ROLLBACK */
    PG_STEP_COMMIT,     /* send COMMIT */
    PG_STEP_END,
};

struct pg_txn {
    enum pg_step step;
    enum pg_access access;
    bool sent;   /* COMMIT may have reached the server */
    bool warned; /* with a warning while COMMIT was waited for */
    enum pg_outcome outcome;
    enum pg_class class;
    int failed; /* as in pg_job */
    char sqlstate[PG_SQLSTATE];
    char detail[256];
};

/* An answer to one command. */
struct pg_reply {
    bool ok;
    const char *sqlstate; /* of an error; NULL or "": the connection failed */
    const char *detail;   /* of an error; NULL is fine */
    const char *tag;      /* the command's tag, such as "COMMIT" */
    uint64_t changed;     /* rows */
};

void pg_txn_init(struct pg_txn *txn, enum pg_access access);

/* Notes the answer to a statement, or to a command of the client's (PG_NO_STATEMENT). After the
 * first failure others are ignored. */
void pg_txn_reply(struct pg_txn *txn, int statement, enum pg_rule rule,
                  const struct pg_reply *reply);

/* Notes that the results are larger than allowed. */
void pg_txn_too_large(struct pg_txn *txn, int statement);

/* All answers to what was sent have come. 'more': statements are left to send. */
void pg_txn_exchanged(struct pg_txn *txn, bool more);

/* COMMIT is about to be sent. From now on a lost connection means PG_UNKNOWN. */
void pg_txn_commit_sent(struct pg_txn *txn);

/* Notes a warning of the server, which counts while COMMIT is waited for. */
void pg_txn_warning(struct pg_txn *txn, const char *detail);

/* Notes the answer to COMMIT. 'idle': the server then waits for the next transaction. */
void pg_txn_committed(struct pg_txn *txn, const struct pg_reply *reply, bool idle);

/* The connection was lost, or given up (PG_CLASS_SILENT, PG_CLASS_STOPPED): ends the transaction. A
 * transaction that had failed already keeps its reason. */
void pg_txn_lost(struct pg_txn *txn, enum pg_class class, const char *sqlstate, const char *detail);

/* Returns the pause before attempt number 'attempt' (from 0) to connect, between 'least' and
 * 'most': doubled each time, and spread by 'random' over its upper half. */
int64_t pg_pause_ms(unsigned attempt, int64_t least_ms, int64_t most_ms, uint32_t random);

#endif
