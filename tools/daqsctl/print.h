/* SPDX-License-Identifier: Apache-2.0 */
/* print - prints tables for people (aligned, rounded), programs (JSON) and spreadsheets (CSV). */
#ifndef DAQS_TOOLS_PRINT_H
#define DAQS_TOOLS_PRINT_H

#include <stdio.h>

#include "shared/base/table.h"
#include "tools/daqsctl/aligned.h"
#include "tools/daqsctl/daqsctl.h"

/* Prints a table that may arrive in several parts with the same columns. */
struct printer {
    FILE *out;
    enum output_format format;
    size_t parts;
    size_t rows;
    bool lines;             /* JSON: one object per line, without an array around them */
    const char *step;       /* for OUTPUT_JSONL: the length of a step, as a label */
    struct aligned aligned; /* for OUTPUT_TABLE */
};

/* Tables are printed whole and uncoloured unless the caller sets aligned.terminal. */
void printer_begin(struct printer *printer, FILE *out, enum output_format format);
void printer_part(struct printer *printer, const struct daqs_table *table);
/* A member of a group is left out: a row of JSON, as table_json_missing writes it. */
void printer_missing(struct printer *printer, const char *member, uint64_t hosts);
void printer_end(struct printer *printer);

#endif
