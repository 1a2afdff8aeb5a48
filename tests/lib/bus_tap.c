/* SPDX-License-Identifier: Apache-2.0 */
/* bus_tap ENDPOINT MIN_BPS - a controller without a policy: sends each nic this guarantee and no
 * limit, and prints the agents' messages, one line each, until it receives a signal.
 *
 *   hello NIC...      VM:MTU of each nic
 *   report UPLINK...  OWN_MBPS:PORT_MBPS of each uplink, "-": unknown; then
 *                     SOURCE:AGE_US:BACKLOG of each nic
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <czmq.h>

#include "shared/net/socket.h"
#include "shared/wire/bus.h"

static void print_hello(const struct daqs_inventory *inventory)
{
    printf("hello");
    for (uint32_t i = 0; i < inventory->nics; i++)
        printf(" %s:%" PRIu32, inventory->vm[inventory->nic[i].vm].name, inventory->nic[i].mtu);
    printf("\n");
}

static void print_rate(uint64_t bytes, uint64_t interval_us)
{
    if (interval_us == 0)
        printf("-");
    else
        printf("%.1f", (double)bytes * 8 / (double)interval_us);
}

static void print_report(const struct wire_report *report)
{
    printf("report");
    for (uint32_t i = 0; i < report->uplinks; i++) {
        const struct daqs_uplink_reading *u = &report->uplink[i];
        printf(" ");
        print_rate(u->own_bytes, u->own_interval_us);
        printf(":");
        print_rate(u->port_bytes, u->port_interval_us);
    }
    printf(report->uplinks ? " |" : " - |");
    for (uint32_t i = 0; i < report->nics; i++)
        printf(" %u:%" PRIu32 ":%u", report->reading[i].source, report->reading[i].age_us,
               report->reading[i].backlog);
    printf("\n");
}

static void answer(zsock_t *socket, const struct net_route *peer, const struct wire_hello *hello,
                   daqs_bps min)
{
    static struct daqs_nic_setting setting[DAQS_MAX_NICS];
    static uint64_t sequence;
    uint8_t *bytes = NULL;
    size_t length = 0;
    for (uint32_t i = 0; i < hello->inventory.nics; i++)
        setting[i] = (struct daqs_nic_setting){DAQS_UNLIMITED, min, DAQS_UNLIMITED, 1};
    const struct wire_message message = {.type = WIRE_LIMITS,
                                         .limits = {.epoch = 1,
                                                    .sequence = ++sequence,
                                                    .generation = hello->generation,
                                                    .lease_ms = 600000,
                                                    .nics = hello->inventory.nics,
                                                    .setting = setting}};
    if (wire_encode(&message, &bytes, &length) == DAQS_OK)
        (void)net_send(socket, peer, bytes, length);
    free(bytes);
}

static void handle(zsock_t *socket, const struct net_route *peer, zmq_msg_t *body,
                   struct daqs_arena *arena, daqs_bps min)
{
    struct wire_message message;
    struct daqs_error err = {0};
    daqs_arena_reset(arena);
    if (wire_decode(zmq_msg_data(body), zmq_msg_size(body), arena, &message, &err) != DAQS_OK) {
        printf("refused: %s\n", err.text);
    } else if (message.type == WIRE_HELLO) {
        print_hello(&message.hello.inventory);
        answer(socket, peer, &message.hello, min);
    } else if (message.type == WIRE_REPORT) {
        print_report(&message.report);
    }
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct daqs_arena arena;
    if (argc != 3)
        return 2;
    zsys_handler_set(NULL); /* so that signals terminate the program */
    zsock_t *socket = zsock_new(ZMQ_ROUTER);
    if (!socket || zsock_bind(socket, "%s", argv[1]) < 0) {
        (void)fprintf(stderr, "bus_tap: cannot listen at %s\n", argv[1]);
        return 1;
    }
    daqs_arena_init(&arena, 4 * WIRE_MESSAGE_MAX);
    zmq_pollitem_t item = {.socket = zsock_resolve(socket), .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, -1) >= 0) {
        struct net_route peer;
        zmq_msg_t body;
        while (net_receive(socket, &peer, &body) == DAQS_OK) {
            handle(socket, &peer, &body, &arena, strtoull(argv[2], NULL, 10));
            zmq_msg_close(&body);
        }
    }
    return 0;
}
