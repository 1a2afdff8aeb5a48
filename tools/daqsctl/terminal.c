/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/terminal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80 };

static bool ascii;

void terminal_use_locale(void)
{
    ascii = !setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1;
    if (ascii)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

bool terminal_is_ascii(void)
{
    return ascii;
}

bool terminal_wants_color(enum color_use use, bool is_terminal)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (use != COLOR_AUTO)
        return use == COLOR_ALWAYS;
    return is_terminal && !(no_color && *no_color) && term && *term && strcmp(term, "dumb") != 0;
}

struct terminal terminal_of(FILE *out, enum color_use use)
{
    struct winsize size = {0};
    struct terminal terminal = {.ascii = ascii};
    bool is = isatty(fileno(out));
    if (is)
        terminal.columns = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0
                               ? size.ws_col
                               : USUAL_COLUMNS;
    terminal.color = terminal_wants_color(use, is);
    return terminal;
}
