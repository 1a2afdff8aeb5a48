/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/polling.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

#include "agentd/core/guest_fault.h"
#include "agentd/host/nic_limit.h"

/* The interval, in polls, at which tc's state is read again, in case the guest changed it. It is
 * longer for guests that have no limit to lose. */
enum { LOOK_EVERY_TURNS = 10, LOOK_IDLE_TURNS = 50 };

struct polling {
    struct polling_setup given;
    uint64_t tick;    /* number of polls so far */
    unsigned awaited; /* visits of this tick that have not returned */
    bool stopping;
};

struct polling *polling_new(const struct polling_setup *setup)
{
    struct polling *p = calloc(1, sizeof *p);
    if (p)
        p->given = *setup;
    return p;
}

void polling_free(struct polling *p)
{
    free(p);
}

void polling_stop(struct polling *p)
{
    p->stopping = true;
}

unsigned polling_awaited(const struct polling *p)
{
    return p->awaited;
}

static uint32_t random_number(void)
{
    uint32_t number = 0;
    (void)!getrandom(&number, sizeof number, 0); /* only spreads load: 0 would do */
    return number;
}

/* --- starting visits --- */

static bool has_limits_to_lose(const struct guest *guest)
{
    for (size_t i = 0; i < guest->nics; i++)
        if (guest->nic[i].wanted != DAQS_UNLIMITED || guest->nic[i].tc.limit != DAQS_UNLIMITED ||
            guest->nic[i].reading.state != DAQS_NIC_OK)
            return true;
    return false;
}

static struct moves_vf vf_moves(const struct pf_vf *vf)
{
    if (!vf || !vf->counter.counts)
        return (struct moves_vf){0};
    return (struct moves_vf){.known = true,
                             .at_us = vf_counter_as_of(&vf->counter),
                             .tx_bytes = vf->counter.last.tx_bytes,
                             .tx_packets = vf->counter.last.tx_packets};
}

/* Fills in what the job has to do. */
static void prepare(const struct polling *p, struct guest *guest, bool read_counters)
{
    struct guest_job *job = guest->work;
    unsigned every = has_limits_to_lose(guest) ? LOOK_EVERY_TURNS : LOOK_IDLE_TURNS;
    /* Spreads the guests over different polls. */
    bool look = read_counters && (guest->turns + guest->id) % every == 0;
    job->looks = false;
    job->read_counters = read_counters;
    job->read_mtus = job->asked_mtus = false;
    job->answered = false;
    job->execs_failed = 0;
    job->boots = guest->boots;
    job->host_reported = guest->source_nic != NULL;
    job->nics = guest->nics;
    for (size_t i = 0; i < guest->nics; i++) {
        const struct guest_nic *nic = &guest->nic[i];
        const struct pf_vf *vf = host_pfs_vf(p->given.pfs, nic);
        /* Where no limit could be set, the agent tries again, but not with every poll. */
        bool passes = guest_fault_passes(nic->reading.cause);
        bool tend = look || guest->urgent || passes || nic->reading.state != DAQS_NIC_UNMANAGED;
        job->nic[i] = (struct guest_job_nic){.mac = nic->mac,
                                             .uplink = nic->uplink,
                                             .slot = nic->slot,
                                             .vf_counts = vf && vf->counter.counts,
                                             .vf = vf_moves(vf),
                                             .tend = tend,
                                             .look = look,
                                             .commanded = nic->commanded,
                                             .doubted = passes,
                                             .wanted = nic_limit_in_guest(p->given.pfs, nic),
                                             .counters = nic->counters,
                                             .loosest = nic->loosest,
                                             .tc = nic->tc,
                                             .state = nic->reading.state,
                                             .cause = nic->reading.cause};
        memcpy(job->nic[i].ifname, nic->ifname, sizeof nic->ifname);
    }
}

/* Returns true if the guest's MTUs are to be read now; only of guests in which tc has run
 * before. */
static bool mtus_due(const struct guest *guest, int64_t now_ms)
{
    for (size_t i = 0; i < guest->nics; i++)
        if (guest->nic[i].tc.root != TC_ROOT_UNKNOWN)
            return now_ms >= guest->mtu.next_ms;
    return false;
}

/* Starts a poll. A suspect gets a pool thread, as does a guest whose channel cannot post. The
 * others are appended to 'list', for the poller. */
static void start_poll(struct polling *p, struct guest *guest, struct guest_job **list,
                       int64_t now_ms)
{
    struct guest_job *job = guest->work;
    prepare(p, guest, true);
    job->job.lane = poll_plan_lane(&guest->poll, DAQS_JOB_NORMAL);
    job->read_mtus = mtus_due(guest, now_ms);
    if (job->channel->post && !poll_plan_suspect(&guest->poll))
        DL_APPEND(*list, job);
    else if (daqs_pool_submit(p->given.pool, &job->job) != DAQS_OK)
        return; /* tried again with the next tick */
    guest->urgent = false;
    guest->turns++;
    poll_plan_started(&guest->poll, now_ms, p->given.pace->interval_ms);
    p->awaited++;
    job->tick = p->tick;
}

static unsigned suspects_under_way(const struct guests *guests)
{
    unsigned count = 0;
    for (size_t i = 0; i < guests->count; i++)
        count += guests->guest[i]->poll.busy && poll_plan_suspect(&guests->guest[i]->poll);
    return count;
}

void polling_start(struct polling *p, int64_t now_ms)
{
    unsigned suspects = suspects_under_way(p->given.guests);
    struct guest_job *list = NULL;
    visit_results_report_mtus(p->given.results, now_ms);
    p->tick++;
    p->awaited = 0; /* the report does not wait for polls of the last tick */
    for (size_t i = 0; i < p->given.guests->count; i++) {
        struct guest *guest = p->given.guests->guest[i];
        bool suspect = poll_plan_suspect(&guest->poll);
        if (!poll_plan_due(&guest->poll, now_ms) || (suspect && suspects >= POLL_SUSPECTS_AT_ONCE))
            continue;
        suspects += suspect;
        start_poll(p, guest, &list, now_ms);
    }
    guest_poller_submit(p->given.poller, list);
}

void polling_start_urgent(struct polling *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->given.guests->count; i++) {
        struct guest *guest = p->given.guests->guest[i];
        if (!guest->urgent || guest->poll.busy || guest->grace.on ||
            poll_plan_suspect(&guest->poll))
            continue;
        struct guest_job *job = guest->work;
        prepare(p, guest, false);
        job->job.lane = poll_plan_lane(&guest->poll, DAQS_JOB_URGENT);
        if (daqs_pool_submit(p->given.pool, &job->job) != DAQS_OK)
            continue; /* tried again later */
        guest->urgent = false;
        poll_plan_visited(&guest->poll, now_ms);
    }
}

/* --- processing results --- */

/* Logs once that a guest does not answer. A guest with nics has states that tell it. The log's
 * budget delays the line: it is the only place that names such a guest. */
static void log_silence(struct polling *p, struct guest *guest, const struct daqs_error *why,
                        int64_t now_ms)
{
    if (guest->nics > 0 || guest->silence_said || !daqs_log_allowed(p->given.budget, now_ms))
        return;
    guest->silence_said = true;
    daqs_log(DAQS_LOG_WARNING, "guest %s does not answer: %s", guest->name, why->text);
}

/* Processes the results of a visit that was not a socket check. */
static void take_visit(struct polling *p, struct guest *guest, const struct guest_job *job,
                       int64_t now_ms)
{
    if (job->read_counters && job->tick == p->tick && p->awaited > 0)
        p->awaited--;
    bool answered = job->result == DAQS_OK && job->job.ran;
    bool well = answered && !job->slow;
    bool paused = job->job.ran && guest_fault_pauses(job->result);
    if (answered && job->read_counters)
        buckets_add(p->given.took, job->took_us);
    p->given.count->polls += job->job.ran && job->read_counters;
    p->given.count->polls_failed += job->job.ran && job->read_counters && !answered && !paused;
    p->given.count->execs_failed += job->execs_failed;
    if (job->job.ran)
        grace_note(&guest->grace, paused, guest->poll.begun_ms);
    if (paused)
        poll_plan_paused(&guest->poll, now_ms, job->result == DAQS_EBUSY);
    else
        poll_plan_ended(&guest->poll, now_ms, well, well ? 0 : random_number());
    if (answered)
        guest->silence_said = false;
    else if (job->job.ran && !paused)
        log_silence(p, guest, &job->error, now_ms);
    if (guest->leaving)
        discovery_drop(p->given.discovery, guest);
    else if (job->job.ran && !guest->restarted)
        visit_results_take(p->given.results, guest, job, job->asked_mtus ? random_number() : 0,
                           now_ms);
    else
        guest->restarted = false;
}

void polling_reap(struct polling *p, int64_t now_ms)
{
    struct daqs_job *done;
    while ((done = daqs_pool_reap(p->given.pool))) {
        struct guest_job *job = (struct guest_job *)done;
        struct guest *guest = guests_by_id(p->given.guests, job->guest_id);
        if (guest && job->held_us > 0)
            poll_plan_held(&guest->poll, job->held_us / 1000, now_ms);
        job->held_us = 0;
        if (guest && job->looks)
            socket_checks_take(p->given.checks, guest, job, now_ms);
        else if (guest) /* always true: guests stay while they are busy */
            take_visit(p, guest, job, now_ms);
    }
    if (!p->stopping)
        polling_start_urgent(p, now_ms);
}

/* --- visits that do not return --- */

/* Returns true if libvirt has not returned from a request to the guest agent in time. Requests
 * through a socket always end in time. */
static bool is_held(const struct guest *guest, int64_t now_ms)
{
    const struct guest_job *job = guest->work;
    int64_t late_ms = guest->poll.busy ? atomic_load(&job->channel->late_ms) : 0;
    return late_ms != 0 && now_ms >= late_ms;
}

/* Sets the guest's nics to busy; the results of the visit follow when it ends. A guest whose last
 * visit failed keeps its state: libvirt gives a guest agent that hangs more time than it was asked
 * to. */
static void take_as_held(struct polling *p, struct guest *guest, int64_t now_ms)
{
    if (!guest->grace.on && guest->poll.failures > 0)
        return;
    poll_plan_blocked(&guest->poll);
    grace_note(&guest->grace, true, guest->poll.begun_ms);
    uint8_t state = grace_state(&guest->grace, DAQS_NIC_BUSY, now_ms);
    for (size_t i = 0; i < guest->nics; i++)
        (void)visit_results_set_state(p->given.results, guest, &guest->nic[i], state,
                                      DAQS_CAUSE_BUSY, "", now_ms);
}

void polling_check_overdue(struct polling *p, int64_t now_ms)
{
    unsigned overdue = 0;
    unsigned slow = 0;
    for (size_t i = 0; i < p->given.guests->count; i++) {
        struct guest *guest = p->given.guests->guest[i];
        const struct guest_job *work = guest->work;
        if (!guest->leaving && is_held(guest, now_ms))
            take_as_held(p, guest, now_ms);
        if (!guest->poll.busy ||
            daqs_pool_held_ms(p->given.pool, &work->job, now_ms) < POLL_OVERDUE_MS)
            continue;
        overdue++;
        slow += work->job.lane == DAQS_JOB_SLOW;
    }
    daqs_pool_replace(p->given.pool, overdue, slow);
}

bool polling_converged(const struct polling *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->given.guests->count; i++) {
        const struct guest *guest = p->given.guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            if (nic->commanded && nic->reading.state == DAQS_NIC_OK &&
                nic->tc.limit != tc_round(nic_limit_in_guest(p->given.pfs, nic)))
                return false;
            if (nic->commanded && !nic_limit_converged(p->given.pfs, nic, now_ms))
                return false;
        }
    }
    return true;
}
