#include "agentd/core/identity_moves.h"

#include <string.h>

/* What a NIC counts of a packet and a guest may not: padding, a VLAN tag, the frame check sequence.
 * See witness.c. */
enum { PACKET_BYTES = 26, CHECK_SPAN_US = 2 * MOVES_SPAN_US, MOST_AGAINST = 4 };

/* Bytes a microsecond that a VF sent in a span, without and with what only NICs count. */
struct sent {
    double least;
    double most;
};

/* The end of a span. */
struct span {
    const struct moves_vf *vf;
    size_t nics;
    const struct moves_interface *interface;
    size_t interfaces;
};

#define NOBODY SIZE_MAX /* instead of an interface */

void identity_moves_forget(struct identity_moves *m, bool boot)
{
    for (size_t i = 0; i < MOVES_NICS_MAX; i++) {
        struct moves_nic *n = &m->nic[i];
        *n = (struct moves_nic){.vf.mac = n->vf.mac, .refuted = n->refuted && !boot};
    }
    m->from_us = m->span_us = 0;
    m->interfaces = 0;
}

static size_t bounded(size_t nics)
{
    return nics < MOVES_NICS_MAX ? nics : MOVES_NICS_MAX;
}

/* Bytes that the VF sent since; 0: not known. */
static uint64_t moved(const struct moves_nic *n, const struct moves_vf *vf)
{
    bool same = n->vf.known && vf->known && !n->refuted && daqs_mac_equal(&n->vf.mac, &vf->mac);
    bool on = same && vf->at_us > n->vf.at_us && vf->tx_packets >= n->vf.tx_packets;
    return on && vf->tx_bytes > n->vf.tx_bytes ? vf->tx_bytes - n->vf.tx_bytes : 0;
}

/* --- when --- */

static bool any_told(const struct identity_moves *m)
{
    for (size_t i = 0; i < MOVES_NICS_MAX; i++)
        if (m->nic[i].told)
            return true;
    return false;
}

static int64_t span_us(const struct identity_moves *m)
{
    if (any_told(m))
        return CHECK_SPAN_US;
    return m->span_us ? m->span_us : MOVES_SPAN_US;
}

static void forget_others(struct identity_moves *m, const struct moves_vf *vf, size_t nics)
{
    for (size_t i = 0; i < bounded(nics); i++)
        if (!daqs_mac_equal(&m->nic[i].vf.mac, &vf[i].mac))
            m->nic[i] = (struct moves_nic){.vf.mac = vf[i].mac};
}

static void take_vfs(struct identity_moves *m, const struct moves_vf *vf, size_t nics)
{
    for (size_t i = 0; i < bounded(nics); i++)
        m->nic[i].vf = vf[i];
}

bool identity_moves_due(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                        int64_t now_us)
{
    uint64_t most = 0;
    forget_others(m, vf, nics);
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

/* --- who moved with whom --- */

static bool sent_by_vf(const struct moves_nic *n, const struct moves_vf *vf, struct sent *ret)
{
    uint64_t bytes = moved(n, vf);
    if (bytes < MOVES_LEAST_BYTES)
        return false;
    double us = (double)(vf->at_us - n->vf.at_us);
    double headers = (double)(vf->tx_packets - n->vf.tx_packets) * PACKET_BYTES;
    ret->most = (double)bytes / us;
    ret->least = headers < (double)bytes ? ((double)bytes - headers) / us : 0;
    return true;
}

/* Bytes a microsecond; less than 0: not known. */
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

static bool agrees(double rate, const struct sent *sent, double percent)
{
    return rate >= sent->least * (1 - percent / 100) && rate <= sent->most * (1 + percent / 100);
}

/* The only one that agrees, if all are known and no other sent half as much. */
static size_t only_one(const struct identity_moves *m, const struct span *s,
                       const struct sent *sent)
{
    size_t found = NOBODY;
    for (size_t i = 0; i < s->interfaces; i++) {
        double rate = sent_by(m, &s->interface[i]);
        bool other = rate < 0 || rate >= sent->least / 2;
        if (found == NOBODY && agrees(rate, sent, 10))
            found = i;
        else if (other)
            return NOBODY;
    }
    return found;
}

static bool is_anothers(const struct identity_moves *m, const struct moves_nic *n,
                        const char *ifname)
{
    for (size_t i = 0; i < MOVES_NICS_MAX; i++)
        if (&m->nic[i] != n && m->nic[i].told && strcmp(m->nic[i].ifname, ifname) == 0)
            return true;
    return false;
}

/* --- what follows --- */

/* True if it may still be the nic's. */
static bool check(const struct identity_moves *m, struct moves_nic *n, const struct span *s,
                  const struct sent *sent)
{
    double rate = -1;
    for (size_t i = 0; i < s->interfaces; i++)
        if (strcmp(s->interface[i].ifname, n->ifname) == 0)
            rate = sent_by(m, &s->interface[i]);
    if (!agrees(rate, sent, 25))
        n->against += 2;
    else if (n->against > 0)
        n->against--;
    return n->against < MOST_AGAINST;
}

static void refute(struct moves_nic *n)
{
    *n = (struct moves_nic){.vf = n->vf, .refuted = true};
}

static void agree(struct moves_nic *n, const char *ifname)
{
    bool same = strcmp(n->ifname, ifname) == 0;
    n->rounds = same ? n->rounds + 1 : 1;
    memcpy(n->ifname, ifname, sizeof n->ifname);
    n->told = n->rounds >= MOVES_ROUNDS;
}

static void disagree(struct moves_nic *n)
{
    n->rounds = 0;
    n->ifname[0] = '\0';
}

static void choose_span(struct identity_moves *m, bool showed_nothing)
{
    m->span_us = showed_nothing ? span_us(m) * 2 : MOVES_SPAN_US;
    if (m->span_us > MOVES_SPAN_MOST_US)
        m->span_us = MOVES_SPAN_MOST_US;
}

/* VFs that send alike may all agree with one interface. */
static bool found_twice(const size_t *found, size_t nics, size_t nic)
{
    for (size_t i = 0; i < nics; i++)
        if (i != nic && found[i] == found[nic])
            return true;
    return false;
}

static void judge(struct identity_moves *m, const struct span *s)
{
    size_t found[MOVES_NICS_MAX];
    bool open[MOVES_NICS_MAX] = {false};
    for (size_t i = 0; i < s->nics; i++) {
        struct moves_nic *n = &m->nic[i];
        struct sent sent;
        found[i] = NOBODY;
        if (!sent_by_vf(n, &s->vf[i], &sent))
            continue;
        open[i] = !n->told;
        if (open[i])
            found[i] = only_one(m, s, &sent);
        else if (!check(m, n, s, &sent))
            refute(n);
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

void identity_moves_take(struct identity_moves *m, const struct moves_vf *vf, size_t nics,
                         const struct moves_interface *interface, size_t interfaces, int64_t now_us)
{
    const struct span span = {vf, bounded(nics), interface,
                              interfaces <= MOVES_INTERFACES_MAX ? interfaces : 0};
    if (m->from_us != 0)
        judge(m, &span);
    take_vfs(m, vf, nics);
    m->from_us = now_us;
    m->interfaces = span.interfaces;
    memcpy(m->interface, interface, span.interfaces * sizeof *interface);
}

const char *identity_moves_with(const struct identity_moves *m, size_t nic)
{
    return nic < MOVES_NICS_MAX && m->nic[nic].told ? m->nic[nic].ifname : "";
}
