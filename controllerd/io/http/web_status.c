/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "controllerd/io/http/web_internal.h"

const char *web_status_value(const struct daqs_table *status, const char *name)
{
    for (size_t row = 0; status->columns == 2 && row < daqs_table_rows(status); row++) {
        const struct daqs_cell *cell = daqs_table_at(status, row, 0);
        if (!cell[0].empty && !cell[1].empty && strcmp(cell[0].text, name) == 0)
            return cell[1].text;
    }
    return "";
}
