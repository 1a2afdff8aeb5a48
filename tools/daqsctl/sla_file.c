/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/sla_file.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"
#include "shared/base/name.h"
#include "shared/net/config.h"

/* Two names with every byte written as three, and what may surround them. */
enum { LINE_BYTES = 3 * 2 * DAQS_NAME_MAX + 512 };

struct reading {
    FILE *file;
    const char *name;
    struct sla_file *slas;
    struct daqs_error *err;
    int result;
    uint32_t line;
    bool in_section;
    unsigned given; /* enum given, in the section */
};

enum given { GIVEN_MIN = 1, GIVEN_MAX = 2, GIVEN_WEIGHT = 4 };

/* Records the first error. Returns 0, which means an error to inih. */
__attribute__((format(printf, 2, 3))) static int refuse(struct reading *r, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (r->result == DAQS_OK)
        r->result = daqs_fail(r->err, DAQS_EINVALID, "%s:%u: %s", r->name, (unsigned)r->line, text);
    return 0;
}

/* --- names --- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

/* Decodes in place. Returns false if a '%' is not followed by two digits, or by those of NUL. */
static bool decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in != '%') {
            *out++ = *in;
            continue;
        }
        int high = hex_digit(in[1]);
        int low = high < 0 ? -1 : hex_digit(in[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *out++ = (char)(high * 16 + low);
        in += 2;
    }
    *out = '\0';
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* --- reading --- */

static struct wire_sla *add_row(struct sla_file *slas)
{
    struct wire_sla *grown = daqs_grow(slas->row, slas->rows, &slas->capacity, sizeof *grown);
    if (!grown)
        return NULL;
    slas->row = grown;
    slas->row[slas->rows] = (struct wire_sla){.max = DAQS_UNLIMITED, .weight = 1};
    return &slas->row[slas->rows++];
}

/* Starts an SLA. 'header' is the text between the brackets, which is modified. */
static int enter_section(struct reading *r, char *header)
{
    char *slash = strchr(header, '/');
    if (!slash)
        return refuse(r, "[%.100s] is not a [HOST/VM]", header);
    *slash = '\0';
    char *vm = slash + 1;
    if (!decode(header) || !decode(vm))
        return refuse(
            r, "a %% in a name must be followed by two hexadecimal digits (a %% itself: %%25)");
    if (daqs_name_check("host", header, strlen(header), r->err) != DAQS_OK ||
        daqs_name_check("VM", vm, strlen(vm), r->err) != DAQS_OK) {
        char why[sizeof r->err->text];
        (void)snprintf(why, sizeof why, "%s", r->err->text);
        return refuse(r, "%.200s", why);
    }
    struct wire_sla *row = add_row(r->slas);
    if (!row || !(row->host = strdup(header)) || !(row->vm = strdup(vm))) {
        r->result = daqs_fail(r->err, DAQS_ENOMEM, "out of memory");
        return 0;
    }
    row->line = r->line;
    r->in_section = true;
    r->given = 0;
    return 1;
}

/* Parses a line that begins with '['. inih would cut it after 50 bytes. */
static int take_header(struct reading *r, char *line)
{
    char *start = line + 1;
    char *end = strchr(line, ']');
    if (!end)
        return refuse(r, "the ] is missing");
    const char *rest = end + 1 + strspn(end + 1, " \t\r\n");
    if (*rest != '\0' && *rest != ';' && *rest != '#')
        return refuse(r, "only a comment may follow a [HOST/VM]");
    while (is_blank(*start))
        start++;
    while (end > start && is_blank(end[-1]))
        end--;
    *end = '\0';
    return enter_section(r, start);
}

/* Reads a line as fgets does, including zero bytes. Returns the number of bytes. */
static size_t read_bytes(FILE *file, char line[static LINE_BYTES])
{
    size_t length = 0;
    int c = 0;
    while (length < LINE_BYTES - 1 && c != '\n' && (c = getc(file)) != EOF)
        line[length++] = (char)c;
    line[length] = '\0';
    return length;
}

/* Removes a comment that begins with '#'. inih removes those that begin with ';'. */
static void cut_comment(char *line)
{
    for (char *p = line; *p; p++)
        if (*p == '#' && p > line && is_blank(p[-1])) {
            *p = '\0';
            return;
        }
}

/* inih's reader. inih parses keys and values; of sections it sees only that they begin. */
static char *read_line(char *buf, int size, void *stream)
{
    char line[LINE_BYTES];
    struct reading *r = stream;
    size_t length = r->result == DAQS_OK ? read_bytes(r->file, line) : 0;
    if (length == 0)
        return NULL;
    r->line++;
    if (memchr(line, '\0', length)) {
        (void)refuse(r, "the file is not UTF-8 text: it contains zero bytes, as UTF-16 does");
        return NULL;
    }
    char *start = line;
    if (r->line == 1 && strncmp(start, "\xef\xbb\xbf", 3) == 0)
        start += 3; /* a byte order mark */
    /* It is terminated: NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    bool header = *start == '[';
    if ((!strchr(start, '\n') && !feof(r->file)) || (!header && strlen(start) >= (size_t)size)) {
        (void)refuse(r, "the line is too long");
        return NULL;
    }
    if (!header && start[strspn(start, CONFIG_BLANKS)] == '[') {
        (void)refuse(r, "a [HOST/VM] must stand at the beginning of its line");
        return NULL;
    }
    if (header && !take_header(r, start))
        return NULL;
    if (!header)
        cut_comment(start);
    (void)snprintf(buf, (size_t)size, "%s", header ? "[s]\n" : start);
    return buf;
}

static int read_rate(struct reading *r, const char *key, const char *value, daqs_bps none,
                     daqs_bps *ret)
{
    struct daqs_error why = {0};
    if (strcmp(value, "none") == 0 || (none == 0 && strcmp(value, "0") == 0)) {
        *ret = none;
        return 1;
    }
    return daqs_rate_parse(value, ret, &why) == DAQS_OK ? 1
                                                        : refuse(r, "%s: %.200s", key, why.text);
}

static int read_weight(struct reading *r, const char *value, uint32_t *ret)
{
    size_t digits = strspn(value, "0123456789");
    unsigned long weight = digits > 0 && digits < 10 ? strtoul(value, NULL, 10) : 0;
    if (value[digits] != '\0' || weight == 0 || weight > WIRE_WEIGHT_MAX)
        return refuse(r, "weight: '%.40s' is not a whole number from 1 to %u", value,
                      WIRE_WEIGHT_MAX);
    *ret = (uint32_t)weight;
    return 1;
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    (void)section;
    if (r->result != DAQS_OK)
        return 0;
    if (!r->in_section)
        return refuse(r, "a key stands before the first [HOST/VM]");
    struct wire_sla *row = &r->slas->row[r->slas->rows - 1];
    unsigned bit = strcmp(key, "min") == 0      ? GIVEN_MIN
                   : strcmp(key, "max") == 0    ? GIVEN_MAX
                   : strcmp(key, "weight") == 0 ? GIVEN_WEIGHT
                                                : 0;
    if (!bit)
        return refuse(r, "unknown key '%.60s'; known are min, max and weight", key);
    if (r->given & bit)
        return refuse(r, "%s is given twice", key);
    r->given |= bit;
    if (bit == GIVEN_WEIGHT)
        return read_weight(r, value, &row->weight);
    return bit == GIVEN_MIN ? read_rate(r, key, value, 0, &row->min)
                            : read_rate(r, key, value, DAQS_UNLIMITED, &row->max);
}

int sla_file_read(FILE *file, const char *name, struct sla_file *ret, struct daqs_error *err)
{
    *ret = (struct sla_file){0};
    struct reading r = {.file = file, .name = name, .slas = ret, .err = err};
    int line = ini_parse_stream(read_line, &r, on_value, &r);
    if (r.result == DAQS_OK && ferror(file))
        return daqs_fail(err, DAQS_EIO, "cannot read %s: %s", name, strerror(errno));
    /* inih continues after a line that it cannot parse: a later one may have been refused, too. */
    if (line > 0 && (r.result == DAQS_OK || (uint32_t)line < r.line))
        return daqs_fail(err, DAQS_EINVALID, "%s:%d: this is neither [HOST/VM] nor key = value",
                         name, line);
    return r.result;
}

void sla_file_done(struct sla_file *slas)
{
    for (size_t i = 0; i < slas->rows; i++) {
        free((char *)slas->row[i].host);
        free((char *)slas->row[i].vm);
    }
    free(slas->row);
    *slas = (struct sla_file){0};
}
