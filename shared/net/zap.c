/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/zap.h"

#include <string.h>

#define MAPPED "::ffff:" /* before an IPv4 address, on an IPv6 socket */

static bool is(const struct zap_frame *frame, const char *text)
{
    return frame->size == strlen(text) && memcmp(frame->data, text, frame->size) == 0;
}

/* Copies the text of a frame without the prefix 'without', if it has that. Returns false if the
 * text is too long or contains a NUL. */
static bool copy_text(const struct zap_frame *frame, const char *without,
                      char buf[static ZAP_TEXT_BYTES])
{
    const char *text = frame->data;
    size_t length = frame->size;
    size_t skipped = strlen(without);
    if (length >= ZAP_TEXT_BYTES || (length > 0 && memchr(text, '\0', length)))
        return false;
    if (skipped == 0 || length < skipped || memcmp(text, without, skipped) != 0)
        skipped = 0;
    if (length > skipped)
        memcpy(buf, text + skipped, length - skipped);
    buf[length - skipped] = '\0';
    return true;
}

bool zap_read(const struct zap_frame *frame, size_t frames, struct zap_request *ret)
{
    struct zap_request request;
    if (frames != ZAP_FRAMES || !is(&frame[ZAP_VERSION], "1.0") ||
        !is(&frame[ZAP_MECHANISM], "CURVE") ||
        frame[ZAP_CREDENTIAL].size != sizeof request.key.byte ||
        !copy_text(&frame[ZAP_DOMAIN], "", request.domain) ||
        !copy_text(&frame[ZAP_ADDRESS], MAPPED, request.address))
        return false;
    memcpy(request.key.byte, frame[ZAP_CREDENTIAL].data, sizeof request.key.byte);
    *ret = request;
    return true;
}
