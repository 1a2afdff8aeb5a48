/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/paging.h"

#include <stdio.h>
#include <string.h>

/* Finds cycles as Brent does: the token of each part whose number is a power of two is compared
 * with those after it. */
int paging_next(struct paging *paging, size_t rows, const char *token, struct daqs_error *err)
{
    paging->parts++;
    paging->empty = rows ? 0 : paging->empty + 1;
    if (paging->empty > PAGING_EMPTY_MOST)
        return daqs_fail(err, DAQS_ERANGE,
                         "the controller sent %d parts without content and announces more; is it "
                         "daqs-controllerd?",
                         PAGING_EMPTY_MOST);
    if (paging->mark_part > 0 && strcmp(paging->mark, token) == 0)
        return daqs_fail(err, DAQS_ERANGE,
                         "the controller sends the same part of the answer again ('%.40s'); is it "
                         "daqs-controllerd?",
                         token);
    if (paging->parts >= 2 * paging->mark_part) {
        paging->mark_part = paging->parts;
        (void)snprintf(paging->mark, sizeof paging->mark, "%s", token);
    }
    return DAQS_OK;
}
