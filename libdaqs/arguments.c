/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/duration.h"
#include "shared/base/time_text.h"

enum type { TEXT, FLAG, WEIGHT, RATE, RATE_OR_NONE, TIME, DURATION };

struct argument {
    const char *name;
    enum type type;
    size_t at; /* offset in struct wire_request */
};

enum { ARGUMENTS_MOST = 10 }; /* and an entry without a name */

#define AT(field) offsetof(struct wire_request, field)
/* The rows of ARGUMENTS_ in shared/wire/admin.c, by the names of daqsctl's options. Structs that
 * begin with a host and a VM, or with a period, begin alike. */
#define ARGUMENTS_none                                                                             \
    {                                                                                              \
        NULL, TEXT, 0                                                                              \
    }
#define ARGUMENTS_list                                                                             \
    {                                                                                              \
        "host", TEXT, AT(list.host)                                                                \
    }
#define ARGUMENTS_vm                                                                               \
    {"host", TEXT, AT(vm.host)},                                                                   \
    {                                                                                              \
        "vm", TEXT, AT(vm.vm)                                                                      \
    }
#define ARGUMENTS_period                                                                           \
    ARGUMENTS_vm, {"since", TIME, AT(period.since_ms)},                                            \
    {                                                                                              \
        "until", TIME, AT(period.until_ms)                                                         \
    }
#define ARGUMENTS_history                                                                          \
    ARGUMENTS_period,                                                                              \
    {                                                                                              \
        "step", DURATION, AT(history.step_ms)                                                      \
    }
#define ARGUMENTS_events                                                                           \
    ARGUMENTS_period, {"follow", FLAG, AT(events.follow)}, {"level", TEXT, AT(events.level)},      \
        {"kind", TEXT, AT(events.kind)},                                                           \
    {                                                                                              \
        "member", TEXT, AT(events.member)                                                          \
    }
#define ARGUMENTS_set_sla                                                                          \
    ARGUMENTS_vm, {"min", RATE_OR_NONE, AT(set_sla.min)}, {"max", RATE_OR_NONE, AT(set_sla.max)},  \
        {"weight", WEIGHT, AT(set_sla.weight)}, {"force", FLAG, AT(set_sla.force)},                \
    {                                                                                              \
        "dry-run", FLAG, AT(set_sla.dry_run)                                                       \
    }
#define ARGUMENTS_set_policy                                                                       \
    {"host", TEXT, AT(set_policy.host)}, {"uplink", TEXT, AT(set_policy.uplink)},                  \
    {                                                                                              \
        "mode", TEXT, AT(set_policy.mode)                                                          \
    }
#define ARGUMENTS_fit                                                                              \
    {                                                                                              \
        "rate", RATE, AT(fit.rate)                                                                 \
    }
#define ARGUMENTS_apply ARGUMENTS_none
#define ARGUMENTS_backup                                                                           \
    {                                                                                              \
        "path", TEXT, AT(backup.path)                                                              \
    }
#define ARGUMENTS_enroll                                                                           \
    {"name", TEXT, AT(enroll.name)}, {"role", TEXT, AT(enroll.role)},                              \
        {"key", TEXT, AT(enroll.key)},                                                             \
    {                                                                                              \
        "force", FLAG, AT(enroll.force)                                                            \
    }
#define ARGUMENTS_revoke                                                                           \
    {                                                                                              \
        "name", TEXT, AT(revoke.name)                                                              \
    }
#define ARGUMENTS_forget                                                                           \
    {"host", TEXT, AT(forget.host)},                                                               \
    {                                                                                              \
        "dry-run", FLAG, AT(forget.dry_run)                                                        \
    }
#define ARGUMENTS_maintenance                                                                      \
    {"host", TEXT, AT(maintenance.host)},                                                          \
    {                                                                                              \
        "state", TEXT, AT(maintenance.state)                                                       \
    }
#define ARGUMENTS_take_over                                                                        \
    {                                                                                              \
        "dry-run", FLAG, AT(take_over.dry_run)                                                     \
    }
#define ARGUMENTS_drain                                                                            \
    {                                                                                              \
        "member", TEXT, AT(drain.member)                                                           \
    }
#define ARGUMENTS_find                                                                             \
    {                                                                                              \
        "like", TEXT, AT(find.like)                                                                \
    }
#define ARGUMENTS_figures                                                                          \
    {"host", TEXT, AT(figures.host)},                                                              \
    {                                                                                              \
        "table", TEXT, AT(figures.table)                                                           \
    }

static const struct {
    const char *handler; /* the verb, with '_' for '-' */
    enum wire_verb verb;
    struct argument argument[ARGUMENTS_MOST];
} verbs[] = {
#define X(name, number, handler, changes, place, arguments)                                        \
    {#handler, WIRE_##name, {ARGUMENTS_##arguments}},
    WIRE_VERBS(X)
#undef X
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static bool is_verb(const char *text, const char *handler)
{
    for (; *text && (*handler == '_' ? '-' : *handler) == *text; text++)
        handler++;
    return !*text && !*handler;
}

int arguments_begin(const char *verb, struct wire_request *ret, struct daqs_error *err)
{
    for (size_t i = 0; i < VERBS; i++)
        if (is_verb(verb, verbs[i].handler) && verbs[i].verb != WIRE_APPLY) {
            *ret = wire_request_of(verbs[i].verb);
            return DAQS_OK;
        }
    return daqs_fail(err, DAQS_EINVALID, "there is no verb '%.40s'", verb);
}

static const struct argument *find(enum wire_verb verb, const char *name)
{
    for (size_t i = 0; i < VERBS; i++)
        for (const struct argument *a = verbs[i].argument; verbs[i].verb == verb && a->name; a++)
            if (strcmp(a->name, name) == 0)
                return a;
    return NULL;
}

static int read_flag(const char *value, bool *ret, struct daqs_error *err)
{
    *ret = strcmp(value, "yes") == 0;
    return *ret || strcmp(value, "no") == 0
               ? DAQS_OK
               : daqs_fail(err, DAQS_EINVALID, "it takes yes or no, not '%.40s'", value);
}

static int read_weight(const char *value, uint32_t *ret, struct daqs_error *err)
{
    const size_t digits = strspn(value, "0123456789");
    const unsigned long weight = strtoul(value, NULL, 10);
    if (digits == 0 || value[digits] || weight == 0 || weight > WIRE_WEIGHT_MAX)
        return daqs_fail(err, DAQS_EINVALID, "it takes a whole number from 1 to %u",
                         WIRE_WEIGHT_MAX);
    *ret = (uint32_t)weight;
    return DAQS_OK;
}

/* On the wire the time 0 means "now", or that there is no end. */
static int read_time(const char *value, int64_t now_ms, int64_t *ret, struct daqs_error *err)
{
    const int result = daqs_time_parse(value, now_ms, ret, err);
    if (result == DAQS_OK && *ret == 0)
        *ret = 1;
    return result;
}

static int read_value(enum type type, const char *value, int64_t now_ms, void *at,
                      struct daqs_error *err)
{
    switch (type) {
    case FLAG:
        return read_flag(value, at, err);
    case WEIGHT:
        return read_weight(value, at, err);
    case RATE_OR_NONE:
        if (strcmp(value, "none") == 0) {
            *(daqs_bps *)at = 0;
            return DAQS_OK;
        }
        return daqs_rate_parse(value, at, err);
    case RATE:
        return daqs_rate_parse(value, at, err);
    case TIME:
        return read_time(value, now_ms, at, err);
    case DURATION:
        return daqs_duration_parse(value, at, err);
    case TEXT:
        break;
    }
    *(const char **)at = value;
    return DAQS_OK;
}

int arguments_set(struct wire_request *request, const char *name, const char *value, int64_t now_ms,
                  struct daqs_error *err)
{
    struct daqs_error why = {0};
    const struct argument *argument = find(request->verb, name);
    if (!argument)
        return daqs_fail(err, DAQS_EINVALID, "the verb has no argument '%.40s'", name);
    const int result =
        read_value(argument->type, value, now_ms, (char *)request + argument->at, &why);
    return result == DAQS_OK ? DAQS_OK : daqs_fail(err, result, "%s: %s", name, why.text);
}
