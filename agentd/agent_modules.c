/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent_modules.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "agentd/host/interface_name.h"
#include "agentd/host/vm_host.h"
#include "shared/base/clock.h"
#include "shared/net/daemon.h"

enum {
    THREADS = 64,          /* each waits for one guest */
    STOP_VISITS_MS = 3000, /* for visits to end */
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int fail_memory(struct daqs_error *err)
{
    return daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

/* --- what modules call --- */

static void apply_limits(void *arg, int64_t now)
{
    struct agent_modules *m = arg;
    polling_start_urgent(m->polling, now);
    host_limits_start(m->host_limits, now);
}

static void on_vfs_changed(void *arg)
{
    nic_places_update(((struct agent_modules *)arg)->places);
}

static int send_message(void *arg, enum candidates_line line, const struct wire_message *message)
{
    return link_send(((struct agent_modules *)arg)->link, line, message);
}

static int receive_message(void *arg, struct daqs_arena *arena, int64_t now,
                           struct wire_message *ret, enum candidates_line *ret_line)
{
    return link_receive(((struct agent_modules *)arg)->link, arena, now, ret, ret_line);
}

static void note_heard(void *arg, enum candidates_line line, bool obeyed, int64_t lease_ms,
                       int64_t now)
{
    link_heard(((struct agent_modules *)arg)->link, line, obeyed, lease_ms, now);
}

static void note_told(void *arg, enum candidates_line line, const struct wire_welcome *welcome,
                      int64_t now)
{
    link_told(((struct agent_modules *)arg)->link, line, welcome, now);
}

static void note_dismissed(void *arg, enum candidates_line line, int64_t now)
{
    link_dismissed(((struct agent_modules *)arg)->link, line, now);
}

static const char *controller_left(void *arg, enum candidates_line line, int64_t now)
{
    return candidates_left(link_candidates(((struct agent_modules *)arg)->link), line, now);
}

static void read_nics(void *arg, struct daqs_nic_reading *ret, int64_t now)
{
    readings_take_nics(&((struct agent_modules *)arg)->readings, ret, now);
}

static uint32_t read_uplinks(void *arg, const struct daqs_nic_reading *nic, int64_t now,
                             struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    return readings_take_uplinks(&((struct agent_modules *)arg)->readings, nic, now, ret);
}

static struct daqs_nic_applied applied(void *arg, const struct guest_nic *nic, int64_t now)
{
    return readings_applied(&((struct agent_modules *)arg)->readings, nic, now);
}

/* --- making --- */

/* PFs come first: their capacities are part of the inventory. */
static int make_inventory(struct agent_modules *m, struct daqs_error *err)
{
    const struct agent_config *config = m->config;
    guests_init(&m->guests);
    m->pace = (struct pace){config->poll_ms, config->poll_most_ms, config->poll_ms};
    m->pfs = host_pfs_new(&(struct host_pfs_setup){.uplink = config->uplink,
                                                   .uplinks = config->uplinks,
                                                   .sysfs = "/sys",
                                                   .find_name = interface_name,
                                                   .open_link = vf_link_new,
                                                   .budget = &m->budget},
                          err);
    if (!m->pfs)
        return err->code;
    m->inventory = inventory_new(&(struct inventory_setup){.guests = &m->guests,
                                                           .uplink = config->uplink,
                                                           .uplinks = config->uplinks,
                                                           .capacity = host_pfs_capacity(m->pfs)});
    return m->inventory ? DAQS_OK : fail_memory(err);
}

static int make_orders(struct agent_modules *m, struct daqs_error *err)
{
    m->local = local_control_new(&(struct local_control_setup){
        .inventory = m->inventory, .pace = &m->pace, .apply = apply_limits, .arg = m});
    if (!m->local)
        return fail_memory(err);
    m->orders = orders_new(&(struct orders_setup){.state_dir = m->config->state_dir,
                                                  .uplink = m->config->uplink,
                                                  .uplinks = m->config->uplinks,
                                                  .inventory = m->inventory,
                                                  .local = m->local,
                                                  .pace = &m->pace,
                                                  .apply = apply_limits,
                                                  .arg = m,
                                                  .budget = &m->budget},
                           now_ms(), err);
    return m->orders ? DAQS_OK : err->code;
}

static int make_session(struct agent_modules *m, struct daqs_error *err)
{
    struct session_setup setup = {.host = m->config->host,
                                  .pace = &m->pace,
                                  .guests = &m->guests,
                                  .inventory = m->inventory,
                                  .orders = m->orders,
                                  .local = m->local,
                                  .budget = &m->budget,
                                  .send = send_message,
                                  .receive = receive_message,
                                  .heard = note_heard,
                                  .told = note_told,
                                  .dismissed = note_dismissed,
                                  .left = controller_left,
                                  .read_nics = read_nics,
                                  .read_uplinks = read_uplinks,
                                  .applied = applied,
                                  .arg = m};
    if (getrandom(&setup.instance, sizeof setup.instance, 0) != sizeof setup.instance)
        return daqs_fail(err, DAQS_ESYSTEM, "getrandom: %s", strerror(errno));
    m->session = session_new(&setup);
    return m->session ? DAQS_OK : fail_memory(err);
}

static int make_link(struct agent_modules *m, struct daqs_error *err)
{
    const struct agent_config *config = m->config;
    if (!config->insecure && link_keys_load(&m->keys, config, err) != DAQS_OK)
        return err->code;
    m->link = link_new(&(struct link_setup){.host = config->host,
                                            .endpoint = (const char *const *)config->controller,
                                            .endpoints = config->controllers,
                                            .state_dir = config->state_dir,
                                            .keys = config->insecure ? NULL : &m->keys,
                                            .poll_ms = config->poll_most_ms,
                                            .budget = &m->budget},
                       now_ms(), err);
    return m->link ? DAQS_OK : err->code;
}

static int make_discovery(struct agent_modules *m, struct daqs_error *err)
{
    const struct agent_config *config = m->config;
    const struct vm_host_places places = {config->vm_configs, config->vm_pools, "/proc"};
    m->source = config->source == AGENT_SOURCE_LIBVIRT
                    ? source_libvirt_new(config->uri, err)
                    : source_sockets_new(config->socket_glob, &places, err);
    if (!m->source)
        return err->code;
    m->places = nic_places_new(m->pfs, &m->guests);
    m->discovery =
        discovery_new(&(struct discovery_setup){.guests = &m->guests,
                                                .source = m->source,
                                                .places = m->places,
                                                .uplink = config->uplink,
                                                .uplinks = config->uplinks,
                                                .listed = config->source == AGENT_SOURCE_SOCKETS,
                                                .budget = &m->budget});
    return m->places && m->discovery ? DAQS_OK : fail_memory(err);
}

static int make_polling(struct agent_modules *m, struct daqs_error *err)
{
    m->pool = daqs_pool_new(THREADS, DAQS_MAX_VMS);
    if (!m->pool)
        return daqs_fail(err, DAQS_ENOMEM, "cannot set up threads");
    m->poller = guest_poller_new(m->pool, err);
    if (!m->poller)
        return err->code;
    m->checks = socket_checks_new(&(struct socket_checks_setup){.guests = &m->guests,
                                                                .inventory = m->inventory,
                                                                .discovery = m->discovery,
                                                                .pool = m->pool,
                                                                .budget = &m->budget});
    m->results = visit_results_new(&(struct visit_results_setup){
        .guests = &m->guests, .discovery = m->discovery, .count = &m->count, .budget = &m->budget});
    m->polling = polling_new(&(struct polling_setup){.guests = &m->guests,
                                                     .pfs = m->pfs,
                                                     .pace = &m->pace,
                                                     .discovery = m->discovery,
                                                     .results = m->results,
                                                     .checks = m->checks,
                                                     .pool = m->pool,
                                                     .poller = m->poller,
                                                     .count = &m->count,
                                                     .took = &m->took,
                                                     .budget = &m->budget});
    return m->checks && m->results && m->polling ? DAQS_OK : fail_memory(err);
}

static int make_host_limits(struct agent_modules *m, struct daqs_error *err)
{
    m->traffic = host_traffic_new(&(struct host_traffic_setup){.pfs = m->pfs,
                                                               .guests = &m->guests,
                                                               .inventory = m->inventory,
                                                               .pace = &m->pace,
                                                               .budget = &m->budget});
    if (!m->traffic)
        return fail_memory(err);
    m->readings = (struct readings){.guests = &m->guests,
                                    .inventory = m->inventory,
                                    .pace = &m->pace,
                                    .pfs = m->pfs,
                                    .traffic = m->traffic,
                                    .checks = m->checks};
    m->host_limits = host_limits_new(&(struct host_limits_setup){.pfs = m->pfs,
                                                                 .traffic = m->traffic,
                                                                 .guests = &m->guests,
                                                                 .state_dir = m->config->state_dir,
                                                                 .inventory = m->inventory,
                                                                 .vfs_changed = on_vfs_changed,
                                                                 .arg = m,
                                                                 .budget = &m->budget},
                                     now_ms(), err);
    return m->host_limits ? DAQS_OK : err->code;
}

static int make_metrics(struct agent_modules *m, struct daqs_error *err)
{
    if (!*m->config->metrics)
        return DAQS_OK;
    m->metrics =
        agent_metrics_start(&(struct agent_metrics_setup){.address = m->config->metrics,
                                                          .from = {.count = &m->count,
                                                                   .guests = &m->guests,
                                                                   .orders = m->orders,
                                                                   .link = m->link,
                                                                   .pfs = m->pfs,
                                                                   .uplink = m->config->uplink},
                                                          .took = &m->took},
                            err);
    return m->metrics ? DAQS_OK : err->code;
}

int agent_modules_make(struct agent_modules *ret, const struct agent_config *config,
                       struct daqs_error *err)
{
    static int (*const make[])(struct agent_modules *, struct daqs_error *) = {
        make_inventory, make_orders,  make_session,     make_link,
        make_discovery, make_polling, make_host_limits, make_metrics,
    };
    int result = DAQS_OK;
    ret->config = config;
    for (size_t i = 0; i < sizeof make / sizeof make[0] && result == DAQS_OK; i++)
        result = make[i](ret, err);
    return result;
}

/* --- freeing --- */

/* Waits for the visits to PFs. */
static void free_host(struct agent_modules *m)
{
    host_limits_free(m->host_limits);
    host_traffic_free(m->traffic);
    nic_places_free(m->places);
    host_pfs_free(m->pfs);
}

/* Exits while visits are still blocked: libvirt waits for 30 s if another client holds a guest
 * agent. Resources that the blocked threads use are not freed. */
static void leave(struct agent_modules *m)
{
    free_host(m);
    daqs_log(DAQS_LOG_INFO, "stopping without the polls that libvirt blocks");
    daemon_leave();
}

void agent_modules_free(struct agent_modules *m)
{
    agent_metrics_stop(m->metrics);
    guest_poller_free(m->poller);
    if (m->pool && !daqs_pool_stop_within(m->pool, STOP_VISITS_MS))
        leave(m);
    if (m->polling) {
        polling_stop(m->polling);
        polling_reap(m->polling, now_ms());
    }
    for (size_t i = 0; i < m->guests.count; i++)
        guest_job_free(m->guests.guest[i]->work);
    polling_free(m->polling);
    visit_results_free(m->results);
    socket_checks_free(m->checks);
    discovery_free(m->discovery);
    free_host(m);
    guests_done(&m->guests);
    guest_source_free(m->source);
    daqs_pool_free(m->pool);
    link_free(m->link);
    session_free(m->session);
    orders_free(m->orders);
    local_control_free(m->local);
    inventory_free(m->inventory);
}
