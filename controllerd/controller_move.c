/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "controllerd/controller.h"
#include "controllerd/io/records/pg_move.h"
#include "shared/base/clock.h"

int controller_move_records(const struct controller_config *config, bool out,
                            struct daqs_error *err)
{
    char text[PG_MOVE_TEXT] = "";
    uint64_t epoch = 0;
    const int64_t wall_ms = daqs_wall_ms(daqs_clock_system());
    if (!*config->ledger)
        return daqs_fail(err, DAQS_EINVALID, "set 'ledger' in [controller]%s",
                         out ? " until the records are taken out" : "");
    struct store *store = store_open(config->database, wall_ms, &epoch, err);
    if (!store)
        return err->code;
    const int result = (out ? pg_move_out : pg_move_in)(store, config->ledger, wall_ms, text, err);
    store_close(store);
    if (result == DAQS_OK)
        (void)printf("%s\n%s\n", text,
                     out ? "next: remove 'ledger' from the configuration, and start the controller"
                         : "next: start the controller");
    return result;
}
