/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_conninfo.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/pg/pg_client.h"
#include "shared/base/cleanup.h"

enum { ITEM_BYTES = 256 };

struct pg_conninfo {
    PQconninfoOption *option;
    char *application;
    size_t servers;
    char host[ITEM_BYTES]; /* of the server that pg_conninfo_options was last asked for */
    char hostaddr[ITEM_BYTES];
    char port[ITEM_BYTES];
};

/* What is added unless the operator's string names it. */
static const struct {
    const char *keyword;
    const char *value;
} defaults[] = {
    {"tcp_user_timeout", "5000"},
    {"target_session_attrs", "read-write"},
};

/* Returns the operator's value; NULL: not named, or empty, which libpq takes as not named. */
static const char *value_of(const struct pg_conninfo *info, const char *keyword)
{
    for (const PQconninfoOption *o = info->option; o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return o->val && *o->val ? o->val : NULL;
    return NULL;
}

/* --- lists, such as the one of hosts --- */

static size_t items_of(const char *list)
{
    size_t count = 1;
    for (; list && *list; list++)
        count += *list == ',';
    return count;
}

/* Copies item number 'index' of a list. A single item stands for all. NULL: there is no list. */
static const char *item_of(const char *list, size_t index, char buf[static ITEM_BYTES])
{
    if (!list)
        return NULL;
    for (size_t i = items_of(list) > 1 ? index : 0; i > 0; i--)
        list = strchr(list, ',') + 1;
    (void)snprintf(buf, ITEM_BYTES, "%.*s", (int)strcspn(list, ","), list);
    return buf;
}

static int count_servers(struct pg_conninfo *info, struct daqs_error *err)
{
    const char *host = value_of(info, "host");
    const char *hostaddr = value_of(info, "hostaddr");
    const char *port = value_of(info, "port");
    info->servers = items_of(hostaddr ? hostaddr : host);
    if (host && hostaddr && items_of(host) != info->servers)
        return daqs_fail(err, DAQS_EINVALID, "it names %zu hosts, but %zu values of hostaddr",
                         items_of(host), info->servers);
    if (items_of(port) != 1 && items_of(port) != info->servers)
        return daqs_fail(err, DAQS_EINVALID, "it names %zu hosts, but %zu ports", info->servers,
                         items_of(port));
    if (info->servers > PG_SERVERS_MOST)
        return daqs_fail(err, DAQS_EINVALID, "it names %zu hosts; at most %d are allowed",
                         info->servers, PG_SERVERS_MOST);
    const char *const lists[] = {host, hostaddr, port};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (const char *at = lists[i]; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
            if (strcspn(at, ",") >= ITEM_BYTES)
                return daqs_fail(err, DAQS_EINVALID, "the name of a host is longer than %d bytes",
                                 ITEM_BYTES - 1);
    return DAQS_OK;
}

struct pg_conninfo *pg_conninfo_new(const char *conninfo, const char *application,
                                    struct daqs_error *err)
{
    struct pg_conninfo *info = calloc(1, sizeof *info);
    char *said = NULL; /* may quote the string, so it is not passed on */
    if (info)
        info->option = PQconninfoParse(conninfo, &said);
    bool invalid = said != NULL;
    PQfreemem(said);
    if (info && info->option)
        info->application = strdup(application);
    if (info && info->application && count_servers(info, err) == DAQS_OK)
        return info;
    if (invalid)
        (void)daqs_fail(err, DAQS_EINVALID,
                        "it is not a connection string of PostgreSQL, such as"
                        " postgresql://USER@HOST1,HOST2/DATABASE?sslmode=verify-full");
    else if (!info || !info->application)
        (void)daqs_fail(err, DAQS_ENOMEM, "out of memory");
    pg_conninfo_free(info);
    return NULL;
}

void pg_conninfo_free(struct pg_conninfo *info)
{
    if (!info)
        return;
    PQconninfoFree(info->option);
    free(info->application);
    free(info);
}

size_t pg_conninfo_servers(const struct pg_conninfo *info)
{
    return info->servers;
}

static void add(struct pg_options *options, const char *keyword, const char *value)
{
    size_t at = 0;
    while (options->keyword[at] && strcmp(options->keyword[at], keyword) != 0)
        at++;
    if (!value || at == PG_OPTIONS_MOST)
        return;
    options->keyword[at] = keyword;
    options->value[at] = value;
}

void pg_conninfo_options(struct pg_conninfo *info, size_t server, struct pg_options *ret)
{
    *ret = (struct pg_options){0};
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        add(ret, defaults[i].keyword, defaults[i].value);
    add(ret, "application_name", info->application);
    for (const PQconninfoOption *o = info->option; o->keyword; o++)
        add(ret, o->keyword, o->val && *o->val ? o->val : NULL);
    add(ret, "host", item_of(value_of(info, "host"), server, info->host));
    add(ret, "hostaddr", item_of(value_of(info, "hostaddr"), server, info->hostaddr));
    add(ret, "port", item_of(value_of(info, "port"), server, info->port));
    add(ret, "client_encoding", "UTF8");
}

const char *pg_conninfo_server(const struct pg_conninfo *info, size_t server,
                               char buf[static PG_SERVER_BYTES])
{
    char host[ITEM_BYTES] = "";
    char port[ITEM_BYTES] = "";
    const char *list = value_of(info, "host") ? value_of(info, "host") : value_of(info, "hostaddr");
    (void)item_of(list, server, host);
    (void)item_of(value_of(info, "port"), server, port);
    (void)snprintf(buf, PG_SERVER_BYTES, "%.52s%s%.10s",
                   *host                       ? host
                   : value_of(info, "service") ? value_of(info, "service")
                                               : "local socket",
                   *port ? ":" : "", port);
    return buf;
}

int pg_conninfo_check(const char *conninfo, struct daqs_error *err)
{
    struct daqs_error said = {0};
    struct pg_conninfo *info = pg_conninfo_new(conninfo, "", &said);
    pg_conninfo_free(info);
    return info ? DAQS_OK : daqs_fail(err, said.code, "%s", said.text);
}

const char *pg_conninfo_name(const char *conninfo, char buf[static PG_NAME_BYTES])
{
    struct daqs_error err = {0};
    size_t used = 0;
    struct pg_conninfo *info = pg_conninfo_new(conninfo, "", &err);
    *buf = '\0';
    if (!info)
        return buf;
    for (size_t i = 0; i < info->servers && used < PG_NAME_BYTES; i++) {
        char server[PG_SERVER_BYTES];
        used += (size_t)snprintf(buf + used, PG_NAME_BYTES - used, "%s%s", i > 0 ? "," : "",
                                 pg_conninfo_server(info, i, server));
    }
    const char *database = value_of(info, "dbname");
    if (database && used < PG_NAME_BYTES)
        (void)snprintf(buf + used, PG_NAME_BYTES - used, "/%s", database);
    pg_conninfo_free(info);
    return buf;
}
