/* SPDX-License-Identifier: Apache-2.0 */
/* quoting - splits a bash command line into words and quotes words for it. Expands nothing.
 * Pure. */
#ifndef DAQS_TOOLS_QUOTING_H
#define DAQS_TOOLS_QUOTING_H

#include <stddef.h>

/* A command line, split as bash does. */
enum { QUOTING_WORDS_MOST = 64 };
struct quoting_line {
    size_t words;
    const char *word[QUOTING_WORDS_MOST]; /* unquoted; the last one ends at the cursor */
    const char *raw;                      /* the last one as typed */
    char open;                            /* the quote that is open at the cursor: ', " or 0 */
    size_t open_at;                       /* offset in 'raw' after that quote */
    size_t before;                        /* bytes of the last word before that quote */
    char *texts;                          /* storage of the words; freed by quoting_done */
};

/* 0 words: too long, too many words, or out of memory. 'text' must outlive the result. */
void quoting_split(const char *text, struct quoting_line *ret);
void quoting_done(struct quoting_line *line);

/* Writes 'word', which begins with the last word of the line, to buf as bash has to insert it. bash
 * replaces 'part', the end of what was typed; what precedes it is left out. Returns 1, or 0 if the
 * word cannot be inserted or buf is too small. */
int quoting_put(const struct quoting_line *line, const char *part, const char *word, char *buf,
                size_t size);

#endif
