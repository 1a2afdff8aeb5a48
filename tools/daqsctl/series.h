/* SPDX-License-Identifier: Apache-2.0 */
/* series - rows of exported history as time series: an object per line and series, in the format
 * that VictoriaMetrics imports (/api/v1/import). Pure but for the output. */
#ifndef DAQS_TOOLS_DAQSCTL_SERIES_H
#define DAQS_TOOLS_DAQSCTL_SERIES_H

#include <stdio.h>

#include "shared/base/table.h"

/* Writes a part of the answer to export-history. Rows of a nic that follow one another are one line
 * per series. Values that are empty are left out, and so are the seconds of a guarantee in steps
 * that have none. 'step' is the value of the label with the step's length. Columns that the table
 * does not have, or that are of another kind, have no series. */
void series_print(FILE *out, const struct daqs_table *table, const char *step);

#endif
