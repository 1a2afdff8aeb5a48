#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controllerd/io/migrate.h"
#include "controllerd/io/sqlite_util.h"

/* A schema of the test's own: a table that gains a column and is then rebuilt. */
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

/* Refused with this code and a text with these words; what was there is what is there. */
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

/* The second of the two missing ones fails: the first of them is not there either. */
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
    assert_migrates(db, VERSIONS, 2); /* with a program that is mended */
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
                   "the database has version 3, this program knows 2; use a newer program");
}

static void a_changed_migration_is_refused(void **state)
{
    static const struct schema_migration changed[] = {
        SQL(FIRST), SQL("ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 8;"),
        SQL(THIRD)};
    sqlite3 *db = *state;
    assert_migrates(db, 2, 1);
    assert_refused(db, changed, VERSIONS, DAQS_EREFUSED,
                   "migration 2 of the database is not the one this program knows");
    assert_refused(db, changed, 2, DAQS_EREFUSED, "migration 2 "); /* with nothing to apply too */
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

/* A damaged or forged file: versions begin at 1. */
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

static void what_is_no_database_is_refused_and_left_alone(void **state)
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
    assert_int_equal(migrate(db, good, VERSIONS, 1, &err), DAQS_ESTORE);
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
    static const char *const tables[] = {"audit",     "history_1s", "host", "meta",
                                         "migration", "nic",        "sla",  "vm"};
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
                                " AND name NOT LIKE 'sqlite_%' AND NOT strict"),
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
        ON_DISK(what_is_no_database_is_refused_and_left_alone),
        ON_DISK(the_built_in_migrations_make_a_sound_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
