/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/group/routing.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/membership.h"
#include "shared/base/clock.h"

/* Requests that other members answer. Each is a question with a deadline; nothing waits for it. */

enum { OWN = 0 };

struct passed_on {
    struct peer_question base; /* first member */
    struct admin *admin;
    struct admin_caller caller;
    char member[ROUTING_LABEL];
    bool serves;  /* it is about a host that the member serves */
    bool changes; /* not a dry run */
    int64_t asked_ms;
};

/* --- to one member --- */

static void reply_silent(const struct passed_on *p)
{
    const int64_t seconds = (daqs_mono_ms(daqs_clock_system()) - p->asked_ms) / 1000;
    const char *which = p->serves ? ", which serves this host," : "";
    if (p->changes)
        admin_reply_text(p->admin, &p->caller, DAQS_ETIMEOUT,
                         "member %s%s has not answered within %" PRId64
                         " s: it is not known whether this was done",
                         p->member, which, seconds > 0 ? seconds : 1);
    else
        admin_reply_text(p->admin, &p->caller, DAQS_EBUSY,
                         "member %s%s does not answer; try again in some seconds (daqsctl members)",
                         p->member, which);
}

static void on_answer(struct peer_question *question, int result, const uint8_t *bytes,
                      size_t length)
{
    struct passed_on *p = (struct passed_on *)question;
    void *copy = result == DAQS_OK ? malloc(length ? length : 1) : NULL;
    if (copy) {
        memcpy(copy, bytes, length);
        admin_send(p->admin, &p->caller, copy, length);
    } else {
        reply_silent(p);
    }
    free(p);
}

/* Writes whom a request is for. */
enum { WHOM_BYTES = 256 };
static const char *whom(const char *host, const char *member, char buf[static WHOM_BYTES])
{
    if (*host)
        (void)snprintf(buf, WHOM_BYTES, "%.100s is served by member %s", host, member);
    else
        (void)snprintf(buf, WHOM_BYTES, "this is for member %s", member);
    return buf;
}

static void reply_not_asked(struct admin *a, const struct admin_caller *caller,
                            const struct member_row *row, const char *host, int result)
{
    const char *why = admin_why_not_asked(result);
    char buf[WHOM_BYTES];
    if (result == DAQS_EREFUSED)
        admin_reply_text(a, caller, DAQS_EREFUSED,
                         "%s of the group, which has no address for other members ([group] peer): "
                         "ask that one (--controller)",
                         whom(host, row->name, buf));
    else
        admin_reply_text(a, caller, DAQS_EBUSY,
                         "%s of the group, which %s; nothing was asked or changed. Try again in "
                         "some seconds (daqsctl members)",
                         whom(host, row->name, buf), why ? why : "does not answer");
}

/* What may be decided here while the member that serves the host does not answer. */
static bool may_be_here(enum wire_place place, const struct wire_request *request)
{
    return place == WIRE_PLACE_HOST_OR_HERE ||
           (request->verb == WIRE_SET_SLA && request->set_sla.force);
}

/* A client whose key may have been revoked must not change through this member, which cannot know,
 * what it could not change at any other. */
static bool may_be_revoked(const struct admin *a, const struct admin_caller *caller, bool changes)
{
    return changes && caller->by && caller->hops == 0 &&
           !members_fresh(membership_members(a->given.membership), caller->now_ms);
}

static bool is_dry_run(const struct wire_request *request)
{
    return (request->verb == WIRE_SET_SLA && request->set_sla.dry_run) ||
           (request->verb == WIRE_FORGET && request->forget.dry_run);
}

/* Returns the host that a request for this place is about; "": it is about all, or about none. */
static const char *host_of(enum wire_place place, const struct wire_request *request)
{
    const bool about = place == WIRE_PLACE_HOST || place == WIRE_PLACE_HOST_OR_HERE ||
                       place == WIRE_PLACE_EACH || place == WIRE_PLACE_EACH_PAST;
    return about ? request->list.host : "";
}

static bool pass_on(struct admin *a, const struct admin_caller *caller, enum wire_place place,
                    bool changes, const struct wire_request *request, size_t member,
                    const void *bytes, size_t length)
{
    const struct member_row *row =
        &members_at(membership_members(a->given.membership), member)->row;
    const char *host = host_of(place, request);
    char buf[WHOM_BYTES];
    if (may_be_revoked(a, caller, changes)) {
        admin_reply_text(a, caller, DAQS_EREFUSED,
                         "%s; nothing was asked or changed, because the shared database does not "
                         "answer and your key may have been revoked: ask that member "
                         "(--controller)",
                         whom(host, row->name, buf));
        return true;
    }
    struct passed_on *p = calloc(1, sizeof *p);
    if (!p) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return true;
    }
    p->base.done = on_answer;
    p->base.changes = changes;
    p->admin = a;
    p->caller = *caller;
    p->caller.by = NULL; /* valid during the request only */
    p->serves = *host != '\0';
    p->changes = changes && !is_dry_run(request);
    p->asked_ms = daqs_mono_ms(daqs_clock_system());
    (void)snprintf(p->member, sizeof p->member, "%s", row->name);
    const int result = admin_ask(a, caller, request->user, member, caller->part, bytes, length,
                                 changes ? ADMIN_CHANGE_MS : ADMIN_PEER_MS, &p->base);
    if (result == DAQS_OK)
        return true;
    free(p);
    if (may_be_here(place, request))
        return false;
    reply_not_asked(a, caller, row, host, result);
    return true;
}

/* --- all requests --- */

/* Returns the member that the request names; "": none. */
static const char *named_member(const struct wire_request *request)
{
    return request->verb == WIRE_DRAIN    ? request->drain.member
           : request->verb == WIRE_EVENTS ? request->events.member
                                          : "";
}

/* An older daqsctl follows the events of the member that it asks. */
static bool is_followed(const struct wire_request *request)
{
    return request->verb == WIRE_EVENTS && request->events.follow;
}

/* Each member of a group numbers its own events. Replies and returns true if a web client asks for
 * those after a number and does not name the member. */
static bool is_after_any(struct admin *a, const struct admin_caller *caller,
                         const struct wire_request *request)
{
    struct routing_part part;
    if (request->verb != WIRE_EVENTS || *request->events.member || !a->given.link ||
        caller->listener->kind != LISTENER_WEB || !*request->token ||
        routing_token_read(request->token, &part))
        return false;
    admin_reply_text(a, caller, DAQS_EINVALID,
                     "each member of a group numbers its own events: name the member of 'after' "
                     "(member=NAME)");
    return true;
}

/* Replies and returns true if it is not known yet which member serves the host. */
static bool is_too_early(struct admin *a, const struct admin_caller *caller, enum wire_place place,
                         const struct wire_request *request, const char *host)
{
    const struct membership *m = a->given.membership;
    const bool of_one = place == WIRE_PLACE_HOST || place == WIRE_PLACE_EACH;
    struct daqs_error err = {0};
    if (!m || !of_one || !*host || fleet_find(a->given.fleet, host) ||
        may_be_here(place, request) ||
        membership_answers(m, host) < members_count(membership_members(m)))
        return false;
    (void)membership_check_here(m, host, &err);
    admin_reply_text(a, caller, DAQS_EBUSY, "%s", err.text);
    return true;
}

bool admin_route(struct admin *a, const struct admin_caller *caller, enum wire_place place,
                 bool changes, const struct wire_request *request, const void *bytes, size_t length)
{
    const char *member = named_member(request);
    place = *member ? WIRE_PLACE_MEMBER : place;
    const char *host = host_of(place, request);
    if (is_after_any(a, caller, request) || is_too_early(a, caller, place, request, host))
        return true;
    if (!a->given.link || (!*member && is_followed(request)))
        return false;
    const struct membership *m = a->given.membership;
    struct routing_question question = {.place = place,
                                        .one_host = *host != '\0',
                                        .answers = OWN,
                                        .members = members_count(membership_members(m)),
                                        .hops = caller->hops};
    if (*host && !fleet_find(a->given.fleet, host))
        question.answers = membership_answers(m, host);
    if (*member)
        question.answers = members_find(membership_members(m), member);
    switch (routing_way(&question)) {
    case ROUTING_HERE:
        return false;
    case ROUTING_OTHER:
        return pass_on(a, caller, place, changes, request, question.answers, bytes, length);
    case ROUTING_TURNS:
        return admin_turns(a, caller, request, bytes, length);
    case ROUTING_ALL:
        admin_all(a, caller, request);
        return true;
    case ROUTING_PAST:
        admin_past(a, caller, request, bytes, length);
        return true;
    }
    return false;
}
