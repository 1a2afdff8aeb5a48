/* terminal - what is at the other end of a stream. */
#ifndef DAQS_TOOLS_TERMINAL_H
#define DAQS_TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/daqsctl/daqsctl.h"

struct terminal {
    int columns; /* 0: it is none, and lines may have any length */
    bool color;
    bool ascii; /* the user's locale has no more than that */
};

/* Once, before anything is printed: the user's locale, and UTF-8 for names whatever that is. */
void terminal_use_locale(void);

/* Is the user's locale without UTF-8? */
bool terminal_is_ascii(void);

/* Are colours to be used on a terminal? As the line says, else not with NO_COLOR or TERM=dumb. */
bool terminal_wants_color(enum color_use use, bool is_terminal);

struct terminal terminal_of(FILE *out, enum color_use use);

#endif
