/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/alerts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/core/diagnosis/alert_book.h"
#include "controllerd/io/events/alert_text.h"
#include "controllerd/io/events/hook.h"
#include "controllerd/io/events/http_post.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/pool.h"

enum { TICK_MS = 1000, RETRY_MS = 1000 };

/* A message, or several, that are being delivered. */
struct delivery {
    struct daqs_job job; /* first member */
    const struct receiver *to;
    char *text;
    size_t first_time; /* messages in it that are not repetitions */
    int result;
    struct daqs_error error;
};

/* Delivers a text on a thread. */
typedef int send_fn(const struct alerts *alerts, const char *text, struct daqs_error *err);

enum { PROGRAM, WEBHOOK, RECEIVERS };

struct receiver {
    const struct alerts *alerts;
    struct alert_book *book; /* NULL: there is no such receiver */
    send_fn *send;
    const char *key; /* of the configuration, for people */
    bool busy;       /* a delivery is under way */
    int64_t retry_ms;
    int64_t next_ms; /* monotonic, earliest delivery */
    struct daqs_log_budget budget;
};

struct alerts {
    struct alerts_setup given;
    char *program;
    char *webhook;
    struct receiver receiver[RECEIVERS];
    struct daqs_pool *pool;
    int stop_fd; /* becomes readable when deliveries must end */
    int64_t ticked_ms;
    struct alerts_state state;
};

int alerts_check_program(const char *path, struct daqs_error *err)
{
    struct stat st;
    if (*path != '/')
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not the absolute path of a program", path);
    if (stat(path, &st) != 0)
        return daqs_fail(err, DAQS_EINVALID, "%.100s: %s%s", path, strerror(errno),
                         strpbrk(path, " \t")
                             ? "; no arguments can be given: write a script that contains them"
                             : "");
    if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
        return daqs_fail(err, DAQS_EINVALID, "%.200s is not an executable file", path);
    return DAQS_OK;
}

/* --- making --- */

static int run_program(const struct alerts *alerts, const char *text, struct daqs_error *err)
{
    return hook_run(alerts->program, text, alerts->given.run_most_ms, alerts->stop_fd, err);
}

static int post(const struct alerts *alerts, const char *text, struct daqs_error *err)
{
    return alerts->given.post(alerts->webhook, text, alerts->given.run_most_ms, alerts->stop_fd,
                              err);
}

/* Returns false if out of memory. */
static bool make_receiver(struct alerts *alerts, int which, const char *key, send_fn *send,
                          int64_t repeat_ms)
{
    struct receiver *r = &alerts->receiver[which];
    *r = (struct receiver){.alerts = alerts, .send = send, .key = key, .retry_ms = RETRY_MS};
    r->book = alert_book_new(&(struct alert_book_setup){.level = alerts->given.level,
                                                        .hold_ms = alerts->given.hold_ms,
                                                        .repeat_ms = repeat_ms,
                                                        .keep_ms = ALERTS_KEEP_MS});
    return r->book;
}

struct alerts *alerts_new(const struct alerts_setup *setup)
{
    struct alerts *alerts = calloc(1, sizeof *alerts);
    if (!alerts)
        return NULL;
    alerts->given = *setup;
    if (!setup->post)
        alerts->given.post = http_post;
    alerts->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    alerts->program = strdup(setup->program);
    alerts->webhook = strdup(setup->webhook);
    alerts->pool = daqs_pool_new(RECEIVERS, RECEIVERS);
    if (alerts->stop_fd >= 0 && alerts->program && alerts->webhook && alerts->pool &&
        (!*setup->program || make_receiver(alerts, PROGRAM, "exec", run_program, 0)) &&
        (!*setup->webhook || make_receiver(alerts, WEBHOOK, "webhook", post, ALERTS_REPEAT_MS))) {
        daqs_pool_describe(alerts->pool, "alerts", 0);
        return alerts;
    }
    alerts_free(alerts);
    return NULL;
}

static void delivery_free(struct delivery *delivery)
{
    free(delivery->text);
    free(delivery);
}

void alerts_free(struct alerts *alerts)
{
    if (!alerts)
        return;
    if (alerts->stop_fd >= 0)
        (void)eventfd_write(alerts->stop_fd, 1);
    if (alerts->pool) {
        daqs_pool_stop(alerts->pool, false);
        for (struct daqs_job *job; (job = daqs_pool_reap(alerts->pool));)
            delivery_free((struct delivery *)job);
    }
    daqs_pool_free(alerts->pool);
    for (int i = 0; i < RECEIVERS; i++)
        alert_book_free(alerts->receiver[i].book);
    if (alerts->stop_fd >= 0)
        close(alerts->stop_fd);
    free(alerts->program);
    free(alerts->webhook);
    free(alerts);
}

/* --- delivering --- */

static void run(struct daqs_job *job)
{
    struct delivery *delivery = (struct delivery *)job;
    delivery->result = delivery->to->send(delivery->to->alerts, delivery->text, &delivery->error);
}

/* Returns NULL if nothing is due, or if out of memory; what was taken is then due again. */
static struct delivery *make_delivery(struct receiver *r, int64_t now_ms)
{
    struct alert_message message[ALERTS_POSTED_MOST];
    bool single = r == &r->alerts->receiver[PROGRAM];
    size_t count = alert_book_take(r->book, message, single ? 1 : ALERTS_POSTED_MOST, now_ms);
    if (count == 0)
        return NULL;
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery) {
        delivery->job.run = run;
        delivery->to = r;
        for (size_t i = 0; i < count; i++)
            delivery->first_time += !message[i].repeated;
        delivery->text = single
                             ? alert_text_line(message)
                             : alert_text_list(message, count, daqs_wall_ms(daqs_clock_system()));
        if (delivery->text)
            return delivery;
        delivery_free(delivery);
    }
    alert_book_done(r->book, false, now_ms);
    return NULL;
}

/* Starts the next delivery, unless one is under way. */
static void deliver(struct alerts *alerts, struct receiver *r, int64_t now_ms)
{
    if (!r->book || r->busy || now_ms < r->next_ms)
        return;
    struct delivery *delivery = make_delivery(r, now_ms);
    if (!delivery)
        return;
    r->busy = daqs_pool_submit(alerts->pool, &delivery->job) == DAQS_OK;
    if (r->busy)
        return;
    alert_book_done(r->book, false, now_ms);
    delivery_free(delivery);
    r->next_ms = now_ms + RETRY_MS; /* no thread could be started */
}

void alerts_add(struct alerts *alerts, const struct event *event, bool muted, int64_t now_ms)
{
    for (int i = 0; alerts && i < RECEIVERS; i++)
        if (alerts->receiver[i].book) {
            alert_book_add(alerts->receiver[i].book, event, muted, now_ms);
            deliver(alerts, &alerts->receiver[i], now_ms);
        }
}

void alerts_tick(struct alerts *alerts, int64_t now_ms)
{
    if (!alerts)
        return;
    bool turn = now_ms - alerts->ticked_ms >= TICK_MS || alerts->ticked_ms == 0;
    if (turn)
        alerts->ticked_ms = now_ms;
    for (int i = 0; i < RECEIVERS; i++) {
        if (turn && alerts->receiver[i].book)
            alert_book_tick(alerts->receiver[i].book, now_ms);
        deliver(alerts, &alerts->receiver[i], now_ms);
    }
}

int alerts_fd(const struct alerts *alerts)
{
    return daqs_pool_fd(alerts->pool);
}

/* A program is not run again for the same message. A webhook that does not answer is tried again;
 * one that refuses the text is not, because it would refuse it for ever. */
static void note_result(struct alerts *alerts, struct receiver *r, const struct delivery *delivery,
                        int64_t now_ms)
{
    bool well = delivery->result == DAQS_OK;
    bool again = !well && r == &alerts->receiver[WEBHOOK] && delivery->result != DAQS_EREFUSED;
    if (well)
        alerts->state.told += delivery->first_time;
    else
        alerts->state.failed++;
    if (!well && daqs_log_allowed(&r->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "[alerts] %s: %s", r->key, delivery->error.text);
    r->busy = false;
    r->next_ms = again ? now_ms + r->retry_ms : now_ms;
    r->retry_ms = !again ? RETRY_MS : 2 * r->retry_ms;
    if (r->retry_ms > ALERTS_RETRY_MOST_MS)
        r->retry_ms = ALERTS_RETRY_MOST_MS;
    alert_book_done(r->book, !again, now_ms);
}

void alerts_reap(struct alerts *alerts, int64_t now_ms)
{
    for (struct daqs_job *job; (job = daqs_pool_reap(alerts->pool));) {
        struct delivery *delivery = (struct delivery *)job;
        struct receiver *r = &alerts->receiver[delivery->to - alerts->receiver];
        note_result(alerts, r, delivery, now_ms);
        delivery_free(delivery);
        deliver(alerts, r, now_ms);
    }
}

struct alerts_state alerts_state(const struct alerts *alerts)
{
    struct alerts_state state = alerts->state;
    for (int i = 0; i < RECEIVERS; i++)
        if (alerts->receiver[i].book)
            state.lost += alert_book_lost(alerts->receiver[i].book);
    return state;
}
