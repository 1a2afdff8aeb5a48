/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "controllerd/core/time/clock_check.h"
#include "controllerd/io/store/store_internal.h"

/* --- the newest time --- */

/* The time that was stored by store_write_newest; else, in a database of version 0.2.0, what the
 * rows say. Events and audit records are numbered in the order of their arrival. */
static const char *const newest_sql[] = {
    "SELECT value FROM meta WHERE name = 'clock'",
    "SELECT at_ms FROM event ORDER BY id DESC LIMIT 1",
    "SELECT at_ms FROM audit ORDER BY id DESC LIMIT 1",
    "SELECT max(time) * 1000 FROM history_recent WHERE step = 1",
    "SELECT max(block) * 1000 FROM history WHERE step = 1",
    "SELECT max(block) * 1000 FROM history WHERE step = 60",
    "SELECT max(block) * 1000 FROM history WHERE step = 3600",
};

/* Returns 0 if there is nothing to compare a clock with. A table that is damaged is left out. */
static int64_t find_newest(sqlite3 *db)
{
    int64_t newest = 0;
    for (size_t i = 0; i < sizeof newest_sql / sizeof newest_sql[0]; i++) {
        struct daqs_error err = {0};
        int64_t found = 0;
        if (sqlite_number(db, newest_sql[i], 0, &found, &err) != DAQS_OK)
            continue;
        newest = found > newest ? found : newest;
        if (i == 0 && newest > 0)
            break;
    }
    return newest;
}

int64_t store_newest(const struct store *store)
{
    return store->newest_ms;
}

void store_trust_clock(struct store *store, int64_t latest_ms)
{
    atomic_store(&store->latest_ms, latest_ms);
}

bool store_may_delete(struct store *store, int64_t now_ms)
{
    return now_ms <= atomic_load(&store->latest_ms);
}

/* --- the epoch --- */

/* An epoch from the clock is at least the time in ms. So neither an old copy of the database that
 * is restored nor another controller starts an epoch that agents have seen already. */
int store_next_epoch(sqlite3 *db, uint64_t least, uint64_t *ret, struct daqs_error *err)
{
    int64_t epoch = 0;
    char sql[128];
    (void)snprintf(sql, sizeof sql,
                   "UPDATE meta SET value = max(value + 1, %" PRIu64
                   ") WHERE name = 'epoch' RETURNING value",
                   least);
    int result = sqlite_number(db, sql, 0, &epoch, err);
    if (result == DAQS_OK && epoch <= 0)
        result = daqs_fail(err, DAQS_ESTORE, "the database has no epoch");
    if (result == DAQS_OK)
        *ret = (uint64_t)epoch;
    return result;
}

struct beginning {
    uint64_t least;
    uint64_t epoch;
};

static int begin(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct beginning *beginning = arg;
    return store_next_epoch(db, beginning->least, &beginning->epoch, err);
}

/* Runs in its own transaction, because only COMMIT shows whether the epoch is on disk. */
int store_begin_epoch(struct store *store, int64_t now_ms, uint64_t *ret, struct daqs_error *err)
{
    store->newest_ms = find_newest(store->writer);
    bool doubtful = clock_is_ahead(store->newest_ms, now_ms);
    struct beginning beginning = {.least = doubtful || now_ms < 0 ? 0 : (uint64_t)now_ms};
    store_trust_clock(store, store->newest_ms ? store->newest_ms + CLOCK_AHEAD_MS : INT64_MAX);
    int result = sqlite_transaction(store->writer, begin, &beginning, err);
    if (result == DAQS_OK)
        *ret = beginning.epoch;
    return result;
}
