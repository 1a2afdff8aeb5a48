/* SPDX-License-Identifier: Apache-2.0 */
/* http_target - parses the target of a request, "/path?name=value&...". Pure; the input is not
 * trusted. */
#ifndef DAQS_HTTP_HTTP_TARGET_H
#define DAQS_HTTP_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"

#define HTTP_TARGET_MAX 4096 /* bytes, as received */
#define HTTP_PARAMETERS_MAX 16

struct http_parameter {
    const char *name;
    const char *value;
};

struct http_target {
    const char *path; /* decoded, not normalised: "/a/../b" stays as it is */
    size_t parameters;
    struct http_parameter parameter[HTTP_PARAMETERS_MAX];
    char text[HTTP_TARGET_MAX + 1]; /* storage for path and parameters */
};

/* Parses a target. Decodes percent-encoding, and '+' as a blank in parameters. DAQS_ETOOBIG: the
 * target is too long. DAQS_EINVALID: it does not begin with a slash, its percent-encoding is
 * malformed, the decoded text is not UTF-8 or has control characters, a parameter is given twice,
 * or there are too many. *ret points into itself. */
int http_target_parse(const char *text, struct http_target *ret, struct daqs_error *err);

/* Returns true if a Host header, with or without a port, is one of the comma-separated 'names', in
 * either case. False for NULL. */
bool http_host_is_one_of(const char *header, const char *names);

#endif
