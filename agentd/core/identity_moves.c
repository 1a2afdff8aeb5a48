/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/identity_moves.h"

#include <string.h>

enum { CHECK_SPAN_US = 2 * MOVES_SPAN_US };

/* Rates of a VF in a span, in bytes per microsecond: without and with the bytes that only NICs
 * count. */
struct sent {
    double least;
    double most;
};

/* The readings at the end of a span. */
struct moves_span {
    const struct moves_vf *vf;
    size_t nics;
    const struct moves_interface *interface;
    size_t interfaces;
};

#define NOBODY SIZE_MAX /* used instead of an interface's index */

void identity_moves_forget(struct identity_moves *m, bool boot)
{
    for (size_t i = 0; i < m->nics; i++) {
        struct moves_nic *n = &m->nic[i];
        *n = (struct moves_nic){.vf.mac = n->vf.mac,
                                .check.against = boot ? 0 : n->check.against,
                                .refuted_us = boot ? 0 : n->refuted_us};
    }
    m->from_us = m->span_us = 0;
    m->interfaces = 0;
}

static size_t bounded(size_t nics)
{
    return nics < MOVES_NICS_MAX ? nics : MOVES_NICS_MAX;
}

/* Returns the bytes that the VF sent since the start of the span, 0 if not known. */
static uint64_t moved(const struct moves_nic *n, const struct moves_vf *vf)
{
    bool same =
        n->vf.known && vf->known && n->refuted_us == 0 && daqs_mac_equal(&n->vf.mac, &vf->mac);
    bool on = same && vf->at_us > n->vf.at_us && vf->tx_packets >= n->vf.tx_packets;
    return on && vf->tx_bytes > n->vf.tx_bytes ? vf->tx_bytes - n->vf.tx_bytes : 0;
}

/* --- timing --- */

static bool any_identified(const struct identity_moves *m)
{
    for (size_t i = 0; i < m->nics; i++)
        if (m->nic[i].identified)
            return true;
    return false;
}

static int64_t span_us(const struct identity_moves *m)
{
    if (any_identified(m))
        return CHECK_SPAN_US;
    return m->span_us ? m->span_us : MOVES_SPAN_US;
}

static bool in_place(const struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                     size_t place)
{
    return place < nics && daqs_mac_equal(&m->nic[place].vf.mac, &vf[place].mac);
}

static void fetch(struct identity_moves *m, const struct moves_vf *vf, size_t nics, size_t place)
{
    for (size_t i = 0; i < m->nics && !in_place(m, vf, nics, place); i++) {
        if (in_place(m, vf, nics, i) || !daqs_mac_equal(&m->nic[i].vf.mac, &vf[place].mac))
            continue;
        struct moves_nic other = m->nic[place];
        m->nic[place] = m->nic[i];
        m->nic[i] = other;
    }
}

/* Places that were never used are empty and are not visited on each poll. */
static void use_places(struct identity_moves *m, size_t nics)
{
    m->nics = nics > m->nics ? nics : m->nics;
}

/* Keeps each nic's state with its MAC address. The state of other nics is dropped when a new nic is
 * stored in their place. */
static void follow_nics(struct identity_moves *m, const struct moves_vf *vf, size_t nics)
{
    use_places(m, nics);
    for (size_t i = 0; i < nics; i++)
        fetch(m, vf, nics, i);
    for (size_t i = 0; i < nics; i++)
        if (!in_place(m, vf, nics, i))
            m->nic[i] = (struct moves_nic){.vf.mac = vf[i].mac};
}

static void take_vfs(struct identity_moves *m, const struct moves_vf *vf, size_t nics)
{
    for (size_t i = 0; i < bounded(nics); i++)
        m->nic[i].vf = vf[i];
}

static void refute(struct moves_nic *n, int64_t now_us)
{
    *n = (struct moves_nic){.vf = n->vf, .refuted_us = now_us + MOVES_REFUTED_US};
}

/* Compares the VFs' counters with those that identified interfaces reported earlier. */
static void check(struct identity_moves *m, const struct moves_vf *vf, size_t nics, int64_t now_us)
{
    for (size_t i = 0; i < bounded(nics); i++) {
        struct moves_nic *n = &m->nic[i];
        if (now_us >= n->refuted_us)
            n->refuted_us = 0;
        if (n->identified)
            moves_check_vf(&n->check, &vf[i]);
        if (moves_check_disagrees(&n->check))
            refute(n, now_us);
    }
}

bool identity_moves_due(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                        int64_t now_us)
{
    uint64_t most = 0;
    follow_nics(m, vf, bounded(nics));
    check(m, vf, nics, now_us);
    for (size_t i = 0; i < bounded(nics); i++) {
        uint64_t bytes = moved(&m->nic[i], &vf[i]);
        most = bytes > most ? bytes : most;
    }
    if (m->from_us != 0 && now_us - m->from_us <= 2 * MOVES_SPAN_MOST_US)
        return now_us - m->from_us >= span_us(m) && most >= MOVES_LEAST_BYTES;
    m->from_us = 0;
    take_vfs(m, vf, nics);
    return most > 0;
}

/* --- comparison --- */

static bool sent_by_vf(const struct moves_nic *n, const struct moves_vf *vf, struct sent *ret)
{
    uint64_t bytes = moved(n, vf);
    if (bytes < MOVES_LEAST_BYTES)
        return false;
    double us = (double)(vf->at_us - n->vf.at_us);
    double headers = (double)(vf->tx_packets - n->vf.tx_packets) * MOVES_PACKET_BYTES;
    ret->most = (double)bytes / us;
    ret->least = headers < (double)bytes ? ((double)bytes - headers) / us : 0;
    return true;
}

/* Returns the rate in bytes per microsecond, negative if not known. */
static double sent_by(const struct identity_moves *m, const struct moves_interface *now)
{
    for (size_t i = 0; i < m->interfaces; i++) {
        const struct moves_interface *then = &m->interface[i];
        if (strcmp(then->ifname, now->ifname) != 0)
            continue;
        if (!then->known || !now->known || now->at_us <= then->at_us ||
            now->tx_bytes < then->tx_bytes)
            return -1;
        return (double)(now->tx_bytes - then->tx_bytes) / (double)(now->at_us - then->at_us);
    }
    return -1;
}

static bool agrees(double rate, const struct sent *sent)
{
    return rate >= sent->least * 0.9 && rate <= sent->most * 1.1;
}

/* Returns the only interface that agrees, if the rates of all are known and no other sent half as
 * much. */
static size_t only_one(const struct identity_moves *m, const struct moves_span *s,
                       const struct sent *sent)
{
    size_t found = NOBODY;
    for (size_t i = 0; i < s->interfaces; i++) {
        double rate = sent_by(m, &s->interface[i]);
        bool other = rate < 0 || rate >= sent->least / 2;
        if (found == NOBODY && agrees(rate, sent))
            found = i;
        else if (other)
            return NOBODY;
    }
    return found;
}

static bool is_anothers(const struct identity_moves *m, const struct moves_nic *n,
                        const char *ifname)
{
    for (size_t i = 0; i < m->nics; i++)
        if (&m->nic[i] != n && m->nic[i].identified && strcmp(m->nic[i].ifname, ifname) == 0)
            return true;
    return false;
}

/* --- consequences --- */

static void agree(struct moves_nic *n, const char *ifname)
{
    bool same = strcmp(n->ifname, ifname) == 0;
    n->rounds = same ? n->rounds + 1 : 1;
    memcpy(n->ifname, ifname, sizeof n->ifname);
    n->identified = n->rounds >= MOVES_ROUNDS;
}

static void disagree(struct moves_nic *n)
{
    n->rounds = 0;
    n->ifname[0] = '\0';
}

static void choose_span(struct identity_moves *m, bool showed_nothing)
{
    int64_t most_us = showed_nothing ? MOVES_SPAN_MOST_US : CHECK_SPAN_US;
    m->span_us = showed_nothing ? span_us(m) * 2 : span_us(m);
    if (m->span_us > most_us)
        m->span_us = most_us;
}

/* Several VFs that send at the same rate may all agree with one interface. */
static bool found_twice(const size_t *found, size_t nics, size_t nic)
{
    for (size_t i = 0; i < nics; i++)
        if (i != nic && found[i] == found[nic])
            return true;
    return false;
}

static void judge(struct identity_moves *m, const struct moves_span *s)
{
    size_t found[MOVES_NICS_MAX];
    bool open[MOVES_NICS_MAX] = {false};
    for (size_t i = 0; i < s->nics; i++) {
        struct moves_nic *n = &m->nic[i];
        struct sent sent;
        found[i] = NOBODY;
        if (!sent_by_vf(n, &s->vf[i], &sent))
            continue;
        open[i] = !n->identified;
        if (open[i])
            found[i] = only_one(m, s, &sent);
    }
    bool showed_nothing = false;
    for (size_t i = 0; i < s->nics; i++) {
        struct moves_nic *n = &m->nic[i];
        const char *ifname = found[i] == NOBODY ? "" : s->interface[found[i]].ifname;
        if (open[i] && *ifname && !found_twice(found, s->nics, i) && !is_anothers(m, n, ifname))
            agree(n, ifname);
        else if (open[i])
            disagree(n);
        showed_nothing |= open[i] && n->rounds == 0;
    }
    choose_span(m, showed_nothing);
}

/* Ends the identification because the counters are no longer known. The nic may be identified
 * again, but not repeatedly. */
static void lose(struct moves_nic *n, int64_t now_us)
{
    disagree(n);
    n->identified = false;
    n->check.against += 2;
    moves_check_pause(&n->check);
    if (moves_check_disagrees(&n->check))
        refute(n, now_us);
}

/* Records the readings of the interfaces of identified nics. */
static void note_asked(struct identity_moves *m, const struct moves_span *s, int64_t now_us)
{
    for (size_t i = 0; i < s->nics; i++) {
        struct moves_nic *n = &m->nic[i];
        const struct moves_interface *is = NULL;
        for (size_t k = 0; k < s->interfaces && n->identified; k++)
            if (s->interface[k].known && strcmp(s->interface[k].ifname, n->ifname) == 0)
                is = &s->interface[k];
        if (n->identified)
            moves_check_asked(&n->check, &s->vf[i], is != NULL, is ? is->tx_bytes : 0, now_us);
        if (n->identified && moves_check_silent(&n->check))
            lose(n, now_us);
    }
}

void identity_moves_take(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                         const struct moves_interface *interface, size_t interfaces, int64_t now_us)
{
    const struct moves_span span = {vf, bounded(nics), interface,
                                    interfaces <= MOVES_INTERFACES_MAX ? interfaces : 0};
    use_places(m, span.nics);
    if (m->from_us != 0)
        judge(m, &span);
    note_asked(m, &span, now_us);
    take_vfs(m, vf, nics);
    m->from_us = now_us;
    m->interfaces = span.interfaces;
    memcpy(m->interface, interface, span.interfaces * sizeof *interface);
}

const char *identity_moves_with(const struct identity_moves *m, size_t nic,
                                const struct daqs_mac *mac)
{
    bool identified = nic < m->nics && m->nic[nic].identified;
    return identified && daqs_mac_equal(&m->nic[nic].vf.mac, mac) ? m->nic[nic].ifname : "";
}
