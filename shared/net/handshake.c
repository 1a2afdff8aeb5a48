#include "shared/net/handshake.h"

#include "shared/net/monitor.h"

enum { REFUSED = 400 }; /* ZAP's, of rfc.zeromq.org/spec/27 */

static enum handshake meaning(uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        return HANDSHAKE_DONE;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == REFUSED)
        return HANDSHAKE_REFUSED;
    return HANDSHAKE_FAILED;
}

enum handshake handshake_read(zsock_t *monitor, bool *ret_ended)
{
    enum handshake newest = HANDSHAKE_NONE;
    bool ignored;
    uint16_t event;
    uint32_t value;
    if (!ret_ended)
        ret_ended = &ignored;
    while (monitor_read(monitor, &event, &value)) {
        if (event == ZMQ_EVENT_DISCONNECTED || event == ZMQ_EVENT_CONNECT_RETRIED)
            *ret_ended = event == ZMQ_EVENT_DISCONNECTED;
        else if (event & HANDSHAKE_EVENTS)
            newest = meaning(event, value);
    }
    return newest;
}
