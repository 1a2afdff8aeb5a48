/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/own_traffic.h"

#include "shared/base/sum.h"

/* Rates below LEAST_BYTES_PER_S or one part in LEAST_PART of the link's capacity lead to no
 * conclusion. A window is complete if at most one part in MISSING_PART of the nics lacks a
 * sample. */
enum { LEAST_BYTES_PER_S = 125000, LEAST_PART = 100, MISSING_PART = 10 };

/* Bytes per second in a window. */
struct rates {
    bool pf_known;
    bool port_known;
    bool complete; /* almost all nics have a sample */
    double pf;
    double port;
    double nics;
    double others; /* nics of all guests except the one that sent most */
};

static struct rates rates_of(const struct own_interval *w)
{
    double seconds = (double)w->span_us / 1e6;
    return (struct rates){
        .pf_known = w->span_us > 0 && w->pf.interval_us >= (uint64_t)w->span_us / 2,
        .port_known = w->span_us > 0 && w->port.interval_us >= (uint64_t)w->span_us / 2,
        .complete = w->span_us > 0 && w->missing <= w->nics / MISSING_PART,
        .pf = (double)port_sample_rate(&w->pf),
        .port = (double)port_sample_rate(&w->port),
        .nics = w->span_us > 0 ? (double)w->nics_bytes / seconds : 0,
        .others = w->span_us > 0 ? (double)(w->nics_bytes - w->most_bytes) / seconds : 0,
    };
}

/* Returns true if both windows have about the same rate, because counters are refreshed at
 * different times. */
static bool steady(double now, double before)
{
    return before >= now / 2 && before <= now * 2;
}

static int vote_by_port(const struct rates *now, const struct rates *before, double least)
{
    if (now->port < least || !before->port_known || !steady(now->port, before->port))
        return 0;
    if (now->pf <= now->port * 0.75)
        return -1;
    return now->pf >= now->port * 0.95 && now->nics >= now->port / 5 ? 1 : 0;
}

static int vote_by_nics(const struct rates *now, const struct rates *before,
                        const struct rates *first, double least)
{
    if (now->others >= least && before->others >= now->others / 2 && now->pf <= now->others / 2)
        return -1;
    if (!now->complete || !first->complete || !first->pf_known)
        return 0;
    double step = now->nics - first->nics;
    double follows = now->pf - first->pf;
    double size = step < 0 ? -step : step;
    double error = follows > step ? follows - step : step - follows;
    double greater = now->nics > first->nics ? now->nics : first->nics;
    bool within = now->pf >= now->nics * 0.9 && first->pf >= first->nics * 0.9;
    return size >= least && size >= greater / 4 && within && error <= size * 0.3 ? 1 : 0;
}

/* Returns the vote of the window just completed. Windows on both sides of the previous one are
 * compared, so that a change within it is visible. */
static int vote(const struct own_traffic *o, daqs_bps capacity)
{
    const struct rates now = rates_of(&o->window);
    const struct rates before = rates_of(&o->past[0]);
    const struct rates first = rates_of(&o->past[1]);
    double least = (double)capacity / 8 / LEAST_PART;
    if (least < LEAST_BYTES_PER_S)
        least = LEAST_BYTES_PER_S;
    if (!now.pf_known)
        return 0;
    return now.port_known ? vote_by_port(&now, &before, least)
                          : vote_by_nics(&now, &before, &first, least);
}

static void decide(struct own_traffic *o, int vote)
{
    o->votes += vote;
    if (o->votes >= OWN_VOTES) {
        o->votes = OWN_VOTES;
        o->scope = OWN_INCLUDED;
    } else if (o->votes <= -OWN_VOTES) {
        o->votes = -OWN_VOTES;
        o->scope = OWN_APART;
    } else if (o->votes == 0) {
        o->scope = OWN_UNDECIDED;
    }
}

/* Subtracts the nics' traffic from the PF's count, if both are known. */
static struct port_sample without_nics(const struct own_interval *w)
{
    const struct rates rates = rates_of(w);
    struct port_sample own = {0};
    if (!rates.pf_known || !rates.complete)
        return own;
    own.interval_us = w->pf.interval_us;
    double left = rates.pf - rates.nics;
    if (left <= rates.nics / 10)
        return own;
    double nics_packets = (double)w->nics_packets * (double)w->pf.interval_us / (double)w->span_us;
    own.bytes = (uint64_t)(left * (double)w->pf.interval_us / 1e6);
    if ((double)w->pf.packets > nics_packets)
        own.packets = w->pf.packets - (uint64_t)nics_packets;
    return own;
}

static void gather(struct own_interval *w, const struct own_interval *found)
{
    w->span_us += found->span_us;
    port_sample_add(&w->pf, &found->pf);
    port_sample_add(&w->port, &found->port);
    w->nics_bytes = daqs_sum(w->nics_bytes, found->nics_bytes);
    w->nics_packets = daqs_sum(w->nics_packets, found->nics_packets);
    w->most_bytes = daqs_sum(w->most_bytes, found->most_bytes);
    w->nics += found->nics;
    w->missing += found->missing;
}

static bool nics_hardly_send(const struct own_interval *found)
{
    const struct rates rates = rates_of(found);
    return found->missing == 0 && found->span_us > 0 && rates.nics <= rates.pf / 20;
}

struct port_sample own_traffic_update(struct own_traffic *o, const struct own_interval *found,
                                      daqs_bps capacity)
{
    const struct port_sample none = {0};
    struct port_sample left = none;
    gather(&o->window, found);
    if (o->window.span_us >= OWN_WINDOW_US) {
        decide(o, vote(o, capacity));
        left = without_nics(&o->window);
        o->past[1] = o->past[0];
        o->past[0] = o->window;
        o->window = (struct own_interval){0};
    }
    switch (o->scope) {
    case OWN_APART:
        return found->pf;
    case OWN_INCLUDED:
        return left;
    case OWN_UNDECIDED:
        break;
    }
    return nics_hardly_send(found) ? found->pf : none;
}
