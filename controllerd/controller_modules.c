/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/controller_modules.h"

#include "controllerd/controller_peers.h"
#include "controllerd/controller_servers.h"
#include "controllerd/core/access/name_limits.h"
#include "controllerd/io/records/records_pg.h"
#include "controllerd/io/store/records_copy.h"
#include "controllerd/io/store/records_sqlite.h"
#include "shared/base/clock.h"

enum { ALERT_MS = 10000 };

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static void on_message(void *arg, const struct listener *listener, int64_t now)
{
    struct controller_modules *m = arg;
    if (listener->kind == LISTENER_BUS)
        bus_receive(m->agents, listener->socket, now);
    else if (listener->kind == LISTENER_PEER)
        controller_peers_receive(m, listener, now);
    else
        admin_receive(m->admin, listener, now);
}

static int send_to_agent(void *arg, const struct net_route *route, const void *bytes, size_t length)
{
    const struct controller_modules *m = arg;
    return net_send(listeners_get(m->listeners, LISTENER_BUS)->socket, route, bytes, length);
}

static void on_sla_applied(void *arg, const struct ledger_change *change)
{
    relocator_changed(((const struct controller_modules *)arg)->relocator, change);
}

static void on_slas_changed(void *arg, const char *host)
{
    const struct controller_modules *m = arg;
    roster_set(m->roster, host, ROSTER_HAS_SLA, ledger_of_host(m->ledger, host), now_ms());
    push_slas_changed(m->push, host, now_ms());
}

static void on_epoch_raised(void *arg)
{
    const struct controller_modules *m = arg;
    push_all(m->push, now_ms());
}

static bool in_group(const struct controller_modules *m)
{
    return *m->config->group.name != '\0';
}

static void on_absent(void *arg, const char *host)
{
    const struct controller_modules *m = arg;
    if (m->membership)
        homes_absent(membership_homes(m->membership), host);
}

static int out_of_memory(struct daqs_error *err)
{
    return daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

/* Opens what keeps the records: the database, or one that is shared. */
static int open_records(struct controller_modules *m, struct daqs_error *err)
{
    struct records_copy_state state = {0};
    m->records = m->local;
    if (records_copy_state(m->store, &state, err) != DAQS_OK)
        return err->code;
    if (!*m->config->ledger)
        return state.ledger == 0
                   ? DAQS_OK
                   : daqs_fail(err, DAQS_EREFUSED,
                               "%.120s is a copy of a shared database: set 'ledger', or take the "
                               "records out with --export-ledger",
                               m->config->database);
    m->shared = records_pg_open(&(struct records_pg_setup){.store = m->store,
                                                           .local = m->local,
                                                           .ledger = m->config->ledger,
                                                           .quorum = m->config->quorum,
                                                           .stale_ms = m->config->group.stale_ms,
                                                           .wait = in_group(m)},
                                daqs_wall_ms(daqs_clock_system()), err);
    if (!m->shared)
        return err->code;
    m->records = m->shared;
    return DAQS_OK;
}

/* Opens the database, and what stores into it by itself. */
static int open_store(struct controller_modules *m, struct daqs_error *err)
{
    const struct controller_config *config = m->config;
    int64_t wall_ms = daqs_wall_ms(daqs_clock_system());
    int64_t last_event = 0;
    uint64_t epoch = 0;
    m->store = store_open(config->database, wall_ms, &epoch, err);
    if (!m->store)
        return err->code;
    m->local = records_sqlite_new(m->store);
    if (!m->local)
        return out_of_memory(err);
    int result = store_last_event(m->store, &last_event, err);
    if (result != DAQS_OK)
        return result;
    if ((*config->alerts_exec || *config->alerts_webhook) &&
        !(m->alerts = alerts_new(&(struct alerts_setup){.program = config->alerts_exec,
                                                        .webhook = config->alerts_webhook,
                                                        .level = config->alerts_level,
                                                        .hold_ms = config->alerts_hold_ms,
                                                        .run_most_ms = ALERT_MS})))
        return out_of_memory(err);
    m->events = events_new(&(struct events_setup){.store = m->store,
                                                  .alerts = m->alerts,
                                                  .maintenance = m->maintenance,
                                                  .last_id = last_event,
                                                  .keep = &config->keep_events,
                                                  .per_second = config->limits.events});
    m->violations = m->events ? violations_new(m->events, m->fleet, m->accounting) : NULL;
    m->reign = reign_new(&(struct reign_setup){.store = m->store,
                                               .records = m->local,
                                               .fleet = m->fleet,
                                               .events = m->events,
                                               .epoch = epoch,
                                               .raised = on_epoch_raised,
                                               .arg = m},
                         now_ms(), wall_ms);
    if (!m->violations || !m->reign)
        return out_of_memory(err);
    m->state_events = state_events_new(&(struct state_events_setup){.fleet = m->fleet,
                                                                    .roster = m->roster,
                                                                    .events = m->events,
                                                                    .config = config,
                                                                    .absent = on_absent,
                                                                    .arg = m});
    m->recorder = recorder_new(&(struct recorder_setup){.fleet = m->fleet,
                                                        .accounting = m->accounting,
                                                        .store = m->store,
                                                        .events = m->events,
                                                        .violations = m->violations,
                                                        .config = config},
                               wall_ms);
    m->last_heard = last_heard_new(m->store, m->fleet);
    m->keeper = store_keeper_new(m->store, m->events, config->key);
    return m->state_events && m->recorder && m->last_heard && m->keeper ? DAQS_OK
                                                                        : out_of_memory(err);
}

static int load(struct controller_modules *m, struct daqs_error *err)
{
    int result = records_load_ledger(m->records, m->ledger, err);
    if (result == DAQS_OK)
        result = records_load_overrides(m->records, &m->overrides, err);
    if (result == DAQS_OK)
        result = records_load_maintenance(m->records, m->maintenance, err);
    roster_load(m->roster, m->ledger, now_ms());
    return result == DAQS_OK ? state_events_load(m->state_events, m->store, err) : result;
}

/* --- the group --- */

static void on_moved(void *arg, const char *host, const char *member)
{
    forgetter_moved(((const struct controller_modules *)arg)->forgetter, host, member);
}

static void on_claimed(void *arg, const struct fleet_host *host, const char *member)
{
    const struct controller_modules *m = arg;
    char connected[CONNECTION_PEER_BYTES];
    const struct agent_conn *conn = agent_conns_of(m->conns, host);
    state_events_claimed_at(m->state_events, host,
                            conn ? connection_peer(agent_conn_connection(conn), connected) : "",
                            member, now_ms());
}

static int join_group(struct controller_modules *m, struct daqs_error *err)
{
    const struct daqs_key no_key = {0};
    const bool keys = m->auth && !m->config->insecure; /* agents need none then */
    struct records_pg_state state;
    records_pg_state(m->shared, &state);
    m->membership = membership_new(
        &(struct membership_setup){.config = m->config,
                                   .ledger = state.ledger,
                                   .key = keys ? auth_key(m->auth)->public_key : no_key,
                                   .fleet = m->fleet,
                                   .roster = m->roster,
                                   .conns = m->conns,
                                   .push = m->push,
                                   .epoch = reign_epoch(m->reign),
                                   .count = &m->count,
                                   .moved = on_moved,
                                   .claimed = on_claimed,
                                   .adopted = controller_peers_tell_adopted,
                                   .arg = m},
        err);
    if (!m->membership)
        return err->code;
    if (state.known)
        membership_records_known(m->membership, now_ms());
    return DAQS_OK;
}

/* Makes what decides, and what follows from decisions. */
static int make_parts(struct controller_modules *m, struct daqs_error *err)
{
    const struct controller_config *config = m->config;
    m->commits = commit_queue_new(m->records);
    m->sla_commits = sla_commits_new(&(struct sla_commits_setup){.queue = m->commits,
                                                                 .ledger = m->ledger,
                                                                 .applied = on_sla_applied,
                                                                 .host_changed = on_slas_changed,
                                                                 .arg = m});
    if (!m->commits || !m->sla_commits)
        return out_of_memory(err);
    m->push = push_new(&(struct push_setup){.fleet = m->fleet,
                                            .ledger = m->ledger,
                                            .conns = m->conns,
                                            .overrides = &m->overrides,
                                            .config = config,
                                            .send = send_to_agent,
                                            .arg = m,
                                            .count = &m->count,
                                            .member = in_group(m) ? config->group.name : NULL});
    if (!m->push || (in_group(m) && join_group(m, err) != DAQS_OK))
        return m->push ? err->code : out_of_memory(err);
    m->relocator = relocator_new(&(struct relocator_setup){.fleet = m->fleet,
                                                           .ledger = m->ledger,
                                                           .roster = m->roster,
                                                           .events = m->events,
                                                           .commits = m->sla_commits,
                                                           .config = config,
                                                           .started_ms = m->started_ms,
                                                           .membership = m->membership});
    m->forgetter = forgetter_new(&(struct forgetter_setup){.fleet = m->fleet,
                                                           .roster = m->roster,
                                                           .ledger = m->ledger,
                                                           .conns = m->conns,
                                                           .events = m->events,
                                                           .push = m->push,
                                                           .homes = controller_homes(m),
                                                           .recorder = m->recorder,
                                                           .relocator = m->relocator,
                                                           .state_events = m->state_events,
                                                           .violations = m->violations,
                                                           .accounting = m->accounting,
                                                           .config = config});
    return m->relocator && m->forgetter ? DAQS_OK : out_of_memory(err);
}

static void on_principal_changed(void *arg, const char *name, const struct principal *principal,
                                 bool other)
{
    const struct controller_modules *m = arg;
    roster_set(m->roster, name, ROSTER_HAS_KEY, principal && principal->role == ROLE_AGENT,
               now_ms());
    if (other)
        push_hang_up(m->push, name);
}

/* Loads this controller's key, and who may connect. */
static int open_keys(struct controller_modules *m, struct daqs_error *err)
{
    const struct controller_config *config = m->config;
    if (config->insecure && !*config->admin_remote)
        return DAQS_OK;
    m->auth = auth_new(&(struct auth_setup){.records = m->records,
                                            .events = m->events,
                                            .key_path = config->key,
                                            .keys_most = 2 * (size_t)config->limits.hosts,
                                            .changed = on_principal_changed,
                                            .member = controller_peers_admit,
                                            .arg = m},
                       err);
    return m->auth ? DAQS_OK : err->code;
}

static int open_sockets(struct controller_modules *m, struct daqs_error *err)
{
    m->listeners =
        listeners_new(&(struct listeners_setup){.config = m->config,
                                                .key = m->auth ? auth_key(m->auth) : NULL,
                                                .web_endpoint = CONTROLLER_WEB_ENDPOINT,
                                                .readable = on_message,
                                                .arg = m},
                      err);
    return m->listeners ? DAQS_OK : err->code;
}

/* --- the shared database --- */

static void on_modes_changed(void *arg, struct fleet_host *host)
{
    push_decide(((const struct controller_modules *)arg)->push, host, now_ms());
}

static void on_read(void *arg, struct image *image)
{
    reloader_complete(&((const struct controller_modules *)arg)->reloader, image, now_ms());
}

static void on_invalid(void *arg, const char *host, const char *vm, bool kept)
{
    const struct controller_modules *m = arg;
    events_emit(m->events, EVENT_SLA_INVALID, host, vm, 0,
                "the SLA in the shared database is not valid, %s: set it again",
                kept ? "and the one before stays in force" : "and none is in force");
}

/* The SLAs of the image are believed before hosts are told of any. */
static void on_reloaded(void *arg, const struct image *image)
{
    const struct controller_modules *m = arg;
    reloader_take(&m->reloader, image);
    if (image->whole && m->membership)
        membership_records_known(m->membership, now_ms());
}

static void on_news(void *arg, enum records_news news, int64_t since_ms, const char *text)
{
    static const enum event_kind kinds[] = {[RECORDS_AWAY] = EVENT_ENGINE_AWAY,
                                            [RECORDS_BACK] = EVENT_ENGINE_BACK,
                                            [RECORDS_WENT_BACK] = EVENT_LEDGER_WENT_BACK,
                                            [RECORDS_NOT_DURABLE] = EVENT_NOT_DURABLE,
                                            [RECORDS_DURABLE] = EVENT_DURABLE_AGAIN};
    const struct controller_modules *m = arg;
    events_emit(m->events, kinds[news], "", "", since_ms, "%s", text);
}

static int listen_to_others(struct controller_modules *m, struct daqs_error *err)
{
    m->told = name_limits_new(1);
    if (!m->told)
        return out_of_memory(err);
    m->reloader = (struct reloader){.fleet = m->fleet,
                                    .ledger = m->ledger,
                                    .overrides = &m->overrides,
                                    .maintenance = m->maintenance,
                                    .told = m->told,
                                    .auth = m->auth,
                                    .applied = on_sla_applied,
                                    .host_changed = on_slas_changed,
                                    .modes_changed = on_modes_changed,
                                    .invalid = on_invalid,
                                    .arg = m};
    records_pg_listen(m->shared,
                      &(struct records_pg_listener){
                          .read = on_read, .reloaded = on_reloaded, .say = on_news, .arg = m});
    return DAQS_OK;
}

int controller_modules_make(struct controller_modules *m, struct controller_config *config,
                            int64_t started_ms, struct daqs_error *err)
{
    m->config = config;
    m->started_ms = started_ms;
    m->fleet = fleet_new(m->config->limits.hosts, m->config->limits.nics);
    m->roster = roster_new();
    m->ledger = ledger_new();
    m->maintenance = maintenance_new();
    m->accounting = accounting_new();
    m->conns = agent_conns_new();
    if (!m->fleet || !m->roster || !m->ledger || !m->maintenance || !m->accounting || !m->conns)
        return out_of_memory(err);
    if (*config->group.name)
        roster_in_group(m->roster);
    if (open_store(m, err) != DAQS_OK)
        return store_keeper_advise(m->config->database, err);
    if (open_records(m, err) != DAQS_OK)
        return err->code;
    if (load(m, err) != DAQS_OK)
        return store_keeper_advise(m->config->database, err);
    int result = open_keys(m, err);
    if (result == DAQS_OK)
        result = make_parts(m, err);
    if (result == DAQS_OK)
        result = open_sockets(m, err);
    if (result == DAQS_OK)
        result = controller_peers_make(m, err);
    if (result == DAQS_OK) /* now all hosts with a key are listed */
        result = store_load_heard(m->store, m->roster, err);
    if (result == DAQS_OK)
        result = controller_servers_make(m, err);
    if (result == DAQS_OK && m->shared)
        result = listen_to_others(m, err);
    return result;
}

/* The store is closed first, because its last results need the sockets and the fleet. */
void controller_modules_free(struct controller_modules *m)
{
    web_server_stop(m->web); /* it reads the store's statistics */
    membership_stop(m->membership);
    peer_link_stop(m->peer_link); /* a list over members goes on with this one's own part */
    recorder_stop(m->recorder, daqs_wall_ms(daqs_clock_system()));
    last_heard_stop(m->last_heard, now_ms(), daqs_wall_ms(daqs_clock_system()));
    violations_stop(m->violations);
    events_flush(m->events);
    if (m->shared)
        records_pg_stop(m->shared);
    store_close(m->store);
    reign_free(m->reign);
    recorder_free(m->recorder);
    last_heard_free(m->last_heard);
    store_keeper_free(m->keeper);
    sla_commits_free(m->sla_commits);
    commit_queue_free(m->commits);
    records_free(m->shared);
    name_limits_free(m->told);
    records_free(m->local);
    violations_free(m->violations);
    state_events_free(m->state_events);
    events_free(m->events);
    alerts_free(m->alerts);
    bus_free(m->agents);
    peer_link_free(m->peer_link);
    peer_requests_free(m->peer_requests);
    membership_free(m->membership);
    push_free(m->push);
    agent_conns_free(m->conns);
    admin_free(m->admin);
    listeners_free(m->listeners);
    auth_free(m->auth);
    forgetter_free(m->forgetter);
    relocator_free(m->relocator);
    roster_free(m->roster);
    fleet_free(m->fleet);
    ledger_free(m->ledger);
    policy_overrides_done(&m->overrides);
    maintenance_free(m->maintenance);
    accounting_free(m->accounting);
}
