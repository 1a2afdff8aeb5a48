/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for admission: frames, each after a byte with its length. */
#include <string.h>

#include "shared/net/zap.h"
#include "tests/fuzz/harness.h"

static void run(const uint8_t *bytes, size_t length)
{
    struct zap_frame frame[ZAP_FRAMES + 1] = {{0}};
    struct zap_request request;
    size_t frames = 0;
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + length;
    while (at < end && frames < ZAP_FRAMES + 1) {
        size_t left = (size_t)(end - at - 1);
        /* 255 means all that is left, so that a frame may exceed any limit. */
        size_t size = *at == 0xff || *at > left ? left : *at;
        frame[frames++] = (struct zap_frame){at + 1, size};
        at += 1 + size;
    }
    memset(&request, 0xff, sizeof request);
    if (!zap_read(frame, frames, &request))
        return;
    FUZZ_CHECK(frames == ZAP_FRAMES);
    FUZZ_CHECK(strnlen(request.domain, ZAP_TEXT_BYTES) == frame[ZAP_DOMAIN].size);
    size_t address = strnlen(request.address, ZAP_TEXT_BYTES);
    FUZZ_CHECK(address == frame[ZAP_ADDRESS].size || address + 7 == frame[ZAP_ADDRESS].size);
    FUZZ_CHECK(memcmp(&request.key, frame[ZAP_CREDENTIAL].data, sizeof request.key) == 0);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 1024};
