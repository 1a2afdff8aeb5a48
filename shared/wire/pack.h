/* pack - what both encoders (bus, admin) need around msgpack-c's packer. */
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
    int failed; /* DAQS_OK, DAQS_ENOMEM or DAQS_ETOOBIG */
};

/* The packing must not move in memory between begin and end. */
msgpack_packer *wire_pack_begin(struct wire_packing *packing);

/* Hands over malloc'd bytes, or frees them and returns what went wrong (more than
 * WIRE_MESSAGE_MAX is DAQS_ETOOBIG). */
int wire_pack_end(struct wire_packing *packing, uint8_t **ret_bytes, size_t *ret_length);

void wire_pack_text(msgpack_packer *p, const char *text);

/* DAQS_UNLIMITED travels as nil. */
void wire_pack_rate(msgpack_packer *p, daqs_bps rate);

#endif
