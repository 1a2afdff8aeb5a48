/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which rows_read expects them. */
enum { NAME, SLA, POLICY, MAINTENANCE, PRINCIPAL, AUDIT };

#define NAME_COLUMNS "SELECT name, revision FROM daqs.host"
#define SLA_COLUMNS                                                                                \
    "SELECT host, vm, min_bps, max_bps, weight, uuid, updated_ms, updated_by, gone_ms"             \
    " FROM daqs.sla"
#define POLICY_COLUMNS "SELECT host, uplink, mode, updated_ms, updated_by FROM daqs.policy"
#define MAINTENANCE_COLUMNS "SELECT host, since_ms, set_by FROM daqs.maintenance"
#define PRINCIPAL_COLUMNS                                                                          \
    "SELECT name, key, role, enrolled_ms, enrolled_by, revision FROM daqs.principal"
#define AUDIT_COLUMNS                                                                              \
    "SELECT a.id, a.at_ms, a.host, a.vm, a.made_by, a.what, a.old_min_bps, a.old_max_bps,"         \
    " a.old_weight, a.new_min_bps, a.new_max_bps, a.new_weight, a.old_text, a.new_text"            \
    " FROM daqs.audit a"
/* What the copy has; a record is of a host or of a principal. */
#define SEEN                                                                                       \
    " unnest($1::text[], $2::bool[], $3::bigint[]) AS seen (name, principal, id)"                  \
    " ON seen.name = a.host AND seen.principal = (a.what IN ('enroll', 'revoke'))"

/* --- asking --- */

static char *put_quoted(char *at, const char *text)
{
    *at++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text;
    }
    *at++ = '"';
    return at;
}

const char *rows_array(struct pg_job *job, const char *const *name, size_t names)
{
    size_t bytes = 3; /* braces and the terminator */
    for (size_t i = 0; i < names; i++)
        bytes += 2 * strlen(name[i]) + 3;
    char *text = malloc(bytes);
    if (!text) {
        job->broken = true;
        return "";
    }
    char *at = text;
    *at++ = '{';
    for (size_t i = 0; i < names; i++) {
        if (i > 0)
            *at++ = ',';
        at = put_quoted(at, name[i]);
    }
    *at++ = '}';
    *at = '\0';
    const char *copy = pg_copy(job, text);
    free(text);
    return copy;
}

static void select_named(struct pg_job *job, const char *array)
{
    static const char *const sql[] = {NAME_COLUMNS " WHERE name = ANY ($1::text[])",
                                      SLA_COLUMNS " WHERE host = ANY ($1::text[])",
                                      POLICY_COLUMNS " WHERE host = ANY ($1::text[])",
                                      MAINTENANCE_COLUMNS " WHERE host = ANY ($1::text[])",
                                      PRINCIPAL_COLUMNS " WHERE name = ANY ($1::text[])"};
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        pg_statement(job, sql[i], PG_ANY);
        pg_text(job, array);
    }
}

/* --- the audit trail --- */

bool rows_of_principal(const char *what)
{
    return strcmp(what, "enroll") == 0 || strcmp(what, "revoke") == 0;
}

/* Three arrays of the same length, as literals of SQL. */
struct seen {
    const char **name;
    char *principal; /* "{t,f,...}" */
    char *id;        /* "{17,4,...}" */
    size_t names, most;
    size_t id_used;
    bool of_principals; /* for 'add' */
};

enum { ID_BYTES = 21 };

static bool seen_init(struct seen *seen, size_t most)
{
    *seen = (struct seen){.most = most};
    seen->name = calloc(most + 1, sizeof *seen->name);
    seen->principal = malloc(2 * most + 3);
    seen->id = malloc(ID_BYTES * most + 3);
    return seen->name && seen->principal && seen->id;
}

static void seen_add(void *arg, const char *name, int64_t audit)
{
    struct seen *seen = arg;
    if (seen->names == seen->most)
        return;
    const char *before = seen->names ? "," : "{";
    seen->principal[2 * seen->names] = *before;
    seen->principal[2 * seen->names + 1] = seen->of_principals ? 't' : 'f';
    seen->id_used +=
        (size_t)snprintf(seen->id + seen->id_used, ID_BYTES + 1, "%s%" PRId64, before, audit);
    seen->name[seen->names++] = name;
}

/* Adds the arrays as parameters. */
static void seen_put(struct pg_job *job, struct seen *seen)
{
    const char *end = seen->names ? "}" : "{}";
    (void)snprintf(seen->principal + 2 * seen->names, 3, "%s", end);
    (void)snprintf(seen->id + seen->id_used, 3, "%s", end);
    pg_text(job, rows_array(job, seen->name, seen->names));
    pg_text(job, pg_copy(job, seen->principal));
    pg_text(job, pg_copy(job, seen->id));
}

static void seen_done(struct seen *seen)
{
    free(seen->name);
    free(seen->principal);
    free(seen->id);
}

void rows_select_audit(struct pg_job *job, const struct rows_trail *trail)
{
    struct seen seen;
    const size_t most = revisions_count(trail->hosts) + revisions_count(trail->principals);
    pg_statement(job,
                 AUDIT_COLUMNS " LEFT JOIN" SEEN " WHERE a.id > $4 AND a.id > coalesce(seen.id, 0)"
                               " ORDER BY a.id LIMIT $5",
                 PG_ANY);
    if (seen_init(&seen, most)) {
        revisions_each_seen(trail->hosts, seen_add, &seen);
        seen.of_principals = true;
        revisions_each_seen(trail->principals, seen_add, &seen);
        seen_put(job, &seen);
    } else {
        job->broken = true;
    }
    seen_done(&seen);
    pg_number(job, trail->after);
    pg_number(job, ROWS_AUDIT_MOST);
}

void rows_select_nameless(struct pg_job *job, const struct rows_trail *trail)
{
    pg_statement(job, AUDIT_COLUMNS " WHERE a.host = '' AND a.id > $1 ORDER BY a.id LIMIT $2",
                 PG_ANY);
    pg_number(job, revisions_seen(trail->hosts, ""));
    pg_number(job, ROWS_AUDIT_MOST);
}

static void select_trail(struct pg_job *job, const char *const *name, size_t names,
                         const struct rows_trail *trail)
{
    struct seen seen;
    pg_statement(job, AUDIT_COLUMNS " JOIN" SEEN " AND a.id > seen.id ORDER BY a.id", PG_ANY);
    if (seen_init(&seen, 2 * names)) {
        for (size_t i = 0; i < names; i++)
            seen_add(&seen, name[i], revisions_seen(trail->hosts, name[i]));
        seen.of_principals = true;
        for (size_t i = 0; i < names; i++)
            seen_add(&seen, name[i], revisions_seen(trail->principals, name[i]));
        seen_put(job, &seen);
    } else {
        job->broken = true;
    }
    seen_done(&seen);
}

/* --- all of it --- */

void rows_select_all(struct pg_job *job, const struct rows_trail *trail)
{
    pg_statement(job, NAME_COLUMNS, PG_ANY);
    pg_statement(job, SLA_COLUMNS, PG_ANY);
    pg_statement(job, POLICY_COLUMNS, PG_ANY);
    pg_statement(job, MAINTENANCE_COLUMNS, PG_ANY);
    pg_statement(job, PRINCIPAL_COLUMNS, PG_ANY);
    rows_select_audit(job, trail);
}

void rows_select_names(struct pg_job *job, const char *const *name, size_t names,
                       const struct rows_trail *trail)
{
    select_named(job, rows_array(job, name, names));
    select_trail(job, name, names, trail);
}

void rows_select_request(struct pg_job *job, const char *const *name, size_t names,
                         const uint8_t request[static REQUEST_BYTES])
{
    select_named(job, rows_array(job, name, names));
    pg_statement(job, AUDIT_COLUMNS " WHERE a.request = $1 ORDER BY a.id", PG_ANY);
    pg_bytes(job, request, REQUEST_BYTES);
}

/* --- reading --- */

/* A row of a result. */
struct cursor {
    const struct pg_job *job;
    size_t statement;
    size_t row;
};

static const char *text_at(const struct cursor *c, size_t column)
{
    return pg_cell(c->job, c->statement, c->row, column);
}

/* Returns 'otherwise' if the cell is absent, or not a number. */
static int64_t number_at(const struct cursor *c, size_t column, int64_t otherwise)
{
    int64_t number = 0;
    return pg_cell_number(c->job, c->statement, c->row, column, &number) ? number : otherwise;
}

static void read_name(const struct cursor *c, struct image *image)
{
    image_add_name(image, &(struct image_name){text_at(c, 0), false, number_at(c, 1, -1)});
}

static void read_sla(const struct cursor *c, struct image *image)
{
    const int64_t weight = number_at(c, 4, 0);
    const struct image_sla sla = {
        .host = text_at(c, 0),
        .vm = text_at(c, 1),
        /* a negative rate is above every bound */
        .sla = {.min = (daqs_bps)number_at(c, 2, -1),
                .max = text_at(c, 3) ? (daqs_bps)number_at(c, 3, 0) : DAQS_UNLIMITED,
                .weight = weight > 0 && weight <= UINT32_MAX ? (uint32_t)weight : 0},
        .uuid = text_at(c, 5),
        .updated_ms = number_at(c, 6, 0),
        .updated_by = text_at(c, 7),
        .gone = text_at(c, 8)};
    image_add_sla(image, &sla);
}

static void read_policy(const struct cursor *c, struct image *image)
{
    struct image_policy policy = {.host = text_at(c, 0),
                                  .uplink = text_at(c, 1),
                                  .updated_ms = number_at(c, 3, 0),
                                  .updated_by = text_at(c, 4)};
    const char *mode = text_at(c, 2);
    if (!mode || !policy_mode_parse(mode, &policy.mode))
        policy.host = NULL; /* not valid */
    image_add_policy(image, &policy);
}

static void read_maintenance(const struct cursor *c, struct image *image)
{
    image_add_maintenance(
        image, &(struct image_maintenance){text_at(c, 0), number_at(c, 1, 0), text_at(c, 2)});
}

static void read_principal(const struct cursor *c, struct image *image)
{
    struct image_principal principal = {.name = text_at(c, 0),
                                        .key = text_at(c, 1),
                                        .enrolled_ms = number_at(c, 3, 0),
                                        .enrolled_by = text_at(c, 4)};
    const char *role = text_at(c, 2);
    image_add_name(image, &(struct image_name){principal.name, true, number_at(c, 5, -1)});
    if (!principal.key)
        return; /* revoked */
    if (!role || !role_parse(role, &principal.role))
        principal.name = NULL; /* not valid */
    image_add_principal(image, &principal);
}

static void read_audit(const struct cursor *c, struct image *image)
{
    struct image_audit audit = {.id = number_at(c, 0, 0),
                                .at_ms = number_at(c, 1, 0),
                                .host = text_at(c, 2),
                                .vm = text_at(c, 3),
                                .by = text_at(c, 4),
                                .what = text_at(c, 5),
                                .old_text = text_at(c, 12),
                                .new_text = text_at(c, 13)};
    for (size_t r = 0; r < IMAGE_RATES; r++)
        audit.rate[r] = number_at(c, 6 + r, -1);
    image_add_audit(image, &audit);
}

static void read_rows(const struct pg_job *job, size_t statement, struct image *image,
                      void (*read)(const struct cursor *c, struct image *image))
{
    struct cursor c = {.job = job, .statement = statement};
    const size_t rows = pg_result(job, statement).rows;
    for (; c.row < rows; c.row++)
        read(&c, image);
}

void rows_read_audit(const struct pg_job *job, size_t statement, struct image *image)
{
    read_rows(job, statement, image, read_audit);
}

void rows_read(const struct pg_job *job, size_t first, struct image *image)
{
    static void (*const read[])(const struct cursor *c, struct image *image) = {
        [NAME] = read_name,           [SLA] = read_sla,
        [POLICY] = read_policy,       [MAINTENANCE] = read_maintenance,
        [PRINCIPAL] = read_principal, [AUDIT] = read_audit};
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++)
        read_rows(job, first + i, image, read[i]);
}
