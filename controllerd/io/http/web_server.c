/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_server.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "controllerd/io/http/web_routes.h"
#include "shared/base/thread.h"
#include "shared/net/socket.h"

/* HTTP clients get at most a sixteenth of the process's descriptors: agents need the rest. */
enum { CONNECTIONS_MAX = 512, CONNECTIONS_MIN = 8, PART_OF_FILES = 16 };

struct web_server {
    pthread_t thread;
    atomic_bool stopping;
    int stop_fd;
    zsock_t *socket; /* to the loop */
    struct http_server *http;
    struct web_routes routes;
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int send_to_loop(void *arg, const void *bytes, size_t length)
{
    const struct web_server *server = arg;
    return net_send(server->socket, NULL, bytes, length);
}

static void receive_from_loop(struct web_server *server)
{
    zmq_msg_t body;
    for (;;) {
        int result = net_receive(server->socket, NULL, &body);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result != DAQS_OK)
            continue;
        loop_client_receive(server->routes.loop, zmq_msg_data(&body), zmq_msg_size(&body),
                            now_ms());
        zmq_msg_close(&body);
    }
}

static void answer(void *arg, struct http_call *call)
{
    const struct web_server *server = arg;
    web_routes_answer(&server->routes, call);
}

/* --- the thread --- */

static void *run(void *arg)
{
    struct web_server *server = arg;
    zmq_pollitem_t item[] = {
        {.socket = zsock_resolve(server->socket), .events = ZMQ_POLLIN},
        {.fd = http_fd(server->http), .events = ZMQ_POLLIN},
        {.fd = server->stop_fd, .events = ZMQ_POLLIN},
    };
    daqs_thread_describe("web", 0);
    while (!atomic_load(&server->stopping)) {
        (void)zmq_poll(item, sizeof item / sizeof item[0], http_patience_ms(server->http));
        receive_from_loop(server);
        loop_client_tick(server->routes.loop, now_ms());
        web_metrics_tick(server->routes.metrics, now_ms());
        http_run(server->http, now_ms());
    }
    loop_client_end(server->routes.loop);
    http_run(server->http, now_ms());
    return NULL;
}

static unsigned connections_max(void)
{
    struct rlimit limit;
    rlim_t most = CONNECTIONS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / PART_OF_FILES < most)
        most = limit.rlim_cur / PART_OF_FILES;
    return most > CONNECTIONS_MIN ? (unsigned)most : CONNECTIONS_MIN;
}

/* Ending the requests answers all calls, so that the HTTP server can be freed before what answers
 * them. */
static void free_server(struct web_server *server)
{
    if (server->routes.loop)
        loop_client_end(server->routes.loop);
    http_free(server->http);
    web_metrics_free(server->routes.metrics);
    web_api_free(server->routes.api);
    loop_client_free(server->routes.loop);
    zsock_destroy(&server->socket);
    if (server->stop_fd >= 0)
        close(server->stop_fd);
    free(server);
}

/* Opens the sockets. */
static bool open_sockets(struct web_server *server, const struct web_server_setup *setup,
                         struct daqs_error *err)
{
    server->http = http_new(&(struct http_settings){.address = setup->address,
                                                    .hosts = setup->hosts,
                                                    .connections = connections_max(),
                                                    .handle = answer,
                                                    .arg = server},
                            err);
    if (!server->http) {
        (void)daqs_wrap(err, "[controller] http");
        return false;
    }
    server->socket = net_dealer_new(setup->endpoint, NULL, NULL, err);
    return server->socket != NULL;
}

/* Makes what answers calls. Returns false if out of memory. */
static bool make_routes(struct web_server *server, const struct web_server_setup *setup)
{
    struct web_routes *routes = &server->routes;
    routes->clock = daqs_clock_system();
    routes->loop = loop_client_new(&(struct loop_client_setup){
        .per_second = setup->requests, .send = send_to_loop, .arg = server});
    if (!routes->loop)
        return false;
    routes->api = web_api_new(routes->loop, routes->clock);
    routes->metrics =
        web_metrics_new(&(struct web_metrics_setup){.loop = routes->loop,
                                                    .clock = routes->clock,
                                                    .nics_max = setup->metrics_nics,
                                                    .own = {.reports = setup->reports,
                                                            .requests = setup->admin_requests,
                                                            .writes = setup->store_writes,
                                                            .http = server->http}});
    return routes->api && routes->metrics;
}

struct web_server *web_server_start(const struct web_server_setup *setup, struct daqs_error *err)
{
    struct web_server *server = calloc(1, sizeof *server);
    if (!server) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (open_sockets(server, setup, err)) {
        if (!make_routes(server, setup))
            daqs_fail(err, DAQS_ENOMEM, "out of memory");
        else if (server->stop_fd >= 0 && daqs_thread_start(&server->thread, run, server))
            return server;
        else
            daqs_fail(err, DAQS_ESYSTEM, "cannot start the web thread");
    }
    free_server(server);
    return NULL;
}

void web_server_stop(struct web_server *server)
{
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    (void)eventfd_write(server->stop_fd, 1);
    (void)pthread_join(server->thread, NULL);
    free_server(server);
}
