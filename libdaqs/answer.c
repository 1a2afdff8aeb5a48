/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/answer.h"

#include <stdlib.h>
#include <string.h>

#include "shared/wire/bus.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX };

_Static_assert((int)DAQS_KIND_TEXT == DAQS_COLUMN_TEXT &&
                   (int)DAQS_KIND_COUNT == DAQS_COLUMN_COUNT &&
                   (int)DAQS_KIND_RATE == DAQS_COLUMN_RATE &&
                   (int)DAQS_KIND_TIME == DAQS_COLUMN_TIME && (int)DAQS_KIND_MS == DAQS_COLUMN_MS &&
                   (int)DAQS_KIND_PPM == DAQS_COLUMN_PPM,
               "the public kinds are those of the protocol");

struct daqs_answer *answer_new(void)
{
    struct daqs_answer *answer = calloc(1, sizeof *answer);
    if (answer)
        daqs_arena_init(&answer->arena, ARENA_BYTES);
    return answer;
}

void daqs_answer_free(struct daqs_answer *answer)
{
    if (answer)
        daqs_arena_done(&answer->arena);
    free(answer);
}

const char *daqs_answer_text(const struct daqs_answer *answer)
{
    return answer ? answer->reply.text : "";
}

const char *daqs_answer_token(const struct daqs_answer *answer)
{
    return answer ? answer->reply.token : "";
}

size_t daqs_answer_columns(const struct daqs_answer *answer)
{
    return answer && answer->reply.has_table ? answer->reply.table.columns : 0;
}

size_t daqs_answer_rows(const struct daqs_answer *answer)
{
    return daqs_answer_columns(answer) ? daqs_table_rows(&answer->reply.table) : 0;
}

const char *daqs_answer_column_name(const struct daqs_answer *answer, size_t column)
{
    return column < daqs_answer_columns(answer) ? answer->reply.table.column[column].name : "";
}

int daqs_answer_column_kind(const struct daqs_answer *answer, size_t column)
{
    return column < daqs_answer_columns(answer) ? (int)answer->reply.table.column[column].kind
                                                : DAQS_KIND_TEXT;
}

size_t daqs_answer_column(const struct daqs_answer *answer, const char *name)
{
    for (size_t i = 0; name && i < daqs_answer_columns(answer); i++)
        if (strcmp(answer->reply.table.column[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* Returns NULL if the cell is empty, or there is none. */
static const struct daqs_cell *cell(const struct daqs_answer *answer, size_t row, size_t column)
{
    if (column >= daqs_answer_columns(answer) || row >= daqs_answer_rows(answer))
        return NULL;
    const struct daqs_cell *at = daqs_table_at(&answer->reply.table, row, column);
    return at->empty ? NULL : at;
}

int daqs_answer_is_empty(const struct daqs_answer *answer, size_t row, size_t column)
{
    return cell(answer, row, column) == NULL;
}

const char *daqs_answer_text_at(const struct daqs_answer *answer, size_t row, size_t column)
{
    const struct daqs_cell *at = cell(answer, row, column);
    return at && at->text ? at->text : "";
}

uint64_t daqs_answer_number_at(const struct daqs_answer *answer, size_t row, size_t column)
{
    const struct daqs_cell *at = cell(answer, row, column);
    return at ? at->number : 0;
}

size_t daqs_answer_missing(const struct daqs_answer *answer)
{
    return answer ? answer->reply.missing : 0;
}

const char *daqs_answer_missing_member(const struct daqs_answer *answer, size_t i)
{
    return i < daqs_answer_missing(answer) ? answer->reply.missing_member[i].member : "";
}

uint64_t daqs_answer_missing_hosts(const struct daqs_answer *answer, size_t i)
{
    return i < daqs_answer_missing(answer) ? answer->reply.missing_member[i].hosts : 0;
}
