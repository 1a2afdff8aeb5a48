/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the database answers and can be read, has this machine's time, and is durable. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/log.h"

/* A difference of clocks is reported from here on. */
enum { CLOCK_S = 60 };

void records_pg_say(const struct records_pg *self, enum records_news news, int64_t since_ms,
                    const char *text)
{
    if (self->listener.say)
        self->listener.say(self->listener.arg, news, since_ms, text);
}

/* --- whether it answers --- */

void records_pg_note_answer(struct records_pg *self)
{
    self->answered_ms = self->mono_ms;
    if (self->away_since_ms)
        records_pg_say(self, RECORDS_BACK, self->away_since_ms,
                       self->failing_ms ? "the shared database can be read again"
                                        : "the shared database answers again: changes are stored");
    self->away_since_ms = self->failing_ms = 0;
    self->failing_told = false;
}

/* Returns true if it has not been readable for long enough, and that is reported; also if it did
 * not answer before, because the reason is another one. */
static bool report_failing(struct records_pg *self)
{
    char text[480];
    if (!self->failing_ms || self->failing_told || self->mono_ms - self->failing_ms <= AWAY_MS)
        return false;
    self->failing_told = true;
    if (!self->away_since_ms)
        self->away_since_ms = self->wall_ms - (self->mono_ms - self->failing_ms);
    (void)snprintf(text, sizeof text,
                   "the shared database cannot be read: %s; limits in force stay, and changes are "
                   "refused until it can",
                   self->failure);
    records_pg_say(self, RECORDS_AWAY, 0, text);
    return true;
}

void records_pg_note_failing(struct records_pg *self, const char *why)
{
    if (!self->failing_ms)
        self->failing_ms = self->mono_ms;
    (void)snprintf(self->failure, sizeof self->failure, "%.150s", why);
}

void records_pg_note_silence(struct records_pg *self)
{
    struct pg_status status;
    char text[480];
    const int64_t patience_ms = records_pg_is_long(self) ? LIMIT_MANY_MS : AWAY_MS;
    if (report_failing(self) || self->away_since_ms || records_pg_silent_ms(self) <= patience_ms)
        return;
    pg_client_status(self->client, &status);
    self->away_since_ms = self->wall_ms - records_pg_silent_ms(self);
    (void)snprintf(text, sizeof text,
                   "the shared database does not answer%s%s; limits in force stay, and changes are "
                   "refused until it does",
                   status.error.code != DAQS_OK ? ": " : "",
                   status.error.code != DAQS_OK ? status.error.text : "");
    records_pg_say(self, RECORDS_AWAY, 0, text);
}

/* --- whether it has this machine's time --- */

/* Nothing depends on that, except times that people read. */
void records_pg_note_clock(struct records_pg *self, int64_t theirs_ms)
{
    const int64_t ahead_s = (self->wall_ms - theirs_ms) / 1000;
    const bool differs = ahead_s < -CLOCK_S || ahead_s > CLOCK_S;
    if (differs && !self->clock_differs)
        daqs_log(DAQS_LOG_WARNING,
                 "the clock of this machine is %" PRId64 " s %s that of the shared database: "
                 "history, events and the audit trail have its time here; is NTP in use on both?",
                 ahead_s < 0 ? -ahead_s : ahead_s, ahead_s < 0 ? "behind" : "ahead of");
    else if (!differs && self->clock_differs)
        daqs_log(DAQS_LOG_INFO, "the clock of this machine is that of the shared database again");
    self->clock_differs = differs;
}

/* --- whether it is durable --- */

/* Returns why one server alone may keep what is stored, or NULL. The settings are those of this
 * controller's role and database. */
static const char *weakness(const char *names, const char *commit)
{
    if (!names || !*names)
        return "synchronous_standby_names of the shared database is empty: one server alone keeps "
               "what is stored";
    if (!commit || (strcmp(commit, "on") != 0 && strcmp(commit, "remote_apply") != 0))
        return "synchronous_commit of the shared database is not 'on' for this controller's role: "
               "what is stored is not waited for until another server keeps it";
    return NULL;
}

void records_pg_note_standbys(struct records_pg *self, const char *names, const char *commit)
{
    const char *why = weakness(names, commit);
    if (self->durable_known && !why == self->durable)
        return;
    if (why) {
        self->not_durable_since_ms = self->wall_ms;
        records_pg_say(self, RECORDS_NOT_DURABLE, 0, why);
    } else if (self->durable_known) {
        records_pg_say(self, RECORDS_DURABLE, self->not_durable_since_ms,
                       "another server keeps what is stored as well");
    }
    self->durable = !why;
    self->durable_known = true;
}
