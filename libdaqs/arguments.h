/* SPDX-License-Identifier: Apache-2.0 */
/* arguments - the verbs and their arguments by name, as text. Pure, except that times may be
 * relative to now. */
#ifndef DAQS_LIBDAQS_ARGUMENTS_H
#define DAQS_LIBDAQS_ARGUMENTS_H

#include "shared/wire/admin.h"

/* Sets *ret to an empty request for a verb such as "set-sla". DAQS_EINVALID: there is none, or it
 * takes rows. */
int arguments_begin(const char *verb, struct wire_request *ret, struct daqs_error *err);

/* Sets an argument of the request's verb. The request refers to 'value' if it is a text.
 * DAQS_EINVALID, DAQS_ERANGE. */
int arguments_set(struct wire_request *request, const char *name, const char *value, int64_t now_ms,
                  struct daqs_error *err);

#endif
