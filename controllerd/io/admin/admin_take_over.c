/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/fleet/obedience.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/reign.h"
#include "shared/base/clock.h"

struct take_over {
    struct admin_change base; /* first member */
    struct records_epoch write;
    struct obedience before;
};

enum { LEFT_OUT_BYTES = 400 };

/* Writes which hosts stay as they are, or "". */
static const char *left_out(const struct obedience *obedience, char text[static LEFT_OUT_BYTES])
{
    *text = '\0';
    if (obedience->left_out > 0)
        (void)snprintf(
            text, LEFT_OUT_BYTES,
            "; left out: %zu with an epoch more than 100 years ahead of the clock, %.64s "
            "among them: is that agent genuine? then remove 'epoch' in its state_dir, "
            "and restart it",
            obedience->left_out, obedience->of->name);
    return text;
}

/* The least epoch above all that agents have obeyed, and not below the time. */
static uint64_t least_above(const struct obedience *obedience, int64_t wall_ms)
{
    const uint64_t now = wall_ms > 0 ? (uint64_t)wall_ms : 0;
    return obedience->highest >= now ? obedience->highest + 1 : now;
}

static int decide(struct commit *base, bool *ret_nothing, struct daqs_error *err)
{
    struct take_over *t = (struct take_over *)base;
    const struct admin *a = t->base.admin;
    (void)ret_nothing;
    (void)err;
    t->write.at_ms = daqs_wall_ms(daqs_clock_system());
    t->before = obedience_of(a->given.fleet, t->write.at_ms);
    t->write.before = *reign_epoch(a->given.reign);
    t->write.least = least_above(&t->before, t->write.at_ms);
    return DAQS_OK;
}

static int submit(struct records *records, struct store_job *write)
{
    return records_write_epoch(records, (struct records_epoch *)write);
}

static void apply(struct commit *base, int result)
{
    const struct take_over *t = (struct take_over *)base;
    if (result == DAQS_OK)
        reign_taken_over(t->base.admin->given.reign, t->write.epoch, t->write.by,
                         daqs_mono_ms(daqs_clock_system()), daqs_wall_ms(daqs_clock_system()));
}

static void finish(struct commit *base, int result, const struct daqs_error *err)
{
    struct take_over *t = (struct take_over *)base;
    struct admin *a = t->base.admin;
    char text[LEFT_OUT_BYTES];
    if (result != DAQS_OK) {
        admin_reply_text(a, &t->base.caller, result, "%s", err->text);
    } else {
        const struct obedience now = obedience_of(a->given.fleet, t->write.at_ms);
        const size_t taken = t->before.disobey > now.disobey ? t->before.disobey - now.disobey : 0;
        admin_reply_text(a, &t->base.caller, DAQS_OK,
                         "the epoch is %" PRIu64 ", was %" PRIu64 "; hosts taken over: %zu%s",
                         t->write.epoch, t->write.before, taken, left_out(&now, text));
    }
    free(t);
}

static void reply_dry(struct admin *a, const struct admin_caller *caller)
{
    const int64_t wall_ms = daqs_wall_ms(daqs_clock_system());
    const struct obedience now = obedience_of(a->given.fleet, wall_ms);
    char text[LEFT_OUT_BYTES];
    admin_reply_text(a, caller, DAQS_OK,
                     "would raise the epoch from %" PRIu64 " to %" PRIu64
                     " at least%s; hosts that disobey: %zu%s",
                     *reign_epoch(a->given.reign), least_above(&now, wall_ms),
                     reign_doubts_clock(a->given.reign) ? ", and confirm the clock" : "",
                     now.disobey, left_out(&now, text));
}

void admin_take_over(struct admin *a, const struct admin_caller *caller,
                     const struct wire_request *request)
{
    struct daqs_error err = {0};
    if (request->take_over.dry_run) {
        reply_dry(a, caller);
        return;
    }
    struct take_over *t = calloc(1, sizeof *t);
    if (t) {
        t->base.base = (struct commit){.write = &t->write.base,
                                       .decide = decide,
                                       .submit = submit,
                                       .apply = apply,
                                       .finish = finish};
        t->write.take_over = true;
        admin_identify(a, caller, request->user, &t->write.asker);
    }
    admin_change_submit(a, caller, (struct admin_change *)t, DAQS_OK, &err);
}
