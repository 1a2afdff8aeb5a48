/* SPDX-License-Identifier: Apache-2.0 */
/* text - texts of several parts for people. */
#ifndef DAQS_BASE_TEXT_H
#define DAQS_BASE_TEXT_H

#include <stddef.h>

/* Appends a part to the text in a buffer of 'size' bytes, after the separator unless it is the
 * first one. A part that does not fit is cut off. */
__attribute__((format(printf, 4, 5))) void
daqs_text_add(char *text, size_t size, const char *separator, const char *format, ...);

#endif
