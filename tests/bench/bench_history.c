/* SPDX-License-Identifier: Apache-2.0 */
/* bench_history [NICS [FOLDER]] - measures what history costs on disk and in time, compared with
 * rows of text.
 * bench_history --make FILE NICS - makes a database for other measurements, with history up to now.
 *
 * Plays a recorded trace (tests/data/history_trace.txt) of eight guests through the store: 4000
 * nics, each of them one of the eight at a different time, for an hour. Then fills a database from
 * these blocks with a day of seconds and 30 days of minutes of NICS nics (default 1000), and
 * queries single VMs. FOLDER (default /tmp) needs 1.3 MB for each nic. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/store/history.h"
#include "controllerd/io/store/sqlite_util.h"

enum {
    TRACE_NICS = 8,
    TRACE_SECONDS = 480,
    NICS = 4000,
    TEXT_NICS = 200,
    SECONDS = 3600,
    QUESTIONS = 20
};
enum { DAY_S = 24 * 3600, KEEP_DAYS = 1000 };
static int64_t begin_s = INT64_C(1800000000) / DAY_S * DAY_S;

/* Cost of the written hour, for each nic and second: bytes on disk and processor time. */
static double hour_bytes;
static double packet_bytes; /* of hour_bytes */
static double hour_ns;

static struct rollup trace[TRACE_NICS][TRACE_SECONDS];

static void give_up(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_history: %s: %s\n", what, why);
    exit(1);
}

/* The trace has no packets, so they are made up: their size varies from the smallest frame to the
 * largest segment and changes every second, which packs worse than real traffic. */
static uint64_t packets_of(uint64_t bytes, int at)
{
    uint64_t size = 60 + (uint64_t)at * UINT64_C(2654435761) % 65490;
    return bytes ? 1 + bytes / size : 0;
}

static void read_trace(void)
{
    FILE *in = fopen(DAQS_SOURCE_DIR "/tests/data/history_trace.txt", "r");
    char last[32] = "";
    char name[32];
    long long second, ms, tx, rx, limit, demand;
    int nic = -1;
    int at = 0;
    while (in && fscanf(in, "%31s %lld %lld %lld %lld %lld %lld", name, &second, &ms, &tx, &rx,
                        &limit, &demand) == 7) {
        nic += strcmp(name, last) != 0;
        at = strcmp(name, last) != 0 ? 0 : at + 1;
        memcpy(last, name, sizeof last);
        if (nic < TRACE_NICS && at < TRACE_SECONDS)
            trace[nic][at] = (struct rollup){
                .value = {[ROLLUP_MS] = (uint64_t)ms,
                          [ROLLUP_TX] = (uint64_t)tx,
                          [ROLLUP_RX] = (uint64_t)rx,
                          [ROLLUP_PACKETS] = packets_of((uint64_t)tx, at),
                          [ROLLUP_LIMIT] =
                              rate_code_encode(limit ? (daqs_bps)limit : DAQS_UNLIMITED),
                          [ROLLUP_DEMAND] =
                              rate_code_encode(demand ? (daqs_bps)demand : DAQS_UNLIMITED)}};
    }
    if (!in || nic != TRACE_NICS - 1)
        give_up("the trace", "not there or not whole");
    (void)fclose(in);
}

static const struct rollup *moment(int64_t nic, int64_t second)
{
    return &trace[nic % TRACE_NICS][(second + nic * 37) % TRACE_SECONDS];
}

static double now_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    struct daqs_error err = {0};
    int64_t value = 0;
    if (sqlite_number(db, sql, 0, &value, &err) != DAQS_OK)
        give_up(sql, err.text);
    return value;
}

static void run(sqlite3 *db, const char *sql)
{
    struct daqs_error err = {0};
    if (sqlite_run(db, sql, &err) != DAQS_OK)
        give_up(sql, err.text);
}

static sqlite3 *open_file(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK)
        give_up(path, "cannot be opened");
    return db;
}

static int64_t used_bytes(sqlite3 *db)
{
    return (number(db, "PRAGMA page_count") - number(db, "PRAGMA freelist_count")) *
           number(db, "PRAGMA page_size");
}

/* --- the store --- */

static void finished(struct store_job *job)
{
    if (job->result != DAQS_OK)
        give_up("the store", job->error.text);
    *(bool *)job->context = true;
}

static void await(struct store *store, const bool *done)
{
    while (!*done) {
        struct pollfd fds[] = {{.fd = store_write_fd(store), .events = POLLIN},
                               {.fd = store_query_fd(store), .events = POLLIN}};
        (void)poll(fds, 2, 1000);
        store_reap(store);
    }
}

static struct store *open_store(const char *path)
{
    struct daqs_error err = {0};
    uint64_t epoch;
    struct store *store = store_open(path, 1000, &epoch, &err);
    if (!store)
        give_up(path, err.text);
    return store;
}

/* Adds 'nics' VMs with one nic each, 50 on each host. */
static void name_nics(struct store *store, int nics)
{
    for (int first = 0; first < nics; first += 50) {
        bool done = false;
        int here = nics - first < 50 ? nics - first : 50;
        struct store_names *job = store_names_new((size_t)here);
        if (!job)
            give_up("names", "out of memory");
        (void)snprintf(job->host, sizeof job->host, "node%d", first / 50);
        job->nics_most = (size_t)here;
        for (int i = 0; i < here; i++) {
            char name[16];
            (void)snprintf(name, sizeof name, "vm%d", first + i);
            job->nic[i].vm = strdup(name);
            job->nic[i].uuid = strdup("");
            job->nic[i].uplink = strdup("up0");
            job->nic[i].mac = (struct daqs_mac){{2, 0, 0, 0, 0, 1}};
        }
        job->base.done = finished;
        job->base.context = &done;
        if (store_write_names(store, job) != DAQS_OK)
            give_up("names", "refused");
        await(store, &done);
        store_names_free(job);
    }
}

static void write_second(struct store *store, int64_t second)
{
    bool done = false;
    struct store_rollups *job = store_rollups_new();
    for (int64_t nic = 0; job && nic < NICS && second < SECONDS; nic++)
        if ((nic % 50 == 0 && !store_rollups_begin(job, begin_s + second, 1 + nic / 50)) ||
            !store_rollups_add(job, 1 + nic, moment(nic, second)))
            give_up("points", "out of memory");
    if (!job)
        give_up("points", "out of memory");
    job->now_s = begin_s + second;
    for (int level = 0; level < ROLLUP_LEVELS; level++)
        job->keep.ms[level] = INT64_C(86400000) * KEEP_DAYS;
    job->base.done = finished;
    job->base.context = &done;
    if (store_write_rollups(store, job) != DAQS_OK)
        give_up("points", "refused");
    await(store, &done);
    store_rollups_free(job);
}

/* --- the same history as indexed rows of text --- */

static void write_text(sqlite3 *db)
{
    struct daqs_error err = {0};
    run(db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE history (host TEXT, vm TEXT, nic TEXT, time TEXT, usage TEXT, limited TEXT,"
        " demand TEXT, tx TEXT, rx TEXT); CREATE INDEX by_vm ON history (host, vm, time)");
    sqlite3_stmt *insert =
        sqlite_prepare(db, "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &err);
    for (int64_t second = 0; insert && second < SECONDS; second++) {
        run(db, "BEGIN");
        for (int64_t nic = 0; nic < TEXT_NICS; nic++) {
            const struct rollup *p = moment(nic, second);
            const uint64_t numbers[] = {rollup_usage(p), rate_code_decode(p->value[ROLLUP_LIMIT]),
                                        rate_code_decode(p->value[ROLLUP_DEMAND]),
                                        p->value[ROLLUP_TX], p->value[ROLLUP_RX]};
            char text[9][32];
            time_t at = (time_t)(begin_s + second);
            struct tm tm;
            (void)snprintf(text[0], 32, "node%d", (int)(nic / 50));
            (void)snprintf(text[1], 32, "vm%d", (int)nic);
            (void)snprintf(text[2], 32, "02:00:00:00:00:01");
            (void)strftime(text[3], 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
            for (int i = 0; i < 5; i++)
                if (numbers[i] == DAQS_UNLIMITED)
                    text[4 + i][0] = '\0';
                else
                    (void)snprintf(text[4 + i], 32, "%llu", (unsigned long long)numbers[i]);
            for (int i = 0; i < 9; i++)
                sqlite3_bind_text(insert, i + 1, text[i], -1, SQLITE_STATIC);
            if (sqlite_step_done(insert, &err) != DAQS_OK)
                give_up("text", err.text);
        }
        run(db, "COMMIT");
    }
    sqlite3_finalize(insert);
}

/* Writes an hour, packed. */
static void write_hour(const char *path)
{
    struct store *store = open_store(path);
    sqlite3 *db = open_file(path);
    name_nics(store, NICS);
    int64_t empty = used_bytes(db);
    double began = now_of(CLOCK_PROCESS_CPUTIME_ID);
    for (int64_t second = 0; second < SECONDS; second++)
        write_second(store, second);
    double took = now_of(CLOCK_PROCESS_CPUTIME_ID) - began;
    /* Packs the rest: the last minute and the hour. */
    for (int64_t i = 0; number(db, "SELECT count(*) FROM history_recent WHERE step < 3600"); i++)
        write_second(store, SECONDS + 10 + i);
    double samples = (double)NICS * SECONDS;
    hour_bytes = (double)(used_bytes(db) - empty) / samples;
    /* With the least value (at most three bytes) and the lengths of both. */
    packet_bytes =
        (double)number(db, "SELECT sum(length(packet_code) + 3 + 2) FROM history") / samples;
    hour_ns = took / samples * 1e9;
    sqlite3_close(db);
    store_close(store);
}

static void compare_sizes(const char *path)
{
    char text_path[128];
    (void)snprintf(text_path, sizeof text_path, "%s-text", path);
    write_hour(path);
    (void)unlink(text_path);
    sqlite3 *db = open_file(text_path);
    double began = now_of(CLOCK_PROCESS_CPUTIME_ID);
    write_text(db);
    double took = now_of(CLOCK_PROCESS_CPUTIME_ID) - began;
    double texts = (double)TEXT_NICS * SECONDS;
    double bytes = (double)used_bytes(db) / texts;
    sqlite3_close(db);
    (void)unlink(text_path);
    (void)printf(
        "on disk                 %6.2f bytes per nic and second, with its minutes and hours\n"
        "of these for packets    %6.2f bytes at most\n"
        "as indexed text         %6.2f bytes, %.1f times as much\n"
        "to write                %6.0f ns of processor; as indexed text %.0f ns\n",
        hour_bytes, packet_bytes, bytes, bytes / hour_bytes, hour_ns, took / texts * 1e9);
}

/* --- queries --- */

/* Fills a day of seconds and 30 days of minutes from the existing hour. */
static void fill(const char *path, int nics)
{
    char sql[1024];
    struct store *store = open_store(path);
    name_nics(store, nics);
    store_close(store);
    sqlite3 *db = open_file(path);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;"
            "CREATE TEMP TABLE one AS SELECT * FROM history");
    run(db, "CREATE INDEX temp.one_key ON one (step, block, nic_id); DELETE FROM history;"
            "DELETE FROM history_recent");
    for (int64_t block = 0; block < DAY_S; block += 60) {
        (void)snprintf(
            sql, sizeof sql,
            "INSERT INTO history SELECT 1, %lld, i, ms_least, ms, tx_least, tx, rx_least,"
            " rx, limit_code_least, limit_code, demand_code_least, demand_code, met_least,"
            " met, missed_least, missed, idle_least, idle, packet_code_least, packet_code"
            " FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
            " i < %d) SELECT i FROM n) CROSS JOIN one"
            " ON step = 1 AND block = %lld AND nic_id = i %% %d + 1",
            (long long)(begin_s + 29 * DAY_S + block), nics, (long long)(begin_s + block % 3600),
            NICS);
        run(db, sql);
    }
    for (int64_t block = 0; block < 30 * DAY_S; block += 3600) {
        (void)snprintf(
            sql, sizeof sql,
            "INSERT INTO history SELECT 60, %lld, i, ms_least, ms, tx_least, tx, rx_least,"
            " rx, limit_code_least, limit_code, demand_code_least, demand_code, met_least,"
            " met, missed_least, missed, idle_least, idle, packet_code_least, packet_code"
            " FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
            " i < %d) SELECT i FROM n) CROSS JOIN one"
            " ON step = 60 AND block = %lld AND nic_id = i %% %d + 1",
            (long long)(begin_s + block), nics, (long long)begin_s, NICS);
        run(db, sql);
    }
    run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    (void)printf(
        "database                %6.1f GB: %d nics, a day of seconds, 30 days of minutes\n",
        (double)used_bytes(db) / 1e9, nics);
    sqlite3_close(db);
}

/* Returns the seconds until the last part of the answer has arrived. */
static double ask(struct store *store, int vm, int64_t from_s, int64_t step_s, size_t *ret_rows)
{
    double began = now_of(CLOCK_MONOTONIC);
    size_t rows = 0;
    int64_t next_s = from_s;
    while (next_s) {
        bool done = false;
        struct store_question *job = calloc(1, sizeof *job);
        if (!job)
            give_up("question", "out of memory");
        (void)snprintf(job->host, sizeof job->host, "node%d", vm / 50);
        (void)snprintf(job->vm, sizeof job->vm, "vm%d", vm);
        job->since_ms = next_s * 1000;
        job->until_ms = (begin_s + 30 * DAY_S - 1) * 1000;
        job->token = -1;
        job->step_s = step_s;
        job->base.done = finished;
        job->base.context = &done;
        if (store_query_history(store, job) != DAQS_OK)
            give_up("question", "refused");
        await(store, &done);
        next_s = job->more ? job->next : 0;
        rows += daqs_table_rows(&job->table);
        daqs_table_done(&job->table);
        free(job);
    }
    *ret_rows = rows;
    return now_of(CLOCK_MONOTONIC) - began;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void forget_cache(void)
{
    int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    sync();
    if (fd >= 0 && write(fd, "3", 1) != 1)
        (void)fputs("the page cache is not dropped\n", stderr);
    if (fd >= 0)
        close(fd);
}

static void ask_many(const char *path, int nics, const char *what, int64_t span_s, int64_t step_s)
{
    double warm[QUESTIONS];
    double cold[QUESTIONS];
    size_t rows = 0;
    struct store *store = open_store(path);
    for (int i = 0; i < QUESTIONS; i++) {
        int vm = (int)((int64_t)i * 7919 % nics);
        int64_t from_s = begin_s + 30 * DAY_S - span_s;
        forget_cache();
        cold[i] = ask(store, vm, from_s, step_s, &rows);
        warm[i] = ask(store, vm, from_s, step_s, &rows);
    }
    store_close(store);
    qsort(cold, QUESTIONS, sizeof cold[0], by_value);
    qsort(warm, QUESTIONS, sizeof warm[0], by_value);
    (void)printf(
        "%-23s %6.1f ms (half of %d times; %.1f at most), %zu rows; nothing cached %.0f ms\n", what,
        warm[QUESTIONS / 2] * 1e3, QUESTIONS, warm[QUESTIONS - 1] * 1e3, rows,
        cold[QUESTIONS / 2] * 1e3);
}

int main(int argc, char **argv)
{
    bool make = argc == 4 && strcmp(argv[1], "--make") == 0;
    if (make) {
        begin_s = ((int64_t)time(NULL) / DAY_S - 29) * DAY_S;
        read_trace();
        write_hour(argv[2]);
        fill(argv[2], atoi(argv[3]));
        return 0;
    }
    int nics = argc > 1 ? atoi(argv[1]) : 1000;
    const char *folder = argc > 2 ? argv[2] : "/tmp";
    char path[96];
    if (nics < 1000 || nics > 100000)
        give_up("NICS", "1000 to 100000");
    (void)snprintf(path, sizeof path, "%.60s/bench_history.%d.db", folder, (int)getpid());
    read_trace();
    compare_sizes(path);
    fill(path, nics);
    ask_many(path, nics, "24 h by the second", DAY_S, 1);
    ask_many(path, nics, "24 h by the minute", DAY_S, 60);
    ask_many(path, nics, "30 d by the minute", 30 * DAY_S, 60);
    ask_many(path, nics, "30 d by the quarter", 30 * DAY_S, 900);
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    return 0;
}
