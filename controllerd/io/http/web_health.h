/* SPDX-License-Identifier: Apache-2.0 */
/* web_health - answers /healthz (the control loop answers) and /readyz (the database does, too). */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_HEALTH_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_HEALTH_H

#include "controllerd/io/http/loop_client.h"
#include "shared/http/http.h"

/* Answers with 200 or 503, at once or later. */
void web_health_answer(struct loop_client *loop, struct http_call *call, bool ready,
                       int64_t now_ms);

#endif
