/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/uplink_load.h"

#include "shared/policy/wire_bytes.h"

/* A port that was measured to send within this time is not down: longer than drivers keep their
 * counters unchanged. */
enum { PORT_SENDS_MS = 3000 };

static bool recent(int64_t at_ms, int64_t now_ms, int64_t patience_ms)
{
    return at_ms != 0 && now_ms - at_ms < patience_ms;
}

bool uplink_load_own(const struct uplink_load *load, int64_t now_ms, int64_t patience_ms)
{
    return recent(load->own_ms, now_ms, patience_ms);
}

bool uplink_load_port(const struct uplink_load *load, int64_t now_ms, int64_t patience_ms)
{
    return recent(load->port_ms, now_ms, patience_ms);
}

/* A PF's own counters are those of an interface, and may count large segments. A port counts
 * frames: its mean packet is one frame, whatever the MTU. */
void uplink_load_note(struct uplink_load *load, const struct daqs_uplink_reading *reading,
                      int64_t now_ms)
{
    load->vf_least = reading ? reading->vf_least : 0;
    load->vf_step = reading ? reading->vf_step : 0;
    load->link_down = reading && reading->link == DAQS_LINK_DOWN;
    if (!reading)
        return;
    if (reading->own_interval_us > 0 && reading->own_interval_us <= INT64_MAX) {
        uint64_t bytes = wire_bytes(reading->own_bytes, reading->own_packets, 0);
        load->own = daqs_rate_of(bytes, (int64_t)reading->own_interval_us);
        load->own_ms = now_ms;
    }
    if (reading->port_interval_us > 0 && reading->port_interval_us <= INT64_MAX) {
        uint64_t bytes = wire_bytes(reading->port_bytes, reading->port_packets, WIRE_MTU_MOST);
        load->port = daqs_rate_of(bytes, (int64_t)reading->port_interval_us);
        load->port_ms = now_ms;
    }
    if (load->port > 0 && uplink_load_port(load, now_ms, PORT_SENDS_MS))
        load->link_down = false;
}
