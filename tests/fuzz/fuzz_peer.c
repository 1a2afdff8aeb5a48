/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of other members of a group. */
#include "shared/wire/peer.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 64 * 1024 };

static void check_inside(const uint8_t *part, size_t part_length, const uint8_t *bytes,
                         size_t length)
{
    FUZZ_CHECK(part >= bytes && part_length <= length);
    FUZZ_CHECK(part + part_length <= bytes + length);
}

static void check_message(const struct wire_peer *m, const uint8_t *bytes, size_t length)
{
    switch (m->type) {
    case WIRE_PEER_PING:
    case WIRE_PEER_PONG:
        return;
    case WIRE_PEER_FORWARD:
        check_name(m->forward.asker);
        FUZZ_CHECK(m->forward.hops >= 1 && m->forward.hops <= WIRE_HOPS_MAX);
        check_inside(m->forward.bytes, m->forward.length, bytes, length);
        return;
    case WIRE_PEER_ANSWER:
        check_inside(m->answer.bytes, m->answer.length, bytes, length);
        return;
    case WIRE_PEER_ADOPTED:
        check_name(m->adopted.host);
        check_name(m->adopted.member);
        return;
    }
    FUZZ_CHECK(false); /* an unknown type was accepted */
}

static void run(const uint8_t *bytes, size_t length)
{
    struct daqs_arena arena;
    struct wire_peer message;
    struct wire_peer again;
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t first_length = 0;
    size_t second_length = 0;
    daqs_arena_init(&arena, ARENA_BYTES);
    int result = wire_decode_peer(bytes, length, &arena, &message, NULL);
    fuzz_decoded();
    if (result == DAQS_OK) {
        check_message(&message, bytes, length);
        FUZZ_CHECK(wire_encode_peer(&message, &first, &first_length) == DAQS_OK);
        FUZZ_CHECK(wire_decode_peer(first, first_length, &arena, &again, NULL) == DAQS_OK);
        FUZZ_CHECK(wire_encode_peer(&again, &second, &second_length) == DAQS_OK);
        FUZZ_CHECK(first_length == second_length && memcmp(first, second, first_length) == 0);
    }
    free(first);
    free(second);
    daqs_arena_done(&arena);
}

/* A chunk of an arena. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 4096, .fixed_bytes = 34 * 1024, .times_length = 4};
