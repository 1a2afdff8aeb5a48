#include "tests/fuzz/harness.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_FD = 900, PATH_BYTES = 64, ARGUMENT_BYTES = 32 };
#define FILE_PATH "/proc/self/fd/900"

/* Of the sanitizers; without one nothing is counted. */
__attribute__((weak)) int
__sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
                                          void (*free_hook)(const volatile void *));
__attribute__((weak)) size_t __sanitizer_get_allocated_size(const volatile void *p);

/* A thread's own: libFuzzer has others, which allocate too. */
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
    run.live -= size < run.live ? size : run.live; /* it may be from before */
}

void fuzz_decoded(void)
{
    run.on = false;
}

void fuzz_fail(const char *file, int line, const char *what)
{
    run.on = false; /* what libFuzzer takes to tell about it does not count */
    (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

/* --- inputs as decoders want them --- */

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

static bool open_file(void)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    bool good = fd >= 0 && dup2(fd, FILE_FD) == FILE_FD && fchmod(FILE_FD, 0600) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good;
}

const char *fuzz_file(const uint8_t *bytes, size_t length)
{
    static bool opened;
    opened = opened || open_file();
    FUZZ_CHECK(opened);
    FUZZ_CHECK(ftruncate(FILE_FD, (off_t)length) == 0);
    FUZZ_CHECK(pwrite(FILE_FD, bytes, length, 0) == (ssize_t)length);
    return FILE_PATH;
}

static char folder[PATH_BYTES] = "/dev/shm/daqs-fuzz-XXXXXX";
static char link_path[2 * PATH_BYTES];

static void remove_folder(void)
{
    (void)unlink(link_path);
    (void)rmdir(folder);
}

const char *fuzz_folder(const char *name, const uint8_t *bytes, size_t length)
{
    static bool made;
    const char *path = fuzz_file(bytes, length);
    if (!made) {
        FUZZ_CHECK(mkdtemp(folder));
        (void)snprintf(link_path, sizeof link_path, "%s/%s", folder, name);
        FUZZ_CHECK(symlink(path, link_path) == 0);
        FUZZ_CHECK(atexit(remove_folder) == 0);
        made = true;
    }
    return folder;
}

/* --- runs --- */

/* The target's longest input is put in front of the arguments, so that a given one counts. */
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
