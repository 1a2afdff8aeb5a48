/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_health.h"

#include <stdlib.h>
#include <string.h>

/* A request for health. */
struct health_request {
    struct loop_wait wait; /* first member */
    struct http_call *call;
    bool ready; /* checks the database, too, not only the loop */
};

static void answer(struct http_call *call, unsigned status, const char *text)
{
    const struct http_head head = {
        .status = status, .type = "text/plain; charset=utf-8", .retry = status == 503};
    http_answer(call, &head, (struct http_bytes){text, strlen(text), NULL, NULL});
}

static bool is_ok(const struct loop_reply *status, const char *name)
{
    return strcmp(loop_reply_value(status, name), "ok") == 0;
}

static void on_reply(struct loop_wait *wait, struct loop_reply *reply)
{
    struct health_request *request = (struct health_request *)wait;
    if (!reply || reply->wire.code != DAQS_OK)
        answer(request->call, 503, "the control loop does not answer\n");
    else if (request->ready && !is_ok(reply, "history"))
        answer(request->call, 503, "history cannot be written to the database\n");
    else if (request->ready && !is_ok(reply, "queries"))
        answer(request->call, 503, "the database cannot be read\n");
    else if (request->ready && !is_ok(reply, "events"))
        answer(request->call, 503, "events cannot be written to the database\n");
    else if (request->ready && !is_ok(reply, "database"))
        answer(request->call, 503, "the database is damaged\n");
    else
        answer(request->call, 200, "ok\n");
    free(request);
}

void web_health_answer(struct loop_client *loop, struct http_call *call, bool ready, int64_t now_ms)
{
    struct wire_request wire = wire_request_of(ready ? WIRE_FIGURES : WIRE_VERSION);
    struct health_request *request = calloc(1, sizeof *request);
    if (!request) {
        answer(call, 503, "out of memory\n");
        return;
    }
    if (ready)
        wire.figures.table = "status"; /* of this controller alone */
    *request = (struct health_request){.wait.on_reply = on_reply, .call = call, .ready = ready};
    if (loop_client_request(loop, &wire, LOOP_HEALTH, now_ms, &request->wait) == DAQS_OK)
        return;
    answer(call, 503, "too many requests are in progress\n");
    free(request);
}
