/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/visit_results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* MTUs are part of the inventory, which is always sent as a whole. Changes within this time are
 * sent together. */
enum { MTUS_REPORT_MS = 1000 };

struct visit_results {
    struct visit_results_setup given;
    int64_t mtus_ms; /* when changed MTUs are to be sent; 0: none changed */
};

struct visit_results *visit_results_new(const struct visit_results_setup *setup)
{
    struct visit_results *r = calloc(1, sizeof *r);
    if (r)
        r->given = *setup;
    return r;
}

void visit_results_free(struct visit_results *r)
{
    free(r);
}

/* --- states --- */

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

bool visit_results_set_state(struct visit_results *r, const struct guest *guest,
                             struct guest_nic *nic, uint8_t state, uint8_t cause, const char *why,
                             int64_t now_ms)
{
    if (nic->reading.state == state && nic->reading.cause == cause)
        return false;
    nic->reading.state = state;
    nic->reading.cause = cause;
    nic->reported = false;
    if (daqs_log_allowed(r->given.budget, now_ms))
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
static bool judge(struct visit_results *r, const struct guest *guest, const struct guest_job *job,
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
    return visit_results_set_state(r, guest, nic, state, tampers ? (uint8_t)cause : found->cause,
                                   job->error.text, now_ms);
}

/* Stores the MTU. If it could not be read, the last one is kept: it is most likely unchanged. */
static void take_mtu(struct visit_results *r, const struct guest_job *job,
                     const struct guest_job_nic *found, struct guest_nic *nic, int64_t now_ms)
{
    if (!job->asked_mtus || found->mtu == 0 || found->mtu == nic->mtu)
        return;
    nic->mtu = found->mtu;
    if (r->mtus_ms == 0)
        r->mtus_ms = now_ms + MTUS_REPORT_MS;
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

static void take_nic(struct visit_results *r, const struct guest *guest,
                     const struct guest_job *job, const struct guest_job_nic *found,
                     struct guest_nic *nic, int64_t now_ms)
{
    bool limit_changed = nic->tc.limit != found->tc.limit;
    bool changed = judge(r, guest, job, found, nic, now_ms);
    if (changed && nic->reading.cause == DAQS_CAUSE_SAYS_LESS &&
        daqs_log_allowed(r->given.budget, now_ms))
        log_less(guest, nic);
    if (found->removed && daqs_log_allowed(r->given.budget, now_ms))
        log_removed(guest, nic);
    if (found->has_reading) {
        counter_check_guest(&nic->counter_check, &found->reading);
        struct daqs_sample sample = counters_update(&nic->counters, &found->reading);
        counters_add(&nic->reading.sample, &sample);
        shaper_note(&nic->shaper, &sample, nic->mtu);
    }
    if (job->read_counters && job->result == DAQS_OK)
        take_source(found, nic);
    take_mtu(r, job, found, nic, now_ms);
    memcpy(nic->ifname, found->ifname, sizeof nic->ifname);
    nic->loosest = loosest_of(nic, found);
    nic->tc = found->tc;
    r->given.count->limits_set += limit_changed && found->state == DAQS_NIC_OK;
    r->given.count->limits_removed += found->removed;
    nic->reported &= !limit_changed;
}

/* The guest's nics may have changed while the job ran, so results are matched by MAC address and
 * uplink. */
void visit_results_take(struct visit_results *r, struct guest *guest, const struct guest_job *job,
                        uint32_t random, int64_t now_ms)
{
    if (guest->nics_listed && job->read_counters && job->result == DAQS_OK)
        discovery_place_listed(r->given.discovery, guest, job, now_ms);
    if (job->asked_mtus)
        mtu_asked(&guest->mtu, now_ms, random);
    for (size_t i = 0; i < job->nics; i++) {
        const struct guest_job_nic *found = &job->nic[i];
        struct guest_nic *nic = guests_find_nic(guest, &found->mac, found->uplink);
        if (!nic)
            continue;
        if (strcmp(found->ifname, nic->ifname) != 0)
            mtu_doubt(&guest->mtu);
        take_nic(r, guest, job, found, nic, now_ms);
    }
}

void visit_results_report_mtus(struct visit_results *r, int64_t now_ms)
{
    if (r->mtus_ms == 0 || now_ms < r->mtus_ms)
        return;
    r->mtus_ms = 0;
    r->given.guests->generation++;
}
