/* SPDX-License-Identifier: Apache-2.0 */
/* A file of SLAs that arrives in parts: their order, their limits, and what becomes of it. */
#include "tests/lib/admin_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/fleet/commit.h"

enum { FILES_MOST = 4, SILENCE_MS = 30000, FILE_MS = 60000, PART_ROWS = 2000 };

static struct wire_sla sla(const char *host, const char *vm, daqs_bps min, uint32_t line)
{
    return (struct wire_sla){
        .host = host, .vm = vm, .min = min, .max = DAQS_UNLIMITED, .weight = 1, .line = line};
}

/* The last part of a file with 'rows' SLAs. */
static struct wire_request file(const struct wire_sla *row, uint32_t rows)
{
    struct wire_request request = admin_scene_request(WIRE_APPLY, "", "");
    request.apply.end = true;
    request.apply.row = row;
    request.apply.rows = rows;
    return request;
}

/* Sends a part, the first one without a token, and keeps the next token. */
static void send_part(struct admin_scene *s, const struct wire_sla *row, char token[static 64])
{
    struct wire_request request = file(row, 1);
    request.apply.end = false;
    request.token = token;
    admin_scene_ask(s, &request, DAQS_OK, "");
    (void)snprintf(token, 64, "%s", s->reply.token);
    assert_string_not_equal(token, "");
}

/* Each client has a connection of its own. */
static void be_client(struct admin_scene *s, uint8_t number)
{
    s->caller.route.id[0] = number;
}

static void a_file_in_one_part_is_applied(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row[] = {sla("node1", "gold", MBIT, 1), sla("node1", "plain", 0, 2)};
    const struct wire_request request = file(row, 2);
    admin_scene_ask(s, &request, DAQS_OK, "2 new, 0 changed, 0 removed, 0 as before");
    assert_string_equal(s->reply.token, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 2);
    assert_string_equal(admin_scene_text(s, 0, "change"), "+");
    assert_string_equal(admin_scene_text(s, 0, "vm"), "gold");
    assert_int_equal(admin_scene_number(s, 0, "min_bps"), MBIT);
    assert_int_equal(ledger_sla(s->ledger, "node1", "gold").min, MBIT);
    assert_int_equal(number(s->box, "SELECT count(*) FROM sla"), 2);
    admin_scene_ask(s, &request, DAQS_OK, "0 new, 0 changed, 0 removed, 2 as before");
}

static void a_file_in_parts_is_applied_as_a_whole(void **state)
{
    struct admin_scene *s = *state;
    char token[64] = "";
    const struct wire_sla row[] = {sla("node1", "a", MBIT, 1), sla("node1", "b", MBIT, 2),
                                   sla("node1", "c", MBIT, 3)};
    send_part(s, &row[0], token);
    send_part(s, &row[1], token);
    assert_int_equal(ledger_count(s->ledger), 0);
    struct wire_request last = file(&row[2], 1);
    last.token = token;
    admin_scene_ask(s, &last, DAQS_OK, "3 new");
    assert_int_equal(ledger_count(s->ledger), 3);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    struct wire_request request = file(&row, 1);
    request.apply.dry_run = true;
    admin_scene_ask(s, &request, DAQS_OK, "would be 1 new");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    assert_int_equal(ledger_count(s->ledger), 0);
}

static void slas_that_a_file_does_not_name_go_only_with_prune(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row[] = {sla("node1", "a", MBIT, 1), sla("node1", "b", MBIT, 2)};
    struct wire_request request = file(row, 2);
    admin_scene_ask(s, &request, DAQS_OK, "2 new");
    request = file(row, 1);
    admin_scene_ask(s, &request, DAQS_OK, "1 that the file does not name stay");
    request.apply.prune = true;
    admin_scene_ask(s, &request, DAQS_OK, "1 removed");
    assert_string_equal(admin_scene_text(s, 0, "change"), "-");
    assert_int_equal(ledger_count(s->ledger), 1);
}

static void an_empty_file_is_refused(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    struct wire_request request = file(&row, 1);
    admin_scene_ask(s, &request, DAQS_OK, "");
    request = file(NULL, 0);
    admin_scene_ask(s, &request, DAQS_EREFUSED, "the file contains no SLA");
    request.apply.prune = true;
    admin_scene_ask(s, &request, DAQS_EREFUSED, "--prune would remove all");
    assert_int_equal(ledger_count(s->ledger), 1);
    request.apply.force = true;
    admin_scene_ask(s, &request, DAQS_OK, "1 removed");
    assert_int_equal(ledger_count(s->ledger), 0);
}

static void a_bad_name_is_reported_with_its_line(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row[] = {sla("node1", "a", MBIT, 7), sla("no\tde", "b", MBIT, 8)};
    struct wire_request request = file(row, 2);
    admin_scene_ask(s, &request, DAQS_EINVALID, "line 8");
    assert_int_equal(ledger_count(s->ledger), 0);
}

static void more_than_an_uplink_has_is_refused_as_a_whole(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    const struct wire_sla row[] = {sla("node1", "gold", GBIT, 1), sla("node1", "plain", GBIT, 2),
                                   sla("node2", "other", MBIT, 3)};
    const struct wire_request request = file(row, 3);
    admin_scene_ask(s, &request, DAQS_EREFUSED, "");
    assert_int_equal(ledger_count(s->ledger), 0);
}

/* --- tokens --- */

static void a_token_of_another_file_is_stale(void **state)
{
    struct admin_scene *s = *state;
    char token[64] = "";
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    struct wire_request request = file(NULL, 0);
    request.token = "1";
    admin_scene_ask(s, &request, DAQS_ESTALE, "the upload has expired");
    send_part(s, &row, token);
    request.token = "999";
    admin_scene_ask(s, &request, DAQS_ESTALE, "the upload has expired");
    be_client(s, 2); /* another client's */
    request.token = token;
    admin_scene_ask(s, &request, DAQS_ESTALE, "the upload has expired");
    be_client(s, 1);
    admin_scene_ask(s, &request, DAQS_OK, "");
}

static void a_token_that_is_not_ours_is_refused(void **state)
{
    struct admin_scene *s = *state;
    static const char *const token[] = {"x", "1 2 3", "1 x", "111111111111111111111111111111111"};
    for (size_t i = 0; i < sizeof token / sizeof token[0]; i++) {
        struct wire_request request = file(NULL, 0);
        request.token = token[i];
        admin_scene_ask(s, &request, DAQS_EINVALID, "token");
    }
}

static void a_new_file_of_the_same_client_replaces_the_old_one(void **state)
{
    struct admin_scene *s = *state;
    char first[64] = "";
    char second[64] = "";
    const struct wire_sla row[] = {sla("node1", "a", MBIT, 1), sla("node1", "b", MBIT, 1)};
    send_part(s, &row[0], first);
    send_part(s, &row[1], second);
    assert_string_not_equal(first, second);
    struct wire_request last = file(NULL, 0);
    last.token = first;
    admin_scene_ask(s, &last, DAQS_ESTALE, "");
    last.token = second;
    admin_scene_ask(s, &last, DAQS_OK, "1 new");
    assert_int_equal(ledger_sla(s->ledger, "node1", "a").min, 0);
}

static void many_changes_are_fetched_in_parts(void **state)
{
    struct admin_scene *s = *state;
    enum { ROWS = PART_ROWS + 3 };
    struct wire_sla *row = calloc(ROWS, sizeof *row);
    char(*vm)[16] = calloc(ROWS, sizeof *vm);
    assert_true(row && vm);
    for (uint32_t i = 0; i < ROWS; i++) {
        (void)snprintf(vm[i], sizeof vm[i], "vm%u", (unsigned)i);
        row[i] = sla("node1", vm[i], MBIT, i + 1);
    }
    char token[64];
    struct wire_request request = file(row, ROWS);
    request.apply.dry_run = true;
    admin_scene_ask(s, &request, DAQS_OK, "would be 2003 new");
    assert_int_equal(daqs_table_rows(&s->reply.table), PART_ROWS);
    (void)snprintf(token, sizeof token, "%s", s->reply.token);
    request = file(NULL, 0);
    request.token = token;
    admin_scene_ask(s, &request, DAQS_OK, "would be 2003 new");
    assert_int_equal(daqs_table_rows(&s->reply.table), 3);
    assert_string_equal(s->reply.token, "");
    admin_scene_ask(s, &request, DAQS_ESTALE, "the upload has expired"); /* all was fetched */
    free(row);
    free(vm);
}

/* --- limits --- */

static void the_number_of_files_in_progress_is_bounded(void **state)
{
    struct admin_scene *s = *state;
    char token[64];
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    struct wire_request request = file(NULL, 0);
    for (uint8_t i = 0; i < FILES_MOST; i++) {
        be_client(s, i);
        token[0] = '\0';
        send_part(s, &row, token);
    }
    be_client(s, FILES_MOST);
    admin_scene_ask(s, &request, DAQS_EBUSY, "too many files are being applied");
    be_client(s, 0); /* the end of one makes room */
    request.token = "1";
    admin_scene_ask(s, &request, DAQS_OK, "");
    be_client(s, FILES_MOST);
    request = file(&row, 1);
    admin_scene_ask(s, &request, DAQS_OK, "");
}

static void a_file_without_further_parts_is_dropped(void **state)
{
    struct admin_scene *s = *state;
    char token[64] = "";
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    struct wire_request request = file(&row, 1);
    send_part(s, &row, token);
    request.token = token;
    admin_tick(s->admin, s->now_ms + SILENCE_MS);
    s->now_ms += SILENCE_MS;
    request.apply.end = false;
    admin_scene_ask(s, &request, DAQS_OK, ""); /* it was heard in time */
    s->now_ms += SILENCE_MS + 1;
    admin_tick(s->admin, s->now_ms);
    admin_scene_ask(s, &request, DAQS_ESTALE, "the upload has expired");
}

static void a_file_that_never_ends_is_dropped(void **state)
{
    struct admin_scene *s = *state;
    char token[64] = "";
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    int64_t begun_ms = s->now_ms;
    for (; s->now_ms <= begun_ms + FILE_MS; s->now_ms += 20000) {
        send_part(s, &row, token);
        admin_tick(s->admin, s->now_ms);
    }
    admin_tick(s->admin, s->now_ms);
    struct wire_request request = file(&row, 1);
    request.token = token;
    admin_scene_ask(s, &request, DAQS_ESTALE, "the upload has expired");
}

/* Nothing is reaped meanwhile, so that the first file cannot have been stored. */
static void a_file_must_wait_for_the_same_clients_one_before(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    const struct wire_request request = file(&row, 1);
    admin_scene_begin(s, &request);
    assert_int_equal(s->replies, 0);
    admin_tick(s->admin, s->now_ms + 10 * FILE_MS); /* what is being stored is kept */
    admin_scene_begin(s, &request);
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->reply.code, DAQS_EBUSY);
    assert_non_null(strstr(s->reply.text, "still being applied"));
    admin_scene_wait(s, 2);
    assert_int_equal(s->reply.code, DAQS_OK);
}

static void a_file_that_is_not_stored_is_not_applied(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    const struct wire_request request = file(&row, 1);
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    admin_scene_ask(s, &request, DAQS_ESTORE, "not stored, nothing changed");
    assert_int_equal(ledger_count(s->ledger), 0);
    run(s->box, "ALTER TABLE elsewhere RENAME TO audit");
    admin_scene_ask(s, &request, DAQS_OK, "1 new");
}

static void a_full_queue_of_changes_is_busy(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request set = admin_scene_request(WIRE_SET_SLA, "node1", "gold");
    const struct wire_sla row = sla("node1", "gold", MBIT, 1);
    const struct wire_request request = file(&row, 1);
    s->config.limits.requests = COMMITS_WAITING_MAX;
    for (daqs_bps i = 1; i <= COMMITS_WAITING_MAX; i++) {
        set.set_sla.min = i;
        admin_scene_begin(s, &set);
    }
    assert_int_equal(s->replies, 0);
    admin_scene_begin(s, &request);
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->reply.code, DAQS_EBUSY);
    assert_non_null(strstr(s->reply.text, "too many changes are waiting"));
    admin_scene_begin(s, &set);
    assert_int_equal(s->replies, 2);
    assert_int_equal(s->reply.code, DAQS_EBUSY);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, admin_scene_make, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_file_in_one_part_is_applied),
        CASE(a_file_in_parts_is_applied_as_a_whole),
        CASE(a_dry_run_changes_nothing),
        CASE(slas_that_a_file_does_not_name_go_only_with_prune),
        CASE(an_empty_file_is_refused),
        CASE(a_bad_name_is_reported_with_its_line),
        CASE(more_than_an_uplink_has_is_refused_as_a_whole),
        CASE(a_token_of_another_file_is_stale),
        CASE(a_token_that_is_not_ours_is_refused),
        CASE(a_new_file_of_the_same_client_replaces_the_old_one),
        CASE(many_changes_are_fetched_in_parts),
        CASE(the_number_of_files_in_progress_is_bounded),
        CASE(a_file_without_further_parts_is_dropped),
        CASE(a_file_that_never_ends_is_dropped),
        CASE(a_file_must_wait_for_the_same_clients_one_before),
        CASE(a_file_that_is_not_stored_is_not_applied),
        CASE(a_full_queue_of_changes_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
