/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/group/routing.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/membership.h"
#include "shared/base/clock.h"
#include "shared/base/text.h"
#include "shared/wire/reply_head.h"

/* Lists that each member answers in turn. Each reply has a part of one member, and a token that
 * says whose part is next. Members that do not answer are named in the reply with the next part. */

enum { OWN = 0, ARENA_BYTES = 64 * 1024 };

/* One part of a list, until it is answered. */
struct turn {
    struct admin_join join;        /* first member: of the own part */
    struct peer_question question; /* of another one's */
    struct admin *admin;
    struct admin_caller caller;
    struct admin_kept_key kept;
    struct wire_request request;      /* its texts are in the arena, except for the token */
    char token[WIRE_FIELD_BYTES + 1]; /* where the member's part begins */
    char member[ROUTING_LABEL];       /* whose part it is */
    uint64_t hosts;                   /* that it serves */
    char next[ROUTING_LABEL];         /* whose part is next; "": none */
    bool seen;                        /* there were rows in earlier parts */
    struct daqs_arena arena;
    uint32_t missing;
    struct wire_missing missing_member[WIRE_MISSING_MAX]; /* their names are in the arena */
    char text[WIRE_TEXT_BYTES / 2];                       /* about them */
};

static struct turn *turn_of(struct peer_question *question)
{
    return (struct turn *)((char *)question - offsetof(struct turn, question));
}

static void turn_free(struct turn *t)
{
    daqs_arena_done(&t->arena);
    free(t);
}

static const struct members *members_of(const struct turn *t)
{
    return membership_members(t->admin->given.membership);
}

/* --- an answer --- */

/* Sends the part under a token that says where the list goes on. */
static int send_part(struct turn *t, struct wire_reply_head *head, struct daqs_error *err)
{
    char token[WIRE_FIELD_BYTES + 1] = "";
    char text[WIRE_TEXT_BYTES];
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct wire_reply *r = &head->reply;
    struct routing_part next = {.seen = t->seen || head->rows > 0, .token = r->token};
    const bool more = *r->token != '\0';
    (void)snprintf(next.member, sizeof next.member, "%s", more ? t->member : t->next);
    if (r->code == DAQS_OK && (more || *t->next) && !routing_token_write(&next, token))
        return daqs_fail(err, DAQS_ETOOBIG, "the answer has too long a token");
    (void)snprintf(text, sizeof text, "%s%s%s", t->text, *t->text && *r->text ? "; " : "", r->text);
    r->id = t->caller.id;
    r->text = text;
    r->token = r->code == DAQS_OK ? token : "";
    r->missing = t->missing;
    r->missing_member = t->missing_member;
    const int result = wire_write_reply_head(head, &bytes, &length);
    if (result != DAQS_OK)
        return daqs_fail(err, result, "the answer is too large");
    admin_send(t->admin, &t->caller, bytes, length);
    return DAQS_OK;
}

/* A member's error that says nothing of the request. An older one may not know the verb. */
static bool is_its_own(int code)
{
    return code == DAQS_EBUSY || code == DAQS_ESTORE || code == DAQS_ENOMEM ||
           code == DAQS_EVERSION;
}

/* Sends the part, and frees the turn. Returns false, and writes why, if another member cannot
 * answer now. */
static bool take(struct turn *t, const void *bytes, size_t length, char why[static ROUTING_TEXT])
{
    struct wire_reply_head head;
    struct daqs_error err = {0};
    int result = wire_read_reply_head(bytes, length, &t->arena, &head, &err);
    if (result == DAQS_OK && *t->next && is_its_own(head.reply.code)) {
        (void)snprintf(why, ROUTING_TEXT, "says \"%.120s\"", head.reply.text);
        return false;
    }
    if (result == DAQS_OK)
        result = send_part(t, &head, &err);
    if (result != DAQS_OK)
        admin_reply_text(t->admin, &t->caller, result, "member %s: %s", t->member, err.text);
    turn_free(t);
    return true;
}

static void take_own(struct admin *a, const struct admin_caller *caller, void *bytes, size_t length)
{
    char unused[ROUTING_TEXT];
    (void)a;
    (void)take((struct turn *)caller->join, bytes, length, unused);
    free(bytes);
}

/* --- whose turn it is --- */

static void note(struct turn *t, const char *member, uint64_t hosts, const char *text)
{
    const char *name = daqs_arena_text(&t->arena, member, strlen(member));
    if (!name || t->missing == WIRE_MISSING_MAX)
        return;
    t->missing_member[t->missing++] = (struct wire_missing){.member = name, .hosts = hosts};
    daqs_text_add(t->text, sizeof t->text, "; ", "%s", text);
}

static void note_missing(struct turn *t, const struct member *member, const char *why)
{
    char text[ROUTING_TEXT];
    note(t, member->row.name, t->hosts, routing_missing(member, why, t->hosts, text));
}

/* Returns whose turn it is: that member's, or the next one's if it has been lost since it was found
 * to be next. */
static size_t number_of(struct turn *t, const char *name)
{
    const struct members *m = members_of(t);
    const size_t number = members_find(m, name);
    const bool known = number < members_count(m);
    char text[ROUTING_TEXT];
    if (known && members_at(m, number)->life != MEMBER_LOST)
        return number;
    const uint64_t hosts = known ? membership_hosts_of(t->admin->given.membership, number) : 0;
    note(t, name, hosts, routing_lost(name, hosts, text));
    t->token[0] = '\0';
    return routing_next(m, name);
}

/* Sets who comes next. */
static void set_member(struct turn *t, size_t number)
{
    const struct members *m = members_of(t);
    (void)snprintf(t->member, sizeof t->member, "%s", members_at(m, number)->row.name);
    const size_t next = routing_next(m, t->member);
    (void)snprintf(t->next, sizeof t->next, "%s",
                   next < members_count(m) ? members_at(m, next)->row.name : "");
}

static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length);

/* Asks others until one is asked. Returns false once it is this member's turn. */
static bool ask_others(struct turn *t, size_t number)
{
    const struct members *m = members_of(t);
    while (number != OWN) {
        set_member(t, number);
        t->hosts = membership_hosts_of(t->admin->given.membership, number);
        t->request.token = t->token;
        t->question.done = on_answer;
        const int result = admin_ask_request(t->admin, &t->caller, number, true, &t->request,
                                             ADMIN_PEER_MS, &t->question);
        if (result == DAQS_OK)
            return true;
        note_missing(t, members_at(m, number), admin_why_not_asked(result));
        t->token[0] = '\0';
        number = routing_next(m, t->member);
    }
    set_member(t, OWN);
    return false;
}

/* This member's own answer says that there is none if no other has had a row. */
static void go_on(struct turn *t, size_t number)
{
    if (ask_others(t, number))
        return;
    struct admin_caller caller = t->caller;
    caller.now_ms = daqs_mono_ms(daqs_clock_system()); /* others may have taken some seconds */
    caller.join = &t->join;
    caller.part = t->seen;
    t->request.token = t->token;
    admin_answer_here(t->admin, &caller, &t->request);
}

/* The part of a member that gives none is left out; the next one's comes at once. */
static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length)
{
    struct turn *t = turn_of(question);
    const struct members *m = members_of(t);
    char why[ROUTING_TEXT] = "";
    if (result == DAQS_OK && take(t, bytes, length, why))
        return;
    const size_t number = members_find(m, t->member);
    if (number < members_count(m))
        note_missing(t, members_at(m, number), *why ? why : NULL);
    t->token[0] = '\0';
    go_on(t, number_of(t, t->next));
}

/* Keeps a copy of the request, which outlives the message. */
static bool keep(struct turn *t, const void *bytes, size_t length)
{
    return wire_decode_request(bytes, length, &t->arena, &t->request, NULL) == DAQS_OK;
}

bool admin_turns(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request, const void *bytes, size_t length)
{
    const struct members *m = membership_members(a->given.membership);
    struct routing_part part = {.token = ""};
    const bool first = *request->token == '\0';
    if (!first && !routing_token_read(request->token, &part))
        return false; /* of this member alone */
    struct turn *t = calloc(1, sizeof *t);
    if (t)
        daqs_arena_init(&t->arena, ARENA_BYTES);
    if (!t || !keep(t, bytes, length)) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        if (t)
            turn_free(t);
        return true;
    }
    t->join.take = take_own;
    t->admin = a;
    admin_keep_caller(&t->caller, &t->kept, caller);
    t->seen = part.seen;
    (void)snprintf(t->token, sizeof t->token, "%s", part.token);
    go_on(t, first ? routing_next(m, NULL) : number_of(t, part.member));
    return true;
}
