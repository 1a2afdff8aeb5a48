/* SPDX-License-Identifier: Apache-2.0 */
/* assets - the dashboard's files, embedded by the build (cmake/dashboard.cmake). */
#ifndef DAQS_CONTROLLERD_IO_HTTP_ASSETS_H
#define DAQS_CONTROLLERD_IO_HTTP_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path; /* "/app.js"; "/index.html" is also "/" */
    const char *type; /* "text/html; charset=utf-8" */
    const unsigned char *bytes;
    size_t length;
    const char *etag; /* including the quotes */
};

extern const struct asset assets[];
extern const size_t assets_count;

#endif
