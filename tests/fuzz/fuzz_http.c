/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of HTTP clients: path and parameters, as a query of the API. */
#include <string.h>

#include "controllerd/io/http/web_query.h"
#include "tests/fuzz/harness.h"

/* Returns true if a request with this verb changes nothing. */
static bool looks_only(enum wire_verb verb)
{
    switch (verb) {
#define X(name, number, handler, changes, place, arguments)                                        \
    case WIRE_##name:                                                                              \
        return !(changes);
        WIRE_VERBS(X)
#undef X
    }
    return false;
}

static void run(const uint8_t *bytes, size_t length)
{
    static struct http_target target;
    struct web_query query;
    const char *text = fuzz_text(bytes, length);
    memset(&query, 0xff, sizeof query);
    if (strlen(text) < 1000)
        FUZZ_CHECK(!http_host_is_one_of(text, "") && !http_host_is_one_of("\t", text));
    if (http_target_parse(text, &target, NULL) != DAQS_OK)
        return;
    FUZZ_CHECK(target.path == target.text && *target.path == '/');
    FUZZ_CHECK(target.parameters <= HTTP_PARAMETERS_MAX);
    for (size_t i = 0; i < target.parameters; i++) {
        const struct http_parameter *p = &target.parameter[i];
        FUZZ_CHECK(p->name > target.text && p->value >= p->name);
        FUZZ_CHECK(p->value + strlen(p->value) < target.text + sizeof target.text);
    }
    if (web_query_parse(&target, 1795834800000, &query, NULL) != DAQS_OK)
        return;
    FUZZ_CHECK(looks_only(query.request.verb));
    FUZZ_CHECK(query.request.verb != WIRE_EVENTS || !query.request.events.follow);
    FUZZ_CHECK(strlen(query.request.token) < sizeof query.after);
    FUZZ_CHECK(query.request.verb != WIRE_HISTORY || query.request.history.step_ms % 1000 == 0);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = HTTP_TARGET_MAX + 100};
