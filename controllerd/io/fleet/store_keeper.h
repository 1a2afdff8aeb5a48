/* SPDX-License-Identifier: Apache-2.0 */
/* store_keeper - has the text files next to the database written after changes (store.h), and
 * reports what is wrong with the database.
 *
 * Changes in a burst are written together. Nothing else waits for the files. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_STORE_KEEPER_H
#define DAQS_CONTROLLERD_IO_FLEET_STORE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

struct events;
struct store;
struct store_keeper; /* opaque */

/* Reports a new database where there was one before: its files were set aside, or the controller's
 * key file ('key_path') exists already. The events must outlive the keeper; the store is closed
 * before. Returns NULL if out of memory. */
struct store_keeper *store_keeper_new(struct store *store, struct events *events,
                                      const char *key_path);
/* Must be called after the store is closed. NULL is fine. */
void store_keeper_free(struct store_keeper *keeper);

/* Called several times a second; now_ms: monotonic. */
void store_keeper_tick(struct store_keeper *keeper, int64_t now_ms);

/* Returns true if the files could not be written last. NULL: false. */
bool store_keeper_failing(const struct store_keeper *keeper);

/* Logs how to go on if the database could not be opened, or loaded, because it is damaged, of
 * another program or of a newer version; nothing for other errors. Returns the code of err. */
int store_keeper_advise(const char *database, const struct daqs_error *err);

#endif
