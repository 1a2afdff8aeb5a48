/* SPDX-License-Identifier: Apache-2.0 */
/* sla_file - SLAs as an INI file: one section [HOST/VM] each, with min, max and weight.
 *
 * The first slash separates host and VM. In names, '%', ']', ';', '#', control characters, blanks
 * at either end and, in a host's, '/' are written as %XX. A ';' or '#' after a blank starts a
 * comment. */
#ifndef DAQS_TOOLS_DAQSCTL_SLA_FILE_H
#define DAQS_TOOLS_DAQSCTL_SLA_FILE_H

#include <stdio.h>

#include "shared/wire/admin.h"

struct sla_file {
    struct wire_sla *row;
    size_t rows;
    size_t capacity;
};

/* Reads all of 'file', which error messages call 'name'. Errors are "NAME:LINE: what is wrong". The
 * caller calls sla_file_done in any case. */
int sla_file_read(FILE *file, const char *name, struct sla_file *ret, struct daqs_error *err);
void sla_file_done(struct sla_file *slas);

#endif
