/* table_json - tables as JSON arrays of flat objects, one a row: what daqsctl prints and the HTTP
 * API answers with. */
#ifndef DAQS_WIRE_TABLE_JSON_H
#define DAQS_WIRE_TABLE_JSON_H

#include <stdio.h>

#include "shared/base/table.h"

/* A text in quotes. */
void table_json_text(FILE *out, const char *text);

/* One part of an array: its rows after the 'rows' that were written before it. */
void table_json_part(FILE *out, const struct daqs_table *table, size_t rows);
/* The end of an array of so many rows. */
void table_json_end(FILE *out, size_t rows);

/* An object a line, and no array around them. */
void table_json_lines(FILE *out, const struct daqs_table *table);

#endif
