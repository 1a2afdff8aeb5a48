/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/quoting.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Characters that bash does not need quoted, in addition to letters, digits and non-ASCII ones. */
static const char harmless[] = "_./:=@%+,-";

enum { LINE_MOST = 65536 };

/* --- unquoting --- */

struct splitter {
    struct quoting_line *line;
    char *out;
    bool inside; /* a word */
};

static void begin_word(struct splitter *s, const char *raw)
{
    if (s->inside)
        return;
    s->inside = true;
    s->line->raw = raw;
    s->line->word[s->line->words++] = s->out;
}

static void end_word(struct splitter *s)
{
    if (s->inside)
        *s->out++ = '\0';
    s->inside = false;
}

static void put(struct splitter *s, char c)
{
    *s->out++ = c;
}

/* Processes one character or escape sequence. Returns the number of bytes that it consumed. */
static size_t step(struct splitter *s, const char *p)
{
    struct quoting_line *line = s->line;
    bool escapes = line->open == '"' ? p[0] == '\\' && p[1] && strchr("\\\"$`", p[1])
                                     : !line->open && p[0] == '\\' && p[1];
    if (!line->open && (*p == ' ' || *p == '\t')) {
        end_word(s);
        return 1;
    }
    begin_word(s, p);
    if (escapes) {
        put(s, p[1]);
        return 2;
    }
    if (line->open && *p == line->open) {
        line->open = '\0';
    } else if (!line->open && (*p == '\'' || *p == '"')) {
        line->open = *p;
        line->open_at = (size_t)(p + 1 - line->raw);
        line->before = (size_t)(s->out - line->word[line->words - 1]);
    } else if (line->open || *p != '\\') { /* a lone \ at the end means nothing yet */
        put(s, *p);
    }
    return 1;
}

void quoting_split(const char *text, struct quoting_line *ret)
{
    size_t length = strlen(text);
    struct splitter s = {.line = ret};
    *ret = (struct quoting_line){.words = 0, .raw = ""};
    ret->texts = length < LINE_MOST ? malloc(2 * length + 2) : NULL;
    if (!ret->texts)
        return;
    s.out = ret->texts;
    for (const char *p = text; *p && ret->words < QUOTING_WORDS_MOST - 1;)
        p += step(&s, p);
    if (!s.inside)
        begin_word(&s, text + length);
    end_word(&s);
    if (ret->words == QUOTING_WORDS_MOST - 1)
        ret->words = 0;
}

void quoting_done(struct quoting_line *line)
{
    free(line->texts);
}

/* --- quoting --- */

struct writer {
    char *buf;
    size_t size;
    size_t used;
    bool full;
};

static void write_text(struct writer *w, const char *text)
{
    size_t n = strlen(text);
    w->full |= w->used + n >= w->size;
    if (w->full)
        return;
    memcpy(w->buf + w->used, text, n + 1);
    w->used += n;
}

static bool is_harmless(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80 || strchr(harmless, c);
}

static void write_char(struct writer *w, char open, char c)
{
    const char one[] = {c, '\0'};
    const char escaped[] = {'\\', c, '\0'};
    if (open == '\'')
        write_text(w, c == '\'' ? "'\\''" : one);
    else if (open == '"' && c == '!') /* a backslash does not stop history expansion */
        write_text(w, "\"'!'\"");
    else if (open == '"')
        write_text(w, strchr("\\\"$`", c) ? escaped : one);
    else
        write_text(w, is_harmless(c) ? one : escaped);
}

int quoting_put(const struct quoting_line *line, const char *part, const char *word, char *buf,
                size_t size)
{
    struct writer w = {.buf = buf, .size = size};
    size_t typed = strlen(line->raw);
    size_t last = strlen(part);
    if (size == 0)
        return 0;
    buf[0] = '\0';
    if (line->open && strlen(word) < line->before)
        return 0;
    for (const char *p = word + (line->open ? line->before : 0); *p; p++)
        write_char(&w, line->open, *p);
    if (w.full)
        return 0;
    if (line->open)
        return 1;
    /* A lone separator belongs to what precedes it. */
    if (last == 1 && strchr(":=@", part[0]))
        last = 0;
    if (last > typed || strcmp(line->raw + typed - last, part + strlen(part) - last) != 0)
        return 0;
    size_t head = typed - last;
    if (strncmp(buf, line->raw, head) != 0)
        return 0;
    memmove(buf, buf + head, strlen(buf + head) + 1);
    return 1;
}
