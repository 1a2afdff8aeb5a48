/* SPDX-License-Identifier: Apache-2.0 */
/* loop_reply - a decoded reply of the control loop, which may have several holders. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_LOOP_REPLY_H
#define DAQS_CONTROLLERD_IO_HTTP_LOOP_REPLY_H

#include "shared/wire/admin.h"

struct loop_reply {
    unsigned holders;
    struct wire_reply wire;
    struct daqs_arena arena;
    char *json; /* the table's rows without brackets, each after a comma; NULL: not made yet */
    size_t json_length;
};

/* Returns a reply with one holder; NULL if it is malformed, or if out of memory. */
struct loop_reply *loop_reply_decode(const void *bytes, size_t length);

void loop_reply_hold(struct loop_reply *reply);
/* Frees the reply if this was its last holder. NULL is fine. */
void loop_reply_drop(struct loop_reply *reply);

/* Sets 'json', unless that has been done. Returns false if out of memory. */
bool loop_reply_make_json(struct loop_reply *reply);

/* Returns the value of a row of the status; "" if it has no row of that name. */
const char *loop_reply_value(const struct loop_reply *status, const char *name);

#endif
