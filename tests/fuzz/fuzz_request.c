/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of clients to the controller. */
#include "shared/wire/admin.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static void check_text(const char *text)
{
    FUZZ_CHECK(strlen(text) <= WIRE_FIELD_BYTES);
}

static void check_period(const struct wire_period *period)
{
    check_text(period->host);
    check_text(period->vm);
    FUZZ_CHECK(period->since_ms >= 0 && period->until_ms >= 0);
}

static void check_apply(const struct wire_apply *apply)
{
    FUZZ_CHECK(apply->rows <= WIRE_ROWS_MAX);
    for (uint32_t i = 0; i < apply->rows; i++) {
        check_text(apply->row[i].host);
        check_text(apply->row[i].vm);
        check_rate(apply->row[i].min);
        check_rate_or_none(apply->row[i].max);
        FUZZ_CHECK(apply->row[i].weight <= WIRE_WEIGHT_MAX);
    }
}

static void check_request(const struct wire_request *r)
{
    check_text(r->user);
    check_text(r->token);
    switch (r->verb) {
    case WIRE_SET_SLA:
        check_text(r->set_sla.host);
        check_text(r->set_sla.vm);
        check_rate_or_none(r->set_sla.min);
        check_rate_or_none(r->set_sla.max);
        FUZZ_CHECK(r->set_sla.weight <= WIRE_WEIGHT_MAX);
        return;
    case WIRE_UNSET_SLA:
    case WIRE_EXPLAIN:
        check_text(r->vm.host);
        check_text(r->vm.vm);
        return;
    case WIRE_LIST_SLA:
    case WIRE_HOSTS:
    case WIRE_VMS:
    case WIRE_LABELS:
    case WIRE_PROBLEMS:
    case WIRE_FORGET:
        check_text(r->list.host);
        return;
    case WIRE_MAINTENANCE:
        check_text(r->maintenance.host);
        check_text(r->maintenance.state);
        return;
    case WIRE_HISTORY:
    case WIRE_EXPORT_HISTORY:
        FUZZ_CHECK(r->history.step_ms >= 0);
        check_period(&r->period);
        return;
    case WIRE_EVENTS:
        check_text(r->events.level);
        check_text(r->events.kind);
        check_period(&r->period);
        return;
    case WIRE_AUDIT:
    case WIRE_SLA_REPORT:
        check_period(&r->period);
        return;
    case WIRE_SET_POLICY:
        check_text(r->set_policy.host);
        check_text(r->set_policy.uplink);
        check_text(r->set_policy.mode);
        return;
    case WIRE_FIT:
        check_rate_or_none(r->fit.rate);
        return;
    case WIRE_APPLY:
        check_apply(&r->apply);
        return;
    case WIRE_BACKUP:
        check_text(r->backup.path);
        return;
    case WIRE_ENROLL:
        check_text(r->enroll.name);
        check_text(r->enroll.role);
        check_text(r->enroll.key);
        return;
    case WIRE_REVOKE:
        check_text(r->revoke.name);
        return;
    case WIRE_FIGURES:
        check_text(r->figures.host);
        check_text(r->figures.table);
        return;
    case WIRE_STATUS:
    case WIRE_VERSION:
    case WIRE_PEERS:
    case WIRE_MEMBERS:
    case WIRE_TAKE_OVER:
        return;
    case WIRE_FIND:
        check_text(r->find.like);
        return;
    case WIRE_DRAIN:
        check_text(r->drain.member);
        return;
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
