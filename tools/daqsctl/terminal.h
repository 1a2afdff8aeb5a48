/* SPDX-License-Identifier: Apache-2.0 */
/* terminal - the properties of the terminal behind a stream, if there is one. */
#ifndef DAQS_TOOLS_TERMINAL_H
#define DAQS_TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/daqsctl/daqsctl.h"

struct terminal {
    int columns; /* 0: not a terminal, lines may have any length */
    bool color;
    bool ascii; /* the user's locale has no more than ASCII */
};

/* Sets the user's locale, and UTF-8 for names in any case. To be called once, before any output. */
void terminal_use_locale(void);

/* Returns true if the user's locale lacks UTF-8. */
bool terminal_is_ascii(void);

/* Returns true if output is coloured: as 'use' says; with COLOR_AUTO on a terminal, unless NO_COLOR
 * is set or TERM is unset or dumb. */
bool terminal_wants_color(enum color_use use, bool is_terminal);

struct terminal terminal_of(FILE *out, enum color_use use);

#endif
