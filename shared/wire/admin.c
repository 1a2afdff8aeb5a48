/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/admin.h"

#include <string.h>

#include "shared/wire/bus.h"
#include "shared/wire/cursor.h"
#include "shared/wire/pack.h"
#include "shared/wire/reply_parts.h"

enum { MORE = 16, REQUEST_ELEMENTS = 16, REPLY_ELEMENTS = WIRE_REPLY_ELEMENTS, SLA_ELEMENTS = 7 };
/* Older peers do not say what is missing. */
enum { REPLY_LEAST = REPLY_ELEMENTS - 1 };
/* Nor do they give revisions. */
enum { SLA_LEAST = SLA_ELEMENTS - 1 };
/* These verbs have additional elements, which older peers do not send in an events request. */
enum { APPLY_ELEMENTS = REQUEST_ELEMENTS + 2, EVENTS_ELEMENTS = REQUEST_ELEMENTS + 3 };
/* Older clients do not name a member. */
enum { EVENTS_FILTERED_ELEMENTS = REQUEST_ELEMENTS + 2 };

/* --- arguments --- */

/* The elements of a request, of which each verb uses some. Names are not checked here: the
 * controller checks them and reports what is wrong. */
struct elements {
    const char *host;
    const char *vm;
    daqs_bps min;
    daqs_bps max;
    uint32_t weight;
    bool force;
    bool dry_run;
    int64_t since_ms;
    int64_t until_ms;
    int64_t step_ms;
    const char *word;
    bool prune;
    uint32_t rows;
    const struct wire_sla *row;
    const char *level;
    const char *kind;
    const char *member;
};

static const struct elements nothing = {.host = "",
                                        .vm = "",
                                        .min = DAQS_UNLIMITED,
                                        .max = DAQS_UNLIMITED,
                                        .word = "",
                                        .level = "",
                                        .kind = "",
                                        .member = ""};

/* X(element, argument); W(argument, word) for a flag that is a word on the wire. */
#define ARGUMENTS_none(X, W)
#define ARGUMENTS_list(X, W) X(host, list.host)
#define ARGUMENTS_vm(X, W) X(host, vm.host) X(vm, vm.vm)
#define ARGUMENTS_period(X, W)                                                                     \
    X(host, period.host) X(vm, period.vm) X(since_ms, period.since_ms) X(until_ms, period.until_ms)
#define ARGUMENTS_history(X, W) ARGUMENTS_period(X, W) X(step_ms, history.step_ms)
#define ARGUMENTS_events(X, W)                                                                     \
    ARGUMENTS_period(X, W) W(events.follow, "follow") X(level, events.level) X(kind, events.kind)  \
        X(member, events.member)
#define ARGUMENTS_set_sla(X, W)                                                                    \
    ARGUMENTS_vm(X, W) X(min, set_sla.min) X(max, set_sla.max) X(weight, set_sla.weight)           \
        X(force, set_sla.force) X(dry_run, set_sla.dry_run)
#define ARGUMENTS_set_policy(X, W)                                                                 \
    X(host, set_policy.host) X(vm, set_policy.uplink) X(word, set_policy.mode)
#define ARGUMENTS_fit(X, W) X(min, fit.rate)
#define ARGUMENTS_apply(X, W)                                                                      \
    X(rows, apply.rows)                                                                            \
    X(row, apply.row)                                                                              \
    W(apply.end, "end") X(force, apply.force) X(dry_run, apply.dry_run) X(prune, apply.prune)
#define ARGUMENTS_backup(X, W) X(word, backup.path)
#define ARGUMENTS_enroll(X, W)                                                                     \
    X(host, enroll.name) X(vm, enroll.role) X(word, enroll.key) X(force, enroll.force)
#define ARGUMENTS_revoke(X, W) X(host, revoke.name)
#define ARGUMENTS_forget(X, W) X(host, forget.host) X(dry_run, forget.dry_run)
#define ARGUMENTS_maintenance(X, W) X(host, maintenance.host) X(word, maintenance.state)
#define ARGUMENTS_take_over(X, W) X(dry_run, take_over.dry_run)
#define ARGUMENTS_drain(X, W) X(word, drain.member)
#define ARGUMENTS_figures(X, W) X(host, figures.host) X(word, figures.table)
#define ARGUMENTS_find(X, W) X(word, find.like)

#define TAKE(element, argument) r->argument = e->element;
#define TAKE_WORD(argument, text) r->argument = strcmp(e->word, text) == 0;
#define GIVE(element, argument) e.element = r->argument;
#define GIVE_WORD(argument, text) e.word = r->argument ? (text) : "";

/* Sets the arguments of the request's verb; an unknown verb has none. */
static void take_arguments(const struct elements *e, struct wire_request *r)
{
    switch (r->verb) {
#define X(name, number, handler, changes, place, arguments)                                        \
    case WIRE_##name:                                                                              \
        ARGUMENTS_##arguments(TAKE, TAKE_WORD) break;
        WIRE_VERBS(X)
#undef X
    }
}

static struct elements elements_of(const struct wire_request *r)
{
    struct elements e = nothing;
    switch (r->verb) {
#define X(name, number, handler, changes, place, arguments)                                        \
    case WIRE_##name:                                                                              \
        ARGUMENTS_##arguments(GIVE, GIVE_WORD) break;
        WIRE_VERBS(X)
#undef X
    }
    return e;
}

struct wire_request wire_request_of(enum wire_verb verb)
{
    struct wire_request request = {.verb = verb, .user = "", .token = ""};
    take_arguments(&nothing, &request);
    return request;
}

/* --- requests --- */

static void pack_slas(msgpack_packer *p, const struct elements *e)
{
    msgpack_pack_array(p, e->rows);
    for (uint32_t i = 0; i < e->rows; i++) {
        msgpack_pack_array(p, SLA_ELEMENTS);
        wire_pack_text(p, e->row[i].host);
        wire_pack_text(p, e->row[i].vm);
        msgpack_pack_uint64(p, e->row[i].min);
        wire_pack_rate(p, e->row[i].max);
        msgpack_pack_uint32(p, e->row[i].weight);
        msgpack_pack_uint32(p, e->row[i].line);
        msgpack_pack_uint64(p, e->row[i].revision);
    }
}

int wire_encode_request(const struct wire_request *r, uint8_t **ret_bytes, size_t *ret_length)
{
    struct wire_packing packing;
    msgpack_packer *p = wire_pack_begin(&packing);
    const struct elements e = elements_of(r);
    msgpack_pack_array(p, r->verb == WIRE_APPLY    ? APPLY_ELEMENTS
                          : r->verb == WIRE_EVENTS ? EVENTS_ELEMENTS
                                                   : REQUEST_ELEMENTS);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, r->verb);
    msgpack_pack_uint64(p, r->id);
    wire_pack_text(p, r->user);
    wire_pack_text(p, e.host);
    wire_pack_text(p, e.vm);
    wire_pack_rate(p, e.min);
    wire_pack_rate(p, e.max);
    msgpack_pack_uint32(p, e.weight);
    msgpack_pack_uint32(p, e.force);
    msgpack_pack_uint32(p, e.dry_run);
    msgpack_pack_uint64(p, (uint64_t)e.since_ms);
    msgpack_pack_uint64(p, (uint64_t)e.until_ms);
    msgpack_pack_uint64(p, (uint64_t)e.step_ms);
    wire_pack_text(p, r->token);
    wire_pack_text(p, e.word);
    if (r->verb == WIRE_APPLY) {
        msgpack_pack_uint32(p, e.prune);
        pack_slas(p, &e);
    }
    if (r->verb == WIRE_EVENTS) {
        wire_pack_text(p, e.level);
        wire_pack_text(p, e.kind);
        wire_pack_text(p, e.member);
    }
    return wire_pack_end(&packing, ret_bytes, ret_length);
}

/* The version is checked first, so that a peer of another version gets a clear reply. */
static int begin(struct wire_cursor *c, const void *bytes, size_t length, uint32_t least,
                 uint32_t most, struct daqs_arena *arena, uint32_t *ret_count,
                 struct daqs_error *err)
{
    if (length > WIRE_MESSAGE_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "message of %zu bytes refused", length);
    wire_cursor_init(c, bytes, length, arena);
    *ret_count = wire_read_array(c, 1, UINT32_MAX);
    uint64_t version = wire_read_uint(c, UINT32_MAX);
    if (c->problem)
        return wire_finish(c, err);
    if (version != WIRE_PROTOCOL)
        return daqs_fail(err, DAQS_EVERSION, "protocol version %u is not supported (this is %d)",
                         (unsigned)version, WIRE_PROTOCOL);
    if (*ret_count < least || *ret_count > most)
        return daqs_fail(err, DAQS_EFORMAT, "message refused: it has too %s elements",
                         *ret_count < least ? "few" : "many");
    return DAQS_OK;
}

static void read_slas(struct wire_cursor *c, struct elements *ret)
{
    ret->rows = wire_read_array(c, 0, WIRE_ROWS_MAX);
    struct wire_sla *row = wire_read_alloc(c, ret->rows, sizeof *row);
    for (uint32_t i = 0; i < ret->rows && !c->problem; i++) {
        uint32_t count = wire_read_array(c, SLA_LEAST, SLA_ELEMENTS + MORE);
        row[i].host = wire_read_text(c, WIRE_FIELD_BYTES);
        row[i].vm = wire_read_text(c, WIRE_FIELD_BYTES);
        row[i].min = wire_read_uint(c, DAQS_BPS_MAX);
        row[i].max = wire_read_uint_or_nil(c, DAQS_BPS_MAX, DAQS_UNLIMITED);
        row[i].weight = (uint32_t)wire_read_uint(c, WIRE_WEIGHT_MAX);
        row[i].line = (uint32_t)wire_read_uint(c, UINT32_MAX);
        row[i].revision = count < SLA_ELEMENTS ? 0 : wire_read_uint(c, INT64_MAX);
        if (count > SLA_ELEMENTS)
            wire_skip_rest(c, count, SLA_ELEMENTS);
    }
    ret->row = row;
}

/* Reads the elements of a verb behind those of all verbs. Returns how many of 'count' are read
 * then. */
static uint32_t read_more(struct wire_cursor *c, enum wire_verb verb, uint32_t count,
                          struct elements *ret)
{
    if (verb == WIRE_APPLY) {
        if (count < APPLY_ELEMENTS)
            wire_reject(c, "it has too few elements");
        ret->prune = wire_read_uint(c, 1);
        read_slas(c, ret);
        return APPLY_ELEMENTS;
    }
    if (verb == WIRE_EVENTS && count >= EVENTS_FILTERED_ELEMENTS) {
        ret->level = wire_read_text(c, WIRE_FIELD_BYTES);
        ret->kind = wire_read_text(c, WIRE_FIELD_BYTES);
        if (count < EVENTS_ELEMENTS)
            return EVENTS_FILTERED_ELEMENTS;
        ret->member = wire_read_text(c, WIRE_FIELD_BYTES);
        return EVENTS_ELEMENTS;
    }
    return REQUEST_ELEMENTS;
}

int wire_decode_request(const void *bytes, size_t length, struct daqs_arena *arena,
                        struct wire_request *ret, struct daqs_error *err)
{
    struct wire_cursor c;
    uint32_t count = 0;
    int result =
        begin(&c, bytes, length, REQUEST_ELEMENTS, EVENTS_ELEMENTS + MORE, arena, &count, err);
    if (result != DAQS_OK)
        return result;
    /* Initialisers are not sequenced in C, so the elements are read one by one. */
    struct wire_request r;
    struct elements e = nothing;
    memset(&r, 0, sizeof r);
    r.verb = (enum wire_verb)wire_read_uint(&c, UINT8_MAX);
    r.id = wire_read_uint(&c, UINT64_MAX);
    r.user = wire_read_text(&c, WIRE_FIELD_BYTES);
    e.host = wire_read_text(&c, WIRE_FIELD_BYTES);
    e.vm = wire_read_text(&c, WIRE_FIELD_BYTES);
    e.min = wire_read_uint_or_nil(&c, DAQS_BPS_MAX, DAQS_UNLIMITED);
    e.max = wire_read_uint_or_nil(&c, DAQS_BPS_MAX, DAQS_UNLIMITED);
    e.weight = (uint32_t)wire_read_uint(&c, WIRE_WEIGHT_MAX);
    e.force = wire_read_uint(&c, 1);
    e.dry_run = wire_read_uint(&c, 1);
    e.since_ms = (int64_t)wire_read_uint(&c, INT64_MAX / 2);
    e.until_ms = (int64_t)wire_read_uint(&c, INT64_MAX / 2);
    e.step_ms = (int64_t)wire_read_uint(&c, INT64_MAX / 2);
    r.token = wire_read_text(&c, WIRE_FIELD_BYTES);
    e.word = wire_read_text(&c, WIRE_FIELD_BYTES);
    wire_skip_rest(&c, count, read_more(&c, r.verb, count, &e));
    result = wire_finish(&c, err);
    if (result != DAQS_OK)
        return result;
    take_arguments(&e, &r);
    *ret = r;
    return DAQS_OK;
}

/* --- replies --- */

static void pack_cell(msgpack_packer *p, const struct daqs_cell *cell, enum daqs_column_kind kind)
{
    if (cell->empty)
        msgpack_pack_nil(p);
    else if (kind == DAQS_COLUMN_TEXT)
        wire_pack_text(p, cell->text);
    else
        msgpack_pack_uint64(p, cell->number);
}

int wire_encode_reply(const struct wire_reply *r, uint8_t **ret_bytes, size_t *ret_length)
{
    struct wire_packing packing;
    msgpack_packer *p = wire_pack_begin(&packing);
    wire_pack_reply_fields(p, r);
    size_t columns = r->has_table ? r->table.columns : 0;
    msgpack_pack_array(p, columns);
    for (size_t i = 0; i < columns; i++) {
        msgpack_pack_array(p, 2);
        wire_pack_text(p, r->table.column[i].name);
        msgpack_pack_uint32(p, r->table.column[i].kind);
    }
    msgpack_pack_array(p, columns ? r->table.cells : 0);
    for (size_t i = 0; columns && i < r->table.cells; i++)
        pack_cell(p, &r->table.cell[i], r->table.column[i % columns].kind);
    wire_pack_missing(p, r);
    return wire_pack_end(&packing, ret_bytes, ret_length);
}

static void read_table(struct wire_cursor *c, struct wire_reply *r)
{
    struct daqs_table *table = &r->table;
    table->columns = wire_read_array(c, 0, DAQS_TABLE_COLUMNS_MAX);
    struct daqs_column *column =
        wire_read_alloc(c, (uint32_t)table->columns, sizeof *table->column);
    for (size_t i = 0; i < table->columns && !c->problem; i++) {
        uint32_t count = wire_read_array(c, 2, 2 + MORE);
        column[i].name = wire_read_text(c, DAQS_TABLE_COLUMNS_MAX);
        column[i].kind = (enum daqs_column_kind)wire_read_uint(c, DAQS_COLUMN_PPM);
        wire_skip_rest(c, count, 2);
    }
    table->column = column;
    table->cells = wire_read_array(c, 0, DAQS_TABLE_COLUMNS_MAX * DAQS_TABLE_ROWS_MAX);
    table->cell = wire_read_alloc(c, (uint32_t)table->cells, sizeof *table->cell);
    if (table->columns ? table->cells % table->columns != 0 : table->cells > 0)
        wire_reject(c, "a row is incomplete");
    for (size_t i = 0; i < table->cells && !c->problem; i++) {
        struct daqs_cell *cell = &table->cell[i];
        cell->empty = wire_read_nil(c);
        if (cell->empty)
            continue;
        /* No cells without columns: NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
        if (column[i % table->columns].kind == DAQS_COLUMN_TEXT)
            cell->text = wire_read_text(c, WIRE_TEXT_BYTES);
        else
            cell->number = wire_read_uint(c, UINT64_MAX);
    }
    r->has_table = table->columns > 0;
}

int wire_decode_reply(const void *bytes, size_t length, struct daqs_arena *arena,
                      struct wire_reply *ret, struct daqs_error *err)
{
    struct wire_cursor c;
    uint32_t count = 0;
    int result = begin(&c, bytes, length, REPLY_LEAST, REPLY_ELEMENTS + MORE, arena, &count, err);
    if (result != DAQS_OK)
        return result;
    struct wire_reply r;
    memset(&r, 0, sizeof r);
    wire_read_reply_fields(&c, &r);
    read_table(&c, &r);
    if (count >= REPLY_ELEMENTS)
        wire_read_missing(&c, &r);
    wire_skip_rest(&c, count, count >= REPLY_ELEMENTS ? REPLY_ELEMENTS : REPLY_LEAST);
    result = wire_finish(&c, err);
    if (result == DAQS_OK)
        *ret = r;
    return result;
}
