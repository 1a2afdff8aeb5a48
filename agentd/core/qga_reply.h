/* qga_reply - what all replies of a guest agent have in common. */
#ifndef DAQS_AGENTD_CORE_QGA_REPLY_H
#define DAQS_AGENTD_CORE_QGA_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/json_cursor.h"
#include "shared/base/error.h"

#define QGA_REPLY_MAX (512 * 1024) /* bytes of one reply that we are willing to read */

/* A reply is an object with what a command returns, or with the error it ended with. */
struct qga_reply {
    struct json_cursor cursor;
    bool returned;
    bool failed;
    bool twice; /* something was said twice: which of them is meant? */
    char class[32];
    char description[256];
};

/* Sets *seen; false if that was so already, and then the reply is malformed. */
bool qga_reply_once(struct qga_reply *r, bool *seen);

/* 'read' reads the value of "return" into 'ret'; false: it is not what was expected. 'what' is that
 * in words. DAQS_EFORMAT: nonsense; DAQS_ETOOBIG: too long; if the agent answered with an error: as
 * qga_error.h has it. */
int qga_reply_parse(const char *text, size_t length,
                    bool (*read)(struct qga_reply *reply, void *ret), void *ret, const char *what,
                    struct daqs_error *err);

#endif
