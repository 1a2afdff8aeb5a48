/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_MAX = 64, SECTION_BYTES = 320 };

struct loading {
    FILE *file;
    const struct config_key *keys;
    size_t count;
    void *target;
    struct daqs_error *err;
    const char *path;
    int line; /* the last one read */
    int result;
    char header[SECTION_BYTES]; /* the current section, as inih passes it */
    uint64_t seen;              /* keys read in it, by index */
    uint64_t entered;           /* sections without argument read, by index of their first key */
};

static int refuse(struct loading *l, const char *text)
{
    if (l->result == DAQS_OK)
        l->result = daqs_fail(l->err, DAQS_EINVALID, "%s:%d: %s", l->path, l->line, text);
    return 0; /* signals an error to inih */
}

/* Splits "uplink ens1" into the name "uplink" (its length) and the argument "ens1", which it
 * returns. */
static const char *split_header(const char *header, size_t *ret_length)
{
    *ret_length = strcspn(header, " \t");
    const char *arg = header + *ret_length;
    return arg + strspn(arg, " \t");
}

static bool in_section(const struct config_key *key, const char *header, size_t length)
{
    return strlen(key->section) == length && strncmp(key->section, header, length) == 0;
}

static int call_setter(struct loading *l, const struct config_key *key, const char *value)
{
    size_t length;
    const char *arg = split_header(l->header, &length);
    struct daqs_error why = {0};
    if (key->set(l->target, arg, value, &why) == DAQS_OK)
        return 1;
    char text[sizeof why.text + 64];
    (void)snprintf(text, sizeof text, "%s%s%s", key->name ? key->name : "", key->name ? ": " : "",
                   why.text);
    return refuse(l, text);
}

/* The keys of a section are adjacent in the table. */
static int unknown_section(struct loading *l, const char *header)
{
    char text[300];
    const char *before = "";
    int n = snprintf(text, sizeof text, "unknown section [%.60s]; known are", header);
    for (size_t i = 0; i < l->count && (size_t)n < sizeof text; i++) {
        if (strcmp(l->keys[i].section, before) != 0)
            n += snprintf(text + n, sizeof text - (size_t)n, " %s", l->keys[i].section);
        before = l->keys[i].section;
    }
    return refuse(l, text);
}

static int enter_section(struct loading *l, const char *header)
{
    (void)snprintf(l->header, sizeof l->header, "%s", header);
    l->seen = 0;
    size_t length;
    bool known = false;
    const char *arg = split_header(header, &length);
    for (size_t i = 0; i < l->count && i < SEEN_MAX; i++) {
        if (!in_section(&l->keys[i], header, length))
            continue;
        if (!known && *arg == '\0') {
            if (l->entered >> i & 1)
                return refuse(l, "this section is given twice");
            l->entered |= UINT64_C(1) << i;
        }
        known = true;
        if (!l->keys[i].name && !call_setter(l, &l->keys[i], ""))
            return 0;
    }
    return known ? 1 : unknown_section(l, header);
}

static int unknown_key(struct loading *l, const char *name)
{
    char text[300];
    size_t length;
    (void)split_header(l->header, &length);
    int n =
        snprintf(text, sizeof text, "unknown key '%.60s' in [%.60s]; known are", name, l->header);
    for (size_t i = 0; i < l->count; i++)
        if (l->keys[i].name && in_section(&l->keys[i], l->header, length) &&
            (size_t)n < sizeof text)
            n += snprintf(text + n, sizeof text - (size_t)n, " %s", l->keys[i].name);
    return refuse(l, text);
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct loading *l = user;
    if (l->result != DAQS_OK)
        return 0;
    if (*section == '\0')
        return refuse(l, "a key stands before the first [section]");
    size_t length;
    (void)split_header(section, &length);
    for (size_t i = 0; i < l->count && i < SEEN_MAX; i++) {
        const struct config_key *key = &l->keys[i];
        if (!key->name || strcmp(key->name, name) != 0 || !in_section(key, section, length))
            continue;
        if (!key->list && (l->seen >> i & 1))
            return refuse(l, "this key is given twice");
        l->seen |= UINT64_C(1) << i;
        return call_setter(l, key, value);
    }
    return unknown_key(l, name);
}

/* inih strips comments after values, but not in the indented lines that continue a list. */
static void cut_comment(char *line)
{
    for (char *p = line + strspn(line, CONFIG_BLANKS); *p; p++)
        if (*p == ';' && p > line && isspace((unsigned char)p[-1])) {
            *p = '\0';
            return;
        }
}

/* Enters the section of a header, which inih does not report if the section has no keys. */
static bool take_header(struct loading *l, const char *header)
{
    char name[SECTION_BYTES];
    const char *end = strchr(header, ']');
    if (!end)
        return true; /* inih rejects it */
    const char *rest = end + 1 + strspn(end + 1, " \t\r\n");
    if (*rest != '\0' && *rest != ';' && *rest != '#')
        return refuse(l, "only a comment may follow a [section]");
    while (end > header + 1 && isblank((unsigned char)end[-1]))
        end--;
    (void)snprintf(name, sizeof name, "%.*s", (int)(end - header - 1), header + 1);
    return enter_section(l, name);
}

/* Passes lines to inih and counts them. Rejects what inih would misread: lines longer than its
 * buffer, and indented headers, which it treats as more of the last value. */
static char *read_line(char *buf, int size, void *stream)
{
    struct loading *l = stream;
    if (l->result != DAQS_OK || !fgets(buf, size, l->file))
        return NULL;
    l->line++;
    if (!strchr(buf, '\n') && !feof(l->file)) {
        refuse(l, "the line is too long; lists may continue on indented lines");
        return NULL;
    }
    const char *start = buf;
    if (l->line == 1 && strncmp(start, "\xef\xbb\xbf", 3) == 0)
        start += 3; /* a byte order mark */
    const char *p = start + strspn(start, CONFIG_BLANKS);
    if (*p == '[' && p > start)
        refuse(l, "a [section] must stand at the beginning of its line");
    else if (*p == '[')
        (void)take_header(l, p);
    else if (p > start)
        cut_comment(buf);
    return l->result == DAQS_OK ? buf : NULL;
}

int config_set_defaults(const struct config_key *keys, size_t count, void *target,
                        struct daqs_error *err)
{
    int result = DAQS_OK;
    for (size_t i = 0; i < count && result == DAQS_OK; i++)
        if (keys[i].usual)
            result = keys[i].set(target, "", keys[i].usual, err);
    return result;
}

int config_load(const char *path, const struct config_key *keys, size_t count, void *target,
                struct daqs_error *err)
{
    struct loading l = {.keys = keys, .count = count, .target = target, .err = err, .path = path};
    l.file = fopen(path, "re");
    if (!l.file)
        return daqs_fail(err, DAQS_EIO, "cannot read %s: %s", path, strerror(errno));
    int line = ini_parse_stream(read_line, &l, on_value, &l);
    if (l.result == DAQS_OK && ferror(l.file))
        l.result = daqs_fail(err, DAQS_EIO, "cannot read %s: %s", path, strerror(errno));
    (void)fclose(l.file);
    /* inih continues after a line that it cannot parse, so a later line may have been rejected
     * too. */
    if (line > 0 && (l.result == DAQS_OK || line < l.line))
        l.result = daqs_fail(err, DAQS_EINVALID,
                             "%s:%d: this is neither a [section] nor key = value", path, line);
    return l.result;
}

int config_parse_bool(const char *value, bool *ret, struct daqs_error *err)
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is neither yes nor no", value);
    *ret = yes;
    return DAQS_OK;
}

int config_replace_text(char **ret, const char *value, struct daqs_error *err)
{
    char *copy = strdup(value);
    if (!copy)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    free(*ret);
    *ret = copy;
    return DAQS_OK;
}

int config_parse_count(const char *value, uint32_t least, uint32_t most, uint32_t *ret,
                       struct daqs_error *err)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || value[digits])
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a whole number", value);
    unsigned long long count = digits > 10 ? UINT64_MAX : strtoull(value, NULL, 10);
    if (count < least || count > most)
        return daqs_fail(err, DAQS_ERANGE, "'%.40s' is not between %" PRIu32 " and %" PRIu32, value,
                         least, most);
    *ret = (uint32_t)count;
    return DAQS_OK;
}

int config_parse_percent(const char *value, uint32_t most_ppm, uint32_t *ret_ppm,
                         struct daqs_error *err)
{
    char *end = NULL;
    /* Digits only: strtod would also accept "1e1%" and "0x1%". */
    bool plain =
        isdigit((unsigned char)*value) && strcmp(value + strspn(value, "0123456789."), "%") == 0;
    double percent = plain ? strtod(value, &end) : -1;
    if (!end || strcmp(end, "%") != 0 || !isfinite(percent))
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a share; write it like 1%%", value);
    if (percent * 10000 > most_ppm)
        return daqs_fail(err, DAQS_ERANGE, "'%.40s' is more than %g%%", value, most_ppm / 10000.0);
    *ret_ppm = (uint32_t)(percent * 10000 + 0.5);
    return DAQS_OK;
}
