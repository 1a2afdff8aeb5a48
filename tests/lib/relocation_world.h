/* SPDX-License-Identifier: Apache-2.0 */
/* relocation_world - hosts whose VMs come and go, as one controller sees them, and the changes of
 * its ledger that follow. */
#ifndef DAQS_TESTS_LIB_RELOCATION_WORLD_H
#define DAQS_TESTS_LIB_RELOCATION_WORLD_H

#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/relocation.h"
#include "shared/policy/wire_bytes.h"

enum { MOST = 16, SAID_BYTES = 1024, SETTLED = 2 * RELOCATION_STARTED_MS };

/* Hosts that say hello one by one, each with an uplink of about 10 Gbit/s. The controller started
 * at 0, long before 'now_ms'. */
struct world {
    struct fleet *fleet;
    struct ledger *ledger; /* of its own, unless it is shared */
    bool shares;
    struct vm_index *vm_index;
    uint64_t generation;
    int64_t now_ms;
    bool wait;
    bool in_group;
    const char *elsewhere; /* a host for which another controller answers; NULL: none */
    int64_t answered_ms;   /* for how long this one answers for all others */
    int64_t marked_ms;
    bool claimed;
    char said[SAID_BYTES];
};

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    w->fleet = fleet_new(MOST, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    w->vm_index = vm_index_new();
    w->now_ms = SETTLED;
    *state = w;
    return w->fleet && w->ledger && w->vm_index ? 0 : -1;
}

static int end_world(void **state)
{
    struct world *w = *state;
    vm_index_free(w->vm_index);
    fleet_free(w->fleet);
    if (!w->shares)
        ledger_free(w->ledger);
    free(w);
    return 0;
}

/* Sends the hello of a host whose VMs have a nic each: "db1=u1 web=u2"; "db1=" has no UUID. */
static void hello(struct world *w, const char *name, const char *vms)
{
    char text[256];
    struct daqs_uplink_info uplink[] = {{"up0", wire_guarantee(10 * GBIT, 0) + 1}};
    struct daqs_vm_info vm[MOST];
    struct daqs_nic_info nic[MOST];
    struct daqs_inventory inventory = {1, 0, 0, uplink, vm, nic, 0, NULL};
    struct fleet_host *host = NULL;
    (void)snprintf(text, sizeof text, "%s", vms);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        char *equals = strchr(word, '=');
        assert_non_null(equals);
        *equals = '\0';
        vm[inventory.vms++] = (struct daqs_vm_info){.name = word, .uuid = equals + 1};
        nic[inventory.nics] = (struct daqs_nic_info){
            inventory.nics, 0, {{2, 0, 0, 0, 0, (uint8_t)inventory.nics}}, 0};
        inventory.nics++;
    }
    assert_int_equal(fleet_hello(w->fleet, w->ledger, name, "1.0", 1, ++w->generation, 100,
                                 &inventory, w->now_ms, &host, NULL),
                     DAQS_OK);
    host->connected = true;
    assert_int_equal(vm_index_update(w->vm_index, host), DAQS_OK);
}

/* Advances the time by 'ms'. All hosts except 'silent' have reported by then. */
static void pass(struct world *w, int64_t ms, const char *silent)
{
    w->now_ms += ms;
    for (size_t i = 0; i < fleet_count(w->fleet); i++)
        if (!silent || strcmp(fleet_at(w->fleet, i)->name, silent) != 0)
            fleet_at(w->fleet, i)->heard_ms = w->now_ms;
}

static void put(struct world *w, const char *host, const char *vm, const char *uuid, daqs_bps min)
{
    const struct sla sla = {.min = min, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, host, vm, &sla, 0, "eve"), DAQS_OK);
    assert_true(ledger_set_uuid(w->ledger, host, vm, uuid));
    if (fleet_find(w->fleet, host))
        fleet_refresh_slas(fleet_find(w->fleet, host), w->ledger);
}

static void say(struct world *w, const char *text)
{
    size_t length = strlen(w->said);
    (void)snprintf(w->said + length, sizeof w->said - length, "%s%s", length ? ", " : "", text);
}

static void stays(void *arg, const struct ledger_entry *entry, const struct fleet_host *host,
                  const char *vm, const char *why)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s/%s stays (%s/%s: %.20s)", entry->host, entry->vm,
                   host->name, vm, why);
    say(arg, text);
}

static int64_t answered_ms(void *arg, const char *host)
{
    const struct world *w = arg;
    return w->elsewhere && strcmp(w->elsewhere, host) == 0 ? -1 : w->answered_ms;
}

static void home(void *arg, const struct ledger_entry *entry)
{
    (void)arg;
    (void)entry;
}

/* Says what the changes are, and applies them. Returns whether there were any. */
static bool make(struct world *w, struct changeset *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        char text[256];
        const struct ledger_change *s = &changes->change[i];
        const struct ledger_entry *now = ledger_find(w->ledger, s->host, s->vm);
        assert_int_equal(s->has_old, now != NULL);
        for (size_t k = 0; k < i; k++) /* at most one step for each entry */
            assert_false(strcmp(s->host, changes->change[k].host) == 0 &&
                         strcmp(s->vm, changes->change[k].vm) == 0);
        if (s->kind == LEDGER_LEARN)
            (void)snprintf(text, sizeof text, "%s/%s is %s", s->host, s->vm,
                           strcmp(s->uuid, now->uuid) != 0 ? s->uuid
                           : s->gone                       ? "gone"
                                                           : "back");
        else if (s->has_new)
            (void)snprintf(text, sizeof text, "%s from %s to %s/%s",
                           s->kind == LEDGER_MOVE ? "move" : "rename", s->other, s->host, s->vm);
        if (s->has_new)
            say(w, text);
    }
    bool any = changes->count > 0;
    assert_int_equal(changeset_apply(changes, w->ledger, 7, "controller"), DAQS_OK);
    for (size_t i = 0; i < fleet_count(w->fleet); i++)
        fleet_refresh_slas(fleet_at(w->fleet, i), w->ledger);
    changeset_done(changes);
    return any;
}

static struct relocation relocation_of(struct world *w)
{
    return (struct relocation){.fleet = w->fleet,
                               .ledger = w->ledger,
                               .vm_index = w->vm_index,
                               .now_ms = w->now_ms,
                               .answered_ms = w->in_group ? answered_ms : NULL,
                               .marked_ms = w->marked_ms,
                               .claimed = w->claimed,
                               .stays = stays,
                               .home = home,
                               .arg = w};
}

/* Looks for relocations of a host's VMs once, and applies them. Returns whether there were any. */
static bool once(struct world *w, const char *name)
{
    struct changeset changes;
    const struct relocation f = relocation_of(w);
    changeset_init(&changes);
    assert_int_equal(relocation_find(&f, fleet_find(w->fleet, name), &changes, &w->wait), DAQS_OK);
    return make(w, &changes);
}

/* Repeats until there is nothing left to do. */
static void relocation(struct world *w, const char *name, const char *expected)
{
    *w->said = '\0';
    for (int i = 0; once(w, name); i++)
        assert_true(i < 10);
    assert_string_equal(w->said, expected);
}

static void assert_sla(struct world *w, const char *host, const char *vm, daqs_bps min,
                       const char *uuid)
{
    const struct ledger_entry *entry = ledger_find(w->ledger, host, vm);
    assert_non_null(entry);
    assert_int_equal(entry->sla.min, min);
    assert_string_equal(entry->uuid, uuid);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

#endif
