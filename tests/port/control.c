/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "shared/base/cleanup.h"
#include "shared/base/rate.h"

enum { COMMAND_BYTES = 256, ANSWER_BYTES = 65536, WORDS_MAX = 3, BACKLOG = 16, ANSWER_S = 60 };

/* A client that sends nothing for this long is disconnected. */
#define SILENT_NS INT64_C(10000000000)

/* Bits per second, as a bare number or with a unit. */
static int parse_bps(const char *text, uint64_t *ret, struct daqs_error *err)
{
    char *end = NULL;
    const uint64_t number = strtoull(text, &end, 10);
    if (end == text || *end != '\0')
        return daqs_rate_parse(text, ret, err);
    *ret = number;
    return DAQS_OK;
}

static int set_vf(struct port *port, size_t vf, const char *rate, int64_t now_ns,
                  struct daqs_error *err)
{
    uint64_t bps = 0;
    const int code = parse_bps(rate, &bps, err);
    if (code != DAQS_OK)
        return code;
    if (vf >= port->arbiter.vfs)
        return daqs_fail(err, DAQS_ENOTFOUND, "no VF %zu", vf);
    bucket_set(&port->arbiter.vf_bucket[vf], bps, now_ns);
    return DAQS_OK;
}

static int set_mac(struct driver *driver, size_t vf, const char *mac, struct daqs_error *err)
{
    if (vf >= driver->port->arbiter.vfs)
        return daqs_fail(err, DAQS_ENOTFOUND, "no VF %zu", vf);
    return daqs_mac_parse(mac, &driver->mac[vf]) ? DAQS_OK
                                                 : daqs_fail(err, DAQS_EINVALID, "no address");
}

/* Sets the speed for the commands "port" and "rx". */
static int set_speed(struct driver *driver, bool rx, const char *rate, int64_t now_ns,
                     struct daqs_error *err)
{
    uint64_t bps = 0;
    const int code = parse_bps(rate, &bps, err);
    if (code != DAQS_OK)
        return code;
    if (bps == 0)
        return daqs_fail(err, DAQS_EINVALID, "a port has a speed");
    if (rx)
        bucket_set(&driver->port->rx, bps, now_ns);
    else
        driver_set_speed(driver, bps, now_ns);
    return DAQS_OK;
}

static int set_link(struct port *port, const char *state, struct daqs_error *err)
{
    if (strcmp(state, "up") != 0 && strcmp(state, "down") != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%s'; use up or down", state);
    port->up = strcmp(state, "up") == 0;
    return DAQS_OK;
}

static int set_fair(struct port *port, const char *who, struct daqs_error *err)
{
    if (strcmp(who, "queue") != 0 && strcmp(who, "vf") != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%s'; use queue or vf", who);
    arbiter_set_fair(&port->arbiter, strcmp(who, "vf") == 0 ? ARBITER_BY_VF : ARBITER_BY_QUEUE);
    return DAQS_OK;
}

static int carry_out(struct driver *driver, int words, char **word, int64_t now_ns,
                     struct daqs_error *err)
{
    if (words == 2 && (strcmp(word[0], "port") == 0 || strcmp(word[0], "rx") == 0))
        return set_speed(driver, word[0][0] == 'r', word[1], now_ns, err);
    if (words == 3 && strcmp(word[0], "vf") == 0)
        return set_vf(driver->port, strtoul(word[1], NULL, 10), word[2], now_ns, err);
    if (words == 3 && strcmp(word[0], "set") == 0)
        return driver_set_rate(driver, strtoul(word[1], NULL, 10),
                               (uint32_t)strtoul(word[2], NULL, 10), err);
    if (words == 3 && strcmp(word[0], "mac") == 0)
        return set_mac(driver, strtoul(word[1], NULL, 10), word[2], err);
    if (words == 3 && strcmp(word[0], "driver") == 0)
        return driver_set_profile(driver, word[1], word[2], err);
    if (words == 2 && strcmp(word[0], "fair") == 0)
        return set_fair(driver->port, word[1], err);
    if (words == 2 && strcmp(word[0], "link") == 0)
        return set_link(driver->port, word[1], err);
    if (words == 2 && strcmp(word[0], "refresh") == 0) {
        driver->refresh_ns = strtol(word[1], NULL, 10) * 1000000;
        return DAQS_OK;
    }
    return daqs_fail(err, DAQS_EINVALID, "unknown command, see tests/port/control.h");
}

static void answer(struct driver *driver, char *command, int64_t now_ns, FILE *out)
{
    struct daqs_error err = {0};
    char *word[WORDS_MAX + 1] = {0};
    char *rest = NULL;
    int words = 0;
    for (char *w = strtok_r(command, " \n", &rest); w && words <= WORDS_MAX;
         w = strtok_r(NULL, " \n", &rest))
        word[words++] = w;
    if (words == 1 && strcmp(word[0], "truth") == 0) {
        port_write_truth(driver->port, now_ns, out);
        return;
    }
    if (words == 1 && strcmp(word[0], "stats") == 0) {
        driver_write_stats(driver, now_ns, out);
        return;
    }
    const int code = carry_out(driver, words, word, now_ns, &err);
    if (code == DAQS_OK)
        (void)fputs("ok", out);
    else
        (void)fprintf(out, "%s: %s", code == DAQS_EREFUSED ? "refused" : "error", err.text);
}

/* --- the socket --- */

static int address_of(const char *path, struct sockaddr_un *ret, struct daqs_error *err)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof ret->sun_path)
        return daqs_fail(err, DAQS_ETOOBIG, "socket path %s", path);
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return DAQS_OK;
}

int control_open(struct control *control, const char *path, struct daqs_error *err)
{
    struct sockaddr_un address;
    *control = (struct control){.listener = -1, .client = -1, .path = path};
    const int code = address_of(path, &address, err);
    if (code != DAQS_OK)
        return code;
    (void)unlink(path);
    control->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->listener < 0 ||
        bind(control->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(control->listener, BACKLOG) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "control socket %s: %s", path, strerror(errno));
    return DAQS_OK;
}

static void drop_client(struct control *control)
{
    if (control->client >= 0)
        close(control->client);
    control->client = -1;
}

void control_close(struct control *control)
{
    drop_client(control);
    if (control->listener >= 0) {
        close(control->listener);
        (void)unlink(control->path);
    }
}

static void send_answer(int client, struct driver *driver, char *command, int64_t now_ns)
{
    static char text[ANSWER_BYTES];
    FILE *out = fmemopen(text, sizeof text, "w");
    if (!out)
        return;
    answer(driver, command, now_ns, out);
    const long length = ftell(out);
    (void)fclose(out);
    (void)send(client, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void control_serve(struct control *control, struct driver *driver, int64_t now_ns)
{
    char command[COMMAND_BYTES];
    if (control->client < 0) {
        control->client = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
        control->since_ns = now_ns;
    }
    if (control->client < 0)
        return;
    /* On a single processor the client runs only while this process sleeps. */
    const ssize_t n = recv(control->client, command, sizeof command - 1, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN && now_ns - control->since_ns < SILENT_NS)
        return;
    if (n > 0) {
        command[n] = '\0';
        send_answer(control->client, driver, command, now_ns);
    }
    drop_client(control);
}

int control_exchange(const char *path, const char *command, char **ret, struct daqs_error *err)
{
    struct sockaddr_un address;
    const struct timeval most = {.tv_sec = ANSWER_S};
    const int code = address_of(path, &address, err);
    if (code != DAQS_OK)
        return code;
    char *text DAQS_AUTO_FREE = calloc(1, ANSWER_BYTES);
    int fd DAQS_AUTO_CLOSE = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (!text || fd < 0)
        return daqs_fail(err, DAQS_ENOMEM, "asking %s", path);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        send(fd, command, strlen(command), MSG_NOSIGNAL) < 0 ||
        recv(fd, text, ANSWER_BYTES - 1, 0) <= 0)
        return daqs_fail(err, DAQS_EIO, "no answer from %s: %s", path, strerror(errno));
    *ret = DAQS_TAKE(text);
    return DAQS_OK;
}

int control_request(const char *path, int words, char **word)
{
    struct daqs_error err = {0};
    char command[COMMAND_BYTES] = "";
    char *text DAQS_AUTO_FREE = NULL;
    size_t used = 0;
    for (int i = 0; i < words && used < sizeof command; i++)
        used += (size_t)snprintf(command + used, sizeof command - used, "%s%s", i == 0 ? "" : " ",
                                 word[i]);
    if (used >= sizeof command || control_exchange(path, command, &text, &err) != DAQS_OK) {
        (void)fprintf(stderr, "daqs-port: %s\n", err.code ? err.text : "command too long");
        return 1;
    }
    (void)puts(text);
    return strcmp(text, "ok") == 0 || text[0] == '{' ? 0 : 1;
}
