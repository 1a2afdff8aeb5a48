/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/clock.h"

/* Queries of the database. The store's thread encodes the answer, because thousands of rows would
 * make agents wait. */

enum { ON_ITS_WAY_MS = 3000 };

struct admin_question {
    struct store_question query; /* first member */
    struct admin_caller caller;
    bool first;     /* first part: if it is empty, the name may be unknown */
    bool follow;    /* the answer has a token even if there are no more rows */
    uint8_t *bytes; /* the encoded reply; NULL: encoding failed */
    size_t length;
};

/* Runs on the store's thread. */
static void make_answer(struct store_job *base)
{
    struct admin_question *q = (struct admin_question *)base;
    if (base->result == DAQS_OK && q->first && daqs_table_rows(&q->query.table) == 0)
        base->result = store_question_known(&q->query);
    bool good = base->result == DAQS_OK;
    char token[32] = "";
    const char *text = q->first && !q->query.more ? q->query.why_empty : q->query.note;
    if (good && (q->query.more || q->follow))
        (void)snprintf(token, sizeof token, "%" PRId64, q->query.next);
    const struct wire_reply reply = {.id = q->caller.id,
                                     .code = base->result,
                                     .text = good ? text : base->error.text,
                                     .token = token,
                                     .has_table = good,
                                     .table = q->query.table};
    if (wire_encode_reply(&reply, &q->bytes, &q->length) != DAQS_OK)
        q->bytes = NULL;
    daqs_table_done(&q->query.table);
}

static void send_answer(struct store_job *base)
{
    struct admin_question *q = (struct admin_question *)base;
    struct admin *a = base->context;
    if (base->result == DAQS_ESTORE && !a->queries_failing)
        daqs_log(DAQS_LOG_ERROR, "a query failed: %s", base->error.text);
    if (base->result == DAQS_ESTORE || base->result == DAQS_OK)
        a->queries_failing = base->result == DAQS_ESTORE;
    if (q->bytes)
        admin_send(a, &q->caller, q->bytes, q->length);
    else
        admin_reply_text(a, &q->caller, DAQS_ETOOBIG, "the answer is too large");
    daqs_table_done(&q->query.table); /* in case make_answer did not run */
    free(q);
}

/* Sets what the store does not need to look up. */
static void note_known(const struct admin *a, struct store_question *q)
{
    const struct fleet_host *host = fleet_find(a->given.fleet, q->host);
    const bool elsewhere = *q->host && admin_is_elsewhere(a, q->host);
    q->host_known = host || elsewhere || ledger_of_host(a->given.ledger, q->host);
    q->vm_known = elsewhere || (host && fleet_find_vm(host, q->vm) < host->vms) ||
                  ledger_find(a->given.ledger, q->host, q->vm);
}

/* Returns a query that the caller frees, or NULL after sending a reply. Without an end, the span
 * ends now. The request has a period. */
static struct admin_question *new_question(struct admin *a, const struct admin_caller *caller,
                                           const struct wire_request *request)
{
    const struct wire_period *period = &request->period;
    int64_t token = 0;
    if (!admin_filter_ok(a, caller, period->host, period->vm) ||
        !admin_token_ok(a, caller, request, &token))
        return NULL;
    struct admin_question *q = calloc(1, sizeof *q);
    if (!q) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    q->caller = *caller;
    (void)snprintf(q->query.host, sizeof q->query.host, "%s", period->host);
    (void)snprintf(q->query.vm, sizeof q->query.vm, "%s", period->vm);
    q->query.since_ms = period->since_ms;
    q->query.until_ms = period->until_ms ? period->until_ms : daqs_wall_ms(daqs_clock_system());
    q->query.token = *request->token ? token : -1;
    q->first = !*request->token && !caller->part;
    note_known(a, &q->query);
    q->query.base.prepare = make_answer;
    q->query.base.done = send_answer;
    q->query.base.context = a;
    return q;
}

static void ask(struct admin *a, struct admin_question *q,
                int (*query)(struct store *store, struct store_question *question))
{
    if (query(a->given.store, &q->query) == DAQS_OK)
        return;
    admin_reply_text(a, &q->caller, DAQS_EBUSY, "too many queries are waiting; try again");
    daqs_table_done(&q->query.table);
    free(q);
}

/* If the span is invalid, replies, frees the query and returns false. */
static bool span_ok(struct admin *a, struct admin_question *q)
{
    if (q->query.since_ms / 1000 <= q->query.until_ms / 1000)
        return true;
    admin_reply_text(a, &q->caller, DAQS_EINVALID,
                     "the period ends before it begins (--until 2h is two hours ago)");
    free(q);
    return false;
}

void admin_history(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    if (!admin_names_ok(a, caller, request->history.host, request->history.vm))
        return;
    if (request->history.step_ms % 1000 != 0) {
        admin_reply_text(a, caller, DAQS_EINVALID, "the step must be whole seconds");
        return;
    }
    struct admin_question *q = new_question(a, caller, request);
    if (!q || !span_ok(a, q))
        return;
    q->query.measured = caller->part;
    q->query.step_s = request->history.step_ms
                          ? request->history.step_ms / 1000
                          : rollup_step_for((q->query.until_ms - q->query.since_ms) / 1000);
    ask(a, q, store_query_history);
}

void admin_export_history(struct admin *a, const struct admin_caller *caller,
                          const struct wire_request *request)
{
    int level = 0;
    while (level < ROLLUP_LEVELS && rollup_level[level].step_s * 1000 != request->history.step_ms)
        level++;
    if (level == ROLLUP_LEVELS) {
        admin_reply_text(a, caller, DAQS_EINVALID, "unknown level; use 1s, 1m or 1h");
        return;
    }
    struct admin_question *q = new_question(a, caller, request);
    if (!q || !span_ok(a, q))
        return;
    q->follow = true;
    q->query.step_s = rollup_level[level].step_s;
    ask(a, q, store_query_export);
}

void admin_report(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    /* Seconds that are in the future, or not on disk yet, must not count as unknown. */
    int64_t known_ms = daqs_wall_ms(daqs_clock_system()) - ON_ITS_WAY_MS;
    struct admin_question *q = new_question(a, caller, request);
    if (!q || !span_ok(a, q))
        return;
    if (q->query.until_ms > known_ms)
        q->query.until_ms = known_ms > q->query.since_ms ? known_ms : q->query.since_ms;
    ask(a, q, store_query_report);
}

/* Parses level and kind. If one is invalid, replies and returns false. */
static bool take_filter(struct admin *a, const struct admin_caller *caller,
                        const struct wire_events *events, struct store_question *q)
{
    enum event_kind kind;
    q->level = EVENT_INFO;
    if (*events->level && !event_level_parse(events->level, &q->level)) {
        admin_reply_text(a, caller, DAQS_EINVALID, "unknown level '%.40s'; use info or warning",
                         events->level);
        return false;
    }
    if (!*events->kind)
        return true;
    if (!event_kind_parse(events->kind, &kind)) {
        admin_reply_text(a, caller, DAQS_EINVALID,
                         "unknown kind '%.40s'; use host-down, violation-start, ... "
                         "(docs/events.md lists them)",
                         events->kind);
        return false;
    }
    q->kind = event_kind_name(kind);
    return true;
}

void admin_events(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    if (!admin_is_own(a, caller, request->events.member))
        return;
    struct admin_question *q = new_question(a, caller, request);
    if (!q)
        return;
    if (!take_filter(a, caller, &request->events, &q->query)) {
        free(q);
        return;
    }
    q->follow = request->events.follow;
    if (!request->period.until_ms)
        q->query.until_ms = INT64_MAX;
    if (!span_ok(a, q))
        return;
    if (q->follow && q->query.token >= 0) /* whatever the clock shows */
        q->query.since_ms = INT64_MIN;
    ask(a, q, store_query_events);
}

void admin_audit(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    struct admin_question *q = new_question(a, caller, request);
    if (!q)
        return;
    const struct fleet_host *host = fleet_find(a->given.fleet, request->period.host);
    q->query.vm_known |= host && admin_host_has_uplink(host, request->period.vm); /* of a policy */
    if (!request->period.until_ms)
        q->query.until_ms = INT64_MAX;
    if (!span_ok(a, q))
        return;
    ask(a, q, store_query_audit);
}

void admin_empty(struct admin *a, const struct admin_caller *caller, const char *host,
                 struct daqs_table *table)
{
    const struct wire_request request = {.token = "", .period = {.host = host, .vm = ""}};
    struct admin_question *q = new_question(a, caller, &request);
    if (!q) {
        daqs_table_done(table);
        return;
    }
    q->query.table = *table;
    q->query.host_known = false;
    q->first = false; /* known already: this is the lookup itself */
    ask(a, q, store_query_known);
}
