/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/counter_check.h"

/* Spans with less traffic than LEAST_BYTES_PER_S are ignored. In the others, PACKET_BYTES per
 * packet are subtracted from the NIC's count: the bytes that a NIC counts and its guest may not
 * (padding to 60 bytes, a VLAN tag, the frame check sequence). One part in SLACK_PART is allowed
 * for the headers of segments that the NIC itself cuts. */
enum { LEAST_BYTES_PER_S = 125000, PACKET_BYTES = 26, SLACK_PART = 4 };

void counter_check_forget(struct counter_check *w)
{
    w->known = false;
    w->from_us = w->host_from_us = w->host_to_us = 0;
}

static void compare(struct counter_check *w)
{
    int64_t span_us = w->host_to_us - w->host_from_us;
    uint64_t said = w->said - w->said_from;
    uint64_t counted = w->host_to - w->host_from;
    if (counted < (uint64_t)(span_us / 1000) * LEAST_BYTES_PER_S / 1000)
        return;
    w->said_then = said;
    w->counted = counted;
    if (counted - counted / SLACK_PART > said)
        w->guilt += 2;
    else if (w->guilt > 0)
        w->guilt--;
    if (w->guilt > COUNTER_CHECK_MOST_GUILT)
        w->guilt = COUNTER_CHECK_MOST_GUILT;
    if (w->guilt == COUNTER_CHECK_MOST_GUILT || w->guilt == 0)
        w->lies = w->guilt > 0;
}

void counter_check_guest(struct counter_check *w, const struct counters_reading *reading)
{
    /* After a counter reset the new value is what was sent since. The sum never decreases. */
    uint64_t now = reading->tx_bytes;
    if (w->known)
        w->said += now >= w->last ? now - w->last : now;
    w->known = true;
    w->last = now;
    if (w->host_to_us != 0 && reading->at_us >= w->host_to_us) {
        compare(w);
        w->from_us = 0;
    }
    if (w->from_us != 0)
        return;
    w->from_us = reading->at_us;
    w->said_from = w->said;
    w->host_from_us = w->host_to_us = 0;
}

void counter_check_host(struct counter_check *w, const struct counters_reading *reading)
{
    if (w->from_us == 0 || w->host_to_us != 0 || reading->at_us < w->from_us + COUNTER_CHECK_LAG_US)
        return;
    uint64_t headers = reading->tx_packets * PACKET_BYTES;
    uint64_t bytes = reading->tx_bytes > headers ? reading->tx_bytes - headers : 0;
    if (w->host_from_us != 0 && bytes < w->host_from)
        w->host_from_us = 0; /* the VF was reset */
    /* The guest does not see this clock, so its microseconds serve as random numbers. */
    int64_t span_us =
        COUNTER_CHECK_LEAST_SPAN_US +
        w->host_from_us * 7919 % (COUNTER_CHECK_MOST_SPAN_US - COUNTER_CHECK_LEAST_SPAN_US);
    if (w->host_from_us == 0) {
        w->host_from_us = reading->at_us;
        w->host_from = bytes;
    } else if (reading->at_us >= w->host_from_us + span_us) {
        w->host_to_us = reading->at_us;
        w->host_to = bytes;
    }
}

bool counter_check_says_less(const struct counter_check *w)
{
    return w->lies;
}
