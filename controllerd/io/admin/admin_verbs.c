/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/admin_internal.h"
#include "shared/base/version.h"

/* By number; some numbers are unused. */
static const struct admin_verb verbs[] = {
#define X(name, number, handler, changes, place, arguments)                                        \
    [number] = {changes, WIRE_PLACE_##place, admin_##handler},
    WIRE_VERBS(X)
#undef X
};

const struct admin_verb *admin_find_verb(uint32_t number)
{
    bool known = number < sizeof verbs / sizeof verbs[0] && verbs[number].answer;
    return known ? &verbs[number] : NULL;
}

void admin_version(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    (void)request;
    admin_reply_text(a, caller, DAQS_OK, "%s", DAQS_VERSION);
}

void admin_answer(struct admin *a, const struct admin_caller *caller, const struct admin_verb *verb,
                  const struct wire_request *request)
{
    if (verb)
        verb->answer(a, caller, request);
    else
        admin_reply_text(a, caller, DAQS_EVERSION,
                         "the controller (%s) does not know this request; is daqsctl newer?",
                         DAQS_VERSION);
}

void admin_answer_here(struct admin *a, const struct admin_caller *caller,
                       const struct wire_request *request)
{
    admin_answer(a, caller, admin_find_verb(request->verb), request);
}
