/* SPDX-License-Identifier: Apache-2.0 */
/* fake_controller ENDPOINT FILE - a member of a group of controllers without a policy: gives each
 * nic one limit, and prints what agents do, one line each, until it receives a signal.
 *
 *   hello EPOCH left=MEMBER    a hello: the epoch obeyed, the member that was lost ("-": none)
 *   served EPOCH               the first report after limits of this epoch
 *   bye REASON
 *
 * FILE is read again 20 times a second: "WORD VALUE" on each line.
 *
 *   name NAME                  its name in the group; without it, it is in none
 *   epoch EPOCH                of its own; a host's is at least one above that of its hello
 *   lease MS
 *   limit BPS                  of each nic
 *   member NAME=ENDPOINT       of the group, best first; any number of these. If the first one is
 *                              another controller, hosts are sent there, unless they have lost it
 *   push no                    it welcomes hosts, and sends no limits */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <czmq.h>

#include "shared/base/cleanup.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

enum { TEXT_BYTES = 4096, LOOK_MS = 50, ARENA_BYTES = 16 * WIRE_MESSAGE_MAX };

struct fake {
    zsock_t *socket;
    const char *path;
    char now[TEXT_BYTES];  /* the content of the file */
    char said[TEXT_BYTES]; /* the same, split into words */
    const char *name;
    uint64_t own_epoch;
    uint32_t lease_ms;
    daqs_bps limit;
    bool pushes;
    struct daqs_member_info member[DAQS_MAX_MEMBERS];
    uint32_t members;

    /* the host */
    bool known;
    struct net_route peer;
    uint64_t epoch;
    uint64_t generation;
    uint32_t nics;
    uint64_t sequence;
    char left[DAQS_MEMBER_MAX + 1];
    bool told; /* that it is served */
};

/* --- the file --- */

static void take_word(struct fake *f, const char *word, char *value)
{
    if (strcmp(word, "name") == 0) {
        f->name = value;
    } else if (strcmp(word, "epoch") == 0) {
        f->own_epoch = strtoull(value, NULL, 10);
    } else if (strcmp(word, "lease") == 0) {
        f->lease_ms = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(word, "limit") == 0) {
        f->limit = strtoull(value, NULL, 10);
    } else if (strcmp(word, "push") == 0) {
        f->pushes = strcmp(value, "no") != 0;
    } else if (strcmp(word, "member") == 0 && f->members < DAQS_MAX_MEMBERS) {
        char *equals = strchr(value, '=');
        if (!equals)
            return;
        *equals = '\0';
        f->member[f->members++] = (struct daqs_member_info){value, equals + 1, {{0}}};
    }
}

/* Returns whether the content of the file has changed. */
static bool look(struct fake *f)
{
    char text[TEXT_BYTES];
    FILE *file = fopen(f->path, "re");
    size_t n = file ? fread(text, 1, TEXT_BYTES - 1, file) : 0;
    text[n] = '\0';
    if (file)
        (void)fclose(file);
    if (n == 0 || strcmp(text, f->now) == 0)
        return false;
    memcpy(f->now, text, sizeof f->now);
    memcpy(f->said, text, sizeof f->said);
    f->name = "";
    f->members = 0;
    f->pushes = true;
    char *rest = NULL;
    for (char *line = strtok_r(f->said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *blank = strchr(line, ' ');
        if (!blank)
            continue;
        *blank = '\0';
        take_word(f, line, blank + 1);
    }
    return true;
}

/* --- messages --- */

static void send_message(struct fake *f, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    if (wire_encode(message, &bytes, &length) == DAQS_OK)
        (void)net_send(f->socket, &f->peer, bytes, length); /* if it is lost, it is sent again */
}

/* Returns true if the host is to go to another member, and has not lost that one. */
static bool sends_elsewhere(const struct fake *f)
{
    return f->members > 0 && strcmp(f->member[0].name, f->name) != 0 &&
           strcmp(f->member[0].name, f->left) != 0;
}

/* Names itself first to a host that it serves. */
static void welcome(struct fake *f)
{
    struct daqs_member_info member[DAQS_MAX_MEMBERS];
    const bool stays = !sends_elsewhere(f);
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->members && stays; i++)
        if (strcmp(f->member[i].name, f->name) == 0)
            member[count++] = f->member[i];
    for (uint32_t i = 0; i < f->members; i++)
        if (!stays || strcmp(f->member[i].name, f->name) != 0)
            member[count++] = f->member[i];
    struct wire_message message = {.type = WIRE_WELCOME,
                                   .welcome = {.version = "fake",
                                               .epoch = f->epoch,
                                               .generation = f->generation,
                                               .lease_ms = f->lease_ms,
                                               .elsewhere = count,
                                               .elsewhere_member = member}};
    (void)snprintf(message.welcome.member, sizeof message.welcome.member, "%s", f->name);
    send_message(f, &message);
}

/* Asks for a hello. */
static void ask(struct fake *f)
{
    struct wire_message message = {.type = WIRE_WELCOME,
                                   .welcome = {.version = "fake", .epoch = f->own_epoch}};
    (void)snprintf(message.welcome.member, sizeof message.welcome.member, "%s", f->name);
    send_message(f, &message);
}

static void send_limits(struct fake *f)
{
    static struct daqs_nic_setting setting[DAQS_MAX_NICS];
    for (uint32_t i = 0; i < f->nics; i++)
        setting[i] = (struct daqs_nic_setting){f->limit, 0, DAQS_UNLIMITED, 1};
    const struct wire_message message = {.type = WIRE_LIMITS,
                                         .limits = {.epoch = f->epoch,
                                                    .sequence = ++f->sequence,
                                                    .generation = f->generation,
                                                    .lease_ms = f->lease_ms,
                                                    .nics = f->nics,
                                                    .setting = setting}};
    send_message(f, &message);
}

static void take_hello(struct fake *f, const struct wire_hello *hello)
{
    printf("hello %" PRIu64 " left=%s\n", hello->epoch, *hello->left ? hello->left : "-");
    f->known = true;
    if (hello->epoch > f->epoch || f->epoch < f->own_epoch) {
        f->epoch = hello->epoch + 1 > f->own_epoch ? hello->epoch + 1 : f->own_epoch;
        f->sequence = 0;
        f->told = false;
    }
    f->generation = hello->generation;
    f->nics = hello->inventory.nics;
    memcpy(f->left, hello->left, sizeof f->left);
    welcome(f);
}

/* A host is served until it leaves, even if it is sent elsewhere, as long as it was served
 * before. */
static void take_report(struct fake *f, const struct wire_report *report)
{
    if (!f->known) {
        ask(f);
        return;
    }
    if (!f->pushes || report->generation != f->generation ||
        (sends_elsewhere(f) && f->sequence == 0))
        return;
    if (f->sequence > 0 && !f->told) {
        printf("served %" PRIu64 "\n", f->epoch);
        f->told = true;
    }
    send_limits(f);
}

static void handle(struct fake *f, const struct net_route *peer, const struct wire_message *m)
{
    if (f->known &&
        (peer->length != f->peer.length || memcmp(peer->id, f->peer.id, peer->length) != 0))
        f->known = false; /* a new connection */
    f->peer = *peer;
    if (m->type == WIRE_HELLO) {
        take_hello(f, &m->hello);
    } else if (m->type == WIRE_REPORT) {
        take_report(f, &m->report);
    } else if (m->type == WIRE_BYE) {
        printf("bye %" PRIu32 "\n", m->bye.reason);
        f->known = false;
        f->epoch = f->sequence = 0;
    }
}

static void receive(struct fake *f, struct daqs_arena *arena)
{
    struct net_route peer;
    zmq_msg_t body;
    while (net_receive(f->socket, &peer, &body) == DAQS_OK) {
        struct wire_message message;
        daqs_arena_reset(arena);
        if (wire_decode(zmq_msg_data(&body), zmq_msg_size(&body), arena, &message, NULL) == DAQS_OK)
            handle(f, &peer, &message);
        zmq_msg_close(&body);
    }
}

int main(int argc, char **argv)
{
    static struct fake fake = {.lease_ms = 2000, .limit = DAQS_UNLIMITED, .own_epoch = 1};
    struct daqs_error err = {0};
    struct daqs_arena arena;
    if (argc != 3)
        return 2;
    zsys_handler_set(NULL); /* so that signals terminate the program */
    setvbuf(stdout, NULL, _IOLBF, 0);
    fake.path = argv[2];
    fake.socket = net_router_new(argv[1], NULL, NULL, NULL, &err);
    if (!fake.socket) {
        (void)fprintf(stderr, "fake_controller: %s\n", err.text);
        return 1;
    }
    daqs_arena_init(&arena, ARENA_BYTES);
    for (;;) {
        zmq_pollitem_t item = {.socket = zsock_resolve(fake.socket), .events = ZMQ_POLLIN};
        if (look(&fake) && fake.known)
            welcome(&fake);
        (void)zmq_poll(&item, 1, LOOK_MS);
        receive(&fake, &arena);
    }
}
