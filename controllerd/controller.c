/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/controller.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>

#include "controllerd/controller_modules.h"
#include "controllerd/io/records/records_pg.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/version.h"
#include "shared/net/daemon.h"
#include "shared/net/daemon_notify.h"

enum { TICK_MS = 100 };

struct controller {
    struct controller_config *config;
    const char *config_path;
    zloop_t *loop;
    struct daemon_notify notify;
    struct controller_modules modules;
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int on_store(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    store_reap(((const struct controller *)arg)->modules.store);
    return 0;
}

static int on_records(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    records_pg_reap(((const struct controller *)arg)->modules.shared);
    return 0;
}

static int on_group(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    membership_reap(((const struct controller *)arg)->modules.membership);
    return 0;
}

static int on_alert(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    alerts_reap(((const struct controller *)arg)->modules.alerts, now_ms());
    return 0;
}

/* For 'systemctl status'. */
static void notify_status(struct controller *c, int64_t now_ms)
{
    if (!daemon_notify_wants_status(&c->notify, now_ms))
        return;
    const struct controller_modules *m = &c->modules;
    const struct fleet_totals totals = fleet_totals(m->fleet, now_ms);
    daemon_notify_status(
        &c->notify, now_ms, "hosts: %zu, up: %zu; nics: %" PRIu64 "; SLAs: %zu; history: %s",
        roster_count(m->roster), totals.present, totals.nics, ledger_count(m->ledger),
        recorder_state(m->recorder).failing ? "failing" : "ok");
}

/* Returns -1 to end the loop. */
static int tick_group(struct membership *membership)
{
    if (!membership)
        return 0;
    membership_tick(membership, now_ms());
    return membership_over(membership, now_ms()) ? -1 : 0;
}

static int on_tick(zloop_t *loop, int timer, void *arg)
{
    struct controller *c = arg;
    struct controller_modules *m = &c->modules;
    (void)loop;
    (void)timer;
    if (m->shared)
        records_pg_tick(m->shared, now_ms(), daqs_wall_ms(daqs_clock_system()));
    commit_queue_tick(m->commits);
    reign_tick(m->reign, now_ms(), daqs_wall_ms(daqs_clock_system()));
    recorder_tick(m->recorder, daqs_wall_ms(daqs_clock_system()));
    last_heard_tick(m->last_heard, now_ms(), daqs_wall_ms(daqs_clock_system()));
    push_renew(m->push, now_ms());
    state_events_tick(m->state_events, now_ms(), daqs_wall_ms(daqs_clock_system()));
    violations_tick(m->violations, now_ms());
    relocator_tick(m->relocator);
    forgetter_tick(m->forgetter, now_ms());
    if (m->peer_link)
        peer_link_tick(m->peer_link, now_ms());
    admin_tick(m->admin, now_ms());
    listeners_tick(m->listeners, now_ms());
    store_keeper_tick(m->keeper, now_ms());
    events_tick(m->events, now_ms());
    alerts_tick(m->alerts, now_ms());
    daemon_notify_beat(&c->notify, now_ms());
    notify_status(c, now_ms());
    return tick_group(m->membership);
}

static void reload(struct controller *c)
{
    struct daqs_error err = {0};
    if (controller_config_reload(c->config, c->config_path, &err) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "not reloaded: %s", err.text);
        return;
    }
    push_all(c->modules.push, now_ms());
    daqs_log(DAQS_LOG_INFO, "reloaded policy and history; the rest needs a restart");
}

/* A member of a group sends its hosts to others first, unless it is told twice. Returns -1 to end
 * the loop. */
static int end(struct controller *c)
{
    struct membership *membership = c->modules.membership;
    if (!membership || membership_leaves(membership))
        return -1;
    daemon_notify_stopping();
    membership_leave(membership);
    return 0;
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct controller *c = arg;
    (void)loop;
    int number = daemon_signal_read(item->fd);
    if (number == 0)
        return 0;
    if (number != SIGHUP)
        return end(c);
    daemon_notify_reloading(&c->notify);
    reload(c);
    daemon_notify_reloaded(&c->notify);
    return 0;
}

static int make_loop(struct controller *c, int signal_fd, struct daqs_error *err)
{
    struct controller_modules *m = &c->modules;
    c->loop = zloop_new();
    if (!c->loop || daemon_add_fd(c->loop, signal_fd, on_signal, c) ||
        !listeners_add_to_loop(m->listeners, c->loop) ||
        (m->auth && !auth_add_to_loop(m->auth, c->loop)) ||
        daemon_add_fd(c->loop, store_write_fd(m->store), on_store, c) ||
        daemon_add_fd(c->loop, store_query_fd(m->store), on_store, c) ||
        daemon_add_fd(c->loop, store_backup_fd(m->store), on_store, c) ||
        (m->shared && daemon_add_fd(c->loop, records_pg_fd(m->shared), on_records, c)) ||
        (m->membership && daemon_add_fd(c->loop, membership_fd(m->membership), on_group, c)) ||
        (m->alerts && daemon_add_fd(c->loop, alerts_fd(m->alerts), on_alert, c)) ||
        zloop_timer(c->loop, TICK_MS, 0, on_tick, c) < 0)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up the loop");
    if (m->peer_link)
        peer_link_join_loop(m->peer_link, c->loop);
    return DAQS_OK;
}

int controller_run(struct controller_config *config, const char *path, struct daqs_error *err)
{
    umask(0007); /* the group may use the admin socket */
    daemon_allow_files();
    int signal_fd DAQS_AUTO_CLOSE = daemon_signals(err);
    if (signal_fd < 0)
        return err->code;
    struct controller c = {.config = config, .config_path = path};
    daemon_notify_init(&c.notify);
    daemon_notify_status(&c.notify, now_ms(), "opening %s", config->database);
    struct controller_modules *m = &c.modules;
    int result = controller_modules_make(m, config, now_ms(), err);
    if (result == DAQS_OK)
        result = make_loop(&c, signal_fd, err);
    if (result == DAQS_OK) {
        events_emit(m->events, EVENT_CONTROLLER_STARTED, "", "", 0,
                    "version " DAQS_VERSION ", epoch %" PRIu64 ", bus %s, admin %s, SLAs: %zu",
                    *reign_epoch(m->reign), config->bus, config->admin, ledger_count(m->ledger));
        (void)zloop_start(c.loop); /* runs until a signal arrives */
        daemon_notify_stopping();
        daqs_log(DAQS_LOG_INFO, "stopping");
        if (m->membership && membership_taken(m->membership))
            result = daqs_fail(err, DAQS_EEXISTS, "another controller has this one's name");
    }
    if (m->peer_link)
        peer_link_leave_loop(m->peer_link);
    zloop_destroy(&c.loop);
    controller_modules_free(m);
    return result;
}
