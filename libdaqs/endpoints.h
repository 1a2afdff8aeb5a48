/* SPDX-License-Identifier: Apache-2.0 */
/* endpoints - the controllers that a user names: the members of a group, best first, with
 * the key of each if it has one of its own. */
#ifndef DAQS_LIBDAQS_ENDPOINTS_H
#define DAQS_LIBDAQS_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"

enum { ENDPOINTS_MOST = 16, ENDPOINT_BYTES = 256 };

struct endpoints {
    size_t count; /* at least 1 once parsed */
    char at[ENDPOINTS_MOST][ENDPOINT_BYTES];
    char key[ENDPOINTS_MOST][ENDPOINT_BYTES]; /* as for key_find_public; "": none of its own */
};

/* Parses a list of endpoints that are separated by commas or blanks. After an endpoint may stand
 * its controller's public key, or the absolute path of a file with it. DAQS_EINVALID, with a text:
 * one of them is malformed, there is none, or there are more than ENDPOINTS_MOST. */
int endpoints_parse(const char *list, struct endpoints *ret, struct daqs_error *err);

/* Returns true if the endpoint is reached over TCP, where connections may need keys. */
bool endpoint_is_tcp(const char *endpoint);

#endif
