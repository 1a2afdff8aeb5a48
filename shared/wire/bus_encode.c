/* SPDX-License-Identifier: Apache-2.0 */
#include <msgpack/pack.h>

#include "shared/wire/bus.h"
#include "shared/wire/pack.h"

static void pack_inventory(msgpack_packer *p, const struct daqs_inventory *inventory)
{
    msgpack_pack_array(p, inventory->uplinks);
    for (uint32_t i = 0; i < inventory->uplinks; i++) {
        msgpack_pack_array(p, 2);
        wire_pack_text(p, inventory->uplink[i].name);
        msgpack_pack_uint64(p, inventory->uplink[i].capacity);
    }
    msgpack_pack_array(p, inventory->vms);
    for (uint32_t i = 0; i < inventory->vms; i++) {
        msgpack_pack_array(p, 2);
        wire_pack_text(p, inventory->vm[i].name);
        wire_pack_text(p, inventory->vm[i].uuid);
    }
    msgpack_pack_array(p, inventory->nics);
    for (uint32_t i = 0; i < inventory->nics; i++) {
        const struct daqs_nic_info *nic = &inventory->nic[i];
        msgpack_pack_array(p, 4);
        msgpack_pack_uint32(p, nic->vm);
        msgpack_pack_uint32(p, nic->uplink);
        msgpack_pack_bin(p, sizeof nic->mac.byte);
        msgpack_pack_bin_body(p, nic->mac.byte, sizeof nic->mac.byte);
        msgpack_pack_uint32(p, nic->mtu);
    }
}

static void pack_unwatched(msgpack_packer *p, const struct daqs_inventory *inventory)
{
    msgpack_pack_array(p, inventory->unwatched_vfs);
    for (uint32_t i = 0; i < inventory->unwatched_vfs; i++) {
        const struct daqs_unwatched_info *vf = &inventory->unwatched[i];
        msgpack_pack_array(p, 5);
        msgpack_pack_uint32(p, vf->vm);
        wire_pack_text(p, vf->pf);
        msgpack_pack_uint32(p, vf->vf);
        wire_pack_text(p, vf->pci);
        msgpack_pack_uint8(p, vf->cause);
    }
}

static void pack_hello(msgpack_packer *p, const struct wire_hello *m)
{
    msgpack_pack_array(p, 14);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, WIRE_HELLO);
    wire_pack_text(p, m->host);
    wire_pack_text(p, m->version);
    msgpack_pack_uint64(p, m->instance);
    msgpack_pack_uint64(p, m->generation);
    msgpack_pack_uint64(p, m->epoch);
    msgpack_pack_uint32(p, m->poll_ms);
    pack_inventory(p, &m->inventory);
    msgpack_pack_uint32(p, m->poll_most_ms);
    msgpack_pack_uint64(p, m->stale_controller);
    pack_unwatched(p, &m->inventory);
}

static void pack_welcome(msgpack_packer *p, const struct wire_welcome *m)
{
    msgpack_pack_array(p, 6);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, WIRE_WELCOME);
    wire_pack_text(p, m->version);
    msgpack_pack_uint64(p, m->epoch);
    msgpack_pack_uint64(p, m->generation);
    msgpack_pack_uint32(p, m->lease_ms);
}

static void pack_uplinks(msgpack_packer *p, const struct wire_report *m)
{
    msgpack_pack_array(p, m->uplinks);
    for (uint32_t i = 0; i < m->uplinks; i++) {
        const struct daqs_uplink_reading *u = &m->uplink[i];
        msgpack_pack_array(p, 8);
        msgpack_pack_uint64(p, u->own_interval_us);
        msgpack_pack_uint64(p, u->own_bytes);
        msgpack_pack_uint64(p, u->own_packets);
        msgpack_pack_uint64(p, u->port_interval_us);
        msgpack_pack_uint64(p, u->port_bytes);
        msgpack_pack_uint64(p, u->port_packets);
        msgpack_pack_uint64(p, u->vf_least);
        msgpack_pack_uint64(p, u->vf_step);
    }
}

static void pack_report(msgpack_packer *p, const struct wire_report *m)
{
    msgpack_pack_array(p, 8);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, WIRE_REPORT);
    msgpack_pack_uint64(p, m->generation);
    msgpack_pack_uint64(p, m->sequence);
    msgpack_pack_uint64(p, m->mono_us);
    msgpack_pack_array(p, m->nics);
    for (uint32_t i = 0; i < m->nics; i++) {
        const struct daqs_nic_reading *r = &m->reading[i];
        bool sampled = r->sample.interval_us > 0;
        msgpack_pack_array(p, sampled ? 10 : 2);
        msgpack_pack_uint8(p, r->state);
        msgpack_pack_uint8(p, r->cause);
        if (!sampled)
            continue;
        msgpack_pack_uint64(p, (uint64_t)r->sample.interval_us);
        msgpack_pack_uint64(p, r->sample.tx_bytes);
        msgpack_pack_uint64(p, r->sample.rx_bytes);
        msgpack_pack_uint64(p, r->sample.tx_packets);
        msgpack_pack_uint64(p, r->sample.rx_packets);
        msgpack_pack_uint32(p, r->age_us);
        msgpack_pack_uint8(p, r->source);
        msgpack_pack_uint8(p, r->backlog);
    }
    msgpack_pack_uint64(p, m->limits_sequence);
    pack_uplinks(p, m);
}

static void pack_limits(msgpack_packer *p, const struct wire_limits *m)
{
    msgpack_pack_array(p, 10);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, WIRE_LIMITS);
    msgpack_pack_uint64(p, m->epoch);
    msgpack_pack_uint64(p, m->sequence);
    msgpack_pack_uint64(p, m->generation);
    msgpack_pack_uint32(p, m->lease_ms);
    msgpack_pack_uint32(p, m->headroom_ppm);
    msgpack_pack_array(p, m->nics);
    for (uint32_t i = 0; i < m->nics; i++) {
        const struct daqs_nic_setting *s = &m->setting[i];
        msgpack_pack_array(p, 4);
        wire_pack_rate(p, s->limit);
        msgpack_pack_uint64(p, s->min);
        wire_pack_rate(p, s->max);
        msgpack_pack_uint32(p, s->weight);
    }
    msgpack_pack_uint32(p, m->poll_ms);
    msgpack_pack_array(p, m->uplinks);
    for (uint32_t i = 0; i < m->uplinks; i++) {
        msgpack_pack_array(p, 1);
        msgpack_pack_uint8(p, m->mode[i]);
    }
}

static void pack_applied(msgpack_packer *p, const struct wire_applied *m)
{
    msgpack_pack_array(p, 6);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, WIRE_APPLIED);
    msgpack_pack_uint64(p, m->epoch);
    msgpack_pack_uint64(p, m->sequence);
    msgpack_pack_uint64(p, m->generation);
    msgpack_pack_array(p, m->nics);
    for (uint32_t i = 0; i < m->nics; i++) {
        const struct daqs_nic_applied *a = &m->nic[i];
        msgpack_pack_array(p, 4);
        msgpack_pack_uint32(p, a->nic);
        wire_pack_rate(p, a->limit);
        msgpack_pack_uint8(p, a->state);
        msgpack_pack_uint8(p, a->cause);
    }
}

static void pack_bye(msgpack_packer *p, const struct wire_bye *m)
{
    msgpack_pack_array(p, 3);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, WIRE_BYE);
    msgpack_pack_uint32(p, m->reason);
}

/* Returns false for an unknown type. */
static bool pack_message(msgpack_packer *p, const struct wire_message *message)
{
    switch (message->type) {
    case WIRE_HELLO:
        pack_hello(p, &message->hello);
        return true;
    case WIRE_WELCOME:
        pack_welcome(p, &message->welcome);
        return true;
    case WIRE_REPORT:
        pack_report(p, &message->report);
        return true;
    case WIRE_LIMITS:
        pack_limits(p, &message->limits);
        return true;
    case WIRE_APPLIED:
        pack_applied(p, &message->applied);
        return true;
    case WIRE_BYE:
        pack_bye(p, &message->bye);
        return true;
    }
    return false;
}

int wire_encode(const struct wire_message *message, uint8_t **ret_bytes, size_t *ret_length)
{
    struct wire_packing packing;
    if (!pack_message(wire_pack_begin(&packing), message))
        return DAQS_EINVALID;
    return wire_pack_end(&packing, ret_bytes, ret_length);
}
