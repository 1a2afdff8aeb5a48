/* SPDX-License-Identifier: Apache-2.0 */
/* sla_section - writes an SLA as a section of an INI file, which daqsctl apply reads
 * (tools/daqsctl/sla_file.h). */
#ifndef DAQS_BASE_SLA_SECTION_H
#define DAQS_BASE_SLA_SECTION_H

#include <stdint.h>
#include <stdio.h>

#include "shared/base/rate.h"

/* Writes one section. A min of 0 and a max of DAQS_UNLIMITED are left out, the weight never is. */
void sla_section_write(FILE *file, const char *host, const char *vm, daqs_bps min, daqs_bps max,
                       uint32_t weight);

#endif
