/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of clients to the controller. */
#include "shared/wire/admin.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static void check_request(const struct wire_request *r)
{
    const char *const texts[] = {r->user, r->host, r->vm, r->token, r->word};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        FUZZ_CHECK(strlen(texts[i]) <= WIRE_FIELD_BYTES);
    check_rate_or_none(r->min);
    check_rate_or_none(r->max);
    FUZZ_CHECK(r->weight <= WIRE_WEIGHT_MAX && r->rows <= WIRE_ROWS_MAX);
    FUZZ_CHECK(r->since_ms >= 0 && r->until_ms >= 0 && r->step_ms >= 0);
    for (uint32_t i = 0; i < r->rows; i++) {
        FUZZ_CHECK(strlen(r->row[i].host) <= WIRE_FIELD_BYTES);
        FUZZ_CHECK(strlen(r->row[i].vm) <= WIRE_FIELD_BYTES);
        check_rate(r->row[i].min);
        check_rate_or_none(r->row[i].max);
        FUZZ_CHECK(r->row[i].weight <= WIRE_WEIGHT_MAX);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    struct daqs_arena arena;
    struct wire_request request;
    struct wire_request again;
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t first_length = 0;
    size_t second_length = 0;
    daqs_arena_init(&arena, ARENA_BYTES);
    int result = wire_decode_request(bytes, length, &arena, &request, NULL);
    fuzz_decoded();
    if (result == DAQS_OK) {
        check_request(&request);
        FUZZ_CHECK(wire_encode_request(&request, &first, &first_length) == DAQS_OK);
        FUZZ_CHECK(wire_decode_request(first, first_length, &arena, &again, NULL) == DAQS_OK);
        FUZZ_CHECK(wire_encode_request(&again, &second, &second_length) == DAQS_OK);
        FUZZ_CHECK(first_length == second_length && memcmp(first, second, first_length) == 0);
    }
    free(first);
    free(second);
    daqs_arena_done(&arena);
}

/* Two chunks of an arena, and 40 bytes for each byte of input that claims to be an SLA. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 4096, .fixed_bytes = 34 * 1024, .times_length = 40};
