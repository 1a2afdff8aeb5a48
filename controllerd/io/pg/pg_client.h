/* SPDX-License-Identifier: Apache-2.0 */
/* pg_client - runs transactions on a PostgreSQL server, on a thread of its own. The loop never
 * waits for the server.
 *
 * A transaction is a pg_job. The client owns it from pg_client_submit until pg_client_reap calls
 * its 'done' on the loop's thread. Jobs run one after another, in the order of submission, over one
 * connection:
 *
 *     BEGIN, the job's statements      in one round trip, up to the job's limit
 *     ROLLBACK                         if a statement failed or a rule is not met: PG_NOT_DONE
 *     COMMIT                           a message of its own; waited for PG_COMMIT_MS
 *
 * A job is PG_NOT_DONE whatever happens before COMMIT is sent. After that it is PG_DONE if the
 * server says so, PG_NOT_DONE if the server says that it has rolled back, and otherwise PG_UNKNOWN:
 * connection lost, no answer in time, or a warning, such as that the wait for a synchronous standby
 * was cancelled.
 *
 * The client connects when a job needs it. Without a connection, jobs wait for one until their
 * limit passes; attempts follow each other with a growing pause of PG_PAUSE_LEAST_MS to
 * PG_PAUSE_MOST_MS. If the server refuses the role, the password or the database, the waiting jobs
 * end at once. A connection that has ended while it was idle is replaced, and the job begins again
 * on the new one. An error that leaves the connection in doubt ends the connection.
 *
 * Nothing depends on the session: no prepared statements by name, no settings outside a
 * transaction, no LISTEN, no advisory locks. So it also works through PgBouncer in transaction
 * mode.
 *
 * Passwords are in no log line and in no error text. */
#ifndef DAQS_CONTROLLERD_IO_PG_PG_CLIENT_H
#define DAQS_CONTROLLERD_IO_PG_PG_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/pg/pg_job.h"
#include "shared/base/error.h"

#define PG_CONNECT_MS 2000    /* an attempt with one server: connecting, TLS, password */
#define PG_COMMIT_MS 10000    /* from sending COMMIT until its answer is given up */
#define PG_PAUSE_LEAST_MS 100 /* between attempts to connect */
#define PG_PAUSE_MOST_MS 1000
#define PG_JOBS_MOST 1024 /* that wait for their turn */

struct pg_client;

/* Checks a connection string of libpq ("postgresql://..." or "host=..."). DAQS_EINVALID: it is not
 * one. The error text has nothing of the string, which may contain a password. */
int pg_conninfo_check(const char *conninfo, struct daqs_error *err);

/* Writes "HOST:PORT,.../DATABASE" of a connection string for people: no user, no password. Without
 * a host the text says "local socket". Returns buf. */
#define PG_NAME_BYTES 256
const char *pg_conninfo_name(const char *conninfo, char buf[static PG_NAME_BYTES]);

/* Starts a client, which does not connect yet. Added to the operator's string, unless it names
 * them: tcp_user_timeout 5 s, target_session_attrs read-write, application_name 'name'; and always
 * client_encoding UTF8. Its connect_timeout has no effect (libpq heeds that only in calls that
 * block): PG_CONNECT_MS counts. Several hosts are tried at once; the first one that is writable
 * wins. Returns NULL, with an error text: DAQS_EINVALID as above, DAQS_ENOMEM. */
struct pg_client *pg_client_new(const char *conninfo, const char *name, struct daqs_error *err);

/* Submits a job, which needs at least one statement. DAQS_ENOMEM: it could not be built.
 * DAQS_EBUSY: PG_JOBS_MOST jobs wait, or the client is stopped. On failure the caller keeps the
 * job. */
int pg_client_submit(struct pg_client *client, struct pg_job *job);

/* Returns a descriptor that is readable while finished jobs wait; call pg_client_reap then. The
 * client owns it. */
int pg_client_fd(const struct pg_client *client);

/* Calls 'done' of the finished jobs. */
void pg_client_reap(struct pg_client *client);

/* Ends the waiting jobs whose limit has passed at now_ms (monotonic), even if the thread is held up
 * by another job or by the resolution of a name. Call it a few times a second. */
void pg_client_tick(struct pg_client *client, int64_t now_ms);

/* Submits a job and waits until it is done, calling 'done' of this and of other jobs meanwhile. For
 * use before the loop starts. Returns DAQS_OK if the job is PG_DONE; otherwise the code in its
 * error. The caller keeps the job, and sets neither 'done' nor 'context'. */
int pg_client_run(struct pg_client *client, struct pg_job *job);

/* What the client knows of the server. */
struct pg_status {
    bool connected;
    uint64_t connects;   /* connections made so far. After a new one the server may be another,
                          * with other data */
    int64_t answered_ms; /* monotonic time of the last answer of a server; 0: none yet */
    int64_t asked_ms;    /* since when the server owes an answer, or a connection is sought, without
                          * an answer since; 0: it has answered, or was not asked */
    char server[64];     /* "HOST:PORT" of the connection, or of the last one; "" before */
    struct daqs_error error; /* the last failure to connect; code DAQS_OK while connected */
    size_t waiting;          /* jobs that wait for their turn */
};
void pg_client_status(struct pg_client *client, struct pg_status *ret);

/* Stops the client: the waiting jobs end with PG_CLASS_STOPPED. The running one does, too, unless
 * its COMMIT is sent: that is waited for as usual. Calls 'done' of all. Name resolution is not
 * interrupted: it takes what resolv.conf(5) says. */
void pg_client_stop(struct pg_client *client);

/* Stops the client, unless it is stopped, and frees it. NULL is fine. */
void pg_client_free(struct pg_client *client);

#endif
