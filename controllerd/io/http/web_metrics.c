/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/http/web_internal.h"
#include "controllerd/io/http/web_query.h"
#include "controllerd/io/state/controller_state.h"

/* A scrape requests all tables at once, which scrapers within a second share. The text is written
 * as the client reads it. */
enum { FRESH_MS = 1000, PIECE_BYTES = 64 * 1024, HELD_MOST = 4 };

/* A client that receives metrics. */
struct web_scrape {
    struct web *web;
    struct http_call *call;
    struct web_stats *stats;
    struct web_cursor cursor;
    bool open;
    struct web_scrape *prev; /* in web->readers */
    struct web_scrape *next; /* likewise, or in a collection's 'scrapes' */
};

struct web_collection {
    struct web_wait wait; /* first member */
    struct web *web;
    struct web_stats *stats;
    enum web_table table;
    char token[WIRE_FIELD_BYTES + 1];
    struct web_scrape *scrapes;
};

static void drop(struct web *web, struct web_stats *stats)
{
    if (!stats || --stats->holders > 0)
        return;
    for (size_t i = 0; i < WEB_TABLES; i++)
        while (stats->part[i]) {
            struct web_part *part = stats->part[i];
            stats->part[i] = part->next;
            web_reply_drop(part->reply);
            free(part);
        }
    free(stats);
    web->stats_held--;
}

/* --- writing --- */

static bool make_piece(struct web_scrape *scrape, struct http_bytes *ret, bool *ret_last)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return false;
    struct metrics metrics = {.out = out, .open = scrape->open};
    *ret_last = !web_metric_families_write(scrape->web, scrape->stats, &scrape->cursor, PIECE_BYTES,
                                           &metrics);
    if (fclose(out) != 0) {
        free(text);
        return false;
    }
    *ret = http_text(text, length);
    return true;
}

static void free_scrape(struct web_scrape *scrape)
{
    drop(scrape->web, scrape->stats);
    free(scrape);
}

static void write_more(void *arg, struct http_call *call)
{
    struct web_scrape *scrape = arg;
    struct http_bytes piece;
    bool last = false;
    if (make_piece(scrape, &piece, &last))
        http_part(call, piece, last);
    else
        http_break(call);
}

static void end_scrape(void *arg)
{
    struct web_scrape *scrape = arg;
    DL_DELETE(scrape->web->readers, scrape);
    free_scrape(scrape);
}

/* Disconnects the client that has been reading longest, and all clients that read the same stats,
 * so that these are freed. */
static void let_oldest_go(struct web *web)
{
    const struct web_stats *oldest = NULL;
    struct web_scrape *scrape = NULL;
    DL_FOREACH(web->readers, scrape)
    {
        if (!scrape->stats || (oldest && scrape->stats != oldest))
            continue;
        oldest = scrape->stats;
        drop(web, scrape->stats);
        scrape->stats = NULL;
        http_hang_up(scrape->call);
    }
}

static void begin_scrape(struct web_scrape *scrape)
{
    const struct http_head head = {.status = 200,
                                   .type = scrape->open ? METRICS_OPEN : METRICS_PLAIN};
    const struct http_source source = {write_more, end_scrape, scrape};
    struct http_bytes piece;
    bool last = false;
    if (!make_piece(scrape, &piece, &last)) {
        http_refuse(scrape->call, 503, "out of memory");
        free_scrape(scrape);
    } else if (last) {
        http_answer(scrape->call, &head, piece);
        free_scrape(scrape);
    } else {
        DL_APPEND(scrape->web->readers, scrape);
        http_begin(scrape->call, &head, piece, &source);
    }
}

/* --- collecting --- */

/* Starts writing to all clients that wait, or refuses them. */
static void end_collection(struct web_collection *collection, unsigned status, const char *problem)
{
    struct web *web = collection->web;
    web->collection = NULL;
    while (collection->scrapes) {
        struct web_scrape *scrape = collection->scrapes;
        collection->scrapes = scrape->next;
        if (problem) {
            http_refuse(scrape->call, status, problem);
            free_scrape(scrape);
            continue;
        }
        scrape->stats = collection->stats;
        collection->stats->holders++;
        begin_scrape(scrape);
    }
    if (!problem) {
        drop(web, web->stats);
        web->stats = collection->stats;
        web->stats->holders++;
        web->stats->made_ms = web_now_ms();
    }
    drop(web, collection->stats);
    free(collection);
}

static void ask(struct web_collection *collection)
{
    static const enum wire_verb verbs[] = {[WEB_STATUS] = WIRE_STATUS,
                                           [WEB_HOSTS] = WIRE_HOSTS,
                                           [WEB_NICS] = WIRE_FIGURES,
                                           [WEB_GUARANTEES] = WIRE_FIGURES};
    struct wire_request request = web_request(verbs[collection->table]);
    request.token = collection->token;
    if (collection->table >= WEB_NICS)
        request.word = collection->table == WEB_NICS ? "nics" : "promises";
    if (web_ask(collection->web->asker, &request, WEB_SCRAPE, web_now_ms(), &collection->wait) !=
        DAQS_OK)
        end_collection(collection, 503, "too many questions are under way; try again");
}

static bool keep_part(struct web_collection *collection, struct web_reply *reply)
{
    struct web_stats *stats = collection->stats;
    enum web_table table = collection->table;
    struct web_part *part = calloc(1, sizeof *part);
    if (!part)
        return false;
    part->reply = reply;
    web_reply_hold(reply);
    if (stats->last[table])
        stats->last[table]->next = part;
    else
        stats->part[table] = part;
    stats->last[table] = part;
    return true;
}

/* Returns the next table; those with a row per nic or VM only if there are not too many nics. */
static enum web_table next_table(const struct web_collection *collection)
{
    const struct web_stats *stats = collection->stats;
    if (collection->table == WEB_HOSTS && stats->nics_left_out > 0)
        return WEB_TABLES;
    return collection->table + 1;
}

static void count_nics(struct web_collection *collection)
{
    struct web_stats *stats = collection->stats;
    const struct daqs_table *status = &stats->part[WEB_STATUS]->reply->reply.table;
    uint64_t nics = strtoull(web_status_value(status, "nics"), NULL, 10);
    if (nics > collection->web->controller->config->metrics_nics)
        stats->nics_left_out = nics;
}

static void heard(struct web_wait *wait, struct web_reply *reply)
{
    struct web_collection *collection = (struct web_collection *)wait;
    if (!reply || reply->reply.code != DAQS_OK || !reply->reply.has_table) {
        end_collection(collection, 503, "the control loop does not answer");
        return;
    }
    if (!keep_part(collection, reply)) {
        end_collection(collection, 503, "out of memory");
        return;
    }
    (void)snprintf(collection->token, sizeof collection->token, "%s", reply->reply.token);
    if (collection->table == WEB_STATUS)
        count_nics(collection);
    if (!*collection->token)
        collection->table = next_table(collection);
    if (collection->table == WEB_TABLES)
        end_collection(collection, 200, NULL);
    else
        ask(collection);
}

/* Returns a collection that the scrape waits for; NULL if out of memory. */
static struct web_collection *begin_collection(struct web *web, struct web_scrape *scrape)
{
    struct web_collection *collection = calloc(1, sizeof *collection);
    struct web_stats *stats = collection ? calloc(1, sizeof *stats) : NULL;
    if (!stats) {
        free(collection);
        return NULL;
    }
    stats->holders = 1;
    web->stats_held++;
    *collection =
        (struct web_collection){.wait.heard = heard, .web = web, .stats = stats, .scrapes = scrape};
    return collection;
}

void web_metrics_answer(struct web *web, struct http_call *call)
{
    struct web_scrape *scrape = calloc(1, sizeof *scrape);
    if (!scrape) {
        http_refuse(call, 503, "out of memory");
        return;
    }
    scrape->web = web;
    scrape->call = call;
    scrape->open = metrics_wants_open(http_call_header(call, "Accept"));
    web_metrics_tick(web, web_now_ms(), false);
    if (web->stats) {
        scrape->stats = web->stats;
        web->stats->holders++;
        begin_scrape(scrape);
        return;
    }
    if (web->collection) {
        scrape->next = web->collection->scrapes;
        web->collection->scrapes = scrape;
        return;
    }
    if (web->stats_held >= HELD_MOST)
        let_oldest_go(web);
    web->collection = begin_collection(web, scrape);
    if (web->collection) {
        ask(web->collection);
        return;
    }
    http_refuse(call, 503, "out of memory");
    free(scrape);
}

void web_metrics_tick(struct web *web, int64_t now_ms, bool all)
{
    if (!web->stats || (!all && now_ms - web->stats->made_ms < FRESH_MS))
        return;
    drop(web, web->stats);
    web->stats = NULL;
}
