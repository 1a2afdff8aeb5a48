/* SPDX-License-Identifier: Apache-2.0 */
/* The output of ss in a guest about its sockets, in two looks. */
#include <string.h>

#include "agentd/core/unsent_text.h"
#include "tests/fuzz/harness.h"

static void run(const uint8_t *bytes, size_t length)
{
    static struct nic_address address[2];
    struct unsent_memory memory = {0};
    struct unsent_sum first[UNSENT_NICS_MAX] = {{0}};
    struct unsent_sum second[UNSENT_NICS_MAX] = {{0}};
    const char *text = fuzz_text(bytes, length);
    FUZZ_CHECK(ip_address_parse("10.77.0.1", &address[0].ip));
    FUZZ_CHECK(ip_address_parse("fd00::1", &address[1].ip));
    address[1].nic = 1;
    bool good = unsent_parse(text, address, 2, &memory, first);
    FUZZ_CHECK(memory.sockets <= UNSENT_KEPT);
    FUZZ_CHECK(good == unsent_parse(text, address, 2, &memory, second));
    for (size_t i = 0; i < UNSENT_NICS_MAX; i++) {
        FUZZ_CHECK(i < 2 || (first[i].sockets == 0 && first[i].bytes == 0));
        FUZZ_CHECK(first[i].sockets == second[i].sockets);
        FUZZ_CHECK(first[i].sockets > 0 || first[i].bytes == 0);
    }
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 4096};
