/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_error.h"

#include <stddef.h>
#include <string.h>

/* The first row whose code begins the SQLSTATE decides, so exceptions come before their class. From
 * appendix A of PostgreSQL's manual. */
static const struct {
    const char *code;
    enum pg_class class;
} classes[] = {
    {"25006", PG_CLASS_READ_ONLY}, /* read_only_sql_transaction */
    {"25P04", PG_CLASS_SILENT},    /* transaction_timeout */
    {"25P03", PG_CLASS_SILENT},    /* idle_in_transaction_session_timeout */
    {"40", PG_CLASS_AGAIN},        /* serialization_failure, deadlock_detected */
    {"55P03", PG_CLASS_AGAIN},     /* lock_not_available */
    {"57014", PG_CLASS_SILENT},    /* query_canceled: statement_timeout */
    {"57", PG_CLASS_UNAVAILABLE},  /* operator_intervention: shut down, starting */
    {"08", PG_CLASS_UNAVAILABLE},  /* connection_exception */
    {"53", PG_CLASS_UNAVAILABLE},  /* insufficient_resources: disk, connections */
    {"58", PG_CLASS_UNAVAILABLE},  /* system_error */
    {"28", PG_CLASS_FORBIDDEN},    /* invalid_authorization_specification, invalid_password */
    {"42501", PG_CLASS_FORBIDDEN}, /* insufficient_privilege */
    {"3D", PG_CLASS_SCHEMA},       /* invalid_catalog_name */
    {"3F", PG_CLASS_SCHEMA},       /* invalid_schema_name */
    {"42", PG_CLASS_SCHEMA},       /* undefined_table, undefined_column, ... */
    {"22", PG_CLASS_REFUSED},      /* data_exception */
    {"23", PG_CLASS_REFUSED},      /* integrity_constraint_violation */
};

const char *pg_class_text(enum pg_class class)
{
    static const char *const text[] = {
#define X(name, text) text,
        PG_CLASSES(X)
#undef X
    };
    return text[class];
}

enum pg_class pg_class_of(const char *sqlstate)
{
    if (!sqlstate || !*sqlstate)
        return PG_CLASS_UNAVAILABLE;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i].code, strlen(classes[i].code)) == 0)
            return classes[i].class;
    return PG_CLASS_OTHER;
}

bool pg_class_is_away(enum pg_class class)
{
    return class == PG_CLASS_SILENT || class == PG_CLASS_UNAVAILABLE || class == PG_CLASS_READ_ONLY;
}

bool pg_error_undoes(const char *sqlstate)
{
    return strcmp(sqlstate, "40003") != 0 && pg_class_of(sqlstate) != PG_CLASS_UNAVAILABLE &&
           pg_class_of(sqlstate) != PG_CLASS_SILENT;
}

static bool is_code(const char *text)
{
    return strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == PG_SQLSTATE - 1 &&
           text[PG_SQLSTATE - 1] == ':';
}

void pg_sqlstate_in(const char *text, char ret[static PG_SQLSTATE])
{
    *ret = '\0';
    /* Severities are translated; what stands around the code is not. */
    for (const char *at = text; (at = strstr(at, ":  ")); at += 3)
        if (is_code(at + 3)) {
            memcpy(ret, at + 3, PG_SQLSTATE - 1);
            ret[PG_SQLSTATE - 1] = '\0';
        }
}
