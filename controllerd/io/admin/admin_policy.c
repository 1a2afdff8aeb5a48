/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/push.h"
#include "shared/base/clock.h"

/* --- set-policy --- */

struct policy_change {
    struct store_policy write; /* first member */
    struct admin_caller caller;
};

static const char *mode_text(const struct store_policy *w)
{
    return w->has_mode ? policy_mode_name(w->mode) : "as configured";
}

static void apply_stored(struct admin *a, const struct store_policy *w)
{
    if (!w->has_mode)
        policy_overrides_remove(a->given.overrides, w->host, w->uplink);
    else if (policy_overrides_put(a->given.overrides, w->host, w->uplink, w->mode) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: a mode on disk is in force after a restart only");
    events_emit(a->given.events, EVENT_POLICY_SET, w->host, "", 0, "%s%s%s, by %s", w->uplink,
                *w->uplink ? ": " : "", mode_text(w), w->by);
}

static void written(struct store_job *base)
{
    struct policy_change *change = (struct policy_change *)base;
    const struct store_policy *w = &change->write;
    struct admin *a = base->context;
    struct fleet_host *host = fleet_find(a->given.fleet, w->host);
    if (base->result != DAQS_OK) {
        admin_reply_text(a, &change->caller, base->result, "not stored, nothing changed: %s",
                         base->error.text);
    } else {
        apply_stored(a, w);
        admin_reply_text(a, &change->caller, DAQS_OK, "%s%s%s: %s%s", w->host,
                         *w->uplink ? "/" : "", w->uplink, mode_text(w),
                         host ? ""
                              : " (this host has not been seen yet; it takes effect when it is)");
        if (host)
            push_decide(a->given.push, host, daqs_mono_ms(daqs_clock_system()));
    }
    free(change);
}

bool admin_host_has_uplink(const struct fleet_host *host, const char *uplink)
{
    for (uint32_t u = 0; u < host->uplinks; u++)
        if (strcmp(host->uplink[u].name, uplink) == 0)
            return true;
    return false;
}

/* The request has the host, the uplink in 'vm' (or ""), and the mode in 'word'; "default" selects
 * the configured mode. */
void admin_set_policy(struct admin *a, const struct admin_caller *caller,
                      const struct wire_request *request)
{
    struct daqs_error err = {0};
    enum policy_mode mode = POLICY_MODE_MINIMUM;
    bool has_mode = strcmp(request->word, "default") != 0;
    int result = daqs_name_check("host", request->host, strlen(request->host), &err);
    if (result == DAQS_OK && *request->vm)
        result = daqs_name_check("uplink", request->vm, strlen(request->vm), &err);
    if (result == DAQS_OK && has_mode && !policy_mode_parse(request->word, &mode))
        result = daqs_fail(&err, DAQS_EINVALID,
                           "'%.40s' is no mode; there are " POLICY_MODE_NAMES ", and default",
                           request->word);
    const struct fleet_host *host =
        result == DAQS_OK ? fleet_find(a->given.fleet, request->host) : NULL;
    if (host && *request->vm && !admin_host_has_uplink(host, request->vm))
        result = daqs_fail(&err, DAQS_ENOTFOUND,
                           "host %.100s has no uplink %.100s; daqsctl hosts lists them",
                           request->host, request->vm);
    struct policy_change *change = result == DAQS_OK ? calloc(1, sizeof *change) : NULL;
    if (!change) {
        admin_reply_text(a, caller, result ? result : DAQS_ENOMEM, "%s",
                         result ? err.text : "no memory");
        return;
    }
    change->caller = *caller;
    (void)snprintf(change->write.host, sizeof change->write.host, "%s", request->host);
    (void)snprintf(change->write.uplink, sizeof change->write.uplink, "%s", request->vm);
    admin_identify(a, caller, request->user, &change->write.asker);
    change->write.has_mode = has_mode;
    change->write.mode = mode;
    change->write.at_ms = daqs_wall_ms(daqs_clock_system());
    change->write.base.done = written;
    change->write.base.context = a;
    if (store_write_policy(a->given.store, &change->write) != DAQS_OK) {
        admin_reply_text(a, caller, DAQS_EBUSY, "too many changes are waiting; try again");
        free(change);
    }
}
