/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/saved_orders_file.h"

#include <stddef.h>

#include "shared/base/file.h"

#define FILE_NAME "promises"
/* Enough for DAQS_MAX_NICS lines with the longest names. */
enum { MOST_BYTES = 2 * 1024 * 1024 };

int saved_orders_file_load(const char *dir, char **ret, struct daqs_error *err)
{
    size_t length = 0; /* text after a zero byte is ignored: names contain none */
    *ret = NULL;
    int result = daqs_read_file(dir, FILE_NAME, MOST_BYTES, ret, &length, err);
    return result == DAQS_ENOTFOUND ? DAQS_OK : result;
}

int saved_orders_file_save(const char *dir, const char *text, struct daqs_error *err)
{
    return daqs_write_file(dir, FILE_NAME, text, err);
}
