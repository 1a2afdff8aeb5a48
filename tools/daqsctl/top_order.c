/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/top_order.h"

#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "shared/base/utf8.h"
#include "tools/daqsctl/severity.h"

unsigned top_load(const struct snapshot_nic *nic)
{
    if (nic->capacity == 0 || nic->usage == DAQS_UNLIMITED)
        return 0;
    return (unsigned)((double)nic->usage * 1000 / (double)nic->capacity);
}

/* Unknown and missing rates count as 0. */
static uint64_t known(daqs_bps rate)
{
    return rate == DAQS_UNLIMITED ? 0 : rate;
}

static uint64_t number_of(const struct snapshot_nic *nic, enum top_sort sort)
{
    switch (sort) {
    case TOP_BY_USAGE:
        return known(nic->usage);
    case TOP_BY_LOAD:
        return top_load(nic);
    case TOP_BY_LIMIT:
        return known(nic->limit);
    case TOP_BY_GUARANTEE:
        return nic->min;
    case TOP_BY_CEILING:
        return known(nic->max);
    case TOP_BY_STATE:
        return (uint64_t)severity_of("state", nic->state);
    case TOP_BY_HOST:
    case TOP_BY_VM:
    case TOP_SORTS:
        break;
    }
    return 0;
}

struct context {
    const struct snapshot *snapshot;
    const struct top_state *state;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct context *context = arg;
    const struct snapshot_nic *x = &context->snapshot->nic[*(const uint32_t *)a];
    const struct snapshot_nic *y = &context->snapshot->nic[*(const uint32_t *)b];
    enum top_sort sort = context->state->sort;
    uint64_t p = number_of(x, sort);
    uint64_t q = number_of(y, sort);
    int order = (p < q) - (p > q);
    if (sort == TOP_BY_STATE && order == 0)
        order = strcmp(x->state, y->state);
    if (sort == TOP_BY_VM)
        order = strcmp(x->vm, y->vm);
    if (sort == TOP_BY_HOST)
        order = strcmp(x->host, y->host);
    if (context->state->reverse)
        order = -order;
    order = order ? order : strcmp(x->host, y->host);
    order = order ? order : strcmp(x->vm, y->vm);
    return order ? order : strcmp(x->nic, y->nic);
}

/* Returns the next code point in lower case; an invalid byte stands for itself. */
static uint32_t small(const char **text)
{
    uint32_t code = 0;
    size_t length = daqs_utf8_next((const unsigned char *)*text, strlen(*text), &code);
    if (length == 0) {
        code = (unsigned char)**text;
        length = 1;
    }
    *text += length;
    return (uint32_t)towlower((wint_t)code);
}

static bool begins(const char *text, const char *with)
{
    while (*with)
        if (!*text || small(&text) != small(&with))
            return false;
    return true;
}

static bool contains(const char *text, const char *part)
{
    for (; *text; (void)small(&text))
        if (begins(text, part))
            return true;
    return !*part;
}

size_t top_order(const struct snapshot *snapshot, const struct top_state *state, uint32_t *ret)
{
    struct context context = {snapshot, state};
    size_t count = 0;
    for (uint32_t i = 0; i < snapshot->nics; i++)
        if (contains(snapshot->nic[i].host, state->filter) ||
            contains(snapshot->nic[i].vm, state->filter))
            ret[count++] = i;
    if (count > 0)
        qsort_r(ret, count, sizeof *ret, compare, &context);
    return count;
}
