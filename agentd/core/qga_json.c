#include "agentd/core/qga_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"

enum { MAX_DEPTH = 16 };

static void decref_p(json_t **json)
{
    json_decref(*json);
}

#define AUTO_JSON DAQS_AUTO(decref_p)

/* jansson recurses into what it reads, so depth is bounded before it sees the text. */
static bool too_deep(const char *text, size_t length)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static bool text_is(const json_t *json, const char *text)
{
    const char *value = json_string_value(json);
    return value && strcmp(value, text) == 0;
}

/* DAQS_EREFUSED if the agent says that the command is not allowed. Older agents (RHEL 7's blocks
 * guest-exec) say so with class GenericError, so their words count too. */
static int agent_error(const json_t *error, struct daqs_error *err)
{
    const char *text = json_string_value(json_object_get(error, "desc"));
    bool refused = text_is(json_object_get(error, "class"), "CommandNotFound") ||
                   (text && strstr(text, " has been disabled"));
    return daqs_fail(err, refused ? DAQS_EREFUSED : DAQS_EGUEST, "the guest agent says: %.200s",
                     text ? text : "an error without description");
}

/* The value of "return", a new reference, in *ret. */
static int parse_return(const char *reply, size_t length, json_t **ret, struct daqs_error *err)
{
    if (length > QGA_REPLY_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest agent's reply has %zu bytes", length);
    if (too_deep(reply, length))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply is nested too deeply");
    json_error_t why;
    json_t *root AUTO_JSON = json_loadb(reply, length, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply is not JSON: %s", why.text);
    const json_t *error = json_object_get(root, "error");
    if (error)
        return agent_error(error, err);
    json_t *value = json_object_get(root, "return");
    if (!value)
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply has no result");
    *ret = json_incref(value);
    return DAQS_OK;
}

/* False if it is missing, not an integer, or negative. */
static bool read_counter(const json_t *object, const char *key, uint64_t *ret)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *ret = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_interface(const json_t *item, struct qga_interface *ret)
{
    const char *name = json_string_value(json_object_get(item, "name"));
    const char *mac = json_string_value(json_object_get(item, "hardware-address"));
    const json_t *statistics = json_object_get(item, "statistics");
    struct qga_interface nic = {0};
    if (!name || !mac || !daqs_mac_parse(mac, &nic.mac) ||
        !read_counter(statistics, "tx-bytes", &nic.tx_bytes) ||
        !read_counter(statistics, "rx-bytes", &nic.rx_bytes) ||
        !read_counter(statistics, "tx-packets", &nic.tx_packets) ||
        !read_counter(statistics, "rx-packets", &nic.rx_packets))
        return false;
    (void)snprintf(nic.name, sizeof nic.name, "%s", name);
    *ret = nic;
    return true;
}

int qga_parse_interfaces(const char *reply, size_t length, struct qga_interface *ret,
                         size_t *ret_count, struct daqs_error *err)
{
    json_t *list AUTO_JSON = NULL;
    int result = parse_return(reply, length, &list, err);
    if (result != DAQS_OK)
        return result;
    if (!json_is_array(list))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's list of interfaces is not a list");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list) && count < QGA_INTERFACES_MAX; i++)
        if (read_interface(json_array_get(list, i), &ret[count]))
            count++;
    *ret_count = count;
    return DAQS_OK;
}

static char *to_base64(const char *text)
{
    size_t length = strlen(text);
    size_t room = sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = malloc(room);
    if (encoded)
        sodium_bin2base64(encoded, room, (const unsigned char *)text, length,
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

int qga_parse_exec(const char *reply, size_t length, int64_t *ret_pid, struct daqs_error *err)
{
    json_t *value AUTO_JSON = NULL;
    int result = parse_return(reply, length, &value, err);
    if (result != DAQS_OK)
        return result;
    uint64_t pid;
    if (!read_counter(value, "pid", &pid))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply has no process id");
    *ret_pid = (int64_t)pid;
    return DAQS_OK;
}

const char *qga_status_request(int64_t pid, char buf[static QGA_STATUS_BYTES])
{
    (void)snprintf(buf, QGA_STATUS_BYTES,
                   "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" PRId64 "}}", pid);
    return buf;
}

/* Decodes the text at 'key' into buf; longer output is cut, an absent one is empty. */
static bool read_output(const json_t *value, const char *key, char buf[static QGA_OUTPUT_MAX])
{
    const char *encoded = json_string_value(json_object_get(value, key));
    buf[0] = '\0';
    if (!encoded)
        return true;
    size_t length = strlen(encoded);
    const size_t most = (QGA_OUTPUT_MAX - 1) / 3 * 3;
    unsigned char bytes[QGA_OUTPUT_MAX];
    size_t used = 0;
    const char *end = NULL;
    if (length > most / 3 * 4) /* whole groups of four, so that the cut text is valid */
        length = most / 3 * 4;
    if (sodium_base642bin(bytes, sizeof bytes - 1, encoded, length, NULL, &used, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != encoded + length)
        return false;
    memcpy(buf, bytes, used);
    buf[used] = '\0';
    return true;
}

int qga_parse_status(const char *reply, size_t length, struct qga_exec_status *ret,
                     struct daqs_error *err)
{
    json_t *value AUTO_JSON = NULL;
    int result = parse_return(reply, length, &value, err);
    if (result != DAQS_OK)
        return result;
    const json_t *exited = json_object_get(value, "exited");
    const json_t *code = json_object_get(value, "exitcode");
    if (!json_is_boolean(exited) || (code && !json_is_integer(code)))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's command status is malformed");
    struct qga_exec_status status = {.exited = json_is_true(exited),
                                     .exit_code = code ? json_integer_value(code) : -1};
    if (!read_output(value, "out-data", status.out) || !read_output(value, "err-data", status.err))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's command output is not base64");
    *ret = status;
    return DAQS_OK;
}
