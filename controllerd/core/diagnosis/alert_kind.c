/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/alert_kind.h"

#include <string.h>

static const struct {
    const char *name;
    const char *severity;
    int of;
} incidents[] = {
#define X(name, text, severity, of, meaning) [ALERT_##name] = {text, severity, of},
    ALERT_INCIDENTS(X)
#undef X
};

static const struct {
    enum alert_role role;
    enum alert_incident incident;
} kinds[EVENT_KINDS_COUNT] = {
    [EVENT_HOST_DOWN] = {ALERT_START, ALERT_HOST_DOWN},
    [EVENT_HOST_UP] = {ALERT_END, ALERT_HOST_DOWN},
    [EVENT_HOST_FORGOTTEN] = {ALERT_END, ALERT_HOST_DOWN},
    [EVENT_HOST_MOVED] = {ALERT_END, ALERT_HOST_DOWN},
    [EVENT_VIOLATION_START] = {ALERT_START, ALERT_VIOLATION},
    [EVENT_VIOLATION_CAUSE] = {ALERT_CHANGE, ALERT_VIOLATION},
    [EVENT_VIOLATION_END] = {ALERT_END, ALERT_VIOLATION},
    [EVENT_UNRESPONSIVE] = {ALERT_START, ALERT_VM_STATE},
    [EVENT_TAMPERED] = {ALERT_START, ALERT_VM_STATE},
    [EVENT_UNMANAGED] = {ALERT_START, ALERT_VM_STATE},
    [EVENT_RECOVERED] = {ALERT_END, ALERT_VM_STATE},
    [EVENT_OVERSUBSCRIBED] = {ALERT_START, ALERT_OVERSUBSCRIBED},
    [EVENT_OVERSUBSCRIBED_END] = {ALERT_END, ALERT_OVERSUBSCRIBED},
    [EVENT_BOTTLENECK] = {ALERT_START, ALERT_BOTTLENECK},
    [EVENT_BOTTLENECK_END] = {ALERT_END, ALERT_BOTTLENECK},
    [EVENT_HISTORY_GAP] = {ALERT_START, ALERT_HISTORY_GAP},
    [EVENT_HISTORY_BACK] = {ALERT_END, ALERT_HISTORY_GAP},
    [EVENT_FLAPPING] = {ALERT_START, ALERT_FLAPPING},
    [EVENT_FLAPPING_END] = {ALERT_END, ALERT_FLAPPING},
    [EVENT_SLA_FILE_FAILING] = {ALERT_START, ALERT_SLA_FILE},
    [EVENT_SLA_FILE_BACK] = {ALERT_END, ALERT_SLA_FILE},
    [EVENT_STATE_DIR_FAILING] = {ALERT_START, ALERT_STATE_DIR},
    [EVENT_STATE_DIR_BACK] = {ALERT_END, ALERT_STATE_DIR},
    [EVENT_CLOCK_DOUBTFUL] = {ALERT_START, ALERT_CLOCK},
    [EVENT_CLOCK_CONFIRMED] = {ALERT_END, ALERT_CLOCK},
    [EVENT_HOST_CLAIMED] = {ALERT_START, ALERT_HOST_CLAIMED},
    [EVENT_HOST_CLAIMED_END] = {ALERT_END, ALERT_HOST_CLAIMED},
    [EVENT_HOST_DISOBEYS] = {ALERT_START, ALERT_HOST_DISOBEYS},
    [EVENT_HOST_OBEYS] = {ALERT_END, ALERT_HOST_DISOBEYS},
    [EVENT_OTHER_CONTROLLER] = {ALERT_START, ALERT_OTHER_CONTROLLER},
    [EVENT_OTHER_CONTROLLER_END] = {ALERT_END, ALERT_OTHER_CONTROLLER},
    [EVENT_ENGINE_AWAY] = {ALERT_START, ALERT_ENGINE_AWAY},
    [EVENT_ENGINE_BACK] = {ALERT_END, ALERT_ENGINE_AWAY},
    [EVENT_NOT_DURABLE] = {ALERT_START, ALERT_NOT_DURABLE},
    [EVENT_DURABLE_AGAIN] = {ALERT_END, ALERT_NOT_DURABLE},
};

enum alert_role alert_role(enum event_kind kind, enum alert_incident *ret_incident)
{
    *ret_incident = kinds[kind].role == ALERT_MOMENT ? ALERT_NONE : kinds[kind].incident;
    return kinds[kind].role;
}

const char *alert_name(enum alert_incident incident, enum event_kind kind)
{
    return incident == ALERT_NONE ? event_kind_name(kind) : incidents[incident].name;
}

const char *alert_severity(enum alert_incident incident, enum event_kind kind)
{
    return incident == ALERT_NONE ? event_level_name(event_kind_level(kind))
                                  : incidents[incident].severity;
}

const char *alert_status_name(enum alert_status status)
{
    static const char *const names[] = {[ALERT_STATUS_EVENT] = "event",
                                        [ALERT_STATUS_FIRING] = "firing",
                                        [ALERT_STATUS_RESOLVED] = "resolved"};
    return names[status];
}

bool alert_comes_first(enum alert_incident incident, const char *host)
{
    return incident == ALERT_HOST_DOWN || incident == ALERT_VIOLATION || !*host;
}

/* Appends "/name" unless the name is empty. Events have names that were checked; longer ones are
 * truncated. */
static size_t put(char *key, size_t length, const char *name)
{
    size_t n = strnlen(name, DAQS_NAME_MAX);
    if (n == 0)
        return length;
    key[length++] = '/';
    for (size_t i = 0; i < n; i++)
        if (name[i] == '/' || name[i] == '%') {
            memcpy(key + length, name[i] == '/' ? "%2F" : "%25", 3);
            length += 3;
        } else {
            key[length++] = name[i];
        }
    return length;
}

size_t alert_key(enum alert_incident incident, const struct event *event,
                 char key[static ALERT_KEY_BYTES])
{
    const char *name = alert_name(incident, event->kind);
    int of = incident == ALERT_NONE ? ALERT_OF_VM | ALERT_OF_UPLINK : incidents[incident].of;
    size_t length = strlen(name);
    memcpy(key, name, length);
    length = put(key, length, event->host);
    if (of & ALERT_OF_VM)
        length = put(key, length, event->vm);
    if (of & ALERT_OF_UPLINK)
        length = put(key, length, event->uplink);
    key[length] = '\0';
    return length;
}
