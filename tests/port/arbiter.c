/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/arbiter.h"

#include <string.h>

/* Share of a queue per round: two full frames. A poll takes up to eight; the queue then waits until
 * later rounds have paid for them. */
#define QUANTUM INT64_C(3076)

/* Back-off for empty queues, doubled with each empty poll. */
#define EMPTY_FIRST_NS INT64_C(40000)
#define EMPTY_MOST_NS INT64_C(300000)

#define NS_PER_S INT64_C(1000000000)

/* --- buckets --- */

void bucket_set(struct bucket *bucket, uint64_t bps, int64_t now_ns)
{
    bucket->bps = bps;
    bucket->tokens = 0;
    bucket->at_ns = now_ns;
}

void bucket_fill(struct bucket *bucket, int64_t now_ns, bool wanted)
{
    const int64_t bps = (int64_t)bucket->bps;
    const int64_t most = bps * ARBITER_DEPTH_NS;
    int64_t passed = now_ns - bucket->at_ns;
    bucket->at_ns = now_ns;
    if (passed > NS_PER_S)
        passed = NS_PER_S; /* keeps rates below 9 Gbit/s from overflowing */
    bucket->tokens += bps * passed;
    if (bucket->tokens <= most)
        return;
    if (wanted)
        bucket->lost_bytes += (uint64_t)((bucket->tokens - most) / (8 * NS_PER_S));
    bucket->tokens = most;
}

void bucket_take(struct bucket *bucket, uint64_t bytes)
{
    if (bucket->bps > 0)
        bucket->tokens -= (int64_t)bytes * 8 * NS_PER_S;
}

int64_t bucket_wait_ns(const struct bucket *bucket)
{
    if (bucket->bps == 0 || bucket->tokens > 0)
        return 0;
    return -bucket->tokens / (int64_t)bucket->bps + 1;
}

/* --- the port --- */

void arbiter_init(struct arbiter *a, size_t vfs, size_t queues_of_vf, uint64_t bps, int64_t now_ns)
{
    memset(a, 0, sizeof *a);
    a->vfs = vfs;
    a->queues_of_vf = queues_of_vf;
    bucket_set(&a->port, bps, now_ns);
    for (size_t q = 0; q < vfs * queues_of_vf; q++)
        a->queue[q] = (struct arbiter_queue){.vf = q / queues_of_vf, .empty_ns = EMPTY_FIRST_NS};
}

void arbiter_set_fair(struct arbiter *a, enum arbiter_fair fair)
{
    a->fair = fair;
    a->turn = 0;
    memset(a->vf_deficit, 0, sizeof a->vf_deficit);
    for (size_t q = 0; q < a->vfs * a->queues_of_vf; q++)
        a->queue[q].deficit = 0;
}

/* A party of the round robin is a queue or a VF, depending on 'fair'. */
static size_t parties(const struct arbiter *a)
{
    return a->fair == ARBITER_BY_VF ? a->vfs : a->vfs * a->queues_of_vf;
}

static int64_t *deficit_of(struct arbiter *a, size_t party)
{
    return a->fair == ARBITER_BY_VF ? &a->vf_deficit[party] : &a->queue[party].deficit;
}

static bool queue_ready(const struct arbiter *a, size_t q, int64_t now_ns)
{
    return now_ns >= a->queue[q].look_ns && bucket_wait_ns(&a->vf_bucket[a->queue[q].vf]) == 0;
}

/* Returns the next queue of the party that may be polled now, or ARBITER_NOTHING. */
static int ready_queue(const struct arbiter *a, size_t party, int64_t now_ns)
{
    if (a->fair == ARBITER_BY_QUEUE)
        return queue_ready(a, party, now_ns) ? (int)party : ARBITER_NOTHING;
    for (size_t i = 0; i < a->queues_of_vf; i++) {
        const size_t q = party * a->queues_of_vf + (a->vf_turn[party] + i) % a->queues_of_vf;
        if (queue_ready(a, q, now_ns))
            return (int)q;
    }
    return ARBITER_NOTHING;
}

static bool vf_waits(const struct arbiter *a, size_t vf)
{
    for (size_t q = vf * a->queues_of_vf; q < (vf + 1) * a->queues_of_vf; q++)
        if (a->queue[q].waiting)
            return true;
    return false;
}

/* Tokens that overflow are lost only if a queue could have used them since the last call. */
static void fill_all(struct arbiter *a, int64_t now_ns)
{
    const bool port_had = bucket_wait_ns(&a->port) == 0;
    bool any = false;
    for (size_t vf = 0; vf < a->vfs; vf++) {
        const bool could = bucket_wait_ns(&a->vf_bucket[vf]) == 0 && vf_waits(a, vf);
        bucket_fill(&a->vf_bucket[vf], now_ns, could && port_had);
        any = any || could;
    }
    bucket_fill(&a->port, now_ns, any && port_had);
}

/* Returns the time until some queue may be polled, by VF rates and back-offs. */
static int64_t queues_wait_ns(const struct arbiter *a, int64_t now_ns)
{
    int64_t least = EMPTY_MOST_NS;
    for (size_t q = 0; q < a->vfs * a->queues_of_vf; q++) {
        const struct arbiter_queue *queue = &a->queue[q];
        const int64_t rate_ns = bucket_wait_ns(&a->vf_bucket[queue->vf]);
        const int64_t look_ns = queue->look_ns - now_ns;
        const int64_t wait_ns = rate_ns > look_ns ? rate_ns : look_ns;
        if (wait_ns < least)
            least = wait_ns;
    }
    return least > 0 ? least : 0;
}

static void give_turn(int64_t *deficit)
{
    *deficit = *deficit > 0 ? QUANTUM : *deficit + QUANTUM;
}

int arbiter_next(struct arbiter *a, int64_t now_ns, int64_t *ret_wait_ns)
{
    fill_all(a, now_ns);
    int64_t wait_ns = bucket_wait_ns(&a->port);
    if (wait_ns == 0)
        wait_ns = queues_wait_ns(a, now_ns);
    *ret_wait_ns = wait_ns < EMPTY_MOST_NS ? wait_ns : EMPTY_MOST_NS;
    if (wait_ns > 0)
        return ARBITER_NOTHING;
    /* Some queue is ready. A party with a deficit needs a few rounds. */
    for (;;) {
        const int q = ready_queue(a, a->turn, now_ns);
        if (q >= 0 && *deficit_of(a, a->turn) > 0)
            return q;
        a->turn = (a->turn + 1) % parties(a);
        if (ready_queue(a, a->turn, now_ns) >= 0)
            give_turn(deficit_of(a, a->turn));
    }
}

void arbiter_served(struct arbiter *a, int queue, const struct arbiter_served *served,
                    int64_t now_ns)
{
    struct arbiter_queue *q = &a->queue[queue];
    int64_t *deficit = deficit_of(a, a->fair == ARBITER_BY_VF ? q->vf : (size_t)queue);
    a->vf_turn[q->vf] = ((size_t)queue + 1) % a->queues_of_vf;
    q->waiting = served->more;
    if (served->bytes == 0) {
        q->look_ns = now_ns + q->empty_ns;
        q->empty_ns = q->empty_ns * 2 < EMPTY_MOST_NS ? q->empty_ns * 2 : EMPTY_MOST_NS;
        /* An idle party does not accumulate its share. */
        if (*deficit > 0 && (a->fair == ARBITER_BY_QUEUE || !vf_waits(a, q->vf)))
            *deficit = 0;
        return;
    }
    q->look_ns = 0;
    q->empty_ns = EMPTY_FIRST_NS;
    *deficit -= (int64_t)served->bytes;
    bucket_take(&a->vf_bucket[q->vf], served->bytes);
    bucket_take(&a->port, served->bytes - served->local);
}
