/* SPDX-License-Identifier: Apache-2.0 */
/* hostile_peer ENDPOINT VECTORS COUNT [BYTES] - sends COUNT messages that no DAQS program would
 * send: golden vectors that are cut short, changed, or extended; noise; several parts; sizes up to
 * the largest allowed. With COUNT 0 it sends one message of BYTES bytes; the default is a size that
 * ends the connection. Seeded, so that a run can be repeated. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <czmq.h>

#include "shared/base/cleanup.h"
#include "shared/wire/bus.h"
#include "tests/lib/random.h"

enum { VECTORS_MAX = 64, VECTOR_BYTES = 4096 };

struct vector {
    uint8_t bytes[VECTOR_BYTES];
    size_t length;
};

static size_t read_hex(const char *path, struct vector *ret)
{
    char line[4096];
    FILE *file = fopen(path, "re");
    ret->length = 0;
    while (file && fgets(line, sizeof line, file)) {
        unsigned byte;
        int used;
        if (*line == '#')
            continue;
        for (const char *p = line; sscanf(p, "%2x%n", &byte, &used) == 1; p += used)
            if (ret->length < sizeof ret->bytes)
                ret->bytes[ret->length++] = (uint8_t)byte;
    }
    if (file)
        (void)fclose(file);
    return ret->length;
}

static size_t read_vectors(const char *folder, struct vector *vector)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (*e->d_name != '.' && count < VECTORS_MAX && read_hex(path, &vector[count]) > 0)
            count++;
    }
    if (dir)
        closedir(dir);
    return count;
}

static size_t spoil(struct random_source *r, const struct vector *vector, uint8_t *ret)
{
    size_t length = vector->length;
    memcpy(ret, vector->bytes, length);
    switch (random_below(r, 4)) {
    case 0:
        return random_below(r, length);
    case 1:
        for (uint64_t i = 0; i <= random_below(r, 4); i++)
            ret[random_below(r, length)] = (uint8_t)random_next(r);
        return length;
    case 2: /* a huge array in place of another value */
        memcpy(ret + random_below(r, length), "\xdd\xff\xff\xff\xff", 5);
        return length + 5;
    default:
        for (size_t i = 0; i < length; i++)
            ret[i] = (uint8_t)random_next(r);
        return length;
    }
}

/* Waits until the queue accepts the message. Replies are read and dropped: libzmq 4.3.4 asserts in
 * the sender (its issue 4841) when a peer closes a connection whose input has been stopped. */
static void send_patiently(zsock_t *socket, const void *bytes, size_t length, int flags)
{
    void *handle = zsock_resolve(socket);
    char reply[1024];
    while (zmq_recv(handle, reply, sizeof reply, ZMQ_DONTWAIT) >= 0)
        ;
    (void)zmq_send(handle, bytes, length, flags);
}

int main(int argc, char **argv)
{
    static struct vector vector[VECTORS_MAX];
    uint8_t bytes[VECTOR_BYTES + 8];
    if (argc != 4 && argc != 5)
        return 2;
    size_t large_bytes = argc == 5 ? (size_t)atol(argv[4]) : 2 * WIRE_MESSAGE_MAX + 1;
    struct random_source r = {random_seed()};
    size_t vectors = read_vectors(argv[2], vector);
    /* Not a socket of net_dealer_new(), which sends only well-formed messages. */
    zsock_t *socket = zsock_new(ZMQ_DEALER);
    zsock_set_sndhwm(socket, 100);
    zsock_set_rcvhwm(socket, 0);
    zsock_set_linger(socket, 5000);
    uint8_t *large DAQS_AUTO_FREE = calloc(1, 2 * WIRE_MESSAGE_MAX + large_bytes);
    if (vectors == 0 || !large || zsock_connect(socket, "%s", argv[1]) < 0) {
        (void)fprintf(stderr, "hostile_peer: no vectors, or no way to %s\n", argv[1]);
        return 1;
    }
    for (int i = atoi(argv[3]); i > 0; i--) {
        size_t length = spoil(&r, &vector[random_below(&r, vectors)], bytes);
        send_patiently(socket, bytes, length, i % 50 == 0 ? ZMQ_SNDMORE : 0);
        if (i % 1000 == 0)
            send_patiently(socket, large, WIRE_MESSAGE_MAX, 0);
    }
    if (atoi(argv[3]) == 0)
        send_patiently(socket, large, large_bytes, 0);
    zsock_destroy(&socket);
    return 0;
}
