/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/group/past.h"
#include "controllerd/core/group/routing.h"
#include "controllerd/core/history/history_join.h"
#include "controllerd/core/history/report_join.h"
#include "controllerd/core/history/rollup.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/membership.h"
#include "shared/base/clock.h"
#include "shared/base/text.h"

/* The history of a host that was served by several members, and reports about it. Those that have
 * recorded a part of the span are asked at once, and their rows are joined. The answer to a
 * question about history has a part for each token; a report is joined once all of its parts are
 * there. */

enum { ARENA_BYTES = 64 * 1024 * 1024, TEXT_BYTES = 1024 * 1024 };

struct past;

struct past_part {
    struct peer_question question; /* first member */
    struct past *past;
    bool own; /* this member's */
    char member[ROUTING_LABEL];
    char why[ROUTING_TEXT]; /* it has not answered: what comes after its name */
    bool answered;
    struct wire_reply reply; /* in the arena */
};

struct past {
    struct stay_find find;  /* first member */
    struct admin_join join; /* of this member's own part */
    struct admin *admin;
    struct admin_caller caller;
    struct admin_kept_key kept;
    struct daqs_arena arena;     /* the request, and the parts' answers */
    struct wire_request request; /* with its end and its step, so that all parts have the same */
    bool all;                    /* the database did not say who has recorded it */
    bool refused;                /* this member's own part is an error */
    struct past_span span[STAY_FIND_MOST];
    size_t spans;
    size_t awaited;
    size_t parts;
    struct past_part *part; /* MEMBERS_MAX */
    struct past_part *own;  /* the one that this member is asked for */
};

static void past_free(struct past *p)
{
    daqs_arena_done(&p->arena);
    free(p->part);
    free(p);
}

/* --- joining --- */

/* Writes what members have that have not answered. */
static uint32_t say_missing(const struct past *p, struct wire_missing *ret, char *text, size_t size)
{
    uint32_t missing = 0;
    for (size_t i = 0; i < p->parts && missing < WIRE_MISSING_MAX; i++) {
        const char *member = p->part[i].member;
        size_t said = 0;
        if (p->part[i].answered)
            continue;
        for (size_t s = 0; s < p->spans; s++)
            if (strcmp(p->span[s].member, member) == 0) {
                past_say_missing(&p->span[s], p->part[i].why, text, size);
                said++;
            }
        if (said == 0)
            daqs_text_add(text, size, "; ", "%s, which may have a part, %s", member,
                          p->part[i].why);
        ret[missing++] = (struct wire_missing){.member = member, .hosts = 1};
    }
    if (p->all)
        daqs_text_add(text, size, "; ",
                      "the shared database does not answer: what lost members have recorded is "
                      "missing");
    return missing;
}

static int join_history(const struct past *p, struct daqs_table *ret, char token[static 32])
{
    struct history_part part[MEMBERS_MAX];
    size_t parts = 0;
    bool more = false;
    int64_t next_s = 0;
    for (size_t i = 0; i < p->parts; i++) {
        const struct wire_reply *reply = &p->part[i].reply;
        if (p->part[i].answered)
            part[parts++] = (struct history_part){&reply->table, *reply->token != '\0',
                                                  strtoll(reply->token, NULL, 10)};
    }
    const int result = history_join(part, parts, TEXT_BYTES, ret, &more, &next_s);
    if (more)
        (void)snprintf(token, 32, "%" PRId64, next_s);
    return result;
}

static int join_reports(const struct past *p, struct daqs_table *ret)
{
    const struct daqs_table *part[MEMBERS_MAX];
    size_t parts = 0;
    for (size_t i = 0; i < p->parts; i++)
        if (p->part[i].answered)
            part[parts++] = &p->part[i].reply.table;
    return report_join(part, parts, TEXT_BYTES, ret);
}

static bool is_report(const struct past *p)
{
    return p->request.verb == WIRE_SLA_REPORT;
}

static void reply_joined(struct past *p)
{
    struct wire_missing missing[WIRE_MISSING_MAX];
    char text[WIRE_TEXT_BYTES] = "";
    char token[32] = "";
    struct daqs_table table;
    const int result = is_report(p) ? join_reports(p, &table) : join_history(p, &table, token);
    if (result != DAQS_OK) {
        admin_reply_text(p->admin, &p->caller, result, "out of memory");
        daqs_table_done(&table);
        return;
    }
    const struct wire_reply reply = {.id = p->caller.id,
                                     .missing = say_missing(p, missing, text, sizeof text),
                                     .missing_member = missing,
                                     .text = text,
                                     .token = token,
                                     .has_table = true,
                                     .table = table};
    admin_reply(p->admin, &p->caller, &reply);
    daqs_table_done(&table);
}

/* Nobody has a row: this member knows whether there is such a VM. */
static bool is_empty(const struct past *p)
{
    for (size_t i = 0; i < p->parts; i++)
        if (!p->part[i].answered || daqs_table_rows(&p->part[i].reply.table) > 0 ||
            *p->part[i].reply.token)
            return false;
    return *p->request.token == '\0';
}

static void join(struct past *p)
{
    if (p->refused || is_empty(p))
        admin_answer_here(p->admin, &p->caller, &p->request);
    else
        reply_joined(p);
    past_free(p);
}

/* --- answers --- */

static void read_part(struct past_part *part, const void *bytes, size_t length)
{
    struct wire_reply *reply = &part->reply;
    if (wire_decode_reply(bytes, length, &part->past->arena, reply, NULL) != DAQS_OK)
        return;
    part->answered = reply->code == DAQS_OK && reply->has_table;
    if (reply->code != DAQS_OK)
        (void)snprintf(part->why, sizeof part->why, "says \"%.120s\"", reply->text);
}

static void finish(struct past *p)
{
    if (--p->awaited == 0)
        join(p);
}

static void ask(struct past_part *part, const char *token);

/* Asks for the rest of a report. */
static void go_on(const struct past_part *part)
{
    struct past *p = part->past;
    if (!part->answered || !*part->reply.token || !is_report(p) || p->parts == MEMBERS_MAX)
        return;
    struct past_part *next = &p->part[p->parts++];
    *next = (struct past_part){.past = p, .own = part->own};
    (void)snprintf(next->member, sizeof next->member, "%s", part->member);
    ask(next, part->reply.token);
}

static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length)
{
    struct past_part *part = (struct past_part *)question;
    if (result == DAQS_OK)
        read_part(part, bytes, length);
    go_on(part);
    finish(part->past);
}

static void take_own(struct admin *a, const struct admin_caller *caller, void *bytes, size_t length)
{
    struct past *p = (struct past *)((char *)caller->join - offsetof(struct past, join));
    (void)a;
    read_part(p->own, bytes, length);
    p->refused |= !p->own->answered;
    free(bytes);
    go_on(p->own);
    finish(p);
}

/* --- asking --- */

static void ask(struct past_part *part, const char *token)
{
    struct past *p = part->past;
    const struct members *m = membership_members(p->admin->given.membership);
    const size_t number = members_find(m, part->member);
    struct wire_request request = p->request;
    request.token = token;
    part->question.done = on_answer;
    (void)snprintf(part->why, sizeof part->why, "%s",
                   number < members_count(m) ? routing_silent(members_at(m, number))
                                             : "is no longer a member");
    if (part->own) {
        struct admin_caller own = p->caller;
        own.join = &p->join;
        own.part = true;
        p->own = part;
        p->awaited++;
        admin_answer_here(p->admin, &own, &request);
    } else if (number < members_count(m)) {
        const int result = admin_ask_request(p->admin, &p->caller, number, true, &request,
                                             ADMIN_PEER_MS, &part->question);
        const char *why = admin_why_not_asked(result);
        p->awaited += result == DAQS_OK;
        if (result != DAQS_OK && why)
            (void)snprintf(part->why, sizeof part->why, "%s", why);
    }
}

static void add(struct past *p, const char *member)
{
    for (size_t i = 0; i < p->parts; i++)
        if (strcmp(p->part[i].member, member) == 0)
            return;
    if (p->parts == MEMBERS_MAX)
        return;
    struct past_part *part = &p->part[p->parts++];
    part->past = p;
    part->own = strcmp(member, p->admin->given.config->group.name) == 0;
    (void)snprintf(part->member, sizeof part->member, "%s", member);
}

static void on_found(struct stay_find *find, int result)
{
    struct past *p = (struct past *)find;
    const struct members *m = membership_members(p->admin->given.membership);
    const size_t stays = result == DAQS_OK ? find->stays : 0;
    const struct wire_period *period = &p->request.period; /* history begins with the same */
    p->all = result != DAQS_OK;
    p->spans = past_spans(find->stay, stays, period->since_ms, period->until_ms, p->span);
    for (size_t i = 0; i < p->spans; i++)
        add(p, p->span[i].member);
    for (size_t i = 0; i < members_count(m); i++)
        if (members_at(m, i)->life != MEMBER_LOST &&
            past_begins_unknown(find->stay, stays, period->since_ms))
            add(p, members_at(m, i)->row.name);
    const size_t parts = p->parts;
    p->awaited = 1;
    for (size_t i = 0; i < parts; i++)
        ask(&p->part[i], p->request.token);
    finish(p);
}

/* --- the request --- */

static bool keep(struct past *p, const struct admin_caller *caller, const void *bytes,
                 size_t length)
{
    struct wire_period *period = &p->request.period; /* history begins with the same */
    p->part = calloc(MEMBERS_MAX, sizeof *p->part);
    if (!p->part || wire_decode_request(bytes, length, &p->arena, &p->request, NULL) != DAQS_OK)
        return false;
    admin_keep_caller(&p->caller, &p->kept, caller);
    if (!period->until_ms)
        period->until_ms = daqs_wall_ms(daqs_clock_system());
    if (!is_report(p) && !p->request.history.step_ms)
        p->request.history.step_ms =
            1000 * rollup_step_for((period->until_ms - period->since_ms) / 1000);
    return true;
}

void admin_past(struct admin *a, const struct admin_caller *caller,
                const struct wire_request *request, const void *bytes, size_t length)
{
    struct past *p = calloc(1, sizeof *p);
    if (p)
        daqs_arena_init(&p->arena, ARENA_BYTES);
    if (!p || !keep(p, caller, bytes, length)) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        if (p)
            past_free(p);
        return;
    }
    p->admin = a;
    p->join.take = take_own;
    p->find.done = on_found;
    if (membership_find_stays(a->given.membership, request->period.host, &p->find) != DAQS_OK)
        on_found(&p->find, DAQS_EBUSY);
}
