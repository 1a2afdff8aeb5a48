/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_assets.h"

#include <string.h>

static bool is_at(const struct web_asset *asset, const char *path)
{
    return strcmp(asset->path, path) == 0 ||
           (strcmp(path, "/") == 0 && strcmp(asset->path, "/index.html") == 0);
}

static void answer(struct http_call *call, const struct web_asset *asset)
{
    struct http_head head = {.status = 200, .type = asset->type, .etag = asset->etag};
    const char *known = http_call_header(call, "If-None-Match");
    if (known && strstr(known, asset->etag)) {
        head.status = 304;
        http_answer(call, &head, (struct http_bytes){"", 0, NULL, NULL});
        return;
    }
    http_answer(call, &head, (struct http_bytes){asset->bytes, asset->length, NULL, NULL});
}

bool web_assets_answer(struct http_call *call)
{
    const char *path = http_call_target(call)->path;
    for (size_t i = 0; i < web_assets_count; i++)
        if (is_at(&web_assets[i], path)) {
            answer(call, &web_assets[i]);
            return true;
        }
    return false;
}
