/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/guest_look.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/guests/guest_exec.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* A command for the guest waits for a check that is running, so a check is aborted after
 * LOOK_MS. */
enum { LOOK_MS = 2000, STEP_MS = 1000 };

/* Returns the timeout of the next step; 0 if no time is left. */
static int left_ms(int64_t until_ms)
{
    int64_t ms = until_ms - daqs_mono_ms(daqs_clock_system());
    return ms < 0 ? 0 : ms < STEP_MS ? (int)ms : STEP_MS;
}

static int request_addresses(struct guest_job *job, struct nic_address *address, size_t *ret_count)
{
    char *reply DAQS_AUTO_FREE = NULL;
    struct daqs_mac mac[GUEST_NICS_MAX];
    for (size_t i = 0; i < job->nics; i++)
        mac[i] = job->nic[i].mac;
    int result = job->channel->call(job->channel, QGA_GET_INTERFACES, STEP_MS, &reply, &job->error);
    return result == DAQS_OK ? qga_parse_addresses(reply, strlen(reply), mac, job->nics, address,
                                                   ret_count, &job->error)
                             : result;
}

static int run_ss(struct guest_job *job, int64_t until_ms, struct qga_exec_status *status)
{
    char path[GUEST_PATH_BYTES];
    int result = DAQS_EGUEST;
    for (unsigned place = 0; place < GUEST_PLACES && result == DAQS_EGUEST; place++) {
        const char *const argv[] = {guest_path(place, "ss", path), UNSENT_OPTIONS, NULL};
        int ms = left_ms(until_ms);
        result = ms > 0 ? guest_exec(job->channel, argv, "", ms, status, &job->error)
                        : daqs_fail(&job->error, DAQS_ETIMEOUT, "the guest did not answer in time");
    }
    if (result == DAQS_OK && status->exit_code != 0)
        result = daqs_fail(&job->error, DAQS_EGUEST, "ss in the guest: %.200s", status->err);
    if (result == DAQS_OK && qga_output_cut(status))
        result = daqs_fail(&job->error, DAQS_ETOOBIG, "ss in the guest printed too much");
    return result;
}

static int look(struct guest_job *job)
{
    struct nic_address address[QGA_ADDRESSES_MAX];
    size_t addresses = 0;
    int64_t until_ms = daqs_mono_ms(daqs_clock_system()) + LOOK_MS;
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(UNSENT_OUTPUT_MAX);
    if (!status)
        return daqs_fail(&job->error, DAQS_ENOMEM, "out of memory");
    int result = request_addresses(job, address, &addresses);
    if (result == DAQS_OK)
        result = run_ss(job, until_ms, status);
    if (result == DAQS_OK &&
        !unsent_parse(status->out, address, addresses, &job->sockets, job->unsent))
        result = daqs_fail(&job->error, DAQS_EFORMAT, "the output of ss in the guest is malformed");
    return result;
}

/* Classifies the result: UNSENT_REFUSED if it is not worth asking again soon. */
static enum unsent_outcome outcome_of(int result)
{
    switch (result) {
    case DAQS_OK:
        return UNSENT_SEEN;
    case DAQS_EREFUSED:
    case DAQS_EGUEST:
    case DAQS_ETOOBIG:
    case DAQS_EFORMAT:
        return UNSENT_REFUSED;
    default:
        return UNSENT_FAILED;
    }
}

void guest_look(struct guest_job *job)
{
    job->error = (struct daqs_error){0};
    job->looked = outcome_of(look(job));
}
