/* SPDX-License-Identifier: Apache-2.0 */
/* text_width - the width of texts on a terminal, and texts cut to a width.
 *
 * The locale's LC_CTYPE must be UTF-8. */
#ifndef DAQS_TOOLS_DAQSCTL_TEXT_WIDTH_H
#define DAQS_TOOLS_DAQSCTL_TEXT_WIDTH_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the columns of a text; its length in bytes if the locale cannot determine them. */
int text_width(const char *text);

/* Copies the text, cut to at most 'width' columns, into buf of 'size' bytes. A text that was cut
 * ends with an ellipsis (dots if 'ascii'). Characters that would move the cursor become '?'.
 * Returns the columns. */
int text_cut(const char *text, int width, bool ascii, char *buf, size_t size);

/* Returns how many bytes of a text fit on a line of 'width' columns: up to a blank, if there is
 * one, otherwise as many characters as fit, but at least one. */
size_t text_break(const char *text, int width);

#endif
