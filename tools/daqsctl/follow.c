/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/follow.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/daqsctl/print.h"
#include "tools/daqsctl/request.h"
#include "tools/daqsctl/table_lookup.h"

/* All sources are asked once in PERIOD_MS, or in a large group one in SOURCE_MS. The list of
 * members is read again after MEMBERS_EVERY such turns. */
enum { PERIOD_MS = 1000, SOURCE_MS = 100, MEMBERS_EVERY = 10, SOURCES_MOST = 256 };

/* One that records events: a member of the group, or "": the controller that is asked. */
struct source {
    char member[DAQS_MEMBER_MAX + 1];
    char token[WIRE_FIELD_BYTES + 1];
    bool silent; /* and that was said */
    bool seen;   /* in the list of members that was read last */
};

struct follow {
    struct exchange exchange;
    struct printer printer;
    struct source *source;
    size_t sources;
    struct source *asked;
};

/* --- who records events --- */

static struct source *find(const struct follow *f, const char *member)
{
    for (size_t i = 0; i < f->sources; i++)
        if (strcmp(f->source[i].member, member) == 0)
            return &f->source[i];
    return NULL;
}

static void see(struct follow *f, const char *member)
{
    struct source *source = find(f, member);
    if (!source && f->sources < SOURCES_MOST) {
        source = &f->source[f->sources++];
        *source = (struct source){.silent = false};
        (void)snprintf(source->member, sizeof source->member, "%s", member);
    }
    if (source)
        source->seen = true;
}

static void take_members(void *arg, const struct wire_reply *reply)
{
    for (size_t row = 0; reply->has_table && row < daqs_table_rows(&reply->table); row++)
        see(arg, table_cell_text(&reply->table, row, "member"));
}

/* A controller that is in no group, or too busy: those that are known are asked. */
static enum exit_status no_members(void *arg, const struct wire_reply *reply)
{
    struct follow *f = arg;
    (void)reply;
    for (size_t i = 0; i < f->sources; i++)
        f->source[i].seen = true;
    return EXIT_DONE;
}

static void drop_unseen(struct follow *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->sources; i++)
        if (f->source[i].seen)
            f->source[kept++] = f->source[i];
    f->sources = kept;
}

static enum exit_status find_sources(struct follow *f)
{
    struct wire_request request = wire_request_of(WIRE_MEMBERS);
    for (size_t i = 0; i < f->sources; i++)
        f->source[i].seen = false;
    f->exchange.token[0] = '\0';
    f->exchange.refused = no_members;
    const enum exit_status status = exchange_send(&f->exchange, &request, take_members, f);
    drop_unseen(f);
    if (f->sources == 0)
        see(f, "");
    return status;
}

/* --- their events --- */

static void print_part(void *arg, const struct wire_reply *reply)
{
    struct follow *f = arg;
    f->asked->silent = false;
    if (reply->has_table)
        printer_part(&f->printer, &reply->table);
}

/* Of several members, one that does not answer is named, and the others go on. */
static enum exit_status refused(void *arg, const struct wire_reply *reply)
{
    struct follow *f = arg;
    if (!*f->asked->member)
        return complain(EXIT_FAILED, "%s", reply->text);
    if (!f->asked->silent)
        (void)complain(EXIT_DONE, "no events of %s: %s", f->asked->member, reply->text);
    f->asked->silent = true;
    return EXIT_DONE;
}

/* *ret_more: there may be more at once. */
static enum exit_status ask(struct follow *f, struct source *source, struct wire_request *request,
                            bool *ret_more)
{
    f->asked = source;
    f->exchange.refused = refused;
    request->events.member = source->member;
    memcpy(f->exchange.token, source->token, sizeof source->token);
    const enum exit_status status = exchange_send(&f->exchange, request, print_part, f);
    *ret_more |= strcmp(f->exchange.token, source->token) != 0;
    memcpy(source->token, f->exchange.token, sizeof source->token);
    return status;
}

static enum exit_status ask_all(struct follow *f, struct wire_request *request, bool *ret_more)
{
    enum exit_status status = EXIT_DONE;
    *ret_more = false;
    for (size_t i = 0; i < f->sources && status == EXIT_DONE; i++)
        status = ask(f, &f->source[i], request, ret_more);
    return status;
}

/* Returns false if the reader has closed the output. */
static bool wait_with_reader(const struct follow *f)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    const size_t slowly_ms = f->sources * SOURCE_MS;
    return poll(&out, 1, slowly_ms > PERIOD_MS ? (int)slowly_ms : PERIOD_MS) <= 0;
}

static enum exit_status go_on(struct follow *f, struct wire_request *request)
{
    enum exit_status status = EXIT_DONE;
    for (unsigned turn = 0; status == EXIT_DONE; turn++) {
        bool more = false;
        if (turn % MEMBERS_EVERY == 0)
            status = find_sources(f);
        if (status == EXIT_DONE)
            status = ask_all(f, request, &more);
        if (status == EXIT_DONE && fflush(stdout) != 0)
            return complain(EXIT_FAILED, "cannot write the output");
        if (status == EXIT_DONE && !more && !wait_with_reader(f))
            return EXIT_DONE;
    }
    return status;
}

enum exit_status follow_events(const struct command_line *line, struct wire_request *request)
{
    /* Widths that suit most events, because the first part may be empty. */
    struct follow f = {.printer = {.out = stdout,
                                   .format = line->output,
                                   .lines = true,
                                   .aligned = {.terminal = terminal_of(stdout, line->color),
                                               .local = line->local,
                                               .width = {6, 24, 18, 7, 8, 8, 24, 40}}}};
    f.source = calloc(SOURCES_MOST, sizeof *f.source);
    if (!f.source)
        return complain(EXIT_FAILED, "out of memory");
    enum exit_status status = exchange_begin(&f.exchange, line);
    exchange_keep_open(&f.exchange);
    f.exchange.refused_arg = &f;
    request->events.follow = true;
    request->events.until_ms = 0;
    if (status == EXIT_DONE)
        status = go_on(&f, request);
    exchange_end_p(&f.exchange);
    free(f.source);
    return status;
}
