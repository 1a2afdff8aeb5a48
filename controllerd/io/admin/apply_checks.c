/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/apply_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/records/revisions.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/group/peer_link.h"
#include "controllerd/io/records/records_pg.h"
#include "shared/base/clock.h"
#include "shared/wire/admin.h"

/* Rows with two names of the greatest length make 0.6 MB: less than a message may have. */
enum { OWN = 0, ROWS_A_MESSAGE = 1024, ARENA_BYTES = 2 * WIRE_MESSAGE_MAX };
/* How long a member may take for a part of the file; with the last part it checks all of it, which
 * takes less than a tenth of a millisecond for each row. */
enum { PART_MS = 3000, ROWS_A_MS = 10 };

/* The rows of a host that another member serves. */
struct place {
    size_t first; /* row */
    size_t rows;
    char member[DAQS_MEMBER_MAX + 1];
};

struct apply_checks {
    struct peer_question question; /* first member */
    struct apply_checks_setup given;
    struct revisions *revisions; /* on which hosts were checked; hosts without records have none */
    struct place *place;         /* by member */
    size_t places;
    size_t asking;  /* place whose rows were sent last */
    size_t asked;   /* place whose rows are sent next */
    size_t sent;    /* rows of it that were sent */
    bool last;      /* the answer is that of the member's check */
    char token[64]; /* of the member's upload */
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

struct apply_checks *apply_checks_new(const struct apply_checks_setup *setup)
{
    struct apply_checks *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->given = *setup;
    c->revisions = revisions_new();
    c->place = calloc(setup->rows + 1, sizeof *c->place);
    if (c->revisions && c->place)
        return c;
    apply_checks_free(c);
    return NULL;
}

void apply_checks_free(struct apply_checks *c)
{
    if (!c)
        return;
    revisions_free(c->revisions);
    free(c->place);
    free(c);
}

/* Known revisions begin at 1, so that 0 is a host that was not checked. */
static int64_t revision_of(const struct apply_checks *c, const char *host)
{
    return records_pg_revision(c->given.records, host) + 1;
}

bool apply_checks_cover(const struct apply_checks *c, const char *host)
{
    return revisions_of(c->revisions, host) == revision_of(c, host);
}

/* --- who is asked about what --- */

static int by_member(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    const int order = strcmp(x->member, y->member);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

/* Adds the rows of a host, unless this member answers for it. */
static int add_place(struct apply_checks *c, const char *host, size_t *row, struct daqs_error *err)
{
    const struct members *members = membership_members(c->given.membership);
    const size_t member = membership_answers(c->given.membership, host);
    struct place *place = &c->place[c->places];
    while (*row < c->given.rows && strcmp(c->given.row[*row].host, host) < 0)
        (*row)++;
    *place = (struct place){.first = *row};
    while (*row < c->given.rows && strcmp(c->given.row[*row].host, host) == 0)
        (*row)++;
    place->rows = *row - place->first;
    if (member == OWN || place->rows == 0)
        return DAQS_OK;
    if (member == members_count(members))
        return membership_check_here(c->given.membership, host, err);
    (void)snprintf(place->member, sizeof place->member, "%s",
                   members_at(members, member)->row.name);
    if (!revisions_set(c->revisions, host, revision_of(c, host)))
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    c->places++;
    return DAQS_OK;
}

static int find_places(struct apply_checks *c, const struct changeset *changes,
                       struct daqs_error *err)
{
    const char *host = "";
    size_t row = 0;
    int result = DAQS_OK;
    revisions_clear(c->revisions);
    c->places = c->asked = c->sent = 0;
    for (size_t i = 0; i < changes->count && result == DAQS_OK; i++) {
        const struct ledger_change *change = &changes->change[i];
        if (!change->has_new || strcmp(change->host, host) == 0)
            continue;
        host = change->host;
        result = add_place(c, host, &row, err);
    }
    qsort(c->place, c->places, sizeof *c->place, by_member);
    return result;
}

/* --- questions --- */

static bool same_member(const struct apply_checks *c, size_t a, size_t b)
{
    return a < c->places && b < c->places && strcmp(c->place[a].member, c->place[b].member) == 0;
}

/* Takes the next rows of the member that is asked. Returns how many. */
static uint32_t take_rows(struct apply_checks *c, struct wire_sla row[static ROWS_A_MESSAGE])
{
    const size_t first = c->asking = c->asked;
    uint32_t rows = 0;
    while (rows < ROWS_A_MESSAGE && (c->asked == first || same_member(c, first, c->asked))) {
        const struct place *place = &c->place[c->asked];
        const struct sla_diff_row *from = &c->given.row[place->first + c->sent++];
        row[rows++] = (struct wire_sla){.host = from->host,
                                        .vm = from->vm,
                                        .min = from->sla.min,
                                        .max = from->sla.max,
                                        .weight = from->sla.weight,
                                        .line = from->line,
                                        .revision = (uint64_t)revision_of(c, from->host)};
        if (c->sent < place->rows)
            continue;
        c->sent = 0;
        c->asked++;
    }
    c->last = !same_member(c, first, c->asked);
    return rows;
}

/* The member that is asked does not answer, or cannot be asked. */
static int fail_silent(const struct apply_checks *c, int result, struct daqs_error *err)
{
    const struct place *place = &c->place[c->asking];
    const char *why = "does not answer";
    if (result == DAQS_EREFUSED)
        why = "has no address for members ([group] peer)";
    else if (result == DAQS_EBUSY)
        why = "has not answered many requests yet";
    else
        result = DAQS_ETIMEOUT;
    return daqs_fail(err, result,
                     "nothing is stored: %.100s is served by member %.64s of the group, which %s, "
                     "so it is not known whether its SLAs fit (--force stores them nevertheless)",
                     c->given.row[place->first].host, place->member, why);
}

static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length);

static int ask_next(struct apply_checks *c, struct daqs_error *err)
{
    const struct members *members = membership_members(c->given.membership);
    struct wire_sla *row = calloc(ROWS_A_MESSAGE, sizeof *row);
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!row)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    const uint32_t rows = take_rows(c, row);
    const struct wire_request request = {
        .verb = WIRE_APPLY,
        .id = 1,
        .user = "",
        .token = c->token,
        .apply = {
            .rows = rows, .row = row, .end = c->last, .dry_run = true, .prune = c->given.prune}};
    int result = wire_encode_request(&request, &bytes, &length);
    free(row);
    if (result != DAQS_OK)
        return daqs_fail(err, result, "out of memory");
    const struct wire_forward forward = {.asker = members_at(members, OWN)->row.name,
                                         .role = WIRE_ASKER_OPERATOR,
                                         .hops = 1,
                                         .part = true,
                                         .bytes = bytes,
                                         .length = length};
    const size_t number = members_find(members, c->place[c->asking].member);
    c->question.done = on_answer;
    c->question.changes = true;
    result = number == members_count(members)
                 ? DAQS_ETIMEOUT
                 : peer_link_ask(c->given.link, number, &forward,
                                 PART_MS + (c->last ? (int64_t)c->given.rows / ROWS_A_MS : 0),
                                 now_ms(), &c->question);
    free(bytes);
    return result == DAQS_OK ? DAQS_OK : fail_silent(c, result, err);
}

/* --- answers --- */

static int take_reply(struct apply_checks *c, const uint8_t *bytes, size_t length,
                      struct daqs_error *err)
{
    struct daqs_arena arena;
    struct wire_reply reply;
    daqs_arena_init(&arena, ARENA_BYTES);
    int result = wire_decode_reply(bytes, length, &arena, &reply, err);
    if (result == DAQS_OK && reply.code != DAQS_OK)
        result = daqs_fail(err, reply.code, "%.200s", reply.text);
    if (result == DAQS_OK)
        (void)snprintf(c->token, sizeof c->token, "%s", c->last ? "" : reply.token);
    daqs_arena_done(&arena);
    return result;
}

static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length)
{
    struct apply_checks *c = (struct apply_checks *)question;
    struct daqs_error err = {0};
    result = result == DAQS_OK ? take_reply(c, bytes, length, &err) : fail_silent(c, result, &err);
    if (result == DAQS_OK && c->asked < c->places) {
        result = ask_next(c, &err);
        if (result == DAQS_OK)
            return;
    }
    c->given.done(c->given.arg, result, &err);
}

int apply_checks_begin(struct apply_checks *c, const struct changeset *changes, bool *ret_any,
                       struct daqs_error *err)
{
    *c->token = '\0';
    int result = find_places(c, changes, err);
    *ret_any = result == DAQS_OK && c->places > 0;
    return *ret_any ? ask_next(c, err) : result;
}
