/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "shared/base/name.h"
#include "shared/wire/bus.h"
#include "shared/wire/cursor.h"

/* Arrays may be longer than known here, because a newer peer appends elements. Sixteen more are
 * plenty. */
enum { MORE = 16, UUID_BYTES = 36, VERSION_BYTES = 64 };

static const char *read_name(struct wire_cursor *c)
{
    const char *name = wire_read_text(c, DAQS_NAME_MAX);
    if (!c->problem && daqs_name_check("", name, strlen(name), NULL) != DAQS_OK)
        wire_reject(c, "a name is empty, not UTF-8 or has control characters");
    return name;
}

/* Reads a text for people. It may be empty, otherwise the rules of a name apply, because it is
 * printed. */
static const char *read_label(struct wire_cursor *c, size_t most)
{
    const char *text = wire_read_text(c, most);
    if (*text && daqs_name_check("", text, strlen(text), NULL) != DAQS_OK)
        wire_reject(c, "a text is not UTF-8 or has control characters");
    return text;
}

static daqs_bps read_rate_or_none(struct wire_cursor *c)
{
    return wire_read_uint_or_nil(c, DAQS_BPS_MAX, DAQS_UNLIMITED);
}

static void read_inventory(struct wire_cursor *c, struct daqs_inventory *inventory)
{
    inventory->uplinks = wire_read_array(c, 0, DAQS_MAX_UPLINKS);
    inventory->uplink = wire_read_alloc(c, inventory->uplinks, sizeof *inventory->uplink);
    for (uint32_t i = 0; i < inventory->uplinks && !c->problem; i++) {
        uint32_t count = wire_read_array(c, 2, 2 + MORE);
        inventory->uplink[i].name = read_name(c);
        inventory->uplink[i].capacity = wire_read_uint(c, DAQS_BPS_MAX);
        wire_skip_rest(c, count, 2);
    }
    inventory->vms = wire_read_array(c, 0, DAQS_MAX_VMS);
    inventory->vm = wire_read_alloc(c, inventory->vms, sizeof *inventory->vm);
    for (uint32_t i = 0; i < inventory->vms && !c->problem; i++) {
        uint32_t count = wire_read_array(c, 2, 2 + MORE);
        inventory->vm[i].name = read_name(c);
        inventory->vm[i].uuid = read_label(c, UUID_BYTES);
        wire_skip_rest(c, count, 2);
    }
    inventory->nics = wire_read_array(c, 0, DAQS_MAX_NICS);
    inventory->nic = wire_read_alloc(c, inventory->nics, sizeof *inventory->nic);
    for (uint32_t i = 0; i < inventory->nics && !c->problem; i++) {
        struct daqs_nic_info *nic = &inventory->nic[i];
        uint32_t count = wire_read_array(c, 3, 3 + MORE);
        nic->vm = (uint32_t)wire_read_uint(c, UINT32_MAX);
        nic->uplink = (uint32_t)wire_read_uint(c, UINT32_MAX);
        wire_read_bytes(c, nic->mac.byte, sizeof nic->mac.byte);
        if (nic->vm >= inventory->vms || nic->uplink >= inventory->uplinks)
            wire_reject(c, "a nic refers to a VM or uplink that is not listed");
        if (count > 3) /* older agents do not send it */
            nic->mtu = daqs_mtu_or_unknown(wire_read_uint(c, UINT32_MAX));
        wire_skip_rest(c, count, 4);
    }
}

static void read_short_label(struct wire_cursor *c, size_t most, char *ret)
{
    const char *text = read_label(c, most);
    if (!c->problem)
        (void)strcpy(ret, text);
}

static void read_unwatched(struct wire_cursor *c, struct daqs_inventory *inventory)
{
    inventory->unwatched_vfs = wire_read_array(c, 0, DAQS_MAX_UNWATCHED);
    inventory->unwatched =
        wire_read_alloc(c, inventory->unwatched_vfs, sizeof *inventory->unwatched);
    for (uint32_t i = 0; i < inventory->unwatched_vfs && !c->problem; i++) {
        struct daqs_unwatched_info *vf = &inventory->unwatched[i];
        uint32_t count = wire_read_array(c, 5, 5 + MORE);
        vf->vm = (uint32_t)wire_read_uint(c, UINT32_MAX);
        read_short_label(c, DAQS_IFNAME_MAX, vf->pf);
        vf->vf = (uint32_t)wire_read_uint(c, UINT32_MAX);
        read_short_label(c, DAQS_PCI_MAX, vf->pci);
        vf->cause = (uint8_t)wire_read_uint(c, UINT8_MAX);
        if (vf->vm >= inventory->vms)
            wire_reject(c, "a VF that is not watched refers to a VM that is not listed");
        wire_skip_rest(c, count, 5);
    }
}

/* Reads a hello of 'count' elements: older agents do not send VFs that are not watched. */
static uint32_t read_hello(struct wire_cursor *c, uint32_t count, struct wire_hello *m)
{
    m->host = read_name(c);
    m->version = read_label(c, VERSION_BYTES);
    m->instance = wire_read_uint(c, UINT64_MAX);
    m->generation = wire_read_uint(c, INT64_MAX);
    m->epoch = wire_read_uint(c, INT64_MAX);
    m->poll_ms = (uint32_t)wire_read_uint(c, UINT32_MAX);
    read_inventory(c, &m->inventory);
    m->poll_most_ms = (uint32_t)wire_read_uint(c, UINT32_MAX);
    m->stale_controller = wire_read_uint(c, INT64_MAX);
    if (count <= 13)
        return 13;
    read_unwatched(c, &m->inventory);
    return 14;
}

static uint32_t read_welcome(struct wire_cursor *c, struct wire_welcome *m)
{
    m->version = read_label(c, VERSION_BYTES);
    m->epoch = wire_read_uint(c, INT64_MAX);
    m->generation = wire_read_uint(c, INT64_MAX);
    m->lease_ms = (uint32_t)wire_read_uint(c, UINT32_MAX);
    return 6;
}

/* Reads [state, cause], with a sample five more numbers, and from newer agents its age, source and
 * backlog. */
static void read_reading(struct wire_cursor *c, struct daqs_nic_reading *r)
{
    uint32_t items = wire_read_array(c, 2, 10 + MORE);
    r->state = (uint8_t)wire_read_uint(c, UINT8_MAX);
    r->cause = (uint8_t)wire_read_uint(c, UINT8_MAX);
    if (items < 7) {
        wire_skip_rest(c, items, 2);
        return;
    }
    r->sample.interval_us = (int64_t)wire_read_uint(c, INT64_MAX);
    r->sample.tx_bytes = wire_read_uint(c, INT64_MAX);
    r->sample.rx_bytes = wire_read_uint(c, INT64_MAX);
    r->sample.tx_packets = wire_read_uint(c, INT64_MAX);
    r->sample.rx_packets = wire_read_uint(c, INT64_MAX);
    if (items > 7)
        r->age_us = (uint32_t)wire_read_uint(c, UINT32_MAX);
    if (items > 8)
        r->source = (uint8_t)wire_read_uint(c, UINT8_MAX);
    if (items > 9)
        r->backlog = (uint8_t)daqs_backlog_or_unknown(wire_read_uint(c, UINT8_MAX));
    wire_skip_rest(c, items, 10);
}

/* Reads the uplinks of a report. Older agents do not send the rates of VFs. */
static void read_uplinks(struct wire_cursor *c, struct wire_report *m)
{
    m->uplinks = wire_read_array(c, 0, DAQS_MAX_UPLINKS);
    m->uplink = wire_read_alloc(c, m->uplinks, sizeof *m->uplink);
    for (uint32_t i = 0; i < m->uplinks && !c->problem; i++) {
        struct daqs_uplink_reading *u = &m->uplink[i];
        uint32_t items = wire_read_array(c, 6, 8 + MORE);
        u->own_interval_us = wire_read_uint(c, INT64_MAX);
        u->own_bytes = wire_read_uint(c, INT64_MAX);
        u->own_packets = wire_read_uint(c, INT64_MAX);
        u->port_interval_us = wire_read_uint(c, INT64_MAX);
        u->port_bytes = wire_read_uint(c, INT64_MAX);
        u->port_packets = wire_read_uint(c, INT64_MAX);
        if (items > 6)
            u->vf_least = wire_read_uint(c, DAQS_BPS_MAX);
        if (items > 7)
            u->vf_step = wire_read_uint(c, DAQS_BPS_MAX);
        wire_skip_rest(c, items, 8);
    }
}

/* Reads a report of 'count' elements: older agents do not send uplinks. */
static uint32_t read_report(struct wire_cursor *c, uint32_t count, struct wire_report *m)
{
    m->generation = wire_read_uint(c, INT64_MAX);
    m->sequence = wire_read_uint(c, INT64_MAX);
    m->mono_us = wire_read_uint(c, INT64_MAX);
    m->nics = wire_read_array(c, 0, DAQS_MAX_NICS);
    m->reading = wire_read_alloc(c, m->nics, sizeof *m->reading);
    for (uint32_t i = 0; i < m->nics && !c->problem; i++)
        read_reading(c, &m->reading[i]);
    m->limits_sequence = wire_read_uint(c, INT64_MAX);
    if (count < 8)
        return 7;
    read_uplinks(c, m);
    return 8;
}

static void read_modes(struct wire_cursor *c, struct wire_limits *m)
{
    m->uplinks = wire_read_array(c, 0, DAQS_MAX_UPLINKS);
    m->mode = wire_read_alloc(c, m->uplinks, sizeof *m->mode);
    for (uint32_t i = 0; i < m->uplinks && !c->problem; i++) {
        uint32_t items = wire_read_array(c, 1, 1 + MORE);
        m->mode[i] = (uint8_t)wire_read_uint(c, UINT8_MAX);
        wire_skip_rest(c, items, 1);
    }
}

/* Reads limits of 'count' elements: older controllers do not send the modes. */
static uint32_t read_limits(struct wire_cursor *c, uint32_t count, struct wire_limits *m)
{
    m->epoch = wire_read_uint(c, INT64_MAX);
    m->sequence = wire_read_uint(c, INT64_MAX);
    m->generation = wire_read_uint(c, INT64_MAX);
    m->lease_ms = (uint32_t)wire_read_uint(c, UINT32_MAX);
    m->headroom_ppm = (uint32_t)wire_read_uint(c, 1000000);
    m->nics = wire_read_array(c, 0, DAQS_MAX_NICS);
    m->setting = wire_read_alloc(c, m->nics, sizeof *m->setting);
    for (uint32_t i = 0; i < m->nics && !c->problem; i++) {
        struct daqs_nic_setting *s = &m->setting[i];
        uint32_t items = wire_read_array(c, 4, 4 + MORE);
        s->limit = read_rate_or_none(c);
        s->min = wire_read_uint(c, DAQS_BPS_MAX);
        s->max = read_rate_or_none(c);
        s->weight = (uint32_t)wire_read_uint(c, UINT32_MAX);
        wire_skip_rest(c, items, 4);
    }
    m->poll_ms = (uint32_t)wire_read_uint(c, UINT32_MAX);
    if (count < 10)
        return 9;
    read_modes(c, m);
    return 10;
}

static uint32_t read_applied(struct wire_cursor *c, struct wire_applied *m)
{
    m->epoch = wire_read_uint(c, INT64_MAX);
    m->sequence = wire_read_uint(c, INT64_MAX);
    m->generation = wire_read_uint(c, INT64_MAX);
    m->nics = wire_read_array(c, 0, DAQS_MAX_NICS);
    m->nic = wire_read_alloc(c, m->nics, sizeof *m->nic);
    for (uint32_t i = 0; i < m->nics && !c->problem; i++) {
        struct daqs_nic_applied *a = &m->nic[i];
        uint32_t count = wire_read_array(c, 4, 4 + MORE);
        a->nic = (uint32_t)wire_read_uint(c, DAQS_MAX_NICS - 1);
        a->limit = read_rate_or_none(c);
        a->state = (uint8_t)wire_read_uint(c, UINT8_MAX);
        a->cause = (uint8_t)wire_read_uint(c, UINT8_MAX);
        wire_skip_rest(c, count, 4);
    }
    return 6;
}

static uint32_t read_bye(struct wire_cursor *c, struct wire_bye *m)
{
    m->reason = (uint32_t)wire_read_uint(c, UINT32_MAX);
    return 3;
}

/* Reads the body of a message of 'count' elements. Returns how many elements are read then. */
static uint32_t read_body(struct wire_cursor *c, uint32_t count, struct wire_message *m)
{
    switch (m->type) {
    case WIRE_HELLO:
        return read_hello(c, count, &m->hello);
    case WIRE_WELCOME:
        return read_welcome(c, &m->welcome);
    case WIRE_REPORT:
        return read_report(c, count, &m->report);
    case WIRE_LIMITS:
        return read_limits(c, count, &m->limits);
    case WIRE_APPLIED:
        return read_applied(c, &m->applied);
    case WIRE_BYE:
        return read_bye(c, &m->bye);
    }
    wire_reject(c, "its type is not known");
    return 2;
}

int wire_decode(const void *bytes, size_t length, struct daqs_arena *arena,
                struct wire_message *ret, struct daqs_error *err)
{
    struct wire_cursor c;
    struct wire_message message;
    if (length > WIRE_MESSAGE_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "message of %zu bytes refused", length);
    memset(&message, 0, sizeof message);
    wire_cursor_init(&c, bytes, length, arena);
    /* The version is checked first, so that a peer of another version gets a clear reply. */
    uint32_t count = wire_read_array(&c, 1, UINT32_MAX);
    uint64_t version = wire_read_uint(&c, UINT32_MAX);
    if (!c.problem && version != WIRE_PROTOCOL)
        return daqs_fail(err, DAQS_EVERSION, "protocol version %u is not spoken here (%d is)",
                         (unsigned)version, WIRE_PROTOCOL);
    if (count > 14 + MORE)
        wire_reject(&c, "it has too many elements");
    message.type = (enum wire_type)wire_read_uint(&c, UINT8_MAX);
    if (!c.problem) {
        uint32_t known = read_body(&c, count, &message);
        if (count < known)
            wire_reject(&c, "it has too few elements");
        wire_skip_rest(&c, count, known);
    }
    int result = wire_finish(&c, err);
    if (result == DAQS_OK)
        *ret = message;
    return result;
}

const char *wire_bye_text(uint32_t reason)
{
    switch ((enum wire_bye_reason)reason) {
    case WIRE_BYE_STOPPING:
        return "the peer is stopping";
    case WIRE_BYE_HOST_TAKEN:
        return "another live agent speaks for this host; give each host its own name";
    case WIRE_BYE_VERSION:
        return "the protocol version is not spoken by the peer; upgrade the older side";
    case WIRE_BYE_FULL:
        return "the controller has no room for another host";
    }
    return "unknown reason";
}
