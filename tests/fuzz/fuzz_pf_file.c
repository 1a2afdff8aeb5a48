/* SPDX-License-Identifier: Apache-2.0 */
/* The file of VFs whose rates DAQS has set: each entry must be a line of the file, as
 * pf_file_save() writes it. */
#include <inttypes.h>
#include <string.h>

#include "agentd/host/pf_file.h"
#include "tests/fuzz/harness.h"

/* Returns the position of a line of the file that is 'line', or NULL. */
static const uint8_t *find_line(const uint8_t *at, const uint8_t *end, const char *line,
                                size_t size)
{
    while (at && at < end && ((size_t)(end - at) < size || memcmp(at, line, size) != 0)) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return at && at < end ? at : NULL;
}

static void run(const uint8_t *bytes, size_t length)
{
    char line[64];
    struct pf_file_entry *entry = NULL;
    size_t count = 0;
    int result = pf_file_load(fuzz_folder("vf-rates", bytes, length), &entry, &count, NULL);
    fuzz_decoded();
    FUZZ_CHECK(result == DAQS_OK);
    const uint8_t *at = bytes;
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(daqs_ifname_ok(entry[i].pf));
        int n = snprintf(line, sizeof line, "%s %" PRIu32 " %" PRIu32 "\n", entry[i].pf,
                         entry[i].vf, entry[i].before_mbit);
        at = find_line(at, bytes + length, line, (size_t)n);
        FUZZ_CHECK(at);
        at += n;
    }
    free(entry);
}

/* A buffer of stdio, and an entry of 24 bytes for the six of "a 0 0\n", twice while the array
 * grows. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 1024, .fixed_bytes = 5 * 1024, .times_length = 8};
