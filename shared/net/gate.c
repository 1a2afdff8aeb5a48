#include "shared/net/gate.h"

#include <stdlib.h>
#include <string.h>

#include "shared/net/key.h"

#define ENDPOINT "inproc://zeromq.zap.01" /* libzmq's */
#define MAPPED "::ffff:"                  /* before an IPv4 address, as an IPv6 socket sees it */

enum { JUDGED_AT_ONCE = 64, ADDRESS_BYTES = 256, ID_BYTES = 255 };

/* The frames of a request: of those that CURVE sends the last is the key. */
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, ROUTING_ID, MECHANISM, CREDENTIAL, FRAMES };

struct gate {
    zsock_t *socket;
    gate_judge *judge;
    void *arg;
    struct gate_count count;
};

struct request {
    size_t frames;
    zmq_msg_t frame[FRAMES];
};

struct gate *gate_new(gate_judge *judge, void *arg, struct daqs_error *err)
{
    struct gate *gate = calloc(1, sizeof *gate);
    zsock_t *socket = gate ? zsock_new(ZMQ_REP) : NULL;
    if (!socket || zsock_bind(socket, ENDPOINT) < 0) {
        daqs_fail(err, DAQS_EIO, "cannot watch over who connects: %s", zmq_strerror(zmq_errno()));
        zsock_destroy(&socket);
        free(gate);
        return NULL;
    }
    zsock_set_linger(socket, 0);
    *gate = (struct gate){.socket = socket, .judge = judge, .arg = arg};
    return gate;
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    zsock_unbind(gate->socket, ENDPOINT); /* at once; destroyed it is in the background */
    zsock_destroy(&gate->socket);
    free(gate);
}

zsock_t *gate_socket(struct gate *gate)
{
    return gate->socket;
}

struct gate_count gate_counted(const struct gate *gate)
{
    return gate->count;
}

/* --- requests --- */

/* False: none waits. Frames beyond those there should be are dropped. */
static bool receive(void *socket, struct request *ret)
{
    bool more = true;
    for (ret->frames = 0; more; ret->frames++) {
        zmq_msg_t extra;
        zmq_msg_t *frame = ret->frames < FRAMES ? &ret->frame[ret->frames] : &extra;
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
    for (size_t i = 0; i < request->frames && i < FRAMES; i++)
        zmq_msg_close(&request->frame[i]);
}

static bool is(struct request *request, size_t frame, const char *text)
{
    return frame < request->frames && zmq_msg_size(&request->frame[frame]) == strlen(text) &&
           memcmp(zmq_msg_data(&request->frame[frame]), text, strlen(text)) == 0;
}

/* False if there are NULs in it, or it is too long. */
static bool copy_text(struct request *request, size_t frame, char *buf, size_t size)
{
    const char *text = zmq_msg_data(&request->frame[frame]);
    size_t length = zmq_msg_size(&request->frame[frame]);
    if (length >= size || memchr(text, '\0', length))
        return false;
    memcpy(buf, text, length);
    buf[length] = '\0';
    return true;
}

static enum gate_verdict verdict_on(struct gate *gate, struct request *request,
                                    char ret_key[KEY_TEXT])
{
    char domain[ADDRESS_BYTES];
    char address[ADDRESS_BYTES];
    struct daqs_key key;
    if (request->frames != FRAMES || !is(request, VERSION, "1.0") ||
        !is(request, MECHANISM, "CURVE") ||
        zmq_msg_size(&request->frame[CREDENTIAL]) != sizeof key.byte ||
        !copy_text(request, DOMAIN, domain, sizeof domain) ||
        !copy_text(request, ADDRESS, address, sizeof address))
        return GATE_REFUSE;
    memcpy(key.byte, zmq_msg_data(&request->frame[CREDENTIAL]), sizeof key.byte);
    bool mapped = strncmp(address, MAPPED, strlen(MAPPED)) == 0;
    key_format(&key, ret_key);
    return gate->judge(gate->arg, domain, &key, address + (mapped ? strlen(MAPPED) : 0));
}

/* --- answers --- */

static void answer(struct gate *gate, struct request *request, enum gate_verdict verdict,
                   const char *user)
{
    static const char *const status[] = {
        [GATE_ADMIT] = "200", [GATE_REFUSE] = "400", [GATE_LATER] = "300"};
    void *socket = zsock_resolve(gate->socket);
    size_t id_bytes = 0;
    const void *id = "";
    if (request->frames > REQUEST_ID && zmq_msg_size(&request->frame[REQUEST_ID]) <= ID_BYTES) {
        id = zmq_msg_data(&request->frame[REQUEST_ID]);
        id_bytes = zmq_msg_size(&request->frame[REQUEST_ID]);
    }
    const struct {
        const void *data;
        size_t size;
    } frame[] = {
        {"1.0", 3},
        {id, id_bytes},
        {status[verdict], 3},
        {verdict == GATE_ADMIT ? "OK" : "no", 2},
        {user, verdict == GATE_ADMIT ? strlen(user) : 0},
        {"", 0}, /* metadata */
    };
    enum { LAST = sizeof frame / sizeof frame[0] - 1 };
    for (size_t i = 0; i <= LAST; i++) /* a failure is libzmq's to sort out: the peer tries again */
        (void)zmq_send(socket, frame[i].data, frame[i].size,
                       ZMQ_DONTWAIT | (i < LAST ? ZMQ_SNDMORE : 0));
}

void gate_hear(struct gate *gate)
{
    struct request request;
    for (int i = 0; i < JUDGED_AT_ONCE && receive(zsock_resolve(gate->socket), &request); i++) {
        char key[KEY_TEXT] = "";
        enum gate_verdict verdict = verdict_on(gate, &request, key);
        gate->count.admitted += verdict == GATE_ADMIT;
        gate->count.refused += verdict == GATE_REFUSE;
        gate->count.put_off += verdict == GATE_LATER;
        answer(gate, &request, verdict, key);
        request_done(&request);
    }
}
