/* SPDX-License-Identifier: Apache-2.0 */
/* size - parses sizes in bytes as people write them. */
#ifndef DAQS_BASE_SIZE_H
#define DAQS_BASE_SIZE_H

#include <stdint.h>

#include "shared/base/error.h"

/* The largest size accepted anywhere: 1 PB. */
#define DAQS_SIZE_MAX INT64_C(1000000000000000)

/* Parses "500MB", "1GB", "2T", "64kB", "100B" into bytes, 0 to DAQS_SIZE_MAX. Multiples are SI (1
 * GB = 10^9 B); the prefix is k, M, G or T in either case. Rejects a bare number other than 0, bits
 * ("Mbit"), fractions and anything else. DAQS_EINVALID: not a size. DAQS_ERANGE: too large. */
int daqs_size_parse(const char *text, int64_t *ret_bytes, struct daqs_error *err);

#endif
