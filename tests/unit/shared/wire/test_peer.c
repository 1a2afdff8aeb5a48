/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between the members of a group: golden, and cut, changed and extended. */
#include "tests/lib/check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/name.h"
#include "shared/wire/admin.h"
#include "shared/wire/peer.h"
#include "shared/wire/reply_head.h"
#include "tests/unit/shared/wire/vectors.h"

enum { ARENA_BYTES = 1 << 16 };

static const struct {
    const char *name;
    enum wire_peer_type type;
} golden[] = {
    {"peer-ping", WIRE_PEER_PING},       {"peer-pong", WIRE_PEER_PONG},
    {"peer-forward", WIRE_PEER_FORWARD}, {"peer-answer", WIRE_PEER_ANSWER},
    {"peer-adopted", WIRE_PEER_ADOPTED},
};
enum { GOLDEN = sizeof golden / sizeof golden[0] };

static struct daqs_arena arena;

static int set_up(void **state)
{
    (void)state;
    daqs_arena_init(&arena, ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    daqs_arena_done(&arena);
    return 0;
}

static int decode(const uint8_t *bytes, size_t length, struct wire_peer *ret)
{
    daqs_arena_reset(&arena);
    return wire_decode_peer(bytes, length, &arena, ret, NULL);
}

/* Decodes a copy of exactly this size; what is accepted is within bounds. */
static int judge(const uint8_t *bytes, size_t length)
{
    struct wire_peer m;
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    const int result = decode(copy, length, &m);
    if (result == DAQS_OK && m.type == WIRE_PEER_FORWARD) {
        assert_int_equal(daqs_name_check("", m.forward.asker, strlen(m.forward.asker), NULL),
                         DAQS_OK);
        assert_true(m.forward.hops >= 1 && m.forward.hops <= WIRE_HOPS_MAX);
        assert_true(m.forward.bytes >= copy && m.forward.length <= length);
        assert_true(m.forward.bytes + m.forward.length <= copy + length);
    } else if (result == DAQS_OK && m.type == WIRE_PEER_ANSWER) {
        assert_true(m.answer.bytes + m.answer.length <= copy + length);
    } else if (result == DAQS_OK && m.type == WIRE_PEER_ADOPTED) {
        assert_int_equal(daqs_name_check("", m.adopted.host, strlen(m.adopted.host), NULL),
                         DAQS_OK);
        assert_int_equal(daqs_name_check("", m.adopted.member, strlen(m.adopted.member), NULL),
                         DAQS_OK);
    }
    free(copy);
    return result;
}

static void golden_messages_are_read_and_written_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN; i++) {
        size_t length = 0;
        size_t written = 0;
        uint8_t *again = NULL;
        struct wire_peer m;
        uint8_t *bytes = vector_read(golden[i].name, &length);
        assert_non_null(bytes);
        assert_int_equal(decode(bytes, length, &m), DAQS_OK);
        assert_int_equal(m.type, golden[i].type);
        assert_int_equal(wire_encode_peer(&m, &again, &written), DAQS_OK);
        assert_int_equal(written, length);
        assert_memory_equal(again, bytes, length);
        free(again);
        free(bytes);
    }
}

static void a_forwarded_request_and_its_reply_come_out_as_they_were(void **state)
{
    size_t length = 0;
    struct wire_peer m;
    struct wire_request request;
    struct wire_reply reply;
    (void)state;
    uint8_t *bytes = vector_read("peer-forward", &length);
    assert_int_equal(decode(bytes, length, &m), DAQS_OK);
    assert_int_equal(m.id, 42);
    assert_string_equal(m.forward.asker, "kim (uid 1000, c1)");
    assert_int_equal(m.forward.role, WIRE_ASKER_OPERATOR);
    assert_int_equal(m.forward.hops, 1);
    assert_false(m.forward.part);
    assert_int_equal(wire_decode_request(m.forward.bytes, m.forward.length, &arena, &request, NULL),
                     DAQS_OK);
    assert_int_equal(request.verb, WIRE_VERSION);
    free(bytes);
    bytes = vector_read("peer-answer", &length);
    assert_int_equal(decode(bytes, length, &m), DAQS_OK);
    assert_int_equal(wire_decode_reply(m.answer.bytes, m.answer.length, &arena, &reply, NULL),
                     DAQS_OK);
    assert_string_equal(reply.text, "0.3.0");
    free(bytes);
}

static void every_message_cut_at_every_byte_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN; i++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(golden[i].name, &length);
        assert_non_null(bytes);
        for (size_t cut = 0; cut < length; cut++)
            assert_int_not_equal(judge(bytes, cut), DAQS_OK);
        free(bytes);
    }
}

static void every_message_with_a_byte_changed_is_refused_or_within_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN; i++) {
        size_t length = 0;
        uint8_t *bytes = vector_read(golden[i].name, &length);
        assert_non_null(bytes);
        for (size_t at = 0; at < length; at++) {
            const uint8_t before = bytes[at];
            for (unsigned value = 0; value <= UINT8_MAX; value++) {
                bytes[at] = (uint8_t)value;
                (void)judge(bytes, length);
            }
            bytes[at] = before;
        }
        free(bytes);
    }
}

static void what_a_newer_member_appends_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN; i++) {
        uint8_t more[512];
        size_t length = 0;
        uint8_t *bytes = vector_read(golden[i].name, &length);
        assert_non_null(bytes);
        memcpy(more, bytes, length);
        more[0]++; /* elements */
        more[length] = 0xc0;
        assert_int_equal(judge(more, length + 1), DAQS_OK);
        free(bytes);
    }
}

static void other_versions_and_types_are_refused_by_name(void **state)
{
    static const uint8_t version[] = {0x93, 2, 1, 0};
    static const uint8_t type[] = {0x93, 1, 99, 0};
    static const uint8_t none[] = {0x93, 1, 0, 0};
    (void)state;
    assert_int_equal(judge(version, sizeof version), DAQS_EVERSION);
    assert_int_equal(judge(type, sizeof type), DAQS_EVERSION);
    assert_int_equal(judge(none, sizeof none), DAQS_EVERSION);
}

static void a_message_above_the_bound_is_refused(void **state)
{
    uint8_t *bytes = calloc(1, WIRE_PEER_MESSAGE_MAX + 1);
    struct wire_peer m = {.type = WIRE_PEER_ANSWER};
    uint8_t *encoded = NULL;
    size_t length = 0;
    (void)state;
    assert_non_null(bytes);
    assert_int_equal(decode(bytes, WIRE_PEER_MESSAGE_MAX + 1, &m), DAQS_ETOOBIG);
    m = (struct wire_peer){.type = WIRE_PEER_ANSWER,
                           .answer = {.bytes = bytes, .length = WIRE_MESSAGE_MAX}};
    assert_int_equal(wire_encode_peer(&m, &encoded, &length), DAQS_OK); /* the largest reply */
    assert_int_equal(decode(encoded, length, &m), DAQS_OK);
    assert_int_equal(m.answer.length, WIRE_MESSAGE_MAX);
    free(encoded);
    m.answer.length = WIRE_PEER_MESSAGE_MAX;
    m.answer.bytes = bytes;
    assert_int_equal(wire_encode_peer(&m, &encoded, &length), DAQS_ETOOBIG);
    free(bytes);
}

static void a_reply_gets_another_head_and_keeps_its_table(void **state)
{
    static const struct wire_missing missing[] = {{.member = "c3", .hosts = 7}};
    static const char *const names[] = {"reply-table", "reply-whole"}; /* of old and new members */
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t length = 0;
        size_t written = 0;
        uint8_t *changed = NULL;
        struct wire_reply_head head;
        struct wire_reply reply;
        uint8_t *bytes = vector_read(names[i], &length);
        assert_non_null(bytes);
        daqs_arena_reset(&arena);
        assert_int_equal(wire_read_reply_head(bytes, length, &arena, &head, NULL), DAQS_OK);
        assert_int_equal(head.rows, 2);
        assert_int_equal(head.reply.id, 2);
        head.reply.id = 99;
        head.reply.text = "c3 does not answer";
        head.reply.token = "c2\t1\t";
        head.reply.missing = 1;
        head.reply.missing_member = missing;
        assert_int_equal(wire_write_reply_head(&head, &changed, &written), DAQS_OK);
        assert_int_equal(wire_decode_reply(changed, written, &arena, &reply, NULL), DAQS_OK);
        assert_int_equal(reply.id, 99);
        assert_string_equal(reply.token, "c2\t1\t");
        assert_int_equal(reply.table.cells, 10);
        assert_string_equal(reply.table.cell[0].text, "web");
        assert_int_equal(reply.missing, 1);
        assert_int_equal(reply.missing_member[0].hosts, 7);
        for (size_t cut = 0; cut < length; cut++)
            assert_int_not_equal(wire_read_reply_head(bytes, cut, &arena, &head, NULL), DAQS_OK);
        free(changed);
        free(bytes);
    }
}

static void every_vector_of_members_is_tested(void **state)
{
    size_t files = 0;
    DIR *folder = opendir(DAQS_SOURCE_DIR "/schema/vectors");
    (void)state;
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        files += strncmp(entry->d_name, "peer-", 5) == 0;
    closedir(folder);
    assert_int_equal(files, GOLDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_messages_are_read_and_written_alike),
        cmocka_unit_test(a_forwarded_request_and_its_reply_come_out_as_they_were),
        cmocka_unit_test(every_message_cut_at_every_byte_is_refused),
        cmocka_unit_test(every_message_with_a_byte_changed_is_refused_or_within_bounds),
        cmocka_unit_test(what_a_newer_member_appends_is_ignored),
        cmocka_unit_test(other_versions_and_types_are_refused_by_name),
        cmocka_unit_test(a_message_above_the_bound_is_refused),
        cmocka_unit_test(a_reply_gets_another_head_and_keeps_its_table),
        cmocka_unit_test(every_vector_of_members_is_tested),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
