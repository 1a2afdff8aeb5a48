/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/uploads.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "shared/base/grow.h"
#include "shared/base/name.h"

enum { UPLOADS_MAX = 4, TEXT_BYTES = 64 * 1024 * 1024 };

void upload_free(struct uploads *uploads, struct upload *upload)
{
    DL_DELETE(uploads->list, upload);
    daqs_arena_done(&upload->arena);
    revisions_free(upload->revisions);
    changeset_done(&upload->changeset);
    free(upload->row);
    free(upload);
}

struct upload *uploads_find(const struct uploads *uploads, const struct net_route *route)
{
    struct upload *upload = NULL;
    DL_FOREACH(uploads->list, upload)
    {
        if (upload->route.length == route->length &&
            memcmp(upload->route.id, route->id, route->length) == 0)
            return upload;
    }
    return NULL;
}

struct uploads *uploads_new(void)
{
    return calloc(1, sizeof(struct uploads));
}

void uploads_free(struct uploads *uploads)
{
    while (uploads && uploads->list)
        upload_free(uploads, uploads->list);
    free(uploads);
}

struct upload *uploads_begin(struct uploads *uploads, const struct net_route *route, int64_t now_ms)
{
    struct upload *upload = NULL;
    unsigned count = 0;
    DL_COUNT(uploads->list, upload, count);
    upload = count < UPLOADS_MAX ? calloc(1, sizeof *upload) : NULL;
    struct revisions *revisions = upload ? revisions_new() : NULL;
    if (!revisions) {
        free(upload);
        return NULL;
    }
    upload->revisions = revisions;
    upload->route = *route;
    upload->begun_ms = now_ms;
    upload->id = ++uploads->last_id;
    daqs_arena_init(&upload->arena, TEXT_BYTES);
    changeset_init(&upload->changeset);
    DL_APPEND(uploads->list, upload);
    return upload;
}

static int add_row(struct upload *upload, const struct wire_sla *sla)
{
    struct sla_diff_row *grown =
        daqs_grow(upload->row, upload->rows, &upload->capacity, sizeof *grown);
    if (!grown)
        return DAQS_ENOMEM;
    upload->row = grown;
    const struct sla_diff_row row = {
        .host = daqs_arena_text(&upload->arena, sla->host, strlen(sla->host)),
        .vm = daqs_arena_text(&upload->arena, sla->vm, strlen(sla->vm)),
        .sla = {.min = sla->min, .max = sla->max, .weight = sla->weight},
        .line = sla->line};
    if (!row.host || !row.vm)
        return DAQS_ENOMEM;
    if (sla->revision > 0 && !revisions_set(upload->revisions, row.host, (int64_t)sla->revision))
        return DAQS_ENOMEM;
    upload->row[upload->rows++] = row;
    return DAQS_OK;
}

int upload_add(struct upload *upload, const struct wire_apply *part, struct daqs_error *err)
{
    if (upload->rows + part->rows > SLA_DIFF_ROWS_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "line %u: a file may contain at most %d SLAs",
                         part->rows ? (unsigned)part->row[0].line : 0, SLA_DIFF_ROWS_MAX);
    for (uint32_t i = 0; i < part->rows; i++) {
        const struct wire_sla *sla = &part->row[i];
        int result = daqs_name_check("host", sla->host, strlen(sla->host), err);
        if (result == DAQS_OK)
            result = daqs_name_check("VM", sla->vm, strlen(sla->vm), err);
        if (result != DAQS_OK)
            return daqs_wrap(err, "line %u", (unsigned)sla->line);
        if (add_row(upload, sla) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    }
    return DAQS_OK;
}
