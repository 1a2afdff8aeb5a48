/* store_box - a database in a folder of its own, for tests of the store. */
#ifndef DAQS_TESTS_LIB_STORE_BOX_H
#define DAQS_TESTS_LIB_STORE_BOX_H

#include "tests/lib/check.h"

#include "controllerd/io/sqlite_util.h"
#include "controllerd/io/store.h"

enum { STORE_BOX_KEEP_MS = 60000, STORE_BOX_NAME_BYTES = 96, PATIENCE_S = 60 };

struct box {
    char folder[STORE_BOX_NAME_BYTES / 2];
    char path[STORE_BOX_NAME_BYTES];
    struct store *store;
    uint64_t epoch;
};

struct store *try_open(struct box *box, struct daqs_error *err);
void open_store(struct box *box);
void close_store(struct box *box);

/* Closes the store and begins a new file, as a program of that schema version left it. */
void make_version(struct box *box, int version);

/* cmocka's: *state is the box. */
int make_folder(void **state);
int make_store(void **state);
int remove_all(void **state);

/* --- a second look at the file, past the store --- */

sqlite3 *open_file(const struct box *box);
void run(const struct box *box, const char *sql);
int64_t number(const struct box *box, const char *sql);

/* --- jobs: 'done' for one whose context is a flag, and waiting for that --- */

void set_flag(struct store_job *job);
void wait_for(struct store *store, const bool *flag);

#endif
