/* SPDX-License-Identifier: Apache-2.0 */
/* pg_error - what the errors of PostgreSQL mean for the controller. */
#ifndef DAQS_CONTROLLERD_CORE_PG_PG_ERROR_H
#define DAQS_CONTROLLERD_CORE_PG_PG_ERROR_H

#include <stdbool.h>

#define PG_SQLSTATE 6 /* bytes of an SQLSTATE, with its terminator */

/* X(NAME, meaning). What a transaction that failed has met; what to do about it follows from this
 * alone. */
#define PG_CLASSES(X)                                                                              \
    X(NONE, "no error")                                                                            \
    /* A rule of the transaction was not met: somebody else has changed the rows. Reload them. */  \
    X(CONFLICT, "changed by others in the meantime")                                               \
    /* 40001, 40P01, 55P03: transactions collided. The same one may be run again at once. */       \
    X(AGAIN, "collided with another transaction")                                                  \
    /* No connection, too many connections, a server that starts, stops or has no disk. */         \
    X(UNAVAILABLE, "not available")                                                                \
    /* The limit of the job has passed: the server, or what it waits for, does not answer. */      \
    X(SILENT, "does not answer")                                                                   \
    /* Only read-only servers were found, or the leader has become one. */                         \
    X(READ_ONLY, "read-only")                                                                      \
    /* 28xxx, 42501: wrong password, no entry in pg_hba.conf, no privilege. */                     \
    X(FORBIDDEN, "permission denied")                                                              \
    /* 3Dxxx, 3Fxxx, 42xxx: no such database, schema, table or column. */                          \
    X(SCHEMA, "schema does not fit")                                                               \
    /* 22xxx, 23xxx: a value is out of bounds, or a key exists. */                                 \
    X(REFUSED, "refused")                                                                          \
    /* The results have more rows or bytes than the job allows. */                                 \
    X(TOO_LARGE, "too large")                                                                      \
    /* Stored by the leader; whether a standby has it is not known. */                             \
    X(NOT_REPLICATED, "perhaps not replicated")                                                    \
    /* The client was stopped first. */                                                            \
    X(STOPPED, "stopped")                                                                          \
    X(OTHER, "failed")

enum pg_class {
#define X(name, text) PG_CLASS_##name,
    PG_CLASSES(X)
#undef X
};

/* Returns the meaning, for people. */
const char *pg_class_text(enum pg_class class);

/* Returns the class of an error. NULL or "": the server has sent no SQLSTATE, so the connection
 * failed. */
enum pg_class pg_class_of(const char *sqlstate);

/* Returns true if an answer to COMMIT with this error proves that nothing is stored, provided that
 * the server went on to serve the connection. An error that may come from a server that stops, from
 * a pooler that lost its server, or that says so itself (40003) proves nothing. */
bool pg_error_undoes(const char *sqlstate);

/* Returns true if the database cannot be used now, but may be later: it does not answer, or only a
 * server that stores nothing does. */
bool pg_class_is_away(enum pg_class class);

/* Finds the SQLSTATE in the text of a failed connection, in libpq's verbose form ("FATAL:  28P01:
 * ..."): libpq has no other way to tell it. Stores "" if there is none. */
void pg_sqlstate_in(const char *text, char ret[static PG_SQLSTATE]);

#endif
