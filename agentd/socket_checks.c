/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/socket_checks.h"

#include <stdlib.h>

/* In the worst case, each check occupies a thread for two seconds that other visits could use. */
enum { CHECKS_AT_ONCE = 8 };

struct socket_checks {
    struct socket_checks_setup given;
    size_t next; /* the guest to consider first for the next check */
};

struct socket_checks *socket_checks_new(const struct socket_checks_setup *setup)
{
    struct socket_checks *c = calloc(1, sizeof *c);
    if (c)
        c->given = *setup;
    return c;
}

void socket_checks_free(struct socket_checks *c)
{
    free(c);
}

void socket_checks_note(const struct socket_checks *c, struct guest *guest, struct guest_nic *nic,
                        const struct daqs_sample *sample)
{
    const struct daqs_nic_setting *setting = inventory_setting(c->given.inventory, nic);
    unsent_note(&nic->unsent, &guest->looks, sample, nic->mtu, setting ? setting->min : 0);
}

/* Returns true if the guest's sockets are to be checked now. A guest that hardly answers is left
 * out, because it would occupy a thread that another guest needs. */
static bool is_due(const struct guest *guest, int64_t now_ms)
{
    if (guest->poll.busy || guest->poll.failures > 0 || guest->grace.on || guest->urgent ||
        guest->leaving || now_ms < guest->looks.next_ms)
        return false;
    for (size_t i = 0; i < guest->nics; i++)
        if (guest->nic[i].unsent.suspect)
            return true;
    return false;
}

bool socket_checks_due(const struct socket_checks *c, int64_t now_ms)
{
    for (size_t i = 0; i < c->given.guests->count; i++)
        if (is_due(c->given.guests->guest[i], now_ms))
            return true;
    return false;
}

/* Returns false if no thread could be had. */
static bool start_check(const struct socket_checks *c, struct guest *guest, int64_t now_ms)
{
    struct guest_job *job = guest->work;
    job->looks = true;
    job->job.lane = poll_plan_lane(&guest->poll, DAQS_JOB_NORMAL);
    job->nics = guest->nics;
    for (size_t i = 0; i < guest->nics; i++)
        job->nic[i].mac = guest->nic[i].mac;
    if (daqs_pool_submit(c->given.pool, &job->job) != DAQS_OK)
        return false;
    poll_plan_visited(&guest->poll, now_ms);
    return true;
}

unsigned socket_checks_running(const struct socket_checks *c)
{
    unsigned running = 0;
    for (size_t i = 0; i < c->given.guests->count; i++) {
        const struct guest *guest = c->given.guests->guest[i];
        const struct guest_job *job = guest->work;
        running += guest->poll.busy && job->looks;
    }
    return running;
}

void socket_checks_start(struct socket_checks *c, int64_t now_ms)
{
    size_t count = c->given.guests->count;
    unsigned running = socket_checks_running(c);
    for (size_t n = 0; n < count && running < CHECKS_AT_ONCE; n++) {
        struct guest *guest = c->given.guests->guest[c->next++ % count];
        if (is_due(guest, now_ms))
            running += start_check(c, guest, now_ms);
    }
}

/* Returns what the check found for this nic; NULL if nothing. Nics may have appeared, disappeared
 * or changed their order meanwhile, so results are matched by MAC address. */
static const struct unsent_sum *sum_of(const struct guest_job *job, const struct guest_nic *nic)
{
    for (size_t i = 0; i < job->nics && job->looked == UNSENT_SEEN; i++)
        if (daqs_mac_equal(&job->nic[i].mac, &nic->mac))
            return &job->unsent[i];
    return NULL;
}

static void take_nics(struct guest *guest, const struct guest_job *job, int64_t now_ms)
{
    bool waiting = false;
    for (size_t i = 0; i < guest->nics; i++) {
        const struct unsent_sum *sum = sum_of(job, &guest->nic[i]);
        waiting |= guest->nic[i].unsent.suspect && sum && unsent_waiting(sum);
    }
    unsent_plan_looked(&guest->looks, job->looked, waiting, now_ms);
    for (size_t i = 0; i < guest->nics; i++)
        if (guest->nic[i].unsent.suspect)
            unsent_looked(&guest->nic[i].unsent, &guest->looks, sum_of(job, &guest->nic[i]),
                          now_ms);
}

void socket_checks_take(const struct socket_checks *c, struct guest *guest,
                        const struct guest_job *job, int64_t now_ms)
{
    guest->poll.busy = false;
    if (guest->leaving) {
        discovery_drop(c->given.discovery, guest);
        return;
    }
    if (job->job.ran && !guest->restarted) {
        take_nics(guest, job, now_ms);
        if (job->looked == UNSENT_REFUSED && daqs_log_allowed(c->given.budget, now_ms))
            daqs_log(DAQS_LOG_INFO,
                     "guest %s: it is not known whether its sockets hold unsent bytes: %s",
                     guest->name, job->error.text);
    }
    guest->restarted = false;
}
