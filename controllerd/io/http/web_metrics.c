/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_metrics.h"

#include <stdlib.h>
#include <utlist.h>

enum { FRESH_MS = 1000, PIECE_BYTES = 64 * 1024, HELD_MAX = 4 };

/* A client that receives metrics. */
struct web_scrape {
    struct web_metrics *metrics;
    struct http_call *call;
    struct web_stats *stats; /* NULL: not collected yet, or taken away */
    struct web_metric_cursor cursor;
    bool open;
    struct web_scrape *prev;
    struct web_scrape *next;
};

struct web_metrics {
    struct web_metrics_setup given;
    struct web_scrape *waiting; /* for the collection in progress */
    struct web_scrape *readers; /* of metrics in several pieces; oldest first */
    bool collecting;
    struct web_stats *stats; /* of the last scrape; NULL: none */
    int64_t collected_ms;
    size_t held; /* sets of stats in memory, including the one that is being collected */
};

struct web_metrics *web_metrics_new(const struct web_metrics_setup *setup)
{
    struct web_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics)
        metrics->given = *setup;
    return metrics;
}

/* Sets *stats to NULL. */
static void drop(struct web_metrics *metrics, struct web_stats **stats)
{
    if (*stats && web_stats_drop(*stats))
        metrics->held--;
    *stats = NULL;
}

void web_metrics_free(struct web_metrics *metrics)
{
    if (!metrics)
        return;
    drop(metrics, &metrics->stats);
    free(metrics);
}

void web_metrics_tick(struct web_metrics *metrics, int64_t now_ms)
{
    if (now_ms - metrics->collected_ms >= FRESH_MS)
        drop(metrics, &metrics->stats);
}

/* --- writing --- */

static bool make_piece(struct web_scrape *scrape, struct http_bytes *ret, bool *ret_last)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return false;
    struct metrics writer = {.out = out, .open = scrape->open};
    *ret_last = !web_metric_families_write(&scrape->metrics->given.own, scrape->stats,
                                           &scrape->cursor, PIECE_BYTES, &writer);
    if (fclose(out) != 0) {
        free(text);
        return false;
    }
    *ret = http_text(text, length);
    return true;
}

static void free_scrape(struct web_scrape *scrape)
{
    drop(scrape->metrics, &scrape->stats);
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
    DL_DELETE(scrape->metrics->readers, scrape);
    free_scrape(scrape);
}

/* Disconnects the client that has been reading longest, and all clients that read the same stats,
 * so that these are freed. */
static void end_oldest_readers(struct web_metrics *metrics)
{
    const struct web_stats *oldest = NULL;
    struct web_scrape *scrape = NULL;
    DL_FOREACH(metrics->readers, scrape)
    {
        if (!scrape->stats || (oldest && scrape->stats != oldest))
            continue;
        oldest = scrape->stats;
        drop(metrics, &scrape->stats);
        http_hang_up(scrape->call);
    }
}

static void begin_scrape(struct web_scrape *scrape, struct web_stats *stats)
{
    const struct http_head head = {.status = 200,
                                   .type = scrape->open ? METRICS_OPEN : METRICS_PLAIN};
    const struct http_source source = {write_more, end_scrape, scrape};
    struct http_bytes piece;
    bool last = false;
    scrape->stats = stats;
    web_stats_hold(stats);
    if (!make_piece(scrape, &piece, &last)) {
        http_refuse(scrape->call, 503, "out of memory");
        free_scrape(scrape);
    } else if (last) {
        http_answer(scrape->call, &head, piece);
        free_scrape(scrape);
    } else {
        DL_APPEND(scrape->metrics->readers, scrape);
        http_begin(scrape->call, &head, piece, &source);
    }
}

/* --- collecting --- */

/* Starts writing to all clients that wait, or refuses them. */
static void on_collected(void *arg, struct web_stats *stats, const char *problem)
{
    struct web_metrics *metrics = arg;
    metrics->collecting = false;
    metrics->held -= stats == NULL;
    while (metrics->waiting) {
        struct web_scrape *scrape = metrics->waiting;
        DL_DELETE(metrics->waiting, scrape);
        if (stats) {
            begin_scrape(scrape, stats);
            continue;
        }
        http_refuse(scrape->call, 503, problem);
        free_scrape(scrape);
    }
    if (!stats)
        return;
    drop(metrics, &metrics->stats);
    metrics->stats = stats;
    metrics->collected_ms = daqs_mono_ms(metrics->given.clock);
}

static void collect(struct web_metrics *metrics)
{
    if (metrics->held >= HELD_MAX)
        end_oldest_readers(metrics);
    metrics->collecting = true;
    metrics->held++;
    if (!web_stats_collect(&(struct web_stats_setup){.loop = metrics->given.loop,
                                                     .clock = metrics->given.clock,
                                                     .nics_max = metrics->given.nics_max,
                                                     .done = on_collected,
                                                     .arg = metrics}))
        on_collected(metrics, NULL, "out of memory");
}

void web_metrics_answer(struct web_metrics *metrics, struct http_call *call)
{
    struct web_scrape *scrape = calloc(1, sizeof *scrape);
    if (!scrape) {
        http_refuse(call, 503, "out of memory");
        return;
    }
    *scrape = (struct web_scrape){.metrics = metrics,
                                  .call = call,
                                  .open = metrics_wants_open(http_call_header(call, "Accept"))};
    web_metrics_tick(metrics, daqs_mono_ms(metrics->given.clock));
    if (metrics->stats) {
        begin_scrape(scrape, metrics->stats);
        return;
    }
    DL_APPEND(metrics->waiting, scrape);
    if (!metrics->collecting)
        collect(metrics);
}
