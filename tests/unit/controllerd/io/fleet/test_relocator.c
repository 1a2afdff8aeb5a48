/* SPDX-License-Identifier: Apache-2.0 */
/* When SLAs follow their VMs, with a fake engine that stores nothing until the test says so. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/fleet/roster.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/store/records.h"
#include "shared/base/clock.h"
#include "shared/policy/wire_bytes.h"

enum { HOSTS = 20, TICKS = 10, STARTED_MS = 30000 };

struct scene {
    struct records records; /* first member */
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct commit_queue *queue;
    struct sla_commits *commits;
    struct relocator *relocator;
    struct controller_config config;
    struct store_job *write; /* under way */
    unsigned writes;
};

static int on_write(struct records *records, struct records_changeset *job)
{
    struct scene *s = (struct scene *)records;
    s->write = &job->base;
    s->writes++;
    return DAQS_OK;
}

static const struct records_engine engine = {.write_changeset = on_write};

static void on_applied(void *arg, const struct ledger_change *change)
{
    (void)arg;
    (void)change;
}

static void on_host(void *arg, const char *host)
{
    (void)arg;
    (void)host;
}

/* Each host has a VM whose UUID its SLA is to learn. */
static void add_host(struct scene *s, int number, int64_t now_ms)
{
    char name[16];
    struct daqs_uplink_info uplink[] = {{"up0", wire_guarantee(10 * GBIT, 0) + 1}};
    struct daqs_vm_info vm[] = {{.name = "db1", .uuid = "u1"}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0}};
    char uuid[16];
    struct daqs_inventory inventory = {1, 1, 1, uplink, vm, nic, 0, NULL};
    struct fleet_host *host = NULL;
    const struct sla sla = {.min = GBIT, .max = DAQS_UNLIMITED, .weight = 1};
    (void)snprintf(name, sizeof name, "node%d", number);
    (void)snprintf(uuid, sizeof uuid, "u%d", number);
    vm[0].uuid = uuid;
    assert_int_equal(ledger_put(s->ledger, name, "db1", &sla, 0, "eve"), DAQS_OK);
    assert_int_equal(
        fleet_hello(s->fleet, s->ledger, name, "1.0", 1, 1, 100, &inventory, now_ms, &host, NULL),
        DAQS_OK);
    host->connected = true;
    relocator_hello(s->relocator, host);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    const int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    *state = s;
    if (!s)
        return -1;
    s->records.engine = &engine;
    s->fleet = fleet_new(HOSTS, 8);
    s->roster = roster_new();
    s->ledger = ledger_new();
    s->queue = commit_queue_new(&s->records);
    s->commits = sla_commits_new(&(struct sla_commits_setup){.queue = s->queue,
                                                             .ledger = s->ledger,
                                                             .applied = on_applied,
                                                             .host_changed = on_host,
                                                             .arg = s});
    s->relocator = relocator_new(&(struct relocator_setup){.fleet = s->fleet,
                                                           .ledger = s->ledger,
                                                           .roster = s->roster,
                                                           .commits = s->commits,
                                                           .config = &s->config,
                                                           .started_ms = now_ms - STARTED_MS});
    for (int i = 0; i < HOSTS; i++)
        add_host(s, i, now_ms);
    return 0;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    relocator_free(s->relocator);
    sla_commits_free(s->commits);
    commit_queue_free(s->queue);
    roster_free(s->roster);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    free(s);
    return 0;
}

static void tick(struct scene *s)
{
    for (int i = 0; i < TICKS; i++)
        relocator_tick(s->relocator);
}

/* Ends the change that is under way. Returns false if there is none. */
static bool end_write(struct scene *s, int result)
{
    struct store_job *write = s->write;
    s->write = NULL;
    if (!write)
        return false;
    write->result = result;
    write->done(write);
    return true;
}

static void all_that_are_due_are_stored(void **state)
{
    struct scene *s = *state;
    tick(s);
    while (end_write(s, DAQS_OK))
        ;
    assert_int_equal(s->writes, HOSTS);
    assert_string_equal(ledger_find(s->ledger, "node19", "db1")->uuid, "u19");
}

/* An engine that is away is not asked for each of them, whether or not there is a group. */
static void after_one_that_is_not_stored_the_others_wait(void **state)
{
    struct scene *s = *state;
    tick(s);
    assert_int_equal(sla_commits_waiting(s->commits), HOSTS);
    while (end_write(s, DAQS_EIO))
        ;
    assert_int_equal(s->writes, 1);
    assert_int_equal(sla_commits_waiting(s->commits), 0);
    tick(s);
    assert_int_equal(sla_commits_waiting(s->commits), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(all_that_are_due_are_stored),
        CASE(after_one_that_is_not_stored_the_others_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
