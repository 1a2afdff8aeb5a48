/* SPDX-License-Identifier: Apache-2.0 */
/* store_box - a database in a separate folder, for tests of the store. */
#ifndef DAQS_TESTS_LIB_STORE_BOX_H
#define DAQS_TESTS_LIB_STORE_BOX_H

#include "tests/lib/check.h"

#include "controllerd/io/store/history.h"
#include "controllerd/io/store/records.h"
#include "controllerd/io/store/sqlite_util.h"

enum { STORE_BOX_KEEP_S = 600, STORE_BOX_NAME_BYTES = 96, PATIENCE_S = 60 };

struct box {
    char folder[STORE_BOX_NAME_BYTES / 2];
    char path[STORE_BOX_NAME_BYTES];
    struct store *store;
    struct records *records;
    uint64_t epoch;
    size_t nics_most; /* of a host; 0: the maximum */
};

struct store *try_open(struct box *box, struct daqs_error *err);
void open_store(struct box *box);
/* Takes over a store that is open (NULL: none), and makes its records. */
void take_store(struct box *box, struct store *store);
void close_store(struct box *box);

/* Closes the store and makes a new file as a program with that schema version left it. */
void make_version(struct box *box, int version);

/* For cmocka: *state is the box. */
int make_folder(void **state);
int make_store(void **state);
int remove_all(void **state);

/* --- direct access to the file --- */

sqlite3 *open_file(const struct box *box);
void run(const struct box *box, const char *sql);
int64_t number(const struct box *box, const char *sql);
/* Closes the store, overwrites the root page of a table, and opens the store again. */
void box_damage(struct box *box, const char *table);

/* --- jobs: a 'done' callback that sets the flag in its context, and waiting for that --- */

void set_flag(struct store_job *job);
void wait_for(struct store *store, const bool *flag);

/* --- nics and their seconds --- */

struct named {
    const char *vm;
    const char *uuid;
    const char *uplink;
    uint8_t mac;
};

/* Names the nics of a host. Their ids are stored in ret, the host's in *ret_host. */
void name_nics(struct box *box, const char *host, const struct named *named, size_t nics,
               int64_t *ret, int64_t *ret_host);

/* db1 has nics 1 and 2, web1 has nic 3; db1 of node2 has nic 1. */
struct names {
    int64_t nic[4];
    int64_t host[4]; /* of each nic */
};
void name_all(struct box *box, struct names *ret);

struct store_rollups *new_points(int64_t now_s);
/* For the 'done' of a job: frees it. */
void free_points(struct store_job *job);
/* Adds a second of one nic that was measured for the whole second. */
void add_second(struct store_rollups *job, int64_t time_s, int64_t host, int64_t nic,
                daqs_bps usage, daqs_bps limit, daqs_bps demand);
/* Writes the job, waits for it and frees it. Returns its result. */
int write_points(struct box *box, struct store_rollups *job, struct daqs_error *err);
/* Writes a second of names->nic[index]. */
int write_second(struct box *box, int64_t time_s, const struct names *names, size_t index,
                 daqs_bps usage, daqs_bps limit, daqs_bps demand, struct daqs_error *err);

/* Return the first part of a query about a span, which the caller frees; and run a query. */
struct store_question *box_question(const char *host, const char *vm, int64_t from_s, int64_t to_s);
void box_ask(struct box *box, struct store_question *job,
             int (*query)(struct store *store, struct store_question *question));

/* Returns one part of an answer; the caller ends it with history_answered(). */
struct store_question *ask_history(struct box *box, const char *host, const char *vm,
                                   int64_t from_s, int64_t to_s, int64_t step_s);
void history_answered(struct store_question *job);
/* Checks rows of node1: seconds, the nic as the last digit of its MAC address, and rates in whole
 * Mbit/s, with - for an empty cell. */
void assert_history(struct box *box, const char *vm, int64_t from_s, int64_t to_s, int64_t step_s,
                    const char *expected);

#endif
