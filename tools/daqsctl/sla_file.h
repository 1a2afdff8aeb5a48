/* sla_file - SLAs as an INI file: one section [HOST/VM] each, with min, max and weight.
 *
 * The first slash splits. In a name '%', ']', ';' and '#', in a host's also '/', and blanks at
 * either end are written as %XX. What follows a blank and ';' or '#' is a comment. */
#ifndef DAQS_TOOLS_DAQSCTL_SLA_FILE_H
#define DAQS_TOOLS_DAQSCTL_SLA_FILE_H

#include <stdio.h>

#include "shared/wire/admin.h"

struct sla_file {
    struct wire_sla *row;
    size_t rows;
    size_t capacity;
};

/* Reads all of 'file', which messages call 'name'. Errors are "NAME:LINE: what is wrong". What has
 * been read is the caller's to done in any case. */
int sla_file_read(FILE *file, const char *name, struct sla_file *ret, struct daqs_error *err);
void sla_file_done(struct sla_file *slas);

/* One section. A minimum of 0 and no maximum are left out, the weight never is. */
void sla_file_write(FILE *file, const struct wire_sla *sla);

#endif
