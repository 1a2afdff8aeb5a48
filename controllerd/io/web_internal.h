/* web_internal - what the files of the web thread share. Only that thread touches it. */
#ifndef DAQS_CONTROLLERD_IO_WEB_INTERNAL_H
#define DAQS_CONTROLLERD_IO_WEB_INTERNAL_H

#include <czmq.h>
#include <stdatomic.h>

#include "controllerd/io/web.h"
#include "shared/base/metrics.h"
#include "shared/http/http.h"
#include "shared/wire/admin.h"

/* --- web_ask.c: questions to the loop --- */

/* An answer of the loop's, which several may hold. */
struct web_reply {
    unsigned holders;
    struct wire_reply reply;
    struct daqs_arena arena;
    char *json; /* its rows, without brackets; made by web_api.c */
    size_t json_length;
};
void web_reply_hold(struct web_reply *reply);
void web_reply_drop(struct web_reply *reply);

/* Somebody who waits for one; to be embedded. */
struct web_wait {
    /* The reply lasts for the call if it is not held. NULL: none came in time. */
    void (*heard)(struct web_wait *wait, struct web_reply *reply);
    struct web_wait *next;
};

enum web_kind {
    WEB_LIVE,   /* the same for all who ask within a second */
    WEB_OWN,    /* about the past, for whoever asks */
    WEB_SCRAPE, /* the same for metrics, of which one is under way: there is always room for it */
    WEB_HEALTH, /* as live; answered soon or never, and there is always room for it */
};

struct web_asker; /* opaque */
/* Of questions beside those for metrics and health so many are asked in a second, 1 to a million,
 * and twice that at once. */
struct web_asker *web_asker_new(uint32_t a_second, struct daqs_error *err);
/* Whoever still waits is told that nothing comes, and so is who asks later. */
void web_asker_end(struct web_asker *asker);
void web_asker_free(struct web_asker *asker);
zsock_t *web_asker_socket(const struct web_asker *asker);
void web_asker_receive(struct web_asker *asker, int64_t now_ms);
/* Some times a second. */
void web_asker_tick(struct web_asker *asker, int64_t now_ms);

/* 'heard' is called at once or later. DAQS_EBUSY: too many questions are under way. */
int web_ask(struct web_asker *asker, const struct wire_request *request, enum web_kind kind,
            int64_t now_ms, struct web_wait *wait);

/* --- the thread --- */

struct web {
    const struct controller *controller; /* of which the thread reads what does not change */
    pthread_t thread;
    atomic_bool stopping;
    int stop_fd;
    struct http_server *server;
    struct web_asker *asker;
    struct talk *talks;                /* answers in parts; whose client was given one first */
    size_t streams;                    /* of those */
    struct web_scrape *readers;        /* of metrics in parts; who began first */
    struct web_collection *collection; /* under way; NULL: none */
    struct web_stats *stats;           /* of the last scrape; NULL: none */
    size_t stats_held;                 /* sets of them that are still read from */
};

int64_t web_now_ms(void);
void web_api_answer(struct web *web, struct http_call *call);
void web_health_answer(struct web *web, struct http_call *call, bool ready);

/* --- web_metrics.c --- */

void web_metrics_answer(struct web *web, struct http_call *call);
/* What the last scrape was answered with is forgotten when it is old, or 'all'. */
void web_metrics_tick(struct web *web, int64_t now_ms, bool all);

/* web_metric_families.c: the figures as text, piece by piece. */
enum web_table { WEB_STATUS, WEB_HOSTS, WEB_NICS, WEB_GUARANTEES, WEB_TABLES };
struct web_part {
    struct web_reply *reply;
    struct web_part *next;
};
/* All that the loop said, at about one moment. */
struct web_stats {
    unsigned holders;
    int64_t made_ms;
    uint64_t nics_left_out;
    struct web_part *part[WEB_TABLES];
    struct web_part *last[WEB_TABLES];
};
/* Where the text goes on. Zero-initialise. */
struct web_cursor {
    size_t family; /* 0: the process's own */
    const struct web_part *part;
    size_t row;
};
/* Writes about 'bytes' more; returns false when that was the last. */
bool web_metric_families_write(const struct web *web, const struct web_stats *stats,
                               struct web_cursor *cursor, size_t bytes, struct metrics *out);

/* The number, or the text, of a row of the status; 0 or "" if it has none of that name. */
const char *web_status_value(const struct daqs_table *status, const char *name);

#endif
