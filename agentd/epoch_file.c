/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/epoch_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/file.h"

#define FILE_NAME "epoch"
enum { MOST_BYTES = 32 };

int epoch_file_load(const char *dir, uint64_t *ret, struct daqs_error *err)
{
    char *text DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    int result = daqs_read_file(dir, FILE_NAME, MOST_BYTES, &text, &length, err);
    if (result == DAQS_ENOTFOUND) {
        *ret = 0;
        return DAQS_OK;
    }
    if (result == DAQS_EIO || result == DAQS_ENOMEM)
        return result;
    /* Exactly what epoch_file_save writes: up to 19 digits and a newline. */
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (digits == 0 || digits > 19 || length != digits + 1 || text[digits] != '\n' ||
        strtoull(text, NULL, 10) > INT64_MAX)
        return daqs_fail(err, DAQS_EFORMAT, "%.200s/" FILE_NAME " is damaged", dir);
    *ret = strtoull(text, NULL, 10);
    return DAQS_OK;
}

int epoch_file_set_aside(const char *dir, struct daqs_error *err)
{
    return daqs_set_file_aside(dir, FILE_NAME, err);
}

int epoch_file_save(const char *dir, uint64_t epoch, struct daqs_error *err)
{
    char text[MOST_BYTES];
    (void)snprintf(text, sizeof text, "%" PRIu64 "\n", epoch);
    return daqs_write_file(dir, FILE_NAME, text, 0600, err);
}
