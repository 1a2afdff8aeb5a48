/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agentd/agent_check.h"
#include "agentd/agent_looks.h"
#include "agentd/agent_state.h"
#include "agentd/host/interface_name.h"
#include "agentd/host/vm_host.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/net/daemon.h"

#define SYSFS "/sys"

enum {
    THREADS = 64,        /* each waits for one guest */
    WATCH_MS = 100,      /* between checks of the lease, however rarely guests are polled */
    STOP_WAIT_MS = 3000, /* for limits to be removed on a clean stop */
    RELEASE_LOOK_MS = 50,
    STOP_VISITS_MS = 3000,  /* for visits to end */
    STOP_MOST_S = 10,       /* for everything else that may block, such as libvirt */
    REPORT_GRACE_PARTS = 4, /* a report waits a quarter of the interval for the last guest */
    LOOK_PARTS = 3,         /* socket checks wait a third of it for the report's answer */
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int on_looks(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    agent_start_looks(arg, now_ms());
    return 0;
}

static void send_report(struct agent *agent, int64_t now)
{
    agent->count.reports++;
    agent->report_due = false;
    session_send_report(agent->session, now);
}

static void maybe_report(struct agent *agent, int64_t now)
{
    if (!agent->report_due || (agent->awaited > 0 && now < agent->report_by_ms))
        return;
    send_report(agent, now);
    if (agent_looks_due(agent, now))
        (void)zloop_timer(agent->loop, (size_t)agent->pace.interval_ms / LOOK_PARTS, 1, on_looks,
                          agent);
}

static int on_link(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    session_receive(((struct agent *)arg)->session, now_ms());
    return 0;
}

static int on_source(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    agent_take_events(arg);
    return 0;
}

static int on_pool(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    int64_t now = now_ms();
    (void)loop;
    (void)item;
    agent_reap_jobs(arg, now);
    maybe_report(arg, now);
    return 0;
}

static int on_pf(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    int64_t now = now_ms();
    (void)loop;
    (void)item;
    host_limits_reap(((struct agent *)arg)->host_limits, now);
    agent_check_converged(arg, now);
    return 0;
}

static int on_metrics(zloop_t *loop, zsock_t *reader, void *arg)
{
    struct agent *agent = arg;
    (void)loop;
    (void)reader;
    agent_metrics_receive(agent->metrics, agent, now_ms());
    return 0;
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    const struct agent *agent = arg;
    (void)loop;
    int number = daemon_signal_read(item->fd);
    if (number == SIGHUP) {
        daemon_notify_reloading(&agent->notify);
        daqs_log(DAQS_LOG_INFO, "nothing of the agent's configuration can change live; restart it");
        daemon_notify_reloaded(&agent->notify);
    }
    if (number == SIGHUP || number == 0)
        return 0;
    return -1; /* ends the loop */
}

static int on_grace(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    maybe_report(arg, now_ms());
    return 0;
}

/* Reports the status that 'systemctl status' shows. */
static void notify_status(struct agent *agent, int64_t now_ms)
{
    size_t nics = 0;
    size_t limited = 0;
    if (!daemon_notify_wants_status(&agent->notify, now_ms))
        return;
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        nics += guest->nics;
        for (size_t k = 0; k < guest->nics; k++)
            limited += nic_limit_in_force(agent->pfs, &guest->nic[k]) != DAQS_UNLIMITED;
    }
    daemon_notify_status(
        &agent->notify, now_ms, "guests: %zu, nics: %zu, limited: %zu; controller %s: %s",
        agent->guests.count, nics, limited, agent->link.endpoint[agent->link.current],
        orders_lease(agent->orders)->held ? "obeyed" : "not heard, guarantees are kept without");
}

/* Checks the lease, overdue visits and the connection to the controller. */
static int on_watch(zloop_t *loop, int timer, void *arg)
{
    struct agent *agent = arg;
    int64_t now = now_ms();
    (void)timer;
    orders_check_lease(agent->orders, now);
    agent_look_at_overdue(agent, now);
    daemon_notify_beat(&agent->notify, now);
    notify_status(agent, now);
    zsock_t *old = agent->link.socket;
    if (link_look_after(&agent->link, now)) {
        zloop_reader_end(loop, old);
        if (zloop_reader(loop, agent->link.socket, on_link, agent) < 0)
            return -1;
        session_send_hello(agent->session);
    }
    return 0;
}

static int on_tick(zloop_t *loop, int timer, void *arg)
{
    struct agent *agent = arg;
    int64_t now = now_ms();
    int64_t beat_ms = agent->config->poll_ms;
    int64_t grace_ms = beat_ms / REPORT_GRACE_PARTS;
    (void)timer;
    if (now - agent->polled_ms < agent->pace.interval_ms - beat_ms / 2)
        return 0; /* polls are now less frequent than ticks */
    agent->polled_ms = now;
    if (agent->report_due) /* the last tick's, still waiting for a guest */
        send_report(agent, now);
    host_limits_start(agent->host_limits, now);
    agent_start_polls(agent, now);
    agent->report_due = true;
    agent->report_by_ms = now + grace_ms;
    if (agent->awaited == 0)
        send_report(agent, now);
    else
        (void)zloop_timer(loop, (size_t)grace_ms + 1, 1, on_grace, agent);
    return 0;
}

/* Removes this agent's limits from the guests and VFs (on_stop = release). */
static void release_limits(struct agent *agent)
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            guest->nic[k].wanted = DAQS_UNLIMITED;
            guest->nic[k].commanded = true;
            guest->urgent = true;
        }
    }
    int64_t until = now_ms() + STOP_WAIT_MS;
    host_limits_release(agent->host_limits);
    agent->stopping = false; /* busy guests get their job when the current one is reaped */
    agent_start_urgent(agent, now_ms());
    host_limits_start(agent->host_limits, now_ms());
    while ((guest_poller_load(agent->poller) > 0 || daqs_pool_load(agent->pool) > 0 ||
            host_limits_active(agent->host_limits)) &&
           now_ms() < until) {
        zmq_pollitem_t item[] = {{.fd = daqs_pool_fd(agent->pool), .events = ZMQ_POLLIN},
                                 {.fd = host_limits_fd(agent->host_limits), .events = ZMQ_POLLIN}};
        /* With a timeout, because a job between the poller and the pool does not wake the loop. */
        (void)zmq_poll(item, 2, RELEASE_LOOK_MS);
        agent_reap_jobs(agent, now_ms());
        host_limits_reap(agent->host_limits, now_ms());
        host_limits_start(agent->host_limits, now_ms());
    }
}

/* Frees what the host's side uses, once its visits have ended. */
static void tear_down_host(struct agent *agent)
{
    host_limits_free(agent->host_limits);
    host_traffic_free(agent->traffic);
    nic_places_free(agent->places);
    host_pfs_free(agent->pfs);
}

/* Exits while visits are still blocked: libvirt waits for 30 s if another client holds a guest
 * agent. Resources that the blocked threads use are not freed. */
static void leave(struct agent *agent)
{
    tear_down_host(agent);
    daqs_log(DAQS_LOG_INFO, "stopping without the visits that libvirt keeps waiting");
    daemon_leave();
}

static void tear_down(struct agent *agent)
{
    agent_metrics_stop(agent->metrics);
    guest_poller_free(agent->poller);
    agent->stopping = true;
    if (agent->pool && !daqs_pool_stop_within(agent->pool, STOP_VISITS_MS))
        leave(agent);
    if (agent->pool)
        agent_reap_jobs(agent, now_ms());
    for (size_t i = 0; i < agent->guests.count; i++)
        guest_job_free(agent->guests.guest[i]->work);
    tear_down_host(agent);
    guests_done(&agent->guests);
    guest_source_free(agent->source);
    daqs_pool_free(agent->pool);
    zloop_destroy(&agent->loop);
    link_done(&agent->link);
    session_free(agent->session);
    orders_free(agent->orders);
    local_control_free(agent->local);
    inventory_free(agent->inventory);
}

/* Loads the keys. Creates this host's key pair if it does not exist; the controller's key must
 * exist. */
static int load_keys(struct agent *agent, struct daqs_error *err)
{
    const struct agent_config *config = agent->config;
    char text[KEY_TEXT];
    bool made = false;
    int result = key_load_or_make(config->key, config->host, &agent->keys.own, &made, err);
    if (result == DAQS_OK && made)
        daqs_log(DAQS_LOG_INFO, "made a key for this host, %s: %s", config->key,
                 key_format(&agent->keys.own.public_key, text));
    if (result != DAQS_OK)
        return result;
    result = key_find_public(config->controller_key, &agent->keys.controller, err);
    if (result == DAQS_ENOTFOUND)
        return daqs_fail(
            err, result,
            "the controller's key is missing: copy its controller.key.pub to %.200s, or "
            "say the key in [agent] controller_key",
            config->controller_key);
    return result;
}

/* Starts to put the limits that the nics are to have into force. */
static void apply_limits(void *arg, int64_t now_ms)
{
    agent_start_urgent(arg, now_ms);
    host_limits_start(((struct agent *)arg)->host_limits, now_ms);
}

static bool set_up_orders(struct agent *agent, struct daqs_error *err)
{
    const struct agent_config *config = agent->config;
    agent->pace = (struct pace){config->poll_ms, config->poll_most_ms, config->poll_ms};
    agent->inventory =
        inventory_new(&(struct inventory_setup){.guests = &agent->guests,
                                                .uplink = config->uplink,
                                                .uplinks = config->uplinks,
                                                .capacity = host_pfs_capacity(agent->pfs)});
    agent->local = local_control_new(&(struct local_control_setup){
        .inventory = agent->inventory, .pace = &agent->pace, .apply = apply_limits, .arg = agent});
    if (!agent->inventory || !agent->local) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return false;
    }
    agent->orders = orders_new(&(struct orders_setup){.state_dir = config->state_dir,
                                                      .uplink = config->uplink,
                                                      .uplinks = config->uplinks,
                                                      .inventory = agent->inventory,
                                                      .local = agent->local,
                                                      .pace = &agent->pace,
                                                      .apply = apply_limits,
                                                      .arg = agent,
                                                      .budget = &agent->budget},
                               now_ms(), err);
    return agent->orders;
}

static int send_message(void *arg, const struct wire_message *message)
{
    return link_send(&((struct agent *)arg)->link, message);
}

static int receive_message(void *arg, struct daqs_arena *arena, int64_t now_ms,
                           struct wire_message *ret)
{
    return link_receive(&((struct agent *)arg)->link, arena, now_ms, ret);
}

static void note_heard(void *arg, int64_t lease_ms, int64_t now_ms)
{
    link_heard(&((struct agent *)arg)->link, lease_ms, now_ms);
}

static void read_nic(struct agent *agent, struct guest *guest, struct guest_nic *nic,
                     struct daqs_nic_reading *ret, int64_t now_ms)
{
    nic_limit_choose(agent->pfs, nic, now_ms);
    *ret = nic_limit_reading(agent->pfs, nic, agent->pace.interval_ms, now_ms);
    guest_nic_reported(nic, &ret->sample, now_ms);
    agent_looks_note(agent, guest, nic, &ret->sample);
    ret->backlog = (uint8_t)unsent_backlog(&nic->unsent, now_ms);
    nic_limit_reported(nic, ret, agent->pace.interval_ms);
}

static void read_nics(void *arg, struct daqs_nic_reading *ret, int64_t now_ms)
{
    struct agent *agent = arg;
    for (size_t i = 0; i < agent->guests.count; i++) {
        struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (inventory_lists(agent->inventory, &guest->nic[k]))
                read_nic(agent, guest, &guest->nic[k], &ret[guest->nic[k].index], now_ms);
    }
    host_pfs_reported(agent->pfs, agent->pace.interval_ms);
}

static uint32_t read_uplinks(void *arg, const struct daqs_nic_reading *nic, int64_t now_ms,
                             struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    return host_traffic_report(((struct agent *)arg)->traffic, nic, now_ms, ret);
}

static struct daqs_nic_applied applied(void *arg, struct guest_nic *nic, int64_t now_ms)
{
    const struct agent *agent = arg;
    const struct daqs_nic_reading reading =
        nic_limit_reading(agent->pfs, nic, agent->pace.interval_ms, now_ms);
    return (struct daqs_nic_applied){nic->index, nic_limit_in_force(agent->pfs, nic), reading.state,
                                     reading.cause};
}

static bool set_up_session(struct agent *agent, struct daqs_error *err)
{
    struct session_setup setup = {.host = agent->config->host,
                                  .pace = &agent->pace,
                                  .guests = &agent->guests,
                                  .inventory = agent->inventory,
                                  .orders = agent->orders,
                                  .local = agent->local,
                                  .budget = &agent->budget,
                                  .send = send_message,
                                  .receive = receive_message,
                                  .heard = note_heard,
                                  .read_nics = read_nics,
                                  .read_uplinks = read_uplinks,
                                  .applied = applied,
                                  .arg = agent};
    if (getrandom(&setup.instance, sizeof setup.instance, 0) != sizeof setup.instance)
        daqs_fail(err, DAQS_ESYSTEM, "getrandom: %s", strerror(errno));
    else if (!(agent->session = session_new(&setup)))
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return agent->session;
}

static void on_vfs_changed(void *arg)
{
    const struct agent *agent = arg;
    nic_places_update(agent->places);
}

static int set_up_pfs(struct agent *agent, struct daqs_error *err)
{
    agent->pfs = host_pfs_new(&(struct host_pfs_setup){.uplink = agent->config->uplink,
                                                       .uplinks = agent->config->uplinks,
                                                       .sysfs = SYSFS,
                                                       .find_name = interface_name,
                                                       .open_link = vf_link_new,
                                                       .budget = &agent->budget},
                              err);
    return agent->pfs ? DAQS_OK : err->code;
}

static int set_up_host(struct agent *agent, struct daqs_error *err)
{
    const struct agent_config *config = agent->config;
    agent->places = nic_places_new(&(struct nic_places_setup){.pfs = agent->pfs,
                                                              .guests = &agent->guests,
                                                              .uplink = config->uplink,
                                                              .uplinks = config->uplinks,
                                                              .sysfs = SYSFS});
    agent->traffic = host_traffic_new(&(struct host_traffic_setup){.pfs = agent->pfs,
                                                                   .guests = &agent->guests,
                                                                   .inventory = agent->inventory,
                                                                   .pace = &agent->pace,
                                                                   .budget = &agent->budget});
    if (!agent->places || !agent->traffic)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    const struct host_limits_setup setup = {.pfs = agent->pfs,
                                            .traffic = agent->traffic,
                                            .guests = &agent->guests,
                                            .state_dir = config->state_dir,
                                            .inventory = agent->inventory,
                                            .vfs_changed = on_vfs_changed,
                                            .arg = agent,
                                            .budget = &agent->budget};
    agent->host_limits = host_limits_new(&setup, now_ms(), err);
    return agent->host_limits ? DAQS_OK : err->code;
}

static int set_up(struct agent *agent, int signal_fd, struct daqs_error *err)
{
    const struct agent_config *config = agent->config;
    guests_init(&agent->guests);
    int result = set_up_pfs(agent, err);
    if (result != DAQS_OK)
        return result;
    if (!set_up_orders(agent, err) || !set_up_session(agent, err))
        return err->code;
    result = config->insecure ? DAQS_OK : load_keys(agent, err);
    if (result != DAQS_OK)
        return result;
    const struct link_plan plan = {.host = config->host,
                                   .endpoint = (const char *const *)config->controller,
                                   .endpoints = config->controllers,
                                   .keys = config->insecure ? NULL : &agent->keys,
                                   .poll_ms = config->poll_most_ms,
                                   .budget = &agent->budget};
    result = link_init(&agent->link, &plan, now_ms(), err);
    if (result != DAQS_OK)
        return result;
    const struct vm_host_places places = {config->vm_configs, "/proc"};
    agent->source = config->source == AGENT_SOURCE_LIBVIRT
                        ? source_libvirt_new(config->uri, err)
                        : source_sockets_new(config->socket_glob, &places, err);
    if (!agent->source)
        return err->code;
    agent->pool = daqs_pool_new(THREADS, DAQS_MAX_VMS);
    if (!agent->pool)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up threads");
    agent->poller = guest_poller_new(agent->pool, err);
    if (!agent->poller)
        return err->code;
    if (set_up_host(agent, err) != DAQS_OK)
        return err->code;
    if (*config->metrics && !(agent->metrics = agent_metrics_start(agent, err)))
        return err->code;
    agent->loop = zloop_new();
    if (!agent->loop || zloop_reader(agent->loop, agent->link.socket, on_link, agent) ||
        (agent->metrics &&
         zloop_reader(agent->loop, agent_metrics_socket(agent->metrics), on_metrics, agent)) ||
        daemon_add_fd(agent->loop, signal_fd, on_signal, agent) ||
        daemon_add_fd(agent->loop, agent->source->fd(agent->source), on_source, agent) ||
        daemon_add_fd(agent->loop, daqs_pool_fd(agent->pool), on_pool, agent) ||
        daemon_add_fd(agent->loop, host_limits_fd(agent->host_limits), on_pf, agent) ||
        zloop_timer(agent->loop, (size_t)config->poll_ms, 0, on_tick, agent) < 0 ||
        zloop_timer(agent->loop, WATCH_MS, 0, on_watch, agent) < 0)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up the loop");
    return DAQS_OK;
}

static void log_refusals(const struct agent *agent)
{
    const struct lease *o = orders_lease(agent->orders);
    if (o->outdated > 0 || o->overtaken > 0)
        daqs_log(DAQS_LOG_INFO,
                 "limits that were not obeyed: of an older controller %" PRIu64
                 ", old or twice %" PRIu64,
                 o->outdated, o->overtaken);
}

int agent_run(const struct agent_config *config, struct daqs_error *err)
{
    int signal_fd DAQS_AUTO_CLOSE = daemon_signals(err);
    if (signal_fd < 0)
        return err->code;
    struct agent agent = {.config = config};
    daemon_notify_init(&agent.notify);
    int result = set_up(&agent, signal_fd, err);
    if (result == DAQS_OK) {
        daqs_log(DAQS_LOG_INFO, "host %s, controller %s, polling every %d ms", config->host,
                 config->controller[0], (int)config->poll_ms);
        (void)agent_check(config);     /* missing things may appear later */
        (void)zloop_start(agent.loop); /* runs until a signal */
        daemon_notify_stopping();
        daqs_log(DAQS_LOG_INFO, "stopping");
        log_refusals(&agent);
        if (config->release_on_stop)
            release_limits(&agent);
        session_send_bye(agent.session);
        daemon_stop_within(STOP_MOST_S);
    }
    tear_down(&agent);
    return result;
}
