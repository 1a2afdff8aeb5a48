/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/pack.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/wire/bus.h"

static int append(void *data, const char *bytes, size_t length)
{
    struct wire_packing *packing = data;
    if (packing->failed)
        return -1;
    if (length > packing->most - packing->length) {
        packing->failed = DAQS_ETOOBIG;
        return -1;
    }
    if (packing->capacity - packing->length < length) {
        size_t capacity = packing->capacity ? packing->capacity : 512;
        while (capacity - packing->length < length)
            capacity *= 2;
        uint8_t *grown = realloc(packing->bytes, capacity);
        if (!grown) {
            packing->failed = DAQS_ENOMEM;
            return -1;
        }
        packing->bytes = grown;
        packing->capacity = capacity;
    }
    memcpy(packing->bytes + packing->length, bytes, length);
    packing->length += length;
    return 0;
}

msgpack_packer *wire_pack_begin(struct wire_packing *packing)
{
    memset(packing, 0, sizeof *packing);
    packing->most = WIRE_MESSAGE_MAX;
    msgpack_packer_init(&packing->packer, packing, append);
    return &packing->packer;
}

int wire_pack_end(struct wire_packing *packing, uint8_t **ret_bytes, size_t *ret_length)
{
    if (packing->failed) {
        free(packing->bytes);
        return packing->failed;
    }
    *ret_bytes = packing->bytes;
    *ret_length = packing->length;
    return DAQS_OK;
}

void wire_pack_text(msgpack_packer *p, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    msgpack_pack_str(p, length);
    msgpack_pack_str_body(p, text ? text : "", length);
}

void wire_pack_encoded(msgpack_packer *p, const uint8_t *bytes, size_t length)
{
    (void)append(p->data, (const char *)bytes, length);
}

void wire_pack_rate(msgpack_packer *p, daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        msgpack_pack_nil(p);
    else
        msgpack_pack_uint64(p, rate);
}
