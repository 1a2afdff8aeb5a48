#include "tests/sim/sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/counters.h"
#include "agentd/core/orders.h"
#include "controllerd/core/plan.h"
#include "controllerd/core/second.h"
#include "shared/policy/water_fill.h"
#include "shared/policy/wire_bytes.h"
#include "tests/sim/link_model.h"
#include "tests/sim/stepping.h"

enum { STEP_MS = 5, IN_FLIGHT = 16, LEASE_MS = 3000 };

/* A guest counts a large TCP segment with one header; on the wire each frame has 66 bytes of them,
 * and 24 that a port adds. */
enum { SEGMENT = 43 * 1448, HEADERS = 66, PORT = 24, LEAST = 60 };

static double frames_of(const struct sim_vm *vm)
{
    return (double)SEGMENT / ((vm->mtu ? vm->mtu : 1500) - 52);
}

static double counted_of(const struct sim_vm *vm) /* bytes of a packet */
{
    return vm->frame ? vm->frame : SEGMENT + HEADERS;
}

static double wire_factor(const struct sim_vm *vm)
{
    if (vm->frame)
        return ((vm->frame > LEAST ? vm->frame : LEAST) + PORT) / (double)vm->frame;
    return (SEGMENT + frames_of(vm) * (HEADERS + PORT)) / counted_of(vm);
}

struct report {
    int64_t at_ms;
    uint64_t sequence;
    uint64_t settled;
    daqs_bps own;
    daqs_bps port;
    struct daqs_nic_reading reading[SIM_VMS_MAX];
};

struct push {
    int64_t at_ms;
    uint64_t sequence;
    daqs_bps limit[SIM_VMS_MAX];
};

struct guest {
    double bytes; /* counted so far */
    double seen;  /* read last */
    struct counters counters;
    daqs_bps limit;    /* in force */
    int64_t short_ms;  /* since it has been short; 0: it is not */
    int64_t looked_ms; /* at its sockets; 0: not yet */
    unsigned waiting;  /* looks in a row that found unsent bytes */
};

struct world {
    const struct sim_setup *setup;
    struct sim_result *result;
    struct random_source random;
    int64_t now_ms;
    struct link_sender sender[SIM_VMS_MAX + 1]; /* the host itself comes last */
    struct guest guest[SIM_VMS_MAX];
    struct fleet *fleet;
    struct ledger *ledger;
    struct fleet_host *host;
    struct orders orders;
    struct stepping stepping;
    uint64_t sequence;         /* of the last report */
    uint64_t applied_sequence; /* of the limits in force */
    uint64_t before_sequence;  /* of those before */
    int64_t applied_ms;
    int64_t polled_ms;
    int64_t closed_s; /* the second that is being gathered */
    double own_bits;  /* since the last poll */
    double port_bits;
    struct report report[IN_FLIGHT];
    unsigned reports;
    struct push push[IN_FLIGHT];
    unsigned pushes;
};

struct sim_setup sim_default(void)
{
    return (struct sim_setup){.rule = SIM_DAQS,
                              .capacity = UINT64_C(4000000000),
                              .headroom_ppm = 10000,
                              .poll_ms = 100,
                              .apply_ms = 5,
                              .report_ms = 1,
                              .noise_permille = 100,
                              .seed = 1,
                              .length_ms = 30000};
}

/* --- guests --- */

static daqs_bps demand_at(const struct sim_vm *vm, uint64_t seed, int64_t now_ms)
{
    if (vm->shape.shape != SHAPE_PHASES)
        return demand_shape_at(&vm->shape, seed, now_ms);
    daqs_bps rate = vm->phases ? 0 : DAQS_UNLIMITED;
    if (vm->period_ms)
        now_ms %= vm->period_ms;
    for (unsigned i = 0; i < vm->phases; i++)
        if (vm->phase[i].from_ms <= now_ms)
            rate = vm->phase[i].rate;
    return rate;
}

static double capacity_now(const struct world *w)
{
    const struct sim_setup *s = w->setup;
    bool narrow = s->bottleneck && w->now_ms >= s->bottleneck_from_ms &&
                  (s->bottleneck_until_ms == 0 || w->now_ms < s->bottleneck_until_ms);
    return (double)(narrow ? s->bottleneck : s->capacity);
}

/* Bits per second of the wire. */
static double wanted_by(const struct world *w, const struct sim_vm *vm, unsigned number)
{
    daqs_bps demand = demand_at(vm, w->setup->seed * 1000 + number, w->now_ms);
    if (vm->most && demand > vm->most)
        demand = vm->most;
    return demand == DAQS_UNLIMITED ? 4 * capacity_now(w) : (double)demand * wire_factor(vm);
}

static double guarantee_of(const struct sim_vm *vm)
{
    return (double)wire_guarantee(vm->min, vm->mtu);
}

/* Guarantees as far as they are wanted, then what is left by weight, up to what each wants. */
static void limit_perfectly(struct world *w, double left)
{
    const struct sim_setup *s = w->setup;
    static struct water_fill item[SIM_VMS_MAX];
    double reserved = 0;
    for (unsigned i = 0; i < s->vms; i++)
        reserved += fmin(w->sender[i].wanted, guarantee_of(&s->vm[i]));
    double scale = reserved > left ? left / reserved : 1;
    for (unsigned i = 0; i < s->vms; i++) {
        double share = scale * fmin(w->sender[i].wanted, guarantee_of(&s->vm[i]));
        item[i] = (struct water_fill){.cap = (uint64_t)(w->sender[i].wanted - share),
                                      .weight = s->vm[i].weight ? s->vm[i].weight : 1,
                                      .id = i};
        w->sender[i].wanted = share;
    }
    water_fill(item, s->vms, (uint64_t)(left - scale * reserved));
    for (unsigned i = 0; i < s->vms; i++)
        w->sender[item[i].id].wanted += (double)item[i].share;
}

static void move_guests(struct world *w)
{
    const struct sim_setup *s = w->setup;
    double capacity = capacity_now(w);
    double wanted = 0;
    unsigned senders = s->vms + (s->own.name ? 1 : 0);
    for (unsigned i = 0; i < senders; i++) {
        const struct sim_vm *vm = i < s->vms ? &s->vm[i] : &s->own;
        w->sender[i].wanted = wanted_by(w, vm, i);
        if (vm->policed)
            w->sender[i].wanted = fmin(w->sender[i].wanted, (double)vm->policed);
        w->sender[i].flows = vm->flows;
        wanted += i < s->vms ? w->sender[i].wanted : 0;
    }
    double own = s->own.name ? w->sender[s->vms].rate : 0;
    if (s->rule == SIM_ORACLE)
        limit_perfectly(w, capacity -
                               (s->own.name ? fmin(w->sender[s->vms].wanted, capacity / 2) : 0));
    for (unsigned i = 0; i < s->vms; i++)
        if (w->guest[i].limit != DAQS_UNLIMITED)
            w->sender[i].wanted = fmin(w->sender[i].wanted, (double)w->guest[i].limit);
    link_step(w->sender, senders, capacity, STEP_MS, s->noise_permille / 1000.0, &w->random);
    unsigned window = (unsigned)(w->now_ms / SIM_WINDOW_MS);
    w->result->possible[window] += fmin(wanted, capacity - own) / 1000 * STEP_MS;
    for (unsigned i = 0; i < s->vms; i++) {
        w->guest[i].bytes += w->sender[i].rate / wire_factor(&s->vm[i]) / 8000 * STEP_MS;
        w->result->sent[window] += w->sender[i].rate / 1000 * STEP_MS;
    }
    w->own_bits += s->own.name ? w->sender[s->vms].rate / 1000 * STEP_MS : 0;
    for (unsigned i = 0; i < senders; i++)
        w->port_bits += w->sender[i].rate / 1000 * STEP_MS;
}

static void note_window(struct world *w)
{
    struct sim_result *r = w->result;
    int64_t end_ms = w->now_ms + STEP_MS;
    unsigned window = (unsigned)(w->now_ms / SIM_WINDOW_MS);
    for (unsigned i = 0; i < r->vms; i++) {
        size_t at = (size_t)window * r->vms + i;
        double usage = w->sender[i].rate / r->factor[i];
        daqs_bps demand = demand_at(&w->setup->vm[i], w->setup->seed * 1000 + i, w->now_ms);
        if (w->setup->vm[i].most)
            demand = daqs_lower(demand, w->setup->vm[i].most);
        r->usage[at] += (daqs_bps)(usage * STEP_MS / SIM_WINDOW_MS);
        r->demand[at] += daqs_lower(demand, DAQS_BPS_MAX) * STEP_MS / SIM_WINDOW_MS;
        if (end_ms % SIM_WINDOW_MS == 0)
            r->limit[at] = w->guest[i].limit;
    }
}

/* --- the agent --- */

/* Guaranteed VMs that have been short for a second are looked at once a second. What waits is told
 * at the second look that finds it. */
static enum daqs_backlog look_at_sockets(struct world *w, unsigned i)
{
    enum { LOOK_MS = 1000, OLD_MS = 4000 };
    const struct sim_vm *vm = &w->setup->vm[i];
    struct guest *guest = &w->guest[i];
    double wants = wanted_by(w, vm, i);
    double rate = w->sender[i].rate;
    bool held = w->sender[i].held || (double)guest->limit < wants ||
                (vm->policed && (double)vm->policed < wants);
    if (w->setup->backlog_unknown || vm->flows == 0 || vm->min == 0)
        return DAQS_BACKLOG_UNKNOWN;
    if (rate >= 0.99 * guarantee_of(vm))
        guest->short_ms = 0;
    else if (guest->short_ms == 0)
        guest->short_ms = w->now_ms;
    if (guest->short_ms && w->now_ms - guest->short_ms >= LOOK_MS &&
        w->now_ms - guest->looked_ms >= LOOK_MS) {
        guest->looked_ms = w->now_ms;
        guest->waiting =
            vm->claims_backlog || (held && wants > 1.02 * rate) ? guest->waiting + 1 : 0;
    }
    if (w->now_ms - guest->looked_ms > OLD_MS)
        guest->waiting = 0;
    if (guest->looked_ms == 0 || w->now_ms - guest->looked_ms > OLD_MS)
        return DAQS_BACKLOG_UNKNOWN;
    return guest->waiting > 1 ? DAQS_BACKLOG_SOME : DAQS_BACKLOG_NONE;
}

static void take_poll(struct world *w)
{
    struct report *report = &w->report[w->reports];
    int64_t jitter_us = (int64_t)random_below(&w->random, 2000);
    /* Of the newest limits that were in force for at least half of the time reported. */
    bool late = w->applied_ms > (w->polled_ms + w->now_ms) / 2;
    *report = (struct report){.at_ms = w->now_ms + w->setup->report_ms,
                              .sequence = ++w->sequence,
                              .settled = late ? w->before_sequence : w->applied_sequence};
    for (unsigned i = 0; i < w->setup->vms; i++) {
        struct guest *guest = &w->guest[i];
        double ahead = w->sender[i].rate / w->result->factor[i] / 8e6 * (double)jitter_us;
        if (guest->seen < guest->bytes + ahead)
            guest->seen = guest->bytes + ahead; /* no counter goes back */
        const struct counters_reading now = {
            .at_us = w->now_ms * 1000 + jitter_us,
            .tx_bytes = (uint64_t)guest->seen,
            .tx_packets = (uint64_t)(guest->seen / counted_of(&w->setup->vm[i]))};
        report->reading[i].state = w->setup->vm[i].out_of_reach ? DAQS_NIC_UNMANAGED : DAQS_NIC_OK;
        report->reading[i].sample = counters_update(&guest->counters, &now);
        report->reading[i].backlog = (uint8_t)look_at_sockets(w, i);
    }
    double span_s = (double)(w->now_ms - w->polled_ms + !w->now_ms) / 1000;
    report->own = (daqs_bps)(w->own_bits / span_s);
    report->port = (daqs_bps)(w->port_bits / span_s);
    w->own_bits = w->port_bits = 0;
    w->polled_ms = w->now_ms;
    bool lost = random_below(&w->random, 1000) < w->setup->loss_permille;
    if (!lost && w->reports + 1 < IN_FLIGHT)
        w->reports++;
}

static void apply(struct world *w, const struct push *push)
{
    if (orders_receive(&w->orders, 1, push->sequence, LEASE_MS, w->now_ms) != ORDERS_OBEY)
        return;
    w->before_sequence = w->applied_sequence;
    w->applied_sequence = push->sequence;
    w->applied_ms = w->now_ms;
    struct daqs_nic_applied applied[SIM_VMS_MAX];
    for (unsigned i = 0; i < w->setup->vms; i++) {
        w->result->changes += w->guest[i].limit != push->limit[i];
        w->guest[i].limit = w->setup->vm[i].out_of_reach ? DAQS_UNLIMITED : push->limit[i];
        applied[i] = (struct daqs_nic_applied){
            i, w->guest[i].limit, w->setup->vm[i].out_of_reach ? DAQS_NIC_UNMANAGED : DAQS_NIC_OK,
            DAQS_CAUSE_NONE};
    }
    if (w->host)
        fleet_applied(w->host, 1, applied, w->setup->vms);
}

/* --- the controller --- */

static void send_limits(struct world *w, uint64_t sequence, const daqs_bps *limit)
{
    if (w->pushes == IN_FLIGHT)
        return;
    struct push *push = &w->push[w->pushes++];
    push->at_ms = w->now_ms + w->setup->apply_ms;
    push->sequence = sequence;
    memcpy(push->limit, limit, w->setup->vms * sizeof *limit);
    w->result->pushes++;
}

/* A second is closed by the first report after it. */
static void close_second(struct world *w)
{
    static struct point point[SIM_VMS_MAX];
    static struct second_change change[SIM_VMS_MAX];
    if (w->now_ms / 1000 == w->closed_s)
        return;
    second_close(w->host, w->closed_s, point, change);
    for (unsigned i = 0; i < w->setup->vms; i++)
        w->result->verdict[w->closed_s * w->setup->vms + i] =
            (uint8_t)w->host->member[i].attainment.last;
    w->closed_s = w->now_ms / 1000;
}

static void decide_daqs(struct world *w, const struct report *report)
{
    struct daqs_nic_setting setting[SIM_VMS_MAX];
    daqs_bps limit[SIM_VMS_MAX];
    close_second(w);
    if (!fleet_report(w->host, 1, report->sequence, report->settled, report->reading, w->setup->vms,
                      w->now_ms))
        return;
    const struct daqs_uplink_reading uplink = {
        .own_interval_us = w->setup->own_unknown ? 0 : 1000000,
        .own_bytes = report->own / 8 / 1538 * 1514,
        .own_packets = report->own / 8 / 1538,
        .port_interval_us = w->setup->port_known ? 1000000 : 0,
        .port_bytes = report->port / 8 / 1538 * 1514,
        .port_packets = report->port / 8 / 1538,
    };
    fleet_report_uplinks(w->host, &uplink, 1, w->now_ms);
    second_note(w->host, w->now_ms);
    (void)plan_decide(w->host, w->setup->headroom_ppm, w->now_ms);
    if (!w->host->push_due)
        return;
    plan_settings(w->host, setting);
    for (unsigned i = 0; i < w->setup->vms; i++)
        limit[i] = setting[i].limit;
    w->host->push_sequence++;
    plan_pushed(w->host, w->now_ms);
    send_limits(w, w->host->push_sequence, limit);
}

static void decide_stepping(struct world *w, const struct report *report)
{
    struct stepping_vm vm[SIM_VMS_MAX];
    daqs_bps limit[SIM_VMS_MAX];
    for (unsigned i = 0; i < w->setup->vms; i++) {
        const struct daqs_sample *sample = &report->reading[i].sample;
        vm[i] = (struct stepping_vm){.min = w->setup->vm[i].min,
                                     .usage = daqs_rate_of(sample->tx_bytes, sample->interval_us)};
    }
    stepping_decide(&w->stepping, w->setup->capacity, vm, w->setup->vms);
    for (unsigned i = 0; i < w->setup->vms; i++)
        limit[i] = vm[i].limit;
    send_limits(w, report->sequence, limit);
}

static void set_static(struct world *w)
{
    daqs_bps left = w->setup->capacity;
    unsigned others = 0;
    for (unsigned i = 0; i < w->setup->vms; i++) {
        left -= w->setup->vm[i].min;
        others += w->setup->vm[i].min == 0;
    }
    for (unsigned i = 0; i < w->setup->vms; i++)
        if (w->setup->vm[i].min == 0)
            w->guest[i].limit = left / others;
}

static void hear(struct world *w, const struct report *report)
{
    w->result->reports++;
    if (w->setup->rule == SIM_DAQS)
        decide_daqs(w, report);
    else if (w->setup->rule == SIM_STEPPING)
        decide_stepping(w, report);
}

static bool set_up(struct world *w)
{
    struct daqs_uplink_info uplink = {"up0", w->setup->capacity};
    struct daqs_vm_info vm[SIM_VMS_MAX];
    struct daqs_nic_info nic[SIM_VMS_MAX];
    const struct daqs_inventory inventory = {.uplinks = 1,
                                             .vms = w->setup->vms,
                                             .nics = w->setup->vms,
                                             .uplink = &uplink,
                                             .vm = vm,
                                             .nic = nic};
    w->fleet = fleet_new(1, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    if (!w->fleet || !w->ledger)
        return false;
    for (unsigned i = 0; i < w->setup->vms; i++) {
        const struct sim_vm *v = &w->setup->vm[i];
        const struct sla sla = {v->min, v->max ? v->max : DAQS_UNLIMITED,
                                v->weight ? v->weight : 1};
        vm[i] = (struct daqs_vm_info){v->name, ""};
        nic[i] =
            (struct daqs_nic_info){i, 0, {{2, 0, 0, 0, (uint8_t)(i / 256), (uint8_t)i}}, v->mtu};
        w->guest[i].limit = DAQS_UNLIMITED;
        w->result->factor[i] = wire_factor(v);
        if (ledger_put(w->ledger, "sim", v->name, &sla, 0, "sim") != DAQS_OK)
            return false;
    }
    if (fleet_hello(w->fleet, w->ledger, "sim", "", 1, 1, (uint32_t)w->setup->poll_ms, &inventory,
                    0, &w->host, NULL) != DAQS_OK)
        return false;
    w->host->uplink[0].mode = w->setup->mode;
    w->host->peer = w;
    return true;
}

static void run(struct world *w)
{
    for (; w->now_ms < w->setup->length_ms; w->now_ms += STEP_MS) {
        move_guests(w);
        note_window(w);
        int64_t poll_ms = w->setup->rule == SIM_STEPPING ? STEPPING_POLL_MS : w->setup->poll_ms;
        if ((w->now_ms + STEP_MS) % poll_ms == 0)
            take_poll(w);
        while (w->reports > 0 && w->report[0].at_ms <= w->now_ms) {
            hear(w, &w->report[0]);
            memmove(&w->report[0], &w->report[1], --w->reports * sizeof w->report[0]);
        }
        while (w->pushes > 0 && w->push[0].at_ms <= w->now_ms) {
            apply(w, &w->push[0]);
            memmove(&w->push[0], &w->push[1], --w->pushes * sizeof w->push[0]);
        }
    }
}

bool sim_run(const struct sim_setup *setup, struct sim_result *ret)
{
    struct world *w = calloc(1, sizeof *w);
    size_t windows = (size_t)(setup->length_ms / SIM_WINDOW_MS);
    size_t cells = windows * setup->vms + 1;
    *ret = (struct sim_result){.windows = (unsigned)windows,
                               .vms = setup->vms,
                               .late_windows =
                                   (unsigned)((setup->poll_ms + SIM_WINDOW_MS - 1) / SIM_WINDOW_MS),
                               .usage = calloc(cells, sizeof *ret->usage),
                               .demand = calloc(cells, sizeof *ret->demand),
                               .limit = calloc(cells, sizeof *ret->limit),
                               .verdict = malloc(cells),
                               .sent = calloc(windows + 1, sizeof *ret->sent),
                               .possible = calloc(windows + 1, sizeof *ret->possible)};
    bool done = false;
    if (w && ret->usage && ret->demand && ret->limit && ret->verdict && ret->sent &&
        ret->possible) {
        memset(ret->verdict, ATTAINMENT_UNKNOWN, cells);
        w->setup = setup;
        w->result = ret;
        w->random.state = setup->seed;
        done = set_up(w);
        if (done && setup->rule == SIM_STATIC)
            set_static(w);
        if (done)
            run(w);
        fleet_free(w->fleet);
        ledger_free(w->ledger);
    }
    free(w);
    return done;
}
