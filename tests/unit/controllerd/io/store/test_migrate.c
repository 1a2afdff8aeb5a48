/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controllerd/core/history/rollup.h"
#include "controllerd/io/store/migrate.h"
#include "controllerd/io/store/sqlite_util.h"

/* A schema for this test: a table that gains a column and is then rebuilt. */
#define SQL(text)                                                                                  \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }
#define FIRST                                                                                      \
    "CREATE TABLE migration (version INTEGER PRIMARY KEY, sha256 TEXT NOT NULL,"                   \
    " applied_ms INTEGER NOT NULL) STRICT;"                                                        \
    "CREATE TABLE thing (name TEXT NOT NULL) STRICT;"
#define SECOND "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7;"
#define THIRD                                                                                      \
    "CREATE TABLE better (name TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;"    \
    "INSERT INTO better SELECT name, size FROM thing;"                                             \
    "DROP TABLE thing;"                                                                            \
    "ALTER TABLE better RENAME TO thing;"

enum { VERSIONS = 3 };
static const struct schema_migration good[] = {SQL(FIRST), SQL(SECOND), SQL(THIRD)};

static int open_memory(void **state)
{
    return sqlite3_open(":memory:", (sqlite3 **)state) == SQLITE_OK ? 0 : -1;
}

static int close_handle(void **state)
{
    return sqlite3_close(*state) == SQLITE_OK ? 0 : -1;
}

static void run(sqlite3 *db, const char *sql)
{
    struct daqs_error err = {0};
    if (sqlite_run(db, sql, &err) != DAQS_OK)
        fail_msg("%s: %s", sql, err.text);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    struct daqs_error err = {0};
    int64_t value = 0;
    if (sqlite_number(db, sql, -12345, &value, &err) != DAQS_OK)
        fail_msg("%s: %s", sql, err.text);
    return value;
}

static int64_t version_of(sqlite3 *db)
{
    return number(db, "PRAGMA user_version");
}

static void assert_migrates(sqlite3 *db, int count, int64_t now_ms)
{
    struct daqs_error err = {0};
    if (migrate(db, good, count, now_ms, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(version_of(db), count);
}

/* Checks that the migration fails with this code and these words, and that nothing has changed. */
static void assert_refused(sqlite3 *db, const struct schema_migration *migrations, int count,
                           int code, const char *words)
{
    struct daqs_error err = {0};
    int64_t version = version_of(db);
    int64_t tables = number(db, "SELECT count(*) FROM sqlite_schema");
    assert_int_equal(migrate(db, migrations, count, 1, &err), code);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_int_equal(version_of(db), version);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema"), tables);
    assert_true(sqlite3_get_autocommit(db)); /* no transaction is left open */
}

static void an_empty_database_gets_everything(void **state)
{
    sqlite3 *db = *state;
    assert_migrates(db, VERSIONS, 1234);
    assert_int_equal(number(db, "PRAGMA application_id"), 0x44415153);
    assert_int_equal(number(db, "SELECT count(*) FROM migration WHERE applied_ms = 1234"), 3);
    assert_int_equal(number(db, "SELECT count(DISTINCT sha256) FROM migration"), 3);
    run(db, "INSERT INTO thing (name, size) VALUES ('a', 1)");
}

static void every_older_version_is_upgraded_with_its_data(void **state)
{
    (void)state;
    for (int from = 1; from <= VERSIONS; from++) {
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_migrates(db, from, from);
        run(db,
            from == 1 ? "INSERT INTO thing VALUES ('old')" : "INSERT INTO thing VALUES ('old', 9)");
        assert_migrates(db, VERSIONS, 99);
        assert_int_equal(number(db, "SELECT size FROM thing WHERE name = 'old'"),
                         from == 1 ? 7 : 9);
        assert_int_equal(number(db, "SELECT count(*) FROM migration WHERE applied_ms = 99"),
                         VERSIONS - from);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

static void applying_twice_changes_nothing(void **state)
{
    sqlite3 *db = *state;
    assert_migrates(db, VERSIONS, 1);
    run(db, "INSERT INTO thing (name, size) VALUES ('a', 1)");
    int changes = sqlite3_total_changes(db);
    assert_migrates(db, VERSIONS, 2);
    assert_int_equal(sqlite3_total_changes(db), changes);
    assert_int_equal(number(db, "SELECT max(applied_ms) FROM migration"), 1);
}

/* The second of the two missing migrations fails; the first one must be rolled back, too. */
static void a_failure_half_way_leaves_the_old_version(void **state)
{
    static const struct schema_migration bad[] = {
        SQL(FIRST), SQL(SECOND),
        SQL("DELETE FROM thing; CREATE TABLE half (a INTEGER); INSERT INTO missing VALUES (1);")};
    sqlite3 *db = *state;
    assert_migrates(db, 1, 1);
    run(db, "INSERT INTO thing VALUES ('old')");
    assert_refused(db, bad, VERSIONS, DAQS_ESTORE, "migration 3: database: no such table: missing");
    assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_info('thing')"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM migration"), 1);
    assert_migrates(db, VERSIONS, 2); /* with a corrected program */
    assert_int_equal(number(db, "SELECT size FROM thing WHERE name = 'old'"), 7);
}

static void a_failure_on_an_empty_database_leaves_it_empty(void **state)
{
    static const struct schema_migration bad[] = {SQL(FIRST), SQL("nonsense")};
    sqlite3 *db = *state;
    assert_refused(db, bad, 2, DAQS_ESTORE, "migration 2: ");
    assert_int_equal(number(db, "PRAGMA application_id"), 0);
    assert_migrates(db, VERSIONS, 1);
}

static void a_newer_database_is_refused(void **state)
{
    sqlite3 *db = *state;
    assert_migrates(db, VERSIONS, 1);
    assert_refused(db, good, 2, DAQS_EVERSION,
                   "the database has version 3, this program supports 2; use a newer program");
}

static void a_changed_migration_is_refused(void **state)
{
    static const struct schema_migration changed[] = {
        SQL(FIRST), SQL("ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 8;"),
        SQL(THIRD)};
    sqlite3 *db = *state;
    assert_migrates(db, 2, 1);
    assert_refused(db, changed, VERSIONS, DAQS_EREFUSED,
                   "migration 2 of the database differs from this program's");
    assert_refused(db, changed, 2, DAQS_EREFUSED, "migration 2 "); /* nothing to apply either */
    assert_migrates(db, VERSIONS, 2);
}

static void a_missing_record_of_a_migration_is_refused(void **state)
{
    sqlite3 *db = *state;
    assert_migrates(db, VERSIONS, 1);
    run(db, "DELETE FROM migration WHERE version = 3");
    assert_refused(db, good, VERSIONS, DAQS_EREFUSED, "migration 3 ");
    run(db, "DELETE FROM migration WHERE version = 1");
    assert_refused(db, good, VERSIONS, DAQS_EREFUSED, "migration 1 ");
    run(db, "DROP TABLE migration");
    assert_refused(db, good, VERSIONS, DAQS_ESTORE, "no such table: migration");
}

static void somebody_elses_database_is_refused(void **state)
{
    static const char *const theirs[] = {
        "CREATE TABLE customer (name TEXT)",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 252006674; CREATE TABLE repository (name TEXT)",
        "PRAGMA application_id = 1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++) {
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        run(db, theirs[i]);
        assert_refused(db, good, VERSIONS, DAQS_EREFUSED, "it is not a DAQS database");
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

/* A damaged or forged file: versions start at 1. */
static void an_impossible_version_is_refused(void **state)
{
    sqlite3 *db = *state;
    assert_migrates(db, VERSIONS, 1);
    run(db, "PRAGMA user_version = -2");
    assert_refused(db, good, VERSIONS, DAQS_EREFUSED, "it is not a DAQS database");
}

static void a_forged_table_of_migrations_is_refused(void **state)
{
    sqlite3 *db = *state;
    run(db, "CREATE TABLE migration (version, sha256); INSERT INTO migration VALUES (1, NULL);"
            "PRAGMA application_id = 1145131347; PRAGMA user_version = 1");
    assert_refused(db, good, VERSIONS, DAQS_EREFUSED, "migration 1 ");
}

/* --- on disk --- */

struct file {
    char path[64];
};

static int make_file(void **state)
{
    struct file *file = calloc(1, sizeof *file);
    if (!file)
        return -1;
    (void)snprintf(file->path, sizeof file->path, "/tmp/daqs-test-migrate.XXXXXX");
    int fd = mkstemp(file->path);
    *state = file;
    return fd >= 0 ? close(fd) : -1;
}

static int remove_file(void **state)
{
    struct file *file = *state;
    int result = unlink(file->path);
    free(file);
    return result;
}

static sqlite3 *open_file(const struct file *file)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file->path, &db), SQLITE_OK);
    return db;
}

static void a_file_that_is_not_a_database_is_refused_and_left_alone(void **state)
{
    const struct file *file = *state;
    struct daqs_error err = {0};
    char bytes[8192];
    char after[8192];
    memset(bytes, 'x', sizeof bytes);
    FILE *out = fopen(file->path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, out), sizeof bytes);
    assert_int_equal(fclose(out), 0);

    sqlite3 *db = open_file(file);
    assert_int_equal(migrate(db, good, VERSIONS, 1, &err), DAQS_EFORMAT);
    assert_string_equal(err.text, "database: file is not a database");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    FILE *in = fopen(file->path, "r");
    assert_non_null(in);
    assert_int_equal(fread(after, 1, sizeof after, in), sizeof after);
    assert_int_equal(fgetc(in), EOF);
    assert_int_equal(fclose(in), 0);
    assert_memory_equal(after, bytes, sizeof bytes);
}

static void the_built_in_migrations_make_a_sound_database(void **state)
{
    static const char *const tables[] = {"audit", "history", "history_recent", "history_rows",
                                         "host",  "meta",    "migration",      "nic",
                                         "sla",   "vm"};
    const struct file *file = *state;
    struct daqs_error err = {0};
    sqlite3 *db = open_file(file);
    if (migrate(db, schema_migrations, schema_version, 5, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);

    db = open_file(file);
    assert_int_equal(version_of(db), schema_version);
    assert_int_equal(number(db, "SELECT count(*) FROM migration"), schema_version);
    assert_int_equal(number(db, "SELECT value FROM meta WHERE name = 'epoch'"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
                                " AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict"),
                     0);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        assert_true(number(db, sql) >= 0);
    }
    assert_int_equal(migrate(db, schema_migrations, schema_version, 6, &err), DAQS_OK);
    assert_int_equal(number(db, "SELECT max(applied_ms) FROM migration"), 5);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What the tables of each released version may contain, and what the newest version must answer
 * about it. */
static const struct {
    int version; /* the first version with these tables */
    int before;  /* the first version without them */
    const char *fill;
    const char *question;
    int64_t answer;
} data[] = {
    {1, 99, "UPDATE meta SET value = 41 WHERE name = 'epoch'",
     "SELECT value FROM meta WHERE name = 'epoch'", 41},
    {1, 99,
     "INSERT INTO sla (host, vm, min_bps, max_bps, weight, updated_ms, updated_by) VALUES"
     " ('h1', 'db1', 1000, NULL, 2, 3, 'alice'), ('h1', 'db2', 0, 5000, 1, 4, 'bob')",
     "SELECT sum(min_bps + coalesce(max_bps, 7) + weight + updated_ms) FROM sla"
     " WHERE updated_by IN ('alice', 'bob')",
     6017},
    {1, 99,
     "INSERT INTO audit (at_ms, by, host, vm, new_min_bps) VALUES (9, 'alice', 'h1', 'v', 5)",
     "SELECT sum(at_ms + new_min_bps) FROM audit WHERE old_min_bps IS NULL", 14},
    {1, 99,
     "INSERT INTO host (id, name, first_ms) VALUES (1, 'h1', 1), (2, 'h2', 1);"
     "INSERT INTO vm (id, host_id, name, uuid) VALUES (5, 1, 'db1', ''), (6, 2, 'db1', 'u');"
     "INSERT INTO nic (id, vm_id, mac, uplink) VALUES (7, 5, '02:00:00:00:00:01', 'up0'),"
     " (8, 5, '02:00:00:00:00:02', 'up0'), (300, 6, '02:00:00:00:00:01', 'up0')",
     "SELECT count(*) FROM nic JOIN vm ON vm.id = vm_id JOIN host ON host.id = host_id", 3},
    {1, 6, "SELECT 1", "SELECT count(*) FROM nic WHERE seen_s > 1700000000", 3}, /* 2023 */
    {1, 4,
     "INSERT INTO history_1s VALUES (1000, 7, 8000, NULL, 4095, 1000, 1),"
     " (1000, 8, 80000000000, 4096, NULL, 10000000000, 2),"
     " (1001, 7, 16000, 10000000, 20000000, 1000, 3), (1001, 300, 0, 1, 2, 0, 65536)",
     "SELECT count(*) FROM history_rows WHERE step = 1 AND (tx_packets IS NULL OR tx_bytes = 0)",
     4},
    {4, 9,
     "INSERT INTO history VALUES (60, 3600, 7, 60000, x'', 125000, x'', 7, x'', 65535, x'', 65535,"
     " x'', 60, x'', 0, x'', 0, x'');"
     "INSERT INTO history_recent VALUES (60, 7200, 1,"
     " CAST(x'0700000060ea000001000000000002000000000003000400050006000700' ||"
     " x'0800000060ea0000ffffffffffff00000000ffff80ff80ff050006000900' AS BLOB)),"
     " (60, 7260, 2, x'2c01000060ea000001000000000002000000000003000400050006000700')",
     "SELECT sum(tx_bytes + rx_bytes + idle) FROM history_rows WHERE step = 60"
     " AND tx_packets IS NULL",
     INT64_C(562945665954464)},
    {2, 99, "INSERT INTO policy VALUES ('h1', 'up0', 'fair', 1, 'alice')",
     "SELECT count(*) FROM policy WHERE mode = 'fair'", 1},
    {7, 99, "INSERT INTO peer VALUES ('node1', 'AAAA', 'agent', 5, 'alice')",
     "SELECT sum(enrolled_ms) FROM peer WHERE role = 'agent'", 5},
    {10, 99, "INSERT INTO maintenance VALUES ('h1', 6, 'alice')",
     "SELECT sum(since_ms) FROM maintenance WHERE host = 'h1'", 6},
    {3, 99,
     "INSERT INTO event (id, at_ms, kind, level, host, vm, text) VALUES"
     " (4, 5, 'host-up', 'info', 'h1', '', 'hello')",
     "SELECT sum(id + at_ms) FROM event WHERE kind = 'host-up' AND uplink = ''", 9},
};

static char *schema_of(sqlite3 *db)
{
    sqlite3_stmt *list = NULL;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM"
                                        " sqlite_schema ORDER BY type, name)",
                                        -1, &list, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(list), SQLITE_ROW);
    char *text = strdup((const char *)sqlite3_column_text(list, 0));
    assert_non_null(text);
    assert_int_equal(sqlite3_finalize(list), SQLITE_OK);
    return text;
}

static void every_released_version_is_upgraded_with_its_data(void **state)
{
    sqlite3 *fresh = *state;
    struct daqs_error err = {0};
    assert_int_equal(migrate(fresh, schema_migrations, schema_version, 1, &err), DAQS_OK);
    char *wanted = schema_of(fresh);
    for (int from = 1; from <= schema_version; from++) {
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_int_equal(migrate(db, schema_migrations, from, 1, &err), DAQS_OK);
        for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
            if (from >= data[i].version && from < data[i].before)
                run(db, data[i].fill);
        if (migrate(db, schema_migrations, schema_version, 2, &err) != DAQS_OK)
            fail_msg("from version %d: %s", from, err.text);
        char *got = schema_of(db);
        assert_string_equal(got, wanted); /* a new schema equals an upgraded one */
        free(got);
        for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
            if (from >= data[i].version && from < data[i].before)
                assert_int_equal(number(db, data[i].question), data[i].answer);
        assert_int_equal(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE"
                                    " integrity_check <> 'ok'"),
                         0);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
    free(wanted);
}

/* Rows of one second each become records. The program and SQL read the same values from them. */
static void old_seconds_do_not_change(void **state)
{
    sqlite3 *db = *state;
    struct daqs_error err = {0};
    assert_int_equal(migrate(db, schema_migrations, 2, 1, &err), DAQS_OK);
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
        if (data[i].version <= 2)
            run(db, data[i].fill);
    assert_int_equal(migrate(db, schema_migrations, schema_version, 2, &err), DAQS_OK);
    assert_int_equal(number(db, "SELECT sum(tx_bytes) FROM history_rows"), 10000002000);
    assert_int_equal(number(db, "SELECT sum(rx_bytes) FROM history_rows"), 65542);
#define ROW(column, nic, time)                                                                     \
    number(db, "SELECT " column " FROM history_rows WHERE nic LIKE '%:" nic "' AND host = 'h1'"    \
               " AND vm = 'db1' AND time = " time)
    assert_int_equal(ROW("usage_bps", "01", "1000"), 8000);
    assert_int_equal(ROW("limit_bps IS NULL", "01", "1000"), 1);
    assert_int_equal(ROW("demand_bps", "01", "1000"), 4095);
    assert_int_equal(ROW("usage_bps", "02", "1000"), UINT64_C(80000000000));
    assert_int_equal(ROW("limit_bps", "02", "1000"), 4096);
    assert_int_equal(ROW("demand_bps IS NULL", "02", "1000"), 1);
    assert_int_equal(ROW("ms", "01", "1001"), 500); /* 1000 bytes at 16 kbit/s */
    assert_int_equal(ROW("limit_bps", "01", "1001"), rate_code_decode(rate_code_encode(10000000)));
    assert_int_equal(ROW("demand_bps", "01", "1001"), rate_code_decode(rate_code_encode(20000000)));
    assert_int_equal(number(db, "SELECT usage_bps FROM history_rows WHERE host = 'h2'"), 0);
}

#define IN_MEMORY(test) cmocka_unit_test_setup_teardown(test, open_memory, close_handle)
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_file, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(an_empty_database_gets_everything),
        cmocka_unit_test(every_older_version_is_upgraded_with_its_data),
        IN_MEMORY(applying_twice_changes_nothing),
        IN_MEMORY(a_failure_half_way_leaves_the_old_version),
        IN_MEMORY(a_failure_on_an_empty_database_leaves_it_empty),
        IN_MEMORY(a_newer_database_is_refused),
        IN_MEMORY(a_changed_migration_is_refused),
        IN_MEMORY(a_missing_record_of_a_migration_is_refused),
        cmocka_unit_test(somebody_elses_database_is_refused),
        IN_MEMORY(an_impossible_version_is_refused),
        IN_MEMORY(a_forged_table_of_migrations_is_refused),
        ON_DISK(a_file_that_is_not_a_database_is_refused_and_left_alone),
        ON_DISK(the_built_in_migrations_make_a_sound_database),
        IN_MEMORY(every_released_version_is_upgraded_with_its_data),
        IN_MEMORY(old_seconds_do_not_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
