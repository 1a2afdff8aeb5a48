/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/loop_reply.h"

#include <stdlib.h>
#include <string.h>

#include "shared/wire/bus.h"
#include "shared/wire/table_json.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX };

struct loop_reply *loop_reply_decode(const void *bytes, size_t length)
{
    struct loop_reply *reply = calloc(1, sizeof *reply);
    if (!reply)
        return NULL;
    reply->holders = 1;
    daqs_arena_init(&reply->arena, ARENA_BYTES);
    if (wire_decode_reply(bytes, length, &reply->arena, &reply->wire, NULL) == DAQS_OK)
        return reply;
    loop_reply_drop(reply);
    return NULL;
}

void loop_reply_hold(struct loop_reply *reply)
{
    reply->holders++;
}

void loop_reply_drop(struct loop_reply *reply)
{
    if (!reply || --reply->holders > 0)
        return;
    daqs_arena_done(&reply->arena);
    free(reply->json);
    free(reply);
}

bool loop_reply_make_json(struct loop_reply *reply)
{
    if (reply->json)
        return true;
    FILE *out = open_memstream(&reply->json, &reply->json_length);
    if (!out)
        return false;
    table_json_part(out, &reply->wire.table, 1); /* so that each row begins with a comma */
    for (uint32_t i = 0; i < reply->wire.missing; i++)
        table_json_missing(out, reply->wire.missing_member[i].member,
                           reply->wire.missing_member[i].hosts, 1);
    if (fclose(out) == 0)
        return true;
    free(reply->json);
    reply->json = NULL;
    return false;
}

const char *loop_reply_value(const struct loop_reply *status, const char *name)
{
    const struct daqs_table *table = &status->wire.table;
    for (size_t row = 0; table->columns == 2 && row < daqs_table_rows(table); row++) {
        const struct daqs_cell *cell = daqs_table_at(table, row, 0);
        if (!cell[0].empty && !cell[1].empty && strcmp(cell[0].text, name) == 0)
            return cell[1].text;
    }
    return "";
}
