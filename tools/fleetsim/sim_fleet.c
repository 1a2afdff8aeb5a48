/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "shared/base/clock.h"
#include "shared/net/daemon.h"
#include "tools/fleetsim/pacer.h"
#include "tools/fleetsim/sim_links.h"

enum {
    EVENTS_AT_ONCE = 256,
    SERVED_PATIENCE_MS = 60000, /* for limits to reach all agents, after the warm-up */
    ARENA_BYTES = 16 * 1024 * 1024,
    OTHER_FILES = 64,
};

struct sim_fleet {
    const struct fleetsim_options *options;
    struct sim_context *context;
    struct sim_agent *agent;
    uint32_t agents; /* that are initialised */
    struct pacer *pacer;
    int poll_fd;
    int signal_fd;
    bool stopped;
    bool counting;
    int64_t began_us;   /* the first attempt to connect */
    int64_t counted_us; /* when counting started */
    uint64_t own_cpu_ns;
    double drops; /* accumulated, not carried out yet */
    int64_t dropped_us;
    pid_t watched;
    struct sim_outcome *outcome;
};

static uint64_t own_cpu_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000000U + (uint64_t)spent.tv_nsec;
}

/* --- setting up --- */

/* Raises the limits on sockets and open files. A socket has one descriptor for its connection and
 * one for its mailbox, and a monitor one for each of its ends. While agents move, they have two
 * sockets; in a group, all of them may move at once. */
static int make_capacity(const struct fleetsim_options *o, struct daqs_error *err)
{
    struct rlimit limit;
    const rlim_t each = (o->handshakes ? 4U : 2U) + (o->controllers > 1 ? 2U : 0U);
    const rlim_t needed = each * o->hosts + OTHER_FILES;
    daemon_allow_files();
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "getrlimit: %s", strerror(errno));
    if (limit.rlim_cur < needed)
        return daqs_fail(err, DAQS_ETOOBIG,
                         "%u agents need %llu open files, %llu are allowed (ulimit -Hn)", o->hosts,
                         (unsigned long long)needed, (unsigned long long)limit.rlim_cur);
    zsys_set_max_sockets((o->handshakes ? 6 : 2) * (size_t)o->hosts + OTHER_FILES);
    zsys_set_io_threads((size_t)o->io_threads);
    return DAQS_OK;
}

static int set_up(struct sim_fleet *f, struct daqs_error *err)
{
    const struct fleetsim_options *o = f->options;
    struct sim_context *c = f->context;
    int result = make_capacity(o, err);
    if (result != DAQS_OK)
        return result;
    daqs_arena_init(&c->arena, ARENA_BYTES);
    c->reading = calloc(o->shape.nics, sizeof *c->reading);
    c->applied = calloc(o->shape.nics, sizeof *c->applied);
    f->agent = calloc(o->hosts, sizeof *f->agent);
    f->pacer = pacer_new(o->hosts, daqs_now_us() / 1000);
    if (!c->reading || !c->applied || !f->agent || !f->pacer)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = o->hosts};
    f->poll_fd = c->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (f->poll_fd < 0 || epoll_ctl(f->poll_fd, EPOLL_CTL_ADD, f->signal_fd, &event) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "epoll: %s", strerror(errno));
    while (f->agents < o->hosts) {
        uint32_t number = f->agents++;
        if (!sim_agent_init(&f->agent[number], &o->shape, number, c, daqs_now_us()))
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    }
    return DAQS_OK;
}

static void tear_down(struct sim_fleet *f)
{
    for (uint32_t i = 0; i < f->agents; i++) {
        if (sim_links_are_open(&f->agent[i]))
            sim_agent_drop(&f->agent[i], f->context, true);
        sim_agent_done(&f->agent[i]);
    }
    if (f->poll_fd >= 0)
        close(f->poll_fd);
    pacer_free(f->pacer);
    free(f->agent);
    free(f->context->reading);
    free(f->context->applied);
    daqs_arena_done(&f->context->arena);
    zsys_shutdown(); /* waits until the byes are sent */
}

/* --- connections --- */

static int open_agent(struct sim_fleet *f, uint32_t number, struct daqs_error *err)
{
    return sim_links_open(&f->agent[number], f->context, daqs_now_us(), err);
}

static int connect_agent(struct sim_fleet *f, uint32_t number, struct daqs_error *err)
{
    if (!f->began_us)
        f->began_us = daqs_now_us();
    return sim_links_connect(&f->agent[number], f->context, daqs_now_us(), err);
}

static void add_turn(struct sim_fleet *f, uint32_t number)
{
    int64_t due_ms =
        pacer_turn(number, f->options->hosts, f->agent[number].interval_ms, daqs_now_us() / 1000);
    pacer_add(f->pacer, number, due_ms);
}

/* Connects all agents at once, with sockets made beforehand (--storm), or evenly over half the
 * warm-up. */
static int begin(struct sim_fleet *f, struct daqs_error *err)
{
    const struct fleetsim_options *o = f->options;
    int result = DAQS_OK;
    int64_t now_ms = daqs_now_us() / 1000;
    for (uint32_t i = 0; i < o->hosts && result == DAQS_OK; i++) {
        if (o->storm)
            result = open_agent(f, i, err);
        else
            pacer_add(f->pacer, i, now_ms + o->warm_up_ms / 2 * i / o->hosts);
    }
    for (uint32_t i = 0; i < o->hosts && o->storm && result == DAQS_OK; i++) {
        result = connect_agent(f, i, err);
        add_turn(f, i);
    }
    return result;
}

/* Drops connections at the rate of --churn. The agents reconnect with their next turn. */
static void churn(struct sim_fleet *f, int64_t at_us)
{
    f->drops += f->options->churn * (double)(at_us - f->dropped_us) / 1e6;
    f->dropped_us = at_us;
    /* Counts whole drops down, not up to a bound: NOLINTNEXTLINE(cert-flp30-c) */
    for (; f->drops >= 1; f->drops--) {
        struct sim_agent *agent = &f->agent[sim_context_draw(f->context) % f->options->hosts];
        if (!sim_links_are_open(agent) || !agent->served)
            continue;
        sim_agent_drop(agent, f->context, f->outcome->dropped++ % 2 != 0);
    }
}

/* --- turns --- */

static int take_turn(struct sim_fleet *f, uint32_t number, int64_t at_us, struct daqs_error *err)
{
    struct sim_agent *agent = &f->agent[number];
    int64_t since_ms = at_us / 1000 - agent->reported_ms;
    if (f->context->monitored)
        sim_links_count_handshakes(agent, f->context);
    if (agent->candidates && sim_links_are_open(agent))
        sim_links_maintain(agent, f->context, at_us);
    if (!sim_links_are_open(agent)) {
        int result = open_agent(f, number, err);
        return result == DAQS_OK ? connect_agent(f, number, err) : result;
    }
    if (!agent->line[CANDIDATES_CURRENT].greeted)
        sim_agent_receive(agent, f->context); /* a hello may be due */
    if (!agent->line[CANDIDATES_CURRENT].greeted)
        return DAQS_OK; /* still connecting */
    f->outcome->late += agent->reported_ms && 2 * since_ms > 3 * agent->interval_ms;
    sim_agent_report(agent, f->context);
    return DAQS_OK;
}

static int take_turns(struct sim_fleet *f, struct daqs_error *err)
{
    uint32_t number;
    int result = DAQS_OK;
    int64_t at_us = daqs_now_us();
    while (result == DAQS_OK && pacer_take(f->pacer, at_us / 1000, &number)) {
        result = take_turn(f, number, at_us, err);
        add_turn(f, number);
    }
    return result;
}

static int receive_all(struct sim_fleet *f)
{
    struct epoll_event event[EVENTS_AT_ONCE];
    /* Turns are at least a millisecond apart. */
    int count = epoll_wait(f->poll_fd, event, EVENTS_AT_ONCE, 1);
    for (int i = 0; i < count; i++) {
        if (event[i].data.u32 == f->options->hosts)
            f->stopped = daemon_signal_read(f->signal_fd) != 0;
        else if (sim_links_are_open(&f->agent[event[i].data.u32]))
            sim_agent_receive(&f->agent[event[i].data.u32], f->context);
    }
    return count < 0 && errno != EINTR ? DAQS_ESYSTEM : DAQS_OK;
}

/* --- counting --- */

static uint32_t count_served(const struct sim_fleet *f)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->agents; i++)
        count += f->agent[i].ever_served;
    return count;
}

static bool is_connected(const struct sim_fleet *f, const struct sim_agent *agent, int64_t now_ms)
{
    return sim_links_are_open(agent) && agent->served &&
           (f->context->bare || now_ms < agent->lease.expires_ms);
}

static uint32_t count_connected(const struct sim_fleet *f)
{
    uint32_t count = 0;
    int64_t now_ms = daqs_now_us() / 1000;
    for (uint32_t i = 0; i < f->agents; i++)
        count += is_connected(f, &f->agent[i], now_ms);
    return count;
}

/* Controllers for which there is no place are left out. */
static void count_place(struct sim_outcome *outcome, const char *controller)
{
    size_t at = 0;
    while (at < outcome->places && strcmp(outcome->place[at].controller, controller) != 0)
        at++;
    if (at == SIM_PLACES_MOST)
        return;
    if (at == outcome->places)
        (void)snprintf(outcome->place[outcome->places++].controller,
                       sizeof outcome->place[at].controller, "%s", controller);
    outcome->place[at].hosts++;
}

static void count_places(const struct sim_fleet *f)
{
    int64_t now_ms = daqs_now_us() / 1000;
    for (uint32_t i = 0; i < f->agents; i++)
        if (f->agent[i].candidates && is_connected(f, &f->agent[i], now_ms))
            count_place(f->outcome, sim_links_controller(&f->agent[i], f->context));
}

/* Resets the figures, except those about how agents connected. */
static void start_counting(struct sim_fleet *f)
{
    struct sim_tally *tally = &f->context->tally;
    const struct sim_connecting connecting = tally->connecting;
    samples_done(&tally->latency_us);
    samples_done(&tally->lost_us);
    *tally = (struct sim_tally){.connecting = connecting};
    f->outcome->late = f->outcome->dropped = 0;
    f->outcome->begin = proc_stats_read(f->watched);
    f->own_cpu_ns = own_cpu_ns();
    f->counted_us = f->dropped_us = daqs_now_us();
    f->counting = true;
}

static void stop_counting(struct sim_fleet *f)
{
    struct sim_outcome *outcome = f->outcome;
    outcome->end = proc_stats_read(f->watched);
    outcome->counted_us = f->counting ? daqs_now_us() - f->counted_us : 0;
    outcome->own_cpu_ns = f->counting ? own_cpu_ns() - f->own_cpu_ns : 0;
    outcome->served = count_served(f);
    outcome->connected = count_connected(f);
    count_places(f);
}

/* Moves on to the next phase of the run. Returns true when it is over. */
static bool move_on(struct sim_fleet *f)
{
    const struct fleetsim_options *o = f->options;
    int64_t at_us = daqs_now_us();
    int64_t warm_up_ms = o->storm ? 0 : o->warm_up_ms;
    int64_t gone_ms = (at_us - f->began_us) / 1000;
    bool all = f->context->tally.connecting.served_us.count >= o->hosts;
    if (all && !f->outcome->served_us)
        f->outcome->served_us = at_us - f->began_us;
    if (f->counting) {
        churn(f, at_us);
        return at_us - f->counted_us >= o->duration_ms * 1000;
    }
    if (all && gone_ms >= warm_up_ms) {
        if (o->duration_ms == 0)
            return true; /* only connecting was to be measured */
        start_counting(f);
    }
    return f->began_us && gone_ms >= warm_up_ms + SERVED_PATIENCE_MS;
}

int sim_fleet_run(const struct fleetsim_options *options, struct sim_context *context,
                  pid_t watched, int signal_fd, struct sim_outcome *ret, struct daqs_error *err)
{
    struct sim_outcome outcome = {.unconnected = proc_stats_read(watched)};
    struct sim_fleet f = {.options = options,
                          .context = context,
                          .poll_fd = -1,
                          .signal_fd = signal_fd,
                          .watched = watched,
                          .outcome = &outcome};
    int result = set_up(&f, err);
    if (result == DAQS_OK)
        result = begin(&f, err);
    while (result == DAQS_OK && !f.stopped && !move_on(&f)) {
        result = receive_all(&f);
        if (result == DAQS_OK)
            result = take_turns(&f, err);
    }
    if (result == DAQS_OK)
        stop_counting(&f);
    tear_down(&f);
    if (result == DAQS_OK)
        *ret = outcome;
    return result;
}
