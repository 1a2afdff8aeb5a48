/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of guest agents to each of the agent's commands. */
#include <stdlib.h>
#include <string.h>

#include "agentd/core/qga_interfaces.h"
#include "agentd/core/qga_json.h"
#include "shared/base/utf8.h"
#include "tests/fuzz/harness.h"

enum { ROOM = 1024 };

static void check_utf8(const char *text)
{
    uint32_t code;
    for (size_t left = strlen(text); left > 0;) {
        size_t used = daqs_utf8_next((const unsigned char *)text, left, &code);
        FUZZ_CHECK(used > 0);
        text += used;
        left -= used;
    }
}

static void check_interfaces(const char *reply, size_t length)
{
    static struct qga_interface interface[QGA_INTERFACES_MAX];
    size_t count = 0;
    if (qga_parse_interfaces(reply, length, NULL, NULL, interface, &count, NULL) != DAQS_OK)
        return;
    FUZZ_CHECK(count <= QGA_INTERFACES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct qga_interface *nic = &interface[i];
        FUZZ_CHECK(strnlen(nic->name, sizeof nic->name) < sizeof nic->name);
        check_utf8(nic->name);
        FUZZ_CHECK(!nic->counted || (nic->tx_bytes <= INT64_MAX && nic->tx_packets <= INT64_MAX));
        FUZZ_CHECK(nic->rx_bytes <= INT64_MAX || nic->rx_bytes == COUNTERS_UNKNOWN);
        FUZZ_CHECK(nic->rx_packets <= INT64_MAX || nic->rx_packets == COUNTERS_UNKNOWN);
    }
}

static void check_addresses(const char *reply, size_t length)
{
    static const struct daqs_mac mac[2] = {{{0x52, 0x54, 0, 1, 0, 1}}, {{2, 0, 0, 0, 0, 1}}};
    static struct nic_address address[QGA_ADDRESSES_MAX];
    size_t count = 0;
    if (qga_parse_addresses(reply, length, mac, 2, address, &count, NULL) != DAQS_OK)
        return;
    FUZZ_CHECK(count <= QGA_ADDRESSES_MAX);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(address[i].nic < 2);
}

static void check_status(const char *reply, size_t length)
{
    struct qga_exec_status *status = qga_exec_status_new(ROOM);
    FUZZ_CHECK(status);
    if (qga_parse_status(reply, length, status, NULL) == DAQS_OK) {
        FUZZ_CHECK(status->exit_code >= -1 && status->capacity == ROOM);
        FUZZ_CHECK(strnlen(status->out, ROOM) < ROOM);
        FUZZ_CHECK(strnlen(status->err, sizeof status->err) < sizeof status->err);
    }
    free(status);
}

static void run(const uint8_t *bytes, size_t length)
{
    const char *reply = (const char *)bytes;
    struct daqs_error err = {0};
    int64_t pid = -1;
    check_interfaces(reply, length);
    check_addresses(reply, length);
    check_status(reply, length);
    int result = qga_parse_exec(reply, length, &pid, &err);
    FUZZ_CHECK(result == err.code && (result == DAQS_OK ? pid >= 0 : pid == -1 && err.text[0]));
}

/* Only the known contents of a reply are kept: the output of a command, decoded and as received,
 * each twice. */
const struct fuzz_target fuzz_target = {.run = run,
                                        .most_bytes = 2048,
                                        .fixed_bytes = 2 * (sizeof(struct qga_exec_status) + ROOM) +
                                                       2 * QGA_OUTPUT_MAX};
