/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/zap_server.h"

#include <stdlib.h>
#include <string.h>

#include "shared/net/key.h"
#include "shared/net/zap.h"

#define ENDPOINT "inproc://zeromq.zap.01" /* fixed by ZAP */
enum { JUDGED_AT_ONCE = 64, ID_BYTES = 255 };

struct zap_server {
    zsock_t *socket;
    zap_check *check;
    void *arg;
    struct zap_server_count count;
};

struct request {
    size_t frames;
    zmq_msg_t frame[ZAP_FRAMES];
};

struct zap_server *zap_server_new(zap_check *check, void *arg, struct daqs_error *err)
{
    struct zap_server *zap = calloc(1, sizeof *zap);
    zsock_t *socket = zap ? zsock_new(ZMQ_REP) : NULL;
    if (!socket || zsock_bind(socket, ENDPOINT) < 0) {
        daqs_fail(err, DAQS_EIO, "cannot start the authentication of connections: %s",
                  zmq_strerror(zmq_errno()));
        zsock_destroy(&socket);
        free(zap);
        return NULL;
    }
    zsock_set_linger(socket, 0);
    *zap = (struct zap_server){.socket = socket, .check = check, .arg = arg};
    return zap;
}

void zap_server_free(struct zap_server *zap)
{
    if (!zap)
        return;
    zsock_unbind(zap->socket, ENDPOINT); /* at once; zsock_destroy unbinds in the background */
    zsock_destroy(&zap->socket);
    free(zap);
}

zsock_t *zap_server_socket(struct zap_server *zap)
{
    return zap->socket;
}

struct zap_server_count zap_server_counted(const struct zap_server *zap)
{
    return zap->count;
}

/* --- requests --- */

/* Receives a request. Returns false if none waits. Drops excess frames. */
static bool receive(void *socket, struct request *ret)
{
    bool more = true;
    for (ret->frames = 0; more; ret->frames++) {
        zmq_msg_t extra;
        zmq_msg_t *frame = ret->frames < ZAP_FRAMES ? &ret->frame[ret->frames] : &extra;
        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(frame);
            return ret->frames > 0;
        }
        more = zmq_msg_more(frame);
        if (frame == &extra)
            zmq_msg_close(frame);
    }
    return true;
}

static void request_done(struct request *request)
{
    for (size_t i = 0; i < request->frames && i < ZAP_FRAMES; i++)
        zmq_msg_close(&request->frame[i]);
}

static enum zap_verdict verdict_on(struct zap_server *zap, struct request *request,
                                   char ret_key[KEY_TEXT])
{
    struct zap_frame frame[ZAP_FRAMES];
    struct zap_request asked;
    for (size_t i = 0; i < request->frames && i < ZAP_FRAMES; i++)
        frame[i] =
            (struct zap_frame){zmq_msg_data(&request->frame[i]), zmq_msg_size(&request->frame[i])};
    if (!zap_read(frame, request->frames, &asked))
        return ZAP_REFUSE;
    key_format(&asked.key, ret_key);
    return zap->check(zap->arg, asked.domain, &asked.key, asked.address);
}

/* --- answers --- */

static void answer(struct zap_server *zap, struct request *request, enum zap_verdict verdict,
                   const char *user)
{
    static const char *const status[] = {
        [ZAP_ADMIT] = "200", [ZAP_REFUSE] = "400", [ZAP_LATER] = "300"};
    void *socket = zsock_resolve(zap->socket);
    size_t id_bytes = 0;
    const void *id = "";
    if (request->frames > ZAP_REQUEST_ID &&
        zmq_msg_size(&request->frame[ZAP_REQUEST_ID]) <= ID_BYTES) {
        id = zmq_msg_data(&request->frame[ZAP_REQUEST_ID]);
        id_bytes = zmq_msg_size(&request->frame[ZAP_REQUEST_ID]);
    }
    const struct {
        const void *data;
        size_t size;
    } frame[] = {
        {"1.0", 3},
        {id, id_bytes},
        {status[verdict], 3},
        {verdict == ZAP_ADMIT ? "OK" : "no", 2},
        {user, verdict == ZAP_ADMIT ? strlen(user) : 0},
        {"", 0}, /* metadata */
    };
    enum { LAST = sizeof frame / sizeof frame[0] - 1 };
    for (size_t i = 0; i <= LAST; i++) /* libzmq handles a failure: the peer tries again */
        (void)zmq_send(socket, frame[i].data, frame[i].size,
                       ZMQ_DONTWAIT | (i < LAST ? ZMQ_SNDMORE : 0));
}

void zap_server_handle(struct zap_server *zap)
{
    struct request request;
    for (int i = 0; i < JUDGED_AT_ONCE && receive(zsock_resolve(zap->socket), &request); i++) {
        char key[KEY_TEXT] = "";
        enum zap_verdict verdict = verdict_on(zap, &request, key);
        zap->count.admitted += verdict == ZAP_ADMIT;
        zap->count.refused += verdict == ZAP_REFUSE;
        zap->count.put_off += verdict == ZAP_LATER;
        answer(zap, &request, verdict, key);
        request_done(&request);
    }
}
