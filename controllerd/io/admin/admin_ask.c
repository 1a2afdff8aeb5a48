/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* Names the client for another member's audit trail. A number of a user means nothing on another
 * machine, and a name is not looked up on the loop's thread. */
static const char *asker_name(const struct admin *a, const struct admin_caller *caller,
                              const char *claimed, char buf[static IDENTITY_BYTES])
{
    char known[IDENTITY_BYTES];
    struct identity identity;
    if (caller->by) {
        (void)snprintf(buf, IDENTITY_BYTES, "%s", caller->by->name);
        return buf;
    }
    admin_identify(a, caller, claimed, &identity);
    const char *source = identity_source(&identity, known);
    const bool root = strcmp(source, "uid 0") == 0;
    const bool usable = *claimed && strlen(claimed) <= DAQS_MEMBER_MAX &&
                        daqs_name_check("user", claimed, strlen(claimed), NULL) == DAQS_OK;
    const char *member = a->given.config->group.name;
    if (!*source || daqs_name_check("", source, strlen(source), NULL) != DAQS_OK)
        source = "unknown";
    if (root && (!usable || strcmp(claimed, "root") == 0))
        (void)snprintf(buf, IDENTITY_BYTES, "root (%s)", member);
    else
        (void)snprintf(buf, IDENTITY_BYTES, "%s (%.60s, %s)", usable ? claimed : "unknown",
                       root ? "root" : source, member);
    return buf;
}

int admin_ask(struct admin *a, const struct admin_caller *caller, const char *claimed,
              size_t member, bool part, const void *bytes, size_t length, int64_t timeout_ms,
              struct peer_question *question)
{
    char asker[IDENTITY_BYTES];
    const bool viewer = caller->by && caller->by->role != ROLE_OPERATOR;
    const struct wire_forward forward = {.asker = asker_name(a, caller, claimed, asker),
                                         .role = viewer ? WIRE_ASKER_VIEWER : WIRE_ASKER_OPERATOR,
                                         .hops = caller->hops + 1,
                                         .part = part,
                                         .bytes = bytes,
                                         .length = length};
    /* The request may have waited for other members, or for a database. */
    const int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    return peer_link_ask(a->given.link, member, &forward, timeout_ms, now_ms, question);
}

int admin_ask_request(struct admin *a, const struct admin_caller *caller, size_t member, bool part,
                      const struct wire_request *request, int64_t timeout_ms,
                      struct peer_question *question)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    const int result = wire_encode_request(request, &bytes, &length);
    return result == DAQS_OK ? admin_ask(a, caller, request->user, member, part, bytes, length,
                                         timeout_ms, question)
                             : result;
}

const char *admin_why_not_asked(int result)
{
    switch (result) {
    case DAQS_EREFUSED:
    case DAQS_ETIMEOUT:
        return NULL;
    case DAQS_EBUSY:
        return "has not answered many requests yet";
    default:
        return "cannot be asked";
    }
}

void admin_keep_caller(struct admin_caller *ret, struct admin_kept_key *kept,
                       const struct admin_caller *caller)
{
    *ret = *caller;
    if (!caller->by)
        return;
    (void)snprintf(kept->name, sizeof kept->name, "%s", caller->by->name);
    kept->by = (struct principal){.name = kept->name, .role = caller->by->role};
    ret->by = &kept->by;
}
