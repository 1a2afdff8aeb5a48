/* A file of SLAs as it comes to the controller: names are checked, then all rows are compared with
 * the ledger. */
#include "controllerd/core/sla_diff.h"
#include "shared/wire/admin.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static struct ledger *ledger;

static struct sla_diff_row *take_rows(const struct wire_request *r)
{
    struct sla_diff_row *row = calloc(r->rows + 1U, sizeof *row);
    FUZZ_CHECK(row);
    for (uint32_t i = 0; i < r->rows; i++)
        row[i] = (struct sla_diff_row){
            .host = r->row[i].host,
            .vm = r->row[i].vm,
            .sla = {.min = r->row[i].min, .max = r->row[i].max, .weight = r->row[i].weight},
            .line = r->row[i].line};
    return row;
}

static void check_steps(const struct steps *steps, const struct sla_diff_count *count, bool prune)
{
    FUZZ_CHECK(steps->count == count->added + count->changed + count->taken);
    FUZZ_CHECK(prune ? count->others == 0 : count->taken == 0);
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->step[i];
        check_name(step->host);
        check_name(step->vm);
        if (!step->has_new)
            continue;
        check_rate(step->new_sla.min);
        check_rate_or_none(step->new_sla.max);
        FUZZ_CHECK(step->new_sla.min <= step->new_sla.max && step->new_sla.max > 0);
        FUZZ_CHECK(step->new_sla.weight >= 1 && step->new_sla.weight <= WIRE_WEIGHT_MAX);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    struct daqs_arena arena;
    struct wire_request request;
    struct steps steps;
    struct sla_diff_count count = {0};
    struct daqs_error err = {0};
    daqs_arena_init(&arena, ARENA_BYTES);
    if (wire_decode_request(bytes, length, &arena, &request, NULL) == DAQS_OK &&
        request.verb == WIRE_APPLY) {
        struct sla_diff_row *row = take_rows(&request);
        steps_init(&steps);
        if (sla_diff_compare(row, request.rows, request.prune, ledger, &steps, &count, &err) ==
            DAQS_OK)
            check_steps(&steps, &count, request.prune);
        else
            FUZZ_CHECK(err.code && err.text[0]);
        steps_done(&steps);
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
           ledger_at(ledger, 0) != NULL; /* it keeps them in order from now on */
}

/* Decoded rows, rows to compare and steps with copies of their names: 40, 56 and 160 bytes, but a
 * row that is compared took eight at least. */
const struct fuzz_target fuzz_target = {.run = run,
                                        .prepare = prepare,
                                        .most_bytes = 2048,
                                        .fixed_bytes = 52 * 1024,
                                        .times_length = 64};
