/* SPDX-License-Identifier: Apache-2.0 */
/* web_api - answers requests to the HTTP API with replies of the control loop, as JSON.
 *
 * Long tables are sent in parts, each of which is requested when the client has received the one
 * before. Their number is limited. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_API_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_API_H

#include "controllerd/io/http/loop_client.h"
#include "shared/base/clock.h"
#include "shared/http/http.h"

struct web_api; /* opaque */

/* Both must outlive it. Returns NULL if out of memory. */
struct web_api *web_api_new(struct loop_client *loop, const struct daqs_clock *clock);
/* Call it only when no call waits for its response. NULL is fine. */
void web_api_free(struct web_api *api);

/* Answers a call whose path begins with /api/, at once or later. */
void web_api_answer(struct web_api *api, struct http_call *call);

#endif
