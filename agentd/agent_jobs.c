/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

#include "agentd/agent_looks.h"
#include "agentd/agent_state.h"
#include "agentd/core/guest_fault.h"

/* The interval, in polls, at which tc's state is read again, in case the guest changed it. It is
 * longer for guests that have no limit to lose. */
enum { LOOK_EVERY_TURNS = 10, LOOK_IDLE_TURNS = 50 };

/* MTUs are part of the inventory, which is always sent as a whole. Changes within this time are
 * sent together. */
enum { MTUS_REPORT_MS = 1000 };

static uint32_t random_number(void)
{
    uint32_t number = 0;
    (void)!getrandom(&number, sizeof number, 0); /* only spreads load: 0 would do */
    return number;
}

/* --- starting jobs --- */

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
static void prepare(const struct agent *agent, struct guest *guest, bool read_counters)
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
    job->host_told = guest->source_nic != NULL;
    job->nics = guest->nics;
    for (size_t i = 0; i < guest->nics; i++) {
        const struct guest_nic *nic = &guest->nic[i];
        const struct pf_vf *vf = host_pfs_vf(agent->pfs, nic);
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
                                             .wanted = nic_limit_in_guest(agent->pfs, nic),
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
static void start_poll(struct agent *agent, struct guest *guest, struct guest_job **list,
                       int64_t now_ms)
{
    struct guest_job *job = guest->work;
    prepare(agent, guest, true);
    job->job.lane = poll_plan_lane(&guest->poll, DAQS_JOB_NORMAL);
    job->read_mtus = mtus_due(guest, now_ms);
    if (job->channel->post && !poll_plan_suspect(&guest->poll))
        DL_APPEND(*list, job);
    else if (daqs_pool_submit(agent->pool, &job->job) != DAQS_OK)
        return; /* tried again with the next tick */
    guest->urgent = false;
    guest->turns++;
    poll_plan_started(&guest->poll, now_ms, agent->pace.interval_ms);
    agent->awaited++;
    job->tick = agent->tick;
}

static unsigned suspects_under_way(const struct guests *guests)
{
    unsigned count = 0;
    for (size_t i = 0; i < guests->count; i++)
        count += guests->guest[i]->poll.busy && poll_plan_suspect(&guests->guest[i]->poll);
    return count;
}

static void report_mtus(struct agent *agent, int64_t now_ms)
{
    if (agent->mtus_report_ms == 0 || now_ms < agent->mtus_report_ms)
        return;
    agent->mtus_report_ms = 0;
    agent->guests.generation++;
}

void agent_start_polls(struct agent *agent, int64_t now_ms)
{
    unsigned suspects = suspects_under_way(&agent->guests);
    struct guest_job *list = NULL;
    report_mtus(agent, now_ms);
    agent->tick++;
    agent->awaited = 0; /* the report does not wait for polls of the last tick */
    for (size_t i = 0; i < agent->guests.count; i++) {
        struct guest *guest = agent->guests.guest[i];
        bool suspect = poll_plan_suspect(&guest->poll);
        if (!poll_plan_due(&guest->poll, now_ms) || (suspect && suspects >= POLL_SUSPECTS_AT_ONCE))
            continue;
        suspects += suspect;
        start_poll(agent, guest, &list, now_ms);
    }
    guest_poller_submit(agent->poller, list);
}

void agent_start_urgent(struct agent *agent, int64_t now_ms)
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        struct guest *guest = agent->guests.guest[i];
        if (!guest->urgent || guest->poll.busy || guest->grace.on ||
            poll_plan_suspect(&guest->poll))
            continue;
        struct guest_job *job = guest->work;
        prepare(agent, guest, false);
        job->job.lane = poll_plan_lane(&guest->poll, DAQS_JOB_URGENT);
        if (daqs_pool_submit(agent->pool, &job->job) != DAQS_OK)
            continue; /* tried again later */
        guest->urgent = false;
        poll_plan_visited(&guest->poll, now_ms);
    }
}

/* --- processing results --- */

/* Logs a change of state. 'why' has the details; "" if there are none. */
static void log_state_changed(const struct guest *guest, const struct guest_nic *nic,
                              const char *why)
{
    char mac[DAQS_MAC_TEXT];
    if (nic->reading.cause == DAQS_CAUSE_NO_AGENT) { /* logged for every guest that boots */
        daqs_log(DAQS_LOG_INFO, "guest %s, nic %s: waiting for its guest agent%s%s", guest->name,
                 daqs_mac_format(&nic->mac, mac), *why ? "; " : "", why);
        return;
    }
    bool fine = nic->reading.state == DAQS_NIC_OK || daqs_nic_in_grace(nic->reading.state);
    daqs_log(fine ? DAQS_LOG_INFO : DAQS_LOG_WARNING, "guest %s, nic %s: %s%s%s%s%s", guest->name,
             daqs_mac_format(&nic->mac, mac), daqs_nic_state_name(nic->reading.state),
             nic->reading.cause ? ": " : "", daqs_nic_cause_text(nic->reading.cause),
             *why ? "; " : "", why);
}

bool agent_set_state(struct agent *agent, const struct guest *guest, struct guest_nic *nic,
                     uint8_t state, uint8_t cause, const char *why, int64_t now_ms)
{
    if (nic->reading.state == state && nic->reading.cause == cause)
        return false;
    nic->reading.state = state;
    nic->reading.cause = cause;
    nic->reported = false;
    if (daqs_log_allowed(&agent->budget, now_ms))
        log_state_changed(guest, nic, why);
    return true;
}

/* Logs the evidence. */
static void log_less(const struct guest *guest, const struct guest_nic *nic)
{
    char mac[DAQS_MAC_TEXT];
    daqs_log(DAQS_LOG_WARNING,
             "guest %s, nic %s: it reports %" PRIu64 " bytes sent in a span in which its VF sent "
             "%" PRIu64,
             guest->name, daqs_mac_format(&nic->mac, mac), nic->counter_check.said_then,
             nic->counter_check.counted);
}

static void log_removed(const struct guest *guest, const struct guest_nic *nic)
{
    char mac[DAQS_MAC_TEXT];
    daqs_log(DAQS_LOG_WARNING, "guest %s, nic %s: its limit was removed or changed; set again",
             guest->name, daqs_mac_format(&nic->mac, mac));
}

/* Returns the loosest limit in force since the counters were read. A visit that read the counters
 * did so before it changed the limit. If the limit had been removed, the restored one counts: that
 * it was missing until the end of the visit does not excuse what is sent afterwards. */
static daqs_bps loosest_of(const struct guest_nic *nic, const struct guest_job_nic *found)
{
    daqs_bps before = found->has_reading ? nic->tc.limit : nic->loosest;
    return found->removed || before < found->tc.limit ? found->tc.limit : before;
}

/* Updates the nic's state with what the visit showed about compliance, which matters only if the
 * visit found the nic ok. Returns true if the state changed. */
static bool judge(struct agent *agent, const struct guest *guest, const struct guest_job *job,
                  const struct guest_job_nic *found, struct guest_nic *nic, int64_t now_ms)
{
    if (found->removed)
        compliance_removed(&nic->compliance, now_ms);
    else if (found->has_reading && found->tc.root == TC_ROOT_OURS)
        compliance_sampled(&nic->compliance, found->exceeds, now_ms);
    enum daqs_nic_cause cause = compliance_cause(&nic->compliance, now_ms);
    if (cause == DAQS_CAUSE_NONE && counter_check_says_less(&nic->counter_check))
        cause = DAQS_CAUSE_SAYS_LESS;
    bool tampers = found->state == DAQS_NIC_OK && cause != DAQS_CAUSE_NONE;
    uint8_t state = tampers ? (uint8_t)DAQS_NIC_TAMPERED : found->state;
    if (daqs_nic_in_grace(found->state))
        state = grace_state(&guest->grace, found->state, now_ms);
    return agent_set_state(agent, guest, nic, state, tampers ? (uint8_t)cause : found->cause,
                           job->error.text, now_ms);
}

/* Stores the MTU. If it could not be read, the last one is kept: it is most likely unchanged. */
static void take_mtu(struct agent *agent, const struct guest_job *job,
                     const struct guest_job_nic *found, struct guest_nic *nic, int64_t now_ms)
{
    if (!job->asked_mtus || found->mtu == 0 || found->mtu == nic->mtu)
        return;
    nic->mtu = found->mtu;
    if (agent->mtus_report_ms == 0)
        agent->mtus_report_ms = now_ms + MTUS_REPORT_MS;
}

/* Sets where the counters of a nic come from. If the nic is identified only by counters that
 * advance with its VF's, the VF's counters are used: the guest could report the same for another
 * interface. Its own counters are only compared with the limit. */
static void take_source(const struct guest_job_nic *found, struct guest_nic *nic)
{
    if (nic->by_moves && !found->by_moves)
        counters_forget(&nic->counters);
    nic->by_moves = found->by_moves;
    nic->uncounted = !found->has_reading || found->by_moves;
}

static void take_nic(struct agent *agent, const struct guest *guest, const struct guest_job *job,
                     const struct guest_job_nic *found, struct guest_nic *nic, int64_t now_ms)
{
    bool limit_changed = nic->tc.limit != found->tc.limit;
    bool changed = judge(agent, guest, job, found, nic, now_ms);
    if (changed && nic->reading.cause == DAQS_CAUSE_SAYS_LESS &&
        daqs_log_allowed(&agent->budget, now_ms))
        log_less(guest, nic);
    if (found->removed && daqs_log_allowed(&agent->budget, now_ms))
        log_removed(guest, nic);
    if (found->has_reading) {
        counter_check_guest(&nic->counter_check, &found->reading);
        struct daqs_sample sample = counters_update(&nic->counters, &found->reading);
        counters_add(&nic->reading.sample, &sample);
        shaper_note(&nic->shaper, &sample, nic->mtu);
    }
    if (job->read_counters && job->result == DAQS_OK)
        take_source(found, nic);
    take_mtu(agent, job, found, nic, now_ms);
    memcpy(nic->ifname, found->ifname, sizeof nic->ifname);
    nic->loosest = loosest_of(nic, found);
    nic->tc = found->tc;
    agent->count.limits_set += limit_changed && found->state == DAQS_NIC_OK;
    agent->count.limits_removed += found->removed;
    nic->reported &= !limit_changed;
}

/* Processes the results of a visit. The guest's nics may have changed while the job ran, so results
 * are matched by MAC address and uplink. */
static void take_results(struct agent *agent, struct guest *guest, const struct guest_job *job,
                         int64_t now_ms)
{
    if (guest->nics_listed && job->read_counters && job->result == DAQS_OK)
        agent_place_listed_nics(agent, guest, job, now_ms);
    if (job->asked_mtus)
        mtu_asked(&guest->mtu, now_ms, random_number());
    for (size_t i = 0; i < job->nics; i++) {
        const struct guest_job_nic *found = &job->nic[i];
        struct guest_nic *nic = guests_find_nic(guest, &found->mac, found->uplink);
        if (!nic)
            continue;
        if (strcmp(found->ifname, nic->ifname) != 0)
            mtu_doubt(&guest->mtu);
        take_nic(agent, guest, job, found, nic, now_ms);
    }
}

/* Returns true if every nic that can be limited has the wanted limit. */
static bool all_in_force(const struct agent *agent, int64_t now_ms)
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            if (nic->commanded && nic->reading.state == DAQS_NIC_OK &&
                nic->tc.limit != tc_round(nic_limit_in_guest(agent->pfs, nic)))
                return false;
            if (nic->commanded && !nic_limit_converged(agent->pfs, nic, now_ms))
                return false;
        }
    }
    return true;
}

void agent_check_converged(struct agent *agent, int64_t now_ms)
{
    if ((!orders_pending(agent->orders) && !local_control_pending(agent->local)) ||
        !all_in_force(agent, now_ms))
        return;
    orders_in_force(agent->orders, now_ms);
    local_control_in_force(agent->local, now_ms);
}

/* Processes the results of a visit that was not a socket check. */
static void take_visit(struct agent *agent, struct guest *guest, const struct guest_job *job,
                       int64_t now_ms)
{
    if (job->read_counters && job->tick == agent->tick && agent->awaited > 0)
        agent->awaited--;
    bool answered = job->result == DAQS_OK && job->job.ran;
    bool well = answered && !job->slow;
    bool paused = job->job.ran && guest_fault_pauses(job->result);
    if (answered && job->read_counters)
        buckets_add(&agent->qga, job->took_us);
    agent->count.polls += job->job.ran && job->read_counters;
    agent->count.polls_failed += job->job.ran && job->read_counters && !answered && !paused;
    agent->count.execs_failed += job->execs_failed;
    if (job->job.ran)
        grace_note(&guest->grace, paused, guest->poll.begun_ms);
    if (paused)
        poll_plan_paused(&guest->poll, now_ms, job->result == DAQS_EBUSY);
    else
        poll_plan_ended(&guest->poll, now_ms, well, well ? 0 : random_number());
    if (job->job.ran && !answered && guest->poll.failures == 1 && guest->nics == 0 &&
        daqs_log_allowed(&agent->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "guest %s does not answer: %s", guest->name, job->error.text);
    if (guest->leaving)
        agent_drop_guest(agent, guest);
    else if (job->job.ran && !guest->restarted)
        take_results(agent, guest, job, now_ms);
    else
        guest->restarted = false;
}

void agent_reap_jobs(struct agent *agent, int64_t now_ms)
{
    struct daqs_job *done;
    while ((done = daqs_pool_reap(agent->pool))) {
        struct guest_job *job = (struct guest_job *)done;
        struct guest *guest = guests_by_id(&agent->guests, job->guest_id);
        if (guest && job->held_us > 0)
            poll_plan_held(&guest->poll, job->held_us / 1000, now_ms);
        job->held_us = 0;
        if (guest && job->looks)
            agent_take_look(agent, guest, job, now_ms);
        else if (guest) /* always true: guests stay while they are busy */
            take_visit(agent, guest, job, now_ms);
    }
    agent_check_converged(agent, now_ms);
    if (!agent->stopping)
        agent_start_urgent(agent, now_ms);
}
