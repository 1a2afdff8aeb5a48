/* SPDX-License-Identifier: Apache-2.0 */
/* The test plays the other members, c2 and c3. Host a is served here, hosts b... by c2, and hosts
 * c... by c3. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/apply_checks.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/group/peer_link.h"
#include "controllerd/io/records/records_pg.h"
#include "shared/wire/admin.h"

enum { MANY = 2000, ARENA_BYTES = 64 * 1024 * 1024 };

static struct {
    struct members *members;
    int64_t revision; /* of all hosts */
    int refuses;      /* what asking returns */
    /* The question that is under way. */
    struct peer_question *question;
    char member[8];
    struct daqs_arena arena;
    struct wire_request request;
    /* The end. */
    bool done;
    int result;
    struct daqs_error error;
} scene;

/* --- what the checks use --- */

const struct members *membership_members(const struct membership *m)
{
    (void)m;
    return scene.members;
}

size_t membership_answers(const struct membership *m, const char *host)
{
    (void)m;
    return host[0] == 'b' ? 1 : host[0] == 'c' ? 2 : host[0] == '?' ? 3 : 0;
}

int membership_check_here(const struct membership *m, const char *host, struct daqs_error *err)
{
    (void)m;
    return daqs_fail(err, DAQS_EREFUSED, "%s: not known yet", host);
}

int64_t records_pg_revision(const struct records *records, const char *host)
{
    (void)records;
    (void)host;
    return scene.revision;
}

int peer_link_ask(struct peer_link *link, size_t member, const struct wire_forward *forward,
                  int64_t timeout_ms, int64_t now_ms, struct peer_question *question)
{
    (void)link;
    (void)timeout_ms;
    (void)now_ms;
    if (scene.refuses)
        return scene.refuses;
    assert_null(scene.question);
    assert_int_equal(forward->role, WIRE_ASKER_OPERATOR);
    assert_int_equal(forward->hops, 1);
    daqs_arena_reset(&scene.arena);
    assert_int_equal(
        wire_decode_request(forward->bytes, forward->length, &scene.arena, &scene.request, NULL),
        DAQS_OK);
    (void)snprintf(scene.member, sizeof scene.member, "%s",
                   members_at(scene.members, member)->row.name);
    scene.question = question;
    return DAQS_OK;
}

/* --- the test's side --- */

static void on_done(void *arg, int result, const struct daqs_error *err)
{
    (void)arg;
    assert_false(scene.done);
    scene.done = true;
    scene.result = result;
    scene.error = *err;
}

static int make_scene(void **state)
{
    const struct member_row row[] = {{.name = "c2", .bus = "", .peer = "", .version = ""},
                                     {.name = "c3", .bus = "", .peer = "", .version = ""}};
    (void)state;
    memset(&scene, 0, sizeof scene);
    scene.revision = 7;
    daqs_arena_init(&scene.arena, ARENA_BYTES);
    scene.members = members_new(
        &(struct members_setup){.own = {.name = "c1", .bus = "", .peer = "", .version = ""}}, 0);
    return scene.members && members_read(scene.members, row, 2, 0) == DAQS_OK ? 0 : -1;
}

static int end_scene(void **state)
{
    (void)state;
    members_free(scene.members);
    daqs_arena_done(&scene.arena);
    return 0;
}

/* Ends the question with a reply. */
static void answer(int code, const char *text, const char *token)
{
    struct peer_question *question = scene.question;
    const struct wire_reply reply = {.id = 1, .code = code, .text = text, .token = token};
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_non_null(question);
    scene.question = NULL;
    assert_int_equal(wire_encode_reply(&reply, &bytes, &length), DAQS_OK);
    question->done(question, DAQS_OK, bytes, length);
    free(bytes);
}

static void add_change(struct changeset *changes, const struct sla_diff_row *row)
{
    struct ledger_change *change = changeset_add(changes, LEDGER_APPLY, row->host, row->vm, NULL);
    assert_non_null(change);
    change->has_new = true;
}

/* Begins to check rows that are all new. */
static struct apply_checks *begin(const struct sla_diff_row *row, size_t rows, bool *ret_any,
                                  int *ret_result, struct daqs_error *err)
{
    struct changeset changes;
    struct apply_checks *checks = apply_checks_new(
        &(struct apply_checks_setup){.row = row, .rows = rows, .prune = true, .done = on_done});
    assert_non_null(checks);
    changeset_init(&changes);
    for (size_t i = 0; i < rows; i++)
        add_change(&changes, &row[i]);
    *ret_result = apply_checks_begin(checks, &changes, ret_any, err);
    changeset_done(&changes);
    return checks;
}

static const struct sla sla = {.min = 5, .max = DAQS_UNLIMITED, .weight = 1};

static void each_member_checks_the_rows_of_its_hosts(void **state)
{
    const struct sla_diff_row row[] = {
        {"a", "vm", sla, 1}, {"b1", "vm", sla, 2}, {"b2", "vm", sla, 3}, {"c1", "vm", sla, 4}};
    bool any = false;
    int result = DAQS_OK;
    (void)state;
    struct apply_checks *checks = begin(row, 4, &any, &result, NULL);
    assert_int_equal(result, DAQS_OK);
    assert_true(any);
    assert_string_equal(scene.member, "c2");
    assert_int_equal(scene.request.verb, WIRE_APPLY);
    assert_true(scene.request.apply.end);
    assert_true(scene.request.apply.dry_run);
    assert_true(scene.request.apply.prune);
    assert_false(scene.request.apply.force);
    assert_int_equal(scene.request.apply.rows, 2);
    assert_string_equal(scene.request.apply.row[1].host, "b2");
    assert_int_equal(scene.request.apply.row[1].line, 3);
    assert_int_equal(scene.request.apply.row[1].revision, 8);
    answer(DAQS_OK, "", "5 2000"); /* the rest of its answer is of no use */
    assert_string_equal(scene.member, "c3");
    assert_string_equal(scene.request.token, "");
    assert_int_equal(scene.request.apply.rows, 1);
    assert_false(scene.done);
    answer(DAQS_OK, "", "");
    assert_true(scene.done);
    assert_int_equal(scene.result, DAQS_OK);
    assert_true(apply_checks_cover(checks, "b1"));
    assert_false(apply_checks_cover(checks, "a"));
    scene.revision++;
    assert_false(apply_checks_cover(checks, "b1"));
    apply_checks_free(checks);
}

static void many_rows_go_in_several_messages(void **state)
{
    static struct sla_diff_row row[MANY];
    static char vm[MANY][8];
    bool any = false;
    int result = DAQS_OK;
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(vm[i], sizeof vm[i], "v%04zu", i);
        row[i] = (struct sla_diff_row){i < MANY / 2 ? "b1" : "b2", vm[i], sla, (uint32_t)i + 1};
    }
    struct apply_checks *checks = begin(row, MANY, &any, &result, NULL);
    size_t sent = scene.request.apply.rows;
    assert_false(scene.request.apply.end);
    answer(DAQS_OK, "", "9");
    assert_string_equal(scene.request.token, "9");
    assert_true(scene.request.apply.end);
    assert_int_equal(scene.request.apply.row[0].line, sent + 1);
    assert_int_equal(sent + scene.request.apply.rows, MANY);
    answer(DAQS_OK, "", "");
    assert_int_equal(scene.result, DAQS_OK);
    apply_checks_free(checks);
}

static void a_refusal_ends_the_checks_with_its_text(void **state)
{
    const struct sla_diff_row row[] = {{"b1", "vm", sla, 2}, {"c1", "vm", sla, 4}};
    bool any = false;
    int result = DAQS_OK;
    (void)state;
    struct apply_checks *checks = begin(row, 2, &any, &result, NULL);
    answer(DAQS_EREFUSED, "line 2: no room", "");
    assert_null(scene.question);
    assert_int_equal(scene.result, DAQS_EREFUSED);
    assert_string_equal(scene.error.text, "line 2: no room");
    scene.done = false;
    apply_checks_free(checks);
    checks = begin(row, 2, &any, &result, NULL);
    answer(DAQS_ESTALE, "b1 was changed", "");
    assert_int_equal(scene.result, DAQS_ESTALE); /* to be asked again */
    apply_checks_free(checks);
}

static void a_silent_member_is_named_with_its_host(void **state)
{
    const struct sla_diff_row row[] = {{"b1", "vm", sla, 2}};
    bool any = false;
    int result = DAQS_OK;
    struct daqs_error err = {0};
    (void)state;
    struct apply_checks *checks = begin(row, 1, &any, &result, &err);
    struct peer_question *question = scene.question;
    scene.question = NULL;
    question->done(question, DAQS_ETIMEOUT, NULL, 0);
    assert_int_equal(scene.result, DAQS_ETIMEOUT);
    assert_non_null(strstr(scene.error.text, "b1 is served by member c2"));
    apply_checks_free(checks);
    scene.refuses = DAQS_EREFUSED;
    checks = begin(row, 1, &any, &result, &err);
    assert_int_equal(result, DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "has no address for members"));
    apply_checks_free(checks);
    scene.refuses = DAQS_EBUSY;
    checks = begin(row, 1, &any, &result, &err);
    assert_int_equal(result, DAQS_EBUSY);
    assert_non_null(strstr(err.text, "has not answered many requests yet"));
    apply_checks_free(checks);
}

static void what_is_served_here_needs_no_question(void **state)
{
    const struct sla_diff_row row[] = {{"a", "vm", sla, 1}};
    const struct sla_diff_row unknown[] = {{"?", "vm", sla, 1}};
    bool any = true;
    int result = DAQS_OK;
    (void)state;
    struct apply_checks *checks = begin(row, 1, &any, &result, NULL);
    assert_int_equal(result, DAQS_OK);
    assert_false(any);
    apply_checks_free(checks);
    checks = begin(unknown, 1, &any, &result, NULL);
    assert_int_equal(result, DAQS_EREFUSED);
    apply_checks_free(checks);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(each_member_checks_the_rows_of_its_hosts),
        IN_SCENE(many_rows_go_in_several_messages),
        IN_SCENE(a_refusal_ends_the_checks_with_its_text),
        IN_SCENE(a_silent_member_is_named_with_its_host),
        IN_SCENE(what_is_served_here_needs_no_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
