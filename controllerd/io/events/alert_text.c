/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/alert_text.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/time_text.h"

enum { ALERTNAME_BYTES = 64, COMMAND_BYTES = 2 * DAQS_NAME_MAX + 64 };

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

/* Texts are cut at a number of bytes, perhaps within a character. */
static json_t *text_of(const char *text)
{
    size_t length = strlen(text);
    json_t *json = json_stringn(text, length);
    for (int i = 0; !json && i < 4 && length > 0; i++)
        json = json_stringn(text, --length);
    return json ? json : json_string("?");
}

char *alert_text_line(const struct alert_message *m)
{
    char time[DAQS_TIME_TEXT];
    char since[DAQS_TIME_TEXT];
    const struct event *latest = m->latest;
    json_t *json = json_pack(
        "{s:o, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:o, s:s, s:s}", "id",
        latest->id ? json_integer(latest->id) : json_null(), "time",
        daqs_time_format(latest->at_ms, time), "kind", event_kind_name(latest->kind), "level",
        event_level_name(event_kind_level(latest->kind)), "host", or_null(m->about->host), "vm",
        or_null(m->about->vm), "since", m->since_ms ? daqs_time_format(m->since_ms, since) : NULL,
        "text", text_of(latest->text), "key", m->key, "status", alert_status_name(m->status));
    char *compact DAQS_AUTO_FREE = json ? json_dumps(json, JSON_COMPACT) : NULL;
    char *line = NULL;
    json_decref(json);
    if (compact && asprintf(&line, "%s\n", compact) < 0)
        line = NULL;
    return line;
}

/* --- Alertmanager --- */

/* Writes "DaqsHostDown" for "host-down". */
static const char *alertname(const struct alert_message *m, char buf[static ALERTNAME_BYTES])
{
    size_t n = (size_t)snprintf(buf, ALERTNAME_BYTES, "Daqs");
    bool upper = true;
    for (const char *c = alert_name(m->incident, m->about->kind); *c && n + 1 < ALERTNAME_BYTES;
         c++) {
        if (*c != '-')
            buf[n++] = (char)(upper ? toupper((unsigned char)*c) : *c);
        upper = *c == '-';
    }
    buf[n] = '\0';
    return buf;
}

static json_t *labels_of(const struct alert_message *m)
{
    char name[ALERTNAME_BYTES];
    return json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "alertname", alertname(m, name), "severity",
                     alert_severity(m->incident, m->about->kind), "host", or_null(m->about->host),
                     "vm", or_null(m->about->vm), "uplink", or_null(m->about->uplink));
}

/* Writes the command that shows more. */
static const char *command(const struct event *about, char buf[static COMMAND_BYTES])
{
    if (*about->vm)
        (void)snprintf(buf, COMMAND_BYTES, "daqsctl explain %s %s", about->host, about->vm);
    else if (*about->host)
        (void)snprintf(buf, COMMAND_BYTES, "daqsctl problems %s", about->host);
    else
        (void)snprintf(buf, COMMAND_BYTES, "daqsctl status");
    return buf;
}

static json_t *annotations_of(const struct alert_message *m)
{
    char shell[COMMAND_BYTES];
    char since[DAQS_TIME_TEXT];
    const struct event *about = m->about;
    return json_pack("{s:o, s:o, s:s, s:s}", "summary",
                     json_sprintf("%s%s%s%s%s%s%s", event_kind_name(m->latest->kind),
                                  *about->host ? " " : "", about->host, *about->vm ? "/" : "",
                                  about->vm, *about->uplink ? " " : "", about->uplink),
                     "description", text_of(m->latest->text), "since",
                     daqs_time_format(m->since_ms ? m->since_ms : m->latest->at_ms, since),
                     "command", command(about, shell));
}

static json_t *alert_of(const struct alert_message *m, int64_t now_ms)
{
    char starts[DAQS_TIME_TEXT];
    char ends[DAQS_TIME_TEXT];
    int64_t start_ms = m->status == ALERT_STATUS_EVENT ? m->latest->at_ms : m->since_ms;
    int64_t end_ms =
        m->status == ALERT_STATUS_RESOLVED ? m->latest->at_ms : now_ms + ALERT_TEXT_LASTS_MS;
    if (end_ms <= start_ms) /* the clock was set back; Alertmanager rejects such a pair */
        end_ms = start_ms + 1;
    return json_pack("{s:o, s:o, s:s, s:s}", "labels", labels_of(m), "annotations",
                     annotations_of(m), "startsAt", daqs_time_format(start_ms, starts), "endsAt",
                     daqs_time_format(end_ms, ends));
}

char *alert_text_list(const struct alert_message *message, size_t count, int64_t now_ms)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        (void)json_array_append_new(list, alert_of(&message[i], now_ms));
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}
