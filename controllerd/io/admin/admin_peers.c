/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/net/auth.h"
#include "shared/base/clock.h"

struct principal_change {
    struct admin_change base; /* first member */
    struct records_principal write;
    bool revoked; /* the key is revoked, though perhaps not on disk */
};

static struct principals *principals_of(const struct admin *a)
{
    return a->given.auth ? auth_principals(a->given.auth) : NULL;
}

const struct principal *admin_key_of(const struct admin *a, const char *host)
{
    const struct principals *principals = principals_of(a);
    const struct principal *principal = principals ? principals_named(principals, host) : NULL;
    return principal && principal->role == ROLE_AGENT ? principal : NULL;
}

/* --- enroll, revoke --- */

static int decide(struct commit *base, bool *ret_nothing, struct daqs_error *err)
{
    struct principal_change *change = (struct principal_change *)base;
    struct records_principal *w = &change->write;
    const struct principals *principals = principals_of(change->base.admin);
    (void)ret_nothing;
    w->at_ms = daqs_wall_ms(daqs_clock_system());
    if (!w->remove)
        return principals_check(principals, w->name, &w->key, w->role, w->replace, err);
    const struct principal *old = principals_named(principals, w->name);
    if (!old)
        return daqs_fail(err, DAQS_ENOTFOUND,
                         "%.100s is not enrolled; daqsctl peers lists the enrolled names", w->name);
    w->key = old->key;
    return DAQS_OK;
}

static int submit(struct records *records, struct store_job *write)
{
    return records_write_principal(records, (struct records_principal *)write);
}

/* A key is revoked at once, even if the disk fails. */
static void apply(struct commit *base, int result)
{
    struct principal_change *change = (struct principal_change *)base;
    change->revoked = change->write.remove;
    if (result == DAQS_OK || change->revoked)
        auth_apply(change->base.admin->given.auth, &change->write);
}

static void finish(struct commit *base, int result, const struct daqs_error *err)
{
    struct principal_change *change = (struct principal_change *)base;
    const struct records_principal *w = &change->write;
    struct admin *a = change->base.admin;
    char text[KEY_FINGERPRINT];
    if (result != DAQS_OK && change->revoked)
        admin_reply_text(
            a, &change->base.caller, result,
            "%s is revoked only until the controller restarts: the change could not be stored: %s",
            w->name, w->base.error.text);
    else if (result != DAQS_OK)
        admin_reply_text(a, &change->base.caller, result, "%s", err->text);
    else if (w->remove)
        admin_reply_text(a, &change->base.caller, DAQS_OK, "%s is revoked", w->name);
    else
        admin_reply_text(a, &change->base.caller, DAQS_OK, "%s is enrolled: %s, %s", w->name,
                         role_name(w->role), key_fingerprint(&w->key, text));
    free(change);
}

/* Without 'enroll' the key is revoked. */
static int fill(const struct admin *a, const char *name, const struct wire_enroll *enroll,
                struct records_principal *w, struct daqs_error *err)
{
    int result = daqs_name_check("peer", name, strlen(name), err);
    if (!principals_of(a))
        return daqs_fail(err, DAQS_EREFUSED, "this controller is insecure: it needs no keys");
    if (result != DAQS_OK)
        return result;
    (void)snprintf(w->name, sizeof w->name, "%s", name);
    w->remove = !enroll;
    if (!enroll)
        return DAQS_OK;
    const char *role = *enroll->role ? enroll->role : role_name(ROLE_AGENT);
    if (!role_parse(role, &w->role))
        return daqs_fail(err, DAQS_EINVALID, "unknown role '%.40s'; use agent, operator or viewer",
                         role);
    w->replace = enroll->force;
    return key_parse(enroll->key, &w->key, err);
}

static void begin(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request, const char *name,
                  const struct wire_enroll *enroll)
{
    struct daqs_error err = {0};
    struct principal_change *change = calloc(1, sizeof *change);
    int result = change ? fill(a, name, enroll, &change->write, &err) : DAQS_ENOMEM;
    if (result == DAQS_OK) {
        change->base.base = (struct commit){.urgent = !enroll,
                                            .confirms = true,
                                            .write = &change->write.base,
                                            .decide = decide,
                                            .submit = submit,
                                            .apply = apply,
                                            .finish = finish};
        admin_identify(a, caller, request->user, &change->write.asker);
    }
    admin_change_submit(a, caller, (struct admin_change *)change, result, &err);
}

void admin_enroll(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    begin(a, caller, request, request->enroll.name, &request->enroll);
}

void admin_revoke(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    begin(a, caller, request, request->revoke.name, NULL);
}

/* --- peers --- */

enum {
    PART_ROWS = 2000,
    TEXT_BYTES = 768 * 1024,
    ROW_BYTES = 16 * 1024
}; /* ROW_BYTES: room for a row, and for the rejected keys */

static const struct daqs_column columns[] = {
    {"name", DAQS_COLUMN_TEXT},        {"role", DAQS_COLUMN_TEXT},
    {"state", DAQS_COLUMN_TEXT},       {"key", DAQS_COLUMN_TEXT},
    {"enrolled_at", DAQS_COLUMN_TIME}, {"enrolled_by", DAQS_COLUMN_TEXT},
    {"address", DAQS_COLUMN_TEXT},     {"last_try", DAQS_COLUMN_TIME},
};

static const char *state_of(const struct admin *a, const struct principal *principal,
                            int64_t now_ms)
{
    const struct fleet_host *host =
        principal->role == ROLE_AGENT ? fleet_find(a->given.fleet, principal->name) : NULL;
    if (principal->role != ROLE_AGENT)
        return "enrolled";
    return host && fleet_host_present(host, now_ms) ? "up" : "away";
}

static void put_principal(const struct admin *a, const struct principal *principal,
                          struct daqs_table *table)
{
    char key[KEY_TEXT];
    daqs_table_text(table, principal->name);
    daqs_table_text(table, role_name(principal->role));
    daqs_table_text(table, state_of(a, principal, daqs_mono_ms(daqs_clock_system())));
    daqs_table_text(table, key_format(&principal->key, key));
    daqs_table_number(table, (uint64_t)principal->enrolled_ms);
    daqs_table_text(table, principal->enrolled_by);
    daqs_table_empty(table);
    daqs_table_empty(table);
}

/* Lists the rejected keys, which an operator may want to enroll. */
static void put_rejected(const struct admin *a, struct daqs_table *table)
{
    const struct rejected_key *rejected_key[AUTH_REJECTED_MAX];
    size_t count = auth_rejected_keys(a->given.auth, rejected_key);
    for (size_t i = 0; i < count; i++) {
        char key[KEY_TEXT];
        daqs_table_empty(table);
        daqs_table_text(table,
                        strcmp(rejected_key[i]->domain, AUTH_BUS) == 0 ? "agent" : "operator");
        daqs_table_text(table, "not let in");
        daqs_table_text(table, key_format(&rejected_key[i]->key, key));
        daqs_table_empty(table);
        daqs_table_empty(table);
        daqs_table_text(table, rejected_key[i]->address);
        daqs_table_number(table, (uint64_t)rejected_key[i]->last_ms);
    }
}

void admin_peers(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    struct daqs_table table;
    int64_t skip = 0;
    char token[32] = "";
    struct principals *principals = principals_of(a);
    if (!admin_token_ok(a, caller, request, &skip))
        return;
    if (!principals) {
        admin_reply_text(a, caller, DAQS_EREFUSED, "this controller is insecure: it needs no keys");
        return;
    }
    daqs_table_init(&table, columns, sizeof columns / sizeof columns[0], TEXT_BYTES);
    size_t i = (size_t)skip;
    for (; i < principals_count(principals) && i < (size_t)skip + PART_ROWS &&
           table.arena.used_bytes <= TEXT_BYTES - ROW_BYTES;
         i++) {
        const struct principal *principal = principals_at(principals, i);
        if (principal)
            put_principal(a, principal, &table);
    }
    if (i < principals_count(principals))
        (void)snprintf(token, sizeof token, "%zu", i);
    else
        put_rejected(a, &table);
    admin_reply_table(a, caller, &table, token, "");
}
