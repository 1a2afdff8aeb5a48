/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of agents and the controller's decisions: the messages of one connection, in order, with
 * a decision after each as in the controller, a tenth of a second apart. */
#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/core/policy/plan.h"
#include "shared/wire/bus.h"
#include "tests/fuzz/sequence.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, HOSTS = 3, HEADROOM_PPM = 10000 };

static struct ledger *ledger; /* has SLAs for VMs in the corpus */

struct world {
    struct fleet *fleet;
    struct plan *plan;
    struct accounting *accounting;
    struct fleet_host *host; /* the host of the connection */
    int64_t now_ms;
};

static void check_settings(const struct fleet_host *host, const struct daqs_nic_setting *setting)
{
    for (uint32_t i = 0; i < host->nics; i++) {
        check_rate_or_none(setting[i].limit);
        check_rate(setting[i].min);
        check_rate_or_none(setting[i].max);
        FUZZ_CHECK(setting[i].weight >= 1);
    }
}

static void decide(struct world *w)
{
    if (!w->host || !plan_decide(w->plan, w->host, HEADROOM_PPM, w->now_ms) ||
        !plan_due(w->plan, w->host))
        return;
    struct daqs_nic_setting *setting = calloc(w->host->nics + 1U, sizeof *setting);
    FUZZ_CHECK(setting);
    plan_settings(w->host, setting);
    check_settings(w->host, setting);
    free(setting);
    (void)plan_next_sequence(w->plan, w->host);
    plan_pushed(w->plan, w->host, w->now_ms);
    FUZZ_CHECK(!plan_due(w->plan, w->host));
}

static void handle(struct world *w, const struct wire_message *m)
{
    const struct wire_hello *hello = &m->hello;
    const struct wire_report *report = &m->report;
    if (m->type == WIRE_HELLO) {
        int result = fleet_hello(w->fleet, ledger, hello->host, hello->version, hello->instance,
                                 hello->generation, hello->poll_ms, &hello->inventory, w->now_ms,
                                 &w->host, NULL);
        FUZZ_CHECK(result == DAQS_OK || result == DAQS_EBUSY || result == DAQS_ETOOBIG);
        if (result == DAQS_OK) {
            w->host->poll_most_ms = hello->poll_most_ms;
            FUZZ_CHECK(plan_set_due(w->plan, w->host) && accounting_hello(w->accounting, w->host));
        }
        decide(w);
    } else if (m->type == WIRE_REPORT && w->host) {
        if (fleet_report(w->host, report->generation, report->sequence, report->limits_sequence,
                         report->reading, report->nics, w->now_ms)) {
            accounting_note(w->accounting, w->host, report->reading, w->now_ms);
            decide(w);
        }
    } else if (m->type == WIRE_APPLIED && w->host) {
        fleet_applied(w->host, m->applied.generation, m->applied.nic, m->applied.nics);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    struct sequence sequence = {bytes, length};
    struct world w = {.fleet = fleet_new(HOSTS, DAQS_MAX_NICS),
                      .plan = plan_new(),
                      .accounting = accounting_new(),
                      .now_ms = 1000};
    struct daqs_arena arena;
    struct wire_message message;
    const uint8_t *part = NULL;
    size_t part_length = 0;
    FUZZ_CHECK(w.fleet && w.plan && w.accounting);
    daqs_arena_init(&arena, ARENA_BYTES);
    while (sequence_next(&sequence, &part, &part_length)) {
        daqs_arena_reset(&arena);
        if (wire_decode(part, part_length, &arena, &message, NULL) == DAQS_OK)
            handle(&w, &message);
        w.now_ms += 100;
    }
    daqs_arena_done(&arena);
    FUZZ_CHECK(fleet_count(w.fleet) <= HOSTS);
    accounting_free(w.accounting);
    plan_free(w.plan);
    fleet_free(w.fleet);
}

static bool prepare(void)
{
    const struct sla guaranteed = {.min = UINT64_C(5000000000), .max = DAQS_UNLIMITED, .weight = 1};
    const struct sla capped = {.min = 0, .max = UINT64_C(1000000000), .weight = 3};
    ledger = ledger_new();
    return ledger && ledger_put(ledger, "node1", "web", &guaranteed, 0, "x") == DAQS_OK &&
           ledger_put(ledger, "node1",
                      "b\xc3\xbc"
                      "cher",
                      &capped, 0, "x") == DAQS_OK;
}

/* About 500 bytes are kept for each nic, including its VM, member and uplink; a nic takes ten bytes
 * of input. A decision temporarily needs as much again. */
const struct fuzz_target fuzz_target = {.run = run,
                                        .prepare = prepare,
                                        .most_bytes = 2048,
                                        .fixed_bytes = 48 * 1024,
                                        .times_length = 96};
