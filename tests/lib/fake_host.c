/* SPDX-License-Identifier: Apache-2.0 */
/* fake_host ENDPOINT HOST FILE [MEMBER] - an agent without guests: sends the controller an
 * inventory from FILE and reports that all nics are ok, until it receives a signal.
 *
 * FILE is read again with every poll. Its first line lists the uplinks, "up0=10Gbit ..."; the
 * others are VMs, "NAME UUID [STATE [BYTES]]", with a nic on each uplink ("-": no UUID; STATE: the
 * number of the nics' state; BYTES: what each nic sends in a tenth of a second). MEMBER: the member
 * of a group that it says to have lost, so that it is served where it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <czmq.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

enum { TEXT_BYTES = 65536, MOST = 4096, POLL_MS = 100 };

struct fake {
    zsock_t *socket;
    const char *host;
    const char *path;
    const char *left;
    char now[TEXT_BYTES];  /* the content of the file */
    char said[TEXT_BYTES]; /* the same, split into words */
    struct daqs_uplink_info uplink[DAQS_MAX_UPLINKS];
    struct daqs_vm_info vm[MOST];
    struct daqs_nic_info nic[MOST];
    struct daqs_nic_reading reading[MOST];
    struct daqs_inventory inventory;
    uint64_t instance;
    uint64_t generation;
    uint64_t sequence;
};

static bool read_file(const char *path, char text[static TEXT_BYTES])
{
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(text, 1, TEXT_BYTES - 1, file) : 0;
    text[n] = '\0';
    if (file)
        (void)fclose(file);
    return file;
}

static void take_vm(struct fake *f, char *line)
{
    char *rest = NULL;
    struct daqs_inventory *i = &f->inventory;
    const char *name = strtok_r(line, " ", &rest);
    const char *uuid = strtok_r(NULL, " ", &rest);
    const char *state = strtok_r(NULL, " ", &rest);
    const char *bytes = strtok_r(NULL, " ", &rest);
    if (!name || !uuid || i->nics + i->uplinks > MOST || i->vms == MOST)
        return;
    for (uint32_t u = 0; u < i->uplinks; u++, i->nics++) {
        const uint8_t mac[] = {2, 0, 0, (uint8_t)u, (uint8_t)(i->vms >> 8), (uint8_t)i->vms};
        f->nic[i->nics] = (struct daqs_nic_info){.vm = i->vms, .uplink = u};
        memcpy(f->nic[i->nics].mac.byte, mac, sizeof mac);
        f->reading[i->nics] = (struct daqs_nic_reading){
            .state = state ? (uint8_t)atoi(state) : (uint8_t)DAQS_NIC_OK,
            .sample = {.interval_us = POLL_MS * 1000,
                       .tx_bytes = bytes ? strtoull(bytes, NULL, 10) : 1000}};
    }
    f->vm[i->vms++] =
        (struct daqs_vm_info){.name = name, .uuid = strcmp(uuid, "-") == 0 ? "" : uuid};
}

static void take_uplinks(struct fake *f, char *line)
{
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        struct daqs_uplink_info *uplink = &f->uplink[f->inventory.uplinks];
        if (!equals || f->inventory.uplinks == DAQS_MAX_UPLINKS)
            continue;
        *equals = '\0';
        *uplink = (struct daqs_uplink_info){.name = word};
        (void)daqs_rate_parse(equals + 1, &uplink->capacity, NULL);
        f->inventory.uplinks++;
    }
}

/* Returns whether the content of the file has changed. */
static bool look(struct fake *f)
{
    static char text[TEXT_BYTES];
    if (!read_file(f->path, text) || strcmp(text, f->now) == 0)
        return false;
    memcpy(f->now, text, sizeof f->now);
    memcpy(f->said, text, sizeof f->said);
    f->inventory = (struct daqs_inventory){.uplink = f->uplink, .vm = f->vm, .nic = f->nic};
    char *rest = NULL;
    char *line = strtok_r(f->said, "\n", &rest);
    if (line)
        take_uplinks(f, line);
    while ((line = strtok_r(NULL, "\n", &rest)))
        take_vm(f, line);
    f->generation++;
    return true;
}

static void send_message(struct fake *f, const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    if (wire_encode(message, &bytes, &length) == DAQS_OK)
        (void)net_send(f->socket, NULL, bytes, length); /* if it is lost, it is sent again */
}

static void send_hello(struct fake *f)
{
    struct wire_message message = {.type = WIRE_HELLO,
                                   .hello = {.host = f->host,
                                             .version = "fake",
                                             .instance = f->instance,
                                             .generation = f->generation,
                                             .poll_ms = POLL_MS,
                                             .inventory = f->inventory}};
    (void)snprintf(message.hello.left, sizeof message.hello.left, "%s", f->left);
    send_message(f, &message);
}

static void send_report(struct fake *f)
{
    const struct wire_message message = {.type = WIRE_REPORT,
                                         .report = {.generation = f->generation,
                                                    .sequence = ++f->sequence,
                                                    .nics = f->inventory.nics,
                                                    .reading = f->reading,
                                                    .limits_sequence = INT64_MAX}};
    send_message(f, &message);
}

/* Sends a hello in answer to a welcome for another inventory. */
static void handle(struct fake *f, struct daqs_arena *arena)
{
    zmq_msg_t body;
    while (net_receive(f->socket, NULL, &body) == DAQS_OK) {
        struct wire_message message;
        daqs_arena_reset(arena);
        if (wire_decode(zmq_msg_data(&body), zmq_msg_size(&body), arena, &message, NULL) ==
                DAQS_OK &&
            message.type == WIRE_WELCOME && message.welcome.generation != f->generation)
            send_hello(f);
        zmq_msg_close(&body);
    }
}

int main(int argc, char **argv)
{
    static struct fake fake;
    struct daqs_error err = {0};
    struct daqs_arena arena;
    if (argc != 4 && argc != 5)
        return 2;
    zsys_handler_set(NULL); /* so that signals terminate the program */
    fake.host = argv[2];
    fake.path = argv[3];
    fake.left = argc == 5 ? argv[4] : "";
    fake.instance = (uint64_t)daqs_mono_ns(daqs_clock_system());
    fake.socket = net_dealer_new(argv[1], NULL, NULL, &err);
    if (!fake.socket) {
        (void)fprintf(stderr, "fake_host: %s\n", err.text);
        return 1;
    }
    daqs_arena_init(&arena, WIRE_MESSAGE_MAX);
    for (;;) {
        zmq_pollitem_t item = {.socket = zsock_resolve(fake.socket), .events = ZMQ_POLLIN};
        if (look(&fake))
            send_hello(&fake);
        if (fake.generation > 0)
            send_report(&fake);
        int64_t next_ms = daqs_mono_ms(daqs_clock_system()) + POLL_MS;
        for (int64_t left = POLL_MS; left > 0; left = next_ms - daqs_mono_ms(daqs_clock_system())) {
            (void)zmq_poll(&item, 1, left);
            handle(&fake, &arena);
        }
    }
}
