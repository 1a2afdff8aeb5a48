/* SPDX-License-Identifier: Apache-2.0 */
/* harness - shared by all fuzz targets: it calls a decoder, and checks that the memory it needs is
 * bounded by a small multiple of the input's length.
 *
 * A target is a file that defines 'fuzz_target'. Linked with libFuzzer it is a fuzzer, linked with
 * replay.c it is a test that runs the inputs of its corpus. */
#ifndef DAQS_TESTS_FUZZ_HARNESS_H
#define DAQS_TESTS_FUZZ_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for the sanitizers to report a finding during a run. */
enum { FUZZ_REPORT_BYTES = 16 * 1024 };

struct fuzz_target {
    /* Decodes an input and checks the result. Its memory on the heap counts, also if it is freed
     * before the end; static variables do not count. */
    void (*run)(const uint8_t *bytes, size_t length);
    bool (*prepare)(void); /* called once, not counted; may be NULL */
    size_t most_bytes;     /* of an input that libFuzzer makes */
    /* The limit of what one run may hold on the heap at once, as counted by the sanitizers.
     * FUZZ_REPORT_BYTES are added to it. */
    size_t fixed_bytes;
    size_t times_length;
};

extern const struct fuzz_target fuzz_target;

/* Stops counting memory until the end of this run: the decoder has finished. */
void fuzz_decoded(void);

/* Returns a NUL-terminated copy, valid until the end of the run. It may contain zero bytes. */
const char *fuzz_text(const uint8_t *bytes, size_t length);

/* Returns the path of a file with these bytes, valid until the next call. Only the owner may read
 * it. It is in memory; a target has one file. */
const char *fuzz_file(const uint8_t *bytes, size_t length);

/* The same for decoders that need a folder: returns one with a file called 'name', which must be
 * the same in every call. */
const char *fuzz_folder(const char *name, const uint8_t *bytes, size_t length);

#define FUZZ_CHECK(what) ((what) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #what))

_Noreturn void fuzz_fail(const char *file, int line, const char *what);

/* Called by libFuzzer. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
