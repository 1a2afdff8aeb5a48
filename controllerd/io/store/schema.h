/* SPDX-License-Identifier: Apache-2.0 */
/* schema - the embedded migrations, from the files in schema/. */
#ifndef DAQS_CONTROLLERD_IO_STORE_SCHEMA_H
#define DAQS_CONTROLLERD_IO_STORE_SCHEMA_H

#include <stddef.h>

struct schema_migration {
    const char *sql;
    size_t length;
};

/* File number n is element n - 1. */
extern const struct schema_migration schema_migrations[];
/* Number of migrations, which is the schema's version. */
extern const int schema_version;

#endif
