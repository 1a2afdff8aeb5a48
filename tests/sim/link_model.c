/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/link_model.h"

#include <math.h>

/* Congestion windows open within several round trips and close within one or two. */
static const double rise_ms = 60;
static const double fall_ms = 15;
static const double luck_ms = 150; /* how long good luck lasts */

static double uniform(struct random_source *random)
{
    return (double)(random_next(random) >> 11) / 9007199254740992.0;
}

/* Returns luck towards 1 and disturbs it at random, so that its spread stays 'noise'. */
static void move_luck(struct link_sender *s, double dt_ms, double noise,
                      struct random_source *random)
{
    double part = dt_ms / luck_ms;
    double kick = (uniform(random) + uniform(random) + uniform(random) - 1.5) * 2;
    if (s->luck <= 0)
        s->luck = 1;
    s->luck += (1 - s->luck) * part + kick * noise * sqrt(2 * part);
    if (s->luck < 0.2)
        s->luck = 0.2;
}

/* Raises a common level per flow until the link is full: target[i] = min(wanted, level * part). */
static void fair_targets(const struct link_sender *s, unsigned n, double left, double *target)
{
    for (unsigned i = 0; i < n; i++)
        target[i] = s[i].flows ? -1 : target[i];
    for (;;) {
        double parts = 0;
        bool filled = false;
        for (unsigned i = 0; i < n; i++)
            parts += target[i] < 0 ? s[i].flows * s[i].luck : 0;
        if (parts <= 0)
            return;
        double level = left / parts;
        for (unsigned i = 0; i < n; i++) {
            if (target[i] >= 0 || s[i].wanted > level * s[i].flows * s[i].luck)
                continue;
            target[i] = s[i].wanted;
            left -= s[i].wanted;
            filled = true;
        }
        if (filled)
            continue;
        for (unsigned i = 0; i < n; i++)
            if (target[i] < 0)
                target[i] = level * s[i].flows * s[i].luck;
        return;
    }
}

void link_step(struct link_sender *sender, unsigned senders, double capacity, double dt_ms,
               double noise, struct random_source *random)
{
    double target[LINK_SENDERS_MAX];
    double udp = 0;
    double sum = 0;
    for (unsigned i = 0; i < senders; i++) {
        move_luck(&sender[i], dt_ms, noise, random);
        udp += sender[i].flows ? 0 : sender[i].wanted;
    }
    double squeeze = udp > 0.95 * capacity ? 0.95 * capacity / udp : 1;
    for (unsigned i = 0; i < senders; i++)
        target[i] = sender[i].flows ? 0 : sender[i].wanted * squeeze;
    fair_targets(sender, senders, capacity - udp * squeeze, target);
    for (unsigned i = 0; i < senders; i++) {
        struct link_sender *s = &sender[i];
        s->held = target[i] < 0.98 * s->wanted;
        double pace = target[i] > s->rate ? rise_ms : fall_ms;
        if (s->flows == 0 || s->wanted < s->rate)
            pace = 0.1; /* a shaper, or the sender itself, acts at once */
        s->rate += (target[i] - s->rate) * (1 - exp(-dt_ms / pace));
        sum += s->rate;
    }
    for (unsigned i = 0; sum > capacity && i < senders; i++)
        sender[i].rate *= capacity / sum;
}
