/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "controllerd/io/http/assets.h"
#include "controllerd/io/http/web_internal.h"
#include "controllerd/io/state/controller_state.h"
#include "shared/base/clock.h"
#include "shared/base/thread.h"

/* HTTP clients get at most a sixteenth of the process's descriptors: agents need the rest. */
enum { CONNECTIONS_MOST = 512, CONNECTIONS_LEAST = 8, PART_OF_FILES = 16 };

/* --- routing --- */

static bool is_at(const struct asset *asset, const char *path)
{
    return strcmp(asset->path, path) == 0 ||
           (strcmp(path, "/") == 0 && strcmp(asset->path, "/index.html") == 0);
}

static void answer_asset(struct http_call *call, const struct asset *asset)
{
    struct http_head head = {.status = 200, .type = asset->type, .etag = asset->etag};
    const char *known = http_call_header(call, "If-None-Match");
    if (known && strstr(known, asset->etag)) {
        head.status = 304;
        http_answer(call, &head, (struct http_bytes){"", 0, NULL, NULL});
        return;
    }
    http_answer(call, &head, (struct http_bytes){asset->bytes, asset->length, NULL, NULL});
}

static void handle(void *arg, struct http_call *call)
{
    struct web *web = arg;
    const struct http_target *target = http_call_target(call);
    if (strncmp(target->path, "/api/", 5) == 0) {
        web_api_answer(web, call);
        return;
    }
    if (target->parameters > 0) {
        http_refuse(call, 400, "this path takes no parameters");
        return;
    }
    if (strcmp(target->path, "/healthz") == 0 || strcmp(target->path, "/readyz") == 0) {
        web_health_answer(web, call, target->path[1] == 'r');
        return;
    }
    if (strcmp(target->path, "/metrics") == 0) {
        web_metrics_answer(web, call);
        return;
    }
    for (size_t i = 0; i < assets_count; i++)
        if (is_at(&assets[i], target->path)) {
            answer_asset(call, &assets[i]);
            return;
        }
    http_refuse(call, 404, "there is no such path");
}

/* --- the thread --- */

static void *run(void *arg)
{
    struct web *web = arg;
    zmq_pollitem_t item[] = {
        {.socket = zsock_resolve(web_asker_socket(web->asker)), .events = ZMQ_POLLIN},
        {.fd = http_fd(web->server), .events = ZMQ_POLLIN},
        {.fd = web->stop_fd, .events = ZMQ_POLLIN},
    };
    daqs_thread_describe("web", 0);
    while (!atomic_load(&web->stopping)) {
        (void)zmq_poll(item, sizeof item / sizeof item[0], http_patience_ms(web->server));
        int64_t now_ms = web_now_ms();
        web_asker_receive(web->asker, now_ms);
        web_asker_tick(web->asker, now_ms);
        web_metrics_tick(web, now_ms, false);
        http_run(web->server, now_ms);
    }
    web_asker_end(web->asker);
    http_run(web->server, web_now_ms());
    return NULL;
}

static unsigned connections_most(void)
{
    struct rlimit limit;
    rlim_t most = CONNECTIONS_MOST;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / PART_OF_FILES < most)
        most = limit.rlim_cur / PART_OF_FILES;
    return most > CONNECTIONS_LEAST ? (unsigned)most : CONNECTIONS_LEAST;
}

static void free_web(struct web *web)
{
    if (web->asker)
        web_asker_end(web->asker);
    http_free(web->server);
    web_metrics_tick(web, 0, true);
    web_asker_free(web->asker);
    if (web->stop_fd >= 0)
        close(web->stop_fd);
    free(web);
}

struct web *web_start(const struct controller *c, struct daqs_error *err)
{
    struct web *web = calloc(1, sizeof *web);
    if (!web) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    const struct http_settings settings = {.address = c->config->http,
                                           .hosts = c->config->http_hosts,
                                           .connections = connections_most(),
                                           .handle = handle,
                                           .arg = web};
    web->controller = c;
    web->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    web->server = http_new(&settings, err);
    web->asker = web->server ? web_asker_new(c->config->limits.requests, err) : NULL;
    bool good = web->asker && web->stop_fd >= 0;
    if (good && !daqs_thread_start(&web->thread, run, web))
        good = false;
    if (good)
        return web;
    if (!err->code)
        daqs_fail(err, DAQS_ESYSTEM, "the web thread does not start");
    if (!web->server)
        (void)daqs_wrap(err, "[controller] http");
    free_web(web);
    return NULL;
}

void web_stop(struct web *web)
{
    if (!web)
        return;
    atomic_store(&web->stopping, true);
    (void)eventfd_write(web->stop_fd, 1);
    (void)pthread_join(web->thread, NULL);
    free_web(web);
}
