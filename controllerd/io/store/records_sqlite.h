/* SPDX-License-Identifier: Apache-2.0 */
/* records_sqlite - the engine that keeps records in the store's file. */
#ifndef DAQS_CONTROLLERD_IO_STORE_RECORDS_SQLITE_H
#define DAQS_CONTROLLERD_IO_STORE_RECORDS_SQLITE_H

#include "controllerd/io/store/records.h"

/* The store must outlive the last change. Returns NULL if out of memory. */
struct records *records_sqlite_new(struct store *store);

#endif
