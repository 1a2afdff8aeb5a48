/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/membership.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/io/group/group.h"
#include "controllerd/io/pg/pg_client.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/version.h"

struct membership {
    struct membership_setup given;
    struct pg_client *pg;
    struct group *group;
    struct homes *homes;
    bool leaves;
    bool told_taken;
    bool cut_off; /* and that was said */
};

static int64_t now_ms(void *arg)
{
    (void)arg;
    return daqs_mono_ms(daqs_clock_system());
}

static void on_send_away(void *arg, const char *host, const struct daqs_member_info *member,
                         size_t count, enum move_reason reason)
{
    homes_send_away(((const struct membership *)arg)->homes, host, member, count, reason);
}

static void on_served(void *arg, const char *host, const char *member)
{
    homes_served(((const struct membership *)arg)->homes, host, member, now_ms(NULL));
}

static int64_t longest(const struct store_keep *keep)
{
    int64_t longest_ms = 0;
    for (int i = 0; i < ROLLUP_LEVELS; i++)
        longest_ms = keep->ms[i] > longest_ms ? keep->ms[i] : longest_ms;
    return longest_ms;
}

static bool make_parts(struct membership *m, struct daqs_error *err)
{
    const struct controller_config *config = m->given.config;
    m->pg = pg_client_new(config->ledger, "daqs-controllerd members", err);
    if (!m->pg)
        return false;
    m->group = group_new(&(struct group_setup){.pg = m->pg,
                                               .ledger = m->given.ledger,
                                               .name = config->group.name,
                                               .advertise = config->group.advertise,
                                               .peer = config->group.peer,
                                               .key = m->given.key,
                                               .version = DAQS_VERSION,
                                               .weight = config->group.weight,
                                               .lost_after_ms = config->group.lost_after_ms,
                                               .settle_ms = config->group.settle_ms,
                                               .move_rate = config->group.move_rate,
                                               .stays_keep_ms = longest(&config->keep),
                                               .send_away = on_send_away,
                                               .served = on_served,
                                               .now_ms = now_ms,
                                               .arg = m},
                         err);
    if (!m->group)
        return false;
    m->homes = homes_new(&(struct homes_setup){.group = m->group,
                                               .fleet = m->given.fleet,
                                               .roster = m->given.roster,
                                               .conns = m->given.conns,
                                               .push = m->given.push,
                                               .epoch = m->given.epoch,
                                               .count = m->given.count,
                                               .moved = m->given.moved,
                                               .claimed = m->given.claimed,
                                               .adopted = m->given.adopted,
                                               .arg = m->given.arg});
    if (!m->homes)
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return m->homes != NULL;
}

struct membership *membership_new(const struct membership_setup *setup, struct daqs_error *err)
{
    struct membership *m = calloc(1, sizeof *m);
    if (!m) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    m->given = *setup;
    if (!make_parts(m, err)) {
        membership_free(m);
        return NULL;
    }
    return m;
}

void membership_records_known(struct membership *m, int64_t now_ms)
{
    homes_records_known(m->homes, now_ms);
}

void membership_stop(struct membership *m)
{
    if (m)
        pg_client_stop(m->pg);
}

void membership_free(struct membership *m)
{
    if (!m)
        return;
    pg_client_free(m->pg);
    homes_free(m->homes);
    group_free(m->group);
    free(m);
}

int membership_fd(const struct membership *m)
{
    return pg_client_fd(m->pg);
}

void membership_reap(struct membership *m)
{
    pg_client_reap(m->pg);
}

struct homes *membership_homes(const struct membership *m)
{
    return m->homes;
}

const struct members *membership_members(const struct membership *m)
{
    return group_members(m->group);
}

size_t membership_hosts_of(const struct membership *m, size_t member)
{
    return group_hosts_of(m->group, member);
}

size_t membership_count(const struct membership *m, enum member_life life)
{
    const struct members *members = group_members(m->group);
    size_t count = 0;
    for (size_t i = 0; i < members_count(members); i++)
        count += members_at(members, i)->life == life;
    return count;
}

bool membership_elsewhere(const struct membership *m, const char *host)
{
    return group_elsewhere(m->group, host);
}

bool membership_is_claimed(const struct membership *m, const struct fleet_host *host,
                           int64_t now_ms)
{
    return homes_is_claimed(m->homes, host, now_ms);
}

size_t membership_answers(const struct membership *m, const char *host)
{
    return group_answers(m->group, host);
}

int membership_find_stays(const struct membership *m, const char *host, struct stay_find *find)
{
    return stay_find_submit(find, m->pg, m->given.ledger, host);
}

int membership_check_here(const struct membership *m, const char *host, struct daqs_error *err)
{
    const struct members *members = group_members(m->group);
    if (!group_elsewhere(m->group, host))
        return DAQS_OK;
    const size_t member = group_answers(m->group, host);
    if (member == members_count(members))
        return daqs_fail(err, DAQS_EREFUSED,
                         "it is not known yet which member of the group serves %.100s; try again "
                         "in some seconds",
                         host);
    return daqs_fail(err, DAQS_EREFUSED,
                     "%.100s is served by member %.64s of the group: ask that one (--controller)",
                     host, members_at(members, member)->row.name);
}

const char *membership_note(const struct membership *m, const char *host, int64_t now_ms,
                            char buf[static MEMBERSHIP_NOTE_BYTES])
{
    const struct members *members = group_members(m->group);
    const size_t member = group_in_doubt(m->group, host, now_ms);
    buf[0] = '\0';
    if (member < members_count(members))
        (void)snprintf(buf, MEMBERSHIP_NOTE_BYTES,
                       " (stored; the host is served by %.64s, which has not used the shared "
                       "database for %" PRId64 " s: it takes effect when it does)",
                       members_at(members, member)->row.name,
                       (now_ms - members_at(members, member)->beat_ms) / 1000);
    return buf;
}

void membership_peer_said(struct membership *m, const char *member, bool reads, int64_t now_ms)
{
    group_peer_said(m->group, member, reads, now_ms);
}

static void tell_cut_off(struct membership *m, int64_t now_ms)
{
    const bool cut_off = members_cut_off(group_members(m->group), now_ms);
    if (cut_off && !m->cut_off)
        daqs_log(DAQS_LOG_WARNING,
                 "the shared database answers other members, but has not answered this one for "
                 "%d s: its hosts are sent to them. Check the network to the database",
                 MEMBERS_CUT_OFF_MS / 1000);
    m->cut_off = cut_off;
}

void membership_tick(struct membership *m, int64_t now_ms)
{
    pg_client_tick(m->pg, now_ms);
    tell_cut_off(m, now_ms);
    group_tick(m->group, now_ms);
    homes_tick(m->homes, now_ms);
    if (group_is_taken(m->group) && !m->told_taken) {
        m->told_taken = true;
        daqs_log(DAQS_LOG_ERROR,
                 "another controller runs under the name '%s' ([group] name) and has taken this "
                 "one's place: this one ends. Each member needs a name of its own",
                 m->given.config->group.name);
        group_leave(m->group);
    }
}

/* --- leaving --- */

bool membership_has_others(const struct membership *m)
{
    return group_has_others(m->group);
}

void membership_leave(struct membership *m)
{
    if (m->leaves)
        return;
    m->leaves = true;
    group_leave(m->group);
    daqs_log(DAQS_LOG_INFO, "this member leaves: its hosts (%zu) are sent to others",
             group_staying(m->group));
}

bool membership_leaves(const struct membership *m)
{
    return m->leaves;
}

bool membership_taken(const struct membership *m)
{
    return group_is_taken(m->group);
}

bool membership_over(const struct membership *m, int64_t now_ms)
{
    if (group_is_taken(m->group))
        return true;
    return m->leaves && (group_has_left(m->group, now_ms) || !group_has_others(m->group));
}
