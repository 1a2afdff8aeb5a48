/* options - every option there is: one table for reading, help, usage and completion. */
#ifndef DAQS_TOOLS_OPTIONS_H
#define DAQS_TOOLS_OPTIONS_H

#include "tools/daqsctl/daqsctl.h"

struct option_info {
    const char *name; /* without the dashes */
    char letter;      /* that stands for it; 0: none does */
    enum option_bit bit;
    const char *value;   /* what it takes; NULL: nothing */
    size_t at;           /* where in struct command_line the value goes; OPTION_NOWHERE */
    const char *verb;    /* told only of this command; NULL: of all that take it */
    const char *choices; /* values, or likely ones, with blanks between; NULL: none */
    const char *about;
};
#define OPTION_NOWHERE SIZE_MAX

/* Ends with an entry whose name is NULL. A bit may have several entries, with a verb each, which
 * differ in 'about' only. */
extern const struct option_info options[];

/* Does the entry tell of this command? */
bool option_is_of(const struct option_info *option, const struct command *command);

#endif
