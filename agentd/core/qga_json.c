/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/qga_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/qga_reply.h"
#include "shared/base/cleanup.h"

static void decref_p(json_t **json)
{
    json_decref(*json);
}

#define AUTO_JSON DAQS_AUTO(decref_p)

/* --- frozen file systems --- */

static bool read_frozen(struct qga_reply *r, void *ret)
{
    char status[16];
    if (!json_read_string(&r->cursor, status, sizeof status))
        return false;
    *(bool *)ret = strcmp(status, "frozen") == 0;
    return true;
}

int qga_parse_frozen(const char *reply, size_t length, bool *ret, struct daqs_error *err)
{
    return qga_reply_parse(reply, length, read_frozen, ret, "freeze status", err);
}

/* --- commands --- */

static char *to_base64(const char *text)
{
    size_t length = strlen(text);
    size_t capacity = sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = malloc(capacity);
    if (encoded)
        sodium_bin2base64(encoded, capacity, (const unsigned char *)text, length,
                          sodium_base64_VARIANT_ORIGINAL);
    return encoded;
}

char *qga_exec_request(const char *const *argv, const char *input)
{
    char *encoded DAQS_AUTO_FREE = to_base64(input);
    json_t *args AUTO_JSON = json_array();
    if (!encoded || !args)
        return NULL;
    for (size_t i = 1; argv[i]; i++)
        if (json_array_append_new(args, json_string(argv[i])) < 0)
            return NULL;
    json_t *request AUTO_JSON =
        json_pack("{s:s, s:{s:s, s:O, s:s, s:b}}", "execute", "guest-exec", "arguments", "path",
                  argv[0], "arg", args, "input-data", encoded, "capture-output", 1);
    return request ? json_dumps(request, JSON_COMPACT) : NULL;
}

static bool read_pid(struct qga_reply *r, void *ret)
{
    char key[8];
    uint64_t pid = 0;
    bool seen = false;
    bool good = false;
    if (!json_read_object(&r->cursor))
        return false;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "pid") == 0 && qga_reply_once(r, &seen))
            good = json_read_uint(&r->cursor, &pid) && pid <= INT64_MAX;
        else
            json_skip(&r->cursor);
    }
    *(int64_t *)ret = (int64_t)pid;
    return good;
}

int qga_parse_exec(const char *reply, size_t length, int64_t *ret_pid, struct daqs_error *err)
{
    int64_t pid;
    int result = qga_reply_parse(reply, length, read_pid, &pid, "process id", err);
    if (result == DAQS_OK)
        *ret_pid = pid;
    return result;
}

const char *qga_status_request(int64_t pid, char buf[static QGA_STATUS_BYTES])
{
    (void)snprintf(buf, QGA_STATUS_BYTES,
                   "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" PRId64 "}}", pid);
    return buf;
}

/* Returns the length of base64 text that decodes to fewer than 'capacity' bytes. It is a multiple
 * of four, so that truncated text is valid. */
static size_t encoded_length(size_t capacity)
{
    return (capacity - 1) / 3 * 4;
}

/* Decodes base64 text into buf. Longer output is truncated. */
static bool read_output(struct qga_reply *r, char *buf, size_t capacity)
{
    size_t used = 0;
    const char *end = NULL;
    char *encoded DAQS_AUTO_FREE = malloc(encoded_length(capacity) + 1);
    if (!encoded || !json_read_string(&r->cursor, encoded, encoded_length(capacity) + 1))
        return false;
    size_t length = strlen(encoded);
    if (sodium_base642bin((unsigned char *)buf, capacity - 1, encoded, length, NULL, &used, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != encoded + length)
        return false;
    buf[used] = '\0';
    return true;
}

static bool read_status(struct qga_reply *r, void *ret)
{
    struct qga_exec_status *status = ret;
    char key[12];
    uint64_t code;
    bool seen[4] = {false};
    bool good = true;
    if (!json_read_object(&r->cursor))
        return false;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "exited") == 0 && qga_reply_once(r, &seen[0])) {
            good &= json_read_bool(&r->cursor, &status->exited);
        } else if (strcmp(key, "exitcode") == 0 && qga_reply_once(r, &seen[1])) {
            good &= json_read_uint(&r->cursor, &code) && code <= INT64_MAX;
            status->exit_code = good ? (int64_t)code : -1;
        } else if (strcmp(key, "out-data") == 0 && qga_reply_once(r, &seen[2])) {
            good &= read_output(r, status->out, status->capacity);
        } else if (strcmp(key, "err-data") == 0 && qga_reply_once(r, &seen[3])) {
            good &= read_output(r, status->err, sizeof status->err);
        } else {
            json_skip(&r->cursor);
        }
    }
    return good && seen[0];
}

struct qga_exec_status *qga_exec_status_new(size_t capacity)
{
    struct qga_exec_status *status = calloc(1, sizeof *status + capacity);
    if (status)
        status->capacity = capacity;
    return status;
}

bool qga_output_cut(const struct qga_exec_status *status)
{
    return strlen(status->out) >= encoded_length(status->capacity) / 4 * 3;
}

int qga_parse_status(const char *reply, size_t length, struct qga_exec_status *ret,
                     struct daqs_error *err)
{
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(ret->capacity);
    if (!status)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    status->exit_code = -1;
    int result = qga_reply_parse(reply, length, read_status, status, "command status", err);
    if (result == DAQS_OK)
        memcpy(ret, status, sizeof *status + strlen(status->out) + 1);
    return result;
}
