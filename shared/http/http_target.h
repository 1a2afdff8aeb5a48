/* http_target - what a request asks for, "/path?name=value&...", taken apart. Pure: for bytes of
 * strangers. */
#ifndef DAQS_HTTP_HTTP_TARGET_H
#define DAQS_HTTP_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"

#define HTTP_TARGET_MAX 4096 /* bytes, as it comes */
#define HTTP_PARAMETERS_MAX 16

struct http_parameter {
    const char *name;
    const char *value;
};

struct http_target {
    const char *path; /* decoded; not made shorter: "/a/../b" is a path that nothing has */
    size_t parameters;
    struct http_parameter parameter[HTTP_PARAMETERS_MAX];
    char text[HTTP_TARGET_MAX + 1]; /* theirs */
};

/* Percent-encoding is undone, and in parameters '+' is a blank. DAQS_ETOOBIG: too long.
 * DAQS_EINVALID: it does not begin with a slash, what comes of it is no UTF-8 or has control
 * characters, a parameter is given twice, or there are too many. *ret points into itself. */
int http_target_parse(const char *text, struct http_target *ret, struct daqs_error *err);

/* True if a Host header, with or without a port, names one of the comma-separated 'names', in
 * either case. NULL is none. */
bool http_host_is_one_of(const char *header, const char *names);

#endif
