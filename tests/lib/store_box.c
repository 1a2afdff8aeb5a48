#include "tests/lib/store_box.h"

#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/migrate.h"
#include "controllerd/io/schema.h"

struct store *try_open(struct box *box, struct daqs_error *err)
{
    return store_open(box->path, STORE_BOX_KEEP_MS, 1000, &box->epoch, err);
}

void open_store(struct box *box)
{
    struct daqs_error err = {0};
    box->store = try_open(box, &err);
    if (!box->store)
        fail_msg("%s", err.text);
}

void close_store(struct box *box)
{
    store_close(box->store);
    box->store = NULL;
}

void make_version(struct box *box, int version)
{
    struct daqs_error err = {0};
    close_store(box);
    assert_int_equal(unlink(box->path), 0);
    sqlite3 *db = open_file(box);
    if (migrate(db, schema_migrations, version, 1000, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int make_folder(void **state)
{
    struct box *box = calloc(1, sizeof *box);
    if (!box)
        return -1;
    (void)snprintf(box->folder, sizeof box->folder, "/tmp/daqs-test-store.XXXXXX");
    *state = box;
    if (!mkdtemp(box->folder))
        return -1;
    (void)snprintf(box->path, sizeof box->path, "%s/daqs.db", box->folder);
    return 0;
}

int make_store(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    open_store(*state);
    return 0;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
    (void)s;
    (void)type;
    (void)where;
    return remove(path);
}

int remove_all(void **state)
{
    struct box *box = *state;
    store_close(box->store);
    int result = nftw(box->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(box);
    return result;
}

/* --- a second look at the file, past the store --- */

sqlite3 *open_file(const struct box *box)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(box->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, PATIENCE_S * 1000);
    return db;
}

void run(const struct box *box, const char *sql)
{
    struct daqs_error err = {0};
    sqlite3 *db = open_file(box);
    if (sqlite_run(db, sql, &err) != DAQS_OK)
        fail_msg("%s: %s", sql, err.text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int64_t number(const struct box *box, const char *sql)
{
    struct daqs_error err = {0};
    int64_t value = 0;
    sqlite3 *db = open_file(box);
    if (sqlite_number(db, sql, -12345, &value, &err) != DAQS_OK)
        fail_msg("%s: %s", sql, err.text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

/* --- jobs --- */

void set_flag(struct store_job *job)
{
    *(bool *)job->context = true;
}

void wait_for(struct store *store, const bool *flag)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (!*flag) {
        struct pollfd fds[] = {{.fd = store_write_fd(store), .events = POLLIN},
                               {.fd = store_query_fd(store), .events = POLLIN}};
        assert_true(time(NULL) < end);
        assert_true(poll(fds, 2, 1000) >= 0);
        store_reap(store);
    }
}
