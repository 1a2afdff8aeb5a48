/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the highest epoch that an agent has obeyed. Only what the agent writes is
 * accepted. */
#include <inttypes.h>
#include <string.h>

#include "agentd/epoch_file.h"
#include "tests/fuzz/harness.h"

static void run(const uint8_t *bytes, size_t length)
{
    char text[32];
    uint64_t epoch = UINT64_MAX;
    struct daqs_error err = {0};
    int result = epoch_file_load(fuzz_folder("epoch", bytes, length), &epoch, &err);
    FUZZ_CHECK(result == DAQS_OK || (result == DAQS_EFORMAT && epoch == UINT64_MAX));
    if (result != DAQS_OK)
        return;
    FUZZ_CHECK(epoch <= INT64_MAX);
    int n = snprintf(text, sizeof text, "%" PRIu64 "\n", epoch);
    size_t zeros = length > (size_t)n ? length - (size_t)n : 0; /* leading zeros are harmless */
    FUZZ_CHECK(length == zeros + (size_t)n && memcmp(bytes + zeros, text, (size_t)n) == 0);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 64};
