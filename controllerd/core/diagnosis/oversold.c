/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/oversold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/error.h"

enum { KEY_BYTES = 2 * (DAQS_NAME_MAX + 1) };

struct note {
    int64_t since_ms;
    UT_hash_handle hh;
    unsigned key_length;
    char key[KEY_BYTES]; /* host NUL uplink NUL */
};

struct oversold {
    struct note *notes;
};

struct oversold *oversold_new(void)
{
    return calloc(1, sizeof(struct oversold));
}

void oversold_free(struct oversold *oversold)
{
    struct note *note = NULL;
    struct note *next = NULL;
    if (!oversold)
        return;
    HASH_ITER(hh, oversold->notes, note, next)
    {
        HASH_DEL(oversold->notes, note);
        free(note);
    }
    free(oversold);
}

/* Callers have checked the names; longer ones are truncated and match nothing. */
static unsigned make_key(const char *host, const char *uplink, char key[static KEY_BYTES])
{
    size_t h = strnlen(host, DAQS_NAME_MAX);
    size_t u = strnlen(uplink, DAQS_NAME_MAX);
    memset(key, 0, KEY_BYTES);
    memcpy(key, host, h);
    memcpy(key + h + 1, uplink, u);
    return (unsigned)(h + u + 2);
}

int oversold_put(struct oversold *oversold, const char *host, const char *uplink, int64_t since_ms)
{
    struct note *note = calloc(1, sizeof *note);
    if (!note)
        return DAQS_ENOMEM;
    note->since_ms = since_ms;
    note->key_length = make_key(host, uplink, note->key);
    HASH_ADD(hh, oversold->notes, key, note->key_length, note);
    return DAQS_OK;
}

static int64_t take(struct oversold *oversold, struct note *note)
{
    const int64_t since_ms = note->since_ms;
    HASH_DEL(oversold->notes, note);
    free(note);
    return since_ms;
}

bool oversold_take(struct oversold *oversold, const char *host, const char *uplink,
                   int64_t *ret_since_ms)
{
    char key[KEY_BYTES];
    struct note *note = NULL;
    if (!oversold->notes)
        return false;
    unsigned length = make_key(host, uplink, key);
    HASH_FIND(hh, oversold->notes, key, length, note);
    if (!note)
        return false;
    *ret_since_ms = take(oversold, note);
    return true;
}

bool oversold_take_any(struct oversold *oversold, const char *host,
                       char ret_uplink[static DAQS_NAME_MAX + 1], int64_t *ret_since_ms)
{
    for (struct note *note = oversold->notes; note; note = note->hh.next)
        if (strcmp(note->key, host) == 0) {
            (void)snprintf(ret_uplink, DAQS_NAME_MAX + 1, "%s", note->key + strlen(host) + 1);
            *ret_since_ms = take(oversold, note);
            return true;
        }
    return false;
}
