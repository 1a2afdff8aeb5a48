/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_routes.h"

#include <string.h>

#include "controllerd/io/http/web_assets.h"
#include "controllerd/io/http/web_health.h"

void web_routes_answer(const struct web_routes *routes, struct http_call *call)
{
    const struct http_target *target = http_call_target(call);
    const char *path = target->path;
    if (strncmp(path, "/api/", strlen("/api/")) == 0)
        web_api_answer(routes->api, call);
    else if (target->parameters > 0)
        http_refuse(call, 400, "this path accepts no parameters");
    else if (strcmp(path, "/healthz") == 0 || strcmp(path, "/readyz") == 0)
        web_health_answer(routes->loop, call, path[1] == 'r', daqs_mono_ms(routes->clock));
    else if (strcmp(path, "/metrics") == 0)
        web_metrics_answer(routes->metrics, call);
    else if (!web_assets_answer(call))
        http_refuse(call, 404, "unknown path");
}
