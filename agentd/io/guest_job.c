#include "agentd/io/guest_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/mtu.h"
#include "agentd/io/guest_exec.h"
#include "agentd/io/guest_look.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* A healthy guest answers in 2 ms and runs tc in 5; one whose processors are taken by its host may
 * need seconds, and is better waited for than given up: only its own turn is delayed. libvirt
 * counts in whole seconds. */
enum { ANSWER_MS = 2000, TC_MS = 5000, MTU_MS = 1000 };

/* A guest that drags all its answers out holds its thread no longer than this, and is treated like
 * one that does not answer if it needs more than SLOW_MS. */
enum { VISIT_MS = 6000, SLOW_MS = 2000 };

static int64_t now_us(void)
{
    return daqs_mono_ns(daqs_clock_system()) / 1000;
}

static const struct qga_interface *find_interface(const struct guest_job *job,
                                                  const struct daqs_mac *mac)
{
    for (size_t i = 0; i < job->interfaces; i++)
        if (daqs_mac_equal(&job->interface[i].mac, mac))
            return &job->interface[i];
    return NULL;
}

/* A limit that does not hold may be gone, and is if the counters began anew: the guest was
 * rebooted, or its driver loaded again. */
static void doubt_limit(struct guest_job_nic *nic)
{
    struct counters counters = nic->counters;
    const struct daqs_sample sample = counters_update(&counters, &nic->reading);
    nic->exceeds = obedience_exceeds(&sample, nic->loosest);
    nic->look |= nic->exceeds || (nic->counters.known && sample.interval_us == 0);
}

static void take_reading(struct guest_job *job, struct guest_job_nic *nic, int64_t at_us)
{
    const struct qga_interface *found = find_interface(job, &nic->mac);
    if (!found) {
        nic->state = DAQS_NIC_UNRESPONSIVE;
        nic->cause = DAQS_CAUSE_NO_NIC;
        return;
    }
    /* Where no limit could be set, and it is not tried now, that still holds. */
    if (nic->tend || nic->state != DAQS_NIC_UNMANAGED) {
        nic->state = DAQS_NIC_OK;
        nic->cause = DAQS_CAUSE_NONE;
    }
    nic->has_reading = true;
    nic->reading = (struct counters_reading){at_us, found->tx_bytes, found->rx_bytes,
                                             found->tx_packets, found->rx_packets};
    doubt_limit(nic);
    if (strcmp(nic->ifname, found->name) != 0) {
        /* New to us, or renamed: what we knew of its qdisc is about another name. */
        nic->tc = (struct tc_state){TC_ROOT_UNKNOWN, DAQS_UNLIMITED};
        (void)snprintf(nic->ifname, sizeof nic->ifname, "%.15s",
                       daqs_ifname_ok(found->name) ? found->name : "");
    }
}

static int take_reply(struct guest_job *job, const char *reply, int64_t at_us)
{
    job->took_us = at_us - job->asked_us;
    int result =
        qga_parse_interfaces(reply, strlen(reply), job->interface, &job->interfaces, &job->error);
    /* The counters were read somewhere in between; the middle halves the worst error. */
    for (size_t i = 0; i < job->nics && result == DAQS_OK; i++)
        take_reading(job, &job->nic[i], job->asked_us + job->took_us / 2);
    return result;
}

static int read_interfaces(struct guest_job *job)
{
    char *reply DAQS_AUTO_FREE = NULL;
    int result =
        job->channel->call(job->channel, QGA_GET_INTERFACES, ANSWER_MS, &reply, &job->error);
    return result == DAQS_OK ? take_reply(job, reply, now_us()) : result;
}

/* Runs tc with a batch and understands the state it prints. *nic says how that went. */
static void run_tc(struct guest_job *job, struct guest_job_nic *nic, const char *batch)
{
    static const char *const paths[] = {"tc", "/usr/sbin/tc", "/sbin/tc"};
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(QGA_OUTPUT_MAX);
    struct daqs_error why = {0};
    int result = DAQS_ENOMEM;
    for (size_t i = 0; status && i < sizeof paths / sizeof paths[0]; i++) {
        const char *const argv[] = {paths[i], "-batch", "-", NULL};
        int64_t left_ms = (job->deadline_us - now_us()) / 1000;
        if (left_ms <= 0)
            result = daqs_fail(&why, DAQS_ETIMEOUT, "the guest takes too long");
        else
            result = guest_exec(job->channel, argv, batch, (int)(left_ms < TC_MS ? left_ms : TC_MS),
                                status, &why);
        if (result != DAQS_EGUEST) /* which is what a path that is not there gives */
            break;
    }
    job->execs_failed += result != DAQS_OK || status->exit_code != 0;
    if (result != DAQS_OK)
        job->error = why;
    nic->tc.root = TC_ROOT_UNKNOWN; /* the limit is what it was, as far as anyone knows */
    nic->state = DAQS_NIC_UNMANAGED;
    if (result == DAQS_EREFUSED) {
        nic->cause = DAQS_CAUSE_EXEC_BLOCKED;
    } else if (result == DAQS_EGUEST) {
        nic->cause = DAQS_CAUSE_NO_TC;
    } else if (result != DAQS_OK) {
        nic->state = DAQS_NIC_UNRESPONSIVE;
        nic->cause = result == DAQS_ETIMEOUT ? DAQS_CAUSE_TIMEOUT : DAQS_CAUSE_BAD_REPLY;
        job->result = result;
    } else if (status->exit_code != 0) {
        nic->cause = DAQS_CAUSE_TC_FAILED;
        daqs_fail(&job->error, DAQS_EGUEST, "tc in the guest says: %.200s", status->err);
    } else {
        nic->tc = tc_parse_state(status->out);
        nic->state = DAQS_NIC_OK;
        nic->cause = DAQS_CAUSE_NONE;
        if (nic->tc.root == TC_ROOT_UNKNOWN) {
            nic->state = DAQS_NIC_UNMANAGED;
            nic->cause = DAQS_CAUSE_NO_TC;
        }
    }
}

/* Of a change that failed it is not known whether our class has the old limit or the new one. */
static bool was_removed(const struct guest_job_nic *nic, const struct tc_state *before)
{
    bool gone = nic->tc.root != TC_ROOT_OURS;
    bool changed = before->root == TC_ROOT_OURS && nic->tc.limit != before->limit;
    bool due = nic->commanded && nic->wanted != DAQS_UNLIMITED;
    return before->limit != DAQS_UNLIMITED && due && (gone || changed);
}

/* Both are false if tc could not be run, or failed; *nic says why. */
static bool probe(struct guest_job *job, struct guest_job_nic *nic)
{
    char batch[TC_BATCH_BYTES];
    const struct tc_state before = nic->tc;
    tc_plan_probe(nic->ifname, batch);
    run_tc(job, nic, batch);
    if (nic->state != DAQS_NIC_OK)
        return false;
    nic->removed |= was_removed(nic, &before);
    return true;
}

static bool set_limit(struct guest_job *job, struct guest_job_nic *nic)
{
    char batch[TC_BATCH_BYTES];
    if (!nic->commanded || !tc_plan_change(nic->ifname, &nic->tc, nic->wanted, batch))
        return true;
    run_tc(job, nic, batch);
    return nic->state == DAQS_NIC_OK;
}

/* True if our qdisc may have gone since it was looked at: then it is worth another look. */
static bool may_be_gone(const struct guest_job_nic *nic, enum tc_root believed)
{
    return believed == TC_ROOT_OURS && nic->state == DAQS_NIC_UNMANAGED &&
           nic->cause == DAQS_CAUSE_TC_FAILED;
}

static void look_after_limit(struct guest_job *job, struct guest_job_nic *nic)
{
    if (nic->state == DAQS_NIC_UNRESPONSIVE)
        return;
    if (nic->ifname[0] == '\0' && !job->read_counters)
        return; /* the guest agent has not been asked yet */
    if (nic->ifname[0] == '\0') {
        nic->state = DAQS_NIC_UNMANAGED;
        nic->cause = DAQS_CAUSE_BAD_NAME;
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
        nic->state = DAQS_NIC_UNMANAGED;
        nic->cause = DAQS_CAUSE_NOT_APPLIED;
    }
    if (nic->tc.root == TC_ROOT_TENANT) {
        nic->state = DAQS_NIC_UNMANAGED;
        nic->cause = DAQS_CAUSE_TENANT_QDISC;
    }
}

/* Where tc could be run, so can this. That it fails means no more than that they are not known. */
static void read_mtus(struct guest_job *job)
{
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(QGA_OUTPUT_MAX);
    struct mtu_command command;
    mtu_begin(&command);
    for (size_t i = 0; i < job->nics; i++)
        if (job->nic[i].tc.root != TC_ROOT_UNKNOWN)
            mtu_add(&command, job->nic[i].ifname);
    if (!status || now_us() + MTU_MS * 1000 > job->deadline_us)
        return;
    job->asked_mtus = true;
    if (command.nics == 0 ||
        guest_exec(job->channel, command.argv, "", MTU_MS, status, NULL) != DAQS_OK)
        return;
    for (size_t i = 0; i < job->nics; i++)
        job->nic[i].mtu = mtu_parse(status->out, job->nic[i].ifname);
}

static void guest_unreachable(struct guest_job *job)
{
    uint8_t cause = job->result == DAQS_ETIMEOUT ? DAQS_CAUSE_TIMEOUT
                    : job->result == DAQS_EIO    ? DAQS_CAUSE_NO_AGENT
                                                 : DAQS_CAUSE_BAD_REPLY;
    for (size_t i = 0; i < job->nics; i++) {
        job->nic[i].state = DAQS_NIC_UNRESPONSIVE;
        job->nic[i].cause = cause;
    }
}

static void begin(struct guest_job *job)
{
    job->result = DAQS_OK;
    job->error = (struct daqs_error){0};
    job->interfaces = 0;
    job->asked_us = now_us();
    job->deadline_us = job->asked_us + VISIT_MS * 1000;
}

/* What is left once the counters were read. */
static void end(struct guest_job *job)
{
    for (size_t i = 0; i < job->nics && job->result == DAQS_OK; i++)
        if (job->nic[i].tend)
            look_after_limit(job, &job->nic[i]);
    if (job->read_mtus && job->result == DAQS_OK)
        read_mtus(job);
    if (job->result != DAQS_OK)
        guest_unreachable(job);
    job->slow = now_us() > job->deadline_us - (VISIT_MS - SLOW_MS) * 1000;
}

static void visit(struct daqs_job *base)
{
    struct guest_job *job = (struct guest_job *)base;
    int64_t from_us = now_us();
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
    job->held_us = now_us() - from_us;
}

/* True if looking after its limit takes commands in the guest. */
static bool takes_commands(const struct guest_job_nic *nic)
{
    char batch[TC_BATCH_BYTES];
    if (!nic->tend || nic->ifname[0] == '\0' || nic->state == DAQS_NIC_UNRESPONSIVE)
        return false;
    return nic->look || nic->tc.root == TC_ROOT_UNKNOWN ||
           (nic->commanded && tc_plan_change(nic->ifname, &nic->tc, nic->wanted, batch));
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
    job->answered = result != DAQS_EIO; /* the agent was restarted: once more, from the beginning */
    job->result = result == DAQS_OK ? take_reply(job, reply, at_us) : result;
    return true;
}

bool guest_job_end(struct guest_job *job)
{
    if (!job->answered || job->read_mtus)
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
