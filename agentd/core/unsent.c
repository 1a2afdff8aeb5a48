/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/unsent.h"

#include "shared/base/sum.h"
#include "shared/policy/wire_bytes.h"

enum { SECOND_US = 1000000, QUARTER = 4, LEAST_PARTS = 100, DUE_PPM = 10000 };

/* A VM that sends less is idle: neighbour discovery, NTP, a shell. */
#define IDLE_MOST UINT64_C(1000000)

/* --- schedule --- */

static bool differs(daqs_bps a, daqs_bps b)
{
    daqs_bps high = daqs_higher(a, b);
    return high - daqs_lower(a, b) > high / QUARTER;
}

/* Makes the next look due soon and lets the result of the last one expire. A look that failed is
 * not repeated for this. */
static void hurry(struct unsent_nic *nic, struct unsent_plan *plan)
{
    if (plan->spared || plan->wait_ms <= UNSENT_WAIT_LEAST_MS)
        return;
    plan->wait_ms = UNSENT_WAIT_LEAST_MS;
    plan->next_ms = plan->looked_ms + UNSENT_WAIT_LEAST_MS;
    plan->calm = 0;
    if (nic->until_ms > plan->next_ms + UNSENT_LATE_MS)
        nic->until_ms = plan->next_ms + UNSENT_LATE_MS;
}

void unsent_note(struct unsent_nic *nic, struct unsent_plan *plan, const struct daqs_sample *sample,
                 uint32_t mtu, daqs_bps min)
{
    if (sample->interval_us <= 0)
        return;
    nic->span_us += sample->interval_us;
    nic->wire_bytes =
        daqs_sum(nic->wire_bytes, wire_bytes(sample->tx_bytes, sample->tx_packets, mtu));
    if (nic->span_us < SECOND_US)
        return;
    daqs_bps due = wire_guarantee(min, mtu);
    nic->rate = daqs_rate_of(nic->wire_bytes, nic->span_us);
    nic->span_us = 0;
    nic->wire_bytes = 0;
    nic->suspect = min > 0 && nic->rate > 0 &&
                   nic->rate >= daqs_lower(due / LEAST_PARTS, IDLE_MOST) &&
                   nic->rate < daqs_rate_less(due, DUE_PPM);
    if (nic->suspect && differs(nic->rate, nic->looked_rate))
        hurry(nic, plan);
}

static int64_t next_wait_ms(const struct unsent_plan *plan)
{
    if (plan->calm < UNSENT_CALM || plan->wait_ms == 0)
        return UNSENT_WAIT_LEAST_MS;
    return plan->wait_ms < UNSENT_WAIT_MOST_MS / 2 ? 2 * plan->wait_ms : UNSENT_WAIT_MOST_MS;
}

void unsent_plan_looked(struct unsent_plan *plan, enum unsent_outcome outcome, bool waiting,
                        int64_t now_ms)
{
    plan->looked_ms = now_ms;
    plan->spared = outcome != UNSENT_SEEN;
    if (plan->spared) {
        plan->calm = 0;
        plan->wait_ms = outcome == UNSENT_REFUSED ? UNSENT_REFUSED_MS : UNSENT_WAIT_MOST_MS;
    } else {
        plan->calm = waiting ? 0 : plan->calm + 1;
        plan->wait_ms = next_wait_ms(plan);
    }
    plan->next_ms = now_ms + plan->wait_ms;
}

/* --- results --- */

bool unsent_waiting(const struct unsent_sum *sum)
{
    return sum->bytes > UNSENT_LEAST_BYTES;
}

void unsent_looked(struct unsent_nic *nic, const struct unsent_plan *plan,
                   const struct unsent_sum *sum, int64_t now_ms)
{
    unsigned before = now_ms < nic->until_ms ? nic->waited : 0;
    nic->looked_rate = nic->rate;
    nic->until_ms = now_ms + plan->wait_ms + UNSENT_LATE_MS;
    nic->waited = 0;
    if (sum && unsent_waiting(sum)) {
        nic->waited = (uint8_t)(before < UNSENT_LOOKS ? before + 1 : UNSENT_LOOKS);
        nic->backlog = nic->waited == UNSENT_LOOKS ? DAQS_BACKLOG_SOME : DAQS_BACKLOG_UNKNOWN;
    } else {
        nic->backlog = sum && sum->sockets > 0 ? DAQS_BACKLOG_NONE : DAQS_BACKLOG_UNKNOWN;
    }
}

enum daqs_backlog unsent_backlog(const struct unsent_nic *nic, int64_t now_ms)
{
    return now_ms < nic->until_ms ? daqs_backlog_or_unknown(nic->backlog) : DAQS_BACKLOG_UNKNOWN;
}
