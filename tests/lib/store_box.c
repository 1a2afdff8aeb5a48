/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/store/migrate.h"
#include "controllerd/io/store/records_sqlite.h"
#include "controllerd/io/store/schema.h"

struct store *try_open(struct box *box, struct daqs_error *err)
{
    return store_open(box->path, 1, &box->epoch, err);
}

void open_store(struct box *box)
{
    struct daqs_error err = {0};
    take_store(box, try_open(box, &err));
    if (!box->store)
        fail_msg("%s", err.text);
}

void take_store(struct box *box, struct store *store)
{
    records_free(box->records);
    box->store = store;
    box->records = store ? records_sqlite_new(store) : NULL;
    assert_true(!store || box->records);
}

void close_store(struct box *box)
{
    store_close(box->store);
    take_store(box, NULL);
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
    close_store(box);
    int result = nftw(box->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(box);
    return result;
}

/* --- direct access to the file --- */

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

void box_damage(struct box *box, const char *table)
{
    char sql[128];
    uint8_t rubbish[4096];
    memset(rubbish, 0xa5, sizeof rubbish);
    (void)snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    close_store(box);
    int64_t page = number(box, sql);
    assert_true(page > 1);
    int fd = open(box->path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, rubbish, sizeof rubbish, (page - 1) * (off_t)sizeof rubbish),
                     sizeof rubbish);
    assert_int_equal(close(fd), 0);
    open_store(box);
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

/* --- nics and their seconds --- */

void name_nics(struct box *box, const char *host, const struct named *named, size_t nics,
               int64_t *ret, int64_t *ret_host)
{
    bool done = false;
    struct store_names *job = store_names_new(nics);
    assert_non_null(job);
    (void)snprintf(job->host, sizeof job->host, "%s", host);
    job->now_ms = 55;
    job->nics_most = box->nics_most ? box->nics_most : DAQS_MAX_NICS;
    for (size_t i = 0; i < nics; i++) {
        job->nic[i].vm = strdup(named[i].vm);
        job->nic[i].uuid = strdup(named[i].uuid);
        job->nic[i].uplink = strdup(named[i].uplink);
        job->nic[i].mac = (struct daqs_mac){{2, 0, 0, 0, 0, named[i].mac}};
    }
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(store_write_names(box->store, job), DAQS_OK);
    wait_for(box->store, &done);
    assert_int_equal(job->base.result, DAQS_OK);
    for (size_t i = 0; i < nics; i++)
        ret[i] = job->nic[i].id;
    if (ret_host)
        *ret_host = job->host_id;
    store_names_free(job);
}

void name_all(struct box *box, struct names *ret)
{
    static const struct named node1[] = {
        {"db1", "", "up0", 1}, {"db1", "", "up0", 2}, {"web1", "", "up0", 3}};
    static const struct named node2[] = {{"db1", "", "up0", 1}};
    name_nics(box, "node1", node1, 3, ret->nic, ret->host);
    name_nics(box, "node2", node2, 1, ret->nic + 3, ret->host + 3);
    ret->host[1] = ret->host[2] = ret->host[0];
}

struct store_rollups *new_points(int64_t now_s)
{
    struct store_rollups *job = store_rollups_new();
    assert_non_null(job);
    job->now_s = job->mono_s = now_s;
    job->keep = (struct store_keep){
        {STORE_BOX_KEEP_S * 1000, 10 * STORE_BOX_KEEP_S * 1000, 1000 * STORE_BOX_KEEP_S * 1000}};
    return job;
}

void free_points(struct store_job *job)
{
    store_rollups_free((struct store_rollups *)job);
}

void add_second(struct store_rollups *job, int64_t time_s, int64_t host, int64_t nic,
                daqs_bps usage, daqs_bps limit, daqs_bps demand)
{
    const struct rollup rollup = {.value = {[ROLLUP_MS] = 1000,
                                            [ROLLUP_TX] = usage / 8,
                                            [ROLLUP_RX] = usage / 16,
                                            [ROLLUP_LIMIT] = rate_code_encode(limit),
                                            [ROLLUP_DEMAND] = rate_code_encode(demand)}};
    assert_true(store_rollups_begin(job, time_s, host));
    assert_true(store_rollups_add(job, nic, &rollup));
}

int write_points(struct box *box, struct store_rollups *job, struct daqs_error *err)
{
    bool done = false;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(store_write_rollups(box->store, job), DAQS_OK);
    wait_for(box->store, &done);
    int result = job->base.result;
    if (err)
        *err = job->base.error;
    else if (result != DAQS_OK)
        (void)fprintf(stderr, "%s\n", job->base.error.text);
    store_rollups_free(job);
    return result;
}

int write_second(struct box *box, int64_t time_s, const struct names *names, size_t index,
                 daqs_bps usage, daqs_bps limit, daqs_bps demand, struct daqs_error *err)
{
    struct store_rollups *job = new_points(time_s);
    add_second(job, time_s, names->host[index], names->nic[index], usage, limit, demand);
    return write_points(box, job, err);
}

struct store_question *box_question(const char *host, const char *vm, int64_t from_s, int64_t to_s)
{
    struct store_question *job = calloc(1, sizeof *job);
    assert_non_null(job);
    (void)snprintf(job->host, sizeof job->host, "%s", host);
    (void)snprintf(job->vm, sizeof job->vm, "%s", vm);
    job->since_ms = from_s * 1000;
    job->until_ms = to_s * 1000;
    job->token = -1;
    return job;
}

void box_ask(struct box *box, struct store_question *job,
             int (*query)(struct store *store, struct store_question *question))
{
    bool done = false;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(query(box->store, job), DAQS_OK);
    wait_for(box->store, &done);
}

struct store_question *ask_history(struct box *box, const char *host, const char *vm,
                                   int64_t from_s, int64_t to_s, int64_t step_s)
{
    struct store_question *job = box_question(host, vm, from_s, to_s);
    job->step_s = step_s;
    box_ask(box, job, store_query_history);
    return job;
}

void history_answered(struct store_question *job)
{
    daqs_table_done(&job->table);
    free(job);
}

void assert_history(struct box *box, const char *vm, int64_t from_s, int64_t to_s, int64_t step_s,
                    const char *expected)
{
    struct store_question *job = ask_history(box, "node1", vm, from_s, to_s, step_s);
    char text[1024] = "";
    size_t used = 0;
    assert_int_equal(job->base.result, DAQS_OK);
    assert_false(job->more);
    for (size_t row = 0; row < daqs_table_rows(&job->table); row++) {
        const char *mac = daqs_table_at(&job->table, row, 1)->text;
        int n = snprintf(text + used, sizeof text - used, "%s%llu %c", row ? ", " : "",
                         (unsigned long long)daqs_table_at(&job->table, row, 0)->number / 1000,
                         mac[16]);
        for (size_t column = 2; column < 5; column++) {
            const struct daqs_cell *cell = daqs_table_at(&job->table, row, column);
            if (cell->empty)
                n += snprintf(text + used + n, sizeof text - used - (size_t)n, " -");
            else
                n += snprintf(text + used + n, sizeof text - used - (size_t)n, " %llu",
                              (unsigned long long)((cell->number + MBIT / 2) / MBIT));
        }
        used += (size_t)n;
    }
    assert_string_equal(text, expected);
    history_answered(job);
}
