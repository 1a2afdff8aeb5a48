/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/event.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum event_level level;
} kinds[] = {
#define X(name, text, level, meaning) [EVENT_##name] = {text, EVENT_##level},
    EVENT_KINDS(X)
#undef X
};

static const char *const levels[] = {[EVENT_INFO] = "info", [EVENT_WARNING] = "warning"};

const char *event_kind_name(enum event_kind kind)
{
    return kinds[kind].name;
}

bool event_kind_parse(const char *name, enum event_kind *ret)
{
    for (size_t i = 0; i < EVENT_KINDS_COUNT; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *ret = (enum event_kind)i;
            return true;
        }
    return false;
}

enum event_level event_kind_level(enum event_kind kind)
{
    return kinds[kind].level;
}

const char *event_level_name(enum event_level level)
{
    return levels[level];
}

bool event_level_parse(const char *name, enum event_level *ret)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(name, levels[i]) == 0) {
            *ret = (enum event_level)i;
            return true;
        }
    return false;
}

/* Copies a text with its NUL and returns the address after it. */
static char *put(char *at, const char *text, const char **ret)
{
    size_t bytes = strlen(text) + 1;
    memcpy(at, text, bytes);
    *ret = at;
    return at + bytes;
}

struct event *event_new(enum event_kind kind, const char *host, const char *vm, const char *uplink,
                        const char *text)
{
    size_t bytes = strlen(host) + strlen(vm) + strlen(uplink) + strlen(text) + 4;
    struct event *event = calloc(1, sizeof *event + bytes);
    if (!event)
        return NULL;
    char *at = put((char *)(event + 1), host, &event->host);
    at = put(at, vm, &event->vm);
    at = put(at, uplink, &event->uplink);
    (void)put(at, text, &event->text);
    event->kind = kind;
    return event;
}

struct event *event_copy(const struct event *event)
{
    struct event *copy = event_new(event->kind, event->host, event->vm, event->uplink, event->text);
    if (!copy)
        return NULL;
    copy->id = event->id;
    copy->at_ms = event->at_ms;
    copy->since_ms = event->since_ms;
    return copy;
}
