/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/alerts.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/io/events/hook.h"
#include "shared/base/cleanup.h"
#include "shared/base/log.h"
#include "shared/base/pool.h"
#include "shared/base/time_text.h"

struct alerts {
    char *program;
    enum event_level level;
    int64_t run_most_ms;
    struct daqs_pool *pool;
    int stop_fd; /* becomes readable when runs must end */
    struct alerts_state state;
    struct daqs_log_budget budget;
};

struct alert {
    struct daqs_job job; /* first member */
    const struct alerts *alerts;
    char *text;
    int result;
    struct daqs_error error;
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

struct alerts *alerts_new(const char *program, enum event_level level, int64_t run_most_ms)
{
    struct alerts *alerts = calloc(1, sizeof *alerts);
    if (!alerts)
        return NULL;
    alerts->level = level;
    alerts->run_most_ms = run_most_ms;
    alerts->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    alerts->program = strdup(program);
    alerts->pool = daqs_pool_new(1, ALERTS_WAITING_MAX);
    if (alerts->stop_fd >= 0 && alerts->program && alerts->pool)
        return alerts;
    alerts_free(alerts);
    return NULL;
}

static void alert_free(struct alert *alert)
{
    free(alert->text);
    free(alert);
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
            alert_free((struct alert *)job);
    }
    daqs_pool_free(alerts->pool);
    if (alerts->stop_fd >= 0)
        close(alerts->stop_fd);
    free(alerts->program);
    free(alerts);
}

static void run(struct daqs_job *job)
{
    struct alert *alert = (struct alert *)job;
    const struct alerts *alerts = alert->alerts;
    alert->result =
        hook_run(alerts->program, alert->text, alerts->run_most_ms, alerts->stop_fd, &alert->error);
}

/* Returns one line of JSON, with the names of daqsctl's columns, which the caller frees; NULL if
 * out of memory. */
static char *as_json(const struct event *event)
{
    char time[DAQS_TIME_TEXT];
    char since[DAQS_TIME_TEXT];
    json_t *json = json_pack(
        "{s:I, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s}", "id", (json_int_t)event->id, "time",
        daqs_time_format(event->at_ms, time), "kind", event_kind_name(event->kind), "level",
        event_level_name(event_kind_level(event->kind)), "host", *event->host ? event->host : NULL,
        "vm", *event->vm ? event->vm : NULL, "since",
        event->since_ms ? daqs_time_format(event->since_ms, since) : NULL, "text", event->text);
    char *compact DAQS_AUTO_FREE = json ? json_dumps(json, JSON_COMPACT) : NULL;
    char *line = NULL;
    json_decref(json);
    if (compact && asprintf(&line, "%s\n", compact) < 0)
        line = NULL;
    return line;
}

void alerts_add(struct alerts *alerts, const struct event *event)
{
    if (!alerts || event_kind_level(event->kind) < alerts->level)
        return;
    struct alert *alert = calloc(1, sizeof *alert);
    if (alert) {
        alert->job.run = run;
        alert->alerts = alerts;
        alert->text = as_json(event);
        if (alert->text && daqs_pool_submit(alerts->pool, &alert->job) == DAQS_OK)
            return;
        alert_free(alert);
    }
    alerts->state.lost++;
}

int alerts_fd(const struct alerts *alerts)
{
    return daqs_pool_fd(alerts->pool);
}

void alerts_reap(struct alerts *alerts, int64_t now_ms)
{
    for (struct daqs_job *job; (job = daqs_pool_reap(alerts->pool));) {
        struct alert *alert = (struct alert *)job;
        if (alert->result == DAQS_OK)
            alerts->state.told++;
        else
            alerts->state.failed++;
        if (alert->result != DAQS_OK && daqs_log_allowed(&alerts->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "[alerts] exec: %s", alert->error.text);
        alert_free(alert);
    }
}

struct alerts_state alerts_state(const struct alerts *alerts)
{
    return alerts->state;
}
