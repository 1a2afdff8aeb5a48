/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/line.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/net/handshake.h"

/* A change is answered after the writes before it. While another process locks the database, the
 * controller retries each write for 5 s. */
enum { CONNECT_MS = 2500, ANSWER_MS = 60000, TICK_MS = 100 };

/* Messages that are not the answer, of which one call reads so many. */
enum { STRAY_MOST = 64 };

/* czmq starts itself with the first socket, not safely if several threads make one. Without a
 * handler, Ctrl-C ends the program as usual. */
static void start_czmq(void)
{
    zsys_handler_set(NULL);
    (void)zsys_init();
}

int line_open(struct line *client, const char *endpoint, const struct net_client_keys *keys,
              struct daqs_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, start_czmq);
    *client = (struct line){.connect_ms = CONNECT_MS, .answer_ms = ANSWER_MS};
    (void)snprintf(client->endpoint, sizeof client->endpoint, "%s", endpoint);
    client->socket = net_dealer_new(endpoint, keys, &client->monitor, err);
    return client->socket ? DAQS_OK : err->code;
}

void line_close(struct line *client)
{
    net_close(&client->socket, &client->monitor);
}

/* Waits until the socket is readable or the connection changes. Returns false at the deadline. */
static bool wait_for_news(struct line *client, int64_t until_ms)
{
    for (;;) {
        int64_t left_ms = until_ms - daqs_mono_ms(daqs_clock_system());
        zmq_pollitem_t item[] = {
            {.socket = zsock_resolve(client->socket), .events = ZMQ_POLLIN},
            {.socket = zsock_resolve(client->monitor), .events = ZMQ_POLLIN},
        };
        if (left_ms <= 0)
            return false;
        if (client->tick && left_ms > TICK_MS)
            left_ms = TICK_MS;
        bool news = zmq_poll(item, sizeof item / sizeof item[0], left_ms) > 0;
        if (item[1].revents)
            (void)handshake_read(client->monitor, &client->connection);
        if (news)
            return true;
        if (client->tick)
            client->tick(client->tick_arg);
    }
}

/* Waits for the connection. libzmq retries by itself unless the key was rejected. Returns false if
 * it was, or at the deadline. */
static bool wait_until_up(struct line *client, int64_t until_ms)
{
    (void)handshake_read(client->monitor, &client->connection);
    while (!client->connection.up)
        if (client->connection.outcome == HANDSHAKE_REFUSED || !wait_for_news(client, until_ms))
            return false;
    return true;
}

/* Returns true if a process listens on the socket, even if its queue of connections is full
 * (EAGAIN). */
static bool somebody_listens(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd DAQS_AUTO_CLOSE = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        return false;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
}

/* Returns the reason why the socket of an ipc endpoint does not answer. */
static const char *socket_problem(const char *path)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (!there && errno == ENOENT)
        return "the socket does not exist; is daqs-controllerd running, and is this its admin "
               "endpoint?";
    if (!there && errno == EACCES)
        return "no permission to enter its directory; run as root, or join the socket's group";
    if (!there)
        return strerror(errno);
    if (!S_ISSOCK(st.st_mode))
        return "it is not a socket";
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return "no permission to write to the socket; run as root, or join the socket's group";
    if (somebody_listens(path))
        return "a process listens there but does not answer; is it daqs-controllerd, and does it "
               "hang?";
    return "the socket exists, but no process listens on it; is daqs-controllerd running?";
}

int line_unanswered(const char *endpoint, struct daqs_error *err)
{
    static const char ipc[] = "ipc://";
    const char *path = endpoint + strlen(ipc);
    bool has_path = strncmp(endpoint, ipc, strlen(ipc)) == 0 && *path != '@';
    return daqs_fail(err, DAQS_ETIMEOUT, "no controller answers at %.150s: %s", endpoint,
                     has_path ? socket_problem(path) : "is daqs-controllerd running there?");
}

int line_why_not(struct line *client, struct daqs_error *err)
{
    (void)handshake_read(client->monitor, &client->connection);
    switch (client->connection.outcome) {
    case HANDSHAKE_REFUSED:
        return daqs_fail(err, DAQS_EREFUSED,
                         "%.150s rejects your key; is it enrolled there, as operator or viewer?",
                         client->endpoint);
    case HANDSHAKE_FAILED:
        return daqs_fail(err, DAQS_ETIMEOUT,
                         "%.150s closes the connection during the key exchange; do you have a key "
                         "(daqsctl keygen), and is --controller-key that controller's key?",
                         client->endpoint);
    case HANDSHAKE_NONE:
    case HANDSHAKE_DONE:
        break;
    }
    return line_unanswered(client->endpoint, err);
}

int line_send(struct line *client, struct wire_request *request, struct daqs_error *err)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    request->id = client->last_id + 1;
    int result = wire_encode_request(request, &bytes, &length);
    if (result != DAQS_OK)
        return daqs_fail(err, result, "%s", daqs_strerror(result));
    if (net_send(client->socket, NULL, bytes, length) != DAQS_OK)
        return DAQS_EBUSY;
    client->last_id++;
    return DAQS_OK;
}

int line_take(struct line *client, struct daqs_arena *arena, struct wire_reply *ret,
              struct daqs_error *err)
{
    zmq_msg_t body;
    for (int i = 0; i < STRAY_MOST && net_receive(client->socket, NULL, &body) == DAQS_OK; i++) {
        daqs_arena_reset(arena);
        int result = wire_decode_reply(zmq_msg_data(&body), zmq_msg_size(&body), arena, ret, err);
        zmq_msg_close(&body);
        if (result != DAQS_OK || ret->id == client->last_id || ret->id == 0)
            return result;
    }
    return DAQS_ENOTFOUND;
}

/* Fails a request whose connection ended before the answer. A controller knows connections, not
 * clients, so the answer is lost. If the key was revoked, the controller rejects it when libzmq
 * reconnects. */
static int lost_answer(struct line *client, struct daqs_error *err)
{
    int64_t until_ms = daqs_mono_ms(daqs_clock_system()) + client->connect_ms;
    if (!wait_until_up(client, until_ms) && client->connection.outcome == HANDSHAKE_REFUSED)
        return line_why_not(client, err);
    return daqs_fail(err, DAQS_ETIMEOUT,
                     "the connection to %.150s ended before the answer; it is not known whether "
                     "the request was carried out",
                     client->endpoint);
}

int line_wait(struct line *client, struct daqs_error *err)
{
    int64_t until_ms = daqs_mono_ms(daqs_clock_system()) + client->connect_ms;
    return wait_until_up(client, until_ms) ? DAQS_OK : line_why_not(client, err);
}

int line_request(struct line *client, struct wire_request *request, struct daqs_arena *arena,
                 struct wire_reply *ret, struct daqs_error *err)
{
    int64_t connected_ms = daqs_mono_ms(daqs_clock_system()) + client->connect_ms;
    if (!wait_until_up(client, connected_ms))
        return line_why_not(client, err);
    unsigned endings = client->connection.endings;
    int result = line_send(client, request, err);
    if (result != DAQS_OK)
        return result == DAQS_EBUSY ? line_why_not(client, err) : result;
    while (client->connection.endings == endings) {
        if (!wait_for_news(client, connected_ms + client->answer_ms))
            return daqs_fail(err, DAQS_ETIMEOUT,
                             "the controller received the request but does not answer");
        int taken = line_take(client, arena, ret, err);
        if (taken != DAQS_ENOTFOUND)
            return taken;
    }
    return lost_answer(client, err);
}
