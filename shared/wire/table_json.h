/* SPDX-License-Identifier: Apache-2.0 */
/* table_json - writes tables as JSON arrays of flat objects, one per row, for daqsctl and the HTTP
 * API. */
#ifndef DAQS_WIRE_TABLE_JSON_H
#define DAQS_WIRE_TABLE_JSON_H

#include <stdint.h>
#include <stdio.h>

#include "shared/base/table.h"

/* Writes a text as a JSON string. */
void table_json_text(FILE *out, const char *text);

/* Writes one part of an array: its rows, which follow 'rows' rows written before. */
void table_json_part(FILE *out, const struct daqs_table *table, size_t rows);
/* Writes a row that says which member of a group the answer leaves out, after 'rows' others:
 * {"missing_member": "c3", "missing_hosts": 1950}. */
void table_json_missing(FILE *out, const char *member, uint64_t hosts, size_t rows);
/* Ends an array of 'rows' rows. */
void table_json_end(FILE *out, size_t rows);

/* Writes one object per line, without an array around them. */
void table_json_lines(FILE *out, const struct daqs_table *table);

#endif
