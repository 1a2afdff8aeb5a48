#include "agentd/core/qga_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/json_cursor.h"
#include "agentd/core/qga_error.h"
#include "shared/base/cleanup.h"

static void decref_p(json_t **json)
{
    json_decref(*json);
}

#define AUTO_JSON DAQS_AUTO(decref_p)

/* A reply is an object with what a command returns, or with the error it ended with. */
struct reply {
    struct json_cursor cursor;
    bool returned;
    bool failed;
    bool twice; /* something was said twice: which of them is meant? */
    char class[32];
    char description[256];
};

/* Sets *seen; false if that was so already. */
static bool once(struct reply *r, bool *seen)
{
    r->twice |= *seen;
    *seen = true;
    return !r->twice;
}

static void read_error(struct reply *r)
{
    char key[8];
    bool seen_class = false;
    bool seen_text = false;
    if (!json_read_object(&r->cursor))
        return;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "class") == 0 && once(r, &seen_class))
            (void)json_read_string(&r->cursor, r->class, sizeof r->class);
        else if (strcmp(key, "desc") == 0 && once(r, &seen_text))
            (void)json_read_string(&r->cursor, r->description, sizeof r->description);
        else
            json_skip(&r->cursor);
    }
}

static int agent_error(const struct reply *r, struct daqs_error *err)
{
    return daqs_fail(err, qga_error_of_reply(r->class, r->description),
                     "the guest agent says: %.200s",
                     r->description[0] ? r->description : "an error without description");
}

/* 'read' reads the value of "return" into 'ret'; false: it is not what was expected. */
static int parse_reply(const char *text, size_t length,
                       bool (*read)(struct reply *reply, void *ret), void *ret, const char *what,
                       struct daqs_error *err)
{
    struct reply r = {0};
    char key[8];
    bool good = false;
    if (length > QGA_REPLY_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest agent's reply has %zu bytes", length);
    json_begin(&r.cursor, text, length);
    if (json_read_object(&r.cursor)) {
        while (json_next_key(&r.cursor, key, sizeof key)) {
            if (strcmp(key, "return") == 0 && once(&r, &r.returned))
                good = read(&r, ret);
            else if (strcmp(key, "error") == 0 && once(&r, &r.failed))
                read_error(&r);
            else
                json_skip(&r.cursor);
        }
    }
    if (!json_end(&r.cursor))
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply is not JSON: %s",
                         r.cursor.bad);
    if (r.twice)
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply says something twice");
    if (r.failed)
        return agent_error(&r, err);
    if (!r.returned)
        return daqs_fail(err, DAQS_EFORMAT, "the guest agent's reply has no result");
    return good ? DAQS_OK : daqs_fail(err, DAQS_EFORMAT, "the guest agent's %s is malformed", what);
}

/* --- interfaces --- */

struct interfaces {
    qga_wanted_f wanted;
    const void *arg;
    struct qga_interface *list;
    size_t count;
};

enum { COUNTERS = 4 };

/* True if what was sent is there. What was received is of less use, and may be missing. */
static bool read_statistics(struct reply *r, struct qga_interface *nic)
{
    static const char *const names[COUNTERS] = {"tx-bytes", "rx-bytes", "tx-packets", "rx-packets"};
    uint64_t *const value[COUNTERS] = {&nic->tx_bytes, &nic->rx_bytes, &nic->tx_packets,
                                       &nic->rx_packets};
    bool seen[COUNTERS] = {false};
    char key[12];
    if (!json_read_object(&r->cursor))
        return false;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        size_t i = 0;
        while (i < COUNTERS && strcmp(key, names[i]) != 0)
            i++;
        if (i == COUNTERS || !once(r, &seen[i]))
            json_skip(&r->cursor);
        else if (!json_read_uint(&r->cursor, value[i]) || *value[i] > INT64_MAX)
            *value[i] = COUNTERS_UNKNOWN;
    }
    return nic->tx_bytes != COUNTERS_UNKNOWN && nic->tx_packets != COUNTERS_UNKNOWN;
}

/* True if it has what we need of an interface. */
static bool read_interface(struct reply *r, struct qga_interface *ret)
{
    char key[20];
    char mac[DAQS_MAC_TEXT + 1];
    bool seen_name = false;
    bool seen_mac = false;
    bool seen_statistics = false;
    bool named = false;
    bool placed = false;
    if (!json_read_object(&r->cursor))
        return false;
    *ret = (struct qga_interface){.tx_bytes = COUNTERS_UNKNOWN,
                                  .rx_bytes = COUNTERS_UNKNOWN,
                                  .tx_packets = COUNTERS_UNKNOWN,
                                  .rx_packets = COUNTERS_UNKNOWN};
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "name") == 0 && once(r, &seen_name))
            named = json_read_string(&r->cursor, ret->name, sizeof ret->name);
        else if (strcmp(key, "hardware-address") == 0 && once(r, &seen_mac))
            placed =
                json_read_string(&r->cursor, mac, sizeof mac) && daqs_mac_parse(mac, &ret->mac);
        else if (strcmp(key, "statistics") == 0 && once(r, &seen_statistics))
            ret->counted = read_statistics(r, ret);
        else
            json_skip(&r->cursor);
    }
    return named && placed;
}

static bool is_wanted(const struct interfaces *found, const struct qga_interface *interface)
{
    return found->wanted && found->wanted(found->arg, &interface->mac);
}

/* In place of the last one that is not wanted; those after it move up. */
static void displace(struct interfaces *found, const struct qga_interface *interface)
{
    size_t i = found->count;
    while (i > 0 && is_wanted(found, &found->list[i - 1]))
        i--;
    if (i == 0)
        return;
    memmove(&found->list[i - 1], &found->list[i], (found->count - i) * sizeof *interface);
    found->list[found->count - 1] = *interface;
}

static bool read_interfaces(struct reply *r, void *ret)
{
    struct interfaces *found = ret;
    struct qga_interface interface;
    if (!json_read_list(&r->cursor))
        return false;
    while (json_next_item(&r->cursor)) {
        if (!read_interface(r, &interface))
            continue;
        if (found->count < QGA_INTERFACES_MAX)
            found->list[found->count++] = interface;
        else if (is_wanted(found, &interface))
            displace(found, &interface);
    }
    return true;
}

int qga_parse_interfaces(const char *reply, size_t length, qga_wanted_f wanted, const void *arg,
                         struct qga_interface *ret, size_t *ret_count, struct daqs_error *err)
{
    struct interfaces found = {.wanted = wanted, .arg = arg, .list = ret};
    int result = parse_reply(reply, length, read_interfaces, &found, "list of interfaces", err);
    if (result == DAQS_OK)
        *ret_count = found.count;
    return result;
}

/* --- addresses --- */

struct addresses {
    const struct daqs_mac *mac;
    size_t macs;
    struct nic_address *list;
    size_t count;
    bool full;
};

/* One that is not understood is left out. */
static void read_address(struct reply *r, struct addresses *found)
{
    char key[12];
    char text[64];
    bool seen = false;
    bool good = false;
    struct ip_address ip;
    if (!json_read_object(&r->cursor))
        return;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "ip-address") == 0 && once(r, &seen))
            good = json_read_string(&r->cursor, text, sizeof text) && ip_address_parse(text, &ip);
        else
            json_skip(&r->cursor);
    }
    if (good && found->count < QGA_ADDRESSES_MAX)
        found->list[found->count++].ip = ip;
    else
        found->full |= good;
}

static void read_address_list(struct reply *r, struct addresses *found)
{
    if (!json_read_list(&r->cursor))
        return;
    while (json_next_item(&r->cursor))
        read_address(r, found);
}

/* The addresses of an interface may come before its MAC address: those of others are dropped at its
 * end. */
static void read_addresses_of_one(struct reply *r, struct addresses *found)
{
    char key[20];
    char text[DAQS_MAC_TEXT + 1];
    struct daqs_mac mac = {{0}};
    bool seen_mac = false;
    bool seen_list = false;
    bool placed = false;
    size_t first = found->count;
    size_t nic = 0;
    if (!json_read_object(&r->cursor))
        return;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "hardware-address") == 0 && once(r, &seen_mac))
            placed = json_read_string(&r->cursor, text, sizeof text) && daqs_mac_parse(text, &mac);
        else if (strcmp(key, "ip-addresses") == 0 && once(r, &seen_list))
            read_address_list(r, found);
        else
            json_skip(&r->cursor);
    }
    while (nic < found->macs && !(placed && daqs_mac_equal(&found->mac[nic], &mac)))
        nic++;
    if (nic == found->macs)
        found->count = first;
    for (size_t i = first; i < found->count; i++)
        found->list[i].nic = (uint32_t)nic;
}

static bool read_addresses(struct reply *r, void *ret)
{
    if (!json_read_list(&r->cursor))
        return false;
    while (json_next_item(&r->cursor))
        read_addresses_of_one(r, ret);
    return true;
}

int qga_parse_addresses(const char *reply, size_t length, const struct daqs_mac *mac, size_t macs,
                        struct nic_address *ret, size_t *ret_count, struct daqs_error *err)
{
    struct addresses found = {.mac = mac, .macs = macs, .list = ret};
    int result = parse_reply(reply, length, read_addresses, &found, "list of interfaces", err);
    if (result == DAQS_OK && found.full)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest has more than %d addresses",
                         QGA_ADDRESSES_MAX);
    if (result == DAQS_OK)
        *ret_count = found.count;
    return result;
}

/* --- frozen file systems --- */

static bool read_frozen(struct reply *r, void *ret)
{
    char status[16];
    if (!json_read_string(&r->cursor, status, sizeof status))
        return false;
    *(bool *)ret = strcmp(status, "frozen") == 0;
    return true;
}

int qga_parse_frozen(const char *reply, size_t length, bool *ret, struct daqs_error *err)
{
    return parse_reply(reply, length, read_frozen, ret, "freeze status", err);
}

/* --- commands --- */

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

static bool read_pid(struct reply *r, void *ret)
{
    char key[8];
    uint64_t pid = 0;
    bool seen = false;
    bool good = false;
    if (!json_read_object(&r->cursor))
        return false;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "pid") == 0 && once(r, &seen))
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
    int result = parse_reply(reply, length, read_pid, &pid, "process id", err);
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

/* Bytes of base64 that decode to a text for so much room, in whole groups of four, so that a text
 * that is cut is valid. */
static size_t encoded_length(size_t room)
{
    return (room - 1) / 3 * 4;
}

/* Decodes a text into buf; longer output is cut. */
static bool read_output(struct reply *r, char *buf, size_t room)
{
    size_t used = 0;
    const char *end = NULL;
    char *encoded DAQS_AUTO_FREE = malloc(encoded_length(room) + 1);
    if (!encoded || !json_read_string(&r->cursor, encoded, encoded_length(room) + 1))
        return false;
    size_t length = strlen(encoded);
    if (sodium_base642bin((unsigned char *)buf, room - 1, encoded, length, NULL, &used, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != encoded + length)
        return false;
    buf[used] = '\0';
    return true;
}

static bool read_status(struct reply *r, void *ret)
{
    struct qga_exec_status *status = ret;
    char key[12];
    uint64_t code;
    bool seen[4] = {false};
    bool good = true;
    if (!json_read_object(&r->cursor))
        return false;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "exited") == 0 && once(r, &seen[0])) {
            good &= json_read_bool(&r->cursor, &status->exited);
        } else if (strcmp(key, "exitcode") == 0 && once(r, &seen[1])) {
            good &= json_read_uint(&r->cursor, &code) && code <= INT64_MAX;
            status->exit_code = good ? (int64_t)code : -1;
        } else if (strcmp(key, "out-data") == 0 && once(r, &seen[2])) {
            good &= read_output(r, status->out, status->room);
        } else if (strcmp(key, "err-data") == 0 && once(r, &seen[3])) {
            good &= read_output(r, status->err, sizeof status->err);
        } else {
            json_skip(&r->cursor);
        }
    }
    return good && seen[0];
}

struct qga_exec_status *qga_exec_status_new(size_t room)
{
    struct qga_exec_status *status = calloc(1, sizeof *status + room);
    if (status)
        status->room = room;
    return status;
}

bool qga_output_cut(const struct qga_exec_status *status)
{
    return strlen(status->out) >= encoded_length(status->room) / 4 * 3;
}

int qga_parse_status(const char *reply, size_t length, struct qga_exec_status *ret,
                     struct daqs_error *err)
{
    struct qga_exec_status *status DAQS_AUTO_FREE = qga_exec_status_new(ret->room);
    if (!status)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    status->exit_code = -1;
    int result = parse_reply(reply, length, read_status, status, "command status", err);
    if (result == DAQS_OK)
        memcpy(ret, status, sizeof *status + strlen(status->out) + 1);
    return result;
}
