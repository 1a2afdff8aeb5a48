/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/qga_interfaces.h"
#include "agentd/core/qga_json.h"
#include "shared/base/name.h"

/* An answer of qemu-ga 7.2. */
static const char real_interfaces[] =
    "{\"return\": [{\"name\": \"lo\", \"ip-addresses\": [{\"ip-address-type\": \"ipv4\", "
    "\"ip-address\": \"127.0.0.1\", \"prefix\": 8}], \"statistics\": {\"tx-packets\": 0, "
    "\"tx-errs\": 0, \"rx-bytes\": 0, \"rx-dropped\": 0, \"rx-packets\": 0, \"rx-errs\": 0, "
    "\"tx-bytes\": 0, \"tx-dropped\": 0}, \"hardware-address\": \"00:00:00:00:00:00\"}, "
    "{\"name\": \"eth0\", \"ip-addresses\": [], \"statistics\": {\"tx-packets\": 3, "
    "\"tx-errs\": 0, \"rx-bytes\": 708, \"rx-dropped\": 0, \"rx-packets\": 8, \"rx-errs\": 0, "
    "\"tx-bytes\": 266, \"tx-dropped\": 0}, \"hardware-address\": \"52:54:00:01:00:01\"}]}";
static const char real_disabled[] =
    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Command guest-exec has been "
    "disabled\"}}";
static const char real_no_such_program[] =
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Guest agent command failed, error was "
    "'Failed to execute child process \\u201C/nonexistent/tc\\u201D (No such file or "
    "directory)'\"}}";

static struct qga_interface nic[QGA_INTERFACES_MAX];
static size_t count;
static int64_t pid;
static struct qga_exec_status *status;
static struct nic_address address[QGA_ADDRESSES_MAX];
static size_t addresses;
static struct daqs_error err;

/* Each parse gets the reply in memory that ends where the reply does, and sentinel values in its
 * outputs. */
static char *exact(const char *reply, size_t length)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, reply, length);
    memset(&err, 0, sizeof err);
    return copy;
}

/* Returns whether the address ends in ff. */
static bool is_wanted(const void *arg, const struct daqs_mac *mac)
{
    assert_null(arg);
    return mac->byte[5] == 0xff;
}

static qga_wanted_f wanted;

static int interfaces_n(const char *reply, size_t length)
{
    char *copy = exact(reply, length);
    memset(nic, 0, sizeof nic);
    count = 9999;
    int result = qga_parse_interfaces(copy, length, wanted, NULL, nic, &count, &err);
    free(copy);
    return result;
}

static int interfaces(const char *reply)
{
    return interfaces_n(reply, strlen(reply));
}

/* Finds the addresses of the two nics that the tests use. */
static int find_addresses(const char *reply)
{
    const struct daqs_mac mac[2] = {{{0x52, 0x54, 0, 1, 0, 1}}, {{0x52, 0x54, 0, 1, 0, 2}}};
    char *copy = exact(reply, strlen(reply));
    addresses = 9999;
    int result = qga_parse_addresses(copy, strlen(reply), mac, 2, address, &addresses, &err);
    free(copy);
    return result;
}

static int exec(const char *reply)
{
    char *copy = exact(reply, strlen(reply));
    pid = -9999;
    int result = qga_parse_exec(copy, strlen(reply), &pid, &err);
    free(copy);
    return result;
}

static int exec_status(const char *reply)
{
    char *copy = exact(reply, strlen(reply));
    status = status ? status : qga_exec_status_new(QGA_OUTPUT_MAX);
    assert_non_null(status);
    memset(status->out, 'Z', status->capacity);
    memset(status->err, 'Z', sizeof status->err);
    status->exited = false;
    status->exit_code = -9999;
    int result = qga_parse_status(copy, strlen(reply), status, &err);
    free(copy);
    return result;
}

static void assert_interfaces_refused(const char *reply, int code)
{
    assert_int_equal(interfaces(reply), code);
    assert_int_equal(err.code, code);
    assert_string_not_equal(err.text, "");
    assert_int_equal(count, 9999);
}

static void assert_status_refused(const char *reply, int code)
{
    assert_int_equal(exec_status(reply), code);
    assert_int_equal(err.code, code);
    assert_false(status->exited);
    assert_int_equal(status->exit_code, -9999);
    assert_int_equal(status->out[0], 'Z');
    assert_int_equal(status->err[0], 'Z');
}

#define STATISTICS                                                                                 \
    "\"statistics\":{\"tx-bytes\":1,\"rx-bytes\":2,\"tx-packets\":3,\"rx-packets\":4}"
#define GOOD_NIC "{\"name\":\"good\",\"hardware-address\":\"52:54:00:00:00:09\"," STATISTICS "}"

/* Checks that 'item' is left out and a valid interface after it is not. */
static void assert_left_out(const char *item)
{
    char reply[1024];
    (void)snprintf(reply, sizeof reply, "{\"return\":[%s," GOOD_NIC "]}", item);
    assert_int_equal(interfaces(reply), DAQS_OK);
    assert_int_equal(count, 1);
    assert_string_equal(nic[0].name, "good");
}

static char *repeat(const char *text, size_t times)
{
    size_t length = strlen(text);
    char *all = malloc(length * times + 1);
    assert_non_null(all);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * length, text, length);
    all[length * times] = '\0';
    return all;
}

/* Returns before + middle + after, to be freed by the caller; frees 'middle'. */
static char *join(const char *before, char *middle, const char *after)
{
    size_t size = strlen(before) + strlen(middle) + strlen(after) + 1;
    char *all = malloc(size);
    assert_non_null(all);
    (void)snprintf(all, size, "%s%s%s", before, middle, after);
    free(middle);
    return all;
}

/* --- interfaces --- */

static void a_real_list_of_interfaces_is_understood(void **state)
{
    (void)state;
    char mac[DAQS_MAC_TEXT];
    assert_int_equal(interfaces(real_interfaces), DAQS_OK);
    assert_int_equal(count, 2);
    assert_string_equal(nic[0].name, "lo");
    assert_string_equal(nic[1].name, "eth0");
    assert_string_equal(daqs_mac_format(&nic[1].mac, mac), "52:54:00:01:00:01");
    assert_int_equal(nic[1].tx_bytes, 266);
    assert_int_equal(nic[1].rx_bytes, 708);
    assert_int_equal(nic[1].tx_packets, 3);
    assert_int_equal(nic[1].rx_packets, 8);
}

static void an_empty_list_is_a_list(void **state)
{
    (void)state;
    assert_int_equal(interfaces("{\"return\":[]}"), DAQS_OK);
    assert_int_equal(count, 0);
}

/* 'rest' follows the name and the address. */
static int one_interface(const char *rest)
{
    char reply[1024];
    (void)snprintf(
        reply, sizeof reply,
        "{\"return\":[{\"name\":\"eth0\",\"hardware-address\":\"52:54:00:00:00:01\"%s}]}", rest);
    int result = interfaces(reply);
    assert_int_equal(count, 1);
    return result;
}

/* The port of a bridge or bond has no IP address, and qemu-ga reports no statistics for it. */
static void g5_an_interface_without_statistics_is_listed_without_counters(void **state)
{
    static const char *const rests[] = {"", ",\"statistics\":{}",
                                        ",\"statistics\":{\"tx-bytes\":1,\"rx-bytes\":2}",
                                        ",\"statistics\":[1,2,3,4]", ",\"statistics\":\"none\""};
    (void)state;
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        assert_int_equal(one_interface(rests[i]), DAQS_OK);
        assert_string_equal(nic[0].name, "eth0");
        assert_false(nic[0].counted);
    }
}

static void an_interface_without_an_ethernet_address_is_left_out(void **state)
{
    (void)state;
    assert_left_out("{\"name\":\"tun0\"," STATISTICS "}");
    assert_left_out("{\"name\":\"tun0\",\"hardware-address\":\"\"," STATISTICS "}");
    assert_left_out("{\"name\":\"tun0\",\"hardware-address\":\"00:11\"," STATISTICS "}");
    assert_left_out("{\"name\":\"ib0\",\"hardware-address\":"
                    "\"80:00:02:08:fe:80:00:00:00:00:00:00:00:11\"," STATISTICS "}");
}

static void an_interface_without_a_name_is_left_out(void **state)
{
    (void)state;
    assert_left_out("{\"hardware-address\":\"52:54:00:00:00:01\"," STATISTICS "}");
}

static void an_interface_with_values_of_wrong_types_is_left_out(void **state)
{
    (void)state;
    static const char *const items[] = {
        "null",
        "7",
        "\"eth0\"",
        "[]",
        "{}",
        "{\"name\":7,\"hardware-address\":\"52:54:00:00:00:01\"," STATISTICS "}",
        "{\"name\":null,\"hardware-address\":\"52:54:00:00:00:01\"," STATISTICS "}",
        "{\"name\":\"x\",\"hardware-address\":525400000001," STATISTICS "}",
        "{\"name\":\"x\",\"hardware-address\":[\"52:54:00:00:00:01\"]," STATISTICS "}",
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
        assert_left_out(items[i]);
}

/* Receive counters are not needed to know what was sent. */
static void a_counter_that_is_not_a_number_is_not_known(void **state)
{
    (void)state;
    static const char *const keys[] = {"tx-bytes", "rx-bytes", "tx-packets", "rx-packets"};
    static const char *const values[] = {"-1",
                                         "18446744073709551615",
                                         "-9223372036854775808",
                                         "1.0",
                                         "1e3",
                                         "\"5\"",
                                         "null",
                                         "true",
                                         "[]",
                                         "{}"};
    for (size_t k = 0; k < 4; k++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            char item[512];
            int n = snprintf(item, sizeof item, ",\"statistics\":{");
            for (size_t i = 0; i < 4; i++)
                n += snprintf(item + n, sizeof item - (size_t)n, "%s\"%s\":%s", i ? "," : "",
                              keys[i], i == k ? values[v] : "1");
            (void)snprintf(item + n, sizeof item - (size_t)n, "}");
            assert_int_equal(one_interface(item), DAQS_OK);
            assert_int_equal(nic[0].counted, k == 1 || k == 3);
            const uint64_t counter[] = {nic[0].tx_bytes, nic[0].rx_bytes, nic[0].tx_packets,
                                        nic[0].rx_packets};
            for (size_t i = 0; i < 4; i++)
                assert_true(counter[i] == (i == k ? COUNTERS_UNKNOWN : 1));
        }
    }
}

static int interfaces_with_count(const char *number)
{
    char reply[512];
    (void)snprintf(reply, sizeof reply,
                   "{\"return\":[{\"name\":\"x\",\"hardware-address\":\"52:54:00:00:00:01\","
                   "\"statistics\":{\"tx-bytes\":%s,\"rx-bytes\":2,\"tx-packets\":3,"
                   "\"rx-packets\":4}}]}",
                   number);
    return interfaces(reply);
}

static void counters_have_63_bits(void **state)
{
    (void)state;
    assert_int_equal(interfaces_with_count("9223372036854775807"), DAQS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(nic[0].tx_bytes, INT64_MAX);
    assert_true(nic[0].counted);
    assert_int_equal(interfaces_with_count("9223372036854775808"), DAQS_OK);
    assert_false(nic[0].counted);
    assert_int_equal(interfaces_with_count("1e999"), DAQS_OK);
    assert_false(nic[0].counted);
    assert_int_equal(interfaces_with_count("99999999999999999999999999999999"), DAQS_EFORMAT);
    assert_int_equal(count, 9999);
}

static void g4_of_a_thousand_interfaces_the_wanted_and_the_first_are_taken(void **state)
{
    (void)state;
    enum { MANY = 1000, EACH = 256 };
    char *reply = malloc((size_t)MANY * EACH);
    assert_non_null(reply);
    size_t used = (size_t)snprintf(reply, EACH, "{\"return\":[");
    for (int i = 0; i < MANY; i++)
        used += (size_t)snprintf(reply + used, EACH,
                                 "%s{\"name\":\"eth%d\",\"hardware-address\":"
                                 "\"52:54:00:00:%02x:%02x\"," STATISTICS "}",
                                 i ? "," : "", i, (unsigned)i / 256, (unsigned)i % 256);
    (void)snprintf(reply + used, EACH, "]}");
    assert_int_equal(interfaces(reply), DAQS_OK);
    assert_int_equal(count, QGA_INTERFACES_MAX);
    for (unsigned i = 0; i < QGA_INTERFACES_MAX; i++)
        assert_int_equal(nic[i].mac.byte[5], i);
    /* 255, 511 and 767 are wanted, and keep their order. */
    wanted = is_wanted;
    assert_int_equal(interfaces(reply), DAQS_OK);
    wanted = NULL;
    assert_int_equal(count, QGA_INTERFACES_MAX);
    for (unsigned i = 0; i < QGA_INTERFACES_MAX; i++) {
        unsigned number = nic[i].mac.byte[4] * 256U + nic[i].mac.byte[5];
        unsigned last = QGA_INTERFACES_MAX - 3;
        assert_int_equal(number, i < last ? i : (i - last) * 256 + 255);
    }
    free(reply);
}

/* G4: the VF comes after 200 container interfaces, and either all or none of them are wanted. */
static void of_too_many_that_are_wanted_the_first_are_taken(void **state)
{
    (void)state;
    enum { MANY = 200, EACH = 256 };
    char *reply = malloc((size_t)MANY * EACH);
    assert_non_null(reply);
    size_t used = (size_t)snprintf(reply, EACH, "{\"return\":[");
    for (int i = 0; i < MANY; i++)
        used += (size_t)snprintf(reply + used, EACH,
                                 "%s{\"name\":\"eth%d\",\"hardware-address\":"
                                 "\"52:54:00:00:%02x:ff\"," STATISTICS "}",
                                 i ? "," : "", i, (unsigned)i);
    (void)snprintf(reply + used, EACH, "]}");
    wanted = is_wanted;
    assert_int_equal(interfaces(reply), DAQS_OK);
    wanted = NULL;
    assert_int_equal(count, QGA_INTERFACES_MAX);
    for (unsigned i = 0; i < QGA_INTERFACES_MAX; i++)
        assert_int_equal(nic[i].mac.byte[4], i);
    free(reply);
}

static void strange_names_come_through_as_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *name;
    } names[] = {
        {"", ""},
        {"eth0; reboot", "eth0; reboot"},
        {"\\\"\\\\\\/", "\"\\/"},
        {"a\\nqdisc del dev eth0 root", "a\nqdisc del dev eth0 root"},
        {"$(reboot)", "$(reboot)"},
        {"../../etc", "../../etc"},
        {"-batch", "-batch"},
        {"\\u0001\\u001b[2J", "\x01\x1b[2J"},
        {"Ethernet-Instanz 0 \\u00fc", "Ethernet-Instanz 0 \xc3\xbc"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"%s%n", "%s%n"},
        {"\\\"[[[[[[[[[[[[[[[[[[[[", "\"[[[[[[[[[[[[[[[[[[[["},
        {"[[[[[[[[[[[[[[[[[[[[{{{{{{{{{{{{{{{{{{{{", "[[[[[[[[[[[[[[[[[[[[{{{{{{{{{{{{{{{{{{{{"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char reply[512];
        (void)snprintf(reply, sizeof reply,
                       "{\"return\":[{\"name\":\"%s\",\"hardware-address\":"
                       "\"52:54:00:00:00:01\"," STATISTICS "}]}",
                       names[i].json);
        assert_int_equal(interfaces(reply), DAQS_OK);
        assert_int_equal(count, 1);
        assert_string_equal(nic[0].name, names[i].name);
        assert_false(daqs_ifname_ok(nic[0].name));
    }
}

/* The name is cut, but never to one that tc would accept. */
static void long_names_are_cut_and_not_usable(void **state)
{
    (void)state;
    char *reply = join("{\"return\":[{\"name\":\"", repeat("abcdefgh", 5000),
                       "\",\"hardware-address\":\"52:54:00:00:00:01\"," STATISTICS "}]}");
    assert_int_equal(interfaces(reply), DAQS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(strlen(nic[0].name), sizeof nic[0].name - 1);
    assert_memory_equal(nic[0].name, "abcdefghabcdefgh", 16);
    assert_false(daqs_ifname_ok(nic[0].name));
    free(reply);
}

static void duplicate_keys_are_refused(void **state)
{
    (void)state;
    assert_interfaces_refused("{\"return\":[],\"return\":[]}", DAQS_EFORMAT);
    assert_interfaces_refused("{\"return\":[],\"error\":{},\"return\":[]}", DAQS_EFORMAT);
    assert_interfaces_refused("{\"return\":[{\"name\":\"x\",\"name\":\"y\"}]}", DAQS_EFORMAT);
    assert_interfaces_refused("{\"return\":[{\"name\":\"x\",\"statistics\":"
                              "{\"tx-bytes\":1,\"tx-bytes\":2}}]}",
                              DAQS_EFORMAT);
}

static void a_reply_that_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "",
        " ",
        "garbage",
        "\xff",
        "\xff{\"return\": 7}",
        "{'return': []}",
        "{\"return\": []",
        "{\"return\": []}}",
        "{\"return\": []} {\"return\": []}",
        "{\"return\": [],}",
        "{\"return\": NaN}",
        "{\"return\": 01}",
        "{return: []}",
        "{\"return\": [\"\xff\xfe\"]}",
        "{\"return\": [\"\xc0\xaf\"]}",
        "{\"return\": [\"\xed\xa0\x80\"]}",
        "{\"return\": [\"\\ud800\"]}",
        "{\"return\": [\"\\u0000\"]}",
        "{\"return\": [\"a\nb\"]}",
        "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        assert_interfaces_refused(replies[i], DAQS_EFORMAT);
}

static void bytes_of_zero_are_refused(void **state)
{
    (void)state;
    static const char inside[] = "{\"return\": [\"a\0b\"]}";
    static const char behind[] = "{\"return\": []}\0";
    assert_int_equal(interfaces_n(inside, sizeof inside - 1), DAQS_EFORMAT);
    assert_int_equal(interfaces_n(behind, sizeof behind - 1), DAQS_EFORMAT);
}

static void json_of_another_shape_is_refused(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "[]",
        "[{\"return\":[]}]",
        "7",
        "\"return\"",
        "null",
        "{}",
        "{\"Return\":[]}",
        "{\"result\":[]}",
        "{\"return\":{}}",
        "{\"return\":null}",
        "{\"return\":7}",
        "{\"return\":\"[]\"}",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        assert_interfaces_refused(replies[i], DAQS_EFORMAT);
}

static void a_reply_that_was_cut_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(real_interfaces); length++) {
        assert_int_equal(interfaces_n(real_interfaces, length), DAQS_EFORMAT);
        assert_int_equal(count, 9999);
    }
}

static void a_reply_of_eight_megabytes_is_refused(void **state)
{
    (void)state;
    char *reply = join("{\"return\":[", repeat("        ", 1024 * 1024), "]}");
    assert_interfaces_refused(reply, DAQS_ETOOBIG);
    free(reply);
}

static void a_reply_may_be_as_large_as_the_limit(void **state)
{
    (void)state;
    static const char head[] = "{\"return\":[";
    static const char tail[] = GOOD_NIC "]}";
    size_t blanks = QGA_REPLY_MAX - strlen(head) - strlen(tail);
    char *reply = join(head, repeat(" ", blanks), tail);
    assert_int_equal(interfaces(reply), DAQS_OK);
    assert_int_equal(count, 1);
    free(reply);
    reply = join(head, repeat(" ", blanks + 1), tail);
    assert_interfaces_refused(reply, DAQS_ETOOBIG);
    free(reply);
}

static void a_reply_nested_very_deeply_is_refused(void **state)
{
    (void)state;
    static const char *const openings[] = {"[", "{\"a\":", "[{\"a\":"};
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        char *reply = join("{\"return\":", repeat(openings[i], 100000 / strlen(openings[i])), "");
        assert_interfaces_refused(reply, DAQS_EFORMAT);
        free(reply);
    }
}

/* Returns valid JSON with a result next to an array of this depth. */
static char *reply_with_depth(size_t depth)
{
    char *open = repeat("[", depth);
    char *both = join(open, repeat("]", depth), "}");
    free(open);
    return join("{\"return\":[],\"beside\":", both, "");
}

static void depth_is_bounded_even_where_nobody_looks(void **state)
{
    (void)state;
    char *reply = reply_with_depth(10);
    assert_int_equal(interfaces(reply), DAQS_OK);
    free(reply);
    reply = reply_with_depth(100);
    assert_interfaces_refused(reply, DAQS_EFORMAT);
    free(reply);
}

/* Closing brackets without opening ones, and brackets in strings, must not affect the depth
 * count. */
static void depth_cannot_be_hidden(void **state)
{
    (void)state;
    char *reply = join("]]]]]]]]]]]]]]]]]]]]]]]]", repeat("[", 100000), "");
    assert_interfaces_refused(reply, DAQS_EFORMAT);
    free(reply);
    reply = join("{\"a\\\\\":", repeat("[\"\\\"\",", 50000), "");
    assert_interfaces_refused(reply, DAQS_EFORMAT);
    free(reply);
}

/* --- errors --- */

static void an_error_of_the_agent_is_reported(void **state)
{
    (void)state;
    assert_interfaces_refused(real_no_such_program, DAQS_EGUEST);
    assert_non_null(strstr(err.text, "Failed to execute child process"));
}

static void a_blocked_command_is_distinguished_from_other_errors(void **state)
{
    (void)state;
    assert_interfaces_refused(real_disabled, DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "Command guest-exec has been disabled"));
    assert_int_equal(exec(real_disabled), DAQS_EREFUSED);
    assert_int_equal(pid, -9999);
    assert_status_refused(real_disabled, DAQS_EREFUSED);
}

/* Agents before QEMU 4.2, such as RHEL 7's, which blocks guest-exec by default, have no error class
 * for it. */
static void a_command_blocked_in_an_old_agent_is_recognised_too(void **state)
{
    (void)state;
    assert_int_equal(exec("{\"error\": {\"class\": \"GenericError\", \"desc\": \"The command "
                          "guest-exec has been disabled for this instance\"}}"),
                     DAQS_EREFUSED);
}

static void an_error_of_any_shape_is_an_error(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "{\"error\":{}}",
        "{\"error\":null}",
        "{\"error\":[]}",
        "{\"error\":\"no\"}",
        "{\"error\":5}",
        "{\"error\":{\"class\":5,\"desc\":6}}",
        "{\"error\":{\"class\":[\"CommandNotFound\"],\"desc\":null}}",
        "{\"return\":[],\"error\":{\"class\":\"GenericError\",\"desc\":\"both\"}}",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        assert_interfaces_refused(replies[i], DAQS_EGUEST);
}

static void a_very_long_description_is_cut(void **state)
{
    (void)state;
    char *reply =
        join("{\"error\":{\"class\":\"GenericError\",\"desc\":\"", repeat("blah ", 20000), "\"}}");
    assert_interfaces_refused(reply, DAQS_EGUEST);
    assert_true(strlen(err.text) < sizeof err.text);
    free(reply);
}

static void the_error_text_is_not_needed(void **state)
{
    (void)state;
    assert_int_equal(
        qga_parse_interfaces(real_disabled, strlen(real_disabled), NULL, NULL, nic, &count, NULL),
        DAQS_EREFUSED);
    assert_int_equal(qga_parse_interfaces("?", 1, NULL, NULL, nic, &count, NULL), DAQS_EFORMAT);
}

/* --- exec --- */

static void assert_exec_request(const char *const *argv, const char *input)
{
    char *text = qga_exec_request(argv, input);
    assert_non_null(text);
    assert_null(strpbrk(text, "\r\n")); /* the agent reads line by line */
    json_t *request = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(request);
    assert_int_equal(json_object_size(request), 2);
    assert_string_equal(json_string_value(json_object_get(request, "execute")), "guest-exec");

    const json_t *arguments = json_object_get(request, "arguments");
    assert_string_equal(json_string_value(json_object_get(arguments, "path")), argv[0]);
    assert_true(json_is_true(json_object_get(arguments, "capture-output")));
    const json_t *arg = json_object_get(arguments, "arg");
    assert_true(json_is_array(arg));
    size_t i = 0;
    for (; argv[i + 1]; i++)
        assert_string_equal(json_string_value(json_array_get(arg, i)), argv[i + 1]);
    assert_int_equal(json_array_size(arg), i);

    const char *encoded = json_string_value(json_object_get(arguments, "input-data"));
    unsigned char decoded[4096];
    size_t used = 0;
    const char *end = NULL;
    assert_non_null(encoded);
    assert_int_equal(sodium_base642bin(decoded, sizeof decoded, encoded, strlen(encoded), NULL,
                                       &used, &end, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(*end, '\0');
    assert_int_equal(used, strlen(input));
    assert_memory_equal(decoded, input, used);
    json_decref(request);
    free(text);
}

static void a_request_is_json_and_carries_the_batch_in_base64(void **state)
{
    (void)state;
    const char *const argv[] = {"tc", "-batch", "-", NULL};
    assert_exec_request(argv, "qdisc show dev eth0\nclass show dev eth0\n");
    assert_exec_request(argv, "");
    assert_exec_request(argv, "\xff\xfe any bytes \x01");
    for (int length = 1; length < 9; length++) {
        char input[16] = {0};
        memset(input, 'i', (size_t)length);
        assert_exec_request(argv, input);
    }
}

static void arguments_are_not_able_to_leave_their_place(void **state)
{
    (void)state;
    const char *const alone[] = {"/usr/sbin/tc", NULL};
    const char *const odd[] = {"t\"c", "\\\"]}, {\"execute\": \"guest-shutdown\"}\n", "", NULL};
    assert_exec_request(alone, "x");
    assert_exec_request(odd, "x");
}

static void an_argument_that_json_cannot_carry_gives_no_request(void **state)
{
    (void)state;
    const char *const argv[] = {"tc", "\xff", NULL};
    const char *const path[] = {"\xff", NULL};
    assert_null(qga_exec_request(argv, "x"));
    assert_null(qga_exec_request(path, "x"));
}

static void the_process_id_is_read(void **state)
{
    (void)state;
    assert_int_equal(exec("{\"return\": {\"pid\": 10828}}"), DAQS_OK);
    assert_int_equal(pid, 10828);
    assert_int_equal(exec("{\"return\": {\"pid\": 9223372036854775807}}"), DAQS_OK);
    assert_int_equal(pid, INT64_MAX);
}

static void a_program_that_is_not_there_is_the_guests_error(void **state)
{
    (void)state;
    assert_int_equal(exec(real_no_such_program), DAQS_EGUEST);
    assert_int_equal(pid, -9999);
}

static void an_invalid_process_id_is_refused(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "{\"return\":{}}",
        "{\"return\":[]}",
        "{\"return\":7}",
        "{\"return\":{\"pid\":-1}}",
        "{\"return\":{\"pid\":1.5}}",
        "{\"return\":{\"pid\":\"7\"}}",
        "{\"return\":{\"pid\":null}}",
        "{\"return\":{\"pid\":9223372036854775808}}",
        "{\"return\":{\"pid\":1,\"pid\":2}}",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        assert_int_equal(exec(replies[i]), DAQS_EFORMAT);
        assert_int_equal(pid, -9999);
    }
}

static void the_status_is_asked_for_by_process_id(void **state)
{
    (void)state;
    char buf[QGA_STATUS_BYTES];
    assert_string_equal(qga_status_request(10828, buf),
                        "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":10828}}");
    assert_string_equal(
        qga_status_request(INT64_MAX, buf),
        "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":9223372036854775807}}");
}

static void a_command_that_runs_has_not_exited(void **state)
{
    (void)state;
    assert_int_equal(exec_status("{\"return\": {\"exited\": false}}"), DAQS_OK);
    assert_false(status->exited);
}

static void a_command_that_ended_has_its_exit_code(void **state)
{
    (void)state;
    assert_int_equal(exec_status("{\"return\": {\"exitcode\": 0, \"exited\": true}}"), DAQS_OK);
    assert_true(status->exited);
    assert_int_equal(status->exit_code, 0);
    assert_string_equal(status->out, "");
    assert_string_equal(status->err, "");
    assert_int_equal(exec_status("{\"return\": {\"exitcode\": 3, \"exited\": true}}"), DAQS_OK);
    assert_int_equal(status->exit_code, 3);
}

static void a_command_that_was_killed_has_not_succeeded(void **state)
{
    (void)state;
    assert_int_equal(exec_status("{\"return\": {\"signal\": 9, \"exited\": true}}"), DAQS_OK);
    assert_true(status->exited);
    assert_int_equal(status->exit_code, -1);
}

static void the_output_of_a_command_is_decoded(void **state)
{
    (void)state;
    assert_int_equal(
        exec_status(
            "{\"return\": {\"exitcode\": 1, \"out-data\": \"cWRpc2Mgbm9xdWV1ZSAwOiByb290IA==\","
            " \"err-data\": "
            "\"RXJyb3I6IEV4Y2x1c2l2aXR5IGZsYWcgb24sIGNhbm5vdCBtb2RpZnkuCkNvbW1hbmQgZmFpbGVk"
            "IC06MQo=\", \"out-truncated\": false, \"exited\": true}}"),
        DAQS_OK);
    assert_string_equal(status->out, "qdisc noqueue 0: root ");
    assert_string_equal(status->err,
                        "Error: Exclusivity flag on, cannot modify.\nCommand failed -:1\n");
}

static void output_that_is_not_base64_is_refused(void **state)
{
    (void)state;
    static const char *const encoded[] = {
        "%%%%", "YWI", "YWI=x", "YW I=", "Y===", "=", "_-8=", "YWI==", "YWI=YWI=", "\\u00fc"};
    for (size_t i = 0; i < sizeof encoded / sizeof encoded[0]; i++) {
        char reply[256];
        (void)snprintf(reply, sizeof reply,
                       "{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":\"%s\"}}",
                       encoded[i]);
        assert_status_refused(reply, DAQS_EFORMAT);
        (void)snprintf(reply, sizeof reply,
                       "{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":\"YWI=\","
                       "\"err-data\":\"%s\"}}",
                       encoded[i]);
        assert_status_refused(reply, DAQS_EFORMAT);
    }
}

/* Lengths around the kept maximum. Each text must read back up to that. */
static void giant_output_is_cut(void **state)
{
    (void)state;
    static const size_t lengths[] = {QGA_OUTPUT_MAX - 3, QGA_OUTPUT_MAX - 2, QGA_OUTPUT_MAX - 1,
                                     QGA_OUTPUT_MAX,     QGA_OUTPUT_MAX + 1, 300000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *printed = malloc(lengths[i]);
        size_t capacity = sodium_base64_encoded_len(lengths[i], sodium_base64_VARIANT_ORIGINAL);
        char *encoded = malloc(capacity);
        assert_non_null(printed);
        assert_non_null(encoded);
        for (size_t k = 0; k < lengths[i]; k++)
            printed[k] = (char)('a' + k % 23);
        sodium_bin2base64(encoded, capacity, (unsigned char *)printed, lengths[i],
                          sodium_base64_VARIANT_ORIGINAL);
        char *reply =
            join("{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":\"", encoded, "\"}}");
        assert_int_equal(exec_status(reply), DAQS_OK);
        size_t kept = strlen(status->out);
        assert_true(kept < QGA_OUTPUT_MAX);
        assert_true(kept == lengths[i] || kept >= QGA_OUTPUT_MAX - 4);
        assert_memory_equal(status->out, printed, kept);
        free(reply);
        free(printed);
    }
}

static void output_is_kept_as_far_as_there_is_room(void **state)
{
    static const struct {
        size_t capacity;
        const char *kept;
        bool cut;
    } cases[] = {{4, "abc", true}, {6, "abc", true}, {9, "abcdef", true}, {10, "abcdefg", false}};
    static const char reply[] = "{\"return\":{\"exited\":true,\"out-data\":\"YWJjZGVmZw==\"}}";
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qga_exec_status *small = qga_exec_status_new(cases[i].capacity);
        assert_non_null(small);
        assert_int_equal(qga_parse_status(reply, sizeof reply - 1, small, &err), DAQS_OK);
        assert_string_equal(small->out, cases[i].kept);
        assert_int_equal(qga_output_cut(small), cases[i].cut);
        free(small);
    }
}

/* --- addresses --- */

static void assert_address(size_t i, uint32_t of, const char *text)
{
    struct ip_address ip;
    assert_true(ip_address_parse(text, &ip));
    assert_int_equal(address[i].nic, of);
    assert_memory_equal(&address[i].ip, &ip, sizeof ip);
}

#define IP(text) "{\"ip-address-type\":\"ipv4\",\"ip-address\":\"" text "\",\"prefix\":24}"
#define MAC(last) "\"hardware-address\":\"52:54:00:01:00:0" last "\""

static void addresses_of_the_nics_asked_for_are_found(void **state)
{
    (void)state;
    assert_int_equal(find_addresses(real_interfaces), DAQS_OK);
    assert_int_equal(addresses, 0);
    assert_int_equal(
        find_addresses(
            "{\"return\":["
            "{\"ip-addresses\":[" IP(
                "127.0.0.1") "]},"
                             "{\"ip-addresses\":[" IP("10.0.0.9") "]," MAC(
                                 "9") "},"
                                      "{" MAC("2") ",\"ip-addresses\":[" IP("10.0.0.2") "," IP(
                                          "fd00::2") "]},"
                                                     "{\"ip-addresses\":[" IP("10.0.0.1") "]," MAC(
                                                         "1") "}]}"),
        DAQS_OK);
    assert_int_equal(addresses, 3);
    assert_address(0, 1, "10.0.0.2");
    assert_address(1, 1, "fd00::2");
    assert_address(2, 0, "10.0.0.1");
}

/* A VLAN or a bond has the MAC address of the nic below it. */
static void interfaces_of_one_mac_are_one_nic(void **state)
{
    (void)state;
    assert_int_equal(find_addresses("{\"return\":[{" MAC("1") ",\"ip-addresses\":[" IP(
                         "10.0.0.1") "]},{" MAC("1") ",\"ip-addresses\":[" IP("10.1.0.1") "]}]}"),
                     DAQS_OK);
    assert_int_equal(addresses, 2);
    assert_address(1, 0, "10.1.0.1");
}

static void invalid_addresses_are_left_out(void **state)
{
    static const char *const items[] = {"7",
                                        "null",
                                        "{}",
                                        "[]",
                                        "\"10.0.0.1\"",
                                        IP(""),
                                        IP("10.0.0"),
                                        IP("10.0.0.1%eth0"),
                                        IP("host"),
                                        "{\"ip-address\":7}",
                                        "{\"prefix\":24}"};
    char reply[512];
    (void)state;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        (void)snprintf(reply, sizeof reply,
                       "{\"return\":[{" MAC("1") ",\"ip-addresses\":[%s," IP("10.0.0.1") "]}]}",
                       items[i]);
        assert_int_equal(find_addresses(reply), DAQS_OK);
        assert_int_equal(addresses, 1);
        assert_address(0, 0, "10.0.0.1");
    }
}

static void addresses_of_another_shape_are_refused(void **state)
{
    static const char *const replies[] = {
        "",
        "{}",
        "{\"return\":7}",
        "{\"return\":[",
        "{\"return\":[{" MAC("1") "," MAC("2") "}]}",
        "{\"return\":[{\"ip-addresses\":[],\"ip-addresses\":[]}]}",
        "{\"return\":[{\"ip-addresses\":[{\"ip-address\":\"::\",\"ip-address\":\"::\"}]}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        assert_int_equal(find_addresses(replies[i]), DAQS_EFORMAT);
        assert_int_equal(addresses, 9999);
    }
    assert_int_equal(find_addresses(real_disabled), DAQS_EREFUSED);
}

static void more_addresses_than_are_looked_at_are_refused(void **state)
{
    (void)state;
    char *most = join("{\"return\":[{" MAC("1") ",\"ip-addresses\":[" IP("10.0.0.1"),
                      repeat("," IP("10.0.0.1"), QGA_ADDRESSES_MAX - 1), "]}]}");
    char *more = join("{\"return\":[{" MAC("1") ",\"ip-addresses\":[" IP("10.0.0.1"),
                      repeat("," IP("10.0.0.1"), QGA_ADDRESSES_MAX), "]}]}");
    assert_int_equal(find_addresses(most), DAQS_OK);
    assert_int_equal(addresses, QGA_ADDRESSES_MAX);
    assert_int_equal(find_addresses(more), DAQS_ETOOBIG);
    assert_int_equal(addresses, 9999);
    free(most);
    free(more);
}

static void a_status_of_another_shape_is_refused(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "{\"return\":{}}",
        "{\"return\":[]}",
        "{\"return\":true}",
        "{\"return\":{\"exitcode\":0}}",
        "{\"return\":{\"exited\":1,\"exitcode\":0}}",
        "{\"return\":{\"exited\":\"true\",\"exitcode\":0}}",
        "{\"return\":{\"exited\":null,\"exitcode\":0}}",
        "{\"return\":{\"exited\":true,\"exitcode\":\"0\"}}",
        "{\"return\":{\"exited\":true,\"exitcode\":0.0}}",
        "{\"return\":{\"exited\":true,\"exitcode\":false}}",
        "{\"return\":{\"exited\":true,\"exitcode\":0,\"exitcode\":1}}",
        "{\"return\":{\"exited\":true,\"exitcode\":99999999999999999999}}",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        assert_status_refused(replies[i], DAQS_EFORMAT);
}

static void an_unknown_process_id_is_the_guests_error(void **state)
{
    (void)state;
    assert_status_refused("{\"error\": {\"class\": \"GenericError\", \"desc\": \"Invalid parameter "
                          "'pid'\"}}",
                          DAQS_EGUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_list_of_interfaces_is_understood),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(g5_an_interface_without_statistics_is_listed_without_counters),
        cmocka_unit_test(an_interface_without_an_ethernet_address_is_left_out),
        cmocka_unit_test(an_interface_without_a_name_is_left_out),
        cmocka_unit_test(an_interface_with_values_of_wrong_types_is_left_out),
        cmocka_unit_test(a_counter_that_is_not_a_number_is_not_known),
        cmocka_unit_test(counters_have_63_bits),
        cmocka_unit_test(g4_of_a_thousand_interfaces_the_wanted_and_the_first_are_taken),
        cmocka_unit_test(of_too_many_that_are_wanted_the_first_are_taken),
        cmocka_unit_test(strange_names_come_through_as_they_are),
        cmocka_unit_test(long_names_are_cut_and_not_usable),
        cmocka_unit_test(duplicate_keys_are_refused),
        cmocka_unit_test(a_reply_that_is_not_json_is_refused),
        cmocka_unit_test(bytes_of_zero_are_refused),
        cmocka_unit_test(json_of_another_shape_is_refused),
        cmocka_unit_test(a_reply_that_was_cut_is_refused),
        cmocka_unit_test(a_reply_of_eight_megabytes_is_refused),
        cmocka_unit_test(a_reply_may_be_as_large_as_the_limit),
        cmocka_unit_test(a_reply_nested_very_deeply_is_refused),
        cmocka_unit_test(depth_is_bounded_even_where_nobody_looks),
        cmocka_unit_test(depth_cannot_be_hidden),
        cmocka_unit_test(an_error_of_the_agent_is_reported),
        cmocka_unit_test(a_blocked_command_is_distinguished_from_other_errors),
        cmocka_unit_test(a_command_blocked_in_an_old_agent_is_recognised_too),
        cmocka_unit_test(an_error_of_any_shape_is_an_error),
        cmocka_unit_test(a_very_long_description_is_cut),
        cmocka_unit_test(the_error_text_is_not_needed),
        cmocka_unit_test(a_request_is_json_and_carries_the_batch_in_base64),
        cmocka_unit_test(arguments_are_not_able_to_leave_their_place),
        cmocka_unit_test(an_argument_that_json_cannot_carry_gives_no_request),
        cmocka_unit_test(the_process_id_is_read),
        cmocka_unit_test(a_program_that_is_not_there_is_the_guests_error),
        cmocka_unit_test(an_invalid_process_id_is_refused),
        cmocka_unit_test(the_status_is_asked_for_by_process_id),
        cmocka_unit_test(a_command_that_runs_has_not_exited),
        cmocka_unit_test(a_command_that_ended_has_its_exit_code),
        cmocka_unit_test(a_command_that_was_killed_has_not_succeeded),
        cmocka_unit_test(the_output_of_a_command_is_decoded),
        cmocka_unit_test(output_that_is_not_base64_is_refused),
        cmocka_unit_test(giant_output_is_cut),
        cmocka_unit_test(output_is_kept_as_far_as_there_is_room),
        cmocka_unit_test(addresses_of_the_nics_asked_for_are_found),
        cmocka_unit_test(interfaces_of_one_mac_are_one_nic),
        cmocka_unit_test(invalid_addresses_are_left_out),
        cmocka_unit_test(addresses_of_another_shape_are_refused),
        cmocka_unit_test(more_addresses_than_are_looked_at_are_refused),
        cmocka_unit_test(a_status_of_another_shape_is_refused),
        cmocka_unit_test(an_unknown_process_id_is_the_guests_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
