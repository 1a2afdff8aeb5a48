/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/guest_exec.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* tc takes about 2 ms in a guest; more frequent queries would only cost the guest. If a command
 * takes longer, the agent notices its end at most a quarter of its run time late. */
enum { LEAST_WAIT_MS = 2, LONGEST_WAIT_MS = 64, WAIT_PARTS = 4 };

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* Sleeps until it is worth querying a command that was started at 'began_ms'. */
static void wait_for_it(int64_t began_ms)
{
    int64_t ms = (now_ms() - began_ms) / WAIT_PARTS;
    if (ms < LEAST_WAIT_MS)
        ms = LEAST_WAIT_MS;
    if (ms > LONGEST_WAIT_MS)
        ms = LONGEST_WAIT_MS;
    const struct timespec span = {.tv_nsec = ms * 1000000L};
    (void)nanosleep(&span, NULL); /* if a signal cuts it short, the query is only earlier */
}

const char *guest_path(unsigned place, const char *program, char buf[static GUEST_PATH_BYTES])
{
    static const char *const folders[GUEST_PLACES] = {
        "", "/usr/sbin/", "/sbin/", "/run/current-system/sw/bin/", "/usr/bin/", "/bin/"};
    (void)snprintf(buf, GUEST_PATH_BYTES, "%s%s", folders[place], program);
    return buf;
}

int guest_exec(struct qga_channel *channel, const char *const *argv, const char *input,
               int timeout_ms, struct qga_exec_status *ret, struct daqs_error *err)
{
    int64_t began_ms = now_ms();
    int64_t deadline_ms = began_ms + timeout_ms;
    char *request DAQS_AUTO_FREE = qga_exec_request(argv, input);
    char *reply DAQS_AUTO_FREE = NULL;
    if (!request)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    int result = channel->call(channel, request, timeout_ms, &reply, err);
    int64_t pid = 0;
    if (result == DAQS_OK)
        result = qga_parse_exec(reply, strlen(reply), &pid, err);
    if (result != DAQS_OK)
        return result;

    char query[QGA_STATUS_BYTES];
    qga_status_request(pid, query);
    for (;;) {
        wait_for_it(began_ms);
        char *answer DAQS_AUTO_FREE = NULL;
        int64_t left_ms = deadline_ms - now_ms();
        if (left_ms <= 0)
            return daqs_fail(err, DAQS_ETIMEOUT, "%s in the guest did not end in time", argv[0]);
        result = channel->call(channel, query, (int)left_ms, &answer, err);
        if (result == DAQS_OK)
            result = qga_parse_status(answer, strlen(answer), ret, err);
        if (result == DAQS_EGUEST) /* the process is unknown: the agent was restarted */
            result = DAQS_EFORMAT;
        if (result != DAQS_OK || ret->exited)
            return result;
    }
}
