/* SPDX-License-Identifier: Apache-2.0 */
/* zap - parses the requests of ZeroMQ's authentication protocol (ZAP, rfc.zeromq.org/spec/27),
 * which describe a peer that wants to connect. The content of a frame may come from the peer. */
#ifndef DAQS_NET_ZAP_H
#define DAQS_NET_ZAP_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/model.h"

/* The frames of a request, in their order. The last frame of a CURVE request is the key. */
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
    char address[ZAP_TEXT_BYTES]; /* an IPv4 address as such, also on an IPv6 socket */
    struct daqs_key key;
};

/* Returns false if this is not the request of a peer with a CURVE key, or if its texts are too long
 * or contain a NUL. */
bool zap_read(const struct zap_frame *frame, size_t frames, struct zap_request *ret);

#endif
