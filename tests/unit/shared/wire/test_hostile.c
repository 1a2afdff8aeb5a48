/* SPDX-License-Identifier: Apache-2.0 */
/* Golden messages that are cut, changed and extended. Invalid ones are rejected without side
 * effects, accepted ones are within all bounds, and what a newer peer appends is ignored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/name.h"
#include "shared/wire/admin.h"
#include "shared/wire/bus.h"
#include "shared/wire/cursor.h"
#include "tests/unit/shared/wire/vectors.h"

enum { ARENA_BYTES = 1 << 20 };

union decoded {
    struct wire_message message;
    struct wire_request request;
    struct wire_reply reply;
};

static int decode(enum vector_kind kind, const uint8_t *bytes, size_t length,
                  struct daqs_arena *arena, union decoded *ret, struct daqs_error *err)
{
    switch (kind) {
    case VECTOR_BUS:
        return wire_decode(bytes, length, arena, &ret->message, err);
    case VECTOR_REQUEST:
        return wire_decode_request(bytes, length, arena, &ret->request, err);
    case VECTOR_REPLY:
        return wire_decode_reply(bytes, length, arena, &ret->reply, err);
    }
    return DAQS_EINVALID;
}

static int encode(enum vector_kind kind, const union decoded *d, uint8_t **ret_bytes,
                  size_t *ret_length)
{
    switch (kind) {
    case VECTOR_BUS:
        return wire_encode(&d->message, ret_bytes, ret_length);
    case VECTOR_REQUEST:
        return wire_encode_request(&d->request, ret_bytes, ret_length);
    case VECTOR_REPLY:
        return wire_encode_reply(&d->reply, ret_bytes, ret_length);
    }
    return DAQS_EINVALID;
}

/* --- what is accepted is within bounds --- */

static void assert_name(const char *name)
{
    assert_int_equal(daqs_name_check("", name, strlen(name), NULL), DAQS_OK);
}

static void assert_label(const char *text, size_t most)
{
    assert_true(strlen(text) <= most);
    if (*text)
        assert_name(text);
}

static void assert_rate(daqs_bps rate, bool may_be_none)
{
    assert_true(rate <= DAQS_BPS_MAX || (may_be_none && rate == DAQS_UNLIMITED));
}

static void assert_hello_in_bounds(const struct wire_hello *m)
{
    const struct daqs_inventory *inventory = &m->inventory;
    assert_name(m->host);
    assert_label(m->version, 64);
    assert_label(m->left, DAQS_MEMBER_MAX);
    assert_true(m->generation <= INT64_MAX && m->epoch <= INT64_MAX);
    assert_true(inventory->uplinks <= DAQS_MAX_UPLINKS && inventory->vms <= DAQS_MAX_VMS &&
                inventory->nics <= DAQS_MAX_NICS);
    for (uint32_t i = 0; i < inventory->uplinks; i++) {
        assert_name(inventory->uplink[i].name);
        assert_rate(inventory->uplink[i].capacity, false);
    }
    for (uint32_t i = 0; i < inventory->vms; i++) {
        assert_name(inventory->vm[i].name);
        assert_label(inventory->vm[i].uuid, 36);
        assert_label(inventory->vm[i].title ? inventory->vm[i].title : "", DAQS_TITLE_MAX);
        assert_true(inventory->vm[i].labels <= DAQS_MAX_LABELS);
        for (uint32_t k = 0; k < inventory->vm[i].labels; k++) {
            assert_label(inventory->vm[i].label[k].key, DAQS_LABEL_KEY_MAX);
            assert_label(inventory->vm[i].label[k].value, DAQS_LABEL_VALUE_MAX);
        }
    }
    for (uint32_t i = 0; i < inventory->nics; i++) {
        assert_true(inventory->nic[i].vm < inventory->vms);
        assert_true(inventory->nic[i].uplink < inventory->uplinks);
        assert_true(inventory->nic[i].mtu == daqs_mtu_or_unknown(inventory->nic[i].mtu));
    }
}

static void assert_report_in_bounds(const struct wire_report *m)
{
    assert_true(m->generation <= INT64_MAX && m->sequence <= INT64_MAX && m->mono_us <= INT64_MAX);
    assert_true(m->nics <= DAQS_MAX_NICS);
    for (uint32_t i = 0; i < m->nics; i++) {
        const struct daqs_sample *sample = &m->reading[i].sample;
        assert_true(sample->interval_us >= 0);
        assert_true(sample->tx_bytes <= INT64_MAX && sample->rx_bytes <= INT64_MAX);
        assert_true(sample->tx_packets <= INT64_MAX && sample->rx_packets <= INT64_MAX);
        assert_true(m->reading[i].backlog <= DAQS_BACKLOG_SOME);
    }
    assert_true(m->uplinks <= DAQS_MAX_UPLINKS);
    for (uint32_t i = 0; i < m->uplinks; i++) {
        const struct daqs_uplink_reading *u = &m->uplink[i];
        assert_true(u->own_interval_us <= INT64_MAX && u->port_interval_us <= INT64_MAX);
        assert_true(u->own_bytes <= INT64_MAX && u->own_packets <= INT64_MAX);
        assert_true(u->port_bytes <= INT64_MAX && u->port_packets <= INT64_MAX);
        assert_rate(u->vf_least, false);
        assert_rate(u->vf_step, false);
    }
}

static void assert_limits_in_bounds(const struct wire_limits *m)
{
    assert_true(m->epoch <= INT64_MAX && m->sequence <= INT64_MAX && m->generation <= INT64_MAX);
    assert_true(m->headroom_ppm <= 1000000 && m->nics <= DAQS_MAX_NICS);
    assert_true(m->uplinks <= DAQS_MAX_UPLINKS);
    for (uint32_t i = 0; i < m->nics; i++) {
        assert_rate(m->setting[i].limit, true);
        assert_rate(m->setting[i].min, false);
        assert_rate(m->setting[i].max, true);
    }
}

static void assert_message_in_bounds(const struct wire_message *m)
{
    switch (m->type) {
    case WIRE_HELLO:
        assert_hello_in_bounds(&m->hello);
        return;
    case WIRE_WELCOME:
        assert_label(m->welcome.version, 64);
        assert_true(m->welcome.epoch <= INT64_MAX && m->welcome.generation <= INT64_MAX);
        assert_label(m->welcome.member, DAQS_MEMBER_MAX);
        assert_true(m->welcome.elsewhere <= DAQS_MAX_MEMBERS);
        for (uint32_t i = 0; i < m->welcome.elsewhere; i++) {
            assert_label(m->welcome.elsewhere_member[i].name, DAQS_MEMBER_MAX);
            assert_label(m->welcome.elsewhere_member[i].endpoint, DAQS_ENDPOINT_MAX);
        }
        return;
    case WIRE_REPORT:
        assert_report_in_bounds(&m->report);
        return;
    case WIRE_LIMITS:
        assert_limits_in_bounds(&m->limits);
        return;
    case WIRE_APPLIED:
        assert_true(m->applied.nics <= DAQS_MAX_NICS);
        for (uint32_t i = 0; i < m->applied.nics; i++) {
            assert_true(m->applied.nic[i].nic < DAQS_MAX_NICS);
            assert_rate(m->applied.nic[i].limit, true);
        }
        return;
    case WIRE_BYE:
        assert_true(strlen(wire_bye_text(m->bye.reason)) > 0);
        return;
    }
    fail_msg("type %d was accepted", (int)m->type);
}

static void assert_field(const char *text)
{
    assert_true(strlen(text) <= 1024);
}

static void assert_period(const struct wire_period *period)
{
    assert_field(period->host);
    assert_field(period->vm);
    assert_true(period->since_ms >= 0 && period->until_ms >= 0);
}

static void assert_apply(const struct wire_apply *apply)
{
    assert_true(apply->rows <= WIRE_ROWS_MAX);
    for (uint32_t i = 0; i < apply->rows; i++) {
        assert_field(apply->row[i].host);
        assert_field(apply->row[i].vm);
        assert_rate(apply->row[i].min, false);
        assert_rate(apply->row[i].max, true);
        assert_true(apply->row[i].weight <= WIRE_WEIGHT_MAX);
    }
}

static void assert_request_in_bounds(const struct wire_request *r)
{
    assert_in_range(r->verb, 0, UINT8_MAX);
    assert_field(r->user);
    assert_field(r->token);
    switch (r->verb) {
    case WIRE_SET_SLA:
        assert_field(r->set_sla.host);
        assert_field(r->set_sla.vm);
        assert_rate(r->set_sla.min, true);
        assert_rate(r->set_sla.max, true);
        assert_true(r->set_sla.weight <= WIRE_WEIGHT_MAX);
        return;
    case WIRE_UNSET_SLA:
    case WIRE_EXPLAIN:
        assert_field(r->vm.host);
        assert_field(r->vm.vm);
        return;
    case WIRE_LIST_SLA:
    case WIRE_HOSTS:
    case WIRE_VMS:
    case WIRE_LABELS:
    case WIRE_PROBLEMS:
    case WIRE_FORGET: /* begins with a host, too */
        assert_field(r->list.host);
        return;
    case WIRE_MAINTENANCE:
        assert_field(r->maintenance.host);
        assert_field(r->maintenance.state);
        return;
    case WIRE_HISTORY:
    case WIRE_EXPORT_HISTORY:
        assert_true(r->history.step_ms >= 0);
        assert_period(&r->period);
        return;
    case WIRE_EVENTS:
        assert_field(r->events.level);
        assert_field(r->events.kind);
        assert_field(r->events.member);
        assert_period(&r->period);
        return;
    case WIRE_AUDIT:
    case WIRE_SLA_REPORT:
        assert_period(&r->period);
        return;
    case WIRE_SET_POLICY:
        assert_field(r->set_policy.host);
        assert_field(r->set_policy.uplink);
        assert_field(r->set_policy.mode);
        return;
    case WIRE_FIT:
        assert_rate(r->fit.rate, true);
        return;
    case WIRE_APPLY:
        assert_apply(&r->apply);
        return;
    case WIRE_BACKUP:
        assert_field(r->backup.path);
        return;
    case WIRE_ENROLL:
        assert_field(r->enroll.name);
        assert_field(r->enroll.role);
        assert_field(r->enroll.key);
        return;
    case WIRE_REVOKE:
        assert_field(r->revoke.name);
        return;
    case WIRE_FIGURES:
        assert_field(r->figures.host);
        assert_field(r->figures.table);
        return;
    case WIRE_STATUS:
    case WIRE_VERSION:
    case WIRE_PEERS:
    case WIRE_MEMBERS:
    case WIRE_TAKE_OVER:
        return;
    case WIRE_FIND:
        assert_field(r->find.like);
        return;
    case WIRE_DRAIN:
        assert_field(r->drain.member);
        return;
    }
}

static void assert_reply_in_bounds(const struct wire_reply *r)
{
    const struct daqs_table *table = &r->table;
    assert_true(r->code <= 0 && r->code >= -1000);
    assert_true(strlen(r->text) <= 4096 && strlen(r->token) <= 1024);
    assert_int_equal(r->has_table, table->columns > 0);
    assert_true(table->columns <= DAQS_TABLE_COLUMNS_MAX);
    assert_int_equal(table->columns ? table->cells % table->columns : table->cells, 0);
    for (size_t i = 0; i < table->columns; i++) {
        assert_true(strlen(table->column[i].name) <= 32);
        assert_in_range(table->column[i].kind, DAQS_COLUMN_TEXT, DAQS_COLUMN_PPM);
    }
    for (size_t i = 0; i < table->cells; i++) {
        const struct daqs_cell *cell = &table->cell[i];
        if (table->column[i % table->columns].kind == DAQS_COLUMN_TEXT && !cell->empty)
            assert_true(strlen(cell->text) <= 4096);
    }
}

static void assert_in_bounds(enum vector_kind kind, const union decoded *d)
{
    if (kind == VECTOR_BUS)
        assert_message_in_bounds(&d->message);
    else if (kind == VECTOR_REQUEST)
        assert_request_in_bounds(&d->request);
    else
        assert_reply_in_bounds(&d->reply);
}

/* Decodes a message. Returns true if it was accepted, after checking that it is within bounds. If
 * it was rejected, checks that there is a reason and that nothing was written. */
static bool judge(enum vector_kind kind, const uint8_t *bytes, size_t length,
                  struct daqs_arena *arena, const char *what)
{
    static union decoded untouched;
    union decoded d;
    struct daqs_error err = {0};
    memset(&untouched, 0xa5, sizeof untouched);
    memset(&d, 0xa5, sizeof d);
    daqs_arena_reset(arena);
    int result = decode(kind, bytes, length, arena, &d, &err);
    if (result == DAQS_OK) {
        assert_in_bounds(kind, &d);
        return true;
    }
    if (result != DAQS_EFORMAT && result != DAQS_EVERSION && result != DAQS_ETOOBIG)
        fail_msg("%s: code %d", what, result);
    if (err.code != result || err.text[0] == '\0')
        fail_msg("%s: refused without a reason", what);
    if (memcmp(&d, &untouched, sizeof d) != 0)
        fail_msg("%s: refused, but something was written", what);
    return false;
}

/* --- cut --- */

static void every_vector_cut_at_every_byte_is_refused(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t whole = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &whole);
        assert_non_null(bytes);
        assert_true(judge(vectors[v].kind, bytes, whole, &arena, vectors[v].name));
        for (size_t length = 0; length < whole; length++) {
            uint8_t *cut = malloc(length ? length : 1); /* so that ASan detects its end */
            assert_non_null(cut);
            memcpy(cut, bytes, length);
            if (judge(vectors[v].kind, cut, length, &arena, vectors[v].name))
                fail_msg("%s cut to %zu bytes was accepted", vectors[v].name, length);
            free(cut);
        }
        free(bytes);
    }
    daqs_arena_done(&arena);
}

static void a_byte_after_the_end_is_refused(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        assert_non_null(bytes);
        uint8_t *longer = realloc(bytes, length + 1);
        assert_non_null(longer);
        longer[length] = 0xc0;
        assert_false(judge(vectors[v].kind, longer, length + 1, &arena, vectors[v].name));
        free(longer);
    }
    daqs_arena_done(&arena);
}

/* --- changed --- */

static void every_vector_with_any_one_byte_changed_is_refused_or_within_bounds(void **state)
{
    struct daqs_arena arena;
    size_t accepted = 0;
    size_t refused = 0;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        assert_non_null(bytes);
        for (size_t at = 0; at < length; at++) {
            const uint8_t old = bytes[at];
            for (unsigned change = 1; change < 256; change++) {
                bytes[at] = (uint8_t)(old ^ change);
                bool ok = judge(vectors[v].kind, bytes, length, &arena, vectors[v].name);
                accepted += ok;
                refused += !ok;
            }
            bytes[at] = old;
        }
        free(bytes);
    }
    /* A changed name or number is still valid, a changed structure is not. Both must have
     * occurred. */
    assert_true(accepted > 1000);
    assert_true(refused > 1000);
    daqs_arena_done(&arena);
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Returns a random byte. Type and count bytes are favoured, because parsers fail there. */
static uint8_t nasty_byte(uint64_t *seed)
{
    static const uint8_t nasty[] = {0x90, 0x9f, 0xa0, 0xbf, 0x80, 0x8f, 0xc0, 0xc1, 0xc4, 0xc6,
                                    0xc9, 0xcf, 0xd3, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0xff, 0x00};
    uint32_t r = next_random(seed);
    return r % 2 ? nasty[r / 2 % sizeof nasty] : (uint8_t)(r >> 8);
}

static void vectors_with_several_bytes_changed_are_refused_or_within_bounds(void **state)
{
    struct daqs_arena arena;
    uint64_t seed = 2026;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        uint8_t *changed = malloc(length);
        assert_non_null(bytes);
        assert_non_null(changed);
        for (int round = 0; round < 5000; round++) {
            memcpy(changed, bytes, length);
            for (uint32_t n = 2 + next_random(&seed) % 4; n > 0; n--)
                changed[next_random(&seed) % length] = nasty_byte(&seed);
            (void)judge(vectors[v].kind, changed, length, &arena, vectors[v].name);
        }
        free(changed);
        free(bytes);
    }
    daqs_arena_done(&arena);
}

static void noise_is_refused_or_within_bounds(void **state)
{
    struct daqs_arena arena;
    uint64_t seed = 7;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (int round = 0; round < 20000; round++) {
        size_t length = next_random(&seed) % 64;
        uint8_t *bytes = malloc(length ? length : 1);
        assert_non_null(bytes);
        for (size_t i = 0; i < length; i++)
            bytes[i] = nasty_byte(&seed);
        for (int kind = VECTOR_BUS; kind <= VECTOR_REPLY; kind++)
            (void)judge((enum vector_kind)kind, bytes, length, &arena, "noise");
        free(bytes);
    }
    daqs_arena_done(&arena);
}

/* --- extended, as by a newer peer --- */

struct growing {
    uint8_t bytes[8192];
    size_t length;
    uint32_t outer; /* elements to append to the message */
    uint32_t inner; /* elements to append to each item of its lists */
};

static void put(struct growing *g, const void *bytes, size_t length)
{
    assert_true(g->length + length <= sizeof g->bytes);
    memcpy(g->bytes + g->length, bytes, length);
    g->length += length;
}

static void put_extra(struct growing *g, uint32_t i)
{
    static const struct {
        const char *bytes;
        size_t length;
    } extras[] = {
        {"\xc0", 1},                     /* nil */
        {"\x82\xa1k\x01\x02\xc3", 6},    /* map */
        {"\xcb\x3f\xf0\0\0\0\0\0\0", 9}, /* float */
        {"\x92\x91\x91\xff\xa1x", 6},    /* arrays */
        {"\xd5\x05zz", 4},               /* extension */
        {"\xd9\x02\0\xff", 4},           /* a text that is not a valid name */
    };
    put(g, extras[i % 6].bytes, extras[i % 6].length);
}

/* Copies a message and appends elements. A message is a tuple (depth 0) of scalars and lists (depth
 * 1), whose items are tuples (depth 2) or scalars. Tuples are extended at their end; lists are not,
 * because their count has a meaning. */
static void put_grown(struct growing *g, struct wire_cursor *c, int depth)
{
    const uint8_t *start = c->at;
    bool array = *start >> 4 == 9 || *start == 0xdc || *start == 0xdd;
    if (!array) {
        wire_skip(c);
        put(g, start, (size_t)(c->at - start));
        return;
    }
    uint32_t count = wire_read_array(c, 0, UINT32_MAX);
    uint32_t extra = depth == 0 ? g->outer : depth == 2 ? g->inner : 0;
    const uint8_t header[] = {0xdc, (uint8_t)((count + extra) >> 8), (uint8_t)(count + extra)};
    put(g, header, sizeof header);
    for (uint32_t i = 0; i < count; i++)
        put_grown(g, c, depth + 1);
    for (uint32_t i = 0; i < extra; i++)
        put_extra(g, i);
}

static void grow(struct growing *g, const uint8_t *bytes, size_t length, uint32_t outer,
                 uint32_t inner)
{
    struct wire_cursor c;
    g->length = 0;
    g->outer = outer;
    g->inner = inner;
    wire_cursor_init(&c, bytes, length, NULL);
    put_grown(g, &c, 0);
    assert_int_equal(wire_finish(&c, NULL), DAQS_OK);
}

static void appended_elements_are_stepped_over_and_change_nothing(void **state)
{
    static struct growing g;
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        assert_non_null(bytes);
        for (uint32_t extra = 0; extra <= 15; extra++) {
            union decoded d;
            struct daqs_error err = {0};
            uint8_t *back = NULL;
            size_t back_length = 0;
            /* A reading without a sample has room for at most four more. */
            grow(&g, bytes, length, extra, extra < 4 ? extra : 4);
            daqs_arena_reset(&arena);
            if (decode(vectors[v].kind, g.bytes, g.length, &arena, &d, &err) != DAQS_OK)
                fail_msg("%s with %u more: %s", vectors[v].name, extra, err.text);
            assert_int_equal(encode(vectors[v].kind, &d, &back, &back_length), DAQS_OK);
            if (back_length != length || memcmp(back, bytes, length) != 0)
                fail_msg("%s with %u more says something else", vectors[v].name, extra);
            free(back);
        }
        free(bytes);
    }
    daqs_arena_done(&arena);
}

static void elements_without_end_are_refused(void **state)
{
    static struct growing g;
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        assert_non_null(bytes);
        grow(&g, bytes, length, 300, 0);
        assert_false(judge(vectors[v].kind, g.bytes, g.length, &arena, vectors[v].name));
        free(bytes);
    }
    daqs_arena_done(&arena);
}

/* Lowers the element count of the message from 'had' to 'count'. Returns the new beginning of the
 * message. */
static uint8_t *count_less(uint8_t *bytes, uint32_t had, uint32_t count)
{
    uint8_t *start = had > 15 && count <= 15 ? bytes + 2 : bytes; /* array 16: two bytes of count */
    if (count > 15)
        bytes[2] = (uint8_t)count;
    else
        *start = (uint8_t)(0x90 | count);
    return start;
}

static void a_message_with_an_element_missing_is_refused(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        struct wire_cursor c;
        assert_non_null(bytes);
        wire_cursor_init(&c, bytes, length, NULL);
        uint32_t count = wire_read_array(&c, 1, 32);
        uint32_t less = count - vectors[v].optional - 1; /* one less than the required elements */
        uint8_t *start = count_less(bytes, count, less);
        for (uint32_t i = 0; i < less; i++)
            wire_skip(&c);
        size_t shorter = (size_t)(c.at - start);
        assert_false(judge(vectors[v].kind, start, shorter, &arena, vectors[v].name));
        free(bytes);
    }
    daqs_arena_done(&arena);
}

static void a_message_that_counts_fewer_elements_than_it_has_is_refused(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        assert_non_null(bytes);
        struct wire_cursor c;
        wire_cursor_init(&c, bytes, length, NULL);
        uint32_t count = wire_read_array(&c, 1, 32);
        for (uint32_t less = count; less-- > 0;) {
            const uint8_t *start = count_less(bytes, count, less);
            assert_false(judge(vectors[v].kind, start, length - (size_t)(start - bytes), &arena,
                               vectors[v].name));
        }
        free(bytes);
    }
    daqs_arena_done(&arena);
}

/* --- memory --- */

static void the_arenas_limit_is_respected_whatever_it_is(void **state)
{
    (void)state;
    for (size_t v = 0; v < VECTORS; v++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(vectors[v].name, &length);
        struct daqs_arena arena;
        assert_non_null(bytes);
        daqs_arena_init(&arena, ARENA_BYTES);
        assert_true(judge(vectors[v].kind, bytes, length, &arena, vectors[v].name));
        size_t needed = arena.used_bytes;
        daqs_arena_done(&arena);
        for (size_t limit = 0; limit <= needed; limit++) {
            daqs_arena_init(&arena, limit);
            if (judge(vectors[v].kind, bytes, length, &arena, vectors[v].name) != (limit == needed))
                fail_msg("%s needs %zu bytes and was given %zu", vectors[v].name, needed, limit);
            assert_true(arena.used_bytes <= limit);
            daqs_arena_done(&arena);
        }
        free(bytes);
    }
}

static void a_message_of_more_than_the_bound_is_not_looked_at(void **state)
{
    uint8_t *bytes = calloc(1, WIRE_MESSAGE_MAX + 1);
    struct daqs_arena arena;
    (void)state;
    assert_non_null(bytes);
    daqs_arena_init(&arena, ARENA_BYTES);
    for (int kind = VECTOR_BUS; kind <= VECTOR_REPLY; kind++) {
        union decoded d;
        struct daqs_error err = {0};
        assert_int_equal(
            decode((enum vector_kind)kind, bytes, WIRE_MESSAGE_MAX + 1, &arena, &d, &err),
            DAQS_ETOOBIG);
        assert_int_equal(decode((enum vector_kind)kind, bytes, WIRE_MESSAGE_MAX, &arena, &d, &err),
                         DAQS_EFORMAT);
    }
    daqs_arena_done(&arena);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_cut_at_every_byte_is_refused),
        cmocka_unit_test(a_byte_after_the_end_is_refused),
        cmocka_unit_test(every_vector_with_any_one_byte_changed_is_refused_or_within_bounds),
        cmocka_unit_test(vectors_with_several_bytes_changed_are_refused_or_within_bounds),
        cmocka_unit_test(noise_is_refused_or_within_bounds),
        cmocka_unit_test(appended_elements_are_stepped_over_and_change_nothing),
        cmocka_unit_test(elements_without_end_are_refused),
        cmocka_unit_test(a_message_with_an_element_missing_is_refused),
        cmocka_unit_test(a_message_that_counts_fewer_elements_than_it_has_is_refused),
        cmocka_unit_test(the_arenas_limit_is_respected_whatever_it_is),
        cmocka_unit_test(a_message_of_more_than_the_bound_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
