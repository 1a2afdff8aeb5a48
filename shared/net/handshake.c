/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/handshake.h"

#include "shared/net/monitor.h"

enum { REFUSED = 400 }; /* a ZAP status code (rfc.zeromq.org/spec/27) */

static enum handshake meaning(uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        return HANDSHAKE_DONE;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == REFUSED)
        return HANDSHAKE_REFUSED;
    return HANDSHAKE_FAILED;
}

enum handshake handshake_read(zsock_t *monitor, struct handshake_state *state)
{
    enum handshake newest = HANDSHAKE_NONE;
    struct handshake_state ignored = {0};
    uint16_t event;
    uint32_t value;
    if (!state)
        state = &ignored;
    while (monitor_read(monitor, &event, &value)) {
        if (event == ZMQ_EVENT_DISCONNECTED) {
            state->up = false;
            state->ended = true;
            state->endings++;
        } else if (event == ZMQ_EVENT_CONNECT_RETRIED) {
            state->ended = false;
        } else if (event & HANDSHAKE_EVENTS) {
            newest = meaning(event, value);
            state->up = newest == HANDSHAKE_DONE;
            state->outcome = newest;
        }
    }
    return newest;
}
