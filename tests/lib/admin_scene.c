/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/admin_scene.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controllerd/core/diagnosis/state_changes.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/push.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/net/auth.h"
#include "shared/base/clock.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, EPOCH = 7 };

/* --- the scene --- */

static void on_reply(void *arg, const struct admin_caller *caller, void *bytes, size_t length)
{
    struct admin_scene *s = arg;
    assert_ptr_equal(caller->listener, s->caller.listener);
    assert_int_equal(caller->route.length, 1);
    daqs_arena_reset(&s->arena);
    assert_int_equal(wire_decode_reply(bytes, length, &s->arena, &s->reply, NULL), DAQS_OK);
    free(bytes);
    s->replies++;
}

static struct connections_count on_connections(void *arg)
{
    (void)arg;
    return (struct connections_count){.accepted = 42};
}

static int on_push(void *arg, const struct net_route *route, const void *bytes, size_t length)
{
    struct admin_scene *s = arg;
    (void)route;
    (void)bytes;
    (void)length;
    s->pushed++;
    return DAQS_OK;
}

static void on_raised(void *arg)
{
    struct admin_scene *s = arg;
    push_all(s->push, s->now_ms);
}

static void on_applied(void *arg, const struct ledger_change *change)
{
    (void)arg;
    (void)change;
}

static void on_slas_changed(void *arg, const char *host)
{
    struct admin_scene *s = arg;
    roster_set(s->roster, host, ROSTER_HAS_SLA, ledger_of_host(s->ledger, host), s->now_ms);
    push_slas_changed(s->push, host, s->now_ms);
}

static void on_principal_changed(void *arg, const char *name, const struct principal *principal,
                                 bool other)
{
    const struct admin_scene *s = arg;
    const bool agent = principal && principal->role == ROLE_AGENT;
    roster_set(s->roster, name, ROSTER_HAS_KEY, agent, s->now_ms);
    if (other)
        push_hang_up(s->push, name);
}

static bool make_fleet(struct admin_scene *s)
{
    s->fleet = fleet_new(8, 8);
    s->roster = roster_new();
    s->ledger = ledger_new();
    s->maintenance = maintenance_new();
    s->events = events_new(&(struct events_setup){
        .store = s->box->store, .maintenance = s->maintenance, .per_second = 1000});
    s->reign = reign_new(&(struct reign_setup){.store = s->box->store,
                                               .records = s->box->records,
                                               .fleet = s->fleet,
                                               .events = s->events,
                                               .epoch = EPOCH,
                                               .raised = on_raised,
                                               .arg = s},
                         s->now_ms, daqs_wall_ms(daqs_clock_system()));
    s->oversold = oversold_new();
    s->changes = state_changes_new(s->oversold);
    s->accounting = accounting_new();
    s->violations = violations_new(s->events, s->fleet, s->accounting);
    s->recorder = recorder_new(&(struct recorder_setup){.fleet = s->fleet,
                                                        .accounting = s->accounting,
                                                        .store = s->box->store,
                                                        .events = s->events,
                                                        .violations = s->violations,
                                                        .config = &s->config},
                               0);
    s->queue = commit_queue_new(s->box->records);
    s->commits = sla_commits_new(&(struct sla_commits_setup){.queue = s->queue,
                                                             .ledger = s->ledger,
                                                             .applied = on_applied,
                                                             .host_changed = on_slas_changed,
                                                             .arg = s});
    s->conns = agent_conns_new();
    s->push = push_new(&(struct push_setup){.fleet = s->fleet,
                                            .ledger = s->ledger,
                                            .conns = s->conns,
                                            .overrides = &s->overrides,
                                            .config = &s->config,
                                            .send = on_push,
                                            .arg = s,
                                            .count = &s->count});
    s->relocator = relocator_new(&(struct relocator_setup){.fleet = s->fleet,
                                                           .roster = s->roster,
                                                           .ledger = s->ledger,
                                                           .events = s->events,
                                                           .commits = s->commits,
                                                           .config = &s->config,
                                                           .started_ms = s->now_ms});
    s->state_events = state_events_new(&(struct state_events_setup){
        .fleet = s->fleet, .roster = s->roster, .events = s->events, .config = &s->config});
    s->forgetter = forgetter_new(&(struct forgetter_setup){.fleet = s->fleet,
                                                           .roster = s->roster,
                                                           .ledger = s->ledger,
                                                           .conns = s->conns,
                                                           .events = s->events,
                                                           .push = s->push,
                                                           .recorder = s->recorder,
                                                           .relocator = s->relocator,
                                                           .state_events = s->state_events,
                                                           .violations = s->violations,
                                                           .accounting = s->accounting,
                                                           .config = &s->config});
    return s->relocator && s->state_events && s->forgetter && s->fleet && s->ledger &&
           s->maintenance && s->changes && s->accounting && s->events && s->reign &&
           s->violations && s->recorder && s->queue && s->commits && s->conns && s->push;
}

static int make(void **state, bool keys)
{
    struct admin_scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    daqs_arena_init(&s->arena, ARENA_BYTES);
    s->now_ms = daqs_mono_ms(daqs_clock_system());
    static char endpoint[] = "tcp://127.0.0.1:1";
    s->config = (struct controller_config){
        .admin = endpoint,
        .lease_ms = 3000,
        .resolution_ms = 1000,
        .headroom_ppm = 10000,
        .mode = POLICY_MODE_MINIMUM,
        .insecure = !keys,
        .limits = {.requests = 1000, .message_size = WIRE_MESSAGE_MAX, .names = 8}};
    if (!make_fleet(s))
        return -1;
    if (keys) {
        char path[STORE_BOX_NAME_BYTES];
        (void)snprintf(path, sizeof path, "%s/key", s->box->folder);
        s->auth = auth_new(&(struct auth_setup){.records = s->box->records,
                                                .events = s->events,
                                                .key_path = path,
                                                .keys_most = ADMIN_SCENE_KEYS,
                                                .changed = on_principal_changed,
                                                .arg = s},
                           NULL);
        if (!s->auth)
            return -1;
    }
    s->listener = (struct listener){.kind = LISTENER_ADMIN};
    s->caller = (struct admin_caller){
        .listener = &s->listener, .route = {.length = 1, .id = {1}}, .address = "127.0.0.1"};
    s->setup = (struct admin_setup){.fleet = s->fleet,
                                    .roster = s->roster,
                                    .ledger = s->ledger,
                                    .overrides = &s->overrides,
                                    .maintenance = s->maintenance,
                                    .store = s->box->store,
                                    .queue = s->queue,
                                    .commits = s->commits,
                                    .push = s->push,
                                    .auth = s->auth,
                                    .events = s->events,
                                    .recorder = s->recorder,
                                    .forgetter = s->forgetter,
                                    .violations = s->violations,
                                    .changes = s->changes,
                                    .claims = state_events_claims(s->state_events),
                                    .accounting = s->accounting,
                                    .config = &s->config,
                                    .reign = s->reign,
                                    .started_ms = s->now_ms - 5000,
                                    .count = &s->count,
                                    .took = &s->took,
                                    .send = on_reply,
                                    .connections = on_connections,
                                    .arg = s};
    s->admin = admin_new(&s->setup);
    return s->admin ? 0 : -1;
}

int admin_scene_make(void **state)
{
    return make(state, false);
}

int admin_scene_make_with_keys(void **state)
{
    return make(state, true);
}

void admin_scene_join(struct admin_scene *s, struct membership *membership, struct peer_link *link)
{
    admin_free(s->admin);
    s->setup.membership = membership;
    s->setup.link = link;
    s->admin = admin_new(&s->setup);
    assert_non_null(s->admin);
}

int admin_scene_end(void **state)
{
    struct admin_scene *s = *state;
    void *box = s->box;
    close_store(s->box);
    admin_free(s->admin);
    auth_free(s->auth);
    forgetter_free(s->forgetter);
    state_events_free(s->state_events);
    relocator_free(s->relocator);
    push_free(s->push);
    agent_conns_free(s->conns);
    sla_commits_free(s->commits);
    commit_queue_free(s->queue);
    reign_free(s->reign);
    recorder_free(s->recorder);
    violations_free(s->violations);
    events_free(s->events);
    roster_free(s->roster);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    policy_overrides_done(&s->overrides);
    maintenance_free(s->maintenance);
    state_changes_free(s->changes);
    accounting_free(s->accounting);
    oversold_free(s->oversold);
    daqs_arena_done(&s->arena);
    free(s);
    return remove_all(&box);
}

struct fleet_host *admin_scene_host(struct admin_scene *s, const char *name)
{
    struct daqs_uplink_info uplink[] = {{"up0", GBIT}};
    struct daqs_vm_info vm[] = {{.name = "gold", .uuid = ""}, {.name = "plain", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 1500},
                                  {1, 0, {{2, 0, 0, 0, 0, 2}}, 1500}};
    const struct daqs_inventory inventory = {1, 2, 2, uplink, vm, nic, 0, NULL};
    const struct net_route route = {.length = 1, .id = {(uint8_t)fleet_count(s->fleet)}};
    const struct connection connection = {.fd = -1};
    struct fleet_host *host = NULL;
    assert_int_equal(fleet_hello(s->fleet, s->ledger, name, "1.0", 1, 1, 100, &inventory, s->now_ms,
                                 &host, NULL),
                     DAQS_OK);
    assert_true(recorder_hello(s->recorder, host) && state_changes_hello(s->changes, host) &&
                accounting_hello(s->accounting, host) && push_hello(s->push, host) &&
                roster_heard(s->roster, host, s->now_ms));
    assert_non_null(agent_conns_adopt(s->conns, &route, &connection, host));
    const struct daqs_nic_reading reading[2] = {{.state = DAQS_NIC_OK}, {.state = DAQS_NIC_OK}};
    assert_true(fleet_report(host, 1, 1, 0, reading, 2, s->now_ms));
    return host;
}

/* --- requests --- */

struct wire_request admin_scene_request(enum wire_verb verb, const char *host, const char *vm)
{
    struct wire_request request = wire_request_of(verb);
    request.user = "eve";
    switch (verb) {
    case WIRE_STATUS:
    case WIRE_VERSION:
    case WIRE_PEERS:
    case WIRE_MEMBERS:
    case WIRE_DRAIN:
    case WIRE_FIT:
    case WIRE_APPLY:
    case WIRE_BACKUP:
    case WIRE_TAKE_OVER:
        return request;
    case WIRE_FIGURES:
        request.figures.host = host;
        return request;
    case WIRE_FORGET:
        request.forget.host = host;
        return request;
    case WIRE_MAINTENANCE:
        request.maintenance = (struct wire_maintenance){host, vm};
        return request;
    default: /* their arguments begin alike */
        request.vm = (struct wire_vm){host, vm};
        return request;
    }
}

void admin_scene_begin(struct admin_scene *s, const struct wire_request *request)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    s->caller.now_ms = s->now_ms;
    assert_int_equal(wire_encode_request(request, &bytes, &length), DAQS_OK);
    admin_handle(s->admin, &s->caller, bytes, length);
    free(bytes);
}

/* Waits for a job of the store, until 'end', and processes its result. */
static void reap_one(const struct admin_scene *s, time_t end)
{
    struct pollfd fds[] = {{.fd = store_write_fd(s->box->store), .events = POLLIN},
                           {.fd = store_query_fd(s->box->store), .events = POLLIN},
                           {.fd = store_backup_fd(s->box->store), .events = POLLIN}};
    assert_true(time(NULL) < end);
    assert_true(poll(fds, 3, 1000) >= 0);
    store_reap(s->box->store);
}

void admin_scene_wait(struct admin_scene *s, unsigned replies)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (s->replies < replies)
        reap_one(s, end);
}

void admin_scene_store_events(struct admin_scene *s)
{
    time_t end = time(NULL) + PATIENCE_S;
    events_flush(s->events);
    while (events_state(s->events).waiting > 0)
        reap_one(s, end);
}

void admin_scene_check_hosts(struct admin_scene *s)
{
    for (int i = 0; i < ADMIN_SCENE_TICKS; i++)
        state_events_tick(s->state_events, s->now_ms, ADMIN_SCENE_WALL_MS);
}

size_t admin_scene_events_of(struct admin_scene *s, const char *host, const char *kind)
{
    size_t found = 0;
    admin_scene_store_events(s);
    const struct wire_request request = wire_request_of(WIRE_EVENTS);
    admin_scene_ask(s, &request, DAQS_OK, "");
    for (size_t row = 0; row < daqs_table_rows(&s->reply.table); row++)
        found += strcmp(admin_scene_text(s, row, "kind"), kind) == 0 &&
                 strcmp(admin_scene_text(s, row, "host"), host) == 0;
    return found;
}

void admin_scene_ask(struct admin_scene *s, const struct wire_request *request, int code,
                     const char *text)
{
    static uint64_t last_id;
    struct wire_request numbered = *request;
    unsigned replies = s->replies + 1;
    numbered.id = ++last_id;
    admin_scene_begin(s, &numbered);
    admin_scene_wait(s, replies);
    assert_int_equal(s->replies, replies);
    assert_int_equal(s->reply.id, numbered.id);
    if (s->reply.code != code || !strstr(s->reply.text, text))
        fail_msg("code %d: %s", s->reply.code, s->reply.text);
}

/* --- replies --- */

static const struct daqs_cell *cell(const struct admin_scene *s, size_t row, const char *column)
{
    const struct daqs_table *table = &s->reply.table;
    assert_true(s->reply.has_table);
    assert_true(row < daqs_table_rows(table));
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->column[i].name, column) == 0)
            return daqs_table_at(table, row, i);
    fail_msg("there is no column %s", column);
    return NULL;
}

const char *admin_scene_text(const struct admin_scene *s, size_t row, const char *column)
{
    return cell(s, row, column)->text;
}

uint64_t admin_scene_number(const struct admin_scene *s, size_t row, const char *column)
{
    return cell(s, row, column)->number;
}

const char *admin_scene_status(struct admin_scene *s, const char *name)
{
    const struct wire_request request = admin_scene_request(WIRE_STATUS, "", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    for (size_t row = 0; row < daqs_table_rows(&s->reply.table); row++)
        if (strcmp(admin_scene_text(s, row, "name"), name) == 0)
            return admin_scene_text(s, row, "value");
    fail_msg("the status has no row %s", name);
    return NULL;
}
