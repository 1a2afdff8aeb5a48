/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/bare.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "shared/base/cleanup.h"
#include "shared/base/version.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

struct answer {
    uint8_t *bytes;
    size_t length;
};

static bool make_answers(uint32_t nics, struct answer *welcome, struct answer *limits)
{
    const struct wire_message send_welcome = {
        .type = WIRE_WELCOME,
        .welcome = {.version = DAQS_VERSION, .epoch = 1, .generation = 1, .lease_ms = 3000}};
    struct wire_message send_limits = {.type = WIRE_LIMITS,
                                       .limits = {.epoch = 1,
                                                  .sequence = 1000,
                                                  .generation = 1,
                                                  .lease_ms = 3000,
                                                  .headroom_ppm = 10000,
                                                  .nics = nics,
                                                  .poll_ms = 200}};
    struct daqs_nic_setting *setting DAQS_AUTO_FREE = calloc(nics + 1U, sizeof *setting);
    if (!setting)
        return false;
    for (uint32_t i = 0; i < nics; i++) /* as sent while a guarantee is in use */
        setting[i] = (struct daqs_nic_setting){UINT64_C(12345678901), 0, DAQS_UNLIMITED, 1};
    send_limits.limits.setting = setting;
    return wire_encode(&send_welcome, &welcome->bytes, &welcome->length) == DAQS_OK &&
           wire_encode(&send_limits, &limits->bytes, &limits->length) == DAQS_OK;
}

/* Returns the answer to a message, NULL if there is none. Messages are short arrays, so the third
 * byte is the type. A report ends with limits_sequence, a single byte here, an empty list of
 * uplinks, and what is known of its state_dir, a byte. */
static const struct answer *answer_to(zmq_msg_t *body, const struct answer *welcome,
                                      const struct answer *limits)
{
    const uint8_t *bytes = zmq_msg_data(body);
    size_t length = zmq_msg_size(body);
    if (length > 3 && bytes[2] == WIRE_HELLO)
        return welcome;
    return length > 3 && bytes[2] == WIRE_REPORT && bytes[length - 3] == 1 ? limits : NULL;
}

static void serve(zsock_t *socket, const struct answer *welcome, const struct answer *limits)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(socket), .events = ZMQ_POLLIN};
    struct net_route peer;
    zmq_msg_t body;
    while (zmq_poll(&item, 1, -1) >= 0) {
        while (net_receive(socket, &peer, &body) == DAQS_OK) {
            const struct answer *answer = answer_to(&body, welcome, limits);
            if (answer)
                (void)net_send(socket, &peer, answer->bytes, answer->length);
            zmq_msg_close(&body);
        }
    }
}

static zsock_t *make_router(bool curve, struct bare *bare, struct daqs_error *err)
{
    struct key_pair pair;
    if (curve && key_make(&pair, err) != DAQS_OK)
        return NULL;
    zsock_t *socket = net_socket_new(ZMQ_ROUTER, err);
    if (!socket)
        return NULL;
    if (curve) {
        bare->curve = true;
        bare->key = pair.public_key;
        zsock_set_curve_server(socket, 1);
        zsock_set_curve_secretkey_bin(socket, pair.secret_key.byte);
    }
    if (zsock_bind(socket, "tcp://127.0.0.1:*") < 0) {
        daqs_fail(err, DAQS_EIO, "cannot listen: %s", zmq_strerror(zmq_errno()));
        zsock_destroy(&socket);
        return NULL;
    }
    char *endpoint = zsock_last_endpoint(socket);
    (void)snprintf(bare->endpoint, sizeof bare->endpoint, "%s", endpoint ? endpoint : "");
    free(endpoint);
    return socket;
}

/* Runs the child process, which sends its endpoint through the pipe, or closes it on failure. */
static void run(uint32_t nics, bool curve, int pipe_fd, struct bare *bare)
{
    struct daqs_error err = {0};
    struct answer welcome;
    struct answer limits;
    zsys_handler_set(NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* there is nothing to clean up */
    zsock_t *socket = make_router(curve, bare, &err);
    if (!socket)
        (void)fprintf(stderr, "daqs-fleetsim: the bare router: %s\n", err.text);
    if (!socket || !make_answers(nics, &welcome, &limits) ||
        write(pipe_fd, bare, sizeof *bare) != sizeof *bare)
        _exit(1);
    close(pipe_fd);
    serve(socket, &welcome, &limits);
    _exit(1);
}

int bare_start(uint32_t nics, bool curve, struct bare *ret, struct daqs_error *err)
{
    int ends[2];
    struct bare bare = {0};
    if (pipe(ends) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run(nics, curve, ends[1], &bare);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return daqs_fail(err, DAQS_ESYSTEM, "fork: %s", strerror(errno));
    }
    ssize_t got = read(ends[0], &bare, sizeof bare);
    close(ends[0]);
    bare.pid = pid;
    if (got != sizeof bare) {
        bare_stop(&bare);
        return daqs_fail(err, DAQS_EIO, "the bare router did not start");
    }
    *ret = bare;
    return DAQS_OK;
}

void bare_stop(struct bare *bare)
{
    if (bare->pid <= 0)
        return;
    (void)kill(bare->pid, SIGKILL);
    (void)waitpid(bare->pid, NULL, 0);
    bare->pid = 0;
}
