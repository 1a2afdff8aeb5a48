/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/tc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOW "qdisc show dev %s\nclass show dev %s\n"

enum {
    BURST_MIN_BYTES = 10 * 1514,
    QUANTUM_BYTES = 60000, /* irrelevant for a single class, but silences a kernel warning */
    OVERHEAD_BYTES = 24,   /* added by a port to each frame */
    LEAST_BYTES = 84,      /* shortest frame including that */
};

daqs_bps tc_round(daqs_bps limit)
{
    if (limit == DAQS_UNLIMITED)
        return limit;
    if (limit < TC_RATE_MIN)
        limit = TC_RATE_MIN;
    if (limit > TC_RATE_MAX)
        limit = TC_RATE_MAX;
    uint64_t step = 1000; /* tc computes in bytes per second: 1 kbit is 125 of them */
    while (limit / step >= 1000000)
        step *= 1000;
    return limit / step * step;
}

uint64_t tc_burst_bytes(daqs_bps rate)
{
    uint64_t bytes = rate / 8 / 1000;
    return bytes < BURST_MIN_BYTES ? BURST_MIN_BYTES : bytes;
}

void tc_plan_probe(const char *ifname, char buf[static TC_BATCH_BYTES])
{
    (void)snprintf(buf, TC_BATCH_BYTES, SHOW, ifname, ifname);
}

bool tc_plan_change(const char *ifname, const struct tc_state *now, daqs_bps wanted,
                    char buf[static TC_BATCH_BYTES])
{
    wanted = tc_round(wanted);
    if (now->root == TC_ROOT_UNKNOWN || now->root == TC_ROOT_TENANT)
        return false;
    if (now->root == TC_ROOT_DEFAULT && wanted == DAQS_UNLIMITED)
        return false;
    if (now->root == TC_ROOT_OURS && wanted != DAQS_UNLIMITED && now->limit == wanted)
        return false;

    int n = 0;
    if (wanted == DAQS_UNLIMITED) {
        n = snprintf(buf, TC_BATCH_BYTES, "qdisc del dev %s root handle " TC_HANDLE "\n", ifname);
    } else {
        /* "add" instead of "replace": if the tenant has installed a root qdisc since the last
         * check, the kernel rejects the command instead of discarding that qdisc. The agent's own
         * qdisc is never replaced, which would drop its queue. Only its class is changed. */
        if (now->root == TC_ROOT_DEFAULT)
            n = snprintf(buf, TC_BATCH_BYTES,
                         "qdisc add dev %s root handle " TC_HANDLE " htb default 1\n", ifname);
        uint64_t kbit = wanted / 1000;
        uint64_t burst = tc_burst_bytes(wanted);
        n += snprintf(buf + n, TC_BATCH_BYTES - (size_t)n,
                      "class replace dev %s parent " TC_HANDLE " classid " TC_CLASS
                      " htb rate %" PRIu64 "kbit ceil %" PRIu64 "kbit burst %" PRIu64
                      " cburst %" PRIu64 " quantum %d overhead %d mpu %d\n",
                      ifname, kbit, kbit, burst, burst, QUANTUM_BYTES, OVERHEAD_BYTES, LEAST_BYTES);
    }
    (void)snprintf(buf + n, TC_BATCH_BYTES - (size_t)n, SHOW, ifname, ifname);
    return true;
}

/* Parses "qdisc KIND HANDLE root ..." into kind and handle. False for other lines. */
static bool root_line(const char *line, char kind[static 32], char handle[static 32])
{
    char where[32];
    return sscanf(line, "qdisc %31s %31s %31s", kind, handle, where) == 3 &&
           strcmp(where, "root") == 0;
}

static daqs_bps class_rate(const char *line)
{
    char text[32];
    daqs_bps rate;
    const char *at = strstr(line, " rate ");
    if (at && sscanf(at, " rate %31s", text) == 1 && daqs_rate_parse(text, &rate, NULL) == DAQS_OK)
        return rate;
    return DAQS_UNLIMITED;
}

struct tc_state tc_parse_state(const char *output)
{
    static const char our_class[] = "class htb " TC_CLASS " ";
    struct tc_state state = {TC_ROOT_UNKNOWN, DAQS_UNLIMITED};
    char line[256];
    while (*output) {
        size_t length = strcspn(output, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)(length < 255 ? length : 255), output);
        output += length + (output[length] == '\n');

        char kind[32];
        char handle[32];
        if (root_line(line, kind, handle)) {
            if (strcmp(handle, "0:") == 0)
                state.root = TC_ROOT_DEFAULT;
            else if (strcmp(handle, TC_HANDLE) == 0 && strcmp(kind, "htb") == 0)
                state.root = TC_ROOT_OURS;
            else
                state.root = TC_ROOT_TENANT;
        } else if (strncmp(line, our_class, strlen(our_class)) == 0) {
            state.limit = class_rate(line);
        }
    }
    if (state.root != TC_ROOT_OURS)
        state.limit = DAQS_UNLIMITED;
    return state;
}
