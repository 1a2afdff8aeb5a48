/* SPDX-License-Identifier: Apache-2.0 */
/* pack - helpers of the encoders (bus, admin, peer) for msgpack-c's packer. */
#ifndef DAQS_WIRE_PACK_H
#define DAQS_WIRE_PACK_H

#include <msgpack/pack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/rate.h"

struct wire_packing {
    msgpack_packer packer;
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    size_t most; /* bytes; WIRE_MESSAGE_MAX unless the caller changes it */
    int failed;  /* DAQS_OK, DAQS_ENOMEM or DAQS_ETOOBIG */
};

/* Starts a message. 'packing' must not move in memory before wire_pack_end. */
msgpack_packer *wire_pack_begin(struct wire_packing *packing);

/* Returns the malloc'd bytes, or frees them and returns an error (DAQS_ETOOBIG for more than
 * 'most'). */
int wire_pack_end(struct wire_packing *packing, uint8_t **ret_bytes, size_t *ret_length);

/* text: NULL stands for "". */
void wire_pack_text(msgpack_packer *p, const char *text);

/* Appends bytes that are encoded already. */
void wire_pack_encoded(msgpack_packer *p, const uint8_t *bytes, size_t length);

/* Packs a rate; DAQS_UNLIMITED becomes nil. */
void wire_pack_rate(msgpack_packer *p, daqs_bps rate);

#endif
