/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_state.h"
#include "shared/base/cleanup.h"

/* If a guest lists its nics itself, the list changes at most this often: every change is sent to
 * the controller and stored in the database. */
enum { RELIST_MS = 5000 };

/* --- guests that appear and disappear --- */

void agent_drop_guest(struct agent *agent, struct guest *guest)
{
    if (guest->poll.busy) {
        guest->leaving = true;
        agent->guests.generation++;
        return;
    }
    daqs_log(DAQS_LOG_INFO, "guest %s is gone", guest->name);
    guest_job_free(guest->work);
    guests_remove(&agent->guests, guest);
}

static struct guest *add_guest(struct agent *agent, const struct guest_event *event)
{
    struct guest *guest = guests_add(&agent->guests, event->name, event->uuid);
    if (!guest)
        return NULL;
    guest->work = guest_job_new(guest->id, agent->source->open(agent->source, event));
    if (!guest->work) {
        guests_remove(&agent->guests, guest);
        return NULL;
    }
    struct guest_job *job = guest->work;
    job->uplink = agent->config->uplink;
    job->uplinks = agent->config->uplinks;
    guest->nics_listed = agent->config->source == AGENT_SOURCE_SOCKETS;
    daqs_log(DAQS_LOG_INFO, "guest %s found", guest->name);
    return guest;
}

static bool is_loopback(const struct daqs_mac *mac)
{
    static const struct daqs_mac zero;
    return daqs_mac_equal(mac, &zero);
}

/* Returns true if the guest agent gives counters of an interface with this address. It does so for
 * interfaces that have an IP address: for a port of a bridge, for example, it is the bridge that
 * has the same address and the counters. */
static bool is_counted(const struct guest_job *job, const struct daqs_mac *mac)
{
    for (size_t i = 0; i < job->interfaces; i++)
        if (job->interface[i].counted && daqs_mac_equal(&job->interface[i].mac, mac))
            return true;
    return false;
}

/* Returns true if an interface that only the guest reports may be a nic; sets *uplink. An address
 * that the operator lists in full is a nic regardless of the name of the interface. */
static bool may_be_nic(const struct agent *agent, const struct guest *guest,
                       const struct qga_interface *interface, uint32_t *uplink)
{
    const struct agent_config *c = agent->config;
    const struct daqs_mac *mac = &interface->mac;
    *uplink = uplinks_match_inside(c->uplink, c->uplinks, mac, guest->source_nic != NULL);
    if (*uplink == UPLINK_NONE || is_loopback(mac))
        return false;
    return !uplinks_made_inside(interface->name) ||
           uplinks_match_inside(c->uplink, c->uplinks, mac, true) != UPLINK_NONE;
}

/* Returns true if the interface is a nic: it becomes one once the guest agent gives counters for
 * its address, and then stays one. */
static bool is_listed_nic(const struct agent *agent, const struct guest *guest,
                          const struct guest_job *job, const struct qga_interface *interface,
                          uint32_t *uplink)
{
    return may_be_nic(agent, guest, interface, uplink) &&
           (is_counted(job, &interface->mac) || guests_find_nic(guest, &interface->mac, *uplink));
}

static bool lists(const struct guest_job *job, const struct daqs_mac *mac)
{
    for (size_t i = 0; i < job->interfaces; i++)
        if (daqs_mac_equal(&job->interface[i].mac, mac))
            return true;
    return false;
}

/* Returns true if the nics that only the guest reports differ from those of the list before. */
static bool lists_others(const struct agent *agent, const struct guest *guest,
                         const struct guest_job *job)
{
    uint32_t uplink;
    for (size_t i = 0; i < guest->nics; i++)
        if (guest->nic[i].inside && !lists(job, &guest->nic[i].mac))
            return true;
    for (size_t i = 0; i < job->interfaces; i++)
        if (is_listed_nic(agent, guest, job, &job->interface[i], &uplink) &&
            !guests_find_nic(guest, &job->interface[i].mac, uplink))
            return true;
    return false;
}

/* Returns true if all uplinks list addresses: then a guest that has none of them is on no
 * uplink. */
static bool only_lists(const struct agent_config *config)
{
    for (size_t i = 0; i < config->uplinks; i++)
        if (config->uplink[i].nics != UPLINK_NICS_LISTED)
            return false;
    return true;
}

static void log_none(struct agent *agent, struct guest *guest, const struct guest_job *job,
                     int64_t now_ms)
{
    size_t count = 0;
    uint32_t uplink;
    for (size_t i = 0; i < job->interfaces; i++) {
        count += !is_loopback(&job->interface[i].mac);
        if (may_be_nic(agent, guest, &job->interface[i], &uplink))
            return; /* it has no IP address yet */
    }
    if (count == 0 || guest->source_nic || guest->none_said || only_lists(agent->config) ||
        !daqs_log_allowed(&agent->budget, now_ms))
        return;
    guest->none_said = true;
    daqs_log(DAQS_LOG_WARNING,
             "guest %s: which nics its host gave it is not known, and none of its %zu interfaces "
             "is one of an uplink; list their MAC addresses in nics",
             guest->name, count);
}

void agent_place_listed_nics(struct agent *agent, struct guest *guest, const struct guest_job *job,
                             int64_t now_ms)
{
    struct guest_nic_place place[DOMAIN_NICS_MAX + QGA_INTERFACES_MAX];
    if (guest->nics > 0 && now_ms < guest->listed_ms + RELIST_MS)
        return;
    if (guest->source_nic && !lists_others(agent, guest, job))
        return;
    size_t count = nic_places_choose(agent->places, guest, place);
    for (size_t i = 0; i < job->interfaces; i++) {
        uint32_t uplink;
        if (is_listed_nic(agent, guest, job, &job->interface[i], &uplink))
            place[count++] =
                (struct guest_nic_place){.mac = job->interface[i].mac,
                                         .uplink = uplink,
                                         .vf = -1,
                                         .pf = uplink_only_pf(&agent->config->uplink[uplink]),
                                         .inside = true};
    }
    uint64_t before = agent->guests.generation;
    (void)guests_set_nics(&agent->guests, guest, place, count); /* out of memory: as before */
    if (agent->guests.generation != before)
        guest->listed_ms = now_ms;
    if (count == 0)
        log_none(agent, guest, job, now_ms);
}

static void forget_kernel_state(struct guest *guest)
{
    guest->restarted = guest->poll.busy;
    guest->boots++;
    guest->none_said = false;
    mtu_doubt(&guest->mtu);
    guest->looks = (struct unsent_plan){0};
    for (size_t i = 0; i < guest->nics; i++) {
        counters_forget(&guest->nic[i].counters);
        counter_check_forget(&guest->nic[i].counter_check);
        guest->nic[i].unsent = (struct unsent_nic){0};
        guest->nic[i].loosest = DAQS_UNLIMITED;
        guest->nic[i].reported = false;
        guest->nic[i].tc = (struct tc_state){TC_ROOT_UNKNOWN, DAQS_UNLIMITED};
    }
}

void agent_take_events(struct agent *agent)
{
    struct guest_event *event DAQS_AUTO_FREE = malloc(sizeof *event);
    while (event && agent->source->next(agent->source, event)) {
        struct guest *guest = guests_by_name(&agent->guests, event->name);
        if (guest && event->type == GUEST_GONE) {
            agent_drop_guest(agent, guest);
            continue;
        }
        if (event->type == GUEST_GONE)
            continue;
        if (!guest)
            guest = add_guest(agent, event);
        if (!guest)
            continue;
        guest->poll.failures = 0; /* its state changed: ask it at once */
        guest->poll.next_ms = 0;
        if (event->restarted)
            forget_kernel_state(guest);
        if (event->nics_known)
            nic_places_take_source(agent->places, guest, event->nic, event->nics);
        else
            nic_places_forget_source(agent->places, guest);
    }
}
