/* SPDX-License-Identifier: Apache-2.0 */
/* hostile_host ENDPOINT HOST KEY CONTROLLER_KEY KIND RATE [SECONDS] - an enrolled host that sends
 * the most expensive messages that the protocol allows, RATE of them in a second, until it receives
 * a signal or the seconds are over. It connects again whenever the controller closes the
 * connection. KEY is the file of its secret key. Prints at the end how many messages it sent.
 *
 * KIND is one of
 *   hellos    4096 new VMs each time, whose names have 190 bytes in common
 *   reports   of 4096 nics on 64 uplinks
 *   stale     the same for another generation, which the controller answers
 *   applied   what is in force on 4096 nics
 *   parts     messages of two parts of a megabyte
 *   mixed     all of these, drawn from the seed DAQS_SEED */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <czmq.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"
#include "tests/lib/random.h"

enum {
    VMS = DAQS_MAX_VMS,
    UPLINKS = DAQS_MAX_UPLINKS,
    COMMON = 190,
    HELLOS = 24,
    NAME_BYTES = 208
};

enum kind { HELLO, REPORT, STALE, APPLIED, PARTS, MIXED, KINDS };
static const char *const kind_names[] = {"hellos", "reports", "stale", "applied", "parts", "mixed"};

struct bytes {
    uint8_t *at;
    size_t length;
};

struct hostile {
    zsock_t *socket;
    const char *host;
    struct random_source random;
    struct bytes hello[HELLOS]; /* encoded beforehand; generations 1, 2, ... */
    uint64_t hellos;            /* sent */
    uint64_t sequence;
    uint64_t sent;
    char name[VMS][NAME_BYTES];
    char uuid[VMS][40];
    struct daqs_vm_info vm[VMS];
    struct daqs_nic_info nic[VMS];
    struct daqs_uplink_info uplink[UPLINKS];
    struct daqs_nic_reading reading[VMS];
    struct daqs_nic_applied applied[VMS];
};

static struct bytes encode(const struct wire_message *message)
{
    struct bytes bytes = {0};
    if (wire_encode(message, &bytes.at, &bytes.length) != DAQS_OK)
        abort();
    return bytes;
}

static void make_hello(struct hostile *h, unsigned number)
{
    for (unsigned i = 0; i < VMS; i++) {
        memset(h->name[i], 'v', COMMON);
        (void)snprintf(h->name[i] + COMMON, NAME_BYTES - COMMON, "%u-%u", number, i);
        (void)snprintf(h->uuid[i], sizeof h->uuid[i], "%08x-0000-4000-8000-%012x", number, i);
        h->vm[i] = (struct daqs_vm_info){.name = h->name[i], .uuid = h->uuid[i]};
        h->nic[i] = (struct daqs_nic_info){
            .vm = i,
            .uplink = i % UPLINKS,
            .mac = {{2, (uint8_t)number, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}}};
    }
    const struct wire_message message = {.type = WIRE_HELLO,
                                         .hello = {.host = h->host,
                                                   .version = "hostile",
                                                   .instance = 1,
                                                   .generation = number + 1,
                                                   .poll_ms = 10,
                                                   .inventory = {.uplink = h->uplink,
                                                                 .uplinks = UPLINKS,
                                                                 .vm = h->vm,
                                                                 .vms = VMS,
                                                                 .nic = h->nic,
                                                                 .nics = VMS}}};
    h->hello[number] = encode(&message);
}

static void make_messages(struct hostile *h)
{
    static char names[UPLINKS][8];
    for (unsigned u = 0; u < UPLINKS; u++) {
        (void)snprintf(names[u], sizeof names[u], "up%u", u);
        h->uplink[u] = (struct daqs_uplink_info){names[u], 1000000000};
    }
    for (unsigned i = 0; i < VMS; i++) {
        h->reading[i] = (struct daqs_nic_reading){.state = DAQS_NIC_OK};
        h->applied[i] = (struct daqs_nic_applied){.nic = i, .limit = 1, .state = DAQS_NIC_OK};
    }
    for (unsigned number = 0; number < HELLOS; number++)
        make_hello(h, number);
}

static bool send_bytes(struct hostile *h, const struct bytes *bytes, int flags)
{
    int rc = zmq_send(zsock_resolve(h->socket), bytes->at, bytes->length, ZMQ_DONTWAIT | flags);
    return rc >= 0;
}

static bool send_message(struct hostile *h, const struct wire_message *message)
{
    struct bytes bytes = encode(message);
    bool sent = send_bytes(h, &bytes, 0);
    free(bytes.at);
    return sent;
}

static uint64_t generation_now(const struct hostile *h)
{
    return h->hellos ? (h->hellos - 1) % HELLOS + 1 : 0;
}

static bool send_hello(struct hostile *h)
{
    return send_bytes(h, &h->hello[h->hellos++ % HELLOS], 0);
}

static bool send_report(struct hostile *h, bool stale)
{
    const struct wire_message message = {
        .type = WIRE_REPORT,
        .report = {.generation = generation_now(h) + stale * UINT64_C(1000),
                   .sequence = ++h->sequence,
                   .nics = VMS,
                   .reading = h->reading,
                   .limits_sequence = INT64_MAX}};
    return send_message(h, &message);
}

static bool send_applied(struct hostile *h)
{
    const struct wire_message message = {
        .type = WIRE_APPLIED,
        .applied = {.generation = generation_now(h), .nics = VMS, .nic = h->applied}};
    return send_message(h, &message);
}

static bool send_parts(struct hostile *h)
{
    return send_bytes(h, &h->hello[0], ZMQ_SNDMORE) && send_bytes(h, &h->hello[1], 0);
}

static bool send_one(struct hostile *h, enum kind kind)
{
    if (kind == MIXED)
        kind = (enum kind)random_below(&h->random, MIXED);
    switch (kind) {
    case HELLO:
        return send_hello(h);
    case REPORT:
    case STALE:
        return send_report(h, kind == STALE);
    case APPLIED:
        return send_applied(h);
    case PARTS:
        return send_parts(h);
    default:
        return false;
    }
}

/* Reads and drops the answers. One that asks for a hello gets it. */
static void receive(struct hostile *h)
{
    zmq_msg_t body;
    while (net_receive(h->socket, NULL, &body) == DAQS_OK) {
        struct daqs_arena arena DAQS_AUTO(daqs_arena_done);
        struct wire_message message;
        daqs_arena_init(&arena, WIRE_MESSAGE_MAX);
        if (wire_decode(zmq_msg_data(&body), zmq_msg_size(&body), &arena, &message, NULL) ==
                DAQS_OK &&
            message.type == WIRE_WELCOME && message.welcome.generation == 0)
            (void)send_hello(h);
        zmq_msg_close(&body);
    }
}

static int run(struct hostile *h, enum kind kind, double rate, double seconds)
{
    const int64_t began_us = daqs_now_us();
    double due = 0;
    (void)send_hello(h);
    while (!zsys_interrupted) {
        double now = (double)(daqs_now_us() - began_us) / 1e6;
        if (seconds > 0 && now > seconds)
            break;
        receive(h);
        if (due > now || !send_one(h, kind)) {
            struct timespec pause = {0, 500000};
            (void)nanosleep(&pause, NULL);
            continue;
        }
        h->sent++;
        due = due + 1 / rate < now - 0.1 ? now : due + 1 / rate;
    }
    (void)printf("%llu messages\n", (unsigned long long)h->sent);
    return 0;
}

static enum kind kind_of(const char *name)
{
    int kind = 0;
    while (kind < KINDS && strcmp(name, kind_names[kind]) != 0)
        kind++;
    return (enum kind)kind;
}

int main(int argc, char **argv)
{
    static struct hostile hostile;
    struct key_pair own;
    struct daqs_key controller;
    struct daqs_error err = {0};
    if (argc < 7 || kind_of(argv[5]) == KINDS)
        return 2;
    hostile.host = argv[2];
    hostile.random = (struct random_source){random_seed()};
    if (key_load(argv[3], &own, &err) != DAQS_OK ||
        key_find_public(argv[4], &controller, &err) != DAQS_OK) {
        (void)fprintf(stderr, "hostile_host: %s\n", err.text);
        return 1;
    }
    make_messages(&hostile);
    const struct net_client_keys keys = {&own, &controller};
    hostile.socket = net_dealer_new(argv[1], &keys, NULL, &err);
    if (!hostile.socket) {
        (void)fprintf(stderr, "hostile_host: %s\n", err.text);
        return 1;
    }
    int result = run(&hostile, kind_of(argv[5]), atof(argv[6]), argc > 7 ? atof(argv[7]) : 0);
    zsock_destroy(&hostile.socket);
    for (unsigned i = 0; i < HELLOS; i++)
        free(hostile.hello[i].at);
    return result;
}
