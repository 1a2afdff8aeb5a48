/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/qga_reply.h"

#include <string.h>

#include "agentd/core/qga_error.h"

bool qga_reply_once(struct qga_reply *r, bool *seen)
{
    r->twice |= *seen;
    *seen = true;
    return !r->twice;
}

static void read_error(struct qga_reply *r)
{
    char key[8];
    bool seen_class = false;
    bool seen_text = false;
    if (!json_read_object(&r->cursor))
        return;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "class") == 0 && qga_reply_once(r, &seen_class))
            (void)json_read_string(&r->cursor, r->class, sizeof r->class);
        else if (strcmp(key, "desc") == 0 && qga_reply_once(r, &seen_text))
            (void)json_read_string(&r->cursor, r->description, sizeof r->description);
        else
            json_skip(&r->cursor);
    }
}

static int agent_error(const struct qga_reply *r, struct daqs_error *err)
{
    return daqs_fail(err, qga_error_of_reply(r->class, r->description),
                     "the guest agent reports: %.200s",
                     r->description[0] ? r->description : "an error without description");
}

int qga_reply_parse(const char *text, size_t length,
                    bool (*read)(struct qga_reply *reply, void *ret), void *ret, const char *what,
                    struct daqs_error *err)
{
    struct qga_reply r = {0};
    char key[8];
    bool good = false;
    if (length > QGA_REPLY_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest agent's reply has %zu bytes", length);
    json_begin(&r.cursor, text, length);
    if (json_read_object(&r.cursor)) {
        while (json_next_key(&r.cursor, key, sizeof key)) {
            if (strcmp(key, "return") == 0 && qga_reply_once(&r, &r.returned))
                good = read(&r, ret);
            else if (strcmp(key, "error") == 0 && qga_reply_once(&r, &r.failed))
                read_error(&r);
            else
                json_skip(&r.cursor);
        }
    }
    if (!json_end(&r.cursor))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply is not JSON: %s",
                         r.cursor.bad);
    if (r.twice)
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply has a member twice");
    if (r.failed)
        return agent_error(&r, err);
    if (!r.returned)
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply has no result");
    return good ? DAQS_OK : daqs_fail(err, DAQS_EFORMAT, "the guest agent's %s is malformed", what);
}
