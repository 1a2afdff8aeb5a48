/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/address.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/text.h"
#include "tools/daqsctl/request.h"
#include "tools/daqsctl/table_lookup.h"

enum { CHOICES = 5 };

/* --- what a word means --- */

void address_add(struct address_found *found, const char *host, const char *vm)
{
    if (!*vm) {
        found->host = true;
        return;
    }
    if (found->vms++ == 0) {
        (void)snprintf(found->first.host, sizeof found->first.host, "%s", host);
        (void)snprintf(found->first.vm, sizeof found->first.vm, "%s", vm);
    }
    if (found->listed >= CHOICES)
        return;
    daqs_text_add(found->choices, sizeof found->choices, ", ", "'%.100s %.100s'", host, vm);
    found->listed++;
}

static enum exit_status refuse_several(const struct address_found *found, const char *word,
                                       struct daqs_error *err)
{
    const char *more = found->vms > found->listed ? ", ..." : "";
    (void)daqs_fail(err, DAQS_EREFUSED, "'%.100s' is %s%zu VM%s: %.512s%s; give the host, too",
                    word, found->host ? "a host and " : "", found->vms, found->vms == 1 ? "" : "s",
                    found->choices, more);
    return EXIT_FAILED;
}

enum exit_status address_decide(const struct address_found *found, const char *word, bool alone,
                                struct address *ret, struct daqs_error *err)
{
    const bool host = alone && (found->host || found->vms == 0);
    if (host && found->vms == 0) {
        (void)snprintf(ret->host, sizeof ret->host, "%s", word);
        ret->vm[0] = '\0';
        return EXIT_DONE;
    }
    if (found->vms > 1 || host)
        return refuse_several(found, word, err);
    if (found->vms == 0) {
        (void)daqs_fail(err, DAQS_ENOTFOUND,
                        "no VM is called '%.100s' now, or has this UUID; of one that is gone, give "
                        "the host, too",
                        word);
        return EXIT_FAILED;
    }
    if (*found->missing) {
        (void)daqs_fail(err, DAQS_EREFUSED,
                        "%.100s does not answer, so '%.100s' may also be a VM of its hosts; give "
                        "the host, too",
                        found->missing, word);
        return EXIT_FAILED;
    }
    *ret = found->first;
    return EXIT_DONE;
}

/* --- asking --- */

static void take_part(void *arg, const struct wire_reply *reply)
{
    struct address_found *found = arg;
    for (size_t row = 0; reply->has_table && row < daqs_table_rows(&reply->table); row++)
        address_add(found, table_cell_text(&reply->table, row, "host"),
                    table_cell_text(&reply->table, row, "vm"));
    if (reply->missing > 0)
        (void)snprintf(found->missing, sizeof found->missing, "%s",
                       reply->missing_member[0].member);
}

/* An older controller does not know the request. */
static enum exit_status note_refusal(void *arg, const struct wire_reply *reply)
{
    bool *older = arg;
    *older = reply->code == DAQS_EVERSION;
    return *older ? EXIT_DONE : complain(EXIT_FAILED, "%s", reply->text);
}

static enum exit_status find(const struct command_line *line, const char *word,
                             struct address_found *ret, bool *ret_older)
{
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    struct wire_request request = wire_request_of(WIRE_FIND);
    request.find.like = word;
    enum exit_status status = exchange_begin(&exchange, line);
    exchange.refused = note_refusal;
    exchange.refused_arg = ret_older;
    return status == EXIT_DONE ? exchange_send_all(&exchange, &request, take_part, ret) : status;
}

static enum exit_status find_one(const struct command_line *line, bool alone, struct address *ret)
{
    struct address_found found = {0};
    struct daqs_error err = {0};
    bool older = false;
    enum exit_status status = find(line, line->argument[0], &found, &older);
    if (status != EXIT_DONE)
        return status;
    if (older && !alone)
        return complain(EXIT_FAILED, "the controller is older and does not find VMs without their "
                                     "host; give the host, too");
    status = address_decide(&found, line->argument[0], alone, ret, &err);
    return status == EXIT_DONE ? status : complain(status, "%s", err.text);
}

static enum exit_status address(const struct command_line *line, bool alone,
                                struct wire_request *request, struct address *ret)
{
    *ret = (struct address){0};
    request->vm.host = ret->host;
    request->vm.vm = ret->vm;
    if (line->arguments == 1)
        return find_one(line, alone, ret);
    if (line->arguments > 0)
        (void)snprintf(ret->host, sizeof ret->host, "%s", line->argument[0]);
    if (line->arguments > 1)
        (void)snprintf(ret->vm, sizeof ret->vm, "%s", line->argument[1]);
    return EXIT_DONE;
}

enum exit_status address_vm(const struct command_line *line, struct wire_request *request,
                            struct address *ret)
{
    return address(line, false, request, ret);
}

enum exit_status address_any(const struct command_line *line, struct wire_request *request,
                             struct address *ret)
{
    return address(line, true, request, ret);
}
