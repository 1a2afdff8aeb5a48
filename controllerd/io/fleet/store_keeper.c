/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/store_keeper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controllerd/core/diagnosis/remedy.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/store/store.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/base/log.h"

/* Between two writes, and until a failed one is tried again. */
enum { WRITE_MS = 1000, RETRY_MS = 10000 };

struct store_keeper {
    struct store *store;
    struct events *events;
    int64_t next_ms; /* monotonic, earliest next write */
    bool under_way;
    bool failing;
    int64_t failing_ms; /* UTC, since when */
    bool damage_reported;
};

static void report_new(const struct store_keeper *k, const char *key_path)
{
    char slas[PATH_MAX];
    char keys[PATH_MAX];
    bool has_slas = store_newest_aside(k->store, STORE_SLA_FILE, slas);
    bool has_keys = store_newest_aside(k->store, STORE_KEY_FILE, keys);
    if (has_slas || has_keys)
        events_emit(k->events, EVENT_DATABASE_NEW, "", "", 0,
                    "the database is new and empty, and there was another one; restore a backup of "
                    "it, or run: %s%.400s%s%s%.400s",
                    has_slas ? "daqsctl apply " : "", has_slas ? slas : "",
                    has_slas && has_keys ? " && " : "", has_keys ? "daqsctl enroll - < " : "",
                    has_keys ? keys : "");
    else if (access(key_path, F_OK) == 0)
        events_emit(k->events, EVENT_DATABASE_NEW, "", "", 0,
                    "the database is new and empty, although there is a key of this controller, "
                    "%.200s; if it ran here before, restore a backup of its database",
                    key_path);
}

struct store_keeper *store_keeper_new(struct store *store, struct events *events,
                                      const char *key_path)
{
    struct store_keeper *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->store = store;
    k->events = events;
    if (store_is_new(store))
        report_new(k, key_path);
    return k;
}

void store_keeper_free(struct store_keeper *k)
{
    free(k);
}

bool store_keeper_failing(const struct store_keeper *k)
{
    return k && k->failing;
}

static void note_result(struct store_keeper *k, const struct store_job *job)
{
    bool failed = job->result != DAQS_OK;
    if (failed && !k->failing) {
        k->failing_ms = daqs_wall_ms(daqs_clock_system());
        events_emit(k->events, EVENT_SLA_FILE_FAILING, "", "", 0,
                    "%s; SLAs are accepted all the same", job->error.text);
    } else if (!failed && k->failing) {
        events_emit(k->events, EVENT_SLA_FILE_BACK, "", "", k->failing_ms,
                    STORE_SLA_FILE " and " STORE_KEY_FILE " are written again");
    }
    k->failing = failed;
}

static void written(struct store_job *job)
{
    struct store_keeper *k = job->context;
    k->under_way = false;
    note_result(k, job);
    if (job->result != DAQS_OK)
        k->next_ms = daqs_mono_ms(daqs_clock_system()) + RETRY_MS;
    free(job);
}

static void write_copies(struct store_keeper *k, int64_t now_ms)
{
    struct store_job *job = calloc(1, sizeof *job);
    k->next_ms = now_ms + WRITE_MS;
    if (!job)
        return;
    job->done = written;
    job->context = k;
    k->under_way = store_write_copies(k->store, job) == DAQS_OK;
    if (!k->under_way)
        free(job);
}

void store_keeper_tick(struct store_keeper *k, int64_t now_ms)
{
    const char *damage = store_damage(k->store);
    if (damage && !k->damage_reported)
        events_emit(k->events, EVENT_DATABASE_DAMAGED, "", "", 0, "%s; " REMEDY_DAMAGED, damage);
    k->damage_reported = damage;
    if (store_copies_due(k->store) && !k->under_way && now_ms >= k->next_ms)
        write_copies(k, now_ms);
}

int store_keeper_advise(const char *database, const struct daqs_error *err)
{
    const char *slash = strrchr(database, '/');
    char folder[PATH_MAX];
    const char *name = slash ? slash + 1 : database;
    const long long second = (long long)(daqs_wall_ms(daqs_clock_system()) / 1000);
    if (err->code != DAQS_EFORMAT && err->code != DAQS_EREFUSED && err->code != DAQS_EVERSION)
        return err->code;
    daqs_log(DAQS_LOG_ERROR,
             "the database cannot be used; if there is a backup, restore it: 'Backup and restore' "
             "in operating.md; otherwise start over without history and events, as root:");
    daqs_log(DAQS_LOG_ERROR,
             "cd %s && mkdir damaged-%lld && mv %s* " STORE_SLA_FILE " " STORE_KEY_FILE
             " damaged-%lld/",
             daqs_folder_of(database, folder), second, name, second);
    daqs_log(DAQS_LOG_ERROR, "systemctl restart daqs-controllerd");
    daqs_log(DAQS_LOG_ERROR,
             "daqsctl apply damaged-%lld/" STORE_SLA_FILE
             " && daqsctl enroll - < damaged-%lld/" STORE_KEY_FILE,
             second, second);
    return err->code;
}
