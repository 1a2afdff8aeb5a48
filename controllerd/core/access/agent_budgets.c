/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/access/agent_budgets.h"

#include <stdlib.h>

#include "controllerd/core/access/name_limits.h"

#define SECOND_US INT64_C(1000000)

/* What is left of each leaks back in microseconds (rate_limit.h). name_limits_take counts in the
 * first one. */
enum budget { MESSAGES, BYTES, TIME, HELLOS, BUDGETS };

/* What a hello takes of its limit at least. */
#define HELLO_US (SECOND_US / AGENT_HELLOS_PER_SECOND)

struct agent_budgets {
    struct name_limits *limits; /* of agents, by their names */
};

struct agent_budgets *agent_budgets_new(void)
{
    struct agent_budgets *budgets = calloc(1, sizeof *budgets);
    struct name_limits *limits = name_limits_new(BUDGETS);
    if (!budgets || !limits) {
        free(budgets);
        name_limits_free(limits);
        return NULL;
    }
    budgets->limits = limits;
    return budgets;
}

void agent_budgets_free(struct agent_budgets *budgets)
{
    if (!budgets)
        return;
    name_limits_free(budgets->limits);
    free(budgets);
}

static int64_t cost_of_bytes(size_t bytes)
{
    return (int64_t)((double)bytes * (double)SECOND_US / (double)AGENT_BYTES_PER_SECOND);
}

enum agent_verdict agent_budgets_take(struct agent_budgets *budgets, const char *agent,
                                      uint32_t messages_per_second, size_t bytes, bool hello,
                                      int64_t now_ms)
{
    struct name_limits *limits = budgets->limits;
    if (!name_limits_take(limits, agent, messages_per_second, now_ms) ||
        !name_limits_charge(limits, agent, BYTES, cost_of_bytes(bytes), SECOND_US, now_ms))
        return AGENT_FLOODS;
    if (!name_limits_have(limits, agent, TIME, 0, AGENT_TIME_PART * AGENT_TIME_AT_ONCE_US, now_ms))
        return AGENT_COSTLY;
    if (hello && !name_limits_charge(limits, agent, HELLOS, HELLO_US,
                                     AGENT_HELLOS_AT_ONCE * HELLO_US, now_ms))
        return AGENT_GREETS;
    return AGENT_WITHIN;
}

void agent_budgets_charge(struct agent_budgets *budgets, const char *agent, bool hello,
                          int64_t time_us, int64_t now_ms)
{
    (void)name_limits_charge(budgets->limits, agent, TIME, AGENT_TIME_PART * time_us, INT64_MAX,
                             now_ms);
    const int64_t more_us = AGENT_HELLO_TIME_PART * time_us - HELLO_US; /* it has paid HELLO_US */
    if (hello && more_us > 0)
        (void)name_limits_charge(budgets->limits, agent, HELLOS, more_us, INT64_MAX, now_ms);
}
