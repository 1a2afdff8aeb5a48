/* SPDX-License-Identifier: Apache-2.0 */
/* answer - one reply of a controller with the memory that it lies in. */
#ifndef DAQS_LIBDAQS_ANSWER_H
#define DAQS_LIBDAQS_ANSWER_H

#include "libdaqs/daqs.h"
#include "shared/wire/admin.h"

struct daqs_answer {
    struct daqs_arena arena;
    struct wire_reply reply;
};

/* Returns an answer with an empty arena; NULL if out of memory. */
struct daqs_answer *answer_new(void);

#endif
