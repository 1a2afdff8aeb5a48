/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/endpoints.h"

#include <stdio.h>
#include <string.h>

#include "shared/net/key.h"
#include "shared/net/socket.h"

static const char separators[] = ", \t\n";

/* Takes the text as the key of the last endpoint. Returns false if it is none. */
static bool take_key(struct endpoints *list, const char *text, size_t length)
{
    char copy[ENDPOINT_BYTES];
    struct daqs_key key;
    if (list->count == 0 || *list->key[list->count - 1] || length >= sizeof copy)
        return false;
    (void)snprintf(copy, sizeof copy, "%.*s", (int)length, text);
    if (*copy != '/' && key_parse(copy, &key, NULL) != DAQS_OK)
        return false;
    memcpy(list->key[list->count - 1], copy, length + 1);
    return true;
}

static int add(struct endpoints *list, const char *text, size_t length, struct daqs_error *err)
{
    char *endpoint = list->at[list->count];
    *list->key[list->count] = '\0';
    if (length < ENDPOINT_BYTES)
        (void)snprintf(endpoint, ENDPOINT_BYTES, "%.*s", (int)length, text);
    if (length >= ENDPOINT_BYTES || !net_endpoint_ok(endpoint))
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.*s' is not an endpoint; write it like ipc:///run/daqs/admin.sock or "
                         "tcp://127.0.0.1:7421",
                         (int)(length < 80 ? length : 80), text);
    list->count++;
    return DAQS_OK;
}

int endpoints_parse(const char *list, struct endpoints *ret, struct daqs_error *err)
{
    ret->count = 0;
    for (const char *at = list + strspn(list, separators); *at; at += strspn(at, separators)) {
        size_t length = strcspn(at, separators);
        const bool key = take_key(ret, at, length);
        if (!key && ret->count == ENDPOINTS_MOST)
            return daqs_fail(err, DAQS_EINVALID, "more than %d controllers are named",
                             ENDPOINTS_MOST);
        const int result = key ? DAQS_OK : add(ret, at, length, err);
        if (result != DAQS_OK)
            return result;
        at += length;
    }
    return ret->count ? DAQS_OK : add(ret, list, strlen(list), err);
}

bool endpoint_is_tcp(const char *endpoint)
{
    return strncmp(endpoint, "tcp:", 4) == 0;
}
