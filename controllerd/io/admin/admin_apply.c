/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/admin_apply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/admission/sla_diff.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/admin/apply_checks.h"
#include "controllerd/io/admin/uploads.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/records/records_pg.h"
#include "shared/base/clock.h"

/* A file arrives in several messages and is compared and checked as a whole. Its changes are kept
 * until the client has fetched all of them. */

enum { SILENCE_MS = 30000, UPLOAD_MS = 60000, SUMMARY_BYTES = UPLOAD_SUMMARY_BYTES };
enum { PART_TEXT_BYTES = 768 * 1024, ROW_BYTES = 4 * 1024 };
enum { PART_ROWS = 2000, TOKEN_BYTES_MAX = 32 };
/* What other members have checked may be out of date; then they are asked again. */
enum { AGAIN_MS = 300, CHECKS_MAX = 20 };

struct apply_commit {
    struct sla_commit base; /* first member */
    struct admin_caller caller;
    struct admin *admin;
    struct upload *upload;
    struct apply_checks *checks; /* by other members; NULL: none are made */
    unsigned checked;            /* how often */
    bool prune;
    bool force;
    struct sla_diff_count count;
};

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
static int check_here(const struct apply_commit *commit, const char *host, struct daqs_error *err)
{
    const struct admin *a = commit->admin;
    int result = admin_check_here(a, host, err);
    if (result == DAQS_OK || (commit->checks && apply_checks_cover(commit->checks, host)))
        return DAQS_OK;
    if (commit->checks || commit->caller.hops > 0) /* the host has moved, or was changed */
        result = daqs_fail(err, DAQS_ESTALE, "%.100s was changed in the meantime", host);
    return result;
}

static int check_hosts(const struct apply_commit *commit, struct daqs_error *err)
{
    const struct changeset *changes = &commit->base.write.changeset;
    int result = DAQS_OK;
    for (size_t i = 0; i < changes->count && result == DAQS_OK; i++)
        if (changes->change[i].has_new)
            result = check_here(commit, changes->change[i].host, err);
    return result;
}

/* Another member is going to store the file on the revisions that it knows. */
static int check_revisions(const struct apply_commit *commit, struct daqs_error *err)
{
    const struct upload *upload = commit->upload;
    const struct records *shared = commit->admin->given.shared;
    for (size_t i = 0; shared && i < upload->rows; i++) {
        const char *host = upload->row[i].host;
        const int64_t asked = revisions_of(upload->revisions, host);
        if (asked > 0 && asked != records_pg_revision(shared, host) + 1)
            return daqs_fail(err, DAQS_ESTALE, "%.100s was changed in the meantime", host);
    }
    return DAQS_OK;
}

/* Those who have checked the SLAs of other hosts know which of them are not seen yet. */
static size_t unseen_elsewhere(const struct apply_commit *commit)
{
    const struct changeset *changes = &commit->base.write.changeset;
    size_t count = 0;
    for (size_t i = 0; commit->checks && i < changes->count; i++) {
        const struct ledger_change *change = &changes->change[i];
        count += change->has_new && !fleet_find(commit->admin->given.fleet, change->host) &&
                 apply_checks_cover(commit->checks, change->host);
    }
    return count;
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
    if (result == DAQS_OK)
        result = check_revisions(commit, err);
    if (result == DAQS_OK && !commit->force)
        result = check_hosts(commit, err);
    if (result == DAQS_OK)
        result = sla_diff_check(&base->write.changeset, a->given.fleet, a->given.ledger,
                                a->given.config->headroom_ppm, commit->force, &commit->count.unseen,
                                err);
    if (result == DAQS_OK)
        commit->count.unseen -= unseen_elsewhere(commit);
    return result;
}

static void free_commit(struct apply_commit *commit)
{
    commit->upload->waits = NULL;
    changeset_done(&commit->base.write.changeset);
    apply_checks_free(commit->checks);
    free(commit);
}

/* The file is not applied. */
static void give_up(struct apply_commit *commit, int result, const char *text)
{
    struct admin *a = commit->admin;
    struct upload *upload = commit->upload;
    admin_reply_text(a, &commit->caller, result, "%s", text);
    free_commit(commit);
    upload_free(a->uploads, upload);
}

static void check_again(struct apply_commit *commit)
{
    if (++commit->checked >= CHECKS_MAX) {
        give_up(commit, DAQS_EBUSY,
                "not stored, nothing changed: others change its hosts again and again; try again");
        return;
    }
    changeset_done(&commit->base.write.changeset); /* what was decided no longer holds */
    commit->upload->waits = commit;
    commit->upload->again_ms = daqs_mono_ms(daqs_clock_system()) + AGAIN_MS;
}

static void finish(void *arg, struct sla_commit *base, int result, const struct daqs_error *err)
{
    struct admin *a = arg;
    struct apply_commit *commit = (struct apply_commit *)base;
    struct upload *upload = commit->upload;
    if (result == DAQS_ESTALE && commit->checks) {
        check_again(commit);
        return;
    }
    if (result != DAQS_OK) {
        give_up(commit, result, err->text);
        return;
    }
    upload->heard_ms = daqs_mono_ms(daqs_clock_system());
    upload->state = TOLD;
    if (!base->dry_run)
        admin_announce_slas(a, &base->write);
    summarise(commit, upload->summary);
    upload->changeset = base->write.changeset; /* the upload owns the changes now */
    changeset_init(&base->write.changeset);
    const struct admin_caller caller = commit->caller;
    free_commit(commit); /* before the last part, which frees the upload */
    send_part(a, &caller, upload, 0);
}

static void submit(struct apply_commit *commit)
{
    commit->base.decide = decide;
    commit->base.finish = finish;
    commit->base.arg = commit->admin;
    if (sla_commit_submit(commit->admin->given.commits, &commit->base) != DAQS_OK)
        give_up(commit, DAQS_EBUSY, "too many changes are waiting; try again");
}

/* --- checks by other members --- */

static void on_checked(void *arg, int result, const struct daqs_error *err)
{
    struct apply_commit *commit = arg;
    commit->admin->uploads->checking = false;
    if (result == DAQS_OK) {
        submit(commit);
    } else if (result == DAQS_ESTALE) {
        check_again(commit);
    } else {
        give_up(commit, result, err->text);
    }
}

static int begin_checks(struct apply_commit *commit, bool *ret_any, struct daqs_error *err)
{
    const struct admin_setup *given = &commit->admin->given;
    struct upload *upload = commit->upload;
    struct changeset changes;
    changeset_init(&changes);
    int result = sla_diff_compare(upload->row, upload->rows, commit->prune, given->ledger, &changes,
                                  &commit->count, err);
    if (!commit->checks)
        commit->checks =
            apply_checks_new(&(struct apply_checks_setup){.link = given->link,
                                                          .membership = given->membership,
                                                          .records = given->shared,
                                                          .row = upload->row,
                                                          .rows = upload->rows,
                                                          .prune = commit->prune,
                                                          .done = on_checked,
                                                          .arg = commit});
    if (result == DAQS_OK)
        result = commit->checks ? apply_checks_begin(commit->checks, &changes, ret_any, err)
                                : daqs_fail(err, DAQS_ENOMEM, "out of memory");
    changeset_done(&changes);
    return result;
}

/* Has the members that serve the file's hosts check it, one file at a time, and submits it. */
static void check_and_submit(struct apply_commit *commit)
{
    struct admin *a = commit->admin;
    struct daqs_error err = {0};
    bool any = false;
    commit->upload->waits = NULL;
    if (commit->force || !a->given.link || commit->caller.hops > 0 || commit->upload->rows == 0) {
        submit(commit);
        return;
    }
    if (a->uploads->checking) {
        commit->upload->waits = commit;
        commit->upload->again_ms = daqs_mono_ms(daqs_clock_system()) + AGAIN_MS;
        return;
    }
    const int result = begin_checks(commit, &any, &err);
    if (result != DAQS_OK)
        give_up(commit, result, err.text);
    else if (any)
        a->uploads->checking = true;
    else
        submit(commit);
}

static void end_upload(struct admin *a, const struct admin_caller *caller,
                       const struct wire_request *request, struct upload *upload)
{
    struct apply_commit *commit = calloc(1, sizeof *commit);
    if (!commit) {
        upload_free(a->uploads, upload);
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    commit->admin = a;
    commit->caller = *caller;
    commit->upload = upload;
    commit->prune = request->apply.prune;
    commit->force = request->apply.force;
    commit->base.dry_run = request->apply.dry_run;
    commit->base.confirms = true;
    changeset_init(&commit->base.write.changeset);
    admin_identify(a, caller, request->user, &commit->base.write.asker);
    upload->state = DECIDING;
    check_and_submit(commit);
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
    struct upload *upload = uploads_find(a->uploads, &caller->route);
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
        upload = uploads_begin(a->uploads, &caller->route, caller->now_ms);
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
    if (upload_add(upload, &request->apply, &err) != DAQS_OK) {
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

void admin_apply_tick(struct admin *a, int64_t now_ms)
{
    struct upload *upload = NULL;
    struct upload *next = NULL;
    DL_FOREACH_SAFE(a->uploads->list, upload, next)
    {
        /* Few uploads are accepted at a time, so each has limited time. */
        if (upload->waits && now_ms >= upload->again_ms) {
            check_and_submit(upload->waits); /* which may free the upload */
            continue;
        }
        bool endless = upload->state == COLLECTING && now_ms - upload->begun_ms > UPLOAD_MS;
        if (endless || (upload->state != DECIDING && now_ms - upload->heard_ms > SILENCE_MS))
            upload_free(a->uploads, upload);
    }
}

void admin_apply_end(struct admin *a)
{
    struct upload *upload = NULL;
    DL_FOREACH(a->uploads->list, upload)
    {
        if (upload->waits)
            free_commit(upload->waits);
    }
    uploads_free(a->uploads);
}
