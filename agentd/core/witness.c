#include "agentd/core/witness.h"

/* Below this a second nothing is made of it. Above, a quarter is allowed for what NICs count and
 * guests do not: frame check sequences, padding, headers of segments cut by the NIC. */
enum { LEAST_BYTES_PER_S = 125000, SLACK_PART = 4 };

void witness_forget(struct witness *w)
{
    w->guest_from_us = w->host_from_us = w->host_to_us = 0;
}

static void compare(struct witness *w, uint64_t said, uint64_t counted)
{
    int64_t span_us = w->host_to_us - w->host_from_us;
    bool enough = counted > (uint64_t)(span_us / 1000) * LEAST_BYTES_PER_S / 1000;
    bool less = enough && counted - counted / SLACK_PART > said;
    w->said = said;
    w->counted = counted;
    w->lies = less ? w->lies + 1 : 0;
    w->truths = less ? 0 : w->truths + 1;
    if (w->lies >= WITNESS_SPANS)
        w->lied = true;
    if (w->truths >= WITNESS_SPANS)
        w->lied = false;
}

void witness_guest(struct witness *w, int64_t at_us, uint64_t tx_bytes)
{
    if (w->guest_from_us != 0 && tx_bytes < w->guest_last)
        witness_forget(w); /* its counters began anew */
    if (w->guest_from_us != 0 && w->host_to_us != 0 && at_us >= w->host_to_us) {
        compare(w, tx_bytes - w->guest_from, w->host_to - w->host_from);
        witness_forget(w);
    }
    if (w->guest_from_us == 0) {
        w->guest_from_us = at_us;
        w->guest_from = tx_bytes;
    }
    w->guest_last = tx_bytes;
}

void witness_host(struct witness *w, int64_t at_us, uint64_t tx_bytes)
{
    if (w->guest_from_us == 0 || w->host_to_us != 0 || at_us < w->guest_from_us + WITNESS_LAG_US)
        return;
    if (w->host_from_us != 0 && tx_bytes < w->host_from)
        w->host_from_us = 0; /* the VF was reset */
    if (w->host_from_us == 0) {
        w->host_from_us = at_us;
        w->host_from = tx_bytes;
    } else if (at_us >= w->host_from_us + WITNESS_SPAN_US) {
        w->host_to_us = at_us;
        w->host_to = tx_bytes;
    }
}

bool witness_says_less(const struct witness *w)
{
    return w->lied;
}
