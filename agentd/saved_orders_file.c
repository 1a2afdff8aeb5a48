/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/saved_orders_file.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/saved_orders.h"
#include "shared/base/cleanup.h"
#include "shared/base/file.h"

#define FILE_NAME "promises"
/* Enough for DAQS_MAX_NICS lines with the longest names. */
enum { MOST_BYTES = 2 * 1024 * 1024 };

struct saved_orders_file {
    const char *dir;
    char *saved; /* contents; NULL: not known */
};

struct saved_orders_file *saved_orders_file_new(const char *dir)
{
    struct saved_orders_file *file = calloc(1, sizeof *file);
    if (file)
        file->dir = dir;
    return file;
}

void saved_orders_file_free(struct saved_orders_file *file)
{
    if (!file)
        return;
    free(file->saved);
    free(file);
}

int saved_orders_file_load(struct saved_orders_file *file, const struct uplink *uplink,
                           size_t uplinks, struct order_terms *ret_terms, struct kept_settings *ret,
                           struct daqs_error *err)
{
    struct daqs_uplink_info info[DAQS_MAX_UPLINKS];
    char *text DAQS_AUTO_FREE = NULL;
    size_t length = 0; /* text after a zero byte is ignored: names contain none */
    int result = daqs_read_file(file->dir, FILE_NAME, MOST_BYTES, &text, &length, err);
    for (size_t u = 0; u < uplinks; u++)
        info[u] = (struct daqs_uplink_info){.name = uplink[u].name};
    if (result == DAQS_OK)
        result = saved_orders_parse(text, info, (uint32_t)uplinks, ret_terms, ret, err);
    return result;
}

int saved_orders_file_save(struct saved_orders_file *file, const struct order_terms *terms,
                           const struct daqs_inventory *inventory,
                           const struct daqs_nic_setting *setting, struct daqs_error *err)
{
    char *text DAQS_AUTO_FREE = saved_orders_format(terms, inventory, setting);
    if (!text)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (file->saved && strcmp(text, file->saved) == 0)
        return DAQS_OK;
    int result = daqs_write_file(file->dir, FILE_NAME, text, 0600, err);
    if (result == DAQS_OK) {
        free(file->saved);
        file->saved = DAQS_TAKE(text);
    }
    return result;
}
