/* text_width - texts as a terminal shows them: how wide they are, and cut to a width.
 *
 * The locale's LC_CTYPE has to be one of UTF-8. */
#ifndef DAQS_TOOLS_DAQSCTL_TEXT_WIDTH_H
#define DAQS_TOOLS_DAQSCTL_TEXT_WIDTH_H

#include <stdbool.h>
#include <stddef.h>

/* Columns a text takes; its bytes if the locale cannot tell. */
int text_width(const char *text);

/* Puts the text, cut to at most 'width' columns, into buf of 'size' bytes; where something was cut
 * it ends with an ellipsis (dots if 'ascii'). What would move the cursor becomes a '?'. Returns the
 * columns it takes. */
int text_cut(const char *text, int width, bool ascii, char *buf, size_t size);

/* How many bytes of a text to put on a line of so many columns: up to a blank, if there is one,
 * else as many characters as fit, one at least. */
size_t text_break(const char *text, int width);

#endif
