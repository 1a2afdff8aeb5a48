/* SPDX-License-Identifier: Apache-2.0 */
/* Names and MAC addresses. */
#include <string.h>
#include <strings.h>

#include "shared/base/mac.h"
#include "shared/base/name.h"
#include "tests/fuzz/harness.h"

static void check_names(const uint8_t *bytes, size_t length, const char *text)
{
    struct daqs_error err = {0};
    int result = daqs_name_check("VM", (const char *)bytes, length, &err);
    FUZZ_CHECK(result == err.code && (result == DAQS_OK) == (err.text[0] == '\0'));
    FUZZ_CHECK(result != DAQS_OK || (length >= 1 && length <= DAQS_NAME_MAX));
    for (size_t i = 0; result == DAQS_OK && i < length; i++)
        FUZZ_CHECK(bytes[i] >= 0x20 && bytes[i] != 0x7f);
    if (daqs_ifname_ok(text)) {
        FUZZ_CHECK(strlen(text) <= DAQS_IFNAME_MAX && !strpbrk(text, "/ \t\n;|&$`'\"\\*?[]<>(){}"));
        FUZZ_CHECK(daqs_name_check("nic", text, strlen(text), NULL) == DAQS_OK);
    }
}

static void check_macs(const char *text)
{
    char again[DAQS_MAC_TEXT];
    struct daqs_mac mac;
    struct daqs_mac_prefix prefix = {.bytes = 0};
    bool some = daqs_mac_prefix_parse(text, &prefix);
    bool whole = daqs_mac_parse(text, &mac);
    FUZZ_CHECK(some ? prefix.bytes >= 1 && prefix.bytes <= 6 : prefix.bytes == 0);
    FUZZ_CHECK(whole == (some && prefix.bytes == 6));
    FUZZ_CHECK(!some || strlen(text) == (size_t)prefix.bytes * 3 - 1);
    FUZZ_CHECK(!some || strncasecmp(daqs_mac_format(&prefix.mac, again), text, strlen(text)) == 0);
    FUZZ_CHECK(!whole || daqs_mac_has_prefix(&mac, &prefix));
    FUZZ_CHECK(!some || daqs_mac_prefixes_overlap(&prefix, &prefix));
}

static void run(const uint8_t *bytes, size_t length)
{
    const char *text = fuzz_text(bytes, length);
    check_names(bytes, length, text);
    check_macs(text);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 300};
