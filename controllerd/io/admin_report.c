#include <stdio.h>
#include <stdlib.h>

#include "controllerd/io/admin_internal.h"
#include "shared/base/clock.h"

struct report_question {
    struct store_report query; /* first */
    struct admin_answer answer;
};

static void report_prepare(struct store_job *base)
{
    struct report_question *q = (struct report_question *)base;
    admin_answer_make(&q->answer, base, &q->query.table, q->query.more ? q->query.after : -1);
}

static void report_done(struct store_job *base)
{
    struct report_question *q = (struct report_question *)base;
    admin_answer_send(base->context, &q->answer);
    free(q);
}

void admin_report(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    int64_t after = 0;
    if (!admin_filter_ok(c, caller, request) || !admin_token_ok(c, caller, request, &after))
        return;
    int64_t now_s = daqs_wall_ms(daqs_clock_system()) / 1000;
    int64_t to_s = request->until_ms ? (request->until_ms + 999) / 1000 : now_s;
    to_s = to_s < now_s ? to_s : now_s; /* what is to come is not unknown, it is to come */
    if (request->since_ms / 1000 >= to_s) {
        admin_say(c, caller, DAQS_EINVALID, "the span ends before it begins, or has not begun yet");
        return;
    }
    struct report_question *q = calloc(1, sizeof *q);
    if (!q) {
        admin_say(c, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    q->answer.caller = *caller;
    (void)snprintf(q->query.host, sizeof q->query.host, "%s", request->host);
    (void)snprintf(q->query.vm, sizeof q->query.vm, "%s", request->vm);
    q->query.from_s = request->since_ms / 1000;
    q->query.to_s = to_s;
    q->query.after = after;
    q->query.base.prepare = report_prepare;
    q->query.base.done = report_done;
    q->query.base.context = c;
    if (store_query_report(c->store, &q->query) != DAQS_OK) {
        admin_say(c, caller, DAQS_EBUSY, "too many questions are waiting; try again");
        free(q);
    }
}
