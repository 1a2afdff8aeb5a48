/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agentd/core/qga_json.h"
#include "agentd/guests/qga.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

struct socket_channel {
    struct qga_channel base;
    int fd; /* -1: not connected */
    bool synced;
    char *path;
    char *bytes; /* received, not processed yet */
    size_t length;
    size_t capacity;
    size_t searched; /* bytes already searched for the end of the posted command's reply */
    unsigned parts;  /* reads that the reply has taken so far */
    bool laborious;  /* its replies are large or come in many parts: do not post */
};

/* Bounds for replies that are collected. Any qemu-ga with fewer than a hundred interfaces sends a
 * small reply at once; larger ones would keep the thread that collects them from other guests. */
enum { POSTED_BYTES = 256, COLLECTED_BYTES = 32 * 1024, PARTS_MOST = 8 };

/* A reply of QGA_REPLY_MAX is not a reason to keep that much memory. */
enum { KEPT_BYTES = 64 * 1024 };

/* The number of other lines that are dropped before the agent's answer must appear. */
enum { DROPPED_LINES_MOST = 64 };

static void disconnect(struct socket_channel *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->synced = false;
    c->length = c->searched = 0;
    c->parts = 0;
    if (c->capacity > KEPT_BYTES) {
        free(c->bytes);
        c->bytes = NULL;
        c->capacity = 0;
    }
}

static int connect_to(struct socket_channel *c, struct daqs_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(c->path) >= sizeof address.sun_path)
        return daqs_fail(err, DAQS_EINVALID, "the socket's path is too long: %s", c->path);
    memcpy(address.sun_path, c->path, strlen(c->path) + 1);
    int fd DAQS_AUTO_CLOSE = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return daqs_fail(err, DAQS_EIO, "cannot connect to %s: %s", c->path, strerror(errno));
    c->fd = fd;
    fd = -1;
    return DAQS_OK;
}

/* Waits until the socket is ready for 'events' or the deadline has passed. */
static int wait_ready(int fd, short events, int64_t deadline_ms, struct daqs_error *err)
{
    for (;;) {
        int64_t left_ms = deadline_ms - daqs_mono_ms(daqs_clock_system());
        if (left_ms <= 0)
            return daqs_fail(err, DAQS_ETIMEOUT, "the guest agent did not answer in time");
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, (int)left_ms);
        if (n > 0)
            return DAQS_OK;
        if (n < 0 && errno != EINTR)
            return daqs_fail(err, DAQS_ESYSTEM, "poll: %s", strerror(errno));
    }
}

static int send_all(struct socket_channel *c, const char *bytes, size_t length, int64_t deadline_ms,
                    struct daqs_error *err)
{
    while (length > 0) {
        ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            int result = wait_ready(c->fd, POLLOUT, deadline_ms, err);
            if (result != DAQS_OK)
                return result;
        } else if (!(n < 0 && errno == EINTR)) {
            return daqs_fail(err, DAQS_EIO, "the guest agent closed the connection");
        }
    }
    return DAQS_OK;
}

static int make_capacity(struct socket_channel *c, struct daqs_error *err)
{
    if (c->length < c->capacity)
        return DAQS_OK;
    if (c->capacity >= QGA_REPLY_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest agent's reply is larger than %d bytes",
                         QGA_REPLY_MAX);
    size_t capacity = c->capacity ? c->capacity * 2 : 4096;
    char *grown = realloc(c->bytes, capacity);
    if (!grown)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    c->bytes = grown;
    c->capacity = capacity;
    return DAQS_OK;
}

/* Removes the line that ends at 'end' from the received bytes. */
static int take_line(struct socket_channel *c, const char *end, char **ret_line,
                     struct daqs_error *err)
{
    size_t length = (size_t)(end - c->bytes);
    char *line = malloc(length + 1);
    if (!line)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    memcpy(line, c->bytes, length);
    line[length] = '\0';
    c->length -= length + 1;
    memmove(c->bytes, end + 1, c->length);
    *ret_line = line;
    return DAQS_OK;
}

/* Returns one line, malloc'd: replies end with a newline and contain none. DAQS_EBUSY: it is not
 * complete yet. *searched, 0 at first, is where to continue the search. */
static int take_what_came(struct socket_channel *c, size_t *searched, char **ret_line,
                          struct daqs_error *err)
{
    for (;;) {
        const char *end = c->length > *searched
                              ? memchr(c->bytes + *searched, '\n', c->length - *searched)
                              : NULL;
        if (end)
            return take_line(c, end, ret_line, err);
        *searched = c->length;
        int result = make_capacity(c, err);
        if (result != DAQS_OK)
            return result;
        ssize_t n = recv(c->fd, c->bytes + c->length, c->capacity - c->length, 0);
        if (n > 0)
            c->length += (size_t)n;
        else if (n < 0 && errno == EAGAIN)
            return DAQS_EBUSY;
        else if (!(n < 0 && errno == EINTR))
            return daqs_fail(err, DAQS_EIO, "the guest agent closed the connection");
    }
}

static int read_line(struct socket_channel *c, int64_t deadline_ms, char **ret_line,
                     struct daqs_error *err)
{
    size_t searched = 0;
    int result;
    while ((result = take_what_came(c, &searched, ret_line, err)) == DAQS_EBUSY) {
        result = wait_ready(c->fd, POLLIN, deadline_ms, err);
        if (result != DAQS_OK)
            return result;
    }
    return result;
}

/* Reads and drops what an earlier client left on the line, until the agent answers with the random
 * number of this request (guest-sync-delimited; its reply begins with 0xff). The 0xff before the
 * request makes the agent forget an incomplete command of an earlier client. The agent reports that
 * in a separate line, which is dropped like the rest. */
static int synchronise(struct socket_channel *c, int64_t deadline_ms, struct daqs_error *err)
{
    uint32_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return daqs_fail(err, DAQS_ESYSTEM, "getrandom: %s", strerror(errno));
    char request[128];
    char answer[64];
    int n =
        snprintf(request, sizeof request,
                 "\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%u}}\n", number);
    (void)snprintf(answer, sizeof answer, "%u", number);
    int result = send_all(c, request, (size_t)n, deadline_ms, err);
    for (int lines = 0; result == DAQS_OK && !c->synced; lines++) {
        if (lines == DROPPED_LINES_MOST)
            return daqs_fail(err, DAQS_ETIMEOUT,
                             "the guest agent sends other data than the answer");
        if (daqs_mono_ms(daqs_clock_system()) >= deadline_ms)
            return daqs_fail(err, DAQS_ETIMEOUT, "the guest agent did not answer in time");
        char *line DAQS_AUTO_FREE = NULL;
        result = read_line(c, deadline_ms, &line, err);
        c->synced = result == DAQS_OK && line[0] == '\xff' && strstr(line, answer);
    }
    return result;
}

/* Returns true if data has arrived that was not requested: then the next line is not the next
 * answer. */
static bool unasked(const struct socket_channel *c)
{
    char byte;
    return c->length > 0 || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static int exchange(struct socket_channel *c, const char *command, int64_t deadline_ms,
                    char **ret_reply, struct daqs_error *err)
{
    int result = c->fd < 0 ? connect_to(c, err) : DAQS_OK;
    if (result == DAQS_OK && (!c->synced || unasked(c))) {
        c->synced = false;
        result = synchronise(c, deadline_ms, err);
    }
    if (result == DAQS_OK)
        result = send_all(c, command, strlen(command), deadline_ms, err);
    if (result == DAQS_OK)
        result = send_all(c, "\n", 1, deadline_ms, err);
    if (result == DAQS_OK)
        result = read_line(c, deadline_ms, ret_reply, err);
    return result;
}

static int socket_call(struct qga_channel *base, const char *command, int timeout_ms,
                       char **ret_reply, struct daqs_error *err)
{
    struct socket_channel *c = (struct socket_channel *)base;
    int64_t deadline_ms = daqs_mono_ms(daqs_clock_system()) + timeout_ms;
    bool fresh = c->fd < 0;
    int result = exchange(c, command, deadline_ms, ret_reply, err);
    if (result == DAQS_EIO && !fresh) {
        /* The agent was restarted: try once more on a new connection. */
        disconnect(c);
        result = exchange(c, command, deadline_ms, ret_reply, err);
    }
    if (result != DAQS_OK)
        disconnect(c); /* replies that still arrive do not belong to the next command */
    return result;
}

/* Sends a command without waiting. A small command fits into the socket's buffer as a whole, unless
 * something is wrong. */
static int socket_post(struct qga_channel *base, const char *command)
{
    struct socket_channel *c = (struct socket_channel *)base;
    char line[POSTED_BYTES];
    size_t length = strlen(command);
    if (c->laborious || c->fd < 0 || !c->synced || length + 1 >= sizeof line || unasked(c))
        return DAQS_EBUSY;
    memcpy(line, command, length);
    line[length++] = '\n';
    ssize_t n = send(c->fd, line, length, MSG_NOSIGNAL);
    if (n == (ssize_t)length)
        return DAQS_OK;
    disconnect(c); /* part of a command may have been sent, or the agent was restarted */
    return DAQS_EBUSY;
}

static int socket_fd(const struct qga_channel *base)
{
    return ((const struct socket_channel *)base)->fd;
}

static int socket_collect(struct qga_channel *base, char **ret_reply, struct daqs_error *err)
{
    struct socket_channel *c = (struct socket_channel *)base;
    size_t searched = c->searched;
    int result = take_what_came(c, &searched, ret_reply, err);
    if (result == DAQS_EBUSY) {
        c->searched = searched;
        c->laborious = c->length > COLLECTED_BYTES || ++c->parts > PARTS_MOST;
        if (!c->laborious)
            return DAQS_EBUSY;
        result = daqs_fail(err, DAQS_EIO, "the guest agent's reply is too large or too slow");
    }
    c->searched = 0;
    c->parts = 0;
    if (result != DAQS_OK)
        disconnect(c);
    else
        c->laborious = strlen(*ret_reply) > COLLECTED_BYTES;
    return result;
}

static void socket_abandon(struct qga_channel *base)
{
    disconnect((struct socket_channel *)base);
}

static void socket_free(struct qga_channel *base)
{
    struct socket_channel *c = (struct socket_channel *)base;
    disconnect(c);
    free(c->bytes);
    free(c->path);
    free(c);
}

struct qga_channel *qga_socket_new(const char *path)
{
    struct socket_channel *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->base = (struct qga_channel){.call = socket_call,
                                   .free = socket_free,
                                   .post = socket_post,
                                   .fd = socket_fd,
                                   .collect = socket_collect,
                                   .abandon = socket_abandon};
    c->fd = -1;
    c->path = strdup(path);
    if (!c->path) {
        free(c);
        return NULL;
    }
    return &c->base;
}
