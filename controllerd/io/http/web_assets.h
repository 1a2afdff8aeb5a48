/* SPDX-License-Identifier: Apache-2.0 */
/* web_assets - the dashboard's files, embedded by the build (cmake/dashboard.cmake). */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_ASSETS_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_ASSETS_H

#include "shared/http/http.h"

struct web_asset {
    const char *path; /* "/app.js"; "/index.html" is also "/" */
    const char *type; /* "text/html; charset=utf-8" */
    const unsigned char *bytes;
    size_t length;
    const char *etag; /* including the quotes */
};

extern const struct web_asset web_assets[];
extern const size_t web_assets_count;

/* Answers with the file of the call's path. Returns false, without an answer, if there is none. */
bool web_assets_answer(struct http_call *call);

#endif
