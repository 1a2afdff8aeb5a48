/* SPDX-License-Identifier: Apache-2.0 */
/* qga_reply - parses the part that all replies of a guest agent have in common. */
#ifndef DAQS_AGENTD_CORE_QGA_REPLY_H
#define DAQS_AGENTD_CORE_QGA_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/json_cursor.h"
#include "shared/base/error.h"

#define QGA_REPLY_MAX (512 * 1024) /* maximum length of a reply in bytes */

/* A reply is an object with the result of a command or the error that ended it. */
struct qga_reply {
    struct json_cursor cursor;
    bool returned;
    bool failed;
    bool twice; /* a key was repeated, so the reply is ambiguous */
    char class[32];
    char description[256];
};

/* Sets *seen. False if it was already set, which makes the reply malformed. */
bool qga_reply_once(struct qga_reply *r, bool *seen);

/* Parses a reply. 'read' parses the value of "return" into 'ret' and returns false if it is not
 * what was expected. 'what' describes the expected value. DAQS_EFORMAT if the reply is malformed,
 * DAQS_ETOOBIG if it is too long; if the agent returned an error, a result of qga_error.h. */
int qga_reply_parse(const char *text, size_t length,
                    bool (*read)(struct qga_reply *reply, void *ret), void *ret, const char *what,
                    struct daqs_error *err);

#endif
