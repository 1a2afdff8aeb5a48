#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin_internal.h"
#include "shared/base/clock.h"

struct events_question {
    struct store_event_query query; /* first */
    struct admin_answer answer;
    bool follow;
};

static void events_prepare(struct store_job *base)
{
    struct events_question *q = (struct events_question *)base;
    admin_answer_make(&q->answer, base, &q->query.table,
                      q->query.more || q->follow ? q->query.after_id : -1);
}

static void events_done(struct store_job *base)
{
    struct events_question *q = (struct events_question *)base;
    admin_answer_send(base->context, &q->answer);
    free(q);
}

void admin_events(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    int64_t after_id = 0;
    bool follow = strcmp(request->word, "follow") == 0;
    if (!admin_filter_ok(c, caller, request) || !admin_token_ok(c, caller, request, &after_id))
        return;
    struct events_question *q = calloc(1, sizeof *q);
    if (!q) {
        admin_say(c, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    q->answer.caller = *caller;
    q->follow = follow;
    (void)snprintf(q->query.host, sizeof q->query.host, "%s", request->host);
    (void)snprintf(q->query.vm, sizeof q->query.vm, "%s", request->vm);
    q->query.has_after = *request->token != '\0';
    q->query.after_id = after_id;
    /* Who follows wants what comes, whatever the clock does. */
    q->query.since_ms = follow && q->query.has_after ? INT64_MIN : request->since_ms;
    q->query.until_ms = request->until_ms ? request->until_ms : INT64_MAX;
    q->query.base.prepare = events_prepare;
    q->query.base.done = events_done;
    q->query.base.context = c;
    if (store_query_events(c->store, &q->query) != DAQS_OK) {
        admin_say(c, caller, DAQS_EBUSY, "too many questions are waiting; try again");
        free(q);
    }
}

/* --- the audit trail --- */

struct audit_question {
    struct store_audit query; /* first */
    struct admin_answer answer;
};

static void audit_prepare(struct store_job *base)
{
    struct audit_question *q = (struct audit_question *)base;
    admin_answer_make(&q->answer, base, &q->query.table, q->query.more ? q->query.after_id : -1);
}

static void audit_done(struct store_job *base)
{
    struct audit_question *q = (struct audit_question *)base;
    admin_answer_send(base->context, &q->answer);
    free(q);
}

void admin_audit(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    int64_t after_id = 0;
    if (!admin_filter_ok(c, caller, request) || !admin_token_ok(c, caller, request, &after_id))
        return;
    struct audit_question *q = calloc(1, sizeof *q);
    if (!q) {
        admin_say(c, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    q->answer.caller = *caller;
    (void)snprintf(q->query.host, sizeof q->query.host, "%s", request->host);
    (void)snprintf(q->query.vm, sizeof q->query.vm, "%s", request->vm);
    q->query.after_id = after_id;
    q->query.since_ms = request->since_ms;
    q->query.until_ms = request->until_ms ? request->until_ms : INT64_MAX;
    q->query.base.prepare = audit_prepare;
    q->query.base.done = audit_done;
    q->query.base.context = c;
    if (store_query_audit(c->store, &q->query) != DAQS_OK) {
        admin_say(c, caller, DAQS_EBUSY, "too many questions are waiting; try again");
        free(q);
    }
}
