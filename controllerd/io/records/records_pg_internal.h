/* SPDX-License-Identifier: Apache-2.0 */
/* records_pg_internal - shared by the engine's files. */
#ifndef DAQS_CONTROLLERD_IO_RECORDS_RECORDS_PG_INTERNAL_H
#define DAQS_CONTROLLERD_IO_RECORDS_RECORDS_PG_INTERNAL_H

#include "controllerd/core/records/fate.h"
#include "controllerd/core/records/revisions.h"
#include "controllerd/io/pg/pg_client.h"
#include "controllerd/io/pg/pg_migrate.h"
#include "controllerd/io/records/pg_change.h"
#include "controllerd/io/records/records_pg.h"
#include "controllerd/io/store/records_copy.h"

/* A silent database counts as away after this; it is asked once a second. */
enum { AWAY_MS = 2000, POLL_MS = 1000 };
/* Limits of transactions: of a few rows, and of many. */
enum { LIMIT_MS = 1800, LIMIT_MANY_MS = 60000, MANY = 1000 };
#define RECORDS_ROWS_MOST 4000000
#define RECORDS_BYTES_MOST ((size_t)2 << 30)

struct records_pg;
struct revoked;

/* A change that waits, or is under way. */
struct change_op {
    struct pg_job pg; /* first member */
    struct records_pg *engine;
    int64_t asked_ms; /* monotonic: when it was asked for, not when its turn came */
    struct pg_change change;
    struct fate fate;
    void (*done)(struct store_job *job); /* of the write */
    void *context;
    struct store_identity who;
    struct records_copy copy;
    void (*copied)(struct change_op *op);
    bool incomplete; /* the copy lacks records of the trail; it is completed later */
    bool stopped;    /* its store job never ran */
    struct change_op *prev, *next;
};

/* WATCH_SCHEMA: the schema is checked, once. WATCH_HELD: all is to be read when the change that is
 * under way has ended. */
enum watch_step { WATCH_IDLE, WATCH_SCHEMA, WATCH_COMPARE, WATCH_HELD, WATCH_RELOAD };

/* What others do. */
struct watch {
    struct pg_job pg; /* first member */
    struct records_pg *engine;
    enum watch_step step;
    struct pg_migrate migrate; /* while migrations are applied */
    bool whole;                /* it reads all records, which may take long */
    bool full;                 /* this comparison is of all names */
    int64_t next_ms;           /* monotonic: of the next comparison */
    int64_t full_ms;           /* monotonic: when all names were compared last */
    int64_t compared_ms;       /* UTC: of this comparison */
    uint64_t connects;         /* connections made before that */
    char **name;               /* to reload, those of which the copy is behind as well */
    size_t names, name_capacity;
    size_t read;      /* of them */
    size_t went_back; /* of them */
    char went_back_text[256];
};

struct records_pg {
    struct records base; /* first member */
    struct records_pg_setup given;
    struct records_pg_listener listener;
    struct pg_client *client;
    struct revisions *hosts;
    struct revisions *principals;
    int64_t ledger;          /* number of the database */
    int64_t audit;           /* number of the last record of the trail that was read */
    struct change_op *ops;   /* the first is under way if 'busy' */
    struct change_op *ended; /* refused; told by the next tick */
    int64_t long_ms;         /* monotonic: when the last change of many rows ended */
    bool busy;
    bool stopped;
    bool schema_known;     /* it is one that this program can use */
    bool loaded;           /* all records have been read since the start */
    bool known;            /* the records are to be believed */
    bool other;            /* the last answer was of another database */
    bool whole_due;        /* all are to be read again; what is known counts */
    bool copy_due;         /* the copy has less than is known: see revisions_behind */
    bool copy_failing;     /* the last one was not written */
    int64_t copy_again_ms; /* monotonic: when the next one may be tried */
    char skipped_text[sizeof((struct image *)NULL)->skipped_text];
    struct revoked *revoked; /* keys that are still in the database */
    struct watch watch;
    int64_t mono_ms, wall_ms; /* of the last tick */
    int64_t answered_ms;      /* monotonic: of the last comparison that ended well */
    int64_t away_since_ms;    /* UTC; 0: it is not away */
    int64_t failing_ms; /* monotonic: since when it cannot be read though it answers; 0: it can */
    char failure[160];  /* why */
    bool failing_told;
    bool clock_differs; /* from this machine's, which was logged */
    bool durable, durable_known;
    int64_t not_durable_since_ms; /* UTC */
    int64_t copy_ms;              /* UTC */
    int64_t marked_ms;            /* monotonic: when the copy's age was stored */
};

extern const struct records_engine records_pg_engine; /* records_pg.c */

/* --- pg_believe.c --- */

/* Returns for how long the database has not answered (ms); 0: it does. */
int64_t records_pg_silent_ms(const struct records_pg *self);
/* Takes the image's revisions of hosts, of principals, or of both, as far as what they are of is
 * believed: otherwise a later change by others would not be noticed. */
enum { TAKE_HOSTS = 1, TAKE_PRINCIPALS = 2, TAKE_ALL = TAKE_HOSTS | TAKE_PRINCIPALS };
void records_pg_take_revisions(struct records_pg *self, const struct image *image, unsigned taken);
/* Adds what a job has read to the image (rows_read), and what is to be kept of rows that are not
 * valid. */
void records_pg_read(const struct records_pg *self, const struct pg_job *job, size_t first,
                     struct image *image);
/* Warns of rows that are not valid, once. */
void records_pg_note_skipped(struct records_pg *self, const struct image *image);
/* Takes the image over, and stores it in the copy. It has all that is in the audit trail of its
 * names since what the copy has. */
void records_pg_copy(struct records_pg *self, struct image *image);
/* Takes the image over, believes it, and stores it in the copy. Not one that has failed. */
void records_pg_believe(struct records_pg *self, struct image *image);
/* After a copy was written, or not: then a comparison completes it later. */
void records_pg_note_copy(struct records_pg *self, const struct store_job *job);
void records_pg_note_copied(struct records_pg *self, const struct image *image);
/* When the copy was last the same, for the copy; 0: it is not the same. */
int64_t records_pg_copy_ms(const struct records_pg *self);
/* The next comparison is of all names. */
void records_pg_compare_all(struct records_pg *self);
struct rows_trail records_pg_trail(const struct records_pg *self);

/* Initialises a job whose first statement requires that the database is the one that is known. */
void records_pg_job(const struct records_pg *self, struct pg_job *job, enum pg_access access);
/* It is another one: nothing is believed from then on. _is_other: if a job failed because of that.
 */
void records_pg_note_other(struct records_pg *self);
bool records_pg_is_other(struct records_pg *self, const struct pg_job *job);

/* --- pg_health.c --- */

void records_pg_say(const struct records_pg *self, enum records_news news, int64_t since_ms,
                    const char *text);
void records_pg_note_answer(struct records_pg *self);
/* A comparison has met what will not pass by itself; 'why' is for people. */
void records_pg_note_failing(struct records_pg *self, const char *why);
/* The database's clock (ms, UTC), just read. */
void records_pg_note_clock(struct records_pg *self, int64_t theirs_ms);
/* Call it several times a second. */
void records_pg_note_silence(struct records_pg *self);
/* The settings synchronous_standby_names and synchronous_commit; NULL: not known. */
void records_pg_note_standbys(struct records_pg *self, const char *names, const char *commit);

/* --- pg_queue.c --- */

/* Returns true while the database may work on something of this controller for long. */
bool records_pg_is_long(const struct records_pg *self);

/* 'given': kind, write, asker and 'by'. */
int records_pg_add(struct records_pg *self, const struct pg_change *given);
/* Returns true, with the reason, if no change can be stored now; or if it is not even known what is
 * stored. */
bool records_pg_refuses(const struct records_pg *self, struct daqs_error *err);
bool records_pg_is_unknown(const struct records_pg *self, struct daqs_error *err);
/* Call it several times a second: begins a change that has waited, and ends those that were
 * refused, or wait while the database does not answer. A caller that is told may submit others,
 * which are then told as well. */
void records_pg_tell(struct records_pg *self);

/* --- pg_change_copy.c --- */

/* Takes the revisions that a change which is stored has read back, and writes the copy; then calls
 * copied. Returns false if out of memory: copied is not called. */
bool records_pg_copy_change(struct change_op *op, void (*copied)(struct change_op *op));

/* --- pg_revoked.c --- */

/* A revocation that was decided on this revision could not be stored; or a change of that principal
 * was. */
void records_pg_note_revoked(struct records_pg *self, const struct records_principal *w,
                             int64_t revision);
void records_pg_forget_revoked(struct records_pg *self, const char *name);
/* Removes those keys from an image; forgets those that the image does not have under their names.
 */
void records_pg_leave_out_revoked(struct records_pg *self, struct image *image);
/* Stores the next revocation. */
void records_pg_store_revoked(struct records_pg *self);
void records_pg_free_revoked(struct records_pg *self);

/* --- pg_take_over.c --- */

int records_pg_write_epoch(struct records *records, struct records_epoch *job);

/* --- pg_open.c --- */

/* Make the schema, and get the number of the database. For use before the loop starts.
 * *ret_away (may be NULL): the database does not answer. */
int records_pg_schema(struct pg_client *client, bool *ret_away, struct daqs_error *err);
int records_pg_number(struct pg_client *client, int64_t *ret, struct daqs_error *err);

/* --- pg_watch_schema.c --- */

/* Checks the schema, for a controller that has started while the database was away, and applies
 * what this program has more. What is wrong is noted as failing. */
void records_pg_watch_schema(struct records_pg *self);

/* --- pg_watch_names.c --- */

/* Adds a name to those that are read again; back: the database has an older revision of it than
 * this program has seen. Without memory, all records are read again. */
void records_pg_watch_add(struct watch *watch, const char *name, bool back);

/* Ends the step that is under way. */
void records_pg_watch_idle(struct watch *watch);

void records_pg_watch_done(struct records_pg *self);

/* --- pg_watch.c --- */

void records_pg_watch(struct records_pg *self);

#endif
