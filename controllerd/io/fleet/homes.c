/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/homes.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/host_table.h"
#include "controllerd/core/fleet/obedience.h"
#include "controllerd/core/group/contest.h"
#include "controllerd/io/group/group.h"
#include "shared/base/log.h"

/* Agents that are told of other members in one tick: 200 a second. A review of 100,000 hosts takes
 * ten seconds. */
enum { OWN = 0, TOLD_AT_ONCE = 20, REVIEWED_AT_ONCE = 2000 };

/* What is in doubt may be so only for a time. */
enum { REVIEW_MS = 30000 };

/* What is kept of a host. */
struct home_record {
    uint64_t told; /* version of the members that its agent was told of */
    struct contest contest;
};

struct homes {
    struct homes_setup given;
    struct host_table *records;
    size_t next;       /* index of the host that is looked at next */
    int64_t now_ms;    /* of the review that is under way */
    uint64_t served;   /* rows of hosts that have changed */
    uint64_t reviewed; /* what the last review began with, by changes_of */
    size_t unreviewed; /* entries that are to be reviewed */
    int64_t review_ms; /* when the next review begins in any case */
};

struct homes *homes_new(const struct homes_setup *setup)
{
    struct homes *h = calloc(1, sizeof *h);
    struct host_table *records = host_table_new(sizeof(struct home_record), NULL);
    if (!h || !records) {
        free(h);
        host_table_free(records);
        return NULL;
    }
    *h = (struct homes){.given = *setup, .records = records};
    return h;
}

void homes_free(struct homes *h)
{
    if (!h)
        return;
    host_table_free(h->records);
    free(h);
}

void homes_forget(struct homes *h, const struct fleet_host *host)
{
    host_table_remove(h->records, host);
}

void homes_ended(struct homes *h, const char *name)
{
    (void)group_forget(h->given.group, name); /* out of memory: others may list it as away */
}

/* --- what agents are told --- */

static void tell(struct homes *h, const struct net_route *route, uint64_t epoch,
                 uint64_t generation, const size_t *number, size_t count)
{
    struct daqs_member_info info[DAQS_MAX_MEMBERS];
    const size_t infos = group_infos(h->given.group, number, count, info);
    push_welcome(h->given.push, route, epoch, generation, info, infos);
}

static void note_told(struct homes *h, const struct fleet_host *host)
{
    struct home_record *record = host_table_need(h->records, host);
    if (record)
        record->told = members_version(group_members(h->given.group));
}

/* --- hellos --- */

bool homes_hello(struct homes *h, const struct net_route *route, const char *name,
                 const struct wire_hello *hello, int64_t now_ms, struct adoption *ret)
{
    const struct fleet_host *host = fleet_find(h->given.fleet, name);
    const struct agent_conn *conn = agent_conns_find(h->given.conns, route);
    const bool here =
        host && conn && agent_conn_host(conn) == host && host->instance == hello->instance;
    struct adoption_hello asked = {.host = name,
                                   .epoch = hello->epoch,
                                   .redirectable = hello->redirectable,
                                   .left = hello->left,
                                   .epoch_here = here ? host->epoch : 0};
    group_hello(h->given.group, &asked, *h->given.epoch, now_ms, ret);
    if (ret->act != ADOPTION_ELSEWHERE)
        return true;
    h->given.count->hosts_sent_away++;
    tell(h, route, ret->epoch, hello->generation, ret->elsewhere, ret->count);
    return false;
}

static void tell_former(const struct homes *h, const char *name)
{
    const struct members *members = group_members(h->given.group);
    const size_t former = members_find(members, group_served_by(h->given.group, name));
    if (former != OWN && former < members_count(members) && h->given.adopted)
        h->given.adopted(h->given.arg, name, former);
}

void homes_adopt(struct homes *h, struct fleet_host *host, const struct wire_hello *hello,
                 const struct adoption *adoption, int64_t now_ms)
{
    const struct agent_conn *conn = agent_conns_of(h->given.conns, host);
    obedience_hello(host, hello->epoch, adoption->epoch);
    host->fenced |= adoption->act == ADOPTION_DISOBEYS;
    host->withheld = adoption->act == ADOPTION_WAIT;
    /* Out of memory: it stays here until its next hello. */
    (void)group_adopted(h->given.group, host->name, hello->redirectable, hello->left, now_ms);
    tell_former(h, host->name);
    note_told(h, host);
    if (conn)
        tell(h, agent_conn_route(conn), host->epoch, host->generation, adoption->elsewhere,
             adoption->count);
}

/* Another member serves the host now; "": it is not known which one. */
static void leave(struct homes *h, const char *name, const char *member, int64_t now_ms)
{
    (void)group_gone(h->given.group, name, now_ms);
    h->given.moved(h->given.arg, name, member);
}

void homes_left(struct homes *h, const struct fleet_host *host, bool moved, int64_t now_ms)
{
    if (moved)
        leave(h, host->name, "", now_ms);
    else
        (void)group_gone(h->given.group, host->name, now_ms);
}

static bool is_own(const struct homes *h, const char *member)
{
    return strcmp(member, members_at(group_members(h->given.group), OWN)->row.name) == 0;
}

void homes_served(struct homes *h, const char *name, const char *member, int64_t now_ms)
{
    const struct fleet_host *host = fleet_find(h->given.fleet, name);
    struct home_record *record = host ? host_table_find(h->records, host) : NULL;
    h->served++;
    if (is_own(h, member)) {
        if (record)
            contest_own(&record->contest);
        return;
    }
    if (record && fleet_host_present(host, now_ms))
        contest_read(&record->contest, now_ms);
    else if (*member) /* otherwise it was forgotten there */
        leave(h, name, member, now_ms);
}

void homes_told_adopted(struct homes *h, const char *name, const char *member, int64_t now_ms)
{
    const struct members *members = group_members(h->given.group);
    const bool known =
        fleet_find(h->given.fleet, name) || *group_served_by(h->given.group, name) != '\0';
    if (!known || members_find(members, member) == members_count(members) ||
        group_told_served(h->given.group, name, member, now_ms) != DAQS_OK)
        return; /* the database tells it as well */
    homes_served(h, name, member, now_ms);
}

void homes_absent(struct homes *h, const char *name)
{
    (void)group_absent(h->given.group, name); /* out of memory: others may report it as well */
}

void homes_send_away(struct homes *h, const char *name, const struct daqs_member_info *member,
                     size_t count, enum move_reason reason)
{
    const struct fleet_host *host = fleet_find(h->given.fleet, name);
    const struct agent_conn *conn = host ? agent_conns_of(h->given.conns, host) : NULL;
    if (!conn)
        return;
    h->given.count->hosts_sent_away++;
    push_welcome(h->given.push, agent_conn_route(conn), host->epoch, host->generation, member,
                 count);
    daqs_log(DAQS_LOG_DEBUG, "host %s is sent to %s: %s", name, member->name,
             move_reason_text(reason));
}

void homes_records_known(struct homes *h, int64_t now_ms)
{
    group_records_known(h->given.group);
    for (size_t i = 0; i < fleet_count(h->given.fleet); i++) {
        struct fleet_host *host = fleet_at(h->given.fleet, i);
        if (!host->withheld)
            continue;
        host->withheld = false;
        push_slas_changed(h->given.push, host->name, now_ms);
    }
}

bool homes_is_claimed(const struct homes *h, const struct fleet_host *host, int64_t now_ms)
{
    const struct home_record *record = host_table_find(h->records, host);
    return record && contest_is_claimed(&record->contest, now_ms);
}

/* --- over time --- */

/* Tells the host's agent if the members have changed since it was told. Returns true if it was. */
static bool tell_news(struct homes *h, const struct fleet_host *host)
{
    const struct members *members = group_members(h->given.group);
    const struct home_record *record = host_table_find(h->records, host);
    const struct agent_conn *conn = agent_conns_of(h->given.conns, host);
    size_t number[PLACEMENT_FIRST];
    if (!conn || !record || record->told == members_version(members))
        return false;
    const size_t count = adoption_list(members, host->name, OWN, number);
    tell(h, agent_conn_route(conn), host->epoch, host->generation, number, count);
    note_told(h, host);
    return true;
}

/* Settles who serves a host of which the database says that another member does. Returns false if
 * the host was forgotten. */
static bool settle(struct homes *h, const struct fleet_host *host, int64_t now_ms)
{
    struct home_record *record = host_table_find(h->records, host);
    const bool here = fleet_host_present(host, now_ms);
    const char *member = group_served_by(h->given.group, host->name);
    const enum contest_act act =
        record ? contest_due(&record->contest, here, now_ms) : CONTEST_NOTHING;
    if (act == CONTEST_WRITE)
        (void)group_serves(h->given.group, host->name); /* out of memory: with its next hello */
    if (h->given.claimed && homes_is_claimed(h, host, now_ms))
        h->given.claimed(h->given.arg, host, is_own(h, member) ? "" : member);
    if (act == CONTEST_LEFT)
        leave(h, host->name, member, now_ms);
    return act != CONTEST_LEFT;
}

static enum roster_place place_of(void *arg, const char *name)
{
    const struct homes *h = arg;
    const struct group *g = h->given.group;
    if (group_elsewhere(g, name))
        return ROSTER_ELSEWHERE;
    if (group_in_doubt(g, name, h->now_ms) < members_count(group_members(g)))
        return ROSTER_IN_DOUBT;
    return *group_served_by(g, name) ? ROSTER_HERE : ROSTER_NEW;
}

/* Returns a number that changes when another member may be the one to list a host. */
static uint64_t changes_of(const struct homes *h, int64_t now_ms)
{
    const struct members *members = group_members(h->given.group);
    return members_version(members) + members_in_touch(members, now_ms) +
           roster_changes(h->given.roster) + h->served + group_knows_stays(h->given.group);
}

/* Reviews which hosts are listed here, a part at a time, if anything has changed. */
static void review(struct homes *h, int64_t now_ms)
{
    const uint64_t changes = changes_of(h, now_ms);
    if (changes != h->reviewed || now_ms >= h->review_ms) {
        h->reviewed = changes;
        h->review_ms = now_ms + REVIEW_MS;
        h->unreviewed = 2 * roster_entries(h->given.roster); /* entries that move shift others */
    }
    const size_t count = h->unreviewed < REVIEWED_AT_ONCE ? h->unreviewed : REVIEWED_AT_ONCE;
    h->now_ms = now_ms;
    roster_review(h->given.roster, count, place_of, h, now_ms);
    h->unreviewed -= count;
}

void homes_tick(struct homes *h, int64_t now_ms)
{
    const size_t hosts = fleet_count(h->given.fleet);
    size_t told = 0;
    review(h, now_ms);
    for (size_t i = 0; i < hosts && told < TOLD_AT_ONCE; i++) {
        const struct fleet_host *host = fleet_at(h->given.fleet, h->next++ % hosts);
        if (!host->connected)
            (void)group_gone(h->given.group, host->name, now_ms);
        if (!settle(h, host, now_ms))
            break; /* the others have moved up */
        told += tell_news(h, host);
    }
}
