/* SPDX-License-Identifier: Apache-2.0 */
/* bench_controller - what each step of the controller costs for a report: nanoseconds per sample of
 * a nic, medians over many reports of a host. Idle: no guarantee is in use. Contended: one is, and
 * all other VMs are limited. Writing history is not included; it has its own benchmark. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/policy/accounting.h"
#include "controllerd/core/policy/plan.h"
#include "shared/base/clock.h"
#include "shared/wire/bus.h"
#include "tools/fleetsim/sim_host.h"

enum { REPORTS = 5001, HEADROOM_PPM = 10000, POLL_MS = 200, ARENA_BYTES = 16 * 1024 * 1024 };
#define CAPACITY UINT64_C(40000000000)
#define GUARANTEE UINT64_C(5000000000)

enum step { DECODE, REPORT, DECIDE, SETTINGS, ENCODE, HELLO, STEPS };

static const char *const name[STEPS] = {"decode the report",
                                        "take it into the fleet and its accounts",
                                        "decide",
                                        "gather the limits",
                                        "encode them",
                                        "say hello again"};

struct bench {
    uint32_t nics;
    struct sim_shape shape;
    struct sim_host sim;
    struct fleet *fleet;
    struct ledger *ledger;
    struct accounting *accounting;
    struct plan *plan;
    uint64_t sequence; /* of the last push */
    struct fleet_host *host;
    struct daqs_arena arena;
    struct daqs_nic_reading *reading;
    struct daqs_nic_setting *setting;
    int64_t *ns[STEPS];
    uint64_t pushes;
    size_t limits_bytes;
    size_t report_bytes;
};

static int64_t now_ns(void)
{
    return daqs_mono_ns(daqs_clock_system());
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median_per_nic(const struct bench *b, enum step step)
{
    qsort(b->ns[step], REPORTS, sizeof b->ns[step][0], by_number);
    return (double)b->ns[step][REPORTS / 2] / b->nics;
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_controller: %s\n", what);
    exit(1);
}

static void hello(struct bench *b, uint64_t generation, int64_t now_ms)
{
    if (fleet_hello(b->fleet, b->ledger, b->sim.name, "bench", 1, generation, POLL_MS,
                    &b->sim.inventory, now_ms, &b->host, NULL) != DAQS_OK)
        fail("hello");
    if (!accounting_hello(b->accounting, b->host) || !plan_set_due(b->plan, b->host))
        fail("out of memory");
    b->host->uplink[0].mode = POLICY_MODE_MINIMUM;
}

static void set_up(struct bench *b, uint32_t nics, bool contended)
{
    const struct sla sla = {.min = GUARANTEE, .max = DAQS_UNLIMITED, .weight = 1};
    *b = (struct bench){.nics = nics,
                        .shape = {.nics = nics,
                                  .uplinks = 1,
                                  .guaranteed = 1,
                                  .capacity = CAPACITY,
                                  .mix = trace_usual_mix,
                                  .seed = 1}};
    b->fleet = fleet_new(1, DAQS_MAX_NICS);
    b->ledger = ledger_new();
    b->accounting = accounting_new();
    b->plan = plan_new();
    if (!b->accounting || !b->plan)
        fail("out of memory");
    b->reading = calloc(nics, sizeof *b->reading);
    b->setting = calloc(nics, sizeof *b->setting);
    for (int i = 0; i < STEPS; i++)
        b->ns[i] = calloc(REPORTS, sizeof b->ns[i][0]);
    daqs_arena_init(&b->arena, ARENA_BYTES);
    if (!sim_host_init(&b->sim, &b->shape, 0, 0))
        fail("out of memory");
    b->sim.nic[0].trace.on_ms = contended ? b->sim.nic[0].trace.period_ms : 0;
    if (contended && ledger_put(b->ledger, b->sim.name, "vm01", &sla, 0, "bench") != DAQS_OK)
        fail("out of memory");
    hello(b, 1, 1000);
}

static void tear_down(struct bench *b)
{
    accounting_free(b->accounting);
    plan_free(b->plan);
    fleet_free(b->fleet);
    ledger_free(b->ledger);
    sim_host_done(&b->sim);
    daqs_arena_done(&b->arena);
    free(b->reading);
    free(b->setting);
    for (int i = 0; i < STEPS; i++)
        free(b->ns[i]);
}

/* Returns what a simulated agent would send now; the caller frees it. */
static uint8_t *make_report(struct bench *b, uint64_t sequence, int64_t now_ms, size_t *ret_length)
{
    uint8_t *bytes = NULL;
    sim_host_read(&b->sim, now_ms * 1000, b->reading);
    const struct wire_message message = {.type = WIRE_REPORT,
                                         .report = {.generation = 1,
                                                    .sequence = sequence,
                                                    .mono_us = (uint64_t)now_ms * 1000,
                                                    .nics = b->nics,
                                                    .reading = b->reading,
                                                    .limits_sequence = b->sequence}};
    if (wire_encode(&message, &bytes, ret_length) != DAQS_OK)
        fail("encode");
    return bytes;
}

static void push(struct bench *b, int round, int64_t now_ms)
{
    uint8_t *bytes = NULL;
    int64_t from = now_ns();
    b->sequence = plan_next_sequence(b->plan, b->host);
    plan_settings(b->host, b->setting);
    int64_t gathered = now_ns();
    const struct wire_message message = {.type = WIRE_LIMITS,
                                         .limits = {.epoch = 1,
                                                    .sequence = b->sequence,
                                                    .generation = 1,
                                                    .lease_ms = 3000,
                                                    .headroom_ppm = HEADROOM_PPM,
                                                    .nics = b->nics,
                                                    .setting = b->setting,
                                                    .poll_ms = POLL_MS}};
    if (wire_encode(&message, &bytes, &b->limits_bytes) != DAQS_OK)
        fail("encode");
    b->ns[ENCODE][round] = now_ns() - gathered;
    b->ns[SETTINGS][round] = gathered - from;
    free(bytes);
    b->pushes += plan_due(b->plan, b->host);
    plan_pushed(b->plan, b->host, now_ms);
    sim_host_obey(&b->sim, b->setting, now_ms * 1000);
}

static void one_report(struct bench *b, int round, int64_t now_ms)
{
    struct wire_message message;
    uint8_t *bytes = make_report(b, (uint64_t)round + 1, now_ms, &b->report_bytes);
    int64_t at[4];
    at[0] = now_ns();
    daqs_arena_reset(&b->arena);
    if (wire_decode(bytes, b->report_bytes, &b->arena, &message, NULL) != DAQS_OK)
        fail("decode");
    at[1] = now_ns();
    if (!fleet_report(b->host, message.report.generation, message.report.sequence,
                      message.report.limits_sequence, message.report.reading, message.report.nics,
                      now_ms))
        fail("report");
    accounting_note(b->accounting, b->host, message.report.reading, now_ms);
    at[2] = now_ns();
    if (!plan_decide(b->plan, b->host, HEADROOM_PPM, now_ms))
        fail("decide");
    at[3] = now_ns();
    for (int i = 0; i < 3; i++)
        b->ns[DECODE + i][round] = at[i + 1] - at[i];
    free(bytes);
    push(b, round, now_ms);
}

static void run(uint32_t nics, bool contended)
{
    struct bench b;
    set_up(&b, nics, contended);
    for (int round = 0; round < REPORTS; round++)
        one_report(&b, round, 20000 + (int64_t)round * POLL_MS);
    bool limited = b.setting[nics - 1].limit != DAQS_UNLIMITED;
    if (limited != contended)
        fail("the limits are not what this is to measure");
    for (int round = 0; round < REPORTS; round++) {
        int64_t from = now_ns();
        hello(&b, 1, 20000 + (int64_t)(REPORTS + round) * POLL_MS);
        b.ns[HELLO][round] = now_ns() - from;
    }
    (void)printf(
        "%u nics, %s; %.0f %% of the reports change limits; a report has %zu bytes, limits "
        "%zu:\n",
        nics, contended ? "contended" : "idle", (double)b.pushes * 100 / REPORTS, b.report_bytes,
        b.limits_bytes);
    for (enum step step = DECODE; step < STEPS; step++)
        (void)printf("  %-24s %8.1f ns per nic\n", name[step], median_per_nic(&b, step));
    tear_down(&b);
}

int main(void)
{
    run(64, false);
    run(64, true);
    run(1024, false);
    run(1024, true);
    return 0;
}
