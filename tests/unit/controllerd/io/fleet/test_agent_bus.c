/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller does with agents' messages, and what it sends: with a table of sent messages
 * instead of sockets, and a clock that the test sets. */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/bus.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/fleet/violations.h"

enum { SENT_MOST = 64, ARENA_BYTES = 1024 * 1024, LEASE_MS = 3000, EPOCH = 100 };

#define WALL INT64_C(1800000000000)

static const int64_t start = 1000000;

/* A message that was sent, decoded. */
struct sent {
    uint8_t route;
    struct wire_message message;
};

struct scene {
    struct box *box;
    struct controller_config config;
    struct controller_counters count;
    struct buckets took;
    struct policy_overrides overrides;
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct state_events *state_events;
    struct accounting *accounting;
    struct events *events;
    struct violations *violations;
    struct recorder *recorder;
    struct commit_queue *queue;
    struct sla_commits *commits;
    struct relocator *relocator;
    struct agent_conns *conns;
    struct push *push;
    struct reign *reign;
    struct bus *bus;
    struct daqs_arena arena;
    struct sent sent[SENT_MOST];
    size_t count_sent;
    int fails_with; /* DAQS_OK: nothing fails */
};

static int on_send(void *arg, const struct net_route *route, const void *bytes, size_t length)
{
    struct scene *s = arg;
    if (s->fails_with != DAQS_OK)
        return s->fails_with;
    assert_true(s->count_sent < SENT_MOST);
    struct sent *sent = &s->sent[s->count_sent++];
    sent->route = route->id[0];
    assert_int_equal(wire_decode(bytes, length, &s->arena, &sent->message, NULL), DAQS_OK);
    return DAQS_OK;
}

static void on_raised(void *arg)
{
    const struct scene *s = arg;
    push_all(s->push, start);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    daqs_arena_init(&s->arena, ARENA_BYTES);
    s->config = (struct controller_config){.lease_ms = LEASE_MS,
                                           .resolution_ms = 1000,
                                           .headroom_ppm = 10000,
                                           .mode = POLICY_MODE_MINIMUM,
                                           .insecure = true};
    s->fleet = fleet_new(2, 8);
    s->roster = roster_new();
    s->ledger = ledger_new();
    s->state_events = state_events_new(
        &(struct state_events_setup){.fleet = s->fleet, .roster = s->roster, .config = &s->config});
    s->events = NULL; /* only logged */
    s->reign = reign_new(&(struct reign_setup){.store = s->box->store,
                                               .records = s->box->records,
                                               .fleet = s->fleet,
                                               .epoch = EPOCH,
                                               .raised = on_raised,
                                               .arg = s},
                         start, WALL);
    s->accounting = accounting_new();
    s->violations = violations_new(s->events, s->fleet, s->accounting);
    s->recorder = recorder_new(&(struct recorder_setup){.fleet = s->fleet,
                                                        .accounting = s->accounting,
                                                        .store = s->box->store,
                                                        .violations = s->violations,
                                                        .config = &s->config},
                               0);
    s->queue = commit_queue_new(s->box->records);
    s->commits =
        sla_commits_new(&(struct sla_commits_setup){.queue = s->queue, .ledger = s->ledger});
    s->relocator = relocator_new(&(struct relocator_setup){.fleet = s->fleet,
                                                           .roster = s->roster,
                                                           .ledger = s->ledger,
                                                           .commits = s->commits,
                                                           .config = &s->config,
                                                           .started_ms = start});
    s->conns = agent_conns_new();
    s->push = push_new(&(struct push_setup){.fleet = s->fleet,
                                            .ledger = s->ledger,
                                            .conns = s->conns,
                                            .overrides = &s->overrides,
                                            .config = &s->config,
                                            .send = on_send,
                                            .arg = s,
                                            .count = &s->count});
    s->bus = bus_new(&(struct bus_setup){.fleet = s->fleet,
                                         .roster = s->roster,
                                         .ledger = s->ledger,
                                         .conns = s->conns,
                                         .push = s->push,
                                         .recorder = s->recorder,
                                         .relocator = s->relocator,
                                         .state_events = s->state_events,
                                         .accounting = s->accounting,
                                         .config = &s->config,
                                         .reign = s->reign,
                                         .count = &s->count,
                                         .took = &s->took});
    return s->bus && s->state_events && s->accounting && s->recorder && s->relocator ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    bus_free(s->bus);
    push_free(s->push);
    agent_conns_free(s->conns);
    close_store(s->box);
    reign_free(s->reign);
    relocator_free(s->relocator);
    sla_commits_free(s->commits);
    commit_queue_free(s->queue);
    recorder_free(s->recorder);
    violations_free(s->violations);
    state_events_free(s->state_events);
    accounting_free(s->accounting);
    roster_free(s->roster);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    daqs_arena_done(&s->arena);
    free(s);
    return remove_all(&box);
}

/* --- what agents send --- */

static struct bus_source from(uint8_t route, const char *key_of)
{
    return (struct bus_source){
        .id = {.length = 1, .id = {route}}, .connection = {.fd = -1}, .key_of = key_of};
}

struct greeting {
    const char *host;
    uint64_t instance;
    uint64_t generation;
    uint64_t epoch;
    uint32_t nics;
};

static void hello_with_polls(struct scene *s, const struct bus_source *source,
                             const struct greeting *g, uint32_t poll_ms, uint32_t poll_most_ms,
                             int64_t now_ms)
{
    struct daqs_uplink_info uplink[] = {{"up0", GBIT}};
    struct daqs_vm_info vm[] = {{.name = "gold", .uuid = ""}, {.name = "plain", .uuid = ""}};
    struct daqs_nic_info nic[16];
    for (uint8_t i = 0; i < g->nics; i++)
        nic[i] = (struct daqs_nic_info){i % 2, 0, {{2, 0, 0, 0, 0, i}}, 1500};
    const struct wire_message message = {
        .type = WIRE_HELLO,
        .hello = {.host = g->host,
                  .version = "1.0",
                  .instance = g->instance,
                  .generation = g->generation,
                  .epoch = g->epoch,
                  .poll_ms = poll_ms,
                  .poll_most_ms = poll_most_ms,
                  .inventory = {1, 2, g->nics, uplink, vm, nic, 0, NULL}}};
    bus_handle(s->bus, source, &message, now_ms);
}

static void hello(struct scene *s, const struct bus_source *source, const struct greeting *g,
                  int64_t now_ms)
{
    hello_with_polls(s, source, g, 100, 0, now_ms);
}

static const struct greeting node1 = {"node1", 1, 1, 0, 2};

static void report(struct scene *s, uint8_t route, uint64_t generation, uint64_t sequence,
                   daqs_bps usage, int64_t now_ms)
{
    struct daqs_nic_reading reading[2];
    for (int i = 0; i < 2; i++)
        reading[i] = (struct daqs_nic_reading){
            .state = DAQS_NIC_OK, .sample = {.interval_us = 100000, .tx_bytes = usage / 80}};
    const struct wire_message message = {.type = WIRE_REPORT,
                                         .report = {.generation = generation,
                                                    .sequence = sequence,
                                                    .nics = 2,
                                                    .reading = reading,
                                                    .limits_sequence = INT64_MAX}};
    const struct bus_source source = from(route, NULL);
    bus_handle(s->bus, &source, &message, now_ms);
}

/* --- what was sent --- */

/* Returns the only message sent since the last call, which must be of that type. */
static const struct wire_message *only(struct scene *s, uint8_t route, enum wire_type type)
{
    assert_int_equal(s->count_sent, 1);
    assert_int_equal(s->sent[0].route, route);
    assert_int_equal(s->sent[0].message.type, type);
    s->count_sent = 0;
    return &s->sent[0].message;
}

/* A host that is known is welcomed and has its limits at once. */
static void welcomed_again(struct scene *s, uint8_t route)
{
    assert_int_equal(s->count_sent, 2);
    assert_int_equal(s->sent[0].message.type, WIRE_WELCOME);
    assert_int_equal(s->sent[1].message.type, WIRE_LIMITS);
    assert_int_equal(s->sent[0].route, route);
    assert_int_equal(s->sent[1].route, route);
    s->count_sent = 0;
}

static void nothing_sent(const struct scene *s)
{
    assert_int_equal(s->count_sent, 0);
}

/* A host that has said hello and reported once, with a guarantee for gold. */
static struct fleet_host *begin(struct scene *s, daqs_bps usage)
{
    const struct sla sla = {.min = 400 * MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    const struct bus_source source = from(1, NULL);
    assert_int_equal(ledger_put(s->ledger, "node1", "gold", &sla, 0, "eve"), DAQS_OK);
    hello(s, &source, &node1, start);
    (void)only(s, 1, WIRE_WELCOME);
    report(s, 1, 1, 1, usage, start + 100);
    return fleet_find(s->fleet, "node1");
}

/* --- hello --- */

static void a_hello_is_welcomed(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    hello(s, &source, &node1, start);
    const struct wire_message *welcome = only(s, 1, WIRE_WELCOME);
    assert_int_equal(welcome->welcome.epoch, EPOCH);
    assert_int_equal(welcome->welcome.generation, 1);
    assert_int_equal(welcome->welcome.lease_ms, LEASE_MS);
    assert_true(fleet_find(s->fleet, "node1")->connected);
}

static void an_agent_that_reports_absurd_intervals_is_away_in_time(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, "node1");
    hello_with_polls(s, &source, &node1, 1, UINT32_MAX, start);
    const struct fleet_host *host = fleet_find(s->fleet, "node1");
    assert_int_equal(host->poll_ms, FLEET_POLL_MIN_MS);
    assert_int_equal(host->poll_most_ms, FLEET_POLL_MAX_MS);
    assert_true(fleet_host_present(host, start + 179999));
    assert_false(fleet_host_present(host, start + 180000));
    hello_with_polls(s, &source, &node1, UINT32_MAX, 0, start);
    assert_int_equal(host->poll_ms, FLEET_POLL_MAX_MS);
    assert_false(fleet_host_present(host, start + 180000));
}

static void one_that_has_not_sent_hello_is_asked_to(void **state)
{
    struct scene *s = *state;
    report(s, 7, 1, 1, 0, start);
    assert_int_equal(only(s, 7, WIRE_WELCOME)->welcome.generation, 0);
    assert_int_equal(fleet_count(s->fleet), 0);
}

static void the_name_of_the_key_counts(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, "node2");
    hello(s, &source, &node1, start);
    assert_null(fleet_find(s->fleet, "node1"));
    assert_non_null(fleet_find(s->fleet, "node2"));
}

static void a_route_of_another_hosts_is_not_believed(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, "node2");
    const struct wire_message bye = {.type = WIRE_BYE};
    (void)begin(s, 0);
    s->count_sent = 0;
    bus_handle(s->bus, &source, &bye, start + 200); /* node2's key, node1's route */
    assert_true(fleet_find(s->fleet, "node1")->connected);
}

static void a_second_live_agent_of_a_host_is_refused(void **state)
{
    struct scene *s = *state;
    const struct greeting twin = {"node1", 2, 1, 0, 2};
    const struct bus_source source = from(2, NULL);
    (void)begin(s, 0);
    s->count_sent = 0;
    hello(s, &source, &twin, start + 200);
    assert_int_equal(only(s, 2, WIRE_BYE)->bye.reason, WIRE_BYE_HOST_TAKEN);
    assert_int_equal(s->count.hosts_refused, 0);
    assert_int_equal(s->count.hosts_claimed, 1);
    const struct host_claims *claims = state_events_claims(s->state_events);
    const struct fleet_host *host = fleet_find(s->fleet, "node1");
    assert_non_null(host_claims_find(claims, host, start + 200));
    assert_null(host_claims_find(claims, host, start + 200 + HOST_CLAIM_LASTING_MS));
    /* The second that is being collected is not closed. Its nics have no numbers, so it would be
     * lost. */
    assert_int_equal(recorder_state(s->recorder).history_lost, 0);
    hello(s, &source, &twin, start + 200 + FLEET_PATIENCE_MS + 1); /* the first one is away */
    welcomed_again(s, 2);
    assert_int_equal(recorder_state(s->recorder).history_lost, 2);
}

static void an_agent_that_reconnects_replaces_its_connection(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(9, NULL);
    struct fleet_host *host = begin(s, 0);
    s->count_sent = 0;
    hello(s, &source, &node1, start + 200);
    welcomed_again(s, 9);
    assert_int_equal(agent_conn_route(agent_conns_of(s->conns, host))->id[0], 9);
    report(s, 1, 1, 2, 0, start + 300); /* over the old one */
    assert_int_equal(only(s, 1, WIRE_WELCOME)->welcome.generation, 0);
}

static void of_too_many_hosts_the_last_is_refused(void **state)
{
    struct scene *s = *state;
    for (uint8_t i = 0; i < 3; i++) {
        char name[8];
        const struct bus_source source = from(i, NULL);
        (void)snprintf(name, sizeof name, "n%u", i);
        hello(s, &source, &(struct greeting){name, 1, 1, 0, 2}, start);
    }
    assert_int_equal(s->count_sent, 3);
    assert_int_equal(s->sent[2].message.type, WIRE_BYE);
    assert_int_equal(s->sent[2].message.bye.reason, WIRE_BYE_FULL);
    assert_int_equal(s->count.hosts_refused, 1);
}

static void a_host_with_too_many_nics_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    hello(s, &source, &(struct greeting){"node1", 1, 1, 0, 9}, start);
    assert_int_equal(only(s, 1, WIRE_BYE)->bye.reason, WIRE_BYE_FULL);
    assert_int_equal(s->count.hosts_refused, 1);
}

/* --- reports and pushes --- */

static void limits_are_pushed_once_a_host_has_reported(void **state)
{
    struct scene *s = *state;
    (void)begin(s, 450 * MBIT); /* gold and plain: together nearly all */
    const struct wire_limits *limits = &only(s, 1, WIRE_LIMITS)->limits;
    assert_int_equal(limits->epoch, EPOCH);
    assert_int_equal(limits->sequence, 1);
    assert_int_equal(limits->generation, 1);
    assert_int_equal(limits->lease_ms, LEASE_MS);
    assert_int_equal(limits->nics, 2);
    assert_int_equal(limits->setting[0].min, 400 * MBIT);
    assert_true(limits->setting[0].limit == DAQS_UNLIMITED);
    assert_true(limits->setting[1].limit < 600 * MBIT);
    s->count_sent = 0;
    report(s, 1, 1, 2, 450 * MBIT, start + 200); /* the same again */
    nothing_sent(s);
}

static void a_report_of_another_inventory_brings_a_welcome(void **state)
{
    struct scene *s = *state;
    (void)begin(s, 0);
    s->count_sent = 0;
    report(s, 1, 2, 2, 0, start + 200);
    assert_int_equal(only(s, 1, WIRE_WELCOME)->welcome.generation, 1);
    assert_int_equal(s->count.reports_unfit, 1);
}

static void an_old_report_is_counted_and_nothing_else(void **state)
{
    struct scene *s = *state;
    (void)begin(s, 0);
    s->count_sent = 0;
    report(s, 1, 1, 1, 450 * MBIT, start + 200);
    nothing_sent(s);
    assert_int_equal(s->count.reports_unfit, 1);
}

static void a_lease_is_renewed_in_its_first_third(void **state)
{
    struct scene *s = *state;
    (void)begin(s, 450 * MBIT);
    int64_t pushed_ms = start + 100; /* with the first report */
    s->count_sent = 0;
    push_renew(s->push, pushed_ms + LEASE_MS / 3 - 1);
    nothing_sent(s);
    push_renew(s->push, pushed_ms + LEASE_MS / 3);
    assert_int_equal(only(s, 1, WIRE_LIMITS)->limits.sequence, 2);
}

static void before_the_first_report_nothing_is_pushed(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    hello(s, &source, &node1, start);
    (void)only(s, 1, WIRE_WELCOME);
    push_renew(s->push, start + 10 * LEASE_MS);
    nothing_sent(s);
}

static void limits_that_find_a_full_queue_are_pushed_again(void **state)
{
    struct scene *s = *state;
    s->fails_with = DAQS_OK;
    struct fleet_host *host = begin(s, 0);
    s->count_sent = 0;
    s->fails_with = DAQS_EBUSY;
    report(s, 1, 1, 2, 450 * MBIT, start + 200);
    assert_true(s->count.limits_put_off > 0);
    assert_true(host->connected);
    s->fails_with = DAQS_OK;
    push_decide(s->push, host, start + 250); /* nothing has changed since */
    (void)only(s, 1, WIRE_LIMITS);
    s->count_sent = 0;
    push_decide(s->push, host, start + 500);
    nothing_sent(s);
}

static void a_connection_that_is_gone_is_forgotten(void **state)
{
    struct scene *s = *state;
    struct fleet_host *host = begin(s, 450 * MBIT);
    s->count_sent = 0;
    s->fails_with = DAQS_ENOTFOUND;
    push_renew(s->push, start + LEASE_MS);
    assert_false(host->connected);
    s->fails_with = DAQS_OK;
    push_renew(s->push, start + 2 * LEASE_MS);
    nothing_sent(s);
}

static void an_agent_of_a_newer_controller_is_left_alone(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    hello(s, &source, &(struct greeting){"node1", 1, 1, EPOCH + 1, 2}, start);
    (void)only(s, 1, WIRE_WELCOME);
    assert_true(fleet_find(s->fleet, "node1")->fenced);
    report(s, 1, 1, 1, 450 * MBIT, start + 100);
    push_renew(s->push, start + 10 * LEASE_MS);
    nothing_sent(s);
}

/* Nothing lapses: the next limits have the new epoch, and their sequence goes on. */
static void a_raised_epoch_is_sent_at_once(void **state)
{
    struct scene *s = *state;
    const uint64_t sequence = begin(s, 0) ? only(s, 1, WIRE_LIMITS)->limits.sequence : 0;
    s->count_sent = 0;
    reign_taken_over(s->reign, EPOCH + 50, "eve", start, WALL);
    const struct wire_limits *limits = &only(s, 1, WIRE_LIMITS)->limits;
    assert_int_equal(limits->epoch, EPOCH + 50);
    assert_int_equal(limits->sequence, sequence + 1);
}

static void an_agent_that_disobeyed_is_taken_over(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    hello(s, &source, &(struct greeting){"node1", 1, 1, EPOCH + 10, 2}, start);
    report(s, 1, 1, 1, 450 * MBIT, start + 100);
    s->count_sent = 0;
    reign_taken_over(s->reign, EPOCH + 10, "eve", start, WALL);
    assert_int_equal(only(s, 1, WIRE_LIMITS)->limits.epoch, EPOCH + 10);
    s->count_sent = 0;
    hello(s, &source, &(struct greeting){"node1", 1, 2, EPOCH + 10, 2}, start);
    assert_int_equal(s->sent[0].message.welcome.epoch, EPOCH + 10);
    assert_false(fleet_find(s->fleet, "node1")->fenced);
}

static void a_changed_sla_is_pushed_even_if_no_limit_changes(void **state)
{
    struct scene *s = *state;
    const struct sla sla = {.min = 300 * MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    (void)begin(s, 0);
    s->count_sent = 0;
    assert_int_equal(ledger_put(s->ledger, "node1", "gold", &sla, 0, "eve"), DAQS_OK);
    push_slas_changed(s->push, "node1", start + 200);
    assert_int_equal(only(s, 1, WIRE_LIMITS)->limits.setting[0].min, 300 * MBIT);
    push_slas_changed(s->push, "elsewhere", start + 200);
    nothing_sent(s);
}

/* --- the end --- */

static void a_bye_ends_the_connection(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    const struct wire_message bye = {.type = WIRE_BYE};
    struct fleet_host *host = begin(s, 0);
    bus_handle(s->bus, &source, &bye, start + 200);
    assert_false(host->connected);
    assert_null(agent_conns_find(s->conns, &source.id));
}

static void a_revoked_host_is_hung_up_on(void **state)
{
    struct scene *s = *state;
    struct fleet_host *host = begin(s, 0);
    push_hang_up(s->push, "elsewhere");
    assert_true(host->connected);
    push_hang_up(s->push, "node1");
    assert_false(host->connected);
}

static void messages_that_only_controllers_send_are_refused(void **state)
{
    struct scene *s = *state;
    const struct bus_source source = from(1, NULL);
    const struct wire_message welcome = {.type = WIRE_WELCOME, .welcome = {.version = "1.0"}};
    (void)begin(s, 0);
    bus_handle(s->bus, &source, &welcome, start + 200);
    assert_int_equal(s->count.messages_refused, 1);
}

/* --- budgets --- */

/* Encodes a hello and passes it on as if it had arrived; handled only if it is admitted. */
static int arrives(struct scene *s, const struct bus_source *source,
                   const struct wire_message *message, int64_t now_ms)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct daqs_error err = {0};
    assert_int_equal(wire_encode(message, &bytes, &length), DAQS_OK);
    int result = bus_admit(s->bus, source, message->type == WIRE_HELLO, length, now_ms, &err);
    assert_true((result == DAQS_OK) == (*err.text == '\0'));
    free(bytes);
    if (result == DAQS_OK)
        bus_handle(s->bus, source, message, now_ms);
    s->count_sent = 0;
    return result;
}

static void too_many_hellos_are_dropped_and_reports_are_not(void **state)
{
    struct scene *s = *state;
    struct bus_source evil = from(1, "evil");
    struct bus_source good = from(2, "good");
    const struct wire_message hello = {
        .type = WIRE_HELLO, .hello = {.host = "x", .version = "", .instance = 1, .poll_ms = 100}};
    const struct wire_message report = {.type = WIRE_REPORT, .report = {.sequence = 1}};
    s->config.limits.messages = 1000;
    (void)snprintf(evil.payer, sizeof evil.payer, "evil");
    (void)snprintf(good.payer, sizeof good.payer, "good");
    for (int i = 0; i < 20; i++)
        (void)arrives(s, &evil, &hello, start);
    assert_int_equal(s->count.hellos_put_off, 15);
    assert_int_equal(s->count.messages_refused, 0);
    assert_int_equal(arrives(s, &evil, &hello, start), DAQS_EBUSY);
    assert_int_equal(arrives(s, &evil, &report, start), DAQS_OK);
    assert_int_equal(arrives(s, &good, &hello, start), DAQS_OK);
    assert_int_equal(arrives(s, &evil, &hello, start + 500), DAQS_OK);
    assert_non_null(fleet_find(s->fleet, "good"));
}

static void a_flood_ends_the_connection_and_is_counted(void **state)
{
    struct scene *s = *state;
    struct bus_source evil = from(1, "evil");
    const struct wire_message report = {.type = WIRE_REPORT, .report = {.sequence = 1}};
    s->config.limits.messages = 10;
    (void)snprintf(evil.payer, sizeof evil.payer, "evil");
    for (int i = 0; i < 20; i++)
        assert_int_equal(arrives(s, &evil, &report, start), DAQS_OK);
    assert_int_equal(arrives(s, &evil, &report, start), DAQS_EREFUSED);
    assert_int_equal(s->count.messages_flooding, 1);
    assert_int_equal(s->count.messages_refused, 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_hello_is_welcomed),
        CASE(an_agent_that_reports_absurd_intervals_is_away_in_time),
        CASE(one_that_has_not_sent_hello_is_asked_to),
        CASE(the_name_of_the_key_counts),
        CASE(a_route_of_another_hosts_is_not_believed),
        CASE(a_second_live_agent_of_a_host_is_refused),
        CASE(an_agent_that_reconnects_replaces_its_connection),
        CASE(of_too_many_hosts_the_last_is_refused),
        CASE(a_host_with_too_many_nics_is_refused),
        CASE(limits_are_pushed_once_a_host_has_reported),
        CASE(a_report_of_another_inventory_brings_a_welcome),
        CASE(an_old_report_is_counted_and_nothing_else),
        CASE(a_lease_is_renewed_in_its_first_third),
        CASE(before_the_first_report_nothing_is_pushed),
        CASE(limits_that_find_a_full_queue_are_pushed_again),
        CASE(a_connection_that_is_gone_is_forgotten),
        CASE(an_agent_of_a_newer_controller_is_left_alone),
        CASE(a_raised_epoch_is_sent_at_once),
        CASE(an_agent_that_disobeyed_is_taken_over),
        CASE(a_changed_sla_is_pushed_even_if_no_limit_changes),
        CASE(a_bye_ends_the_connection),
        CASE(a_revoked_host_is_hung_up_on),
        CASE(messages_that_only_controllers_send_are_refused),
        CASE(too_many_hellos_are_dropped_and_reports_are_not),
        CASE(a_flood_ends_the_connection_and_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
