/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/guest_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/guest_fault.h"
#include "agentd/core/mtu.h"
#include "agentd/core/placing.h"
#include "agentd/core/qga_error.h"
#include "agentd/guests/guest_exec.h"
#include "agentd/guests/guest_identity.h"
#include "agentd/guests/guest_look.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* A healthy guest answers within 2 ms and runs tc in 5 ms. A guest whose processors are busy on the
 * host may need seconds. Waiting is better than giving up: only its own visit is delayed. libvirt's
 * timeouts are whole seconds. */
enum { ANSWER_MS = 2000, TC_MS = 5000, MTU_MS = 1000 };

/* A guest that delays all its answers occupies its thread for VISIT_MS at most. If it needs more
 * than SLOW_MS, it is treated like one that does not answer. */
enum { VISIT_MS = 6000, SLOW_MS = 2000 };

static bool is_unidentified(const struct guest_job_nic *nic)
{
    return nic->state == DAQS_NIC_UNMANAGED &&
           (nic->cause == DAQS_CAUSE_AMBIGUOUS || nic->cause == DAQS_CAUSE_NO_ADDRESS);
}

static bool is_uncounted(const struct guest_job_nic *nic)
{
    return nic->state == DAQS_NIC_UNMANAGED && nic->cause == DAQS_CAUSE_NO_COUNTERS;
}

static void set_state(struct guest_job_nic *nic, enum daqs_nic_state state,
                      enum daqs_nic_cause cause)
{
    nic->state = (uint8_t)state;
    nic->cause = (uint8_t)cause;
}

static void take_interface(struct guest_job *job, struct guest_job_nic *nic, int place)
{
    if (placing_is_number(&nic->mac)) {
        set_state(nic, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NO_ADDRESS);
        return;
    }
    if (place == IDENTITY_NONE) {
        set_state(nic, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_NO_NIC);
        return;
    }
    if (place == IDENTITY_OPEN) {
        set_state(nic, DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
        return;
    }
    const struct qga_interface *found = &job->interface[place];
    /* If no limit could be set, and it is not tried now, that state stays. */
    if (nic->tend || nic->state != DAQS_NIC_UNMANAGED || is_unidentified(nic) || is_uncounted(nic))
        set_state(nic, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    if (found->counted)
        guest_take_reading(nic, &(struct counters_reading){job->identity.listed_us, found->tx_bytes,
                                                           found->rx_bytes, found->tx_packets,
                                                           found->rx_packets});
    if (strcmp(nic->ifname, found->name) != 0) {
        /* New or renamed: the known state of tc belongs to another interface. */
        nic->tc = (struct tc_state){TC_ROOT_UNKNOWN, DAQS_UNLIMITED};
        (void)snprintf(nic->ifname, sizeof nic->ifname, "%.15s",
                       daqs_ifname_ok(found->name) ? found->name : "");
    }
}

static void take_interfaces(struct guest_job *job)
{
    const struct guest_identity *identity = &job->identity;
    for (size_t i = 0; i < job->nics; i++) {
        take_interface(job, &job->nic[i], identity->place[i]);
        job->nic[i].by_moves = identity->place[i] >= 0 &&
                               *identity_moves_with(&identity->moves, i, &job->nic[i].mac) != '\0';
    }
}

static int take_reply(struct guest_job *job, const char *reply, int64_t at_us)
{
    job->took_us = at_us - job->asked_us;
    /* The agent read the counters at some time between the request and the answer. If the call took
     * longer than ANSWER_MS, libvirt served another client first, and the agent read them within
     * the last ANSWER_MS. The middle halves the largest error. */
    int64_t most_us = ANSWER_MS * INT64_C(1000);
    job->identity.listed_us = at_us - (job->took_us < most_us ? job->took_us : most_us) / 2;
    int result = guest_list_interfaces(job, reply);
    if (result == DAQS_OK)
        take_interfaces(job);
    return result;
}

static int read_interfaces(struct guest_job *job)
{
    char *reply DAQS_AUTO_FREE = NULL;
    int result =
        job->channel->call(job->channel, QGA_GET_INTERFACES, ANSWER_MS, &reply, &job->error);
    return result == DAQS_OK ? take_reply(job, reply, daqs_now_us()) : result;
}

/* Finds out whether a refusal without a reason is due to frozen file systems. */
static int request_freeze_status(struct guest_job *job)
{
    bool frozen = false;
    char *reply DAQS_AUTO_FREE = NULL;
    struct daqs_error ignored = {0};
    int result = job->channel->call(job->channel, QGA_FREEZE_STATUS, ANSWER_MS, &reply, &ignored);
    if (result == DAQS_OK)
        result = qga_parse_frozen(reply, strlen(reply), &frozen, &ignored);
    if (result == DAQS_EBUSY)
        return result;
    return result == DAQS_OK && frozen ? DAQS_EFROZEN : DAQS_EREFUSED;
}

static int exec_tc(struct guest_job *job, unsigned place, const char *batch,
                   struct qga_exec_status *status, struct daqs_error *err)
{
    char path[GUEST_PATH_BYTES];
    const char *const argv[] = {guest_path(place, "tc", path), "-batch", "-", NULL};
    int64_t left_ms = (job->deadline_us - daqs_now_us()) / 1000;
    if (left_ms <= 0)
        return daqs_fail(err, DAQS_ETIMEOUT, "the guest did not answer in time");
    int result = guest_exec(job->channel, argv, batch, (int)(left_ms < TC_MS ? left_ms : TC_MS),
                            status, err);
    if (result == DAQS_EREFUSED && qga_error_unclear(err->text))
        return request_freeze_status(job);
    return result;
}

/* Tries tc where it was found last, then elsewhere, until one executes the batch or reports why
 * that is not possible. */
static enum daqs_nic_cause find_tc(struct guest_job *job, const char *batch,
                                   struct qga_exec_status *status, struct tc_state *ret)
{
    enum daqs_nic_cause cause = DAQS_CAUSE_NO_TC;
    struct daqs_error first = {0};
    for (unsigned n = 0; n < GUEST_PLACES; n++) {
        unsigned place = (job->tc_place + n) % GUEST_PLACES;
        struct daqs_error err = {0};
        int result = exec_tc(job, place, batch, status, &err);
        const struct tc_end end = {result, err.text, status->exit_code, status->out, status->err};
        enum daqs_nic_cause found = guest_fault_of_tc(&end, batch, ret);
        if (result == DAQS_OK && found != DAQS_CAUSE_NONE)
            daqs_fail(&err, DAQS_EGUEST, "tc in the guest: %.200s",
                      *status->err ? status->err : status->out);
        if (!guest_fault_of_program(found, &end, batch)) {
            job->tc_place = place;
            if (found != DAQS_CAUSE_NONE)
                job->error = err;
            return found;
        }
        if (n == 0 || guest_fault_clearer(cause, found) != cause)
            first = err;
        cause = guest_fault_clearer(cause, found);
    }
    job->error = first;
    return cause;
}

/* Sets the nic's state after tc failed. A single command that the guest agent did not answer does
 * not change the state. */
static void take_fault(struct guest_job *job, struct guest_job_nic *nic, enum daqs_nic_cause cause)
{
    bool passes = guest_fault_passes(cause);
    nic->tc.root = TC_ROOT_UNKNOWN; /* as far as is known, the limit is unchanged */
    bool stays = passes && !nic->doubted && nic->state != DAQS_NIC_UNMANAGED;
    set_state(nic, stays ? DAQS_NIC_OK : DAQS_NIC_UNMANAGED, cause);
    if (passes)
        job->silent = cause;
    if (cause == DAQS_CAUSE_FROZEN || cause == DAQS_CAUSE_BUSY)
        job->result = cause == DAQS_CAUSE_FROZEN ? DAQS_EFROZEN : DAQS_EBUSY;
}

/* Runs tc with a batch and parses the state that it prints. Returns false on failure, with the
 * reason in *nic. */
static bool run_tc(struct guest_job *job, struct guest_job_nic *nic, const char *batch)
{
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(QGA_OUTPUT_MAX);
    enum daqs_nic_cause cause =
        status ? find_tc(job, batch, status, &nic->tc) : DAQS_CAUSE_BAD_REPLY;
    job->execs_failed += cause != DAQS_CAUSE_NONE;
    if (cause != DAQS_CAUSE_NONE) {
        take_fault(job, nic, cause);
        return false;
    }
    set_state(nic, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    return true;
}

/* Returns true if the guest removed or changed the limit. After a failed change the root is
 * unknown, because the class may have either limit. */
static bool was_removed(const struct guest_job_nic *nic, const struct tc_state *before)
{
    bool gone = nic->tc.root != TC_ROOT_OURS;
    bool changed = before->root == TC_ROOT_OURS && nic->tc.limit != before->limit;
    bool due = nic->commanded && nic->wanted != DAQS_UNLIMITED;
    return before->limit != DAQS_UNLIMITED && due && (gone || changed);
}

/* Reads tc's state. This and set_limit return false if tc could not be run or failed, with the
 * reason in *nic. */
static bool probe(struct guest_job *job, struct guest_job_nic *nic)
{
    char batch[TC_BATCH_BYTES];
    const struct tc_state before = nic->tc;
    tc_plan_probe(nic->ifname, batch);
    if (!run_tc(job, nic, batch))
        return false;
    nic->removed |= was_removed(nic, &before);
    return true;
}

static bool set_limit(struct guest_job *job, struct guest_job_nic *nic)
{
    char batch[TC_BATCH_BYTES];
    if (!nic->commanded || !tc_plan_change(nic->ifname, &nic->tc, nic->wanted, batch))
        return true;
    return run_tc(job, nic, batch);
}

/* Returns true if the agent's qdisc may have been removed since tc's state was read: then it is
 * worth reading it again. */
static bool may_be_gone(const struct guest_job_nic *nic, enum tc_root believed)
{
    return believed == TC_ROOT_OURS && nic->state == DAQS_NIC_UNMANAGED &&
           nic->cause == DAQS_CAUSE_TC_FAILED;
}

/* Returns true if maintaining the nic's limit needs commands in the guest. */
static bool takes_commands(const struct guest_job_nic *nic)
{
    char batch[TC_BATCH_BYTES];
    if (!nic->tend || nic->ifname[0] == '\0' || nic->state == DAQS_NIC_UNRESPONSIVE ||
        is_unidentified(nic))
        return false;
    return nic->look || nic->tc.root == TC_ROOT_UNKNOWN ||
           (nic->commanded && tc_plan_change(nic->ifname, &nic->tc, nic->wanted, batch));
}

static void look_after_limit(struct guest_job *job, struct guest_job_nic *nic)
{
    if (nic->state == DAQS_NIC_UNRESPONSIVE || is_unidentified(nic))
        return;
    if (nic->ifname[0] == '\0' && !job->read_counters)
        return; /* the interfaces have not been listed yet */
    if (nic->ifname[0] == '\0') {
        set_state(nic, DAQS_NIC_UNMANAGED, DAQS_CAUSE_BAD_NAME);
        return;
    }
    if (job->silent != DAQS_CAUSE_NONE && takes_commands(nic)) {
        take_fault(job, nic, job->silent); /* it would only time out again */
        return;
    }
    if ((nic->look || nic->tc.root == TC_ROOT_UNKNOWN) && !probe(job, nic))
        return;
    enum tc_root believed = nic->tc.root;
    if (!set_limit(job, nic)) {
        if (!may_be_gone(nic, believed))
            return;
        job->error = (struct daqs_error){0};
        if (!probe(job, nic) || !set_limit(job, nic))
            return;
    }
    if (nic->commanded && nic->tc.root != TC_ROOT_TENANT &&
        nic->tc.limit != tc_round(nic->wanted)) {
        set_state(nic, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NOT_APPLIED);
    }
    if (nic->tc.root == TC_ROOT_TENANT) {
        set_state(nic, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
    }
}

/* Reads the MTUs. This works wherever tc does; if it fails, they are not known. */
static void read_mtus(struct guest_job *job)
{
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(QGA_OUTPUT_MAX);
    struct guest_sysfs *command DAQS_AUTO_FREE = calloc(1, sizeof *command);
    if (!status || !command || daqs_now_us() + MTU_MS * 1000 > job->deadline_us)
        return;
    mtu_begin(command);
    for (size_t i = 0; i < job->nics; i++)
        if (job->nic[i].tc.root != TC_ROOT_UNKNOWN)
            mtu_add(command, job->nic[i].ifname);
    job->asked_mtus = true;
    if (command->files == 0 ||
        guest_exec(job->channel, command->argv, "", MTU_MS, status, NULL) != DAQS_OK)
        return;
    for (size_t i = 0; i < job->nics; i++)
        job->nic[i].mtu = mtu_parse(status->out, job->nic[i].ifname);
}

static void guest_unreachable(struct guest_job *job)
{
    enum daqs_nic_cause cause = guest_fault_of_list(job->result);
    if (!guest_fault_pauses(job->result))
        guest_forget_interfaces(job);
    for (size_t i = 0; i < job->nics; i++)
        set_state(&job->nic[i], guest_fault_state(cause), cause);
}

static void begin(struct guest_job *job)
{
    job->result = DAQS_OK;
    job->error = (struct daqs_error){0};
    job->interfaces = 0;
    job->silent = DAQS_CAUSE_NONE;
    job->identity.due = job->identity.compare = false;
    job->asked_us = daqs_now_us();
    job->deadline_us = job->asked_us + VISIT_MS * 1000;
}

/* Returns true if a freeze status query is needed, because the guest agent refused the list without
 * a reason. */
static bool list_refused(const struct guest_job *job)
{
    return job->result == DAQS_EREFUSED && qga_error_unclear(job->error.text);
}

/* Does the rest of the visit after the counters were read. */
static void end(struct guest_job *job)
{
    if (list_refused(job))
        job->result = request_freeze_status(job);
    if (job->identity.due && job->result == DAQS_OK) {
        guest_identify(job);
        take_interfaces(job);
    }
    if (job->identity.compare && job->result == DAQS_OK) {
        guest_compare_counters(job);
        take_interfaces(job);
    }
    if (job->read_counters && job->result == DAQS_OK)
        guest_count(job);
    for (size_t i = 0; i < job->nics && job->result == DAQS_OK; i++) {
        struct guest_job_nic *nic = &job->nic[i];
        bool uncounted = is_uncounted(nic);
        if (nic->tend)
            look_after_limit(job, nic);
        if (uncounted && nic->state != DAQS_NIC_UNRESPONSIVE)
            set_state(nic, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NO_COUNTERS);
    }
    if (job->read_mtus && job->result == DAQS_OK && job->silent == DAQS_CAUSE_NONE)
        read_mtus(job);
    if (job->result != DAQS_OK)
        guest_unreachable(job);
    job->slow = daqs_now_us() > job->deadline_us - (VISIT_MS - SLOW_MS) * 1000;
}

static void visit(struct daqs_job *base)
{
    struct guest_job *job = (struct guest_job *)base;
    int64_t from_us = daqs_now_us();
    if (job->looks) {
        guest_look(job);
    } else {
        if (!job->answered) {
            begin(job);
            if (job->read_counters)
                job->result = read_interfaces(job);
        }
        end(job);
    }
    job->held_us = daqs_now_us() - from_us;
}

bool guest_job_post(struct guest_job *job)
{
    begin(job);
    job->until_ms = job->asked_us / 1000 + ANSWER_MS;
    return job->channel->post(job->channel, QGA_GET_INTERFACES) == DAQS_OK;
}

bool guest_job_collect(struct guest_job *job, int64_t at_us, bool expired)
{
    char *reply DAQS_AUTO_FREE = NULL;
    int result = job->channel->collect(job->channel, &reply, &job->error);
    if (result == DAQS_EBUSY && !expired)
        return false;
    if (result == DAQS_EBUSY) {
        job->channel->abandon(job->channel);
        result = daqs_fail(&job->error, DAQS_ETIMEOUT, "the guest agent did not answer in time");
    }
    job->answered = result != DAQS_EIO; /* otherwise the agent was restarted: run the whole visit */
    job->result = result == DAQS_OK ? take_reply(job, reply, at_us) : result;
    return true;
}

bool guest_job_end(struct guest_job *job)
{
    if (job->result == DAQS_OK &&
        (job->identity.due || job->identity.compare || guest_counts_due(job)))
        return false;
    if (!job->answered || job->read_mtus || list_refused(job))
        return false;
    for (size_t i = 0; i < job->nics && job->result == DAQS_OK; i++)
        if (takes_commands(&job->nic[i]))
            return false;
    end(job);
    return true;
}

struct guest_job *guest_job_new(uint32_t guest_id, struct qga_channel *channel)
{
    struct guest_job *job = channel ? calloc(1, sizeof *job) : NULL;
    if (!job) {
        qga_channel_free(channel);
        return NULL;
    }
    job->job.run = visit;
    job->guest_id = guest_id;
    job->channel = channel;
    return job;
}

void guest_job_free(struct guest_job *job)
{
    if (!job)
        return;
    qga_channel_free(job->channel);
    free(job);
}
