/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that enroll peers. */
#include <string.h>

#include "tests/fuzz/harness.h"
#include "tools/daqsctl/enroll_line.h"

static void run(const uint8_t *bytes, size_t length)
{
    struct enroll_line line = {0};
    struct daqs_error err = {0};
    unsigned before = 0;
    int result = DAQS_OK;
    FILE *file = length > 0 ? fmemopen((void *)bytes, length, "r") : NULL;
    if (!file)
        return;
    while (result == DAQS_OK) {
        result = enroll_line_next(file, &line, &err);
        FUZZ_CHECK(line.number >= before && line.number <= length + 1);
        FUZZ_CHECK(result != DAQS_EINVALID || err.text[0]);
        if (result != DAQS_OK)
            break;
        FUZZ_CHECK(line.number > before && *line.name && *line.name != '#' && *line.key);
        FUZZ_CHECK(strlen(line.name) + strlen(line.key) + strlen(line.role) < ENROLL_LINE_BYTES);
        before = line.number;
    }
    (void)fclose(file);
    FUZZ_CHECK(result == DAQS_ENOTFOUND || result == DAQS_EINVALID);
}

/* The buffers of stdio for a stream over memory. */
const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 1536, .fixed_bytes = 9 * 1024};
