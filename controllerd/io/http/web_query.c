/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_query.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/duration.h"
#include "shared/base/time_text.h"

#define API "/api/v1/"

enum takes {
    HOST = 1,
    VM = 2,
    SINCE = 4,
    UNTIL = 8,
    STEP = 16,
    AFTER = 32,
    RATE = 64,
    LEVEL = 128,
    KIND = 256,
    MEMBER = 512,
};

struct route {
    const char *name;
    enum wire_verb verb;
    unsigned takes;
    unsigned needs;
    const char *since; /* default */
    const char *field;
    bool live;
};

static const struct route routes[] = {
    {.name = "hosts", .verb = WIRE_HOSTS, .takes = HOST, .live = true},
    {.name = "vms", .verb = WIRE_VMS, .takes = HOST, .live = true},
    {.name = "labels", .verb = WIRE_LABELS, .takes = HOST, .live = true},
    {.name = "problems", .verb = WIRE_PROBLEMS, .takes = HOST, .live = true},
    {.name = "slas", .verb = WIRE_LIST_SLA, .takes = HOST, .live = true},
    {.name = "history",
     .verb = WIRE_HISTORY,
     .takes = HOST | VM | SINCE | UNTIL | STEP,
     .needs = HOST | VM,
     .since = "1h"},
    {.name = "report", .verb = WIRE_SLA_REPORT, .takes = HOST | VM | SINCE | UNTIL, .since = "30d"},
    {.name = "events",
     .verb = WIRE_EVENTS,
     .takes = HOST | VM | SINCE | UNTIL | AFTER | LEVEL | KIND | MEMBER,
     .since = "1d"},
    {.name = "audit", .verb = WIRE_AUDIT, .takes = HOST | VM | SINCE | UNTIL, .since = "30d"},
    {.name = "explain",
     .verb = WIRE_EXPLAIN,
     .takes = HOST | VM,
     .needs = HOST | VM,
     .field = "text",
     .live = true},
    {.name = "fit", .verb = WIRE_FIT, .takes = RATE, .needs = RATE, .live = true},
    {.name = "status", .verb = WIRE_STATUS, .live = true},
    {.name = "members", .verb = WIRE_MEMBERS, .live = true},
    {.name = "version", .verb = WIRE_VERSION, .field = "version", .live = true},
};

static const struct {
    const char *name;
    enum takes what;
} parameters[] = {
    {"host", HOST},   {"vm", VM},     {"since", SINCE}, {"until", UNTIL}, {"step", STEP},
    {"after", AFTER}, {"rate", RATE}, {"level", LEVEL}, {"kind", KIND},   {"member", MEMBER},
};
enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };

/* On the wire, 0 means now. */
static int take_until(const char *text, int64_t now_ms, int64_t *ret_ms, struct daqs_error *err)
{
    int result = daqs_time_parse(text, now_ms, ret_ms, err);
    if (result == DAQS_OK && *ret_ms == 0)
        *ret_ms = 1;
    return result;
}

static int take_step(const char *text, int64_t *ret_ms, struct daqs_error *err)
{
    int64_t ms = 0;
    int result = daqs_duration_parse(text, &ms, err);
    if (result == DAQS_OK && (ms < 1000 || ms % 1000 != 0))
        result = daqs_fail(err, DAQS_EINVALID,
                           "'%.40s' is not a number of whole seconds, at least 1s", text);
    if (result == DAQS_OK)
        *ret_ms = ms;
    return result;
}

/* A token is the number of the event before the part, so 'after' is used as the token. */
static int take_after(const char *text, struct web_query *query, struct daqs_error *err)
{
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not the id of an event", text);
    (void)snprintf(query->after, sizeof query->after, "%s", text);
    query->request.token = query->after;
    return DAQS_OK;
}

static int take_name(const char *text, const char **ret, struct daqs_error *err)
{
    *ret = text;
    if (*text == '\0')
        return daqs_fail(err, DAQS_EINVALID, "it is empty; omit it for all");
    return strlen(text) <= WIRE_FIELD_BYTES ? DAQS_OK
                                            : daqs_fail(err, DAQS_EINVALID, "it is too long");
}

static int take(enum takes what, const char *value, int64_t now_ms, struct web_query *query,
                struct daqs_error *err)
{
    struct wire_request *request = &query->request;
    switch (what) {
    case HOST:
        return take_name(value, &request->list.host, err);
    case VM:
        return take_name(value, &request->vm.vm, err);
    case SINCE:
        return daqs_time_parse(value, now_ms, &request->period.since_ms, err);
    case UNTIL:
        return take_until(value, now_ms, &request->period.until_ms, err);
    case STEP:
        return take_step(value, &request->history.step_ms, err);
    case AFTER:
        return take_after(value, query, err);
    case LEVEL:
        return take_name(value, &request->events.level, err);
    case KIND:
        return take_name(value, &request->events.kind, err);
    case MEMBER:
        return take_name(value, &request->events.member, err);
    case RATE:
        return daqs_rate_parse(value, &request->fit.rate, err);
    }
    return DAQS_EINVALID;
}

static const char *name_of(unsigned what)
{
    for (size_t i = 0; i < PARAMETERS; i++)
        if (parameters[i].what & what)
            return parameters[i].name;
    return "?";
}

static int take_all(const struct route *route, const struct http_target *target, int64_t now_ms,
                    struct web_query *query, struct daqs_error *err)
{
    unsigned given = 0;
    for (size_t i = 0; i < target->parameters; i++) {
        const struct http_parameter *parameter = &target->parameter[i];
        size_t k = 0;
        while (k < PARAMETERS && strcmp(parameters[k].name, parameter->name) != 0)
            k++;
        if (k == PARAMETERS || !(route->takes & parameters[k].what))
            return daqs_fail(err, DAQS_EINVALID, API "%s does not accept '%.40s'", route->name,
                             parameter->name);
        struct daqs_error why = {0};
        if (take(parameters[k].what, parameter->value, now_ms, query, &why) != DAQS_OK)
            return daqs_fail(err, DAQS_EINVALID, "%s: %s", parameter->name, why.text);
        given |= (unsigned)parameters[k].what;
    }
    unsigned missing = route->needs & ~given;
    if ((given & VM) && !(given & HOST))
        missing |= (unsigned)HOST;
    if (missing)
        return daqs_fail(err, DAQS_EINVALID, API "%s needs '%s'", route->name, name_of(missing));
    if (route->since && !(given & (SINCE | AFTER)))
        return daqs_time_parse(route->since, now_ms, &query->request.period.since_ms, err);
    return DAQS_OK;
}

int web_query_parse(const struct http_target *target, int64_t now_ms, struct web_query *ret,
                    struct daqs_error *err)
{
    const char *name = target->path + strlen(API);
    if (strncmp(target->path, API, strlen(API)) != 0)
        name = "";
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const struct route *route = &routes[i];
        if (strcmp(route->name, name) != 0)
            continue;
        ret->request = wire_request_of(route->verb);
        ret->live = route->live;
        ret->field = route->field;
        return take_all(route, target, now_ms, ret, err);
    }
    return daqs_fail(err, DAQS_ENOTFOUND, "unknown path; docs/api.md lists the paths of " API);
}
