/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/http/web_internal.h"
#include "controllerd/io/http/web_query.h"

/* A health check. */
struct checkup {
    struct web_wait wait; /* first member */
    struct http_call *call;
    bool ready; /* checks the database, too, not only the loop */
};

static void say(struct http_call *call, unsigned status, const char *text)
{
    const struct http_head head = {
        .status = status, .type = "text/plain; charset=utf-8", .retry = status == 503};
    http_answer(call, &head, (struct http_bytes){text, strlen(text), NULL, NULL});
}

static void heard(struct web_wait *wait, struct web_reply *reply)
{
    struct checkup *checkup = (struct checkup *)wait;
    bool good = reply && reply->reply.code == DAQS_OK;
    if (!good)
        say(checkup->call, 503, "the control loop does not answer\n");
    else if (checkup->ready && strcmp(web_status_value(&reply->reply.table, "history"), "ok") != 0)
        say(checkup->call, 503, "history cannot be written to the database\n");
    else if (checkup->ready && strcmp(web_status_value(&reply->reply.table, "queries"), "ok") != 0)
        say(checkup->call, 503, "the database cannot be read\n");
    else
        say(checkup->call, 200, "ok\n");
    free(checkup);
}

void web_health_answer(struct web *web, struct http_call *call, bool ready)
{
    const struct wire_request request = web_request(ready ? WIRE_STATUS : WIRE_VERSION);
    struct checkup *checkup = calloc(1, sizeof *checkup);
    if (!checkup) {
        say(call, 503, "out of memory\n");
        return;
    }
    *checkup = (struct checkup){.wait.heard = heard, .call = call, .ready = ready};
    if (web_ask(web->asker, &request, WEB_HEALTH, web_now_ms(), &checkup->wait) == DAQS_OK)
        return;
    say(call, 503, "too many questions are under way\n");
    free(checkup);
}
