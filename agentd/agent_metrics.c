/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent_metrics.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "shared/base/clock.h"
#include "shared/base/thread.h"
#include "shared/http/http.h"
#include "shared/net/socket.h"

#define DOOR "inproc://daqs-agent-metrics"

enum { CONNECTIONS = 32, PATIENCE_MS = 5000 };

/* A scrape that waits for the figures. */
struct stats_scrape {
    struct http_call *call;
    int64_t since_ms;
    struct stats_scrape *next;
};

/* A message on the pair of sockets; the receiver owns the pointer. */
struct stats_pointer {
    struct agent_stats *stats;
};

struct agent_metrics {
    zsock_t *loop_end;
    struct agent_metrics_setup given;
    /* owned by the thread */
    zsock_t *own_end;
    pthread_t thread;
    atomic_bool stopping;
    int stop_fd;
    struct http_server *server;
    bool asked;
    struct stats_scrape *scrapes;
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* --- the loop's side --- */

zsock_t *agent_metrics_socket(const struct agent_metrics *metrics)
{
    return metrics->loop_end;
}

void agent_metrics_receive(struct agent_metrics *metrics, int64_t now)
{
    zmq_msg_t question;
    while (net_receive(metrics->loop_end, NULL, &question) != DAQS_ENOTFOUND) {
        zmq_msg_close(&question);
        const struct stats_pointer stats_pointer = {agent_stats_new(&metrics->given.from, now)};
        if (net_send(metrics->loop_end, NULL, &stats_pointer, sizeof stats_pointer) != DAQS_OK)
            agent_stats_free(stats_pointer.stats);
    }
}

/* --- the thread's side --- */

static void answer(const struct agent_metrics *metrics, struct http_call *call,
                   const struct agent_stats *stats)
{
    char *text = NULL;
    size_t length = 0;
    struct metrics out = {.open = metrics_wants_open(http_call_header(call, "Accept"))};
    const struct http_head head = {.status = 200, .type = out.open ? METRICS_OPEN : METRICS_PLAIN};
    out.out = stats ? open_memstream(&text, &length) : NULL;
    if (out.out)
        agent_stats_write(stats, metrics->given.took, &out);
    if (!out.out || fclose(out.out) != 0) {
        free(text);
        http_refuse(call, 503, "out of memory");
        return;
    }
    http_answer(call, &head, http_text(text, length));
}

static void receive_stats(struct agent_metrics *metrics)
{
    zmq_msg_t body;
    while (net_receive(metrics->own_end, NULL, &body) == DAQS_OK) {
        struct stats_pointer stats_pointer;
        memcpy(&stats_pointer, zmq_msg_data(&body), sizeof stats_pointer);
        zmq_msg_close(&body);
        metrics->asked = false;
        while (metrics->scrapes) {
            struct stats_scrape *scrape = metrics->scrapes;
            LL_DELETE(metrics->scrapes, scrape);
            answer(metrics, scrape->call, stats_pointer.stats);
            free(scrape);
        }
        agent_stats_free(stats_pointer.stats);
    }
}

/* Rejects the scrapes that have waited for PATIENCE_MS, or all. */
static void give_up(struct agent_metrics *metrics, int64_t now, bool all)
{
    struct stats_scrape *scrape = NULL;
    struct stats_scrape *next = NULL;
    LL_FOREACH_SAFE(metrics->scrapes, scrape, next)
    {
        if (!all && now - scrape->since_ms < PATIENCE_MS)
            continue;
        LL_DELETE(metrics->scrapes, scrape);
        http_refuse(scrape->call, 503, "the agent's loop does not answer");
        free(scrape);
    }
}

static void handle(void *arg, struct http_call *call)
{
    static const char question = '?';
    struct agent_metrics *metrics = arg;
    if (strcmp(http_call_target(call)->path, "/metrics") != 0) {
        http_refuse(call, 404, "unknown path; the agent serves /metrics");
        return;
    }
    struct stats_scrape *scrape = calloc(1, sizeof *scrape);
    if (!metrics->asked)
        metrics->asked = net_send(metrics->own_end, NULL, &question, sizeof question) == DAQS_OK;
    if (!scrape || !metrics->asked) {
        free(scrape);
        http_refuse(call, 503, "the agent's loop cannot be asked now");
        return;
    }
    *scrape = (struct stats_scrape){.call = call, .since_ms = now_ms()};
    LL_APPEND(metrics->scrapes, scrape);
}

static void *run(void *arg)
{
    struct agent_metrics *metrics = arg;
    zmq_pollitem_t item[] = {
        {.socket = zsock_resolve(metrics->own_end), .events = ZMQ_POLLIN},
        {.fd = http_fd(metrics->server), .events = ZMQ_POLLIN},
        {.fd = metrics->stop_fd, .events = ZMQ_POLLIN},
    };
    daqs_thread_describe("metrics", 0);
    while (!atomic_load(&metrics->stopping)) {
        (void)zmq_poll(item, sizeof item / sizeof item[0], http_patience_ms(metrics->server));
        receive_stats(metrics);
        give_up(metrics, now_ms(), false);
        http_run(metrics->server, now_ms());
    }
    give_up(metrics, 0, true);
    http_run(metrics->server, now_ms());
    return NULL;
}

static void free_metrics(struct agent_metrics *metrics)
{
    if (metrics->own_end)
        receive_stats(metrics);
    give_up(metrics, 0, true);
    http_free(metrics->server);
    zsock_destroy(&metrics->own_end);
    zsock_destroy(&metrics->loop_end);
    if (metrics->stop_fd >= 0)
        close(metrics->stop_fd);
    free(metrics);
}

struct agent_metrics *agent_metrics_start(const struct agent_metrics_setup *setup,
                                          struct daqs_error *err)
{
    struct agent_metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    const struct http_settings settings = {.address = setup->address,
                                           .hosts = "",
                                           .connections = CONNECTIONS,
                                           .handle = handle,
                                           .arg = metrics};
    metrics->given = *setup;
    metrics->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    metrics->server = http_new(&settings, err);
    if (!metrics->server)
        (void)daqs_wrap(err, "[agent] metrics");
    metrics->loop_end = metrics->server ? zsock_new_pair("@" DOOR) : NULL;
    metrics->own_end = metrics->loop_end ? zsock_new_pair(">" DOOR) : NULL;
    if (metrics->own_end && metrics->stop_fd >= 0 &&
        daqs_thread_start(&metrics->thread, run, metrics))
        return metrics;
    if (!err->code)
        daqs_fail(err, DAQS_ESYSTEM, "cannot start the metrics thread");
    free_metrics(metrics);
    return NULL;
}

void agent_metrics_stop(struct agent_metrics *metrics)
{
    if (!metrics)
        return;
    atomic_store(&metrics->stopping, true);
    (void)eventfd_write(metrics->stop_fd, 1);
    (void)pthread_join(metrics->thread, NULL);
    free_metrics(metrics);
}
