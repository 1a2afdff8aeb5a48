/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/admin_apply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/admission/sla_diff.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "shared/base/clock.h"
#include "shared/base/grow.h"

/* A file arrives in several messages and is compared and checked as a whole. Its changes are kept
 * until the client has fetched all of them. */

enum { UPLOADS_MAX = 4, SILENCE_MS = 30000, UPLOAD_MS = 60000, SUMMARY_BYTES = 200 };
enum { TEXT_BYTES = 64 * 1024 * 1024, PART_TEXT_BYTES = 768 * 1024, ROW_BYTES = 4 * 1024 };
enum { PART_ROWS = 2000, TOKEN_BYTES_MAX = 32 };

enum upload_state { COLLECTING, DECIDING, TOLD };

struct upload {
    struct net_route route;
    uint64_t id;
    enum upload_state state;
    int64_t heard_ms; /* monotonic */
    int64_t begun_ms;
    struct daqs_arena arena;
    struct sla_diff_row *row;
    size_t rows;
    size_t capacity;
    struct changeset changeset; /* TOLD: the changes that were made, or would be */
    char summary[SUMMARY_BYTES];
    struct upload *prev;
    struct upload *next;
};

struct uploads {
    struct upload *list;
    uint64_t last_id;
};

struct apply_commit {
    struct sla_commit base; /* first member */
    struct admin_caller caller;
    struct upload *upload;
    bool prune;
    bool force;
    struct sla_diff_count count;
};

/* --- uploads --- */

static void upload_free(struct uploads *uploads, struct upload *upload)
{
    DL_DELETE(uploads->list, upload);
    daqs_arena_done(&upload->arena);
    changeset_done(&upload->changeset);
    free(upload->row);
    free(upload);
}

static struct upload *find_upload(const struct uploads *uploads, const struct net_route *route)
{
    struct upload *upload = NULL;
    DL_FOREACH(uploads->list, upload)
    {
        if (upload->route.length == route->length &&
            memcmp(upload->route.id, route->id, route->length) == 0)
            return upload;
    }
    return NULL;
}

void uploads_tick(struct uploads *uploads, int64_t now_ms)
{
    struct upload *upload = NULL;
    struct upload *next = NULL;
    DL_FOREACH_SAFE(uploads->list, upload, next)
    {
        /* Few uploads are accepted at a time, so each has limited time. */
        bool endless = upload->state == COLLECTING && now_ms - upload->begun_ms > UPLOAD_MS;
        if (endless || (upload->state != DECIDING && now_ms - upload->heard_ms > SILENCE_MS))
            upload_free(uploads, upload);
    }
}

struct uploads *uploads_new(void)
{
    return calloc(1, sizeof(struct uploads));
}

void uploads_free(struct uploads *uploads)
{
    while (uploads && uploads->list)
        upload_free(uploads, uploads->list);
    free(uploads);
}

static struct upload *begin_upload(struct uploads *uploads, const struct admin_caller *caller)
{
    struct upload *upload = NULL;
    unsigned count = 0;
    DL_COUNT(uploads->list, upload, count);
    upload = count < UPLOADS_MAX ? calloc(1, sizeof *upload) : NULL;
    if (!upload)
        return NULL;
    upload->route = caller->route;
    upload->begun_ms = caller->now_ms;
    upload->id = ++uploads->last_id;
    daqs_arena_init(&upload->arena, TEXT_BYTES);
    changeset_init(&upload->changeset);
    DL_APPEND(uploads->list, upload);
    return upload;
}

static int add_row(struct upload *upload, const struct wire_sla *sla)
{
    struct sla_diff_row *grown =
        daqs_grow(upload->row, upload->rows, &upload->capacity, sizeof *grown);
    if (!grown)
        return DAQS_ENOMEM;
    upload->row = grown;
    const struct sla_diff_row row = {
        .host = daqs_arena_text(&upload->arena, sla->host, strlen(sla->host)),
        .vm = daqs_arena_text(&upload->arena, sla->vm, strlen(sla->vm)),
        .sla = {.min = sla->min, .max = sla->max, .weight = sla->weight},
        .line = sla->line};
    if (!row.host || !row.vm)
        return DAQS_ENOMEM;
    upload->row[upload->rows++] = row;
    return DAQS_OK;
}

static int add_rows(struct upload *upload, const struct wire_apply *part, struct daqs_error *err)
{
    if (upload->rows + part->rows > SLA_DIFF_ROWS_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "line %u: a file may contain at most %d SLAs",
                         part->rows ? (unsigned)part->row[0].line : 0, SLA_DIFF_ROWS_MAX);
    for (uint32_t i = 0; i < part->rows; i++) {
        const struct wire_sla *sla = &part->row[i];
        int result = daqs_name_check("host", sla->host, strlen(sla->host), err);
        if (result == DAQS_OK)
            result = daqs_name_check("VM", sla->vm, strlen(sla->vm), err);
        if (result != DAQS_OK)
            return daqs_wrap(err, "line %u", (unsigned)sla->line);
        if (add_row(upload, sla) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    }
    return DAQS_OK;
}

/* --- changes --- */

static const struct daqs_column columns[] = {
    {"change", DAQS_COLUMN_TEXT},      {"host", DAQS_COLUMN_TEXT},
    {"vm", DAQS_COLUMN_TEXT},          {"old_min_bps", DAQS_COLUMN_RATE},
    {"old_max_bps", DAQS_COLUMN_RATE}, {"old_weight", DAQS_COLUMN_COUNT},
    {"min_bps", DAQS_COLUMN_RATE},     {"max_bps", DAQS_COLUMN_RATE},
    {"weight", DAQS_COLUMN_COUNT},
};

static void put_sla(struct daqs_table *table, bool has, const struct sla *sla)
{
    if (!has) {
        for (int i = 0; i < 3; i++)
            daqs_table_empty(table);
        return;
    }
    daqs_table_rate(table, sla->min);
    daqs_table_rate(table, sla->max);
    daqs_table_number(table, sla->weight);
}

/* Sends a part of the changes. The last part ends the upload. */
static void send_part(struct admin *a, const struct admin_caller *caller, struct upload *upload,
                      size_t from)
{
    struct daqs_table table;
    char token[64] = "";
    size_t i = from;
    daqs_table_init(&table, columns, sizeof columns / sizeof columns[0], PART_TEXT_BYTES);
    for (; i < upload->changeset.count && i < from + PART_ROWS &&
           table.arena.used_bytes <= PART_TEXT_BYTES - ROW_BYTES;
         i++) {
        const struct ledger_change *change = &upload->changeset.change[i];
        daqs_table_text(&table, !change->has_old ? "+" : change->has_new ? "~" : "-");
        daqs_table_text(&table, change->host);
        daqs_table_text(&table, change->vm);
        put_sla(&table, change->has_old, &change->old_sla);
        put_sla(&table, change->has_new, &change->new_sla);
    }
    if (i < upload->changeset.count)
        (void)snprintf(token, sizeof token, "%" PRIu64 " %zu", upload->id, i);
    admin_reply_table(a, caller, &table, token, upload->summary);
    if (!*token)
        upload_free(a->uploads, upload);
}

static void summarise(const struct apply_commit *commit, char text[static SUMMARY_BYTES])
{
    const struct sla_diff_count *n = &commit->count;
    int length =
        snprintf(text, SUMMARY_BYTES, "%s%zu new, %zu changed, %zu removed, %zu as before",
                 commit->base.dry_run ? "would be " : "", n->added, n->changed, n->taken, n->same);
    if (n->others > 0)
        length += snprintf(text + length, SUMMARY_BYTES - (size_t)length,
                           "; %zu that the file does not name stay", n->others);
    if (n->unseen > 0)
        (void)snprintf(text + length, SUMMARY_BYTES - (size_t)length,
                       "; of hosts or VMs not seen yet: %zu", n->unseen);
}

/* --- applying --- */

/* Whether the SLAs fit is known where the hosts' uplinks are. */
static int check_here(const struct admin *a, const struct changeset *changes,
                      struct daqs_error *err)
{
    int result = DAQS_OK;
    for (size_t i = 0; i < changes->count && result == DAQS_OK; i++)
        if (changes->change[i].has_new)
            result = admin_check_here(a, changes->change[i].host, err);
    return result;
}

static int decide(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct admin *a = arg;
    struct apply_commit *commit = (struct apply_commit *)base;
    struct upload *upload = commit->upload;
    if (!commit->prune && upload->rows == 0)
        return daqs_fail(err, DAQS_EREFUSED, "the file contains no SLA; is it the right one?");
    if (commit->prune && upload->rows == 0 && !commit->force)
        return daqs_fail(err, DAQS_EREFUSED,
                         "the file contains no SLA; --prune would remove all SLAs (use --force if "
                         "that is intended)");
    int result = sla_diff_compare(upload->row, upload->rows, commit->prune, a->given.ledger,
                                  &base->write.changeset, &commit->count, err);
    if (result == DAQS_OK && !commit->force)
        result = check_here(a, &base->write.changeset, err);
    if (result == DAQS_OK)
        result = sla_diff_check(&base->write.changeset, a->given.fleet, a->given.ledger,
                                a->given.config->headroom_ppm, commit->force, &commit->count.unseen,
                                err);
    return result;
}

static void finish(void *arg, struct sla_commit *base, int result, const struct daqs_error *err)
{
    struct admin *a = arg;
    struct apply_commit *commit = (struct apply_commit *)base;
    struct upload *upload = commit->upload;
    upload->heard_ms = daqs_mono_ms(daqs_clock_system());
    upload->state = TOLD;
    if (result != DAQS_OK) {
        admin_reply_text(a, &commit->caller, result, "%s", err->text);
        upload_free(a->uploads, upload);
    } else {
        if (!base->dry_run)
            admin_announce_slas(a, &base->write);
        summarise(commit, upload->summary);
        upload->changeset = base->write.changeset; /* the upload owns the changes now */
        changeset_init(&base->write.changeset);
        send_part(a, &commit->caller, upload, 0);
    }
    changeset_done(&base->write.changeset);
    free(commit);
}

static void end_upload(struct admin *a, const struct admin_caller *caller,
                       const struct wire_request *request, struct upload *upload)
{
    struct apply_commit *commit = calloc(1, sizeof *commit);
    if (commit) {
        commit->caller = *caller;
        commit->upload = upload;
        commit->prune = request->apply.prune;
        commit->force = request->apply.force;
        commit->base.dry_run = request->apply.dry_run;
        commit->base.decide = decide;
        commit->base.finish = finish;
        commit->base.arg = a;
        admin_identify(a, caller, request->user, &commit->base.write.asker);
        upload->state = DECIDING;
        if (sla_commit_submit(a->given.commits, &commit->base) == DAQS_OK)
            return;
    }
    free(commit);
    upload_free(a->uploads, upload);
    admin_reply_text(a, caller, DAQS_EBUSY, "too many changes are waiting; try again");
}

/* Parses "ID" or "ID ROW"; "" counts as 0. */
static bool read_token(const char *token, uint64_t *ret_id, size_t *ret_row)
{
    int end = 0;
    *ret_id = 0;
    *ret_row = 0;
    if (strspn(token, "0123456789 ") != strlen(token) || strlen(token) > TOKEN_BYTES_MAX)
        return false;
    if (!*token || (sscanf(token, "%" SCNu64 "%n", ret_id, &end) == 1 && token[end] == '\0'))
        return true;
    return sscanf(token, "%" SCNu64 " %zu%n", ret_id, ret_row, &end) == 2 && token[end] == '\0';
}

void admin_apply(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request)
{
    struct daqs_error err = {0};
    uint64_t id = 0;
    size_t row = 0;
    struct upload *upload = find_upload(a->uploads, &caller->route);
    if (!read_token(request->token, &id, &row)) {
        admin_reply_text(a, caller, DAQS_EINVALID, "unknown token");
        return;
    }
    if (upload && upload->state == DECIDING) {
        admin_reply_text(a, caller, DAQS_EBUSY, "the previous file is still being applied");
        return;
    }
    if (!*request->token) {
        if (upload)
            upload_free(a->uploads, upload);
        upload = begin_upload(a->uploads, caller);
    } else if (upload && id != upload->id) {
        upload = NULL;
    }
    if (!upload) {
        if (*request->token)
            admin_reply_text(a, caller, DAQS_ESTALE,
                             "the upload has expired; apply the file again");
        else
            admin_reply_text(a, caller, DAQS_EBUSY, "too many files are being applied; try again");
        return;
    }
    upload->heard_ms = caller->now_ms;
    if (upload->state == TOLD) {
        send_part(a, caller, upload, row);
        return;
    }
    if (add_rows(upload, &request->apply, &err) != DAQS_OK) {
        upload_free(a->uploads, upload);
        admin_reply_text(a, caller, err.code, "%s", err.text);
        return;
    }
    if (request->apply.end) {
        end_upload(a, caller, request, upload);
        return;
    }
    char token[32];
    (void)snprintf(token, sizeof token, "%" PRIu64, upload->id);
    const struct wire_reply reply = {.id = caller->id, .text = "", .token = token};
    admin_reply(a, caller, &reply);
}
