/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/records_copy.h"
#include "controllerd/io/store/store_internal.h"

static const char *text_at(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

static void read_name(sqlite3_stmt *row, struct image *image)
{
    image_add_name(image, &(struct image_name){text_at(row, 0), false, 1});
}

static void read_sla(sqlite3_stmt *row, struct image *image)
{
    const struct image_sla sla = {.host = text_at(row, 0),
                                  .vm = text_at(row, 1),
                                  .sla = {.min = (daqs_bps)sqlite3_column_int64(row, 2),
                                          .max = sqlite_column_rate(row, 3),
                                          .weight = (uint32_t)sqlite3_column_int64(row, 4)},
                                  .uuid = text_at(row, 5),
                                  .updated_ms = sqlite3_column_int64(row, 6),
                                  .updated_by = text_at(row, 7)};
    image_add_sla(image, &sla);
}

static void read_policy(sqlite3_stmt *row, struct image *image)
{
    struct image_policy policy = {.host = text_at(row, 0),
                                  .uplink = text_at(row, 1),
                                  .updated_ms = sqlite3_column_int64(row, 3),
                                  .updated_by = text_at(row, 4)};
    if (!policy_mode_parse(text_at(row, 2), &policy.mode))
        policy.host = NULL; /* not valid */
    image_add_policy(image, &policy);
}

static void read_maintenance(sqlite3_stmt *row, struct image *image)
{
    image_add_maintenance(image,
                          &(struct image_maintenance){text_at(row, 0), sqlite3_column_int64(row, 1),
                                                      text_at(row, 2)});
}

static void read_principal(sqlite3_stmt *row, struct image *image)
{
    struct image_principal principal = {.name = text_at(row, 0),
                                        .key = text_at(row, 1),
                                        .enrolled_ms = sqlite3_column_int64(row, 3),
                                        .enrolled_by = text_at(row, 4)};
    if (!role_parse(text_at(row, 2), &principal.role))
        principal.name = NULL; /* not valid */
    image_add_principal(image, &principal);
}

static void read_audit(sqlite3_stmt *row, struct image *image)
{
    struct image_audit audit = {.id = sqlite3_column_int64(row, 0),
                                .at_ms = sqlite3_column_int64(row, 1),
                                .host = text_at(row, 2),
                                .vm = text_at(row, 3),
                                .by = text_at(row, 4),
                                .what = text_at(row, 5),
                                .old_text = text_at(row, 12),
                                .new_text = text_at(row, 13)};
    for (int r = 0; r < IMAGE_RATES; r++)
        audit.rate[r] =
            sqlite3_column_type(row, 6 + r) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 6 + r);
    image_add_audit(image, &audit);
}

static const struct {
    const char *sql;
    void (*read)(sqlite3_stmt *row, struct image *image);
} parts[] = {
    {"SELECT host FROM sla UNION SELECT host FROM policy UNION SELECT host FROM maintenance",
     read_name},
    {"SELECT host, vm, min_bps, max_bps, weight, uuid, updated_ms, updated_by FROM sla", read_sla},
    {"SELECT host, uplink, mode, updated_ms, updated_by FROM policy", read_policy},
    {"SELECT host, since_ms, set_by FROM maintenance", read_maintenance},
    {"SELECT name, key, role, enrolled_ms, enrolled_by FROM peer", read_principal},
    {"SELECT id, at_ms, host, vm, by, what, old_min_bps, old_max_bps, old_weight, new_min_bps,"
     " new_max_bps, new_weight, old_text, new_text FROM audit ORDER BY id",
     read_audit},
};

int records_copy_read(struct store *store, struct image *image, struct daqs_error *err)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        sqlite3_stmt *list AUTO_STATEMENT = sqlite_prepare(store->writer, parts[i].sql, err);
        if (!list)
            return DAQS_ESTORE;
        int rc;
        while ((rc = sqlite3_step(list)) == SQLITE_ROW)
            parts[i].read(list, image);
        if (rc != SQLITE_DONE)
            return sqlite_fail(store->writer, "database", err);
    }
    return image->failed ? daqs_fail(err, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

int records_copy_trail(struct store *store, int64_t after,
                       void (*each)(void *arg, const char *host, const char *what, int64_t id),
                       void *arg, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT = sqlite_prepare(
        store->writer, "SELECT host, what, max(id) FROM audit WHERE id > ? GROUP BY host, what",
        err);
    int rc = SQLITE_ERROR;
    if (!list)
        return DAQS_ESTORE;
    sqlite3_bind_int64(list, 1, after);
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        each(arg, text_at(list, 0), text_at(list, 1), sqlite3_column_int64(list, 2));
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(store->writer, "database", err);
}
