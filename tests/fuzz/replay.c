/* SPDX-License-Identifier: Apache-2.0 */
/* replay - runs a fuzz target once on every file of a folder: "replay_NAME FOLDER". */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "tests/fuzz/harness.h"

enum { PATH_BYTES = 4096, INPUT_MAX = 1024 * 1024 };

/* Returns the bytes in a block of exactly their size, so that ASan detects a read past the end. */
static uint8_t *read_input(const char *path, size_t *ret_length)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
        return NULL;
    }
    size_t length = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    uint8_t *input = malloc(length ? length : 1);
    if (input)
        memcpy(input, bytes, length);
    *ret_length = length;
    return input;
}

static unsigned replay(DIR *folder, const char *name)
{
    unsigned inputs = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[PATH_BYTES];
        size_t length = 0;
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
        uint8_t *input = read_input(path, &length);
        if (!input)
            return 0;
        (void)LLVMFuzzerTestOneInput(input, length);
        free(input);
        inputs++;
    }
    return inputs;
}

int main(int argc, char **argv)
{
    const char *name = argc == 2 ? argv[1] : "";
    DIR *folder = opendir(name);
    if (!folder) {
        (void)fprintf(stderr, "cannot read the folder '%s': %s\n", name, strerror(errno));
        return 2;
    }
    (void)LLVMFuzzerInitialize(&argc, &argv);
    unsigned inputs = replay(folder, name);
    free(argv); /* allocated by LLVMFuzzerInitialize() */
    (void)closedir(folder);
    if (inputs == 0) {
        (void)fprintf(stderr, "%s: no input, or one that cannot be read\n", name);
        return 1;
    }
    /* In the form of cmocka: tools/check counts these lines. */
    (void)printf("[       OK ] %s: %u inputs\n", name, inputs);
    return 0;
}
