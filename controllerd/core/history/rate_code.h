/* SPDX-License-Identifier: Apache-2.0 */
/* rate_code - 16-bit floating-point codes of rates and of mean packet sizes, for history. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_RATE_CODE_H
#define DAQS_CONTROLLERD_CORE_HISTORY_RATE_CODE_H

#include <stdint.h>

#include "shared/base/rate.h"

/* A rate's code is exact below 4096 bit/s, else within 1/4096, up to 4.3 Tbit/s. RATE_CODE_NONE
 * stands for DAQS_UNLIMITED, as does any greater value on decoding. */
#define RATE_CODE_NONE 0xFFFFU
uint16_t rate_code_encode(daqs_bps rate);
daqs_bps rate_code_decode(uint64_t code);

/* Packets are encoded as their mean size in bytes: within 0.03 %, and exact for less than a
 * thousand packets of at least 60 bytes. Code 0 stands for RATE_CODE_NO_PACKETS, an unknown number.
 * Without bytes there are no packets. */
#define RATE_CODE_NO_PACKETS UINT64_MAX
uint16_t rate_code_encode_packets(uint64_t bytes, uint64_t packets);
uint64_t rate_code_decode_packets(uint64_t bytes, uint64_t code);

#endif
