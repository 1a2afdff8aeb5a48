/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/controllers_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/file.h"
#include "shared/base/name.h"
#include "shared/net/key.h"
#include "shared/net/socket.h"

#define FILE_NAME "controllers"

/* The longest possible file: endpoints with a separator each, and lines with two separators and a
 * line break. */
enum {
    CONFIGURED_BYTES = CANDIDATES_CONFIGURED_MOST * (DAQS_ENDPOINT_MAX + 1),
    LINE_BYTES = DAQS_ENDPOINT_MAX + KEY_TEXT + DAQS_MEMBER_MAX + 3,
    MOST_BYTES = CONFIGURED_BYTES + DAQS_MAX_MEMBERS * LINE_BYTES + 1,
};

bool controllers_endpoint_ok(const char *endpoint, bool keys)
{
    if (!keys)
        return net_endpoint_is_local(endpoint);
    return net_endpoint_reachable(endpoint);
}

/* Returns what stands in the first line, without the line break. */
static const char *format_configured(const char *const *configured, size_t count,
                                     char ret[static CONFIGURED_BYTES])
{
    size_t length = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < count && i < CANDIDATES_CONFIGURED_MOST; i++)
        length += (size_t)snprintf(ret + length, CONFIGURED_BYTES - length, "%s%.*s", i ? " " : "",
                                   DAQS_ENDPOINT_MAX, configured[i]);
    return ret;
}

/* Copies a word or the rest of a line. Returns false if it does not fit or is not printable. */
static bool take(const char *from, size_t length, char *ret, size_t bytes)
{
    if (length >= bytes || daqs_name_check("", from, length, NULL) != DAQS_OK)
        return false;
    memcpy(ret, from, length);
    ret[length] = '\0';
    return true;
}

/* Parses one line without its line break. */
static bool parse_line(const char *line, struct candidate *ret)
{
    char key[KEY_TEXT];
    size_t endpoint = strcspn(line, " ");
    if (line[endpoint] != ' ' || !take(line, endpoint, ret->endpoint, sizeof ret->endpoint) ||
        !net_endpoint_ok(ret->endpoint))
        return false;
    line += endpoint + 1;
    size_t length = strcspn(line, " ");
    if (line[length] != ' ' || !take(line, length, key, sizeof key) ||
        (strcmp(key, "-") != 0 && key_parse(key, &ret->key, NULL) != DAQS_OK))
        return false;
    line += length + 1;
    return take(line, strlen(line), ret->name, sizeof ret->name);
}

static bool listed(const struct controllers_list *list, const struct candidate *controller)
{
    for (size_t i = 0; i < list->count; i++)
        if (candidate_same(&list->controller[i], controller))
            return true;
    return false;
}

/* Parses the lines after the first one. */
static bool parse(char *text, struct controllers_list *ret)
{
    while (*text) {
        char *end = strchr(text, '\n');
        struct candidate *to = &ret->controller[ret->count];
        if (!end || ret->count == DAQS_MAX_MEMBERS)
            return false;
        *end = '\0';
        *to = (struct candidate){0};
        if (!parse_line(text, to) || listed(ret, to))
            return false;
        ret->count++;
        text = end + 1;
    }
    return true;
}

/* Checks the first line, without its line break. */
static bool lists_endpoints(const char *line)
{
    char endpoint[DAQS_ENDPOINT_MAX + 1];
    for (;;) {
        size_t length = strcspn(line, " ");
        if (!take(line, length, endpoint, sizeof endpoint) || !net_endpoint_ok(endpoint))
            return false;
        if (!line[length])
            return true;
        line += length + 1;
    }
}

static bool is_configured(const char *endpoint, const char *const *configured, size_t count)
{
    for (size_t i = 0; i < count && i < CANDIDATES_CONFIGURED_MOST; i++)
        if (strcmp(configured[i], endpoint) == 0)
            return true;
    return false;
}

/* Without the key in its line, a member that stays configured could not be dialled. */
static void keep_configured(struct controllers_list *list, const char *const *configured,
                            size_t count)
{
    const size_t all = list->count;
    list->count = 0;
    for (size_t i = 0; i < all; i++)
        if (is_configured(list->controller[i].endpoint, configured, count))
            list->controller[list->count++] = list->controller[i];
}

int controllers_file_load(const char *dir, const char *const *configured, size_t count, bool keys,
                          struct controllers_list *ret, struct daqs_error *err)
{
    char now[CONFIGURED_BYTES];
    char *text DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    *ret = (struct controllers_list){0};
    int result = daqs_read_file(dir, FILE_NAME, MOST_BYTES, &text, &length, err);
    if (result == DAQS_ENOTFOUND)
        return DAQS_OK;
    if (result == DAQS_EIO || result == DAQS_ENOMEM)
        return result;
    char *end = result == DAQS_OK && strlen(text) == length ? strchr(text, '\n') : NULL;
    if (end)
        *end = '\0';
    if (!end || !lists_endpoints(text) || !parse(end + 1, ret)) {
        *ret = (struct controllers_list){0};
        return daqs_fail(err, DAQS_EFORMAT, "%.200s/" FILE_NAME " is damaged", dir);
    }
    bool fits = true;
    if (strcmp(text, format_configured(configured, count, now)) != 0)
        keep_configured(ret, configured, count);
    for (size_t i = 0; i < ret->count; i++)
        fits = fits && controllers_endpoint_ok(ret->controller[i].endpoint, keys);
    if (!fits)
        *ret = (struct controllers_list){0};
    return DAQS_OK;
}

int controllers_file_set_aside(const char *dir, struct daqs_error *err)
{
    return daqs_set_file_aside(dir, FILE_NAME, err);
}

int controllers_file_save(const char *dir, const char *const *configured, size_t count,
                          const struct controllers_list *list, struct daqs_error *err)
{
    char first[CONFIGURED_BYTES];
    char *text DAQS_AUTO_FREE = malloc(MOST_BYTES + 1);
    if (!text)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    int length =
        snprintf(text, MOST_BYTES + 1, "%s\n", format_configured(configured, count, first));
    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *c = &list->controller[i];
        char key[KEY_TEXT];
        const char *shown = daqs_key_is_set(&c->key) ? key_format(&c->key, key) : "-";
        length += snprintf(text + length, (size_t)(MOST_BYTES + 1 - length), "%s %s %s\n",
                           c->endpoint, shown, c->name);
    }
    return daqs_write_file(dir, FILE_NAME, text, 0600, err);
}
