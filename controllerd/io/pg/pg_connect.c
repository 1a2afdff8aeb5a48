/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_connect.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"

/* An attempt with one server. */
struct attempt {
    PGconn *pg;
    PostgresPollingStatusType wants;
    enum pg_class class;
    char reason[160];
};

struct race {
    struct attempt attempt[PG_SERVERS_MOST];
    size_t count;
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static void give_up(struct attempt *a, enum pg_class class, const char *reason)
{
    a->class = class;
    (void)snprintf(a->reason, sizeof a->reason, "%.*s", (int)strcspn(reason, "\r\n"), reason);
    PQfinish(a->pg);
    a->pg = NULL;
    a->wants = PGRES_POLLING_FAILED;
}

/* libpq says "connection to server at ..., port ... failed: REASON". Its own refusals of a server
 * that is not writable have no SQLSTATE. */
static void note_failure(struct attempt *a)
{
    char sqlstate[PG_SQLSTATE];
    const char *text = PQerrorMessage(a->pg);
    const char *reason = strstr(text, "failed: ");
    reason = reason ? reason + strlen("failed: ") : text;
    pg_sqlstate_in(text, sqlstate);
    bool read_only = strstr(text, "session is read-only") || strstr(text, "in hot standby mode");
    give_up(a, read_only ? PG_CLASS_READ_ONLY : pg_class_of(sqlstate), reason);
}

/* libpq would write it to stderr, such as the last words of a server that stops. */
static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static void start(struct pg_conninfo *info, struct race *race)
{
    for (size_t i = 0; i < race->count; i++) {
        struct attempt *a = &race->attempt[i];
        struct pg_options options;
        pg_conninfo_options(info, i, &options);
        a->pg = PQconnectStartParams(options.keyword, options.value, 0);
        a->wants = PGRES_POLLING_WRITING;
        if (!a->pg) {
            give_up(a, PG_CLASS_UNAVAILABLE, "out of memory");
        } else if (PQstatus(a->pg) == CONNECTION_BAD) {
            note_failure(a);
        } else {
            (void)PQsetNoticeReceiver(a->pg, ignore_notice, NULL);
            /* So that an SQLSTATE is in the text; there is no other way to it. */
            (void)PQsetErrorVerbosity(a->pg, PQERRORS_VERBOSE);
        }
    }
}

/* Waits until one of the attempts can go on. False: the time is over, or the client stops. */
static bool wait_for_any(const struct race *race, int64_t until_ms, int stop_fd)
{
    struct pollfd item[PG_SERVERS_MOST + 1] = {{stop_fd, POLLIN, 0}};
    nfds_t count = 1;
    for (size_t i = 0; i < race->count; i++)
        if (race->attempt[i].pg)
            item[count++] = (struct pollfd){
                PQsocket(race->attempt[i].pg),
                race->attempt[i].wants == PGRES_POLLING_READING ? POLLIN : POLLOUT, 0};
    int64_t left_ms = until_ms - now_ms();
    return count > 1 && left_ms > 0 && poll(item, count, (int)left_ms) >= 0 &&
           !(item[0].revents & POLLIN);
}

static bool can_go_on(const struct attempt *a)
{
    struct pollfd item = {PQsocket(a->pg), a->wants == PGRES_POLLING_READING ? POLLIN : POLLOUT, 0};
    return poll(&item, 1, 0) != 0;
}

/* Returns the first attempt that is through; NULL: none was in time. */
static struct attempt *run(struct race *race, int64_t until_ms, int stop_fd)
{
    while (wait_for_any(race, until_ms, stop_fd))
        for (size_t i = 0; i < race->count; i++) {
            struct attempt *a = &race->attempt[i];
            if (!a->pg || !can_go_on(a))
                continue;
            a->wants = PQconnectPoll(a->pg);
            if (a->wants == PGRES_POLLING_OK)
                return a;
            if (a->wants == PGRES_POLLING_FAILED)
                note_failure(a);
        }
    return NULL;
}

static bool is_lasting(enum pg_class class)
{
    return class == PG_CLASS_FORBIDDEN || class == PG_CLASS_SCHEMA;
}

static void sum_up(const struct pg_conninfo *info, const struct race *race, struct pg_refusal *ret)
{
    size_t used = 0;
    ret->class = race->attempt[0].class;
    for (size_t i = 0; i < race->count; i++) {
        const struct attempt *a = &race->attempt[i];
        char server[PG_SERVER_BYTES];
        if (!is_lasting(a->class) || !is_lasting(ret->class)) {
            bool read_only = a->class == PG_CLASS_READ_ONLY || ret->class == PG_CLASS_READ_ONLY;
            ret->class = read_only ? PG_CLASS_READ_ONLY : PG_CLASS_UNAVAILABLE;
        }
        if (used < sizeof ret->text)
            used +=
                (size_t)snprintf(ret->text + used, sizeof ret->text - used, "%s%s: %s",
                                 i > 0 ? "; " : "", pg_conninfo_server(info, i, server), a->reason);
    }
}

PGconn *pg_connect(struct pg_conninfo *info, int64_t most_ms, int stop_fd, size_t *ret_server,
                   struct pg_refusal *ret_refusal)
{
    struct race race = {.count = pg_conninfo_servers(info)};
    PGconn *pg = NULL;
    start(info, &race);
    struct attempt *first = run(&race, now_ms() + most_ms, stop_fd);
    if (first) {
        pg = first->pg;
        first->pg = NULL;
        *ret_server = (size_t)(first - race.attempt);
        (void)PQsetErrorVerbosity(pg, PQERRORS_DEFAULT);
    }
    for (size_t i = 0; i < race.count; i++)
        if (race.attempt[i].pg)
            give_up(&race.attempt[i], PG_CLASS_UNAVAILABLE, "no answer");
    if (!pg)
        sum_up(info, &race, ret_refusal);
    else if (PQsetnonblocking(pg, 1) != 0) {
        PQfinish(pg);
        *ret_refusal = (struct pg_refusal){PG_CLASS_UNAVAILABLE, "out of memory"};
        return NULL;
    }
    return pg;
}
