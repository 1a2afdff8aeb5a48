/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/controller.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>

#include "controllerd/io/admin/admin.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/bus.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/fleet/state_events.h"
#include "controllerd/io/fleet/store_keeper.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/http/web_server.h"
#include "controllerd/io/net/auth.h"
#include "controllerd/io/net/listeners.h"
#include "controllerd/io/store/store.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/version.h"
#include "shared/net/daemon.h"
#include "shared/net/daemon_notify.h"

/* Where the loop listens for requests of the web thread. */
#define WEB_ENDPOINT "inproc://daqs-web"

enum { TICK_MS = 100, ALERT_MS = 10000 };

struct controller {
    struct controller_config *config;
    const char *config_path;
    zloop_t *loop;
    struct daemon_notify notify;
    struct listeners *listeners;
    struct web_server *web; /* NULL: not served */
    struct auth *auth;      /* NULL: no keys are needed */
    struct fleet *fleet;
    struct roster *roster; /* the hosts that are listed */
    struct ledger *ledger;
    struct relocator *relocator;
    struct policy_overrides overrides;
    struct maintenance *maintenance;
    struct accounting *accounting;
    struct store *store;
    struct events *events; /* NULL: events are only logged */
    struct alerts *alerts; /* NULL: none are told */
    struct reign *reign;
    int64_t started_ms; /* monotonic */
    struct violations *violations;
    struct recorder *recorder;
    struct store_keeper *keeper;
    struct state_events *state_events;
    struct forgetter *forgetter;
    struct agent_conns *conns;
    struct push *push;
    struct bus *agents;  /* what their messages do */
    struct admin *admin; /* what operators ask for */
    struct commit_queue *commits;
    struct sla_commits *sla_commits;
    struct controller_counters count;
    /* Durations, which the web thread reads, too. */
    struct buckets took_decide;   /* from a report to the push of its limits */
    struct buckets took_requests; /* of operators, on the loop's thread */
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int on_store(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    store_reap(((const struct controller *)arg)->store);
    return 0;
}

static int on_alert(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct controller *c = arg;
    (void)loop;
    (void)item;
    alerts_reap(c->alerts, now_ms());
    return 0;
}

/* For 'systemctl status'. */
static void notify_status(struct controller *c, int64_t now_ms)
{
    if (!daemon_notify_wants_status(&c->notify, now_ms))
        return;
    const struct fleet_totals totals = fleet_totals(c->fleet, now_ms);
    daemon_notify_status(
        &c->notify, now_ms, "hosts: %zu, up: %zu; nics: %" PRIu64 "; SLAs: %zu; history: %s",
        roster_count(c->roster), totals.present, totals.nics, ledger_count(c->ledger),
        recorder_state(c->recorder).failing ? "failing" : "ok");
}

static int on_tick(zloop_t *loop, int timer, void *arg)
{
    struct controller *c = arg;
    (void)loop;
    (void)timer;
    reign_tick(c->reign, now_ms(), daqs_wall_ms(daqs_clock_system()));
    recorder_tick(c->recorder, daqs_wall_ms(daqs_clock_system()));
    push_renew(c->push, now_ms());
    state_events_tick(c->state_events, now_ms(), daqs_wall_ms(daqs_clock_system()));
    violations_tick(c->violations, now_ms());
    relocator_tick(c->relocator);
    forgetter_tick(c->forgetter, now_ms());
    admin_tick(c->admin, now_ms());
    listeners_tick(c->listeners, now_ms());
    store_keeper_tick(c->keeper, now_ms());
    events_tick(c->events, now_ms());
    alerts_tick(c->alerts, now_ms());
    daemon_notify_beat(&c->notify, now_ms());
    notify_status(c, now_ms());
    return 0;
}

static void reload(struct controller *c)
{
    struct daqs_error err = {0};
    if (controller_config_reload(c->config, c->config_path, &err) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "not reloaded: %s", err.text);
        return;
    }
    push_all(c->push, now_ms());
    daqs_log(DAQS_LOG_INFO, "reloaded policy and history; the rest needs a restart");
}

static void on_message(void *arg, const struct listener *listener, int64_t now)
{
    struct controller *c = arg;
    if (listener->kind == LISTENER_BUS)
        bus_receive(c->agents, listener->socket, now);
    else
        admin_receive(c->admin, listener, now);
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct controller *c = arg;
    (void)loop;
    int number = daemon_signal_read(item->fd);
    if (number == 0)
        return 0;
    if (number != SIGHUP)
        return -1; /* ends the loop */
    daemon_notify_reloading(&c->notify);
    reload(c);
    daemon_notify_reloaded(&c->notify);
    return 0;
}

static int send_to_agent(void *arg, const struct net_route *route, const void *bytes, size_t length)
{
    const struct controller *c = arg;
    return net_send(listeners_get(c->listeners, LISTENER_BUS)->socket, route, bytes, length);
}

static void on_sla_applied(void *arg, const struct ledger_change *change)
{
    relocator_changed(((const struct controller *)arg)->relocator, change);
}

static void on_slas_changed(void *arg, const char *host)
{
    const struct controller *c = arg;
    roster_set(c->roster, host, ROSTER_HAS_SLA, ledger_of_host(c->ledger, host), now_ms());
    push_slas_changed(c->push, host, now_ms());
}

static void on_epoch_raised(void *arg)
{
    const struct controller *c = arg;
    push_all(c->push, now_ms());
}

static int out_of_memory(struct daqs_error *err)
{
    return daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

/* Opens the database, and what stores into it by itself. */
static int open_store(struct controller *c, struct daqs_error *err)
{
    const struct controller_config *config = c->config;
    int64_t wall_ms = daqs_wall_ms(daqs_clock_system());
    int64_t last_event = 0;
    uint64_t epoch = 0;
    c->store = store_open(config->database, wall_ms, &epoch, err);
    if (!c->store)
        return err->code;
    int result = store_last_event(c->store, &last_event, err);
    if (result != DAQS_OK)
        return result;
    if ((*config->alerts_exec || *config->alerts_webhook) &&
        !(c->alerts = alerts_new(&(struct alerts_setup){.program = config->alerts_exec,
                                                        .webhook = config->alerts_webhook,
                                                        .level = config->alerts_level,
                                                        .hold_ms = config->alerts_hold_ms,
                                                        .run_most_ms = ALERT_MS})))
        return out_of_memory(err);
    c->events = events_new(&(struct events_setup){.store = c->store,
                                                  .alerts = c->alerts,
                                                  .maintenance = c->maintenance,
                                                  .last_id = last_event,
                                                  .keep = &config->keep_events,
                                                  .per_second = config->limits.events});
    c->violations = c->events ? violations_new(c->events, c->fleet, c->accounting) : NULL;
    c->reign = reign_new(&(struct reign_setup){.store = c->store,
                                               .fleet = c->fleet,
                                               .events = c->events,
                                               .epoch = epoch,
                                               .raised = on_epoch_raised,
                                               .arg = c},
                         now_ms(), wall_ms);
    if (!c->violations || !c->reign)
        return out_of_memory(err);
    c->state_events =
        state_events_new(&(struct state_events_setup){.fleet = c->fleet,
                                                      .roster = c->roster,
                                                      .events = c->events,
                                                      .config = config,
                                                      .epoch = reign_epoch(c->reign)});
    c->recorder = recorder_new(&(struct recorder_setup){.fleet = c->fleet,
                                                        .accounting = c->accounting,
                                                        .store = c->store,
                                                        .events = c->events,
                                                        .violations = c->violations,
                                                        .config = config},
                               wall_ms);
    c->keeper = store_keeper_new(c->store, c->events, config->key);
    return c->state_events && c->recorder && c->keeper ? DAQS_OK : out_of_memory(err);
}

static int load(struct controller *c, struct daqs_error *err)
{
    int result = store_load_ledger(c->store, c->ledger, err);
    if (result == DAQS_OK)
        result = store_load_overrides(c->store, &c->overrides, err);
    if (result == DAQS_OK)
        result = store_load_maintenance(c->store, c->maintenance, err);
    roster_load(c->roster, c->ledger, now_ms());
    return result == DAQS_OK ? state_events_load(c->state_events, c->store, err) : result;
}

/* Makes what decides, and what follows from decisions. */
static int make_parts(struct controller *c, struct daqs_error *err)
{
    const struct controller_config *config = c->config;
    c->commits = commit_queue_new(c->store);
    c->sla_commits = sla_commits_new(&(struct sla_commits_setup){.queue = c->commits,
                                                                 .ledger = c->ledger,
                                                                 .applied = on_sla_applied,
                                                                 .host_changed = on_slas_changed,
                                                                 .arg = c});
    if (!c->commits || !c->sla_commits)
        return out_of_memory(err);
    c->relocator = relocator_new(&(struct relocator_setup){.fleet = c->fleet,
                                                           .ledger = c->ledger,
                                                           .events = c->events,
                                                           .commits = c->sla_commits,
                                                           .config = config,
                                                           .started_ms = c->started_ms});
    c->push = push_new(&(struct push_setup){.fleet = c->fleet,
                                            .ledger = c->ledger,
                                            .conns = c->conns,
                                            .overrides = &c->overrides,
                                            .config = config,
                                            .epoch = reign_epoch(c->reign),
                                            .send = send_to_agent,
                                            .arg = c,
                                            .count = &c->count});
    c->forgetter = forgetter_new(&(struct forgetter_setup){.fleet = c->fleet,
                                                           .roster = c->roster,
                                                           .ledger = c->ledger,
                                                           .conns = c->conns,
                                                           .events = c->events,
                                                           .push = c->push,
                                                           .recorder = c->recorder,
                                                           .relocator = c->relocator,
                                                           .state_events = c->state_events,
                                                           .accounting = c->accounting,
                                                           .config = config});
    return c->relocator && c->push && c->forgetter ? DAQS_OK : out_of_memory(err);
}

static void on_principal_changed(void *arg, const char *name, const struct principal *principal,
                                 bool other)
{
    const struct controller *c = arg;
    roster_set(c->roster, name, ROSTER_HAS_KEY, principal && principal->role == ROLE_AGENT,
               now_ms());
    if (other)
        push_hang_up(c->push, name);
}

/* Opens the sockets, and what says who may use them. */
static int open_sockets(struct controller *c, struct daqs_error *err)
{
    const struct controller_config *config = c->config;
    bool keys = !config->insecure || *config->admin_remote;
    if (keys &&
        !(c->auth = auth_new(&(struct auth_setup){.store = c->store,
                                                  .events = c->events,
                                                  .key_path = config->key,
                                                  .keys_most = 2 * (size_t)config->limits.hosts,
                                                  .changed = on_principal_changed,
                                                  .arg = c},
                             err)))
        return err->code;
    c->listeners = listeners_new(&(struct listeners_setup){.config = config,
                                                           .key = keys ? auth_key(c->auth) : NULL,
                                                           .web_endpoint = WEB_ENDPOINT,
                                                           .readable = on_message,
                                                           .arg = c},
                                 err);
    return c->listeners ? DAQS_OK : err->code;
}

/* Starts the HTTP server. The loop must already listen for its requests. */
static int start_web(struct controller *c, struct daqs_error *err)
{
    c->web = web_server_start(&(struct web_server_setup){.address = c->config->http,
                                                         .hosts = c->config->http_hosts,
                                                         .endpoint = WEB_ENDPOINT,
                                                         .requests = c->config->limits.requests,
                                                         .metrics_nics = c->config->metrics_nics,
                                                         .reports = &c->took_decide,
                                                         .admin_requests = &c->took_requests,
                                                         .store_writes = store_took(c->store)},
                              err);
    return c->web ? DAQS_OK : err->code;
}

static void send_to_operator(void *arg, const struct listener *listener,
                             const struct net_route *route, void *bytes, size_t length)
{
    (void)arg;
    (void)net_send_away(listener->socket, route, bytes, length);
}

static struct connections_count count_connections(void *arg)
{
    return listeners_counted(((const struct controller *)arg)->listeners);
}

static struct admin *make_admin(struct controller *c)
{
    return admin_new(&(struct admin_setup){.fleet = c->fleet,
                                           .roster = c->roster,
                                           .ledger = c->ledger,
                                           .overrides = &c->overrides,
                                           .maintenance = c->maintenance,
                                           .store = c->store,
                                           .queue = c->commits,
                                           .commits = c->sla_commits,
                                           .push = c->push,
                                           .auth = c->auth,
                                           .events = c->events,
                                           .alerts = c->alerts,
                                           .recorder = c->recorder,
                                           .keeper = c->keeper,
                                           .forgetter = c->forgetter,
                                           .violations = c->violations,
                                           .changes = state_events_reported(c->state_events),
                                           .claims = state_events_claims(c->state_events),
                                           .accounting = c->accounting,
                                           .config = c->config,
                                           .reign = c->reign,
                                           .started_ms = c->started_ms,
                                           .count = &c->count,
                                           .took = &c->took_requests,
                                           .send = send_to_operator,
                                           .connections = count_connections,
                                           .arg = c});
}

/* Makes what serves the sockets. */
static int make_servers(struct controller *c, struct daqs_error *err)
{
    c->agents = bus_new(
        &(struct bus_setup){.fleet = c->fleet,
                            .roster = c->roster,
                            .ledger = c->ledger,
                            .conns = c->conns,
                            .push = c->push,
                            .recorder = c->recorder,
                            .relocator = c->relocator,
                            .state_events = c->state_events,
                            .accounting = c->accounting,
                            .auth = c->auth,
                            .connections = listeners_get(c->listeners, LISTENER_BUS)->connections,
                            .config = c->config,
                            .reign = c->reign,
                            .count = &c->count,
                            .took = &c->took_decide});
    c->admin = make_admin(c);
    if (!c->agents || !c->admin)
        return out_of_memory(err);
    return *c->config->http ? start_web(c, err) : DAQS_OK;
}

static int make_loop(struct controller *c, int signal_fd, struct daqs_error *err)
{
    c->loop = zloop_new();
    if (!c->loop || daemon_add_fd(c->loop, signal_fd, on_signal, c) ||
        !listeners_add_to_loop(c->listeners, c->loop) ||
        (c->auth && !auth_add_to_loop(c->auth, c->loop)) ||
        daemon_add_fd(c->loop, store_write_fd(c->store), on_store, c) ||
        daemon_add_fd(c->loop, store_query_fd(c->store), on_store, c) ||
        daemon_add_fd(c->loop, store_backup_fd(c->store), on_store, c) ||
        (c->alerts && daemon_add_fd(c->loop, alerts_fd(c->alerts), on_alert, c)) ||
        zloop_timer(c->loop, TICK_MS, 0, on_tick, c) < 0)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up the loop");
    return DAQS_OK;
}

static int set_up(struct controller *c, int signal_fd, struct daqs_error *err)
{
    c->fleet = fleet_new(c->config->limits.hosts, c->config->limits.nics);
    c->roster = roster_new();
    c->ledger = ledger_new();
    c->maintenance = maintenance_new();
    c->accounting = accounting_new();
    c->conns = agent_conns_new();
    if (!c->fleet || !c->roster || !c->ledger || !c->maintenance || !c->accounting || !c->conns)
        return out_of_memory(err);
    if (open_store(c, err) != DAQS_OK || load(c, err) != DAQS_OK)
        return store_keeper_advise(c->config->database, err);
    if (make_parts(c, err) != DAQS_OK || open_sockets(c, err) != DAQS_OK ||
        make_servers(c, err) != DAQS_OK)
        return err->code;
    return make_loop(c, signal_fd, err);
}

/* The store is closed first, because its last results need the sockets and the fleet. */
static void tear_down(struct controller *c)
{
    web_server_stop(c->web); /* it reads the store's statistics */
    recorder_stop(c->recorder, daqs_wall_ms(daqs_clock_system()));
    violations_stop(c->violations);
    events_flush(c->events);
    store_close(c->store);
    reign_free(c->reign);
    recorder_free(c->recorder);
    store_keeper_free(c->keeper);
    sla_commits_free(c->sla_commits);
    commit_queue_free(c->commits);
    violations_free(c->violations);
    state_events_free(c->state_events);
    events_free(c->events);
    alerts_free(c->alerts);
    zloop_destroy(&c->loop);
    bus_free(c->agents);
    push_free(c->push);
    agent_conns_free(c->conns);
    admin_free(c->admin);
    listeners_free(c->listeners);
    auth_free(c->auth);
    forgetter_free(c->forgetter);
    relocator_free(c->relocator);
    roster_free(c->roster);
    fleet_free(c->fleet);
    ledger_free(c->ledger);
    policy_overrides_done(&c->overrides);
    maintenance_free(c->maintenance);
    accounting_free(c->accounting);
}

int controller_run(struct controller_config *config, const char *path, struct daqs_error *err)
{
    umask(0007); /* the group may use the admin socket */
    daemon_allow_files();
    int signal_fd DAQS_AUTO_CLOSE = daemon_signals(err);
    if (signal_fd < 0)
        return err->code;
    struct controller c = {.config = config, .config_path = path, .started_ms = now_ms()};
    daemon_notify_init(&c.notify);
    daemon_notify_status(&c.notify, now_ms(), "opening %s", config->database);
    int result = set_up(&c, signal_fd, err);
    if (result == DAQS_OK) {
        events_emit(c.events, EVENT_CONTROLLER_STARTED, "", "", 0,
                    "version " DAQS_VERSION ", epoch %" PRIu64 ", bus %s, admin %s, SLAs: %zu",
                    *reign_epoch(c.reign), config->bus, config->admin, ledger_count(c.ledger));
        (void)zloop_start(c.loop); /* runs until a signal arrives */
        daemon_notify_stopping();
        daqs_log(DAQS_LOG_INFO, "stopping");
    }
    tear_down(&c);
    return result;
}
