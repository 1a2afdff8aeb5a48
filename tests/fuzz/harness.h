/* harness - what all fuzz targets have in common: how a decoder is called, and that the memory it
 * takes is bounded by a small multiple of its input.
 *
 * A target is a file that defines 'fuzz_target'. With libFuzzer it is a fuzzer, with replay.c a
 * test that runs the inputs of its corpus. */
#ifndef DAQS_TESTS_FUZZ_HARNESS_H
#define DAQS_TESTS_FUZZ_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for those who report a finding in the middle of a run. */
enum { FUZZ_REPORT_BYTES = 16 * 1024 };

struct fuzz_target {
    /* Decodes an input and checks what came of it. Bytes that are freed at its end count as little
     * as those of static variables. */
    void (*run)(const uint8_t *bytes, size_t length);
    bool (*prepare)(void); /* once, not counted; may be NULL */
    size_t most_bytes;     /* of an input that libFuzzer makes */
    /* What one run may hold at once, on the heap, where sanitizers count it; FUZZ_REPORT_BYTES more
     * are let pass. */
    size_t fixed_bytes;
    size_t times_length;
};

extern const struct fuzz_target fuzz_target;

/* From here on, until the end of this run, memory is not counted: the decoder is done. */
void fuzz_decoded(void);

/* A NUL-terminated copy, valid until the end of the run. Zero bytes within stay. */
const char *fuzz_text(const uint8_t *bytes, size_t length);

/* The path of a file with these bytes, until the next call; nobody but its owner may read it. It is
 * in memory; a target has one file. */
const char *fuzz_file(const uint8_t *bytes, size_t length);

/* The same for decoders that want a folder: it has a file called 'name', the same in every call. */
const char *fuzz_folder(const char *name, const uint8_t *bytes, size_t length);

#define FUZZ_CHECK(what) ((what) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #what))

_Noreturn void fuzz_fail(const char *file, int line, const char *what);

/* libFuzzer's names. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
