/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/membership.h"

enum { OWN = 0, ROW_BYTES = 1024 };

static const struct daqs_column columns[] = {
    {"member", DAQS_COLUMN_TEXT},  {"life", DAQS_COLUMN_TEXT},   {"state", DAQS_COLUMN_TEXT},
    {"weight", DAQS_COLUMN_COUNT}, {"hosts", DAQS_COLUMN_COUNT}, {"version", DAQS_COLUMN_TEXT},
    {"bus", DAQS_COLUMN_TEXT},     {"asked", DAQS_COLUMN_TEXT},  {"last_beat_ms", DAQS_COLUMN_MS},
};

int admin_check_here(const struct admin *a, const char *host, struct daqs_error *err)
{
    const bool here = !a->given.membership || fleet_find(a->given.fleet, host);
    return here ? DAQS_OK : membership_check_here(a->given.membership, host, err);
}

bool admin_is_elsewhere(const struct admin *a, const char *host)
{
    return a->given.link && !fleet_find(a->given.fleet, host) &&
           membership_elsewhere(a->given.membership, host);
}

/* Replies and returns false if this controller is in no group. */
static bool in_group(struct admin *a, const struct admin_caller *caller)
{
    if (a->given.membership)
        return true;
    admin_reply_text(a, caller, DAQS_EREFUSED,
                     "this controller is in no group ([group] name is not set)");
    return false;
}

static void put_member(const struct membership *m, size_t index, struct daqs_table *table)
{
    const struct member *member = members_at(membership_members(m), index);
    daqs_table_text(table, member->row.name);
    daqs_table_text(table, member_life_text(member->life));
    daqs_table_text(table, member_state_text(member->row.state));
    daqs_table_number(table, member->row.weight);
    daqs_table_number(table, membership_hosts_of(m, index));
    daqs_table_text(table, member->row.version);
    daqs_table_text(table, member->row.bus);
    daqs_table_text(table, index == OWN ? "yes" : "no");
    daqs_table_number(table, member->unchanged_ms > 0 ? (uint64_t)member->unchanged_ms : 0);
}

void admin_members(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    struct daqs_table table;
    (void)request;
    if (!in_group(a, caller))
        return;
    const struct membership *m = a->given.membership;
    const bool fresh = members_fresh(membership_members(m), caller->now_ms);
    daqs_table_init(&table, columns, sizeof columns / sizeof columns[0],
                    (size_t)MEMBERS_MAX * ROW_BYTES);
    for (size_t i = 0; i < members_count(membership_members(m)); i++)
        put_member(m, i, &table);
    admin_reply_table(a, caller, &table, "",
                      fresh ? ""
                            : "the shared database does not answer: this is what it said last");
}

bool admin_is_own(struct admin *a, const struct admin_caller *caller, const char *name)
{
    if (!*name)
        return true;
    if (!in_group(a, caller))
        return false;
    const struct members *m = membership_members(a->given.membership);
    const size_t number = members_find(m, name);
    if (number == OWN)
        return true;
    if (number == members_count(m))
        admin_reply_text(a, caller, DAQS_ENOTFOUND,
                         "the group has no member %.64s (daqsctl members)", name);
    else
        admin_reply_text(a, caller, DAQS_EREFUSED,
                         "%.64s is another member of the group: ask that one (--controller)", name);
    return false;
}

void admin_drain(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    if (!in_group(a, caller) || !admin_is_own(a, caller, request->drain.member))
        return;
    struct membership *m = a->given.membership;
    if (!membership_has_others(m)) {
        admin_reply_text(a, caller, DAQS_EREFUSED,
                         "not drained: no other member serves hosts (daqsctl members)");
        return;
    }
    membership_leave(m);
    admin_reply_text(a, caller, DAQS_OK,
                     "%s leaves: its hosts are sent to other members, then it ends; daqsctl "
                     "members, asked of another member, shows how far that is",
                     members_at(membership_members(m), OWN)->row.name);
}
