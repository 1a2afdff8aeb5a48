/* quoting - words as they are typed into bash, and back. Nothing is ever expanded. Pure. */
#ifndef DAQS_TOOLS_QUOTING_H
#define DAQS_TOOLS_QUOTING_H

#include <stddef.h>

/* One command line, split as bash would. */
enum { QUOTING_WORDS_MOST = 64 };
struct quoting_line {
    size_t words;
    const char *word[QUOTING_WORDS_MOST]; /* without their quotes; the last ends at the cursor */
    const char *raw;                      /* the last one as it was typed */
    char open;                            /* the quote that is open there: ', " or 0 */
    size_t open_at;                       /* behind it in 'raw' */
    size_t before;                        /* bytes of the last word before that quote */
    char *texts;                          /* the texts; freed by quoting_done */
};

/* 0 words: it is too long, or there is no memory. 'text' must outlive it. */
void quoting_split(const char *text, struct quoting_line *ret);
void quoting_done(struct quoting_line *line);

/* Puts 'word', which begins with the last one of the line, into buf as it has to follow there. bash
 * replaces 'part', the end of what was typed: what is before it is left out. 0: it cannot be, or
 * there is no room; else 1. */
int quoting_put(const struct quoting_line *line, const char *part, const char *word, char *buf,
                size_t size);

#endif
