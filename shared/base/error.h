/* SPDX-License-Identifier: Apache-2.0 */
/* error - the list of error codes with their texts, and an optional detail. */
#ifndef DAQS_BASE_ERROR_H
#define DAQS_BASE_ERROR_H

/* Functions return DAQS_OK (0) or a negative value of this enum. */
#define DAQS_ERRORS(X)                                                                             \
    X(NOMEM, 1, "out of memory")                                                                   \
    X(INVALID, 2, "invalid value")                                                                 \
    X(RANGE, 3, "out of range")                                                                    \
    X(FORMAT, 4, "malformed data")                                                                 \
    X(TOOBIG, 5, "too large")                                                                      \
    X(VERSION, 6, "version not supported")                                                         \
    X(NOTFOUND, 7, "not found")                                                                    \
    X(EXISTS, 8, "already exists")                                                                 \
    X(REFUSED, 9, "refused")                                                                       \
    X(TIMEOUT, 10, "timed out")                                                                    \
    X(IO, 11, "input/output error")                                                                \
    X(SYSTEM, 12, "system call failed")                                                            \
    X(GUEST, 13, "guest agent error")                                                              \
    X(STORE, 14, "database error")                                                                 \
    X(STALE, 15, "stale")                                                                          \
    X(BUSY, 16, "busy")                                                                            \
    X(FROZEN, 17, "file systems are frozen")

enum daqs_code {
    DAQS_OK = 0,
#define X(name, number, text) DAQS_E##name = -(number),
    DAQS_ERRORS(X)
#undef X
};

/* An error code with a text for people. Zero-initialise before use. */
struct daqs_error {
    int code;
    char text[320];
};

/* Returns the fixed text of a code; "unknown error" for any other number. */
const char *daqs_strerror(int code);

/* Stores a code and a formatted detail in 'err' (may be NULL). Returns the code, so that callers
 * write: return daqs_fail(err, DAQS_ERANGE, "...", ...); Long texts are truncated. */
__attribute__((format(printf, 3, 4))) int daqs_fail(struct daqs_error *err, int code,
                                                    const char *format, ...);

#ifdef __clang_analyzer__ /* it sees one file at a time, and would assume DAQS_OK is possible */
#define daqs_fail(err, code, ...) ((void)daqs_fail(err, code, __VA_ARGS__), (code))
#endif

/* Prepends "context: " to the text of 'err' (may be NULL). Returns the code of err, or DAQS_EIO
 * without err. */
__attribute__((format(printf, 2, 3))) int daqs_wrap(struct daqs_error *err, const char *format,
                                                    ...);

#endif
