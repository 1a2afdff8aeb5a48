/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/group/routing.h"
#include "controllerd/core/group/status_sum.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/membership.h"
#include "shared/base/text.h"

/* Questions to all members at once. Each has a second; what has come by then is joined. */

enum { OWN = 0, ARENA_BYTES = 4 * 1024 * 1024 };

struct all;

/* A member's part. */
struct all_part {
    struct peer_question question; /* first member */
    struct all *all;
    char member[ROUTING_LABEL];
    char missing[ROUTING_TEXT]; /* what is said if it does not answer */
    uint64_t hosts;
    bool answered;
    struct wire_reply reply; /* in the arena */
};

struct all {
    struct admin_join join; /* first member */
    struct admin *admin;
    struct admin_caller caller;
    struct daqs_arena arena;
    size_t awaited;
    size_t parts;
    struct all_part part[]; /* [0] is this member's */
};

static void all_free(struct all *all)
{
    daqs_arena_done(&all->arena);
    free(all);
}

/* --- joining --- */

static void reply_joined(struct all *all)
{
    struct status_part part[MEMBERS_MAX + 1];
    struct wire_missing missing[WIRE_MISSING_MAX];
    char text[WIRE_TEXT_BYTES] = "";
    uint32_t missed = 0;
    for (size_t i = 0; i < all->parts; i++) {
        const struct all_part *p = &all->part[i];
        part[i] = (struct status_part){
            .member = p->member, .table = p->answered ? &p->reply.table : NULL, .hosts = p->hosts};
        if (p->answered || missed == WIRE_MISSING_MAX)
            continue;
        missing[missed++] = (struct wire_missing){.member = p->member, .hosts = p->hosts};
        daqs_text_add(text, sizeof text, "; ", "%s", p->missing);
    }
    struct wire_reply reply = {.id = all->caller.id,
                               .text = text,
                               .token = "",
                               .has_table = true,
                               .missing = missed,
                               .missing_member = missing};
    status_sum(part, all->parts, &reply.table);
    if (reply.table.failed)
        admin_reply_text(all->admin, &all->caller, DAQS_ENOMEM, "the answer is too large");
    else
        admin_reply(all->admin, &all->caller, &reply);
    daqs_table_done(&reply.table);
}

static void finish(struct all *all)
{
    if (--all->awaited > 0)
        return;
    if (all->part[OWN].answered)
        reply_joined(all);
    else
        admin_reply_text(all->admin, &all->caller, DAQS_ENOMEM, "out of memory");
    all_free(all);
}

/* --- answers --- */

static void read_part(struct all_part *part, const void *bytes, size_t length)
{
    struct wire_reply *reply = &part->reply;
    const struct members *m = membership_members(part->all->admin->given.membership);
    const size_t number = members_find(m, part->member);
    char why[ROUTING_TEXT];
    if (wire_decode_reply(bytes, length, &part->all->arena, reply, NULL) != DAQS_OK)
        return;
    part->answered = reply->code == DAQS_OK && reply->has_table;
    if (part->answered || number == members_count(m))
        return;
    (void)snprintf(why, sizeof why, "says \"%.120s\"", reply->text);
    (void)routing_missing(members_at(m, number), why, part->hosts, part->missing);
}

static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length)
{
    struct all_part *part = (struct all_part *)question;
    if (result == DAQS_OK)
        read_part(part, bytes, length);
    finish(part->all);
}

static void take_own(struct admin *a, const struct admin_caller *caller, void *bytes, size_t length)
{
    struct all *all = (struct all *)caller->join;
    (void)a;
    read_part(&all->part[OWN], bytes, length);
    free(bytes);
    finish(all);
}

/* --- asking --- */

static void ask(struct all *all, size_t number, const struct wire_request *request)
{
    struct all_part *part = &all->part[all->parts++];
    const struct membership *m = all->admin->given.membership;
    const struct member *member = members_at(membership_members(m), number);
    part->all = all;
    part->question.done = on_answer;
    part->hosts = membership_hosts_of(m, number);
    (void)snprintf(part->member, sizeof part->member, "%s", member->row.name);
    const int result = number == OWN ? DAQS_OK
                                     : admin_ask_request(all->admin, &all->caller, number, true,
                                                         request, ADMIN_ALL_MS, &part->question);
    const char *why = result == DAQS_OK ? NULL : admin_why_not_asked(result);
    (void)routing_missing(member, why, part->hosts, part->missing);
    all->awaited += number != OWN && result == DAQS_OK;
}

void admin_all(struct admin *a, const struct admin_caller *caller,
               const struct wire_request *request)
{
    const struct members *m = membership_members(a->given.membership);
    struct all *all = calloc(1, sizeof *all + members_count(m) * sizeof all->part[0]);
    if (!all) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    daqs_arena_init(&all->arena, ARENA_BYTES);
    all->join.take = take_own;
    all->admin = a;
    all->caller = *caller;
    all->awaited = 1;
    for (size_t i = 0; i < members_count(m); i++)
        if (members_at(m, i)->life != MEMBER_LOST)
            ask(all, i, request);
    all->caller.by = NULL; /* valid during the request only */
    struct admin_caller own = all->caller;
    own.join = &all->join;
    admin_answer_here(a, &own, request);
}
