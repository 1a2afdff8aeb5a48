/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/moves_check.h"

enum { MOST_AGAINST = 4, MOST_SILENT = 4, TOLERANCE_PERCENT = 25 };

/* Bounds of what the VF sent between two moments. */
struct between {
    uint64_t least;
    uint64_t most;
};

void moves_check_pause(struct moves_check *c)
{
    *c = (struct moves_check){.against = c->against};
}

/* Returns true if the VF's counters were reset or belong to another VF. */
static bool went_back(const struct moves_mark *mark, const struct moves_vf *vf)
{
    return mark->known &&
           (vf->tx_bytes < mark->before.tx_bytes || vf->tx_packets < mark->before.tx_packets);
}

static void forget_old_vf(struct moves_check *c, const struct moves_vf *vf)
{
    if (went_back(&c->from, vf) || went_back(&c->to, vf))
        c->from.known = c->to.known = false;
}

void moves_check_asked(struct moves_check *c, const struct moves_vf *vf, bool known, uint64_t said,
                       int64_t now_us)
{
    c->silent = known ? 0 : c->silent + 1;
    if (!known || !vf->known)
        return;
    forget_old_vf(c, vf);
    c->to = (struct moves_mark){.known = true, .at_us = now_us, .said = said, .before = *vf};
}

static struct between sent_by_vf(const struct moves_check *c)
{
    uint64_t least_to = c->to.before.tx_bytes;
    return (struct between){.least = least_to > c->from.after ? least_to - c->from.after : 0,
                            .most = c->to.after - c->from.before.tx_bytes};
}

static bool says_much(const struct between *sent)
{
    return sent->least >= MOVES_LEAST_BYTES && sent->most - sent->least <= sent->most / 4;
}

static bool agrees(const struct moves_check *c, const struct between *sent)
{
    double said = (double)(c->to.said - c->from.said);
    uint64_t packets = c->to.before.tx_packets - c->from.before.tx_packets;
    double least = (double)sent->least - (double)packets * MOVES_PACKET_BYTES;
    return said * 100 >= least * (100 - TOLERANCE_PERCENT) &&
           said * 100 <= (double)sent->most * (100 + TOLERANCE_PERCENT);
}

/* Returns true if the span is complete. An interface whose counters were reset disagrees. */
static bool judge(struct moves_check *c)
{
    const struct between sent = sent_by_vf(c);
    bool was_reset = c->to.said < c->from.said;
    if (!was_reset && !says_much(&sent))
        return false;
    if (was_reset || !agrees(c, &sent))
        c->against += 2;
    else if (c->against > 0)
        c->against--;
    return true;
}

void moves_check_vf(struct moves_check *c, const struct moves_vf *vf)
{
    if (!vf->known)
        return;
    forget_old_vf(c, vf);
    if (!c->to.known || vf->at_us <= c->to.at_us)
        return;
    c->to.after = vf->tx_bytes;
    if (!c->from.known || judge(c))
        c->from = c->to;
    c->to.known = false;
}

bool moves_check_disagrees(const struct moves_check *c)
{
    return c->against >= MOST_AGAINST;
}

bool moves_check_silent(const struct moves_check *c)
{
    return c->silent >= MOST_SILENT;
}
