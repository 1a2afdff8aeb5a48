/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent.h"

#include <czmq.h>
#include <inttypes.h>
#include <signal.h>

#include "agentd/agent_check.h"
#include "agentd/agent_modules.h"
#include "agentd/host/nic_limit.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/net/daemon.h"
#include "shared/net/daemon_notify.h"

enum {
    WATCH_MS = 100,      /* between checks of the lease, however rarely guests are polled */
    STOP_WAIT_MS = 3000, /* for limits to be removed on a clean stop */
    RELEASE_LOOK_MS = 50,
    STOP_MOST_S = 10,       /* for everything else that may block, such as libvirt */
    REPORT_GRACE_PARTS = 4, /* a report waits a quarter of the interval for the last guest */
    CHECK_PARTS = 3,        /* socket checks wait a third of it for the report's answer */
    IO_THREADS = 2, /* libzmq resolves names in them, for 6 s if no resolver answers, and the
                       current connection must not wait for the target's name. libzmq takes
                       the thread with fewer connections */
};

struct agent {
    struct agent_modules m;
    zloop_t *loop;
    zsock_t *waits_for; /* socket of the controller that the loop waits for */
    struct daemon_notify notify;
    int64_t polled_ms;
    bool report_due;
    int64_t report_by_ms; /* the report is sent then even if guests are still missing */
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int on_checks(zloop_t *loop, int timer, void *arg)
{
    const struct agent *agent = arg;
    (void)loop;
    (void)timer;
    socket_checks_start(agent->m.checks, now_ms());
    return 0;
}

static void send_report(struct agent *agent, int64_t now)
{
    agent->m.count.reports++;
    agent->report_due = false;
    session_send_report(agent->m.session, now);
}

static void maybe_report(struct agent *agent, int64_t now)
{
    if (!agent->report_due || (polling_awaited(agent->m.polling) > 0 && now < agent->report_by_ms))
        return;
    send_report(agent, now);
    if (socket_checks_due(agent->m.checks, now))
        (void)zloop_timer(agent->loop, (size_t)agent->m.pace.interval_ms / CHECK_PARTS, 1,
                          on_checks, agent);
}

static int on_link(zloop_t *loop, zsock_t *reader, void *arg);

/* Maintains the connections to controllers. Returns -1 if the loop cannot wait for a new socket. */
static int maintain_link(struct agent *agent, int64_t now)
{
    unsigned events = link_maintain(agent->m.link, now);
    if (events & LINK_SOCKET) {
        zloop_reader_end(agent->loop, agent->waits_for);
        agent->waits_for = link_socket(agent->m.link);
        if (zloop_reader(agent->loop, agent->waits_for, on_link, agent) < 0)
            return -1;
    }
    if (events & LINK_HELLO_CURRENT)
        session_send_hello(agent->m.session, CANDIDATES_CURRENT, false, now);
    if (events & LINK_HELLO_TARGET)
        session_send_hello(agent->m.session, CANDIDATES_TARGET, true, now);
    return 0;
}

static int receive(struct agent *agent, int64_t now)
{
    session_receive(agent->m.session, now);
    return link_moved(agent->m.link) ? maintain_link(agent, now) : 0;
}

static int on_link(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    return receive(arg, now_ms());
}

static int on_source(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    discovery_take_events(((struct agent *)arg)->m.discovery);
    return 0;
}

/* Records it if the limits decided last are in force on all nics. */
static void check_converged(const struct agent_modules *m, int64_t now)
{
    if ((!orders_pending(m->orders) && !local_control_pending(m->local)) ||
        !polling_converged(m->polling, now))
        return;
    orders_in_force(m->orders, now);
    local_control_in_force(m->local, now);
}

static int on_pool(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct agent *agent = arg;
    int64_t now = now_ms();
    (void)loop;
    (void)item;
    polling_reap(agent->m.polling, now);
    check_converged(&agent->m, now);
    maybe_report(agent, now);
    return 0;
}

static int on_pf(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct agent *agent = arg;
    int64_t now = now_ms();
    (void)loop;
    (void)item;
    host_limits_reap(agent->m.host_limits, now);
    check_converged(&agent->m, now);
    return 0;
}

static int on_metrics(zloop_t *loop, zsock_t *reader, void *arg)
{
    struct agent *agent = arg;
    (void)loop;
    (void)reader;
    agent_metrics_receive(agent->m.metrics, now_ms());
    return 0;
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    const struct agent *agent = arg;
    (void)loop;
    int number = daemon_signal_read(item->fd);
    if (number == SIGHUP) {
        daemon_notify_reloading(&agent->notify);
        daqs_log(DAQS_LOG_INFO, "the agent's configuration cannot be reloaded; restart the agent");
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
    size_t candidates = candidates_count(link_candidates(agent->m.link));
    char others[48] = "";
    if (!daemon_notify_wants_status(&agent->notify, now_ms))
        return;
    for (size_t i = 0; i < agent->m.guests.count; i++) {
        const struct guest *guest = agent->m.guests.guest[i];
        nics += guest->nics;
        for (size_t k = 0; k < guest->nics; k++)
            limited += nic_limit_in_force(agent->m.pfs, &guest->nic[k]) != DAQS_UNLIMITED;
    }
    if (candidates > 1)
        (void)snprintf(others, sizeof others, "; other endpoints: %zu", candidates - 1);
    daemon_notify_status(
        &agent->notify, now_ms, "guests: %zu, nics: %zu, limited: %zu; controller %s: %s%s",
        agent->m.guests.count, nics, limited, link_endpoint(agent->m.link),
        orders_lease(agent->m.orders)->held ? "obeyed"
                                            : "not connected, guarantees are kept without it",
        others);
}

/* Checks the lease, overdue visits and the connection to the controller. */
static int on_watch(zloop_t *loop, int timer, void *arg)
{
    struct agent *agent = arg;
    int64_t now = now_ms();
    (void)loop;
    (void)timer;
    orders_check_lease(agent->m.orders, now);
    polling_check_overdue(agent->m.polling, now);
    daemon_notify_beat(&agent->notify, now);
    notify_status(agent, now);
    if (link_trying(agent->m.link) && receive(agent, now) < 0)
        return -1;
    return maintain_link(agent, now);
}

static int on_tick(zloop_t *loop, int timer, void *arg)
{
    struct agent *agent = arg;
    int64_t now = now_ms();
    int64_t beat_ms = agent->m.config->poll_ms;
    int64_t grace_ms = beat_ms / REPORT_GRACE_PARTS;
    (void)timer;
    if (now - agent->polled_ms < agent->m.pace.interval_ms - beat_ms / 2)
        return 0; /* polls are now less frequent than ticks */
    agent->polled_ms = now;
    if (agent->report_due) /* the last tick's, still waiting for a guest */
        send_report(agent, now);
    host_limits_start(agent->m.host_limits, now);
    polling_start(agent->m.polling, now);
    agent->report_due = true;
    agent->report_by_ms = now + grace_ms;
    if (polling_awaited(agent->m.polling) == 0)
        send_report(agent, now);
    else
        (void)zloop_timer(loop, (size_t)grace_ms + 1, 1, on_grace, agent);
    return 0;
}

/* Removes this agent's limits from the guests and VFs (on_stop = release). */
static void release_limits(struct agent_modules *m)
{
    int64_t until = now_ms() + STOP_WAIT_MS;
    guests_release(&m->guests);
    host_limits_release(m->host_limits);
    polling_start_urgent(m->polling, now_ms());
    host_limits_start(m->host_limits, now_ms());
    while ((guest_poller_load(m->poller) > 0 || daqs_pool_load(m->pool) > 0 ||
            host_limits_active(m->host_limits)) &&
           now_ms() < until) {
        zmq_pollitem_t item[] = {{.fd = daqs_pool_fd(m->pool), .events = ZMQ_POLLIN},
                                 {.fd = host_limits_fd(m->host_limits), .events = ZMQ_POLLIN}};
        /* With a timeout, because a job between the poller and the pool does not wake the loop. */
        (void)zmq_poll(item, 2, RELEASE_LOOK_MS);
        polling_reap(m->polling, now_ms());
        host_limits_reap(m->host_limits, now_ms());
        host_limits_start(m->host_limits, now_ms());
    }
}

static int set_up_loop(struct agent *agent, int signal_fd, struct daqs_error *err)
{
    const struct agent_modules *m = &agent->m;
    agent->loop = zloop_new();
    agent->waits_for = link_socket(m->link);
    if (!agent->loop || zloop_reader(agent->loop, agent->waits_for, on_link, agent) ||
        (m->metrics &&
         zloop_reader(agent->loop, agent_metrics_socket(m->metrics), on_metrics, agent)) ||
        daemon_add_fd(agent->loop, signal_fd, on_signal, agent) ||
        daemon_add_fd(agent->loop, m->source->fd(m->source), on_source, agent) ||
        daemon_add_fd(agent->loop, daqs_pool_fd(m->pool), on_pool, agent) ||
        daemon_add_fd(agent->loop, host_limits_fd(m->host_limits), on_pf, agent) ||
        zloop_timer(agent->loop, (size_t)m->config->poll_ms, 0, on_tick, agent) < 0 ||
        zloop_timer(agent->loop, WATCH_MS, 0, on_watch, agent) < 0)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up the loop");
    return DAQS_OK;
}

static void log_refusals(const struct agent_modules *m)
{
    const struct lease *o = orders_lease(m->orders);
    if (o->outdated > 0 || o->overtaken > 0)
        daqs_log(DAQS_LOG_INFO,
                 "limits that were ignored: of an older controller %" PRIu64
                 ", old or twice %" PRIu64,
                 o->outdated, o->overtaken);
}

int agent_run(const struct agent_config *config, struct daqs_error *err)
{
    int signal_fd DAQS_AUTO_CLOSE = daemon_signals(err);
    if (signal_fd < 0)
        return err->code;
    struct agent agent = {0};
    zsys_set_io_threads(IO_THREADS);
    daemon_notify_init(&agent.notify);
    int result = agent_modules_make(&agent.m, config, err);
    if (result == DAQS_OK)
        result = set_up_loop(&agent, signal_fd, err);
    if (result == DAQS_OK) {
        daqs_log(DAQS_LOG_INFO, "host %s, controller %s, polling every %d ms", config->host,
                 config->controller[0], (int)config->poll_ms);
        (void)agent_check(config);     /* missing things may appear later */
        (void)zloop_start(agent.loop); /* runs until a signal */
        daemon_notify_stopping();
        daqs_log(DAQS_LOG_INFO, "stopping");
        log_refusals(&agent.m);
        if (config->release_on_stop)
            release_limits(&agent.m);
        session_send_bye(agent.m.session);
        daemon_stop_within(STOP_MOST_S);
    }
    zloop_destroy(&agent.loop);
    agent_modules_free(&agent.m);
    return result;
}
