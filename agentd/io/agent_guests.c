#include <stdlib.h>
#include <string.h>

#include "agentd/io/agent_state.h"
#include "shared/base/cleanup.h"

/* A guest that lists its nics itself may change the list this often: every change is told to the
 * controller and leaves its mark in the database. */
enum { RELIST_MS = 5000 };

/* --- guests come and go --- */

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
    guest->nics_listed = !event->nics_known;
    daqs_log(DAQS_LOG_INFO, "guest %s found", guest->name);
    return guest;
}

static bool is_loopback(const struct daqs_mac *mac)
{
    static const struct daqs_mac zero;
    return daqs_mac_equal(mac, &zero);
}

/* Every port of every bridge in the guest would be one, but for those that have an IP address. */
static bool is_listed_nic(const struct guest *guest, const struct qga_interface *interface,
                          uint32_t uplink)
{
    return uplink != UPLINK_NONE && !is_loopback(&interface->mac) &&
           (interface->counted || guests_find_nic(guest, &interface->mac, uplink));
}

/* For sources that know no nics: those the guest agent lists. */
void agent_place_listed_nics(struct agent *agent, struct guest *guest, const struct guest_job *job,
                             int64_t now_ms)
{
    if (guest->nics > 0 && now_ms < guest->listed_ms + RELIST_MS)
        return;
    struct guest_nic_place place[QGA_INTERFACES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < job->interfaces; i++) {
        const struct daqs_mac *mac = &job->interface[i].mac;
        uint32_t uplink = uplinks_match(agent->config->uplink, agent->config->uplinks, mac, "");
        if (is_listed_nic(guest, &job->interface[i], uplink))
            place[count++] = (struct guest_nic_place){*mac, uplink, -1, {"", false}};
    }
    uint64_t before = agent->guests.generation;
    (void)guests_set_nics(&agent->guests, guest, place, count); /* out of memory: as before */
    if (agent->guests.generation != before)
        guest->listed_ms = now_ms;
}

static void forget_kernel_state(struct guest *guest)
{
    guest->restarted = guest->poll.busy;
    guest->boots++;
    mtu_doubt(&guest->mtu);
    guest->looks = (struct unsent_plan){0};
    for (size_t i = 0; i < guest->nics; i++) {
        counters_forget(&guest->nic[i].counters);
        witness_forget(&guest->nic[i].witness);
        guest->nic[i].unsent = (struct unsent_nic){0};
        guest->nic[i].loosest = DAQS_UNLIMITED;
        guest->nic[i].told = false;
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
        guest->poll.failures = 0; /* something happened to it: worth asking now */
        guest->poll.next_ms = 0;
        if (event->restarted)
            forget_kernel_state(guest);
        if (event->nics_known)
            agent_take_known_nics(agent, guest, event->nic, event->nics);
    }
}
