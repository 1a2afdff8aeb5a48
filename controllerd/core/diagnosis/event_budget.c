/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/event_budget.h"

#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/access/name_limits.h"
#include "shared/base/name.h"
#include "shared/base/rate_limit.h"

#define SECOND_US INT64_C(1000000)

/* How far other events may get ahead of the limit per second. */
#define AHEAD_US (10 * SECOND_US)

enum { HOST_OR_VM = 2, KEY_BYTES = 2 * (DAQS_NAME_MAX + 1) };

static const struct {
    int64_t cost_us; /* time between two events in the long run */
    int64_t at_once;
} allowance[][HOST_OR_VM] = {
    [EVENT_ORDINARY] = {{10 * SECOND_US, 500}, {300 * SECOND_US, 20}},
    [EVENT_FIRST] = {{10 * SECOND_US, 1000}, {60 * SECOND_US, 100}},
};
#define LIMITED (sizeof allowance / sizeof allowance[0])

struct event_budget {
    struct rate_limit limit; /* of all together */
    int64_t cost_us;
    struct name_limits *names[LIMITED][HOST_OR_VM];
};

enum event_class event_class_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_UNRESPONSIVE:
    case EVENT_TAMPERED:
    case EVENT_UNMANAGED:
    case EVENT_RECOVERED:
    case EVENT_FLAPPING:
    case EVENT_FLAPPING_END:
    case EVENT_OVERSUBSCRIBED:
    case EVENT_OVERSUBSCRIBED_END:
    case EVENT_CAPACITY_CHANGED:
    case EVENT_OTHER_CONTROLLER:
    case EVENT_OTHER_CONTROLLER_END:
    case EVENT_HOST_CLAIMED:
    case EVENT_HOST_CLAIMED_END:
    case EVENT_STATE_DIR_FAILING:
    case EVENT_STATE_DIR_BACK:
    case EVENT_BOTTLENECK:
    case EVENT_BOTTLENECK_END:
        return EVENT_ORDINARY;
    case EVENT_CONTROLLER_STARTED:
    case EVENT_SLA_SET:
    case EVENT_SLA_UNSET:
    case EVENT_POLICY_SET:
    case EVENT_HISTORY_GAP:
    case EVENT_HISTORY_BACK:
    case EVENT_EVENTS_LOST:
    case EVENT_HOST_FORGOTTEN:
    case EVENT_HOST_MOVED:
    case EVENT_PEER_ENROLLED:
    case EVENT_PEER_REVOKED:
    case EVENT_MAINTENANCE_ON:
    case EVENT_MAINTENANCE_OFF:
    case EVENT_DATABASE_DAMAGED:
    case EVENT_DATABASE_NEW:
    case EVENT_SLA_FILE_FAILING:
    case EVENT_SLA_FILE_BACK:
    case EVENT_CLOCK_DOUBTFUL:
    case EVENT_CLOCK_CONFIRMED:
    case EVENT_EPOCH_RAISED:
    case EVENT_ENGINE_AWAY:
    case EVENT_ENGINE_BACK:
    case EVENT_LEDGER_WENT_BACK:
    case EVENT_SLA_INVALID:
    case EVENT_NOT_DURABLE:
    case EVENT_DURABLE_AGAIN:
        return EVENT_OWN;
    case EVENT_HOST_UP:
    case EVENT_HOST_DOWN:
    case EVENT_HOST_DISOBEYS:
    case EVENT_VIOLATION_START:
    case EVENT_VIOLATION_END:
    case EVENT_SLA_RENAMED:
    case EVENT_SLA_MOVED:
    case EVENT_SLA_STAYS:
    case EVENT_VIOLATION_CAUSE:
    case EVENT_HOST_OBEYS:
    case EVENT_KINDS_COUNT:
        break;
    }
    return EVENT_FIRST;
}

struct event_budget *event_budget_new(uint32_t per_second)
{
    struct event_budget *budget = calloc(1, sizeof *budget);
    if (!budget)
        return NULL;
    budget->cost_us = SECOND_US / per_second;
    bool complete = true;
    for (size_t class = 0; class < LIMITED; class ++)
        for (int i = 0; i < HOST_OR_VM; i++)
            complete = (budget->names[class][i] = name_limits_new(1)) && complete;
    if (complete)
        return budget;
    event_budget_free(budget);
    return NULL;
}

void event_budget_free(struct event_budget *budget)
{
    if (!budget)
        return;
    for (size_t class = 0; class < LIMITED; class ++)
        for (int i = 0; i < HOST_OR_VM; i++)
            name_limits_free(budget->names[class][i]);
    free(budget);
}

/* Callers have checked the names; longer ones are truncated. A host's name has no newline. */
static const char *key_of(const char *host, const char *vm, char key[static KEY_BYTES])
{
    (void)snprintf(key, KEY_BYTES, "%.*s%s%.*s", DAQS_NAME_MAX, host, *vm ? "\n" : "",
                   DAQS_NAME_MAX, vm);
    return key;
}

/* Checks the allowances of the host and the VM, or takes from them. */
static bool names_have(struct event_budget *budget, enum event_class class, const char *host,
                       const char *vm, int64_t now_ms, bool take)
{
    char key[KEY_BYTES];
    const char *const of[HOST_OR_VM] = {"", vm};
    if (class >= LIMITED || !*host)
        return true;
    for (int i = 0; i < HOST_OR_VM; i++) {
        int64_t cost_us = allowance[class][i].cost_us;
        int64_t burst_us = cost_us * allowance[class][i].at_once;
        struct name_limits *names = budget->names[class][i];
        if (i > 0 && !*of[i])
            continue;
        (void)key_of(host, of[i], key);
        if (take ? !name_limits_charge(names, key, 0, cost_us, burst_us, now_ms)
                 : !name_limits_have(names, key, 0, cost_us, burst_us, now_ms))
            return false;
    }
    return true;
}

bool event_budget_has_room(struct event_budget *budget, enum event_kind kind, const char *host,
                           const char *vm, int64_t now_ms)
{
    struct rate_limit limit = budget->limit;
    enum event_class class = event_class_of(kind);
    return (class != EVENT_ORDINARY ||
            rate_limit_take(&limit, budget->cost_us, SECOND_US, now_ms * 1000)) &&
           names_have(budget, class, host, vm, now_ms, false);
}

bool event_budget_take(struct event_budget *budget, enum event_kind kind, const char *host,
                       const char *vm, int64_t now_ms)
{
    if (!event_budget_has_room(budget, kind, host, vm, now_ms))
        return false;
    (void)rate_limit_take(&budget->limit, budget->cost_us, AHEAD_US, now_ms * 1000);
    return names_have(budget, event_class_of(kind), host, vm, now_ms, true);
}
