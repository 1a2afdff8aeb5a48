/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/store/records_sqlite.h"
#include "tests/lib/store_box.h"

static struct records_changeset *new_sla(const char *host, const char *vm, const struct sla *old,
                                         const struct sla *fresh)
{
    struct records_changeset *job = calloc(1, sizeof *job);
    assert_non_null(job);
    (void)snprintf(job->by, sizeof job->by, "alice");
    job->at_ms = 4321;
    changeset_init(&job->changeset);
    struct ledger_change *change =
        changeset_add(&job->changeset, fresh ? LEDGER_SET : LEDGER_UNSET, host, vm, NULL);
    assert_non_null(change);
    change->has_old = old != NULL;
    change->has_new = fresh != NULL;
    change->old_sla = old ? *old : SLA_NONE;
    change->new_sla = fresh ? *fresh : SLA_NONE;
    return job;
}

static void free_sla(struct records_changeset *job)
{
    changeset_done(&job->changeset);
    free(job);
}

/* Writes a change of an SLA. Returns its result. */
static int write_sla(struct box *box, const char *host, const char *vm, const struct sla *old,
                     const struct sla *fresh, struct daqs_error *err)
{
    bool done = false;
    struct records_changeset *job = new_sla(host, vm, old, fresh);
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_changeset(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    int result = job->base.result;
    if (err)
        *err = job->base.error;
    free_sla(job);
    return result;
}

/* --- opening --- */

static void every_opening_begins_a_higher_epoch(void **state)
{
    struct box *box = *state;
    for (uint64_t epoch = 1; epoch <= 3; epoch++) {
        open_store(box);
        assert_int_equal(box->epoch, epoch);
        assert_int_equal(number(box, "SELECT value FROM meta WHERE name = 'epoch'"), epoch);
        close_store(box);
    }
}

static void a_second_controller_is_kept_out(void **state)
{
    struct box *box = *state;
    struct daqs_error err = {0};
    assert_null(try_open(box, &err));
    assert_int_equal(err.code, DAQS_EBUSY);
    assert_non_null(strstr(err.text, "/daqs.db is used by another process"));
    assert_int_equal(number(box, "SELECT value FROM meta WHERE name = 'epoch'"), 1);
    close_store(box);
    open_store(box);
    assert_int_equal(box->epoch, 2);
}

static void the_last_folder_of_the_path_is_made(void **state)
{
    struct box *box = *state;
    (void)snprintf(box->path, sizeof box->path, "%s/sub/daqs.db", box->folder);
    open_store(box);
    assert_int_equal(box->epoch, 1);
}

/* Checks that opening fails with this code, and with a text that has the path and these words. */
static void assert_unusable(struct box *box, int code, const char *words)
{
    struct daqs_error err = {0};
    assert_null(try_open(box, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.text, words) || !strstr(err.text, box->path))
        fail_msg("\"%s\" does not say \"%s\" of %s", err.text, words, box->path);
}

static void a_folder_that_is_missing_is_named(void **state)
{
    struct box *box = *state;
    (void)snprintf(box->path, sizeof box->path, "%s/no/such/daqs.db", box->folder);
    assert_unusable(box, DAQS_EIO, "No such file or directory");
}

static void a_folder_that_may_not_be_written_is_named(void **state)
{
    const uid_t nobody = 65534;
    struct box *box = *state;
    assert_int_equal(chmod(box->folder, 0555), 0);
    bool is_root = geteuid() == 0; /* permissions do not apply to root */
    assert_true(!is_root || seteuid(nobody) == 0);
    struct daqs_error err = {0};
    struct store *store = try_open(box, &err);
    assert_true(!is_root || seteuid(0) == 0);
    assert_int_equal(chmod(box->folder, 0755), 0);
    assert_null(store);
    assert_int_equal(err.code, DAQS_EIO);
    assert_non_null(strstr(err.text, "Permission denied"));
    assert_non_null(strstr(err.text, box->path));
}

static void a_file_that_is_not_a_database_is_refused(void **state)
{
    struct box *box = *state;
    FILE *out = fopen(box->path, "w");
    assert_non_null(out);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("not a database\n", out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_unusable(box, DAQS_EFORMAT, "file is not a database");
    struct stat s;
    assert_int_equal(stat(box->path, &s), 0);
    assert_int_equal(s.st_size, 15000);

    (void)snprintf(box->path, sizeof box->path, "%s/folder", box->folder);
    assert_int_equal(mkdir(box->path, 0755), 0);
    assert_unusable(box, DAQS_ESTORE, "unable to open database file");
}

static void a_newer_or_foreign_database_is_refused(void **state)
{
    struct box *box = *state;
    open_store(box);
    close_store(box);
    int64_t version = number(box, "PRAGMA user_version");
    run(box, "PRAGMA user_version = 99");
    assert_unusable(box, DAQS_EVERSION, "the database has version 99");
    char pragma[64];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", (int)version);
    run(box, pragma);
    open_store(box); /* the failed attempt released the lock */
    close_store(box);
    run(box, "PRAGMA application_id = 1");
    assert_unusable(box, DAQS_EREFUSED, "it is not a DAQS database");
}

/* --- SLAs --- */

static const struct sla gold = {.min = 2 * GBIT, .max = DAQS_UNLIMITED, .weight = 1};
static const struct sla silver = {.min = GBIT, .max = 3 * GBIT, .weight = 7};

static struct ledger *load(struct box *box)
{
    struct daqs_error err = {0};
    struct ledger *ledger = ledger_new();
    assert_non_null(ledger);
    if (records_load_ledger(box->records, ledger, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    return ledger;
}

static void an_sla_is_there_after_a_restart_and_in_the_audit_trail(void **state)
{
    const char *odd = "db'); DROP TABLE sla; -- \xe6\x95\xb0";
    struct box *box = *state;
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &gold, NULL), DAQS_OK);
    assert_int_equal(write_sla(box, "node1", odd, NULL, &silver, NULL), DAQS_OK);
    close_store(box);
    open_store(box);
    struct ledger *ledger = load(box);
    assert_int_equal(ledger_count(ledger), 2);
    const struct ledger_entry *entry = ledger_find(ledger, "node1", "db1");
    assert_non_null(entry);
    assert_int_equal(entry->sla.min, 2 * GBIT);
    assert_int_equal(entry->sla.max, DAQS_UNLIMITED);
    assert_int_equal(entry->sla.weight, 1);
    assert_int_equal(entry->updated_at_ms, 4321);
    assert_string_equal(entry->updated_by, "alice");
    entry = ledger_find(ledger, "node1", odd);
    assert_non_null(entry);
    assert_int_equal(entry->sla.max, 3 * GBIT);
    assert_int_equal(entry->sla.weight, 7);
    ledger_free(ledger);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 2);
    assert_int_equal(
        number(box, "SELECT count(*) FROM audit WHERE at_ms = 4321 AND by = 'alice' AND host ="
                    " 'node1' AND vm = 'db1' AND old_min_bps IS NULL AND old_max_bps IS NULL AND"
                    " old_weight IS NULL AND new_min_bps = 2000000000 AND new_max_bps IS NULL AND"
                    " new_weight = 1"),
        1);
}

static void the_audit_trail_keeps_replaced_values(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &silver, NULL), DAQS_OK);
    assert_int_equal(write_sla(box, "node1", "db1", &silver, &gold, NULL), DAQS_OK);
    struct ledger *ledger = load(box);
    assert_int_equal(ledger_count(ledger), 1);
    assert_int_equal(ledger_sla(ledger, "node1", "db1").min, 2 * GBIT);
    assert_int_equal(ledger_sla(ledger, "node1", "db1").max, DAQS_UNLIMITED);
    ledger_free(ledger);
    assert_int_equal(
        number(box, "SELECT count(*) FROM audit WHERE id = 2 AND old_min_bps = 1000000000 AND"
                    " old_max_bps = 3000000000 AND old_weight = 7 AND new_min_bps = 2000000000"),
        1);
}

static void an_sla_that_is_taken_away_is_gone_but_not_forgotten(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &silver, NULL), DAQS_OK);
    assert_int_equal(write_sla(box, "node1", "db2", NULL, &silver, NULL), DAQS_OK);
    assert_int_equal(write_sla(box, "node1", "db1", &silver, NULL, NULL), DAQS_OK);
    struct ledger *ledger = load(box);
    assert_int_equal(ledger_count(ledger), 1);
    assert_null(ledger_find(ledger, "node1", "db1"));
    ledger_free(ledger);
    assert_int_equal(
        number(box, "SELECT count(*) FROM audit WHERE id = 3 AND vm = 'db1' AND old_weight = 7 AND"
                    " new_min_bps IS NULL AND new_max_bps IS NULL AND new_weight IS NULL"),
        1);
}

static void an_sla_and_its_audit_record_are_written_together_or_not_at_all(void **state)
{
    static const struct sla weightless = {.min = 1, .max = DAQS_UNLIMITED, .weight = 0};
    struct box *box = *state;
    struct daqs_error err = {0};
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &weightless, &err), DAQS_ESTORE);
    assert_non_null(strstr(err.text, "weight > 0"));
    run(box, "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT raise(FAIL, 'no'); END");
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &gold, &err), DAQS_ESTORE);
    assert_int_equal(number(box, "SELECT count(*) FROM sla"), 0);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 0);
    run(box, "DROP TRIGGER full");
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &gold, &err), DAQS_OK);
}

static void steps_are_written_together_or_not_at_all(void **state)
{
    static const struct sla weightless = {.min = 1, .max = DAQS_UNLIMITED, .weight = 0};
    struct box *box = *state;
    for (int round = 0; round < 2; round++) {
        bool done = false;
        struct records_changeset *job = new_sla("node1", "db1", NULL, &gold);
        struct ledger_change *change =
            changeset_add(&job->changeset, LEDGER_APPLY, "node2", "db1", NULL);
        assert_non_null(change);
        change->has_new = true;
        change->new_sla = round == 0 ? weightless : silver;
        job->base.done = set_flag;
        job->base.context = &done;
        assert_int_equal(records_write_changeset(box->records, job), DAQS_OK);
        wait_for(box->store, &done);
        assert_int_equal(job->base.result, round == 0 ? DAQS_ESTORE : DAQS_OK);
        assert_int_equal(number(box, "SELECT count(*) FROM sla"), 2 * round);
        assert_int_equal(number(box, "SELECT count(*) FROM audit"), 2 * round);
        free_sla(job);
    }
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE what = 'apply'"
                                 " AND host = 'node2'"),
                     1);
}

/* A rename has two steps. A step that only records a UUID leaves everything else unchanged. */
static void uuids_and_where_an_sla_came_from_are_kept(void **state)
{
    struct box *box = *state;
    bool done = false;
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &gold, NULL), DAQS_OK);
    struct records_changeset *job = new_sla("node1", "db1", &gold, &silver);
    job->at_ms = 9999;
    job->changeset.change[0].kind = LEDGER_LEARN;
    job->changeset.change[0].uuid = "u1";
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_changeset(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    free_sla(job);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM sla WHERE uuid = 'u1' AND updated_ms = 4321"
                                 " AND min_bps = 2000000000"),
                     1);
    job = new_sla("node1", "db1", &gold, NULL);
    job->changeset.change[0].kind = LEDGER_RENAME;
    job->changeset.change[0].other = "node1/db9";
    struct ledger_change *to = changeset_add(&job->changeset, LEDGER_RENAME, "node1", "db9", NULL);
    assert_non_null(to);
    to->has_new = true;
    to->new_sla = gold;
    to->uuid = "u1";
    to->other = "node1/db1";
    done = false;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_changeset(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    free_sla(job);
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE what = 'sla-renamed' AND"
                                 " vm = 'db1' AND new_text = 'node1/db9' AND old_text IS NULL"),
                     1);
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE what = 'sla-renamed' AND"
                                 " vm = 'db9' AND old_text = 'node1/db1' AND new_text IS NULL"),
                     1);
    struct ledger *ledger = load(box);
    assert_int_equal(ledger_count(ledger), 1);
    assert_string_equal(ledger_of_uuid(ledger, "u1")->vm, "db9");
    ledger_free(ledger);
}

static void the_audit_trail_is_not_changed(void **state)
{
    struct box *box = *state;
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &gold, NULL), DAQS_OK);
    sqlite3 *db = open_file(box);
    assert_int_not_equal(sqlite_run(db, "UPDATE audit SET by = 'eve'", NULL), DAQS_OK);
    assert_int_not_equal(sqlite_run(db, "DELETE FROM audit", NULL), DAQS_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE by = 'alice'"), 1);
}

static void the_old_trail_names_the_changes(void **state)
{
    struct box *box = *state;
    make_version(box, 2);
    run(box, "INSERT INTO audit (at_ms, by, host, vm, new_min_bps, new_weight)"
             " VALUES (1, 'bob', 'a', 'db1', 5, 1);"
             "INSERT INTO audit (at_ms, by, host, vm, old_min_bps, old_weight)"
             " VALUES (2, 'bob', 'a', 'db1', 5, 1)");
    open_store(box);
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE id = 1 AND what = 'set-sla'"),
                     1);
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE id = 2 AND what = 'unset-sla'"),
                     1);
}

static void the_trail_is_answered_by_host_vm_and_time_in_parts(void **state)
{
    struct box *box = *state;
    run(box, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
             " INSERT INTO audit (at_ms, by, host, vm, what) SELECT i, 'bob',"
             " iif(i % 2, 'a', 'b'), iif(i % 4, 'db1', 'db2'), 'set-sla' FROM n");
    static const struct {
        const char *host;
        const char *vm;
        int64_t since_ms;
        size_t rows;
    } cases[] = {{"", "", 0, 2500},
                 {"a", "", 0, 1250},
                 {"b", "db2", 0, 625},
                 {"a", "db2", 0, 0},
                 {"", "", 2401, 100}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_question job = {
            .since_ms = cases[i].since_ms, .until_ms = INT64_MAX, .token = -1};
        size_t rows = 0;
        (void)snprintf(job.host, sizeof job.host, "%s", cases[i].host);
        (void)snprintf(job.vm, sizeof job.vm, "%s", cases[i].vm);
        do {
            bool done = false;
            job.base.done = set_flag;
            job.base.context = &done;
            assert_int_equal(store_query_audit(box->store, &job), DAQS_OK);
            wait_for(box->store, &done);
            assert_int_equal(job.base.result, DAQS_OK);
            rows += daqs_table_rows(&job.table);
            daqs_table_done(&job.table);
            job.token = job.next;
        } while (job.more);
        assert_int_equal(rows, cases[i].rows);
    }
}

static void count_one(struct store_job *job)
{
    ++*(int *)job->context;
    free_sla((struct records_changeset *)job);
}

static void queued_writes_are_done_before_closing(void **state)
{
    enum { MANY = 50 };
    struct box *box = *state;
    int done = 0;
    for (int i = 0; i < MANY; i++) {
        char vm[16];
        (void)snprintf(vm, sizeof vm, "vm%d", i);
        struct records_changeset *job = new_sla("node1", vm, NULL, &gold);
        job->base.done = count_one;
        job->base.context = &done;
        assert_int_equal(records_write_changeset(box->records, job), DAQS_OK);
    }
    close_store(box);
    assert_int_equal(done, MANY);
    assert_int_equal(number(box, "SELECT count(*) FROM sla"), MANY);
}

/* A disk that hangs must not fill the memory of a running controller. */
static void a_full_queue_leaves_the_job_to_the_caller(void **state)
{
    enum { FAR_TOO_MANY = 100000 };
    struct box *box = *state;
    struct daqs_error err = {0};
    int taken = 0;
    bool done = false;
    sqlite3 *blocker = open_file(box);
    assert_int_equal(sqlite_run(blocker, "BEGIN IMMEDIATE", &err), DAQS_OK);
    int result = DAQS_OK;
    while (taken < FAR_TOO_MANY) {
        struct store_rollups *job = new_points(taken);
        add_second(job, taken, 1, 1, 0, 0, 0);
        job->base.done = free_points;
        result = store_write_rollups(box->store, job);
        if (result != DAQS_OK) {
            store_rollups_free(job);
            break;
        }
        taken++;
    }
    assert_int_equal(result, DAQS_EBUSY);
    assert_int_equal(sqlite_run(blocker, "COMMIT", &err), DAQS_OK);
    assert_int_equal(sqlite3_close(blocker), SQLITE_OK);

    struct records_changeset *last = new_sla("node1", "db1", NULL, &gold);
    last->base.done = set_flag;
    last->base.context = &done;
    time_t end = time(NULL) + PATIENCE_S;
    while (records_write_changeset(box->records, last) == DAQS_EBUSY) {
        struct pollfd fd = {.fd = store_write_fd(box->store), .events = POLLIN};
        assert_true(time(NULL) < end);
        assert_true(poll(&fd, 1, 1000) >= 0);
        store_reap(box->store);
    }
    wait_for(box->store, &done);
    assert_int_equal(last->base.result, DAQS_OK);
    free_sla(last);
    /* All accepted jobs were written. */
    assert_int_equal(number(box, "SELECT max(time) FROM history_recent WHERE step = 1"), taken - 1);
}

/* --- names --- */

static void nics_keep_their_numbers(void **state)
{
    static const struct named before[] = {
        {"db1", "u1", "up0", 1}, {"db1", "u1", "up1", 2}, {"web1", "u2", "up0", 1}};
    static const struct named after[] = {
        {"web1", "u3", "up0", 1}, {"db1", "u1", "ens6", 1}, {"db1", "u1", "up1", 3}};
    struct box *box = *state;
    int64_t first[3];
    int64_t second[3];
    int64_t elsewhere[3];
    name_nics(box, "node1", before, 3, first, NULL);
    assert_true(first[0] > 0 && first[1] > 0 && first[2] > 0);
    assert_true(first[0] != first[1] && first[0] != first[2] && first[1] != first[2]);
    name_nics(box, "node2", before, 3, elsewhere, NULL);
    close_store(box);
    open_store(box);
    name_nics(box, "node1", after, 3, second, NULL);
    assert_int_equal(second[0], first[2]); /* in another order, and the VM is a new one */
    for (int i = 0; i < 3; i++)            /* [1]: the MAC address is on another uplink */
        assert_true(second[1] != first[i] && second[2] != first[i] && elsewhere[0] != first[i]);
    name_nics(box, "node1", before, 3, second, NULL);
    assert_memory_equal(second, first, sizeof first);
    assert_int_equal(number(box, "SELECT count(*) FROM host"), 2);
    assert_int_equal(number(box, "SELECT count(*) FROM host WHERE first_ms = 55"), 2);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 8);
}

static void the_newest_uuid_is_kept(void **state)
{
    static const struct named before[] = {{"db1", "u1", "up0", 1}};
    static const struct named after[] = {{"db1", "u2", "up0", 1}};
    struct box *box = *state;
    int64_t id;
    name_nics(box, "node1", before, 1, &id, NULL);
    name_nics(box, "node1", after, 1, &id, NULL);
    assert_int_equal(number(box, "SELECT count(*) FROM nic JOIN vm ON vm.id = nic.vm_id WHERE"
                                 " uuid = 'u2' AND uplink = 'up0'"),
                     1);
}

static void of_a_host_without_nics_nothing_is_kept(void **state)
{
    struct box *box = *state;
    name_nics(box, "node1", NULL, 0, NULL, NULL);
    assert_int_equal(number(box, "SELECT count(*) FROM host"), 0);
    store_names_free(NULL);
}

static void a_host_has_a_bounded_number_of_nics_in_the_database(void **state)
{
    static const struct named first[] = {{"db1", "u1", "up0", 1}, {"db1", "u1", "up0", 2}};
    static const struct named more[] = {
        {"db1", "u1", "up0", 2}, {"web1", "u2", "up0", 3}, {"web2", "u3", "up0", 4}};
    static const struct named other[] = {{"db1", "u1", "up0", 5}};
    struct box *box = *state;
    int64_t id[3];
    int64_t again[3];
    box->nics_most = 3;
    name_nics(box, "node1", first, 2, id, NULL);
    assert_true(id[0] > 0 && id[1] > 0);
    name_nics(box, "node1", more, 3, again, NULL);
    assert_int_equal(again[0], id[1]);
    assert_true(again[1] > 0);
    assert_int_equal(again[2], 0);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 3);
    assert_int_equal(number(box, "SELECT count(*) FROM vm WHERE name = 'web2'"), 0);
    name_nics(box, "node2", other, 1, id, NULL);
    assert_true(id[0] > 0);
}

/* Writes an empty job, as a fleet does every second, so that the store may forget names. */
static void let_forget(struct box *box, bool all_named)
{
    struct store_rollups *job = new_points(INT64_C(100) * 86400);
    job->all_named = all_named;
    assert_int_equal(write_points(box, job, NULL), DAQS_OK);
}

static void names_are_forgotten_once_their_history_is_gone(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    run(box, "UPDATE nic SET seen_s = 86400 * id");
    run(box, "UPDATE history_from SET time = 86400 * 5 + 1 WHERE step < 3600");
    let_forget(box, true); /* their hours may still be kept */
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 4);
    run(box, "UPDATE history_from SET time = 86400 * 5 + 1");
    let_forget(box, false); /* not all names in use are known */
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 4);
    let_forget(box, true);
    assert_int_equal(number(box, "SELECT min(id) FROM nic"), 3);
    /* Both nics of db1 on node1 are gone, and db1 with them; node1 still has web1. */
    assert_int_equal(number(box, "SELECT count(*) FROM vm"), 2);
    assert_int_equal(number(box, "SELECT count(*) FROM host"), 2);
    run(box, "UPDATE history_from SET time = 86400 * 9");
    let_forget(box, true);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 0);
    assert_int_equal(number(box, "SELECT count(*) FROM vm"), 0);
    assert_int_equal(number(box, "SELECT count(*) FROM host"), 0);
}

static void nics_that_are_named_again_stay(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    run(box, "UPDATE nic SET seen_s = -1000000");
    run(box, "UPDATE history_from SET time = 0");
    static const struct named web1 = {"web1", "", "up0", 3};
    name_nics(box, "node1", &web1, 1, names.nic, NULL);
    let_forget(box, true);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 1);
    assert_int_equal(number(box, "SELECT id FROM nic"), names.nic[0]);
}

/* A few are checked at a time, and then it starts over. */
static void names_are_looked_at_a_few_at_a_time(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    run(box, "UPDATE history_from SET time = 86400 * 5");
    run(box, "UPDATE nic SET seen_s = 86400 * 9");
    run(box, "INSERT INTO nic (id, vm_id, mac, uplink) VALUES (500, 1, 'x', 'up0')");
    let_forget(box, true);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 5);
    let_forget(box, true);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 4);
    run(box, "UPDATE nic SET seen_s = 0 WHERE id = 1");
    let_forget(box, true);
    assert_int_equal(number(box, "SELECT count(*) FROM nic"), 3);
}

/* --- a disk that is full --- */

/* No file of this process may grow beyond 'bytes'. RLIM_INFINITY lifts the limit. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR); /* a write then fails with EFBIG */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int lift_limit_and_remove_all(void **state)
{
    limit_files(RLIM_INFINITY);
    return remove_all(state);
}

/* Makes the disk appear full from now on. */
static void fill_disk(const struct box *box)
{
    char wal[STORE_BOX_NAME_BYTES + 4];
    struct stat s;
    (void)snprintf(wal, sizeof wal, "%s-wal", box->path);
    assert_int_equal(stat(wal, &s), 0);
    assert_true(s.st_size > 32768); /* the file next to it must still fit */
    limit_files((rlim_t)s.st_size);
}

static void a_full_disk_fails_writes_and_nothing_else(void **state)
{
    struct box *box = *state;
    struct names names;
    name_all(box, &names);
    assert_int_equal(write_sla(box, "node1", "db1", NULL, &gold, NULL), DAQS_OK);
    for (int64_t t = 1000; t < 1020; t++)
        assert_int_equal(write_second(box, t, &names, 2, MBIT, MBIT, MBIT, NULL), DAQS_OK);

    fill_disk(box);
    for (int i = 0; i < 3; i++) {
        struct daqs_error err = {0};
        assert_int_equal(write_second(box, 1020 + i, &names, 2, MBIT, MBIT, MBIT, &err),
                         DAQS_ESTORE);
        assert_int_equal(err.code, DAQS_ESTORE);
        assert_non_null(strstr(err.text, "disk"));
        err = (struct daqs_error){0};
        assert_int_equal(write_sla(box, "node1", "db2", NULL, &gold, &err), DAQS_ESTORE);
        assert_non_null(strstr(err.text, "disk"));
        assert_history(box, "web1", 1018, 2000, 1, "1018 3 1 1 1, 1019 3 1 1 1");
    }
    limit_files(RLIM_INFINITY);

    assert_int_equal(write_second(box, 1030, &names, 2, MBIT, MBIT, MBIT, NULL), DAQS_OK);
    assert_int_equal(write_sla(box, "node1", "db3", NULL, &gold, NULL), DAQS_OK);
    assert_history(box, "web1", 1019, 2000, 1, "1019 3 1 1 1, 1030 3 1 1 1");
    close_store(box);
    open_store(box);
    struct ledger *ledger = load(box);
    assert_int_equal(ledger_count(ledger), 2);
    assert_non_null(ledger_find(ledger, "node1", "db1"));
    assert_non_null(ledger_find(ledger, "node1", "db3"));
    ledger_free(ledger);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 2);
    assert_int_equal(number(box, "SELECT count(*) FROM pragma_integrity_check WHERE"
                                 " integrity_check = 'ok'"),
                     1);
}

/* A controller is killed, and the disk is full when it starts again. */
static void no_epoch_is_begun_that_is_not_on_disk(void **state)
{
    struct box *box = *state;
    struct daqs_error err = {0};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* The child must not assert: on failure it would run the remaining tests as well. */
        struct store *store = try_open(box, &err);
        struct records *records = store ? records_sqlite_new(store) : NULL;
        int done = 0;
        for (int i = 0; records && i < 20; i++) {
            struct records_changeset *job = new_sla("node1", "db1", NULL, &gold);
            job->base.done = count_one;
            job->base.context = &done;
            if (records_write_changeset(records, job) != DAQS_OK)
                _exit(1);
        }
        struct pollfd fd = {.fd = store ? store_write_fd(store) : -1, .events = POLLIN};
        while (records && done < 20 && poll(&fd, 1, PATIENCE_S * 1000) > 0)
            store_reap(store);
        _exit(done == 20 ? 0 : 1); /* without closing the store, so that the WAL stays */
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    fill_disk(box);
    struct store *store = try_open(box, &err);
    limit_files(RLIM_INFINITY);
    bool opened = store != NULL;
    store_close(store);
    assert_false(opened);
    assert_int_equal(err.code, DAQS_ESTORE);
    assert_non_null(strstr(err.text, "disk"));
    open_store(box);
    assert_int_equal(box->epoch, 2);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_all)
#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

static int interrupt(void *arg)
{
    (void)arg;
    return 1;
}

static void an_abandoned_query_is_not_a_fault_of_the_database(void **state)
{
    struct daqs_error err = {0};
    sqlite3 *db = NULL;
    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    sqlite3_progress_handler(db, 1, interrupt, NULL);
    assert_int_equal(sqlite_run(db, "CREATE TABLE t (n)", &err), DAQS_EBUSY);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    assert_int_equal(sqlite_run(db, "nonsense", &err), DAQS_ESTORE);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_opening_begins_a_higher_epoch),
        IN_STORE(a_second_controller_is_kept_out),
        IN_FOLDER(the_last_folder_of_the_path_is_made),
        IN_FOLDER(a_folder_that_is_missing_is_named),
        IN_FOLDER(a_folder_that_may_not_be_written_is_named),
        IN_FOLDER(a_file_that_is_not_a_database_is_refused),
        cmocka_unit_test(an_abandoned_query_is_not_a_fault_of_the_database),
        IN_FOLDER(a_newer_or_foreign_database_is_refused),
        IN_STORE(an_sla_is_there_after_a_restart_and_in_the_audit_trail),
        IN_STORE(the_audit_trail_keeps_replaced_values),
        IN_STORE(an_sla_that_is_taken_away_is_gone_but_not_forgotten),
        IN_STORE(an_sla_and_its_audit_record_are_written_together_or_not_at_all),
        IN_STORE(steps_are_written_together_or_not_at_all),
        IN_STORE(uuids_and_where_an_sla_came_from_are_kept),
        IN_STORE(the_audit_trail_is_not_changed),
        IN_STORE(the_old_trail_names_the_changes),
        IN_STORE(the_trail_is_answered_by_host_vm_and_time_in_parts),
        IN_STORE(queued_writes_are_done_before_closing),
        IN_STORE(a_full_queue_leaves_the_job_to_the_caller),
        IN_STORE(nics_keep_their_numbers),
        IN_STORE(the_newest_uuid_is_kept),
        IN_STORE(of_a_host_without_nics_nothing_is_kept),
        IN_STORE(a_host_has_a_bounded_number_of_nics_in_the_database),
        IN_STORE(names_are_forgotten_once_their_history_is_gone),
        IN_STORE(nics_that_are_named_again_stay),
        IN_STORE(names_are_looked_at_a_few_at_a_time),
        cmocka_unit_test_setup_teardown(a_full_disk_fails_writes_and_nothing_else, make_store,
                                        lift_limit_and_remove_all),
        cmocka_unit_test_setup_teardown(no_epoch_is_begun_that_is_not_on_disk, make_folder,
                                        lift_limit_and_remove_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
