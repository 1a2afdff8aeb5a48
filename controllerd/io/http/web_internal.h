/* SPDX-License-Identifier: Apache-2.0 */
/* web_internal - shared by the files of the web thread. Used on that thread only. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_INTERNAL_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_INTERNAL_H

#include <czmq.h>
#include <stdatomic.h>

#include "controllerd/io/http/web.h"
#include "shared/base/clock.h"
#include "shared/base/metrics.h"
#include "shared/http/http.h"
#include "shared/wire/admin.h"

/* --- web_ask.c: requests to the loop --- */

/* A reply of the loop, which may have several holders. */
struct web_reply {
    unsigned holders;
    struct wire_reply reply;
    struct daqs_arena arena;
    char *json; /* its rows, without brackets; set by web_api.c */
    size_t json_length;
};
void web_reply_hold(struct web_reply *reply);
void web_reply_drop(struct web_reply *reply);

/* A wait for a reply; to be embedded. */
struct web_wait {
    /* Called with the reply, which is valid during the call unless it is held. NULL: it did not
     * arrive in time. */
    void (*heard)(struct web_wait *wait, struct web_reply *reply);
    struct web_wait *next;
};

enum web_kind {
    WEB_LIVE,   /* about the present; shared by all who ask within a second */
    WEB_OWN,    /* about the past; not shared */
    WEB_SCRAPE, /* for metrics, one at a time, not shared; there is always room for it */
    WEB_HEALTH, /* like WEB_LIVE, with a short timeout; there is always room for it */
};

struct web_asker; /* opaque */
/* Sends at most a_second requests per second, 1 to a million, with bursts of twice that. Requests
 * for metrics and health do not count. */
struct web_asker *web_asker_new(uint32_t a_second, struct daqs_error *err);
/* Calls all waits with NULL. Later calls of web_ask fail. */
void web_asker_end(struct web_asker *asker);
void web_asker_free(struct web_asker *asker);
zsock_t *web_asker_socket(const struct web_asker *asker);
void web_asker_receive(struct web_asker *asker, int64_t now_ms);
/* Called several times a second. */
void web_asker_tick(struct web_asker *asker, int64_t now_ms);

/* Calls 'heard' at once or later. DAQS_EBUSY: too many requests are in progress, or the asker has
 * ended. */
int web_ask(struct web_asker *asker, const struct wire_request *request, enum web_kind kind,
            int64_t now_ms, struct web_wait *wait);

/* --- the thread --- */

struct web {
    const struct controller *controller; /* the thread reads only what does not change */
    pthread_t thread;
    atomic_bool stopping;
    int stop_fd;
    struct http_server *server;
    struct web_asker *asker;
    struct talk *talks;                /* answers in parts; the longest unserved first */
    size_t streams;                    /* the number of these */
    struct web_scrape *readers;        /* of metrics in parts; oldest first */
    struct web_collection *collection; /* in progress; NULL: none */
    struct web_stats *stats;           /* of the last scrape; NULL: none */
    size_t stats_held;                 /* sets of stats still in memory */
};

static inline int64_t web_now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}
void web_api_answer(struct web *web, struct http_call *call);
void web_health_answer(struct web *web, struct http_call *call, bool ready);

/* --- web_metrics.c --- */

void web_metrics_answer(struct web *web, struct http_call *call);
/* Drops the stats of the last scrape if they are too old, or always with 'all'. */
void web_metrics_tick(struct web *web, int64_t now_ms, bool all);

/* web_metric_families.c: writes the metrics as text, piece by piece. */
enum web_table { WEB_STATUS, WEB_HOSTS, WEB_NICS, WEB_GUARANTEES, WEB_TABLES };
struct web_part {
    struct web_reply *reply;
    struct web_part *next;
};
/* The replies of the loop, all from about the same moment. */
struct web_stats {
    unsigned holders;
    int64_t made_ms;
    uint64_t nics_left_out;
    struct web_part *part[WEB_TABLES];
    struct web_part *last[WEB_TABLES];
};
/* The position in the text. Zero-initialise. */
struct web_cursor {
    size_t family; /* 0: those of the process */
    const struct web_part *part;
    size_t row;
};
/* Writes about 'bytes' more; returns false once everything is written. */
bool web_metric_families_write(const struct web *web, const struct web_stats *stats,
                               struct web_cursor *cursor, size_t bytes, struct metrics *out);

/* --- web_status.c --- */

/* Returns the text of a row of the status; "" if there is no row of that name. */
const char *web_status_value(const struct daqs_table *status, const char *name);

#endif
