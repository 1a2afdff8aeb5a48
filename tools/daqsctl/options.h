/* SPDX-License-Identifier: Apache-2.0 */
/* options - the options: one table for parsing, help, usage and completion. */
#ifndef DAQS_TOOLS_OPTIONS_H
#define DAQS_TOOLS_OPTIONS_H

#include "tools/daqsctl/daqsctl.h"

struct option_info {
    const char *name; /* without the dashes */
    char letter;      /* its short form; 0: none */
    enum option_bit bit;
    const char *value;   /* the name of its value; NULL: it has none */
    size_t at;           /* offset of the value in struct command_line, or OPTION_NOWHERE */
    const char *verb;    /* the entry is about this command only; NULL: about all that accept it */
    const char *choices; /* values, or likely ones, separated by blanks; NULL: none */
    const char *about;
};
#define OPTION_NOWHERE SIZE_MAX

/* Ends with an entry whose name is NULL. A bit may have several entries for one verb each, with
 * the same field. */
extern const struct option_info options[];

/* Returns true if the entry applies to the command. */
bool option_is_of(const struct option_info *option, const struct command *command);

#endif
