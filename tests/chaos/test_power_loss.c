/* SPDX-License-Identifier: Apache-2.0 */
/* The power fails at random moments while the store is working. After each failure the database
 * opens and is intact, every acknowledged change is in it, and no change is incomplete.
 *
 * DAQS_SEED repeats a run; DAQS_POWER_LOSSES sets the number of failures. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/power_vfs.h"
#include "tests/lib/random.h"
#include "tests/lib/store_box.h"

enum { VMS = 6, JOBS_MOST = 12, LOSSES = 80, OPENING_OPERATIONS = 12, LIFE_OPERATIONS = 60 };

/* The guarantee of each VM (0: no SLA), and how many changes were recorded. */
struct world {
    daqs_bps min[VMS];
    uint64_t records;
};

struct life {
    struct box *box;
    struct random_source random;
    struct names names;
    struct world world[JOBS_MOST + 1]; /* as found, and after each job */
    struct records_changeset *job[JOBS_MOST];
    bool done[JOBS_MOST];
    size_t jobs;
    size_t acknowledged; /* how many of them, in order */
    daqs_bps last_min;
    uint64_t epoch; /* the highest that was acknowledged */
    int64_t now_s;
};

static void vm_name(size_t vm, char host[8], char name[8])
{
    (void)snprintf(host, 8, "h%zu", vm % 2);
    (void)snprintf(name, 8, "vm%zu", vm);
}

/* --- contents of the database --- */

static struct world read_world(struct box *box)
{
    struct daqs_error err = {0};
    struct world world = {0};
    struct ledger *ledger = ledger_new();
    assert_non_null(ledger);
    if (records_load_ledger(box->records, ledger, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    size_t found = 0;
    for (size_t vm = 0; vm < VMS; vm++) {
        char host[8];
        char name[8];
        vm_name(vm, host, name);
        const struct ledger_entry *entry = ledger_find(ledger, host, name);
        world.min[vm] = entry ? entry->sla.min : 0;
        found += entry != NULL;
    }
    assert_int_equal(ledger_count(ledger), found);
    ledger_free(ledger);
    world.records = (uint64_t)number(box, "SELECT count(*) FROM audit");
    return world;
}

static void assert_sound(const struct box *box)
{
    assert_int_equal(number(box, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/* Checks that the state is that after one of the jobs, and that no acknowledged job is missing. */
static void assert_nothing_lost(struct life *life)
{
    struct world found = read_world(life->box);
    for (size_t k = life->acknowledged; k <= life->jobs; k++) {
        if (memcmp(&found, &life->world[k], sizeof found) == 0) {
            life->world[0] = found;
            life->jobs = life->acknowledged = 0;
            return;
        }
    }
    for (size_t vm = 0; vm < VMS; vm++)
        (void)fprintf(stderr, "vm%zu: %llu, acknowledged %llu, last asked for %llu\n", vm,
                      (unsigned long long)found.min[vm],
                      (unsigned long long)life->world[life->acknowledged].min[vm],
                      (unsigned long long)life->world[life->jobs].min[vm]);
    fail_msg("%zu of %zu changes were acknowledged, with %llu records; there are %llu",
             life->acknowledged, life->jobs,
             (unsigned long long)life->world[life->acknowledged].records,
             (unsigned long long)found.records);
}

/* --- changes --- */

static void add_step(struct life *life, struct records_changeset *job, struct world *world,
                     size_t vm)
{
    char host[8];
    char name[8];
    vm_name(vm, host, name);
    bool unset = world->min[vm] != 0 && random_below(&life->random, 4) == 0;
    struct ledger_change *change =
        changeset_add(&job->changeset, unset ? LEDGER_UNSET : LEDGER_SET, host, name, NULL);
    assert_non_null(change);
    change->has_old = world->min[vm] != 0;
    change->old_sla = SLA_NONE;
    change->old_sla.min = world->min[vm];
    change->has_new = !unset;
    change->new_sla = SLA_NONE;
    change->new_sla.min = unset ? 0 : ++life->last_min;
    world->min[vm] = change->new_sla.min;
    world->records++;
}

static void add_change(struct life *life)
{
    size_t n = life->jobs;
    struct world *world = &life->world[n + 1];
    struct records_changeset *job = calloc(1, sizeof *job);
    assert_non_null(job);
    *world = life->world[n];
    (void)snprintf(job->by, sizeof job->by, "alice");
    job->at_ms = life->now_s * 1000;
    changeset_init(&job->changeset);
    size_t first = (size_t)random_below(&life->random, VMS);
    size_t count = 1 + (size_t)random_below(&life->random, 3);
    for (size_t i = 0; i < count; i++)
        add_step(life, job, world, (first + i) % VMS);
    job->base.done = set_flag;
    job->base.context = &life->done[n];
    life->done[n] = false;
    life->job[n] = job;
    life->jobs++;
    assert_int_equal(records_write_changeset(life->box->records, job), DAQS_OK);
}

/* Waits for all jobs and frees them. No job is acknowledged after one that failed. */
static void end_changes(struct life *life)
{
    bool failed = false;
    for (size_t i = 0; i < life->jobs; i++) {
        if (!life->job[i])
            continue;
        wait_for(life->box->store, &life->done[i]);
        bool good = life->job[i]->base.result == DAQS_OK;
        assert_false(good && failed);
        failed |= !good;
        if (good)
            life->acknowledged = i + 1;
        changeset_done(&life->job[i]->changeset);
        free(life->job[i]);
        life->job[i] = NULL;
    }
}

static void add_history(struct life *life)
{
    struct store_rollups *job = new_points(life->now_s);
    size_t nic = (size_t)random_below(&life->random, 4);
    add_second(job, life->now_s++, life->names.host[nic], life->names.nic[nic], GBIT, MBIT, GBIT);
    job->base.done = free_points;
    assert_int_equal(store_write_rollups(life->box->store, job), DAQS_OK);
}

/* --- a life of the store until the power fails --- */

static void live(struct life *life)
{
    power_vfs_fail_after(1 + random_below(&life->random, LIFE_OPERATIONS));
    while (!power_vfs_failed() && life->jobs < JOBS_MOST) {
        add_change(life);
        if (random_below(&life->random, 2) == 0)
            add_history(life);
        if (random_below(&life->random, 2) == 0)
            end_changes(life);
        if (power_vfs_failed())
            break;
    }
    end_changes(life);
}

/* Returns whether the store opened before the power failed. */
static bool open_again(struct life *life, uint64_t operations)
{
    struct daqs_error err = {0};
    power_vfs_fail_after(operations);
    take_store(life->box, store_open(life->box->path, life->now_s * 1000, &life->box->epoch, &err));
    if (!life->box->store && !power_vfs_failed())
        fail_msg("%s", err.text);
    if (!life->box->store)
        return false;
    assert_true(life->box->epoch > life->epoch);
    life->epoch = life->box->epoch;
    return true;
}

static void lose_power(struct life *life)
{
    close_store(life->box);
    power_vfs_restore();
}

static void acknowledged_changes_survive_power_losses(void **state)
{
    const char *wanted = getenv("DAQS_POWER_LOSSES");
    uint64_t losses = wanted ? strtoull(wanted, NULL, 10) : LOSSES;
    uint64_t seed = random_seed();
    struct life *life = calloc(1, sizeof *life);
    assert_non_null(life);
    life->box = *state;
    life->random.state = seed;
    life->now_s = 1000;
    power_vfs_begin(~seed);
    /* From the first write on, when there is no database yet. */
    for (uint64_t most = OPENING_OPERATIONS;; most += OPENING_OPERATIONS) {
        if (open_again(life, 1 + random_below(&life->random, most)))
            break;
        lose_power(life);
    }
    lose_power(life);
    assert_true(open_again(life, 0));
    name_all(life->box, &life->names);
    uint64_t changes = 0;
    uint64_t acknowledged = 0;
    while (power_vfs_tally().failures < losses) {
        live(life);
        changes += life->jobs;
        acknowledged += life->acknowledged;
        lose_power(life);
        while (random_below(&life->random, 3) == 0) { /* again, before it is open */
            (void)open_again(life, 1 + random_below(&life->random, OPENING_OPERATIONS));
            lose_power(life);
        }
        assert_true(open_again(life, 0));
        assert_sound(life->box);
        assert_nothing_lost(life);
    }
    close_store(life->box);
    const struct power_tally tally = power_vfs_tally();
    (void)fprintf(stderr,
                  "%llu power losses; %llu of %llu changes acknowledged; of writes not synced %llu "
                  "whole, %llu torn, %llu lost\n",
                  (unsigned long long)tally.failures, (unsigned long long)acknowledged,
                  (unsigned long long)changes, (unsigned long long)tally.whole,
                  (unsigned long long)tally.torn, (unsigned long long)tally.lost);
    assert_true(acknowledged > 0 && acknowledged < changes);
    assert_true(tally.torn > 0 && tally.lost > 0 && tally.whole > 0);
    power_vfs_end();
    free(life);
}

/* Otherwise the case above would prove nothing. */
static void without_syncs_acknowledged_changes_are_lost(void **state)
{
    struct box *box = *state;
    unsigned lost = 0;
    power_vfs_begin(1);
    run(box, "PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER)");
    for (int i = 1; i <= 20; i++) {
        sqlite3 *db = open_file(box);
        char sql[64];
        (void)snprintf(sql, sizeof sql, "PRAGMA synchronous = OFF; INSERT INTO t VALUES (%d)", i);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        power_vfs_fail_after(1); /* what closing would still write */
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        power_vfs_restore();
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM t WHERE x = %d", i);
        lost += number(box, sql) == 0;
    }
    power_vfs_end();
    assert_true(lost > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_syncs_acknowledged_changes_are_lost, make_folder,
                                        remove_all),
        cmocka_unit_test_setup_teardown(acknowledged_changes_survive_power_losses, make_folder,
                                        remove_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
