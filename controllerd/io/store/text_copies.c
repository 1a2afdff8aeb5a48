/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/text_copies.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/store/sqlite_util.h"
#include "controllerd/io/store/store.h"
#include "shared/base/cleanup.h"
#include "shared/base/file.h"
#include "shared/base/sla_section.h"

/* The copies are read by people and by daqsctl, so they are text. */
static const char *const names[] = {STORE_SLA_FILE, STORE_KEY_FILE};
enum { COPIES = sizeof names / sizeof names[0], COPY_MODE = 0640 };
enum { COPY_BYTES_MOST = 256 * 1024 * 1024, STAMP_BYTES = 32 };

/* --- writing --- */

static int put_slas(sqlite3 *db, FILE *out, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT = sqlite_prepare(
        db, "SELECT host, vm, min_bps, max_bps, weight FROM sla ORDER BY host, vm", err);
    if (!list)
        return DAQS_ESTORE;
    (void)fputs("# The SLAs, written by the controller after each change: changes made here are\n"
                "# lost. 'daqsctl apply FILE' reads a copy of it.\n",
                out);
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
        const char *host = (const char *)sqlite3_column_text(list, 0);
        const char *vm = (const char *)sqlite3_column_text(list, 1);
        if (host && vm)
            sla_section_write(out, host, vm, (daqs_bps)sqlite3_column_int64(list, 2),
                              sqlite_column_rate(list, 3), (uint32_t)sqlite3_column_int64(list, 4));
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static int put_keys(sqlite3 *db, FILE *out, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(db, "SELECT name, key, role FROM peer ORDER BY name", err);
    if (!list)
        return DAQS_ESTORE;
    (void)fputs("# The enrolled public keys, written by the controller after each change: changes\n"
                "# made here are lost. 'daqsctl enroll - < FILE' reads a copy of it.\n",
                out);
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        (void)fprintf(out, "%s %s %s\n", sqlite3_column_text(list, 0), sqlite3_column_text(list, 1),
                      sqlite3_column_text(list, 2));
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

/* On failure the file stays as it is. */
static int write_copy(sqlite3 *db, const char *path, const char *name,
                      int (*put)(sqlite3 *db, FILE *out, struct daqs_error *err),
                      struct daqs_error *err)
{
    char folder[PATH_MAX];
    char *text DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    int result = put(db, out, err);
    if (fclose(out) != 0 && result == DAQS_OK)
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (result != DAQS_OK)
        return result;
    return daqs_write_file(daqs_folder_of(path, folder), name, text, COPY_MODE, err);
}

int text_copies_write(sqlite3 *db, const char *path, struct daqs_error *err)
{
    int result = write_copy(db, path, STORE_SLA_FILE, put_slas, err);
    return result == DAQS_OK ? write_copy(db, path, STORE_KEY_FILE, put_keys, err) : result;
}

/* --- setting aside --- */

/* Returns true if a file has a line that is not a comment. */
static bool has_content(const char *folder, const char *name)
{
    char *text DAQS_AUTO_FREE = NULL;
    char *rest = NULL;
    size_t length = 0;
    if (daqs_read_file(folder, name, COPY_BYTES_MOST, &text, &length, NULL) != DAQS_OK)
        return false;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (*line != '#')
            return true;
    return false;
}

static void stamp(int64_t now_ms, char buf[static STAMP_BYTES])
{
    const time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || strftime(buf, STAMP_BYTES, "%Y-%m-%dT%H-%M-%SZ", &utc) == 0)
        (void)snprintf(buf, STAMP_BYTES, "%lld", (long long)seconds);
}

int text_copies_set_aside(const char *path, int64_t now_ms, struct daqs_error *err)
{
    char folder[PATH_MAX];
    char when[STAMP_BYTES];
    (void)daqs_folder_of(path, folder);
    stamp(now_ms, when);
    for (size_t i = 0; i < COPIES; i++) {
        char from[PATH_MAX + 64];
        char to[PATH_MAX + 128];
        (void)snprintf(from, sizeof from, "%s/%s", folder, names[i]);
        (void)snprintf(to, sizeof to, "%s.%s", from, when);
        if (has_content(folder, names[i]) && rename(from, to) < 0)
            return daqs_fail(err, DAQS_EIO, "cannot rename %.200s: %s", from, strerror(errno));
    }
    return DAQS_OK;
}

bool text_copies_newest_aside(const char *path, const char *name, char buf[static PATH_MAX])
{
    char folder[PATH_MAX];
    char newest[NAME_MAX + 1] = "";
    size_t length = strlen(name);
    DIR *dir = opendir(daqs_folder_of(path, folder));
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        if (strncmp(entry->d_name, name, length) == 0 && entry->d_name[length] == '.' &&
            strcmp(entry->d_name + length, ".new") != 0 && strcmp(entry->d_name, newest) > 0)
            (void)snprintf(newest, sizeof newest, "%s", entry->d_name);
    if (dir)
        (void)closedir(dir);
    return *newest && snprintf(buf, PATH_MAX, "%s/%s", folder, newest) < PATH_MAX;
}
