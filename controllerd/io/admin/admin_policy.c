/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/push.h"
#include "shared/base/clock.h"

/* --- set-policy --- */

struct policy_change {
    struct admin_change base; /* first member */
    struct records_policy write;
};

static const char *mode_text(const struct records_policy *w)
{
    return w->has_mode ? policy_mode_name(w->mode) : "as configured";
}

bool admin_host_has_uplink(const struct fleet_host *host, const char *uplink)
{
    for (uint32_t u = 0; u < host->uplinks; u++)
        if (strcmp(host->uplink[u].name, uplink) == 0)
            return true;
    return false;
}

static int decide(struct commit *base, bool *ret_nothing, struct daqs_error *err)
{
    struct policy_change *change = (struct policy_change *)base;
    struct records_policy *w = &change->write;
    const struct fleet_host *host = fleet_find(change->base.admin->given.fleet, w->host);
    (void)ret_nothing;
    w->at_ms = daqs_wall_ms(daqs_clock_system());
    if (!host || !*w->uplink || admin_host_has_uplink(host, w->uplink))
        return DAQS_OK;
    return daqs_fail(err, DAQS_ENOTFOUND,
                     "host %.100s has no uplink %.100s; daqsctl hosts lists them", w->host,
                     w->uplink);
}

static int submit(struct records *records, struct store_job *write)
{
    return records_write_policy(records, (struct records_policy *)write);
}

static void apply(struct commit *base, int result)
{
    const struct policy_change *change = (struct policy_change *)base;
    const struct admin_setup *given = &change->base.admin->given;
    const struct records_policy *w = &change->write;
    struct fleet_host *host = fleet_find(given->fleet, w->host);
    if (result != DAQS_OK)
        return;
    if (!w->has_mode)
        policy_overrides_remove(given->overrides, w->host, w->uplink);
    else if (policy_overrides_put(given->overrides, w->host, w->uplink, w->mode) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: a mode on disk is in force after a restart only");
    events_emit(given->events, EVENT_POLICY_SET, w->host, "", 0, "%s%s%s, by %s", w->uplink,
                *w->uplink ? ": " : "", mode_text(w), w->by);
    if (host)
        push_decide(given->push, host, daqs_mono_ms(daqs_clock_system()));
}

static void finish(struct commit *base, int result, const struct daqs_error *err)
{
    struct policy_change *change = (struct policy_change *)base;
    const struct records_policy *w = &change->write;
    struct admin *a = change->base.admin;
    const char *note =
        fleet_find(a->given.fleet, w->host)
            ? ""
            : " (this host has not been seen yet; it takes effect when its agent connects)";
    if (result != DAQS_OK)
        admin_reply_text(a, &change->base.caller, result, "%s", err->text);
    else
        admin_reply_text(a, &change->base.caller, DAQS_OK, "%s%s%s: %s%s", w->host,
                         *w->uplink ? "/" : "", w->uplink, mode_text(w), note);
    free(change);
}

static int fill(const struct wire_set_policy *set, struct records_policy *w, struct daqs_error *err)
{
    w->has_mode = strcmp(set->mode, "default") != 0;
    int result = daqs_name_check("host", set->host, strlen(set->host), err);
    if (result == DAQS_OK && *set->uplink)
        result = daqs_name_check("uplink", set->uplink, strlen(set->uplink), err);
    if (result == DAQS_OK && w->has_mode && !policy_mode_parse(set->mode, &w->mode))
        result =
            daqs_fail(err, DAQS_EINVALID,
                      "unknown mode '%.40s'; use one of " POLICY_MODE_NAMES ", default", set->mode);
    (void)snprintf(w->host, sizeof w->host, "%s", set->host);
    (void)snprintf(w->uplink, sizeof w->uplink, "%s", set->uplink);
    return result;
}

void admin_set_policy(struct admin *a, const struct admin_caller *caller,
                      const struct wire_request *request)
{
    struct daqs_error err = {0};
    struct policy_change *change = calloc(1, sizeof *change);
    int result = change ? fill(&request->set_policy, &change->write, &err) : DAQS_ENOMEM;
    if (result == DAQS_OK) {
        change->base.base = (struct commit){.write = &change->write.base,
                                            .decide = decide,
                                            .submit = submit,
                                            .apply = apply,
                                            .finish = finish};
        admin_identify(a, caller, request->user, &change->write.asker);
    }
    admin_change_submit(a, caller, (struct admin_change *)change, result, &err);
}
