/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/adoption.h"

#include <string.h>

enum { OWN = 0, NOWHERE = MEMBERS_MAX + 1 };

const char *adoption_reason_text(enum adoption_reason reason)
{
    static const char *const text[] = {
#define X(NAME, text) text,
        ADOPTION_REASONS(X)
#undef X
    };
    return (size_t)reason < sizeof text / sizeof text[0] ? text[reason] : "unknown";
}

struct order {
    size_t number[PLACEMENT_FIRST];
    size_t count;
};

static bool is_named(const struct members *m, size_t number, const char *name)
{
    return strcmp(name, members_at(m, number)->row.name) == 0;
}

/* Returns the best other member that is known to live and that the host can reach, as far as is
 * known. */
static size_t best_other(const struct members *m, const struct adoption_hello *hello,
                         const struct order *order)
{
    for (size_t i = 0; i < order->count; i++)
        if (order->number[i] != OWN && members_at(m, order->number[i])->life == MEMBER_ALIVE &&
            !is_named(m, order->number[i], hello->left) &&
            !is_named(m, order->number[i], hello->failed))
            return order->number[i];
    return NOWHERE;
}

/* Decides for a member that serves all hosts that come: where is the host's home? */
static enum adoption_reason judge_home(const struct members *m, const struct adoption_hello *hello,
                                       const struct order *order, int64_t now_ms)
{
    if (hello->epoch_here)
        return ADOPTION_HERE_ALREADY;
    if (order->count > 0 && order->number[0] == OWN)
        return ADOPTION_HOME;
    if (!hello->redirectable)
        return ADOPTION_OLD_AGENT;
    if (order->count == 0 || !members_fresh(m, now_ms) ||
        members_at(m, order->number[0])->life != MEMBER_ALIVE)
        return ADOPTION_HOME_UNKNOWN;
    if (hello->left[0])
        return ADOPTION_MEMBER_LOST; /* it is served first; moves send it home */
    return is_named(m, order->number[0], hello->failed) ? ADOPTION_HOME_FAILED
                                                        : ADOPTION_HOME_ELSEWHERE;
}

/* Returns where the host is to go: OWN, or NOWHERE if it cannot be served here nor elsewhere. */
static size_t choose(const struct members *m, const struct adoption_hello *hello,
                     const struct order *order, int64_t now_ms, enum adoption_reason *ret_reason)
{
    *ret_reason = judge_home(m, hello, order, now_ms);
    if (hello->records_known)
        return *ret_reason == ADOPTION_HOME_ELSEWHERE ? order->number[0] : OWN;
    *ret_reason = ADOPTION_RECORDS_UNKNOWN;
    return hello->redirectable ? best_other(m, hello, order) : NOWHERE;
}

/* Writes 'first', this member, and then the others in the host's order. Returns their number. */
static size_t list(const struct order *order, size_t first, size_t ret[static PLACEMENT_FIRST])
{
    size_t count = 0;
    ret[count++] = first;
    if (first != OWN)
        ret[count++] = OWN;
    for (size_t i = 0; i < order->count && count < PLACEMENT_FIRST; i++)
        if (order->number[i] != first && order->number[i] != OWN)
            ret[count++] = order->number[i];
    return count;
}

size_t adoption_list(const struct members *m, const char *host, size_t first,
                     size_t ret[static PLACEMENT_FIRST])
{
    struct order order;
    order.count = members_order(m, host, order.number);
    return list(&order, first, ret);
}

/* The epoch stays only while the agent has not obeyed it: one that is equal may be another
 * member's, which the agent obeyed after it had said hello to both. */
static uint64_t epoch_for(const struct adoption_hello *hello, uint64_t own_epoch)
{
    if (hello->epoch_here > hello->epoch)
        return hello->epoch_here;
    if (hello->epoch >= ADOPTION_EPOCH_MAX)
        return ADOPTION_EPOCH_MAX;
    return hello->epoch + 1 > own_epoch ? hello->epoch + 1 : own_epoch;
}

void adoption_decide(const struct members *m, const struct adoption_hello *hello,
                     uint64_t own_epoch, int64_t now_ms, struct adoption *ret)
{
    struct order order;
    *ret = (struct adoption){.act = ADOPTION_SERVE};
    order.count = members_order(m, hello->host, order.number);
    const size_t place = choose(m, hello, &order, now_ms, &ret->reason);
    ret->epoch = epoch_for(hello, own_epoch);
    ret->count = list(&order, place == NOWHERE ? OWN : place, ret->elsewhere);
    if (place == NOWHERE) {
        ret->act = ADOPTION_WAIT;
    } else if (place != OWN) {
        ret->act = ADOPTION_ELSEWHERE;
    } else if (hello->epoch >= ADOPTION_EPOCH_MAX) {
        ret->act = ADOPTION_DISOBEYS;
        ret->reason = ADOPTION_EPOCH_BOUND;
    }
}
