/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/http/http_address.h"
#include "shared/http/http_internal.h"

/* The memory of a connection holds the headers of the request and of the response. */
enum { MEMORY_BYTES = 24 * 1024, IDLE_S = 30 };
enum { TICK_MS = 250 };

#define LOOPBACK_NAMES "localhost, 127.0.0.1, [::1]"

/* --- connections --- */

static void note_connection(void *arg, struct MHD_Connection *mhd, void **context,
                            enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = arg;
    struct http_client *client = *context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (client)
            http_clients_remove(client);
        return;
    }
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *from =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (fd) /* requests of a connection without a client are rejected */
        *context =
            http_clients_add(&server->clients, fd->connect_fd, from ? from->client_addr : NULL);
}

/* --- requests --- */

/* Called before the headers are parsed, with the target as received. */
static void *begin_call(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct http_call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->server = arg;
    call->connection = connection;
    call->asked_us = daqs_now_us();
    (void)http_target_parse(target, &call->target, &call->problem);
    return call;
}

static bool has_body(const struct http_call *call)
{
    const char *length = http_call_header(call, "Content-Length");
    return http_call_header(call, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

static void begin_answer(struct http_call *call, const char *method)
{
    const char *hosts = call->server->hosts;
    call->asked_us = daqs_now_us();
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        http_refuse(call, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are served");
    else if (has_body(call))
        http_refuse(call, MHD_HTTP_CONTENT_TOO_LARGE, "requests with a body are rejected");
    else if (hosts && !http_host_is_one_of(http_call_header(call, "Host"), hosts))
        http_refuse(call, MHD_HTTP_BAD_REQUEST, "no host of this name is served; see http_hosts");
    else if (call->problem.code == DAQS_ETOOBIG)
        http_refuse(call, MHD_HTTP_URI_TOO_LONG, "the address is too long");
    else if (call->problem.code != DAQS_OK)
        http_refuse(call, MHD_HTTP_BAD_REQUEST, call->problem.text);
    else
        call->server->settings.handle(call->server->settings.arg, call);
}

/* Called when the headers are complete, again when the request is complete, and again when a
 * suspended request resumes. */
static enum MHD_Result take_request(void *arg, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version, const char *body,
                                    size_t *body_bytes, void **context)
{
    struct http_server *server = arg;
    struct http_call *call = *context;
    struct http_client *client = http_client_of(connection);
    (void)url;
    (void)version;
    (void)body;
    if (!call || !client)
        return MHD_NO;
    if (!call->asked) {
        call->asked = true;
        server->clients.now_ms = daqs_mono_ms(daqs_clock_system());
        http_clients_owed(client);
        if (!has_body(call))
            return MHD_YES; /* called again once the request is complete */
    }
    *body_bytes = 0;
    if (!call->response && !call->broken)
        begin_answer(call, method);
    if (call->broken)
        return MHD_NO;
    if (!call->response) {
        call->waits = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    http_clients_sent(client);
    enum MHD_Result result = MHD_queue_response(connection, call->status, call->response);
    MHD_destroy_response(call->response);
    call->response = NULL;
    return result;
}

static void end_call(void *arg, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode code)
{
    struct http_call *call = *context;
    (void)arg;
    (void)code;
    *context = NULL;
    http_clients_done(http_client_of(connection));
    if (!call)
        return;
    http_answer_done(call);
    free(call);
}

const struct http_target *http_call_target(const struct http_call *call)
{
    return &call->target;
}

const char *http_call_header(const struct http_call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

/* --- the server --- */

/* Leaves the target as it is, because http_target_parse decodes it. */
static size_t leave_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg;
    (void)connection;
    return strlen(text);
}

static struct MHD_Daemon *start(struct http_server *server, int listener)
{
    unsigned most = server->settings.connections;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, take_request, server,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener, MHD_OPTION_CONNECTION_LIMIT,
        most + most / 8 + 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
        end_call, server, MHD_OPTION_URI_LOG_CALLBACK, begin_call, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

/* Returns the names that the Host header may have; NULL: out of memory. The IP address in
 * 'settings' is as safe as a configured name, because no name server can make it point
 * elsewhere. */
static char *served_hosts(const struct http_settings *settings, const struct http_address *address)
{
    size_t own = address->any ? 0 : (size_t)(strrchr(settings->address, ':') - settings->address);
    size_t size = sizeof LOOPBACK_NAMES ", , " + own + strlen(settings->hosts);
    char *text = malloc(size);
    if (text)
        (void)snprintf(text, size, LOOPBACK_NAMES ", %.*s, %s", (int)own, settings->address,
                       settings->hosts);
    return text;
}

struct http_server *http_new(const struct http_settings *settings, struct daqs_error *err)
{
    struct http_address address;
    if (http_address_parse(settings->address, &address, err) != DAQS_OK)
        return NULL;
    struct http_server *server = calloc(1, sizeof *server);
    int listener DAQS_AUTO_CLOSE = server ? http_address_listen(settings->address, err) : -1;
    if (listener < 0) {
        if (!server)
            daqs_fail(err, DAQS_ENOMEM, "out of memory");
        free(server);
        return NULL;
    }
    server->settings = *settings;
    server->clients = (struct http_clients){.most = settings->connections,
                                            .most_of_address = settings->connections / 2 + 1,
                                            .now_ms = daqs_mono_ms(daqs_clock_system())};
    bool any_host = !address.loopback && !*settings->hosts;
    server->hosts = any_host ? NULL : served_hosts(settings, &address);
    server->daemon = any_host || server->hosts ? start(server, listener) : NULL;
    if (server->daemon)
        listener = -1; /* the daemon owns it now */
    const union MHD_DaemonInfo *info =
        server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info) {
        daqs_fail(err, DAQS_ESYSTEM, "cannot start libmicrohttpd");
        http_free(server);
        return NULL;
    }
    server->fd = info->epoll_fd;
    return server;
}

void http_free(struct http_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    free(server->hosts);
    free(server);
}

int http_fd(const struct http_server *server)
{
    return server->fd;
}

int64_t http_patience_ms(const struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG left_ms = TICK_MS;
    if (MHD_get_timeout(server->daemon, &left_ms) != MHD_YES || left_ms > TICK_MS)
        return TICK_MS;
    return (int64_t)left_ms;
}

void http_run(struct http_server *server, int64_t now_ms)
{
    server->clients.now_ms = now_ms;
    http_clients_end_slow(&server->clients);
    (void)MHD_run(server->daemon);
}

struct http_count http_counted(const struct http_server *server)
{
    struct http_count count = {.accepted = server->clients.accepted,
                               .connections = server->clients.connected,
                               .crowded_out = server->clients.crowded_out,
                               .slow = server->clients.slow};
    memcpy(count.answers, server->answers, sizeof count.answers);
    return count;
}

const struct buckets *http_took(const struct http_server *server)
{
    return &server->took;
}
