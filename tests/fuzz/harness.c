/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/harness.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 64, ARGUMENT_BYTES = 32 };

/* Provided by the sanitizers; without one, memory is not counted. */
__attribute__((weak)) int
__sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
                                          void (*free_hook)(const volatile void *));
__attribute__((weak)) size_t __sanitizer_get_allocated_size(const volatile void *p);

/* For each thread, because libFuzzer has other threads that allocate, too. */
static _Thread_local struct {
    bool on;
    size_t live;
    size_t most;
    size_t length; /* of the input */
    char *text;
} run;

/* --- memory --- */

static void on_malloc(const volatile void *p, size_t size)
{
    (void)p;
    if (!run.on)
        return;
    run.live += size;
    if (run.live <= run.most)
        return;
    run.on = false;
    (void)fprintf(stderr, "an input of %zu bytes made the decoder hold %zu, more than %zu\n",
                  run.length, run.live, run.most);
    abort();
}

static void on_free(const volatile void *p)
{
    if (!run.on || !p)
        return;
    size_t size = __sanitizer_get_allocated_size(p);
    run.live -= size < run.live ? size : run.live; /* it may be older than this run */
}

void fuzz_decoded(void)
{
    run.on = false;
}

void fuzz_fail(const char *file, int line, const char *what)
{
    run.on = false; /* libFuzzer's memory for its report does not count */
    (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

/* --- inputs in the forms that decoders need --- */

const char *fuzz_text(const uint8_t *bytes, size_t length)
{
    bool on = run.on;
    run.on = false;
    free(run.text);
    run.text = malloc(length + 1);
    FUZZ_CHECK(run.text);
    memcpy(run.text, bytes, length);
    run.text[length] = '\0';
    run.on = on;
    return run.text;
}

static struct {
    int fd;
    size_t length; /* of the content */
    char path[PATH_BYTES];
} file = {.fd = -1};
static char folder[] = "/dev/shm/daqs-fuzz-XXXXXX";

static void remove_folder(void)
{
    (void)unlink(file.path);
    (void)rmdir(folder);
}

static void open_file(const char *name)
{
    FUZZ_CHECK(mkdtemp(folder) && atexit(remove_folder) == 0);
    (void)snprintf(file.path, sizeof file.path, "%s/%s", folder, name);
    file.fd = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FUZZ_CHECK(file.fd >= 0);
}

const char *fuzz_folder(const char *name, const uint8_t *bytes, size_t length)
{
    if (file.fd < 0)
        open_file(name);
    FUZZ_CHECK(length >= file.length || ftruncate(file.fd, (off_t)length) == 0);
    FUZZ_CHECK(pwrite(file.fd, bytes, length, 0) == (ssize_t)length);
    file.length = length;
    return folder;
}

const char *fuzz_file(const uint8_t *bytes, size_t length)
{
    (void)fuzz_folder("file", bytes, length);
    return file.path;
}

/* --- runs --- */

/* Puts the longest input of the target before the other arguments, so that one of them can override
 * it. */
static char **with_most_bytes(int *argc, char **argv)
{
    static char argument[ARGUMENT_BYTES];
    char **longer = calloc((size_t)*argc + 2, sizeof *longer);
    FUZZ_CHECK(longer);
    (void)snprintf(argument, sizeof argument, "-max_len=%zu", fuzz_target.most_bytes);
    longer[0] = argv[0];
    longer[1] = argument;
    memcpy(longer + 2, argv + 1, (size_t)(*argc - 1) * sizeof *longer);
    ++*argc;
    return longer;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (__sanitizer_install_malloc_and_free_hooks)
        FUZZ_CHECK(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) > 0);
    FUZZ_CHECK(!fuzz_target.prepare || fuzz_target.prepare());
    *argv = with_most_bytes(argc, *argv);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    run.length = length;
    run.live = 0;
    run.most = FUZZ_REPORT_BYTES + fuzz_target.fixed_bytes + fuzz_target.times_length * length;
    run.on = true;
    fuzz_target.run(bytes, length);
    run.on = false;
    free(run.text);
    run.text = NULL;
    return 0;
}
