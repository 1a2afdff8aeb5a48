/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake_http.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/check.h"

struct http_call *fake_call(const char *target)
{
    struct http_call *call = calloc(1, sizeof *call);
    assert_non_null(call);
    assert_int_equal(http_target_parse(target, &call->target, NULL), DAQS_OK);
    return call;
}

void fake_call_read(struct http_call *call)
{
    assert_true(call->status != 0 && !call->complete && !call->broken && !call->hung_up);
    call->source.more(call->source.arg, call);
}

void fake_call_close(struct http_call *call)
{
    assert_true(call->status != 0);
    if (call->source.gone)
        call->source.gone(call->source.arg);
    free(call->body);
    free(call);
}

static void append(struct http_call *call, struct http_bytes bytes)
{
    char *body = realloc(call->body, call->length + bytes.length + 1);
    assert_non_null(body);
    memcpy(body + call->length, bytes.data, bytes.length);
    call->body = body;
    call->length += bytes.length;
    body[call->length] = '\0';
    if (bytes.release)
        bytes.release(bytes.owner);
}

static void begin(struct http_call *call, const struct http_head *head, struct http_bytes bytes)
{
    assert_int_equal(call->status, 0);
    call->status = head->status;
    call->type = head->type;
    call->etag = head->etag;
    call->retry = head->retry;
    append(call, bytes);
}

/* --- shared/http/http.h --- */

const struct http_target *http_call_target(const struct http_call *call)
{
    return &call->target;
}

const char *http_call_header(const struct http_call *call, const char *name)
{
    (void)name;
    return call->header;
}

struct http_bytes http_text(char *text, size_t length)
{
    return (struct http_bytes){text, length, free, text};
}

void http_answer(struct http_call *call, const struct http_head *head, struct http_bytes bytes)
{
    begin(call, head, bytes);
    call->complete = true;
}

void http_refuse(struct http_call *call, unsigned status, const char *text)
{
    const struct http_head head = {.status = status, .retry = status == 503};
    http_answer(call, &head, (struct http_bytes){text, strlen(text), NULL, NULL});
}

void http_begin(struct http_call *call, const struct http_head *head, struct http_bytes first,
                const struct http_source *source)
{
    begin(call, head, first);
    call->source = *source;
}

void http_part(struct http_call *call, struct http_bytes part, bool last)
{
    assert_true(call->source.more && !call->complete && !call->broken);
    append(call, part);
    call->complete = last;
}

void http_break(struct http_call *call)
{
    assert_true(call->source.more && !call->complete);
    call->broken = true;
}

void http_hang_up(struct http_call *call)
{
    assert_non_null(call->source.more);
    call->hung_up = true;
}

struct http_count http_counted(const struct http_server *server)
{
    (void)server;
    return (struct http_count){.accepted = 7};
}

const struct buckets *http_took(const struct http_server *server)
{
    static struct buckets none;
    (void)server;
    return &none;
}
