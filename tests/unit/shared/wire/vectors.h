/* SPDX-License-Identifier: Apache-2.0 */
/* vectors - reads the golden messages of schema/vectors from their hex files. */
#ifndef DAQS_TESTS_UNIT_VECTORS_H
#define DAQS_TESTS_UNIT_VECTORS_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum vector_kind { VECTOR_BUS, VECTOR_REQUEST, VECTOR_REPLY };

/* The messages in the form that is written today. */
static const struct vector {
    const char *name;
    enum vector_kind kind;
    unsigned optional; /* trailing elements that older peers do not send */
} vectors[] = {
    {"hello-described", VECTOR_BUS, 2},
    {"hello-none-left", VECTOR_BUS, 2},
    {"welcome-no-group", VECTOR_BUS, 2},
    {"welcome-fallbacks", VECTOR_BUS, 2},
    {"welcome-elsewhere", VECTOR_BUS, 2},
    {"report-saving", VECTOR_BUS, 2},
    {"limits-modes", VECTOR_BUS, 1},
    {"applied", VECTOR_BUS, 0},
    {"bye-stopping", VECTOR_BUS, 0},
    {"bye-host-taken", VECTOR_BUS, 0},
    {"bye-moved", VECTOR_BUS, 0},
    {"request-set-sla", VECTOR_REQUEST, 0},
    {"request-set-sla-none", VECTOR_REQUEST, 0},
    {"request-history", VECTOR_REQUEST, 0},
    {"request-status", VECTOR_REQUEST, 0},
    {"request-set-policy", VECTOR_REQUEST, 0},
    {"request-events-member", VECTOR_REQUEST, 3},
    {"request-apply-check", VECTOR_REQUEST, 0},
    {"reply-whole", VECTOR_REPLY, 1},
    {"reply-missing", VECTOR_REPLY, 1},
};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

/* Returns whether the vector has the form of an older peer: still decoded, but no longer
 * written. */
static inline bool vector_is_older(const char *name)
{
    static const char *const older[] = {"hello",
                                        "hello-mtu",
                                        "hello-empty",
                                        "hello-unwatched",
                                        "hello-all-watched",
                                        "hello-left",
                                        "welcome",
                                        "welcome-unknown",
                                        "report",
                                        "report-empty",
                                        "report-uplinks",
                                        "report-backlog",
                                        "report-rates",
                                        "limits",
                                        "request-events",
                                        "request-events-filtered",
                                        "request-apply",
                                        "report-link",
                                        "report-unknown-uplinks",
                                        "reply-done",
                                        "reply-table",
                                        "reply-table-more",
                                        "reply-error"};
    for (size_t i = 0; i < sizeof older / sizeof older[0]; i++)
        if (strcmp(name, older[i]) == 0)
            return true;
    return false;
}

static inline int vector_digit(int c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* Returns the bytes of a vector in a block of exactly their size, so that ASan detects a read past
 * the end. The caller frees it. Returns NULL and prints an error if the file cannot be read, or is
 * not hex. */
static inline uint8_t *vector_read(const char *name, size_t *ret_length)
{
    uint8_t bytes[4096];
    char path[512];
    char line[512];
    size_t length = 0;
    (void)snprintf(path, sizeof path, DAQS_SOURCE_DIR "/schema/vectors/%s.hex", name);
    FILE *file = fopen(path, "re");
    if (!file) {
        perror(path);
        return NULL;
    }
    while (fgets(line, sizeof line, file)) {
        for (const char *p = line; *p != '\0' && *p != '#' && *p != '\n';) {
            int high = vector_digit((unsigned char)p[0]);
            int low = high < 0 ? -1 : vector_digit((unsigned char)p[1]);
            if (low < 0 || length == sizeof bytes) {
                (void)fprintf(stderr, "%s: not hex, or too much of it: %s", path, line);
                (void)fclose(file);
                return NULL;
            }
            bytes[length++] = (uint8_t)(high << 4 | low);
            p += p[2] == ' ' ? 3 : 2;
        }
    }
    (void)fclose(file);
    uint8_t *copy = malloc(length ? length : 1);
    if (copy)
        memcpy(copy, bytes, length);
    *ret_length = length;
    return copy;
}

#endif
