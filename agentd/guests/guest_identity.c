/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/guest_identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/interface_counters.h"
#include "agentd/core/placing.h"
#include "agentd/guests/guest_exec.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

enum {
    QUESTION_MS = 1000,     /* timeout of a command that reads a few files */
    AGAIN_MS = 60000,       /* retry if the facts that distinguish interfaces could not be read */
    COUNT_AGAIN_MS = 10000, /* retry if their counters could not be read */
    LIMITED_MS = 1000,      /* between readings of counters that are only compared with a limit */
    CHANGED_MS = 5000,      /* between questions: a guest may keep changing its interfaces */
};

/* Runs the command. Returns its status and output, to be freed by the caller; NULL if the command
 * could not be run or printed more than is read. */
static struct qga_exec_status *ask(struct guest_job *job, const struct guest_sysfs *question)
{
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(GUEST_SYSFS_OUTPUT_MAX);
    if (!status || question->files == 0 || daqs_now_us() + QUESTION_MS * 1000 > job->deadline_us ||
        guest_exec(job->channel, question->argv, "", QUESTION_MS, status, NULL) != DAQS_OK ||
        qga_output_cut(status))
        return NULL;
    return DAQS_TAKE(status);
}

/* --- identifying the nics' interfaces --- */

static bool is_wanted(const void *arg, const struct daqs_mac *mac)
{
    const struct guest_job *job = arg;
    for (size_t i = 0; i < job->nics; i++)
        if (daqs_mac_equal(&job->nic[i].mac, mac))
            return true;
    return uplinks_match_inside(job->uplink, job->uplinks, mac, job->host_reported) != UPLINK_NONE;
}

static void list_nics(const struct guest_job *job, struct identity_nic *ret)
{
    for (size_t i = 0; i < job->nics; i++)
        ret[i] = (struct identity_nic){.mac = job->nic[i].mac, .slot = job->nic[i].slot};
}

/* Finds the interface of each nic. A nic whose VF has no address could be any of them and gets
 * IDENTITY_NONE. Returns true if a nic stays open. */
static bool resolve(struct guest_job *job, const struct identity_nic *nic,
                    const struct identity_facts *facts)
{
    bool open = identity_resolve(nic, job->nics, job->interface, job->interfaces, facts,
                                 job->identity.place);
    for (size_t i = 0; i < job->nics; i++)
        if (placing_is_number(&nic[i].mac))
            job->identity.place[i] = IDENTITY_NONE;
    return open;
}

static void resolve_by_all(struct guest_job *job, struct identity_nic *nic)
{
    for (size_t i = 0; i < job->nics; i++)
        nic[i].moves_with = identity_moves_with(&job->identity.moves, i, &nic[i].mac);
    (void)resolve(job, nic, &job->identity.facts);
}

/* Returns true if the guest is to be asked for facts. Facts from an earlier boot are dropped. If
 * the list has changed, the facts are used until they can be requested again, because most names
 * stay the same. */
static bool is_due(struct guest_identity *identity, uint64_t key, unsigned boots, int64_t now_ms)
{
    if (identity->boots != boots)
        identity->facts.count = 0;
    if (identity->boots != boots || identity->key != key)
        identity_moves_forget(&identity->moves, identity->boots != boots);
    identity->asked &= identity->key == key && identity->boots == boots;
    identity->key = key;
    identity->boots = boots;
    if (identity->asked && identity->facts.count > 0)
        return false;
    return identity->asked_ms == 0 ||
           now_ms >= identity->asked_ms + (identity->asked ? AGAIN_MS : CHANGED_MS);
}

/* Lists the VFs of the nics that stay open unless counters identify them. */
static void list_vfs(const struct guest_job *job, struct moves_vf *ret)
{
    for (size_t i = 0; i < job->nics; i++) {
        ret[i] = job->nic[i].vf;
        ret[i].mac = job->nic[i].mac;
        ret[i].known &= job->identity.place[i] == IDENTITY_OPEN && !placing_is_number(&ret[i].mac);
    }
}

/* Returns true if counters are to be compared in this visit; false until the guest was asked for
 * the facts that distinguish its interfaces. */
static bool comparison_is_due(struct guest_job *job, const struct identity_nic *nic)
{
    struct guest_identity *identity = &job->identity;
    struct moves_vf vf[GUEST_NICS_MAX];
    size_t candidates = 0;
    if (identity->due || !identity->asked)
        return false;
    identity_candidates(nic, job->nics, job->interface, job->interfaces, &identity->facts,
                        identity->place, identity->candidate);
    for (size_t i = 0; i < job->interfaces; i++)
        candidates += identity->candidate[i];
    list_vfs(job, vf);
    return candidates > 0 && candidates <= MOVES_INTERFACES_MAX &&
           identity_moves_due(&identity->moves, vf, job->nics, daqs_now_us());
}

int guest_list_interfaces(struct guest_job *job, const char *reply)
{
    struct identity_nic nic[GUEST_NICS_MAX];
    struct guest_identity *identity = &job->identity;
    static const struct identity_facts nothing;
    int result = qga_parse_interfaces(reply, strlen(reply), is_wanted, job, job->interface,
                                      &job->interfaces, &job->error);
    if (result != DAQS_OK)
        return result;
    list_nics(job, nic);
    if (!resolve(job, nic, &nothing)) {
        identity_moves_forget(&identity->moves, false);
        return DAQS_OK;
    }
    uint64_t key = identity_key(nic, job->nics, job->interface, job->interfaces);
    identity->due = is_due(identity, key, job->boots, daqs_now_us() / 1000);
    identity->compare = comparison_is_due(job, nic);
    resolve_by_all(job, nic);
    return DAQS_OK;
}

void guest_forget_interfaces(struct guest_job *job)
{
    job->identity.asked = false;
    job->identity.facts.count = 0;
    identity_moves_forget(&job->identity.moves, false);
}

void guest_identify(struct guest_job *job)
{
    struct identity_nic nic[GUEST_NICS_MAX];
    struct guest_identity *identity = &job->identity;
    struct guest_sysfs *question DAQS_AUTO_FREE = calloc(1, sizeof *question);
    identity->due = false;
    if (!question)
        return;
    list_nics(job, nic);
    identity_ask(question, nic, job->nics, job->interface, job->interfaces);
    struct qga_exec_status *status DAQS_AUTO_FREE = ask(job, question);
    identity->asked = true;
    identity->asked_ms = daqs_now_us() / 1000;
    identity_facts_parse(status ? status->out : "", &identity->facts);
    if (identity->facts.count > 0)
        identity_moves_forget(&identity->moves, false); /* the candidates may be others now */
    resolve_by_all(job, nic);
}

/* --- counters --- */

/* Checks whether the limit may have been removed: if it is exceeded, tc's state is read again. It
 * is certainly gone if the counters started again: the guest was rebooted, or its driver was
 * reloaded. */
static void doubt_limit(struct guest_job_nic *nic)
{
    struct counters counters = nic->counters;
    const struct daqs_sample sample = counters_update(&counters, &nic->reading);
    nic->exceeds = compliance_exceeds(&sample, nic->loosest);
    nic->look |= nic->exceeds || (nic->counters.known && sample.interval_us == 0);
}

void guest_take_reading(struct guest_job_nic *nic, const struct counters_reading *reading)
{
    nic->has_reading = true;
    nic->reading = *reading;
    doubt_limit(nic);
}

static bool is_limited(const struct guest_job_nic *nic)
{
    return nic->tc.limit != DAQS_UNLIMITED || (nic->commanded && nic->wanted != DAQS_UNLIMITED);
}

static bool is_missing(const struct guest_job *job, size_t i)
{
    const struct guest_job_nic *nic = &job->nic[i];
    if (job->identity.place[i] < 0 || nic->has_reading)
        return false;
    return !nic->vf_counts ||
           (nic->by_moves && is_limited(nic) && daqs_now_us() / 1000 >= job->identity.limited_ms);
}

bool guest_counts_due(const struct guest_job *job)
{
    for (size_t i = 0; i < job->nics && job->read_counters; i++)
        if (is_missing(job, i) && daqs_now_us() / 1000 >= job->identity.count_ms)
            return true;
    return false;
}

/* Returns true if any counters were read. */
static bool read_counters(struct guest_job *job)
{
    struct guest_sysfs *question DAQS_AUTO_FREE = calloc(1, sizeof *question);
    if (!question)
        return false;
    interface_counters_begin(question);
    for (size_t i = 0; i < job->nics; i++)
        if (is_missing(job, i))
            interface_counters_add(question, job->nic[i].ifname);
    int64_t from_us = daqs_now_us();
    struct qga_exec_status *status DAQS_AUTO_FREE = ask(job, question);
    int64_t at_us = from_us + (daqs_now_us() - from_us) / 2;
    bool some = false;
    for (size_t i = 0; i < job->nics && status; i++) {
        struct counters_reading reading = {.at_us = at_us};
        if (!is_missing(job, i) ||
            !interface_counters_parse(status->out, job->nic[i].ifname, &reading))
            continue;
        guest_take_reading(&job->nic[i], &reading);
        some = true;
    }
    return some;
}

static void count(struct guest_job *job)
{
    int64_t now_ms = daqs_now_us() / 1000;
    if (!read_counters(job))
        job->identity.count_ms = now_ms + COUNT_AGAIN_MS;
    if (now_ms >= job->identity.limited_ms)
        job->identity.limited_ms = now_ms + LIMITED_MS;
}

void guest_count(struct guest_job *job)
{
    if (guest_counts_due(job))
        count(job);
    for (size_t i = 0; i < job->nics; i++) {
        struct guest_job_nic *nic = &job->nic[i];
        if (nic->vf_counts || !is_missing(job, i) || nic->state == DAQS_NIC_UNRESPONSIVE)
            continue;
        nic->state = DAQS_NIC_UNMANAGED;
        nic->cause = DAQS_CAUSE_NO_COUNTERS;
    }
}

/* --- interfaces whose counters advance with a VF's --- */

static void take_printed(const char *printed, int64_t at_us, struct moves_interface *ret)
{
    struct counters_reading reading;
    if (ret->known || !interface_counters_parse(printed, ret->ifname, &reading))
        return;
    ret->known = true;
    ret->at_us = at_us;
    ret->tx_bytes = reading.tx_bytes;
}

static size_t list_candidates(const struct guest_job *job, struct moves_interface *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < job->interfaces && count < MOVES_INTERFACES_MAX; i++) {
        const struct qga_interface *from = &job->interface[i];
        struct moves_interface *to = &ret[count];
        if (!job->identity.candidate[i])
            continue;
        bool usable = daqs_ifname_ok(from->name);
        *to = (struct moves_interface){.known = usable && from->counted,
                                       .at_us = job->identity.listed_us,
                                       .tx_bytes = from->tx_bytes};
        (void)snprintf(to->ifname, sizeof to->ifname, "%.15s", usable ? from->name : "");
        count++;
    }
    return count;
}

/* Reads the counters of those interfaces for which the list had none. */
static void read_candidates(struct guest_job *job, struct moves_interface *interface, size_t count)
{
    struct guest_sysfs *question DAQS_AUTO_FREE = calloc(1, sizeof *question);
    if (!question)
        return;
    interface_counters_begin(question);
    for (size_t i = 0; i < count; i++)
        if (!interface[i].known)
            interface_counters_add(question, interface[i].ifname);
    int64_t from_us = daqs_now_us();
    struct qga_exec_status *status DAQS_AUTO_FREE = ask(job, question);
    int64_t at_us = from_us + (daqs_now_us() - from_us) / 2;
    for (size_t i = 0; i < count && status; i++)
        take_printed(status->out, at_us, &interface[i]);
}

void guest_compare_counters(struct guest_job *job)
{
    struct identity_nic nic[GUEST_NICS_MAX];
    struct moves_vf vf[GUEST_NICS_MAX];
    struct moves_interface found[MOVES_INTERFACES_MAX];
    size_t count = list_candidates(job, found);
    read_candidates(job, found, count);
    list_nics(job, nic);
    (void)resolve(job, nic, &job->identity.facts);
    list_vfs(job, vf);
    identity_moves_take(&job->identity.moves, vf, job->nics, found, count, daqs_now_us());
    resolve_by_all(job, nic);
}
