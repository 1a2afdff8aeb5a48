/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_stats.h"

#include <stdio.h>
#include <stdlib.h>

struct web_collection {
    struct loop_wait wait; /* first member */
    struct web_stats_setup given;
    struct web_stats *stats;
    enum web_table table;
    char token[WIRE_FIELD_BYTES + 1];
};

void web_stats_hold(struct web_stats *stats)
{
    stats->holders++;
}

bool web_stats_drop(struct web_stats *stats)
{
    if (--stats->holders > 0)
        return false;
    for (size_t i = 0; i < WEB_TABLES; i++)
        while (stats->part[i]) {
            struct web_part *part = stats->part[i];
            stats->part[i] = part->next;
            loop_reply_drop(part->reply);
            free(part);
        }
    free(stats);
    return true;
}

static void finish(struct web_collection *collection, const char *problem)
{
    const struct web_stats_setup given = collection->given;
    struct web_stats *stats = collection->stats;
    free(collection);
    if (problem)
        (void)web_stats_drop(stats);
    given.done(given.arg, problem ? NULL : stats, problem);
}

static void request_part(struct web_collection *collection)
{
    static const char *const tables[] = {[WEB_STATUS] = "status",
                                         [WEB_HOSTS] = "hosts",
                                         [WEB_NICS] = "nics",
                                         [WEB_GUARANTEES] = "promises"};
    struct wire_request request = wire_request_of(WIRE_FIGURES); /* of this controller alone */
    request.token = collection->token;
    request.figures.table = tables[collection->table];
    if (loop_client_request(collection->given.loop, &request, LOOP_METRICS,
                            daqs_mono_ms(collection->given.clock), &collection->wait) != DAQS_OK)
        finish(collection, "too many requests are in progress; try again");
}

static bool keep_part(struct web_stats *stats, enum web_table table, struct loop_reply *reply)
{
    struct web_part *part = calloc(1, sizeof *part);
    if (!part)
        return false;
    part->reply = reply;
    loop_reply_hold(reply);
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
    if (collection->table == WEB_HOSTS && collection->stats->nics_left_out > 0)
        return WEB_TABLES;
    return collection->table + 1;
}

static void count_nics(struct web_collection *collection, const struct loop_reply *status)
{
    uint64_t nics = strtoull(loop_reply_value(status, "nics"), NULL, 10);
    if (nics > collection->given.nics_max)
        collection->stats->nics_left_out = nics;
}

static void on_reply(struct loop_wait *wait, struct loop_reply *reply)
{
    struct web_collection *collection = (struct web_collection *)wait;
    if (!reply || reply->wire.code != DAQS_OK || !reply->wire.has_table) {
        finish(collection, "the control loop does not answer");
        return;
    }
    if (!keep_part(collection->stats, collection->table, reply)) {
        finish(collection, "out of memory");
        return;
    }
    (void)snprintf(collection->token, sizeof collection->token, "%s", reply->wire.token);
    if (collection->table == WEB_STATUS)
        count_nics(collection, reply);
    if (!*collection->token)
        collection->table = next_table(collection);
    if (collection->table == WEB_TABLES)
        finish(collection, NULL);
    else
        request_part(collection);
}

bool web_stats_collect(const struct web_stats_setup *setup)
{
    struct web_collection *collection = calloc(1, sizeof *collection);
    struct web_stats *stats = collection ? calloc(1, sizeof *stats) : NULL;
    if (!stats) {
        free(collection);
        return false;
    }
    stats->holders = 1;
    *collection =
        (struct web_collection){.wait.on_reply = on_reply, .given = *setup, .stats = stats};
    request_part(collection);
    return true;
}
