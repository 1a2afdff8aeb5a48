/* zap - the requests of ZeroMQ's authentication protocol (ZAP, rfc.zeromq.org/spec/27): who asks to
 * be let in. What a frame says may be the peer's own words. */
#ifndef DAQS_NET_ZAP_H
#define DAQS_NET_ZAP_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/model.h"

/* The frames of a request, in their order: of those that CURVE sends the last is the key. */
enum zap_frames {
    ZAP_VERSION,
    ZAP_REQUEST_ID,
    ZAP_DOMAIN,
    ZAP_ADDRESS,
    ZAP_ROUTING_ID,
    ZAP_MECHANISM,
    ZAP_CREDENTIAL,
    ZAP_FRAMES,
};

struct zap_frame {
    const void *data;
    size_t size;
};

enum { ZAP_TEXT_BYTES = 256 };

struct zap_request {
    char domain[ZAP_TEXT_BYTES];
    char address[ZAP_TEXT_BYTES]; /* an IPv4 one as such, also from an IPv6 socket */
    struct daqs_key key;
};

/* False if it is no request of a peer with a CURVE key, or its texts are too long or have NULs. */
bool zap_read(const struct zap_frame *frame, size_t frames, struct zap_request *ret);

#endif
