/* SPDX-License-Identifier: Apache-2.0 */
/* A file of SLAs as the controller receives it: names are checked, and then all rows are compared
 * with the ledger. */
#include "controllerd/core/admission/sla_diff.h"
#include "shared/wire/admin.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static struct ledger *ledger;

static struct sla_diff_row *take_rows(const struct wire_request *r)
{
    struct sla_diff_row *row = calloc(r->apply.rows + 1U, sizeof *row);
    FUZZ_CHECK(row);
    for (uint32_t i = 0; i < r->apply.rows; i++)
        row[i] = (struct sla_diff_row){.host = r->apply.row[i].host,
                                       .vm = r->apply.row[i].vm,
                                       .sla = {.min = r->apply.row[i].min,
                                               .max = r->apply.row[i].max,
                                               .weight = r->apply.row[i].weight},
                                       .line = r->apply.row[i].line};
    return row;
}

static void check_changeset(const struct changeset *changeset, const struct sla_diff_count *count,
                            bool prune)
{
    FUZZ_CHECK(changeset->count == count->added + count->changed + count->taken);
    FUZZ_CHECK(prune ? count->others == 0 : count->taken == 0);
    for (size_t i = 0; i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        check_name(change->host);
        check_name(change->vm);
        if (!change->has_new)
            continue;
        check_rate(change->new_sla.min);
        check_rate_or_none(change->new_sla.max);
        FUZZ_CHECK(change->new_sla.min <= change->new_sla.max && change->new_sla.max > 0);
        FUZZ_CHECK(change->new_sla.weight >= 1 && change->new_sla.weight <= WIRE_WEIGHT_MAX);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    struct daqs_arena arena;
    struct wire_request request;
    struct changeset changeset;
    struct sla_diff_count count = {0};
    struct daqs_error err = {0};
    daqs_arena_init(&arena, ARENA_BYTES);
    if (wire_decode_request(bytes, length, &arena, &request, NULL) == DAQS_OK &&
        request.verb == WIRE_APPLY) {
        struct sla_diff_row *row = take_rows(&request);
        changeset_init(&changeset);
        if (sla_diff_compare(row, request.apply.rows, request.apply.prune, ledger, &changeset,
                             &count, &err) == DAQS_OK)
            check_changeset(&changeset, &count, request.apply.prune);
        else
            FUZZ_CHECK(err.code && err.text[0]);
        changeset_done(&changeset);
        free(row);
    }
    daqs_arena_done(&arena);
}

static bool prepare(void)
{
    const struct sla sla = {.min = UINT64_C(5000000000), .max = DAQS_UNLIMITED, .weight = 1};
    ledger = ledger_new();
    return ledger && ledger_put(ledger, "h", "a", &sla, 0, "x") == DAQS_OK &&
           ledger_put(ledger, "h", "b", &sla, 0, "x") == DAQS_OK &&
           ledger_at(ledger, 0) != NULL; /* sorts the entries once, before any input */
}

/* Decoded rows, rows to compare, and changes with copies of their names: 40, 56 and 160 bytes. But
 * a row that is compared takes at least eight bytes of input. */
const struct fuzz_target fuzz_target = {.run = run,
                                        .prepare = prepare,
                                        .most_bytes = 2048,
                                        .fixed_bytes = 52 * 1024,
                                        .times_length = 64};
