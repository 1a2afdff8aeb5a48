/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/discovery.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"

/* If a guest lists its nics itself, the list changes at most this often: every change is sent to
 * the controller and stored in the database. */
enum { RELIST_MS = 5000 };

struct discovery {
    struct discovery_setup given;
};

struct discovery *discovery_new(const struct discovery_setup *setup)
{
    struct discovery *d = calloc(1, sizeof *d);
    if (d)
        d->given = *setup;
    return d;
}

void discovery_free(struct discovery *d)
{
    free(d);
}

/* --- guests that appear and disappear --- */

void discovery_drop(struct discovery *d, struct guest *guest)
{
    if (guest->poll.busy) {
        guest->leaving = true;
        d->given.guests->generation++;
        return;
    }
    daqs_log(DAQS_LOG_INFO, "guest %s is gone", guest->name);
    guest_job_free(guest->work);
    guests_remove(d->given.guests, guest);
}

static struct guest *add_guest(struct discovery *d, const struct guest_event *event)
{
    struct guest *guest = guests_add(d->given.guests, event->name, event->uuid);
    if (!guest)
        return NULL;
    guest->work = guest_job_new(guest->id, d->given.source->open(d->given.source, event));
    if (!guest->work) {
        guests_remove(d->given.guests, guest);
        return NULL;
    }
    struct guest_job *job = guest->work;
    job->uplink = d->given.uplink;
    job->uplinks = d->given.uplinks;
    guest->nics_listed = d->given.listed;
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
static bool may_be_nic(const struct discovery *d, const struct guest *guest,
                       const struct qga_interface *interface, uint32_t *uplink)
{
    const struct discovery_setup *c = &d->given;
    const struct daqs_mac *mac = &interface->mac;
    *uplink = uplinks_match_inside(c->uplink, c->uplinks, mac, guest->source_nic != NULL);
    if (*uplink == UPLINK_NONE || is_loopback(mac))
        return false;
    return !uplinks_made_inside(interface->name) ||
           uplinks_match_inside(c->uplink, c->uplinks, mac, true) != UPLINK_NONE;
}

/* Returns true if the interface is a nic: it becomes one once the guest agent gives counters for
 * its address, and then stays one. */
static bool is_listed_nic(const struct discovery *d, const struct guest *guest,
                          const struct guest_job *job, const struct qga_interface *interface,
                          uint32_t *uplink)
{
    return may_be_nic(d, guest, interface, uplink) &&
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
static bool lists_others(const struct discovery *d, const struct guest *guest,
                         const struct guest_job *job)
{
    uint32_t uplink;
    for (size_t i = 0; i < guest->nics; i++)
        if (guest->nic[i].inside && !lists(job, &guest->nic[i].mac))
            return true;
    for (size_t i = 0; i < job->interfaces; i++)
        if (is_listed_nic(d, guest, job, &job->interface[i], &uplink) &&
            !guests_find_nic(guest, &job->interface[i].mac, uplink))
            return true;
    return false;
}

/* Returns true if all uplinks list addresses: then a guest that has none of them is on no
 * uplink. */
static bool only_lists(const struct discovery_setup *config)
{
    for (size_t i = 0; i < config->uplinks; i++)
        if (config->uplink[i].nics != UPLINK_NICS_LISTED)
            return false;
    return true;
}

static void log_none(struct discovery *d, struct guest *guest, const struct guest_job *job,
                     int64_t now_ms)
{
    size_t count = 0;
    uint32_t uplink;
    for (size_t i = 0; i < job->interfaces; i++) {
        count += !is_loopback(&job->interface[i].mac);
        if (may_be_nic(d, guest, &job->interface[i], &uplink))
            return; /* it has no IP address yet */
    }
    if (count == 0 || guest->source_nic || guest->none_said || only_lists(&d->given) ||
        !daqs_log_allowed(d->given.budget, now_ms))
        return;
    guest->none_said = true;
    daqs_log(
        DAQS_LOG_WARNING,
        "guest %s: the nics that its host gave it are not known, and none of its %zu interfaces "
        "is one of an uplink; list their MAC addresses in nics",
        guest->name, count);
}

void discovery_place_listed(struct discovery *d, struct guest *guest, const struct guest_job *job,
                            int64_t now_ms)
{
    struct guest_nic_place place[DOMAIN_NICS_MAX + QGA_INTERFACES_MAX];
    if (guest->nics > 0 && now_ms < guest->listed_ms + RELIST_MS)
        return;
    if (guest->source_nic && !lists_others(d, guest, job))
        return;
    size_t count = nic_places_choose(d->given.places, guest, place);
    for (size_t i = 0; i < job->interfaces; i++) {
        uint32_t uplink;
        if (is_listed_nic(d, guest, job, &job->interface[i], &uplink))
            place[count++] =
                (struct guest_nic_place){.mac = job->interface[i].mac,
                                         .uplink = uplink,
                                         .vf = -1,
                                         .pf = uplink_only_pf(&d->given.uplink[uplink]),
                                         .inside = true};
    }
    uint64_t before = d->given.guests->generation;
    (void)guests_set_nics(d->given.guests, guest, place, count); /* out of memory: as before */
    if (d->given.guests->generation != before)
        guest->listed_ms = now_ms;
    if (count == 0)
        log_none(d, guest, job, now_ms);
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

void discovery_take_events(struct discovery *d)
{
    struct guest_event *event DAQS_AUTO_FREE = malloc(sizeof *event);
    while (event && d->given.source->next(d->given.source, event)) {
        struct guest *guest = guests_by_name(d->given.guests, event->name);
        if (guest && event->type == GUEST_GONE) {
            discovery_drop(d, guest);
            continue;
        }
        if (event->type == GUEST_GONE)
            continue;
        if (!guest)
            guest = add_guest(d, event);
        if (!guest)
            continue;
        guest->poll.failures = 0; /* its state changed: ask it at once */
        guest->poll.next_ms = 0;
        if (event->restarted)
            forget_kernel_state(guest);
        if (event->described)
            (void)guests_describe(d->given.guests, guest,
                                  &event->labels); /* no memory: as before */
        if (event->nics_known)
            nic_places_take_source(d->given.places, guest, event->nic, event->nics);
        else
            nic_places_forget_source(d->given.places, guest);
    }
}
